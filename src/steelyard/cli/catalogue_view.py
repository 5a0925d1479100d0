"""The catalogue on a page: what a line of each kind of fact shows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from steelyard.facts.headlines import headline
from steelyard.facts.kinds import age_days, main_evidence

if TYPE_CHECKING:
    from steelyard.domain.catalogue import Catalogue
    from steelyard.domain.value import Value

__all__ = ["EVIDENCE_HEADS", "KINDS", "Kind", "dump", "evidence_cells", "line"]

_WHOLE_FROM = 1_000
_GIGA = 1e9
_TERA = 1e12
_KILO = 1e3
EVIDENCE_HEADS = ("grade", "seen", "age d", "source", "licence", "address")
"""Columns that every kind ends with; on a narrow terminal the last go first."""


@dataclass(frozen=True)
class Kind:
    """One kind of fact: what a line of it shows before the evidence."""

    heads: tuple[str, ...]
    cells: Callable[[Any], Sequence[str]]
    right: frozenset[int] = frozenset()
    bounds: float | None = None
    """Scale of the two columns ``low`` and ``high`` that follow; None: the kind states no interval."""


def _number(value: float | None, scale: float = 1.0, form: str = "") -> str:
    if value is None:
        return "-"
    number = float(value) / scale
    return format(number, form or (",.0f" if abs(number) >= _WHOLE_FROM else ".4g"))


def _tokens(value: float | None) -> str:
    return _number(value, form=",.0f")


def _usd(value: object) -> str:
    shown = "-" if value is None else f"{value:,f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


KINDS: Mapping[str, Kind] = {
    "models": Kind(
        ("model", "G params", "G active", "context", "licence", "released"),
        lambda m: (m.id, _number(m.parameters_total, _GIGA), _number(m.parameters_active, _GIGA),
                   _tokens(m.context_tokens), m.licence.name, str(m.released)), frozenset({1, 2, 3})),
    "managed": Kind(
        ("model", "vendor", "tier", "context", "released", "retires"),
        lambda m: (m.id, m.vendor, m.tier, _tokens(m.context_tokens), str(m.released or "-"), str(m.retires or "-")),
        frozenset({3})),
    "accelerators": Kind(
        ("accelerator", "vendor", "GB", "TB/s", "TFLOP/s bf16", "W", "released"),
        lambda a: (a.id, a.vendor, _number(a.memory_bytes, _GIGA), _number(a.memory_bandwidth_bytes_per_s, _TERA),
                   _number(a.peak_flop_per_s.get("bf16"), _TERA), _number(a.tdp_w), str(a.released or "-")),
        frozenset({2, 3, 4, 5})),
    "gpu-offers": Kind(
        ("offer", "accelerator", "devices", "USD/device h"),
        lambda o: (o.id, o.accelerator, str(o.devices), _number(o.usd_per_device_h)), frozenset({2, 3}), 1.0),
    "servers": Kind(
        ("server", "accelerator", "devices", "kW", "k USD"),
        lambda s: (s.id, s.accelerator, str(s.devices), _number(s.power_kw), _number(s.usd, _KILO)),
        frozenset({2, 3, 4}), _KILO),
    "prices": Kind(
        ("seller", "model", "batch", "cached", "output", "USD/Mtok input"),
        lambda r: (r.seller, r.model, "-" if r.batch_discount is None else f"-{r.batch_discount:.0%}",
                   _usd(r.tiers[0].prices.cache_read), _usd(r.tiers[0].prices.output),
                   _usd(r.tiers[0].prices.uncached_input)), frozenset({2, 3, 4, 5}), 1.0),
    "tuning": Kind(
        ("tuning", "USD/Mtok trained", "USD/h trained", "USD/h hosted", "input", "output", "no new jobs"),
        lambda t: (t.id, _usd(t.training_usd_per_mtok), _number(t.training_usd_per_h), _number(t.hosting_usd_per_h),
                   _usd(t.inference and t.inference.uncached_input), _usd(t.inference and t.inference.output),
                   str(t.no_new_jobs_from or "-")), frozenset({1, 2, 3, 4, 5})),
    "tuning-cases": Kind(
        ("case", "metric", "before", "after", "points", "evidence"),
        lambda c: (c.case, c.metric or "-", _number(c.base_score), _number(c.tuned_score), _number(c.uplift_points),
                   c.grade), frozenset({2, 3, 4})),
    "provisioned": Kind(
        ("capacity", "region", "USD/unit h", "USD/unit month", "since"),
        lambda o: (o.id, o.region, _number(o.usd_per_unit_h), _number(o.usd_per_unit_month), str(o.valid_from or "-")),
        frozenset({2, 3})),
    "throughput": Kind(
        ("capacity", "input tokens/min unit", "output counts", "least units", "least regional"),
        lambda t: (t.id, _number(t.input_tokens_per_minute_per_unit), _number(t.output_token_weight),
                   str(t.least_units), str(t.least_units_regional)), frozenset({1, 2, 3, 4})),
    "figures": Kind(
        ("figure", "unit", "value"), lambda f: (f.name, f.unit, _number(f.value)), frozenset({2}), 1.0),
    "quality": Kind(
        ("model", "effort", "families", "index"), lambda q: (q.model, q.effort, str(q.families), _number(q.index)),
        frozenset({2, 3}), 1.0),
    "quantization": Kind(
        ("formats", "params from", "pairs", "score kept"),
        lambda q: (", ".join(q.formats), _tokens(q.parameters_from), str(q.pairs), _number(q.recovery_p50)),
        frozenset({1, 2, 3}), 1.0),
    "regimes": Kind(("regime", "where", "name"), lambda r: (r.id, r.jurisdiction, r.name)),
    "services": Kind(("service", "provider", "name", "claims"),
                     lambda s: (s.id, s.provider, s.name, str(len(s.claims))), frozenset({3})),
}  # fmt: skip
"""Kinds of facts by the name typed."""


def line(kind: str, entry: "Value", catalogue: "Catalogue") -> list[str]:
    """Return the cells of an entry's line: its own, low and high where the kind states them, and the evidence."""
    view = KINDS[kind]
    own = list(view.cells(entry))
    if view.bounds is not None:
        number = headline(entry, catalogue.as_of, catalogue.figures)
        own += [_number(bound, view.bounds) for bound in ((number.low, number.high) if number else (None, None))]
    return [*own, *evidence_cells(entry, catalogue.as_of)]


def evidence_cells(entry: "Value", as_of: date) -> list[str]:
    """Return the cells under :data:`EVIDENCE_HEADS`."""
    main, days = main_evidence(entry), age_days(entry, as_of)
    age = "-" if days is None else f"{days:,}"
    if main is None:
        return ["-", "-", age, "-", "-", "-"]
    return [main.grade.value, str(main.as_of), age, main.source, main.licence or "-", main.url or "-"]


def dump(entry: "Value", as_of: date) -> dict[str, object]:
    """Return an entry as JSON, with the age of its main source."""
    dumped: dict[str, object] = entry.model_dump(mode="json", by_alias=True)
    return dumped | {"age_days": age_days(entry, as_of)}
