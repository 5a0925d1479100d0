"""Time lost to failures and checkpoints."""

import math

from steelyard.units import HOURS_PER_YEAR, SECONDS_PER_HOUR

__all__ = ["INTERRUPTIONS_PER_DEVICE_YEAR", "checkpoint_interval_s", "effective_time_fraction", "mean_time_between_s"]

INTERRUPTIONS_PER_DEVICE_YEAR = 419 / 54 * 365.25 / 16_384
"""419 unexpected interruptions in 54 days on 16,384 H100 [1/a]; Llama team (2024), arXiv:2407.21783, sec. 3.3.4."""


def mean_time_between_s(devices: int, per_device_year: float = INTERRUPTIONS_PER_DEVICE_YEAR) -> float:
    """Return the mean time between interruptions of a job on that many devices [s].

    Examples
    --------
    >>> round(mean_time_between_s(16_384) / 3600, 1)
    3.1
    """
    return HOURS_PER_YEAR * SECONDS_PER_HOUR / (devices * per_device_year)


def checkpoint_interval_s(checkpoint_s: float, mean_time_s: float) -> float:
    r"""Return the time between checkpoints that loses least [s].

    .. math:: \tau = \sqrt{2 \delta M} - \delta \quad (\delta < M/2), \qquad \tau = M \text{ otherwise}

    Parameters
    ----------
    checkpoint_s
        Time a checkpoint stops the job, above 0 [s].
    mean_time_s
        Mean time between interruptions [s].

    References
    ----------
    Daly (2006), Future Generation Computer Systems 22, 303-312, first-order form of eq. 37.
    """
    if checkpoint_s >= mean_time_s / 2:
        return mean_time_s
    return math.sqrt(2 * checkpoint_s * mean_time_s) - checkpoint_s


def effective_time_fraction(
    devices: int, *, checkpoint_s: float, restart_s: float, per_device_year: float = INTERRUPTIONS_PER_DEVICE_YEAR
) -> float:
    r"""Return the share of the time in which steps run and are kept [1].

    .. math:: \frac{\tau}{\tau + \delta} \left(1 - \frac{(\tau + \delta)/2 + R}{M}\right)

    Each interruption loses half an interval and a restart.

    Parameters
    ----------
    devices
        Devices of the job, at least 1.
    checkpoint_s, restart_s
        Time of a checkpoint and of detection, replacement and restart [s].
    per_device_year
        Interruptions per device and year [1/a].
    """
    mean = mean_time_between_s(devices, per_device_year)
    interval = checkpoint_interval_s(checkpoint_s, mean)
    lost = ((interval + checkpoint_s) / 2 + restart_s) / mean
    return max(interval / (interval + checkpoint_s) * (1.0 - lost), 0.0)
