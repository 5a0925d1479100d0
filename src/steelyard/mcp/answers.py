"""What the tools answer: a decision in brief, flip points, and the chain behind a number. Nothing here is computed."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

from steelyard.domain.currency import Currency
from steelyard.domain.evidence import Evidence
from steelyard.domain.result import (
    Baseline,
    BreakEven,
    Flip,
    FrameworkView,
    Measurement,
    OptimizeFirst,
    Payback,
    Receipt,
    Result,
    Spread,
)
from steelyard.domain.value import Value
from steelyard.units import Count, Fraction, Ratio, Usd, UsdPerMonth, UsdPerMtok, UsdPerRequest

if TYPE_CHECKING:
    from steelyard.facts.provenance import Provenance

__all__ = ["Chain", "DecisionBrief", "FlipPoints", "chain_of"]


class OptionBrief(Value):
    """One way to serve."""

    id: str
    """Stable identifier."""
    label: str
    """In words."""
    kind: str
    """Form: keep_today, buy_api, self_host_rented, ..."""
    feasible: bool
    """Whether no gate rules it out."""
    excluded_by: tuple[str, ...]
    """Rules that exclude it."""
    allowed_if: tuple[str, ...]
    """Conditions it carries."""
    npv_cost_usd: Spread | None
    """Present value of its cost; positive is money out."""
    saving_vs_today_usd: Spread | None
    """Against what runs today."""
    usd_per_month_1: UsdPerMonth | None
    """Mean cost in the first month."""
    usd_per_request: UsdPerRequest | None
    """Present value of cost over that of requests."""
    levelized_cost_usd_per_mtok: UsdPerMtok | None
    """Present value of cost over that of million tokens."""
    p_best: Fraction
    """Share of draws in which it is the cheapest feasible one."""
    payback: Payback | None
    """Against the best bought option; null for bought ones."""
    quality: str
    """What public evidence says of its quality."""


class DecisionBrief(Value):
    """A decision without its month-by-month bills; ``steelyard decide --json`` prints the whole document."""

    study: str
    """Name of the study."""
    as_of: date
    """Day of the facts."""
    horizon_months: Count
    """Horizon."""
    display_currency: Currency | None
    """Currency, with its dated rate, of amounts inside sentences; numbers are USD, and sentences where null."""
    verdict: str
    """The form that wins, infeasible, or too_close_to_call."""
    verdict_option: str | None
    """The option that wins."""
    confidence: Fraction | None
    """Share of draws in which no other option beats it by more than the threshold."""
    materiality_usd: Usd
    """Threshold below which options tie and the simpler wins."""
    reason: str
    """One sentence."""
    framework: FrameworkView
    """Rule of thumb beside the figures, and why they differ."""
    baseline: Baseline
    """What runs today, and the best bought option."""
    optimize_first: tuple[OptimizeFirst, ...]
    """Cheaper first steps."""
    options: tuple[OptionBrief, ...]
    """Every option, cheapest feasible first."""
    regret_usd: Usd | None
    """Expected cost of having chosen wrong."""
    contradictions: tuple[str, ...]
    """Figures of the study that cannot all be right."""
    warnings: tuple[str, ...]
    """What to keep in mind."""
    oldest_figure: str | None
    """The oldest figure that moves the verdict."""
    assumption_names: tuple[str, ...]
    """Names that explain_assumption takes, those that move the verdict first."""
    receipt: Receipt
    """What rebuilds it."""

    @classmethod
    def of(cls, result: Result) -> "DecisionBrief":
        """Return a decision in brief.

        Parameters
        ----------
        result
            The decision.
        """
        told = {name: getattr(result, name) for name in cls.model_fields if name in Result.model_fields}
        named = sorted(result.assumptions, key=lambda row: not row.moves_verdict)
        return cls.model_validate(told | {
            "options": tuple(_option(result, i) for i in range(len(result.options))),
            "contradictions": tuple(c.sentence for c in result.contradictions),
            "assumption_names": tuple(row.name for row in named if row.grade != "default"),
        })  # fmt: skip


def _option(result: Result, index: int) -> OptionBrief:
    option = result.options[index]
    told = {name: getattr(option, name) for name in OptionBrief.model_fields if name != "usd_per_month_1"}
    first = option.cost_usd_per_month[0] if option.cost_usd_per_month else None
    return OptionBrief.model_validate({**told, "usd_per_month_1": first})


class FlipPoints(Value):
    """What would change the decision, and what knowing more is worth."""

    study: str
    """Name of the study."""
    as_of: date
    """Day of the facts."""
    display_currency: Currency | None
    """Currency, with its dated rate, of amounts inside sentences; numbers are USD, and sentences where null."""
    verdict: str
    """The form that wins now."""
    verdict_option: str | None
    """The option that wins now."""
    break_even: tuple[BreakEven, ...]
    """Where two sides cost the same; curves are left out."""
    flips: tuple[Flip, ...]
    """The value of each input at which another option wins, nearest first."""
    regret_usd: Usd | None
    """Expected cost of having chosen wrong."""
    evpi_usd: Usd | None
    """What knowing every cost would be worth; knowing quality is valued beside it."""
    value_of_information: tuple[Measurement, ...]
    """What measuring one input would be worth, and how."""

    @classmethod
    def of(cls, result: Result) -> "FlipPoints":
        """Return what would change a decision.

        Parameters
        ----------
        result
            The decision.
        """
        told = {name: getattr(result, name) for name in cls.model_fields}
        return cls.model_validate(told | {"break_even": tuple(b.model_copy(update={"sweep": ()})
                                                              for b in result.break_even)})  # fmt: skip


class Link(Value):
    """One fact of a chain."""

    depth: Count
    """0: what was asked for; 1: what that rests on; and so on."""
    name: str
    """Name."""
    kind: str
    """Kind of fact, or ``computed``."""
    value: Ratio | None
    """Its number, in ``unit``; null for what is words."""
    low: Ratio | None
    """p10 on the day asked."""
    high: Ratio | None
    """p90 on the day asked."""
    unit: str
    """Unit."""
    steps: tuple[str, ...]
    """How the number and its interval come about."""
    sources: tuple[Evidence, ...]
    """Who says so, when seen, and how; the main one first."""
    file: str
    """File or package that states it; empty for what is computed."""


class Chain(Value):
    """Everything behind one number, down to its sources."""

    name: str
    """As asked."""
    as_of: date
    """Day of the facts."""
    links: tuple[Link, ...]
    """Depth first."""


def chain_of(name: str, as_of: date, found: "Sequence[Provenance]") -> Chain:
    """Return the chain behind a name as a flat list with depths.

    Parameters
    ----------
    name
        As asked.
    as_of
        Day of the facts.
    found
        Its links.
    """
    return Chain(name=name, as_of=as_of, links=tuple(_links(found, 0)))


def _links(found: "Sequence[Provenance]", depth: int) -> Iterator[Link]:
    for one in found:
        number = one.headline
        yield Link(
            depth=depth, name=f"{one.name}.{one.field}" if one.field else one.name, kind=one.kind,
            value=number.value if number else None, low=number.low if number else None,
            high=number.high if number else None, unit=number.unit if number else "", steps=one.steps,
            sources=one.evidence, file=one.origin.file if one.origin else "",
        )  # fmt: skip
        yield from _links(one.parents, depth + 1)
