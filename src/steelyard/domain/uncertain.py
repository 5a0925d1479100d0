"""An uncertain quantity as people state it: a number, a range, or three percentiles."""

import math
from typing import Literal, Self

from pydantic import model_validator

from steelyard.domain.value import Value

__all__ = ["Uncertain"]


class Uncertain(Value):
    """A quantity with an 80 % interval; ``p10 == p50 == p90`` is a plain number."""

    p10: float
    """10th percentile, in the unit of the field that holds it."""
    p50: float
    """Median, in the unit of the field that holds it."""
    p90: float
    """90th percentile, in the unit of the field that holds it."""
    shape: Literal["lognormal", "normal"] = "lognormal"
    """``lognormal`` for positive quantities, ``normal`` for rates and fractions that may be negative."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.p10 <= self.p50 <= self.p90:
            raise ValueError(f"percentiles must not fall: p10 {self.p10!r}, p50 {self.p50!r}, p90 {self.p90!r}")
        if self.shape == "lognormal" and self.p10 <= 0 and self.p10 != self.p90:
            raise ValueError(f"a positive quantity needs p10 above 0, not {self.p10!r}")
        return self

    @classmethod
    def point(cls, value: float) -> Self:
        """Return a quantity known exactly."""
        return cls(p10=value, p50=value, p90=value, shape="normal")

    @classmethod
    def between(cls, low: float, high: float, *, shape: Literal["lognormal", "normal"] = "lognormal") -> Self:
        """Return the quantity whose 80 % interval is ``low`` to ``high``, its median the (geometric) middle."""
        middle = math.sqrt(low * high) if shape == "lognormal" else (low + high) / 2
        return cls(p10=low, p50=middle, p90=high, shape=shape)

    @property
    def is_point(self) -> bool:
        """Whether the quantity has no spread."""
        return self.p10 == self.p90
