"""Where costs meet and where a verdict tips."""

from collections.abc import Mapping

from steelyard.domain.value import Value
from steelyard.units import Ratio, Usd

__all__ = ["BreakEven", "Flip", "SweepPoint"]


class SweepPoint(Value):
    """Mean present value of each option at one value of a swept input."""

    at: Ratio
    """Value of the input."""
    npv_cost_usd: Mapping[str, Usd]
    """Option identifier -> mean present value."""


class BreakEven(Value):
    """Where two sides cost the same as one quantity moves."""

    quantity: str
    """Name of the quantity."""
    unit: str
    """Its unit."""
    today: Ratio
    """Its value in this study."""
    values: tuple[Ratio, ...]
    """Crossings, ascending: none, one or several."""
    between: tuple[str, str]
    """Option identifiers (or families) compared."""
    sweep: tuple[SweepPoint, ...] = ()
    """The curves."""
    sentence: str = ""
    """In words."""


class Flip(Value):
    """The value of one input at which the verdict changes."""

    input: str
    """Input name."""
    unit: str
    """Its unit."""
    from_: Ratio
    """Expected value (``from`` in the document)."""
    at: Ratio | None
    """Value at which another option wins; null if none in the range searched."""
    to_option: str | None
    """Winner beyond it."""
    distance_in_sd: Ratio | None
    """Distance in the input's own spread."""
    sentence: str
    """What a manager repeats."""
    low_usd: Usd | None = None
    """Margin of the chosen option over the runner-up at the input's p10."""
    high_usd: Usd | None = None
    """Margin of the chosen option over the runner-up at the input's p90."""
    checked: bool = False
    """Whether the winners just below and just above were found on all draws."""

    model_config = Value.model_config | {"serialize_by_alias": True, "validate_by_name": True,
                                         "alias_generator": lambda name: name.rstrip("_")}  # fmt: skip
