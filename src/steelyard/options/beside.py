"""What stands beside serving machines: staging, storage, load balancing, egress, observability."""

from dataclasses import dataclass

from steelyard.domain.accelerator import Precision
from steelyard.finance.builder import LedgerBuilder, Term
from steelyard.options.demand import Demand
from steelyard.options.option import REQUESTS
from steelyard.serving.memory import BYTES_PER_WEIGHT
from steelyard.units import HOURS_PER_MONTH

__all__ = ["Beside", "add_beside", "add_staging"]

BYTES_PER_GB = 1e9
"""Bytes per GB, by definition [B/GB]."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What the machines hold and cost, so far as what stands beside them depends on it."""

    machines: Term
    """Machines, mean over the month [machine]."""
    monthly: Term
    """Cost of the machines by month, which observability is a share of [USD/month]."""
    parameters: float
    """Parameters of the model served."""
    weights: Precision
    """Format of its weights."""


def add_staging(builder: LedgerBuilder, machines: float, hourly: Term) -> Term:
    """Add one replica for staging and evaluation, rented by the hour; return the machine hours it runs [h/month].

    Parameters
    ----------
    builder
        Ledger under construction.
    machines
        Machines one replica takes [machine].
    hourly
        Rent of one machine by the hour, 0 before it is live [USD/h].
    """
    hours = builder.input("staging.replica_hours_per_month", unit="h/month",
                          label="Hours a staging and evaluation replica runs")  # fmt: skip
    builder.line("staging", hours * machines * hourly, group="compute", label="Staging and evaluation replica")
    return hours * machines


def add_beside(builder: LedgerBuilder, demand: Demand, held: Beside, live: Term, *, balanced: bool = True) -> None:
    """Add storage of the weights, load balancing, egress and observability.

    Parameters
    ----------
    builder
        Ledger under construction.
    demand
        Traffic.
    held
        Machines and model.
    live
        1 from the month in which the machines serve [1].
    balanced
        Whether a load balancer is rented; owned servers run their own.
    """
    requests = builder.input(REQUESTS, unit="request/month", label="Requests")
    size = builder.input("network.bytes_per_token", unit="B/token", label="Bytes sent per token")
    gigabyte = builder.constant("bytes_per_gb", BYTES_PER_GB, unit="B/GB", label="Bytes per GB", source="definition")
    output = builder.constant("output_tokens_per_request", demand.profile.mean_output_tokens, unit="token/request",
                              label="Output tokens per request", source="traffic")  # fmt: skip
    egress = builder.input("network.egress_usd_per_gb", unit="USD/GB", label="Egress")
    served = requests * live * size / gigabyte
    builder.line("egress", served * output * egress, group="network", label="Egress")
    if balanced:
        _add_balancer(builder, demand, served, output, live)
    _add_storage(builder, held, live)
    share = builder.input("compute.observability_fraction", unit="1", label="Observability over the cost of machines")
    builder.line("observability", held.monthly * share, group="other", label="Observability")


def _add_balancer(builder: LedgerBuilder, demand: Demand, served: Term, output: Term, live: Term) -> None:
    by_hour = builder.input("network.load_balancer_usd_per_h", unit="USD/h", label="Load balancer by the hour")
    by_size = builder.input("network.load_balancer_usd_per_gb", unit="USD/GB", label="Load balancer by what it carries")
    tokens = builder.constant("input_tokens_per_request", demand.profile.mean_input_tokens, unit="token/request",
                              label="Input tokens per request", source="traffic")  # fmt: skip
    hours = builder.constant("hours_per_month", HOURS_PER_MONTH, unit="h/month", label="Hours in a mean month",
                             source="definition")  # fmt: skip
    builder.line("load_balancer", by_hour * hours * live + served * (tokens + output) * by_size, group="network",
                 label="Load balancer")  # fmt: skip


def _add_storage(builder: LedgerBuilder, held: Beside, live: Term) -> None:
    weights = builder.constant("weights_gb", held.parameters * BYTES_PER_WEIGHT[held.weights] / BYTES_PER_GB,
                               unit="GB/machine", source="shapes of the model",
                               label="Weights of the model")  # fmt: skip
    price = builder.input("storage.block_usd_per_gb_month", unit="USD/(GB month)", label="Storage")
    copies = builder.constant("copies_to_start_from", 1.0, unit="machine", label="Copies kept to start machines from",
                              source="convention")  # fmt: skip
    builder.line("storage", weights * (held.machines + copies) * price * live, group="other",
                 label="Storage of the weights")  # fmt: skip
