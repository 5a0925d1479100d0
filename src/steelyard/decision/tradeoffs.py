"""Speed, focus, frontier and ownership of the best own option, in dollars and engineer-months."""

from steelyard.decision.cost_model import CostModel
from steelyard.decision.findings import Findings
from steelyard.decision.words import doing
from steelyard.domain.insight import Tradeoffs
from steelyard.nouns import counted, noun
from steelyard.options.option import Option
from steelyard.printed import count, money, percent

__all__ = ["tradeoffs"]

_BUILD = "staffing.build_engineer_months"


def tradeoffs(found: Findings, model: CostModel) -> Tradeoffs | None:
    """Return what owning takes beyond the bill; None where no own option could be costed.

    Parameters
    ----------
    found
        What was computed.
    model
        Costs on all draws.
    """
    if found.own_best_of_all is None:
        return None
    own = found.options[found.own_best_of_all]
    premium = found.ownership_premium_usd_per_month
    months = _engineer_months(found, model, own)
    people, refreshes = _worth(model, own, group="people"), _worth(model, own, line="refresh")
    delay = _worth(model, own, line="delay")
    double = sum(model.line_means(own).npv_usd[line] for line in own.interim_lines)
    speed = delay if delay else double
    share = found.share_of_operating_expense
    return Tradeoffs(
        own_option=own.id, ownership_premium_usd_per_month=premium, speed_months_later=found.demand.build_months,
        speed_usd=speed, focus_engineer_months=months, focus_usd=people, frontier_usd=refreshes,
        share_of_operating_expense=share, inference_usd_per_year=found.inference_usd_per_year,
        sentences=tuple(_sentences(found, own, premium, speed, months, people, refreshes, share, lost=bool(delay))),
    )  # fmt: skip


def _worth(model: CostModel, option: Option, *, line: str = "", group: str = "") -> float:
    worth = model.line_means(option).npv_usd
    return sum(worth[item.id] for item in option.ledger.lines if item.id == line or (group and item.group == group))


def _engineer_months(found: Findings, model: CostModel, option: Option) -> float:
    building = found.draws.means.get(_BUILD)
    built = float(building[0, 0]) if building is not None and _BUILD in option.ledger.inputs else 0.0
    running = model.line_means(option).quantities.get("engineers_running")
    return built + (float(running.sum()) if running is not None else 0.0)


def _sentences(
    found: Findings, own: Option, premium: float | None, speed: float, months: float, people: float, refreshes: float,
    share: float | None, *, lost: bool,
) -> list[str]:  # fmt: skip
    horizon, wait = found.demand.horizon_months, found.demand.build_months
    said: list[str] = []
    if premium is not None:
        side = "more" if premium > 0 else "less"
        said.append(f"Ownership: {doing(own.label)} costs {money(abs(premium))} a month {side} than the best bought "
                    "option, in present value.")  # fmt: skip
    what = "the value of the months lost" if lost else "the service that bridges them"
    said.append(f"Speed: own machines serve {counted(wait, 'month')} later than a bought model; {what} comes to "
                f"{money(speed)}.")  # fmt: skip
    said.append(f"Focus: {count(months)} {noun(months, 'engineer-month')} over {counted(horizon, 'month')}, "
                f"{money(people)}, go into serving instead of what only your engineers can do.")  # fmt: skip
    if refreshes > 0:
        said.append(f"Frontier: keeping the own model current costs {money(refreshes)} over the horizon.")
    else:
        said.append("Frontier: the own model is held as it is; no refresh is charged, and it ages.")
    if share is not None:
        words = found.inference_in_words
        said.append(f"{words[0].upper()}{words[1:]} {percent(share)} of operating expense "
                    f"({money(found.inference_usd_per_year)} a year).")  # fmt: skip
    return said
