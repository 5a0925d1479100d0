"""The bill of the options that matter, line by line, for single months."""

import math
from collections.abc import Sequence

from steelyard.domain.currency import displayed, shown, shown_code
from steelyard.domain.result import OptionResult, Result
from steelyard.nouns import counted
from steelyard.printed import count
from steelyard.report.text import plain, to_ascii, wrap

__all__ = ["BILL_MONTHS", "billed_options", "render_bill"]

BILL_MONTHS = (1, 12, 36)
"""Months of which a bill is shown; those beyond the horizon give way to its last."""
_AMOUNT = 13
"""Columns of an amount: up to 99 million to the cent."""
_LEAST_LABEL = 28


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
    """Return the bill by line of the options that matter, mean over draws: single months and the whole horizon.

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
    tables = [_table(option, result, wanted, width) for option in billed_options(result)]
    text = "\n\n".join(tables) + "\n"
    if result.display_currency:
        text = f"Amounts in {plain(result.amounts_in)}\n\n{text}"
    return to_ascii(text) if ascii_only else text


def _table(option: OptionResult, result: Result, months: Sequence[int], width: int) -> str:
    """Return an option's name, the heads, its lines and their total; each line names itself in full."""
    room = max(width - _AMOUNT * (len(months) + 1), _LEAST_LABEL)
    said = f"{shown_code()}, mean of {count(result.receipt.draws)} draws".replace("\u00a0", " ")
    heads = [f"month {m}" for m in months] + [counted(result.horizon_months, "month")]
    rows = [_row(line.label, line.usd_per_month, months, room) for line in option.lines if any(line.usd_per_month)]
    return "\n".join([
        *wrap(plain(option.label), width, lines=3), f"  {said:<{room - 2}}" + "".join(f"{h:>{_AMOUNT}}" for h in heads),
        *rows, _row("total", option.cost_usd_per_month, months, room),
    ])  # fmt: skip


def _row(label: str, usd_per_month: Sequence[float], months: Sequence[int], room: int) -> str:
    """Return a label, over as many lines as it takes, with its amounts by month and over the horizon on the last."""
    *before, last = wrap(plain(label), room - 3, lines=4)
    amounts = [usd_per_month[m - 1] for m in months] + [math.fsum(usd_per_month)]
    figures = "".join(f"{_usd(amount):>{_AMOUNT}}" for amount in amounts)
    return "\n".join([*(f"  {part}" for part in before), f"  {last:<{room - 2}}{figures}"])


def _usd(amount: float) -> str:
    return f"{shown(amount):,.2f}".replace("-", "\u2212")
