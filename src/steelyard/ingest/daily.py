"""Usage by day, model and operation: what a bill is computed from and what a calendar shows."""

# ruff: noqa: S608  the queries are our own
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from steelyard.domain.traffic import TierTokens, TokenTotals, TrafficTable
from steelyard.ingest.engine import connect
from steelyard.ingest.log_format import quoted_text
from steelyard.ingest.profile_sql import band_of
from steelyard.workload.cube import TOKEN_CLASSES

__all__ = ["USED", "DayUsage", "daily_usage"]

USED = "used"
"""Status of rows that count."""


@dataclass(frozen=True, slots=True)
class DayUsage:
    """One model, operation, fate and day."""

    day: date
    """Day (UTC)."""
    model: str
    """As logged; empty where not stated."""
    operation: str
    """chat, embedding, image, audio or other; set-aside rows included."""
    status: str
    """``used``, or the reason for which the rows were set aside."""
    batch: bool
    """Whether the log says that they went through a batch service."""
    rows: int
    """Rows."""
    bands: tuple[TierTokens, ...]
    """Requests (0 where the source does not count them) and tokens by input-length band."""
    logged_usd: float | None
    """What the log itself says it cost [USD]; None where it does not."""

    @property
    def requests(self) -> int:
        """Requests; 0 where the source does not count them."""
        return sum(band.requests for band in self.bands)

    @property
    def tokens(self) -> TokenTotals:
        """Tokens over all bands."""
        return TokenTotals(**{n: sum(getattr(band.tokens, n) for band in self.bands) for n in TOKEN_CLASSES})


def daily_usage(table: TrafficTable, breakpoints: Sequence[int] = ()) -> tuple[DayUsage, ...]:
    """Return every row of a table by day, model, operation, fate and batch, in that order.

    Parameters
    ----------
    table
        What ``read_logs`` returned.
    breakpoints
        Input lengths above which a price changes [token].
    """
    sums = ", ".join(f"coalesce(sum({name}), 0)" for name in TOKEN_CLASSES)
    with connect() as con:
        rows = con.execute(
            "SELECT CAST(start AS DATE) AS day, coalesce(model, ''), coalesce(operation, ''), "
            f"coalesce(set_aside, '{USED}'), coalesce(batch, false), {band_of(breakpoints)} AS above, count(*), "
            f"coalesce(sum(requests), 0), sum(logged_usd), {sums} "
            f"FROM read_parquet({quoted_text(str(table.path))}) WHERE start IS NOT NULL "
            "GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6"
        ).fetchall()
    found: dict[tuple[object, ...], DayUsage] = {}
    for row in rows:
        band = TierTokens(
            above_input_tokens=float(row[5]), requests=int(row[7]),
            tokens=TokenTotals(**{name: float(row[9 + i]) for i, name in enumerate(TOKEN_CLASSES)}),
        )  # fmt: skip
        usd = None if row[8] is None else float(row[8])
        one = DayUsage(row[0], str(row[1]), str(row[2]), str(row[3]), bool(row[4]), int(row[6]), (band,), usd)
        before = found.get(row[:5])
        found[row[:5]] = one if before is None else _joined(before, one)
    return tuple(found.values())


def _joined(a: DayUsage, b: DayUsage) -> DayUsage:
    usd = None if a.logged_usd is None and b.logged_usd is None else (a.logged_usd or 0.0) + (b.logged_usd or 0.0)
    return DayUsage(a.day, a.model, a.operation, a.status, a.batch, a.rows + b.rows, (*a.bands, *b.bands), usd)
