"""The bill of the options that matter, line by line, for single months."""

from collections.abc import Sequence

from steelyard.domain.currency import displayed, shown, shown_code
from steelyard.domain.result import OptionResult, Result
from steelyard.report.text import plain, to_ascii

__all__ = ["BILL_MONTHS", "billed_options", "render_bill"]

BILL_MONTHS = (1, 12, 36)
"""Months of which a bill is shown; those beyond the horizon give way to its last."""
_AMOUNT = 12
_LEAST_LABEL = 30


def billed_options(result: Result) -> tuple[OptionResult, ...]:
    """Return the options whose bill is shown: the chosen one, both reference lines, the cheapest of each other form."""
    by_id = {option.id: option for option in result.options}
    lines = (result.baseline.today, result.baseline.best_bought)
    named = [result.verdict_option, *(line.option for line in lines if line is not None)]
    shown = {name: by_id[name] for name in named if name is not None and name in by_id}
    for option in result.options:
        if option.kind not in {other.kind for other in shown.values()}:
            shown[option.id] = option
    return tuple(shown.values())


@displayed
def render_bill(
    result: Result, *, months: Sequence[int] = BILL_MONTHS, width: int = 80, ascii_only: bool = False
) -> str:  # fmt: skip
    """Return the bill by line of the options that matter, mean over draws, for the months named.

    Parameters
    ----------
    result
        The decision.
    months
        Months from 1.
    width
        Columns.
    ascii_only
        Whether the terminal shows ASCII only.
    """
    wanted = tuple(dict.fromkeys(min(month, result.horizon_months) for month in months))
    text = "\n\n".join(_table(option, wanted, width) for option in billed_options(result)) + "\n"
    if result.display_currency:
        text = f"Amounts in {plain(result.amounts_in)}\n\n{text}"
    return to_ascii(text) if ascii_only else text


def _table(option: OptionResult, months: Sequence[int], width: int) -> str:
    room = max(width - _AMOUNT * len(months), _LEAST_LABEL)
    head = _clipped(f"{option.label}, {shown_code()}", room) + "".join(f"{f'month {m}':>{_AMOUNT}}" for m in months)
    rows = [
        _clipped(f"  {line.label}", room) + "".join(f"{_usd(line.usd_per_month[m - 1]):>{_AMOUNT}}" for m in months)
        for line in option.lines
        if any(line.usd_per_month[m - 1] for m in months)
    ]
    total = _clipped("  total", room) + "".join(f"{_usd(option.cost_usd_per_month[m - 1]):>{_AMOUNT}}" for m in months)
    return "\n".join([head, *rows, total])


def _usd(amount: float) -> str:
    return f"{shown(amount):,.2f}".replace("-", "\u2212")


def _clipped(text: str, room: int) -> str:
    return f"{text[: room - 2]}\u2026 " if len(text) > room - 1 else f"{text:<{room}}"
