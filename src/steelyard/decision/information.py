"""What knowing an input before deciding is worth, what would tell, what that costs and how long it takes."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from steelyard.decision.sensitivity import InputGroup, group_draws
from steelyard.domain.draws import Draws
from steelyard.domain.result import Measurement
from steelyard.options.bought import ENGINEER_DAYS_PER_YEAR
from steelyard.risk.measures import conditional_means, worth_of_rule

__all__ = ["EVALUATION", "SALARY", "Effort", "effort_of", "information_rows", "means_by_group", "measurement"]

EVALUATION = "migration.evaluation_usd"
"""Figure: cost of one paired evaluation [USD]."""
SALARY = "staffing.ml_platform_engineer_usd_per_year"
"""Figure: loaded cost of an engineer [USD/a]."""
LEAST_WORTH = 1.0
"""Worth below which no measurement is named [USD]."""


class _Way(NamedTuple):
    words: str
    figure: str
    """Middle of the names ``measurement.<figure>_engineer_days`` and ``_delay_months``."""


class Effort(NamedTuple):
    """What a measurement takes."""

    usd: float | None
    """Cost [USD]; None where a figure is missing."""
    months: float | None
    """Delay [month]; None where a figure is missing."""


_WAYS: Mapping[str, _Way] = {
    "Requests a month": _Way("wait a quarter and read the log again", "log"),
    "Output tokens of other models": _Way("run your prompts through the candidates and count tokens", "evaluation"),
    "Input tokens of other models": _Way("tokenize a sample of your prompts as the candidates do", "question"),
    "Throughput of a GPU": _Way("benchmark the candidate on one rented machine with your lengths", "benchmark"),
    "GPU rent": _Way("ask three sellers for a binding quote", "quote"),
    "Server price": _Way("ask for a binding quote", "quote"),
    "API and hosted token prices": _Way("ask the sellers for a price commitment over the horizon", "negotiation"),
    "Engineer days to switch an API model": _Way("move one service as a trial and count the days", "trial"),
    "Engineers to run a first cluster": _Way("ask two teams that run one of this size", "question"),
    "Work to build the stack": _Way("ask two teams that built one of this size", "question"),
    "Loaded cost of one engineer": _Way("ask finance", "question"),
    "Discount rate": _Way("ask finance", "question"),
    "One paired evaluation": _Way("ask whoever would run it for a quote", "quote"),
}
"""What would tell, by group of inputs."""
_ASK = _Way("ask whoever knows it, and write down the answer with its date", "question")


def effort_of(figure: str, usd_of: Mapping[str, float]) -> Effort:
    """Return what a kind of measurement costs and how long it takes.

    Parameters
    ----------
    figure
        Kind: ``quote``, ``negotiation``, ``benchmark``, ``evaluation``, ``trial``, ``question`` or ``log``.
    usd_of
        Figures by name: days, months, an engineer's year and an evaluation.
    """
    months = usd_of.get(f"measurement.{figure}_delay_months")
    if figure == "evaluation":
        return Effort(usd_of.get(EVALUATION), months)
    days, salary = usd_of.get(f"measurement.{figure}_engineer_days"), usd_of.get(SALARY)
    return Effort(days * salary / ENGINEER_DAYS_PER_YEAR if days is not None and salary is not None else None, months)


def information_rows(
    groups: Sequence[InputGroup], known: Mapping[str, NDArray[np.float64]], costs: NDArray[np.float64], *,
    usd_of: Mapping[str, float], usd_per_month_of_delay: float = 0.0,
) -> tuple[Measurement, ...]:  # fmt: skip
    """Return the worth of perfect information on each group of inputs, most first.

    Parameters
    ----------
    groups
        Inputs, those of one kind together.
    known
        Conditional mean costs by group, as of :func:`means_by_group`.
    costs
        Present values of the feasible options, shape (n_draws, n_options) [USD].
    usd_of
        Figures that say what measuring takes, by name.
    usd_per_month_of_delay
        What a month without the decision costs [USD/month].
    """
    rows: list[Measurement] = []
    for group in groups:
        worth = worth_of_rule(known[group.name], costs) if group.name in known else 0.0
        if worth >= LEAST_WORTH:
            way = _WAYS.get(group.name, _ASK)
            rows.append(measurement(group.name, worth, way.words, effort_of(way.figure, usd_of),
                                    usd_per_month_of_delay=usd_per_month_of_delay))  # fmt: skip
    return tuple(sorted(rows, key=lambda r: (-r.worth_up_to_usd, r.input)))


def means_by_group(
    groups: Sequence[InputGroup], draws: Draws, costs: NDArray[np.float64]
) -> dict[str, NDArray[np.float64]]:
    """Return the mean costs given each group of inputs, each of shape (n_draws, n_options) [USD].

    Groups without spread tell nothing and are left out, as are all where there is but one option.

    Parameters
    ----------
    groups
        Inputs, those of one kind together.
    draws
        The draws.
    costs
        Present values of the feasible options, shape (n_draws, n_options) [USD].
    """
    if costs.shape[1] < 2:
        return {}
    return {group.name: conditional_means(group_draws(group, draws), costs) for group in groups if group.log_sd > 0}


def measurement(
    name: str,
    worth_usd: float,
    words: str,
    effort: Effort,
    *,
    usd_per_month_of_delay: float,
    concerns_quality: bool = False,
) -> Measurement:
    """Return a measurement with its worth less what it costs and delays.

    Parameters
    ----------
    name
        Input that it tells.
    worth_usd
        Most that knowing it is worth [USD].
    words
        What to measure.
    effort
        Its cost and delay.
    usd_per_month_of_delay
        What a month without the decision costs [USD/month].
    concerns_quality
        Whether it tells of quality, which the spread of costs does not hold.
    """
    delay = effort.months * usd_per_month_of_delay if effort.months is not None else None
    net = worth_usd - effort.usd - delay if effort.usd is not None and delay is not None else None
    return Measurement(input=name, worth_up_to_usd=worth_usd, measurement=words, cost_usd=effort.usd,
                       delay_months=effort.months, delay_usd=delay, net_worth_usd=net,
                       concerns="quality" if concerns_quality else "cost")  # fmt: skip
