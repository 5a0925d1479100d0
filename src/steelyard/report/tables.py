"""A decision as tables: named columns of plain values, for Arrow, pandas, polars or anything that takes columns."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from steelyard.domain.result import OptionResult, Result, Spread

__all__ = ["TABLES", "Cell", "Columns", "columns_of"]

Cell = str | float | int | bool | date | None
Columns = dict[str, list[Cell]]
"""Column name -> values, all of one length; a column's name ends in its unit."""
Row = Mapping[str, Cell]


def columns_of(result: Result, name: str) -> Columns:
    """Return one table of a decision.

    Parameters
    ----------
    name
        One of :data:`TABLES`.

    Raises
    ------
    KeyError
        If there is no such table.
    """
    heads, rows = TABLES[name]
    found = rows(result)
    return {head: [row.get(head) for row in found] for head in heads}


def _options(result: Result) -> list[Row]:
    return [
        {
            "option": o.id, "label": o.label, "kind": o.kind, "feasible": o.feasible,
            "chosen": o.id == result.verdict_option, "excluded_by": "; ".join(o.excluded_by),
            "allowed_if": "; ".join(o.allowed_if), "p_best": o.p_best, "expected_regret_usd": o.expected_regret_usd,
            "cvar90_usd": o.cvar90_usd, "capex_usd": o.capex_usd, "usd_per_request": o.usd_per_request,
            "usd_per_successful_request": o.usd_per_successful_request,
            "levelized_cost_usd_per_mtok": o.levelized_cost_usd_per_mtok, "slo": o.slo,
            "next_request_usd": o.marginal.next_request_usd if o.marginal else None,
            "marginal_usd_per_request": o.marginal.usd_per_request if o.marginal else None,
            "marginal_usd_per_mtok": o.marginal.usd_per_mtok if o.marginal else None,
            **_spread("npv_cost", o.npv_cost_usd), **_spread("saving_vs_today", o.saving_vs_today_usd),
            **_spread("saving_vs_best_bought", o.saving_vs_best_bought_usd),
        }
        for o in result.options
    ]  # fmt: skip


def _spread(name: str, spread: Spread | None) -> Row:
    return {f"{name}_{part}_usd": getattr(spread, part) if spread else None for part in _PARTS}


def _bill(result: Result) -> list[Row]:
    return [
        {"option": o.id, "line": line.id, "label": line.label, "group": line.group, "month": month, "usd": usd}
        for o in result.options for line in o.lines for month, usd in enumerate(line.usd_per_month, start=1)
    ]  # fmt: skip


def _months(result: Result) -> list[Row]:
    return [
        {"option": o.id, "month": month, "cost_usd": usd, "prob_paid_back": _odds(o, month)}
        for o in result.options for month, usd in enumerate(o.cost_usd_per_month, start=1)
    ]  # fmt: skip


def _odds(option: OptionResult, month: int) -> float | None:
    odds = option.payback.prob_by_month if option.payback else ()
    return odds[month - 1] if month <= len(odds) else None


def _flips(result: Result) -> list[Row]:
    return [
        {"input": f.input, "unit": f.unit, "expected": f.from_, "flips_at": f.at, "to_option": f.to_option,
         "distance_in_sd": f.distance_in_sd, "margin_at_p10_usd": f.low_usd, "margin_at_p90_usd": f.high_usd,
         "sentence": f.sentence}
        for f in result.flips
    ]  # fmt: skip


def _break_even(result: Result) -> list[Row]:
    return [
        {"quantity": b.quantity, "unit": b.unit, "at": point.at, "option": option, "npv_cost_mean_usd": usd}
        for b in result.break_even for point in b.sweep for option, usd in sorted(point.npv_cost_usd.items())
    ]  # fmt: skip


def _assumptions(result: Result) -> list[Row]:
    return [a.model_dump() for a in result.assumptions]


_PARTS = ("p10", "p50", "p90", "mean")
_SPREADS = tuple(f"{name}_{part}_usd" for name in ("npv_cost", "saving_vs_today", "saving_vs_best_bought")
                 for part in _PARTS)  # fmt: skip

TABLES: Mapping[str, tuple[Sequence[str], Callable[[Result], list[Row]]]] = {
    "options": (("option", "label", "kind", "feasible", "chosen", "excluded_by", "allowed_if", "p_best",
                 "expected_regret_usd", "cvar90_usd", "capex_usd", "usd_per_request", "usd_per_successful_request",
                 "levelized_cost_usd_per_mtok", "next_request_usd", "marginal_usd_per_request",
                 "marginal_usd_per_mtok",
                 "slo", *_SPREADS), _options),
    "bill": (("option", "line", "label", "group", "month", "usd"), _bill),
    "months": (("option", "month", "cost_usd", "prob_paid_back"), _months),
    "flips": (("input", "unit", "expected", "flips_at", "to_option", "distance_in_sd", "margin_at_p10_usd",
               "margin_at_p90_usd", "sentence"), _flips),
    "break_even": (("quantity", "unit", "at", "option", "npv_cost_mean_usd"), _break_even),
    "assumptions": (("name", "value", "unit", "source", "url", "as_of", "age_days", "grade", "moves_verdict"),
                    _assumptions),
}  # fmt: skip
"""Name of a table -> its columns, and what gives its rows."""
