"""One way to serve, costed: a ledger and what it rests on."""

from dataclasses import dataclass, field, replace
from typing import Literal

from steelyard.domain.claims import GateFinding
from steelyard.domain.ledger import Const, Ledger
from steelyard.domain.price import GpuOffer, RateCard, ServerPurchase
from steelyard.domain.result import Kind, PlanStep
from steelyard.domain.serving import CapacityCurve
from steelyard.options.tuning_plan import Tuning

__all__ = ["COMPUTE_PROGRESS", "QUOTED", "REQUESTS", "Hardware", "Option", "efficiency_name", "listing_name",
           "live_month", "rent_name", "rent_name_of", "token_ratio_name"]  # fmt: skip

REQUESTS = "requests_per_month"
"""Input: requests in each month [1/month]."""
COMPUTE_PROGRESS = "compute_progress"
"""Input: compute per request of the open model re-picked at equal quality, against today's [1]."""


def listing_name(card: RateCard) -> str:
    """Return the input that multiplies the prices of one listing [1]."""
    return f"price_factor.{card.seller}.{card.model}"


def token_ratio_name(side: Literal["input", "output"], model: str) -> str:
    """Return the input that converts tokens of the measured model to ``model`` [1]."""
    return f"{side}_token_ratio.{model}"


def efficiency_name(model: str, accelerator: str) -> str:
    """Return the input that multiplies the predicted capacity of a pair [1]."""
    return f"capacity_factor.{model}.{accelerator}"


def rent_name(accelerator: str) -> str:
    """Return the input that multiplies the rent of an accelerator [1]."""
    return f"rent_factor.{accelerator}"


QUOTED = "quote/"
"""Beginning of the identifier of an offer that the study itself quotes."""


def rent_name_of(offer: GpuOffer) -> str:
    """Return the input that multiplies the rent of one offer [1]: a quote of the study's own moves by itself."""
    return f"{rent_name(offer.accelerator)}.quote" if offer.id.startswith(QUOTED) else rent_name(offer.accelerator)


def live_month(ledger: Ledger, build_months: int) -> int:
    """Return the month from which own machines serve: the first where nothing is built.

    Parameters
    ----------
    ledger
        Ledger of an option on own machines; it says for how long they are built.
    build_months
        Months that a build takes in this study [month].
    """
    waits = [q.expression.value for q in ledger.quantities
             if q.name == "build_months" and isinstance(q.expression, Const)]  # fmt: skip
    return int(waits[0]) + 1 if waits and build_months > 0 else 1


@dataclass(frozen=True, slots=True)
class Hardware:
    """The machines behind a self-hosted option."""

    curve: CapacityCurve
    offer: GpuOffer | None = None
    server: ServerPurchase | None = None
    peak_replicas: float = 0.0
    replicas_by_hour: tuple[float, ...] = ()
    utilization_fraction: float = 0.0
    elasticities: tuple[float, float] = (0.0, 0.0)
    """Relative loss of capacity per relative growth of input and of output tokens [1]."""
    by_the_hour: GpuOffer | None = None
    """The same machine by the hour, beside a term."""


@dataclass(frozen=True)
class Option:
    """One way to serve the demand."""

    id: str
    label: str
    kind: Kind
    model: str
    """Model identifier."""
    ledger: Ledger
    """What it costs, month by month."""
    card: RateCard | None = None
    """Price list, where it is bought."""
    hardware: Hardware | None = None
    """Machines, where it is self-hosted."""
    capex_lines: tuple[str, ...] = ()
    """Lines that buy things owned."""
    interim_lines: tuple[str, ...] = ()
    """Lines of the service used while building, or bought beside machines where it is what runs today."""
    interim_model: str | None = None
    """Model of the service used while building; None for none."""
    tuning: Tuning | None = None
    """How its model was made one's own; None where it is served as published."""
    gates: tuple[GateFinding, ...] = ()
    """What each gate answered."""
    quality: str = ""
    """What public evidence says of its quality."""
    chance_no_worse: float | None = None
    """Chance of being no worse than the reference by the margin, overall and on each capability needed [1]."""
    evaluated: bool = False
    """Whether the user's own paired evaluation settles its quality."""
    held_curve: CapacityCurve | None = None
    """What one replica carries on machines held today, where what runs today is costed as it grows."""
    notes: tuple[str, ...] = field(default=())
    """What a reader should know."""
    steps: tuple[PlanStep, ...] = ()
    """Steps of a plan that are no machines: what is bought until when, when to order, what to watch."""

    @property
    def bought(self) -> bool:
        """Whether a seller runs it."""
        return self.card is not None

    @property
    def bought_in_part(self) -> bool:
        """Whether a seller serves part of the traffic, or all of it for part of the time, beside own machines."""
        return self.kind in ("staged", "hybrid") and any(line.group == "tokens" for line in self.ledger.lines)

    @property
    def feasible(self) -> bool:
        """Whether no gate blocks it."""
        return all(finding.answer != "blocked" for finding in self.gates)

    def with_gates(
        self, gates: tuple[GateFinding, ...], quality: str, *, chance_no_worse: float | None = None,
        evaluated: bool = False,
    ) -> "Option":  # fmt: skip
        """Return the option with the answers of its gates, and what is known of its quality."""
        return replace(self, gates=gates, quality=quality, chance_no_worse=chance_no_worse, evaluated=evaluated)
