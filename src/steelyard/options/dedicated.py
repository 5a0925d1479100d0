"""A dedicated endpoint: open weights on devices held for one buyer, paid by the hour, run by the seller."""

from steelyard.domain.catalogue import Catalogue
from steelyard.domain.price import GpuOffer, RateCard
from steelyard.finance.builder import LedgerBuilder, lookup
from steelyard.options.bought import add_switch_lines
from steelyard.options.demand import Demand
from steelyard.options.fleet import Fleet, week_table
from steelyard.options.option import Hardware, Option, rent_name_of
from steelyard.options.replicas import Candidate, add_use, hardware_use, load_multiplier, spare_replicas
from steelyard.options.self_hosted import START_UP
from steelyard.units import HOURS_PER_MONTH

__all__ = ["dedicated_option"]


def dedicated_option(
    candidate: Candidate, offer: GpuOffer, card: RateCard, demand: Demand, catalogue: Catalogue, *, switching: bool
) -> Option:  # fmt: skip
    """Return the option of renting a model on dedicated devices at a seller, who runs the engine.

    Replicas follow the load of each hour of the week and start ahead of need, as for machines rented by the hour; no
    engineers are charged, since the seller runs them, and the switch is that of any bought model.

    Parameters
    ----------
    candidate
        Model, accelerator and capacity, predicted as for own machines: the seller's engine may do better or worse.
    offer
        Price per device hour.
    card
        The seller's listing of the model: names it, and its retirement forces a migration.
    demand
        Traffic.
    catalogue
        Source of start-up times.
    switching
        Whether another model runs today.
    """
    name = card.model.split("/")[-1]
    builder = LedgerBuilder(f"dedicated:{offer.seller}/{name}")
    fleet = Fleet(candidate.curve.config.parallelism.devices, offer.devices)
    load = load_multiplier(builder, candidate, demand)
    xs, ys = week_table(demand.hourly_rps, candidate.curve, fleet, spare=spare_replicas(demand),
                        start_up_s=catalogue.figure(START_UP).value)  # fmt: skip
    hours = builder.quantity("machine_hours", lookup(load, xs.tolist(), ys.tolist()), unit="machine h/month",
                             label="Paid device hours, following the load")  # fmt: skip
    price = builder.constant("usd_per_machine_hour", offer.usd_per_device_h * offer.devices, unit="USD/(machine h)",
                             label=f"A dedicated device at {offer.seller}", source=offer.evidence.source)  # fmt: skip
    factor = builder.input(rent_name_of(offer), unit="1", label="Rent against today's")
    builder.line("endpoint", hours * price * factor, group="compute", label=f"Dedicated endpoint at {offer.seller}")
    month = builder.constant("hours_per_month", HOURS_PER_MONTH, unit="h/month", label="Hours in a mean month",
                             source="definition")  # fmt: skip
    machines = builder.quantity("machines", hours / month, unit="machine", label="Devices, mean over the month")
    add_use(builder, candidate, demand, fleet, load=load, machines=machines)
    add_switch_lines(builder, card, switching=switching)
    by_hour, peak, used = hardware_use(candidate, demand, fleet)
    return Option(
        id=f"dedicated:{offer.seller}/{name}", label=f"Buy {name} on a dedicated endpoint at {offer.seller}",
        kind="buy_hosted_open_weights", model=card.model, ledger=builder.build(), card=card,
        hardware=Hardware(candidate.curve, offer=offer, peak_replicas=peak, replicas_by_hour=by_hour,
                          utilization_fraction=used, elasticities=candidate.elasticities),
        notes=("Capacity is predicted for an engine of one's own; measure the seller's endpoint.",),
    )  # fmt: skip
