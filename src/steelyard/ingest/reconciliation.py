"""A bill against the usage it was for: computed and invoiced by model and day, the difference explained."""

# ruff: noqa: S608  the queries are our own
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from steelyard.domain.traffic import TierTokens, TokenTotals, TrafficTable
from steelyard.errors import Fault, LogError
from steelyard.ingest.profile_sql import band_of
from steelyard.workload.cube import TOKEN_CLASSES

__all__ = ["Priced", "ReconciledLine", "Reconciliation", "reconcile"]

_CLOSE_FRACTION = 0.01
"""Difference within which a day is called equal; vendors round each line."""
_CLOSE_USD = 0.01

Priced = Callable[[str, date, Sequence[TierTokens]], float | None]
"""Returns what the tokens of a model on a day cost at that day's list price [USD]; None if it has no price."""


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
            f"priced {self.priced_rows:,} of {self.rows:,} rows: computed ${self.computed_usd:,.2f}, "
            f"invoiced ${self.invoiced_usd:,.2f}"
        )


class _Usage(NamedTuple):
    rows: int
    batch_rows: int
    bands: tuple[TierTokens, ...]


def reconcile(
    usage: TrafficTable,
    bill: TrafficTable,
    price: Priced,
    *,
    breakpoints: Sequence[int] = (),
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
    breakpoints
        Input lengths above which prices change [token].
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
    used = _usage(usage, breakpoints, same_model)
    invoiced, granted = _invoiced(bill, same_model)
    lines: list[ReconciledLine] = []
    priced_rows, computed_sum = 0, 0.0
    for day, model in sorted(set(used) | set(invoiced)):
        mine, theirs = used.get((day, model)), invoiced.get((day, model))
        computed = price(model, day, mine.bands) if mine else None
        if mine and computed is not None:
            priced_rows += mine.rows
            computed_sum += computed
        lines.append(ReconciledLine(day, model, computed, theirs, _why(mine, computed, theirs, granted.get(day, 0.0))))
    return Reconciliation(priced_rows, sum(u.rows for u in used.values()), computed_sum, sum(invoiced.values()),
                          sum(granted.values()), tuple(lines))  # fmt: skip


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
    if not any(band.tokens.cache_write_5m or band.tokens.cache_write_1h for band in mine.bands):
        return "invoiced more than computed: cache writes, tools or a priority tier that the log does not show"
    return "invoiced more than computed: tools, a priority tier, or usage missing from the log"


def _why_less(mine: _Usage, computed: float, theirs: float, credit: float) -> str:
    if credit < 0 and abs(computed + credit - theirs) <= max(_CLOSE_USD, _CLOSE_FRACTION * computed):
        return "credits of that day"
    if mine.batch_rows:
        return f"invoiced less than computed: {mine.batch_rows:,} of {mine.rows:,} rows are batch, billed at a discount"
    if not any(band.tokens.cache_read for band in mine.bands):
        return "invoiced less than computed: cached input that the log does not show, or a negotiated discount"
    return "invoiced less than computed: a negotiated discount, or batch"


def _usage(
    table: TrafficTable, breakpoints: Sequence[int], same_model: Callable[[str], str]
) -> Mapping[tuple[date, str], _Usage]:
    import duckdb  # noqa: PLC0415  heavy: loads only when logs are read

    sums = ", ".join(f"sum({name})" for name in TOKEN_CLASSES)
    with duckdb.connect() as con:
        rows = con.execute(
            f"SELECT CAST(start AS DATE), coalesce(model, ''), {band_of(breakpoints)} AS above, count(*), "
            f"coalesce(sum(requests), 0), count(*) FILTER (WHERE batch), {sums} FROM read_parquet($1) "
            "WHERE set_aside IS NULL GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
            [str(table.path)],
        ).fetchall()
    found: dict[tuple[date, str], _Usage] = {}
    for row in rows:
        key = (row[0], same_model(str(row[1])))
        before = found.get(key, _Usage(0, 0, ()))
        tokens = TokenTotals(**{name: float(row[6 + i]) for i, name in enumerate(TOKEN_CLASSES)})
        band = TierTokens(above_input_tokens=float(row[2]), requests=int(row[4]), tokens=tokens)
        found[key] = _Usage(before.rows + int(row[3]), before.batch_rows + int(row[5]), (*before.bands, band))
    return found


def _invoiced(
    table: TrafficTable, same_model: Callable[[str], str]
) -> tuple[Mapping[tuple[date, str], float], Mapping[date, float]]:
    import duckdb  # noqa: PLC0415

    with duckdb.connect() as con:
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
