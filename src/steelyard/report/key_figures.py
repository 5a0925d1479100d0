"""The few figures a board looks at first, each with the words that bound it."""

from dataclasses import dataclass

from steelyard.domain.currency import displayed
from steelyard.domain.result import BaselineLine, OptionResult, Result, Spread
from steelyard.printed import money, months, percent, span
from steelyard.report.story import tell

__all__ = ["KeyFigure", "key_figures"]


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """One figure of the first screen."""

    name: str
    """What it is."""
    amount: str
    """The figure as printed; empty where none was computed."""
    words: str
    """What it rests on or lies between."""


@displayed
def key_figures(result: Result) -> tuple[KeyFigure, ...]:
    """Return confidence, cost, savings and what being wrong costs, as far as the result has them."""
    story = tell(result)
    option = next((o for o in result.options if o.id == result.verdict_option), None)
    sure = "" if result.confidence is None else percent(result.confidence)
    regret = "" if result.regret_usd is None else money(result.regret_usd)
    return (
        KeyFigure("Confidence", sure, story.confidence),
        *(_of_option(result, option) if option else ()),
        KeyFigure("What being wrong costs", regret, story.wrong.removeprefix(regret).strip()),
    )


def _of_option(result: Result, option: OptionResult) -> tuple[KeyFigure, ...]:
    found: list[KeyFigure] = []
    if option.npv_cost_usd:
        found.append(KeyFigure(f"Cost over {months(result.horizon_months)}", money(option.npv_cost_usd.mean),
                               f"present value; 80 % interval {_band(option.npv_cost_usd)}"))  # fmt: skip
    lines = result.baseline
    pairs: tuple[tuple[str, Spread | None, BaselineLine | None], ...] = (
        ("today", option.saving_vs_today_usd, lines.today),
        ("the best bought option", option.saving_vs_best_bought_usd, lines.best_bought),
    )
    for name, saving, line in pairs:
        if saving is None or line is None or line.option == option.id:
            continue
        verb = "Saves against" if saving.mean >= 0 else "Costs more than"
        found.append(KeyFigure(f"{verb} {name}", money(abs(saving.mean)), f"saving: 80 % interval {_band(saving)}"))
    return tuple(found)


def _band(spread: Spread) -> str:
    return span(spread.p10, spread.p90)
