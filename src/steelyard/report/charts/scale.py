"""From values to places on a page: linear and logarithmic scales with round ticks."""

import math
from dataclasses import dataclass

__all__ = ["Linear", "Log", "Scale", "round_span"]

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_DECADE_MARKS = ((1,), (1, 3), (1, 2, 5))
_TOLERANCE = 1e-9
_ROOM = 0.04


@dataclass(frozen=True, slots=True)
class Linear:
    """Equal differences take equal lengths."""

    low: float
    """Value at ``start``."""
    high: float
    """Value at ``end``, above ``low``."""
    start: float
    """Place of ``low`` [px]."""
    end: float
    """Place of ``high`` [px]."""

    def __call__(self, value: float) -> float:
        """Return the place of a value [px]; ``high`` exceeds ``low``, so the ratio is defined."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self, most: int, *, per: float = 1.0) -> list[float]:
        """Return at most ``most`` + 1 values within the scale that are round once multiplied by ``per``."""
        step = _round_step((self.high - self.low) * per / max(most, 1)) / per
        first = math.ceil(self.low / step - _TOLERANCE)
        last = math.floor(self.high / step + _TOLERANCE)
        return [k * step for k in range(first, last + 1)]


@dataclass(frozen=True, slots=True)
class Log:
    """Equal ratios take equal lengths; values are positive."""

    low: float
    """Value at ``start``, above 0."""
    high: float
    """Value at ``end``, above ``low``."""
    start: float
    """Place of ``low`` [px]."""
    end: float
    """Place of ``high`` [px]."""

    def __call__(self, value: float) -> float:
        """Return the place of a positive value [px]."""
        share = math.log(value / self.low) / math.log(self.high / self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self, most: int, *, per: float = 1.0) -> list[float]:
        """Return values within the scale, round once multiplied by ``per``.

        They are the densest of 1, 1-3, 1-2-5 per decade that stay within ``most``.
        """
        if per != 1.0:
            return [tick / per for tick in Log(self.low * per, self.high * per, self.start, self.end).ticks(most)]
        decades = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
        best: list[float] = []
        for marks in _DECADE_MARKS:
            found = [m * 10.0**d for d in decades for m in marks if self.low <= m * 10.0**d <= self.high]
            if not best or len(found) <= most:
                best = found
        stride = math.ceil(len(best) / max(most, 1))
        return best[::stride] if stride > 1 else best


Scale = Linear | Log


def round_span(values: list[float], *, zero: bool = True) -> tuple[float, float]:
    """Return a span with some room that holds every value, and zero if asked; never empty."""
    low, high = min(values, default=0.0), max(values, default=0.0)
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    room = (high - low) * _ROOM
    if room <= max(abs(low), abs(high)) * _TOLERANCE:
        room = max(abs(high), 1.0) / 2
        return low - (0.0 if zero and low == 0 else room), high + room
    return (low - room if low < 0 or not zero else low), (high + room if high > 0 or not zero else high)


def _round_step(step: float) -> float:
    power = 10.0 ** math.floor(math.log10(step))
    return next(power * m for m in _STEPS if power * m >= step * (1 - _TOLERANCE))
