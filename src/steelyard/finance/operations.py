"""What keeping a fleet running takes: spares, interruptions, people on call, ramp."""

import functools
import math

__all__ = ["DAYS_PER_YEAR", "engineers_needed", "ramp_fraction", "spare_thresholds", "spare_units",
           "spot_usd_per_useful_h"]  # fmt: skip

DAYS_PER_YEAR = 365.25
"""Days in a Julian year [d/a]."""
HALVINGS = 60
"""Halvings in the search for a threshold: to the last bit of a double."""


def spare_units(units: int, failures_per_unit_year: float, repair_days: float, service_level: float = 0.95) -> int:
    r"""Return the fewest spares that cover the units under repair with a given chance.

    .. math:: \min \{ s : P(N \le s) \ge q \}, \quad N \sim \mathrm{Poisson}(n \lambda T)

    Parameters
    ----------
    units
        Units in service.
    failures_per_unit_year
        Failure rate [1/a].
    repair_days
        Time until a failed unit is back [d].
    service_level
        Chance that the spares suffice at any moment [1], below 1.

    References
    ----------
    Palm (1938); Sherbrooke (2004), *Optimal Inventory Modeling of Systems*, ch. 2 (units in repair are Poisson for
    any distribution of repair times).

    Examples
    --------
    >>> spare_units(128, 0.173, 30)  # 128 GPUs at the interruption rate of the Llama 3 run
    4
    """
    mean = units * failures_per_unit_year * repair_days / DAYS_PER_YEAR
    term = cumulative = math.exp(-mean)
    spares = 0
    while cumulative < service_level:
        spares += 1
        term *= mean / spares
        cumulative += term
    return spares


@functools.cache
def spare_thresholds(service_level: float, most: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    r"""Return a table of which the value, rounded up, is the fewest spares for a mean number under repair.

    .. math:: m_s: \; P(N \le s) = q, \quad N \sim \mathrm{Poisson}(m_s)

    Up to ``m_0`` no spare is needed, up to ``m_1`` one, and so on; between thresholds the table rises linearly.

    Parameters
    ----------
    service_level
        Chance that the spares suffice at any moment [1], between 0 and 1.
    most
        Spares up to which the table reaches.

    Returns
    -------
    tuple
        Means under repair, ascending from 0, and spares, each of ``most + 2`` numbers.

    Examples
    --------
    >>> means, spares = spare_thresholds(0.95, 2)
    >>> [round(m, 3) for m in means], spares
    ([0.0, 0.051, 0.355, 0.818], (0.0, 0.0, 1.0, 2.0))
    """
    means = [0.0]
    for spares in range(most + 1):
        low, high = means[-1], means[-1] + 2.0 * math.sqrt(spares + 1.0) + 2.0
        for _ in range(HALVINGS):
            middle = (low + high) / 2.0
            low, high = (middle, high) if _at_most(spares, middle) >= service_level else (low, middle)
        means.append(low)
    return tuple(means), (0.0, *(float(s) for s in range(most + 1)))


def _at_most(spares: int, mean: float) -> float:
    """Return the chance that a Poisson number of that mean is at most ``spares``."""
    log_mean = math.log(mean) if mean > 0 else -math.inf
    terms = (k * log_mean - mean - math.lgamma(k + 1) for k in range(1, spares + 1))
    return math.exp(-mean) + math.fsum(math.exp(t) for t in terms)


def spot_usd_per_useful_h(spot_usd_per_h: float, interruptions_per_h: float, lost_h_per_interruption: float) -> float:
    r"""Return the price of an hour of useful work on machines that are taken away.

    .. math:: p / (1 - \lambda L), \quad \infty \text{ where } \lambda L \ge 1

    Parameters
    ----------
    spot_usd_per_h
        Price of a paid hour [USD/h].
    interruptions_per_h
        Rate [1/h].
    lost_h_per_interruption
        Paid time lost each time: work to repeat, start-up, loading weights [h].

    Examples
    --------
    >>> spot_usd_per_useful_h(1.2, 0.05, 0.8)
    1.25
    """
    lost = interruptions_per_h * lost_h_per_interruption
    return spot_usd_per_h / (1.0 - lost) if lost < 1.0 else math.inf


def engineers_needed(
    devices: float, *, first_cluster: float, devices_per_engineer: float, on_call_least: float = 0.0,
    on_call_shared_fraction: float = 0.0,
) -> float:  # fmt: skip
    r"""Return the engineers who run a fleet: by size, and not below what a rota needs.

    .. math:: \max \left( e_0 + d / k,\; r (1 - s) \right)

    Parameters
    ----------
    devices
        Devices in service; none need nobody.
    first_cluster
        Engineers any cluster needs [person].
    devices_per_engineer
        Devices one more engineer looks after [device/person], above 0.
    on_call_least
        People a rota around the clock needs [person]; 0 where nobody is on call.
    on_call_shared_fraction
        Share of the rota carried by teams that exist anyway [1].

    References
    ----------
    Beyer et al. (2016), *Site Reliability Engineering*, ch. 11: eight people for one site around the clock.

    Examples
    --------
    >>> engineers_needed(64, first_cluster=1.5, devices_per_engineer=64, on_call_least=8, on_call_shared_fraction=0.75)
    2.5
    """
    if devices <= 0:
        return 0.0
    return max(first_cluster + devices / devices_per_engineer, on_call_least * (1.0 - on_call_shared_fraction))


def ramp_fraction(months_since_start: float, months_to_full: float) -> float:
    """Return the share of full output of someone who started so many months ago: linear to full.

    Examples
    --------
    >>> ramp_fraction(1, 4), ramp_fraction(9, 4), ramp_fraction(0, 0)
    (0.25, 1.0, 1.0)
    """
    return min(months_since_start / months_to_full, 1.0) if months_to_full > 0 else 1.0
