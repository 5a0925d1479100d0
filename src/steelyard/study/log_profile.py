"""A log's profile as a document: what was read, what it shows, what it cost at list price."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal

from steelyard.domain.catalogue import Catalogue
from steelyard.domain.price import RateCard
from steelyard.domain.traffic import ModelTraffic, Profile, Quantiles, RowCounts, TierTokens, TrafficTable
from steelyard.domain.value import Value
from steelyard.facts.workload import length_spread, load_shapes
from steelyard.finance.bills import bill_usd
from steelyard.ingest.reading import DEFAULT_MAX_BYTES, Progress
from steelyard.study.reference import model_id
from steelyard.units import SECONDS_PER_DAY, Count, Days, Fraction, PerMonth, PerSecond, Ratio, Tokens, Usd

__all__ = ["LogProfile", "LogSpan", "price_edges", "profile_document", "profile_logs"]


class LogSpan(Value):
    """Time covered."""

    start: datetime | None
    """First request (UTC)."""
    end: datetime | None
    """Last request, or end of the last bucket (UTC)."""
    days: Days
    """Length."""


class ModelLine(Value):
    """One model of the log."""

    model: str
    """As logged."""
    requests: Count
    """Requests."""
    tokens: Mapping[str, Tokens]
    """Tokens by class."""
    priced_as: str | None
    """Price list used, ``seller: model``; null where none is known."""
    usd: Usd | None
    """List price of the span's tokens; null where no price is known."""


class LogProfile(Value):
    """What ``profile --json`` prints."""

    files: tuple[str, ...]
    """Logs read, names without paths."""
    formats: tuple[str, ...]
    """Formats met."""
    grain: Literal["request", "aggregate", "cost"]
    """Whether requests, buckets or amounts alone were logged."""
    rows: RowCounts
    """Where every row went."""
    zone: str
    """How the times were read, in words."""
    span: LogSpan
    """Time covered."""
    requests: Count
    """Requests used."""
    requests_per_month: PerMonth
    """Requests in a mean month, after scaling the span."""
    tokens: Mapping[str, Tokens]
    """Tokens over the span, by class."""
    hour_of_week_rps: tuple[PerSecond, ...]
    """168 mean request rates, Monday 00:00 UTC first."""
    shape_source: str
    """``measured``, or the shape that was assumed."""
    peak_to_mean_per_minute: Ratio
    """Busiest minute over the mean minute."""
    inter_arrival_cv: Ratio
    """Coefficient of variation of gaps between arrivals."""
    input_tokens: Quantiles | None
    """Input per request; null for aggregates."""
    output_tokens: Quantiles | None
    """Output per request; null for aggregates."""
    cached_fraction: Fraction
    """Cache-read share of the input."""
    failed_fraction: Fraction
    """Share of rows that are failures."""
    operations: Mapping[str, Count]
    """Rows by operation."""
    models: tuple[ModelLine, ...]
    """By model as logged, most requests first."""
    usd: Mapping[str, Usd | None]
    """List price of the span's tokens by model; null where no price is known."""
    warnings: tuple[str, ...]
    """What is too thin, scaled or assumed."""


def profile_logs(
    paths: Sequence[Path], catalogue: Catalogue, *, log_format: str | None = None,
    mapping: Mapping[str, str] | None = None, shape: str | None = None, max_bytes: int = DEFAULT_MAX_BYTES,
    progress: Progress | None = None,
) -> LogProfile:  # fmt: skip
    """Return the profile of logs as a document, each model priced at its own vendor's list.

    Parameters
    ----------
    paths
        Logs.
    catalogue
        Price lists; their thresholds cut the input lengths, so that tiered bills are exact.
    log_format, mapping, max_bytes
        As for :func:`steelyard.ingest.read_logs`.
    shape
        Named shape of the week, where no log covers one.
    progress
        Told what is being done.

    Raises
    ------
    LogError
        If a log cannot be read.
    """
    from steelyard.ingest import profile_table, read_logs  # noqa: PLC0415  loads the query engine

    table = read_logs(paths, log_format=log_format, mapping=mapping, max_bytes=max_bytes, progress=progress)
    found = profile_table(
        table, shape=shape, breakpoints=price_edges(catalogue), shapes=load_shapes(), spread=length_spread()
    )
    return profile_document(table, found, catalogue)


def price_edges(catalogue: Catalogue) -> tuple[int, ...]:
    """Return every input length above which some price list changes its prices [token], ascending."""
    edges = {int(t.above_input_tokens) for card in catalogue.rate_cards for t in card.tiers if t.above_input_tokens}
    return tuple(sorted(edges))


def profile_document(table: TrafficTable, found: Profile, catalogue: Catalogue) -> LogProfile:
    """Return the document of a profile already computed from ``table``."""
    models = tuple(_model_line(traffic, catalogue) for traffic in found.models)
    unpriced = sorted({line.model for line in models if line.usd is None and line.model})
    warnings = (*table.warnings, *found.warnings,
                *(f"no price list is known for {name!r}: its cost is left out" for name in unpriced))  # fmt: skip
    return LogProfile(
        files=tuple(file.name for file in table.files), formats=table.formats, grain=table.grain, rows=table.rows,
        zone=table.zone, span=LogSpan(start=found.start, end=found.end, days=found.span_s / SECONDS_PER_DAY),
        requests=found.requests, requests_per_month=found.requests_per_month, tokens=found.tokens.model_dump(),
        hour_of_week_rps=found.hour_of_week_rps, shape_source=found.shape_source,
        peak_to_mean_per_minute=found.peak_to_mean_per_minute, inter_arrival_cv=found.inter_arrival_cv,
        input_tokens=found.input_tokens, output_tokens=found.output_tokens, cached_fraction=found.cached_fraction,
        failed_fraction=found.failed_fraction, operations=found.operations, models=models,
        usd=_by_model(models), warnings=tuple(dict.fromkeys(warnings)),
    )  # fmt: skip


def _by_model(models: Sequence[ModelLine]) -> dict[str, float | None]:
    return {line.model: line.usd for line in sorted(models, key=lambda line: line.model)}


def _model_line(traffic: ModelTraffic, catalogue: Catalogue) -> ModelLine:
    card = _card(traffic.model, catalogue) if traffic.model else None
    bands = traffic.tiers or (TierTokens(above_input_tokens=0, requests=traffic.requests, tokens=traffic.tokens),)
    return ModelLine(
        model=traffic.model, requests=traffic.requests, tokens=traffic.tokens.model_dump(),
        priced_as=f"{card.seller}: {card.model}" if card else None,
        usd=float(bill_usd(card, bands).usd) if card else None,
    )  # fmt: skip


def _card(logged: str, catalogue: Catalogue) -> RateCard | None:
    """Return the price list of a model as logged: its own vendor's before any reseller's."""
    found = model_id(catalogue, logged)
    spelled = {logged, found}
    cards = [card for card in catalogue.rate_cards if spelled & {card.model, f"{card.seller}/{card.model}"}]
    managed = catalogue.managed_models.get(found) if found else None
    vendor = managed.vendor if managed else logged.partition("/")[0]
    return next((card for card in cards if card.seller == vendor), cards[0] if cards else None)
