"""A log's profile as a document: what was read, what it shows, what it cost at list price."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from steelyard.domain.catalogue import Catalogue
from steelyard.domain.traffic import Profile, TokenTotals, TrafficTable
from steelyard.domain.traffic_details import TrafficDetails
from steelyard.facts.workload import length_spread, load_shapes
from steelyard.ingest.daily import USED, DayUsage
from steelyard.ingest.reading import DEFAULT_MAX_BYTES, Progress
from steelyard.study.day_prices import CatalogueOn, DayPrices
from steelyard.study.log_document import BillLine, LogProfile, LogSpan, ModelLine, Reconciled
from steelyard.study.log_lines import PricedUsage, day_lines, model_lines, month_lines, priced, total_usd
from steelyard.study.logged_models import logged_model
from steelyard.units import SECONDS_PER_DAY

if TYPE_CHECKING:
    from steelyard.ingest.classes import ClassKey
    from steelyard.ingest.reconciliation import Reconciliation

__all__ = ["LogProfile", "price_edges", "profile_document", "profile_logs"]


class _Reading(NamedTuple):
    """How the logs are to be read."""

    log_format: str | None
    mapping: Mapping[str, str] | None
    max_bytes: int
    show_identities: bool
    progress: Progress | None

    def table(self, paths: Sequence[Path]) -> TrafficTable:
        from steelyard.ingest import read_logs  # noqa: PLC0415  loads the query engine

        return read_logs(paths, log_format=self.log_format, mapping=self.mapping, max_bytes=self.max_bytes,
                         show_identities=self.show_identities, progress=self.progress)  # fmt: skip


def profile_logs(
    paths: Sequence[Path], catalogue: Catalogue, *, catalogue_on: CatalogueOn | None = None,
    log_format: str | None = None, mapping: Mapping[str, str] | None = None, shape: str | None = None,
    max_bytes: int = DEFAULT_MAX_BYTES, by: "ClassKey | None" = None, show_identities: bool = False,
    progress: Progress | None = None,
) -> LogProfile:  # fmt: skip
    """Return the profile of logs as a document, each model priced at its own vendor's list of each day.

    Parameters
    ----------
    paths
        Logs; bills among them are held against the usage, or shown alone.
    catalogue
        Price lists as known; their thresholds cut the input lengths, so that tiered bills are exact.
    catalogue_on
        Returns the catalogue of a past day; absent: all usage is priced by ``catalogue``.
    log_format, mapping, max_bytes, show_identities
        As for :func:`steelyard.ingest.read_logs`.
    shape
        Named shape of the week, where no log covers one.
    by
        Column by which classes are told apart; absent: none.
    progress
        Told what is being done.

    Raises
    ------
    LogError
        If a log cannot be read.
    """
    from steelyard.ingest import daily_usage, profile_classes, profile_table, traffic_details  # noqa: PLC0415
    from steelyard.ingest.classes import summary_of  # noqa: PLC0415
    from steelyard.ingest.recognition import is_bill  # noqa: PLC0415

    reading = _Reading(log_format, mapping, max_bytes, show_identities, progress)
    forced = log_format is not None or mapping is not None
    bills = [] if forced else [path for path in paths if path.is_file() and is_bill(path)]
    usage = [path for path in paths if path not in bills]
    bill = reading.table(bills) if bills else None
    if bill is not None and not usage:
        return _bill_document(bill, catalogue)
    table = reading.table(usage)
    if table.grain == "cost":
        return _bill_document(table, catalogue)
    edges = price_edges(catalogue)
    found = profile_table(table, shape=shape, breakpoints=edges, shapes=load_shapes(), spread=length_spread())
    days = () if table.formats == ("warehouse",) else daily_usage(table, edges)
    details = traffic_details(table, days) if days else TrafficDetails(thin=_FAR)
    if by is not None:
        parts = profile_classes(table, by, shape=shape, shapes=load_shapes(), spread=length_spread())
        details = details.model_copy(update={"classes": tuple(summary_of(name, part) for name, part in parts.items())})
    return profile_document(table, found.model_copy(update={"details": details}), catalogue, days=days, bill=bill,
                            catalogue_on=catalogue_on)  # fmt: skip


_FAR = ("days, seconds and identities: the result of a warehouse holds counts by model, hour, minute and length only",)


def price_edges(catalogue: Catalogue) -> tuple[int, ...]:
    """Return every input length above which some price list changes its prices [token], ascending."""
    edges = {int(t.above_input_tokens) for card in catalogue.rate_cards for t in card.tiers if t.above_input_tokens}
    return tuple(sorted(edges))


def profile_document(
    table: TrafficTable, found: Profile, catalogue: Catalogue, *, days: Sequence[DayUsage] = (),
    bill: TrafficTable | None = None, catalogue_on: CatalogueOn | None = None,
) -> LogProfile:  # fmt: skip
    """Return the document of a profile already computed from ``table``.

    Parameters
    ----------
    table
        Where the rows lie.
    found
        Its profile, with details.
    catalogue
        Price lists of the day up to which facts are known.
    days
        Usage by day, cut at ``price_edges``.
    bill
        A cost export for the same usage.
    catalogue_on
        Catalogues of past days.
    """
    used = [usage for usage in days if usage.status == USED]
    names = {*(usage.model for usage in used), *(traffic.model for traffic in found.models)}
    prices = DayPrices(sorted(names), [usage.day for usage in used], catalogue, catalogue_on or (lambda _: catalogue))
    lines = priced(days, prices)
    models = model_lines(found.models, lines, prices)
    reconciled = _reconciled(table, bill, days, prices, catalogue) if bill is not None else None
    details = found.details or TrafficDetails()
    logged = [usage.logged_usd for usage in used if usage.logged_usd is not None]
    return LogProfile(
        files=_names(table, bill), formats=table.formats, grain=table.grain, rows=table.rows, zone=table.zone,
        span=LogSpan(start=found.start, end=found.end, days=found.span_s / SECONDS_PER_DAY),
        months=month_lines(lines), requests=found.requests, requests_per_month=found.requests_per_month,
        tokens=found.tokens.model_dump(), hour_of_week_rps=found.hour_of_week_rps, shape_source=found.shape_source,
        peak_to_mean_per_minute=found.peak_to_mean_per_minute,
        peak_requests_per_second=details.peak_requests_per_second, inter_arrival_cv=found.inter_arrival_cv,
        input_tokens=found.input_tokens, output_tokens=found.output_tokens,
        joint=found.joint if found.joint_measured else None, cached_fraction=found.cached_fraction,
        prefix_reuse=details.prefix_reuse, failed_fraction=found.failed_fraction, operations=found.operations,
        models=models, usd=_by_model(models), priced_rows=_priced_rows(lines, models, table),
        logged_usd=total_usd(logged), days=day_lines(lines), concentration=details.concentration, trend=details.trend,
        classes=details.classes, reconciliation=reconciled, thin=details.thin,
        warnings=tuple(dict.fromkeys((*table.warnings, *found.warnings, *_price_warnings(lines, models)))),
    )  # fmt: skip


def _names(table: TrafficTable, bill: TrafficTable | None) -> tuple[str, ...]:
    return tuple(file.name for file in (*table.files, *(bill.files if bill else ())))


def _by_model(models: Sequence[ModelLine]) -> dict[str, float | None]:
    return {line.model: line.usd for line in sorted(models, key=lambda line: line.model)}


def _priced_rows(lines: Sequence[PricedUsage], models: Sequence[ModelLine], table: TrafficTable) -> int:
    if lines:
        return sum(usage.rows for usage, price in lines if price is not None)
    return min(sum(line.requests for line in models if line.usd is not None), table.rows.used)


def _price_warnings(lines: Sequence[PricedUsage], models: Sequence[ModelLine]) -> list[str]:
    unknown = sorted({line.model for line in models if line.usd is None and line.model})
    later = sorted({usage.model for usage, price in lines if price is not None and price.later})
    return [
        *(f"no price list is known for {name!r}: its cost is left out" for name in unknown),
        *(f"no price of {name!r} is known for some of its days: a later list is used there" for name in later),
    ]


def _reconciled(
    table: TrafficTable, bill: TrafficTable, days: Sequence[DayUsage], prices: DayPrices, catalogue: Catalogue
) -> Reconciled:
    from steelyard.ingest.reconciliation import reconcile  # noqa: PLC0415  loads the query engine

    def usd(usage: DayUsage) -> float | None:
        price = prices.price(usage)
        return price.usd if price else None

    return _document_of(reconcile(table, bill, usd, days=days, same_model=_same_model(catalogue)))


def _same_model(catalogue: Catalogue) -> Callable[[str], str]:
    """Return what brings names of models to one spelling, each looked up once."""

    @cache
    def one_spelling(name: str) -> str:
        return logged_model(catalogue, name) or name.lower()

    return one_spelling


def _document_of(found: "Reconciliation") -> Reconciled:
    return Reconciled(
        headline=found.headline, priced_rows=found.priced_rows, rows=found.rows, computed_usd=found.computed_usd,
        invoiced_usd=found.invoiced_usd, credits_usd=found.credits_usd,
        lines=tuple(BillLine(**line._asdict()) for line in found.lines),
    )  # fmt: skip


def _span_of(days: Sequence[date]) -> LogSpan:
    """Return the whole days from the first to the last."""
    if not days:
        return LogSpan(start=None, end=None, days=0.0)
    start, end = (datetime.combine(day, time(), UTC) for day in (min(days), max(days)))
    return LogSpan(start=start, end=end + timedelta(days=1), days=float((end - start).days + 1))


def _bill_document(bill: TrafficTable, catalogue: Catalogue) -> LogProfile:
    """Return what a bill alone shows: amounts, and nothing that it does not say."""
    from steelyard.ingest.reconciliation import bill_alone  # noqa: PLC0415  loads the query engine

    found = bill_alone(bill, same_model=_same_model(catalogue))
    days: list[date] = [line.day for line in found.lines]
    return LogProfile(
        files=_names(bill, None), formats=bill.formats, grain="cost", rows=bill.rows, zone=bill.zone,
        span=_span_of(days),
        requests=0, requests_per_month=None, tokens=TokenTotals().model_dump(), hour_of_week_rps=(),
        shape_source="none: a bill has no times of requests", peak_to_mean_per_minute=None, inter_arrival_cv=None,
        input_tokens=None, output_tokens=None, cached_fraction=0.0, failed_fraction=0.0, operations={}, models=(),
        usd={}, logged_usd=found.invoiced_usd, reconciliation=_document_of(found),
        thin=("requests, tokens, lengths and hours: a bill counts amounts only; give the usage beside it",),
        warnings=bill.warnings,
    )  # fmt: skip
