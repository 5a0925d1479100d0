"""The catalogue on a page: what a line of each kind of fact shows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from steelyard.facts.headlines import headline
from steelyard.facts.kinds import age_days, main_evidence, seen_later

if TYPE_CHECKING:
    from steelyard.domain.catalogue import Catalogue
    from steelyard.domain.value import Value

__all__ = ["EVIDENCE_HEADS", "KINDS", "Kind", "dump", "evidence_cells", "heads", "line"]

_WHOLE_FROM = 1_000
_GIGA = 1e9
_TERA = 1e12
_KILO = 1e3
LATER = "later"
"""Stands for an age where the source was seen only after the day asked for."""
EVIDENCE_HEADS = ("grade", "seen", "age d", "source", "licence", "address")
"""Columns that every kind ends with; on a narrow terminal the last go first."""


@dataclass(frozen=True)
class Kind:
    """One kind of fact: what a line of it shows before the evidence."""

    heads: tuple[str, ...]
    """Heads of the name and of the cells."""
    cells: Callable[[Any], Sequence[str]]
    """Cells after the name, the number first."""
    right: frozenset[int] = frozenset()
    """Cells that are numbers."""
    bounds: float | None = None
    """Scale of the columns ``low`` and ``high`` behind the first number; None: the kind states no interval."""


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
        ("model", "G params", "G active", "context", "released", "licence"),
        lambda m: (_number(m.parameters_total, _GIGA), _number(m.parameters_active, _GIGA),
                   _tokens(m.context_tokens), str(m.released), m.licence.name), frozenset({0, 1, 2})),
    "managed": Kind(
        ("model", "context", "tier", "released", "retires"),
        lambda m: (_tokens(m.context_tokens), m.tier, str(m.released or "-"), str(m.retires or "-")), frozenset({0})),
    "accelerators": Kind(
        ("accelerator", "GB", "TB/s", "TFLOP/s bf16", "W", "released", "vendor"),
        lambda a: (_number(a.memory_bytes, _GIGA), _number(a.memory_bandwidth_bytes_per_s, _TERA),
                   _number(a.peak_flop_per_s.get("bf16"), _TERA), _number(a.tdp_w), str(a.released or "-"), a.vendor),
        frozenset({0, 1, 2, 3})),
    "gpu-offers": Kind(
        ("offer", "USD/device h", "devices", "accelerator"),
        lambda o: (_number(o.usd_per_device_h), str(o.devices), o.accelerator), frozenset({0, 1}), 1.0),
    "servers": Kind(
        ("server", "k USD", "kW", "devices", "accelerator"),
        lambda s: (_number(s.usd, _KILO), _number(s.power_kw), str(s.devices), s.accelerator), frozenset({0, 1, 2}),
        _KILO),
    "prices": Kind(
        ("seller/model, USD/Mtok", "input", "output", "cached", "batch"),
        lambda r: (_usd(r.tiers[0].prices.uncached_input), _usd(r.tiers[0].prices.output),
                   _usd(r.tiers[0].prices.cache_read),
                   "-" if r.batch_discount is None else f"-{r.batch_discount:.0%}"), frozenset({0, 1, 2, 3}), 1.0),
    "tuning": Kind(
        ("tuning", "USD/Mtok", "USD/h", "hosting/h", "input", "output", "no new jobs"),
        lambda t: (_usd(t.training_usd_per_mtok), _number(t.training_usd_per_h), _number(t.hosting_usd_per_h),
                   _usd(t.inference and t.inference.uncached_input), _usd(t.inference and t.inference.output),
                   str(t.no_new_jobs_from or "-")), frozenset({0, 1, 2, 3, 4})),
    "tuning-cases": Kind(
        ("case", "before", "after", "points", "metric", "published as"),
        lambda c: (_number(c.base_score), _number(c.tuned_score), _number(c.uplift_points), c.metric or "-", c.grade),
        frozenset({0, 1, 2})),
    "provisioned": Kind(
        ("capacity", "USD/unit h", "USD/unit month", "since", "region"),
        lambda o: (_number(o.usd_per_unit_h), _number(o.usd_per_unit_month), str(o.valid_from or "-"), o.region),
        frozenset({0, 1})),
    "throughput": Kind(
        ("capacity", "input tokens/min", "output counts", "least units", "regional"),
        lambda t: (_number(t.input_tokens_per_minute_per_unit), _number(t.output_token_weight),
                   str(t.least_units), str(t.least_units_regional)), frozenset({0, 1, 2, 3})),
    "figures": Kind(("figure", "value", "unit"), lambda f: (_number(f.value), f.unit), frozenset({0}), 1.0),
    "quality": Kind(
        ("model", "index", "families", "effort"), lambda q: (_number(q.index), str(q.families), q.effort),
        frozenset({0, 1}), 1.0),
    "quantization": Kind(
        ("format, parameters", "score kept", "pairs", "checkpoints"),
        lambda q: (_number(q.recovery_p50), str(q.pairs), str(q.checkpoints)), frozenset({0, 1, 2}), 1.0),
    "tokenizers": Kind(
        ("tokenizer, over o200k", "English", "Python", "texts", "models"),
        lambda t: (_number(t.tokens_over_o200k.get("english")), _number(t.tokens_over_o200k.get("code")),
                   str(len(t.tokens_over_o200k)), ", ".join(t.models)), frozenset({0, 1, 2})),
    "regimes": Kind(("regime", "where", "name"), lambda r: (r.jurisdiction, r.name)),
    "services": Kind(("service", "claims", "provider", "name"),
                     lambda s: (str(len(s.claims)), s.provider, s.name), frozenset({0})),
}  # fmt: skip
"""Kinds of facts by the name typed."""


def line(kind: str, entry: "Value", catalogue: "Catalogue") -> list[str]:
    """Return the cells of an entry's line after its name, under :func:`heads`."""
    view, own = KINDS[kind], list(KINDS[kind].cells(entry))
    if view.bounds is not None:
        number = headline(entry, catalogue.as_of, catalogue.figures)
        own[1:1] = [_number(bound, view.bounds) for bound in ((number.low, number.high) if number else (None, None))]
    return [*own, *evidence_cells(entry, catalogue.as_of)]


def heads(kind: str) -> tuple[list[str], set[int]]:
    """Return the column heads of a kind's lines, and which columns hold numbers."""
    view = KINDS[kind]
    found, right = [view.heads[0]], set[int]()
    for i, head in enumerate(view.heads[1:]):
        found.append(head)
        right |= {len(found) - 1} if i in view.right else set()
        if i == 0 and view.bounds is not None:
            found += ["low", "high"]
            right |= {2, 3}
    right.add(len(found) + EVIDENCE_HEADS.index("age d"))
    return [*found, *EVIDENCE_HEADS], right


def evidence_cells(entry: "Value", as_of: date) -> list[str]:
    """Return the cells under :data:`EVIDENCE_HEADS`."""
    main, days = main_evidence(entry), age_days(entry, as_of)
    age = LATER if seen_later(entry, as_of) else "-" if days is None else f"{days:,}"
    if main is None:
        return ["-", "-", age, "-", "-", "-"]
    return [main.grade.value, str(main.as_of), age, main.source, main.licence or "-", main.url or "-"]


def dump(entry: "Value", as_of: date) -> dict[str, object]:
    """Return an entry as JSON, with the age of its main source, and whether it was seen only after the day."""
    dumped: dict[str, object] = entry.model_dump(mode="json", by_alias=True)
    return dumped | {"age_days": age_days(entry, as_of), "seen_later": seen_later(entry, as_of)}
