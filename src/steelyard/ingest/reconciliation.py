"""A bill against the usage it was for: computed and invoiced by model and day, the difference explained."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from steelyard.domain.traffic import TrafficTable
from steelyard.errors import Fault, LogError
from steelyard.ingest.daily import USED, DayUsage, daily_usage
from steelyard.ingest.engine import connect
from steelyard.nouns import counted, noun

__all__ = ["Priced", "ReconciledLine", "Reconciliation", "bill_alone", "reconcile"]

_CLOSE_FRACTION = 0.01
"""Difference within which a day is called equal; vendors round each line."""
_CLOSE_USD = 0.01

Priced = Callable[[DayUsage], float | None]
"""Returns what usage cost at the list price of its day [USD]; None if it has no price."""


class ReconciledLine(NamedTuple):
    """One model on one day."""

    day: date
    """Day (UTC)."""
    model: str
    """Name that both sides were brought to."""
    computed_usd: float | None
    """List price of the usage; None where no price is known or there is no usage."""
    invoiced_usd: float | None
    """What the bill says; None where it has no line."""
    explanation: str
    """Why the two differ, as far as the two files show."""


class Reconciliation(NamedTuple):
    """A bill held against usage."""

    priced_rows: int
    """Rows of usage that could be priced."""
    rows: int
    """Rows of usage."""
    computed_usd: float
    """Sum computed, of what could be priced."""
    invoiced_usd: float
    """Sum invoiced, credits deducted."""
    credits_usd: float
    """Credits on the bill, a negative sum."""
    lines: tuple[ReconciledLine, ...]
    """By day and model."""

    @property
    def headline(self) -> str:
        """The first sentence of every reconciliation."""
        return (
            f"priced {self.priced_rows:,} of {counted(self.rows, 'row')}: computed ${self.computed_usd:,.2f}, "
            f"invoiced ${self.invoiced_usd:,.2f}"
        )


class _Usage(NamedTuple):
    rows: int = 0
    priced_rows: int = 0
    batch_rows: int = 0
    usd: float | None = None
    reads: float = 0.0
    writes: float = 0.0

    def plus(self, usage: DayUsage, usd: float | None) -> "_Usage":
        tokens = usage.tokens
        return _Usage(
            self.rows + usage.rows,
            self.priced_rows + (usage.rows if usd is not None else 0),
            self.batch_rows + (usage.rows if usage.batch else 0),
            self.usd if usd is None else (self.usd or 0.0) + usd,
            self.reads + tokens.cache_read,
            self.writes + tokens.cache_write_5m + tokens.cache_write_1h,
        )


def reconcile(
    usage: TrafficTable,
    bill: TrafficTable,
    price: Priced,
    *,
    days: Sequence[DayUsage] | None = None,
    same_model: Callable[[str], str] = str.lower,
) -> Reconciliation:
    """Return a bill held against the usage it was for.

    Parameters
    ----------
    usage
        Requests or buckets.
    bill
        A cost export.
    price
        Prices usage at the list of its day.
    days
        What ``daily_usage`` returned of the usage, cut at the lengths above which prices change; absent: taken here.
    same_model
        Brings the names of both sides to one spelling.

    Raises
    ------
    LogError
        If ``bill`` is not a cost export, or ``usage`` is.
    """
    if bill.grain != "cost" or usage.grain == "cost":
        raise LogError(Fault("a reconciliation needs usage and a bill, in that order",
                             bill.files[0].name if bill.files else "bill", "a cost export",
                             "Give the usage log first and the cost export second"))  # fmt: skip
    used = _usage(daily_usage(usage) if days is None else days, price, same_model)
    invoiced, granted = _invoiced(bill, same_model)
    lines: list[ReconciledLine] = []
    priced_rows, computed_sum = 0, 0.0
    for day, model in sorted(set(used) | set(invoiced)):
        mine, theirs = used.get((day, model)), invoiced.get((day, model))
        computed = mine.usd if mine else None
        priced_rows += mine.priced_rows if mine else 0
        computed_sum += computed or 0.0
        lines.append(ReconciledLine(day, model, computed, theirs, _why(mine, computed, theirs, granted.get(day, 0.0))))
    return Reconciliation(priced_rows, sum(u.rows for u in used.values()), computed_sum, sum(invoiced.values()),
                          sum(granted.values()), tuple(lines))  # fmt: skip


def bill_alone(bill: TrafficTable, *, same_model: Callable[[str], str] = str.lower) -> Reconciliation:
    """Return what a bill says by day and model where no usage is at hand.

    Parameters
    ----------
    bill
        A cost export.
    same_model
        Brings names to one spelling.
    """
    invoiced, granted = _invoiced(bill, same_model)
    lines = tuple(ReconciledLine(day, model, None, invoiced[day, model], "no usage was given beside the bill")
                  for day, model in sorted(invoiced))  # fmt: skip
    return Reconciliation(0, 0, 0.0, sum(invoiced.values()), sum(granted.values()), lines)


def _why(mine: _Usage | None, computed: float | None, theirs: float | None, credit: float) -> str:
    if mine is None:
        return (
            "the bill has a line and the log no usage: credits, minimums, another key, or a name the log spells apart"
        )
    if computed is None:
        return "no list price is known for this model"
    if theirs is None:
        return "the log has usage and the bill no line: not invoiced yet, free, or billed under another name"
    difference = theirs - computed
    if abs(difference) <= max(_CLOSE_USD, _CLOSE_FRACTION * abs(computed)):
        return "equal"
    return _why_less(mine, computed, theirs, credit) if difference < 0 else _why_more(mine)


def _why_more(mine: _Usage) -> str:
    if not mine.writes:
        return "invoiced more than computed: cache writes, tools or a priority tier that the log does not show"
    return "invoiced more than computed: tools, a priority tier, or usage missing from the log"


def _why_less(mine: _Usage, computed: float, theirs: float, credit: float) -> str:
    if credit < 0 and abs(computed + credit - theirs) <= max(_CLOSE_USD, _CLOSE_FRACTION * computed):
        return "credits of that day"
    if mine.batch_rows:
        batch = f"{mine.batch_rows:,} of {counted(mine.rows, 'row')} {noun(mine.batch_rows, 'is', 'are')} batch"
        return f"invoiced less than computed: {batch}, billed at a discount"
    if not mine.reads:
        return "invoiced less than computed: cached input that the log does not show, or a negotiated discount"
    return "invoiced less than computed: a negotiated discount, or batch"


def _usage(
    days: Sequence[DayUsage], price: Priced, same_model: Callable[[str], str]
) -> Mapping[tuple[date, str], _Usage]:
    found: dict[tuple[date, str], _Usage] = {}
    for usage in days:
        if usage.status == USED:
            key = (usage.day, same_model(usage.model))
            found[key] = found.get(key, _Usage()).plus(usage, price(usage))
    return found


def _invoiced(
    table: TrafficTable, same_model: Callable[[str], str]
) -> tuple[Mapping[tuple[date, str], float], Mapping[date, float]]:
    with connect() as con:
        rows = con.execute(
            "SELECT CAST(start AS DATE), coalesce(model, ''), logged_usd FROM read_parquet($1) "
            "WHERE set_aside IS NULL ORDER BY 1, 2, 3",
            [str(table.path)],
        ).fetchall()
    lines: dict[tuple[date, str], float] = {}
    granted: dict[date, float] = {}
    for day, model, usd in rows:
        if usd < 0:
            granted[day] = granted.get(day, 0.0) + float(usd)
        key = (day, same_model(str(model)))
        lines[key] = lines.get(key, 0.0) + float(usd)
    return lines, granted
