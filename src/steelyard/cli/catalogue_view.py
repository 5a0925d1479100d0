"""The catalogue on a page: kinds of facts as tables, and everything known of one of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, cast

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from steelyard.domain.evidence import Evidence
from steelyard.units import Unit

if TYPE_CHECKING:
    from steelyard.domain.catalogue import Catalogue
    from steelyard.domain.price import RateCard

__all__ = ["KINDS", "Kind", "age_days", "dump", "explain", "find", "names", "oldest"]

_WHOLE_FROM = 1_000
_GIGA = 1e9
_TERA = 1e12
_KILO = 1e3


@dataclass(frozen=True)
class Kind:
    """One kind of fact: which entries, and what a line of it shows."""

    entries: "Callable[[Catalogue], Mapping[str, BaseModel]]"
    heads: tuple[str, ...]
    cells: Callable[[Any], Sequence[str]]
    right: frozenset[int] = frozenset()


def _number(value: float | None, scale: float = 1.0, form: str = "") -> str:
    if value is None:
        return "-"
    number = float(value) / scale
    return format(number, form or (",.0f" if abs(number) >= _WHOLE_FROM else ".4g"))


def _by(attribute: str) -> "Callable[[Catalogue], Mapping[str, BaseModel]]":
    return lambda catalogue: cast(Mapping[str, BaseModel], getattr(catalogue, attribute))


KINDS: Mapping[str, Kind] = {
    "models": Kind(
        _by("open_models"), ("model", "G params", "G active", "context", "licence", "released"),
        lambda m: (m.id, _number(m.parameters_total, _GIGA), _number(m.parameters_active, _GIGA),
                   _number(m.context_tokens, form=",.0f"), m.licence.name, str(m.released)),
        frozenset({1, 2, 3})),
    "managed": Kind(
        _by("managed_models"), ("model", "vendor", "tier", "context", "released", "retires"),
        lambda m: (m.id, m.vendor, m.tier, _number(m.context_tokens, form=",.0f"), str(m.released or "-"),
                   str(m.retires or "-")), frozenset({3})),
    "accelerators": Kind(
        _by("accelerators"), ("accelerator", "vendor", "GB", "TB/s", "TFLOP/s bf16", "W", "released"),
        lambda a: (a.id, a.vendor, _number(a.memory_bytes, _GIGA), _number(a.memory_bandwidth_bytes_per_s, _TERA),
                   _number(a.peak_flop_per_s.get("bf16"), _TERA), _number(a.tdp_w), str(a.released or "-")),
        frozenset({2, 3, 4, 5})),
    "gpu-offers": Kind(
        lambda c: {offer.id: offer for offer in c.gpu_offers},
        ("offer", "accelerator", "USD/device h", "devices", "seen"),
        lambda o: (o.id, o.accelerator, _number(o.usd_per_device_h), str(o.devices), str(o.evidence.as_of)),
        frozenset({2, 3})),
    "servers": Kind(
        lambda c: {server.id: server for server in c.servers},
        ("server", "accelerator", "devices", "k USD", "low", "high", "kW"),
        lambda s: (s.id, s.accelerator, str(s.devices), _number(s.usd, _KILO), _number(s.low_usd, _KILO),
                   _number(s.high_usd, _KILO), _number(s.power_kw)), frozenset({2, 3, 4, 5, 6})),
    "prices": Kind(
        lambda c: {f"{card.seller}/{card.model}": card for card in c.rate_cards},
        ("seller", "model", "input", "cached", "output", "batch", "seen"),
        lambda r: (r.seller, r.model, _usd(r.tiers[0].prices.uncached_input), _usd(r.tiers[0].prices.cache_read),
                   _usd(r.tiers[0].prices.output),
                   "-" if r.batch_discount is None else f"-{r.batch_discount:.0%}", str(r.evidence.as_of)),
        frozenset({2, 3, 4, 5})),
    "tuning": Kind(
        _by("fine_tuning_prices"),
        ("tuning", "USD/Mtok trained", "USD/h trained", "USD/h hosted", "input", "output", "no new jobs"),
        lambda t: (t.id, _usd(t.training_usd_per_mtok), _number(t.training_usd_per_h), _number(t.hosting_usd_per_h),
                   _usd(t.inference and t.inference.uncached_input), _usd(t.inference and t.inference.output),
                   str(t.no_new_jobs_from or "-")), frozenset({1, 2, 3, 4, 5})),
    "provisioned": Kind(
        _by("provisioned_offers"), ("capacity", "region", "USD/unit h", "USD/unit month", "since", "seen"),
        lambda o: (o.id, o.region, _number(o.usd_per_unit_h), _number(o.usd_per_unit_month), str(o.valid_from or "-"),
                   str(o.evidence.as_of)), frozenset({2, 3})),
    "throughput": Kind(
        _by("provisioned_throughput"),
        ("capacity", "input tokens/min unit", "output counts", "least units", "least regional", "seen"),
        lambda t: (t.id, _number(t.input_tokens_per_minute_per_unit), _number(t.output_token_weight),
                   str(t.least_units), str(t.least_units_regional), str(t.evidence.as_of)), frozenset({1, 2, 3, 4})),
    "figures": Kind(
        _by("figures"), ("figure", "value", "low", "high", "unit", "seen", "grade"),
        lambda f: (f.name, _number(f.value), _number(f.low), _number(f.high), f.unit, str(f.evidence.as_of),
                   f.evidence.grade.value), frozenset({1, 2, 3})),
    "quality": Kind(
        _by("quality"), ("model", "effort", "index", "+/-", "families", "seen"),
        lambda q: (q.model, q.effort, _number(q.index), _number(q.se, form=".1f"), str(q.families), str(q.as_of)),
        frozenset({2, 3, 4})),
    "regimes": Kind(_by("regimes"), ("regime", "where", "name"), lambda r: (r.id, r.jurisdiction, r.name)),
    "services": Kind(_by("services"), ("service", "provider", "name"), lambda s: (s.id, s.provider, s.name)),
}  # fmt: skip
"""Kinds of facts by the name typed."""


def _usd(value: object) -> str:
    shown = "-" if value is None else f"{value:,f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def names(catalogue: "Catalogue") -> Iterator[str]:
    """Yield every name that can be asked for."""
    for kind in KINDS.values():
        yield from kind.entries(catalogue)


def find(catalogue: "Catalogue", name: str) -> list[tuple[str, BaseModel, str]]:
    """Return what a name stands for: kind, entry, and the field asked for (empty: all of it).

    ``h100-sxm`` is an entry; ``h100-sxm.memory_bytes`` one number of it; a model alone names its price lists too.
    """
    found = [(kind, entries[name], "") for kind, k in KINDS.items() if name in (entries := k.entries(catalogue))]
    found += [("prices", card, "") for card in catalogue.rate_cards if name in _spellings(card)]
    head, dot, field = name.rpartition(".")
    if found or not dot:
        return found
    return [(kind, entry, field) for kind, entry, _ in find(catalogue, head) if field in type(entry).model_fields]


def _spellings(card: "RateCard") -> set[str]:
    return {card.model, card.model.rpartition("/")[2], f"{card.seller}/{card.model.rpartition('/')[2]}"}


def dump(entry: BaseModel, as_of: date) -> dict[str, object]:
    """Return an entry as JSON, with the age of its newest evidence."""
    dumped: dict[str, object] = entry.model_dump(mode="json", by_alias=True)
    return dumped | {"age_days": age_days(entry, as_of)}


def age_days(entry: BaseModel, as_of: date) -> int | None:
    """Return the days since the newest source of an entry was seen; None where it names none."""
    seen = [evidence.as_of for evidence in _evidence(entry)]
    return (as_of - max(seen)).days if seen else None


def oldest(entry: BaseModel) -> date | None:
    """Return the day its oldest source was seen."""
    return min((evidence.as_of for evidence in _evidence(entry)), default=None)


def _evidence(entry: BaseModel) -> list[Evidence]:
    stated = getattr(entry, "evidence", ())
    return [stated] if isinstance(stated, Evidence) else list(cast(Sequence[Evidence], stated))


def explain(entry: BaseModel, as_of: date, field: str = "") -> list[str]:
    """Return everything known of an entry, or of one of its numbers: value, unit, meaning, every source and its age."""
    fields = type(entry).model_fields
    lines: list[str] = []
    for name in [field] if field else [name for name in fields if name != "evidence"]:
        lines += _lines(name, getattr(entry, name), fields[name], "")
        if field and fields[name].description:
            lines.append(f"  {fields[name].description}")
    for evidence in _evidence(entry):
        lines += _source(evidence, as_of)
    return lines


def _lines(name: str, value: object, info: FieldInfo | None, indent: str) -> list[str]:
    if value is None or value in ((), {}):
        return []
    if isinstance(value, BaseModel):
        fields = type(value).model_fields
        inner = [line for key in fields for line in _lines(key, getattr(value, key), fields[key], indent + "  ")]
        return [f"{indent}{name}:", *inner]
    if isinstance(value, Mapping):
        items = cast(Mapping[object, object], value).items()
        return [f"{indent}{name}:", *(line for k, v in items for line in _lines(str(k), v, None, indent + "  "))]
    if isinstance(value, tuple) and any(isinstance(item, BaseModel) for item in cast(tuple[object, ...], value)):
        items = enumerate(cast(tuple[object, ...], value), 1)
        return [line for i, item in items for line in _lines(f"{name} {i}", item, None, indent)]
    words = ", ".join(map(str, cast(tuple[object, ...], value))) if isinstance(value, tuple) else _words(value)
    return [f"{indent}{name}: {words}{_unit(info)}"]


def _words(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return _number(value, form=",.6g") if isinstance(value, float) else str(value)


def _unit(info: FieldInfo | None) -> str:
    symbol = next((part.symbol for part in info.metadata if isinstance(part, Unit)), "") if info else ""
    return "" if symbol in {"", "1", "count", "ratio"} else f" {symbol}"


def _source(evidence: Evidence, as_of: date) -> list[str]:
    age = (as_of - evidence.as_of).days
    lines = [f"source: {evidence.source}", f"  seen {evidence.as_of} ({age:,} days ago), grade {evidence.grade.value}"]
    lines += [f"  {evidence.url}"] if evidence.url else []
    lines += [f"  licence: {evidence.licence}"] if evidence.licence else []
    lines += [f"  note: {evidence.note}"] if evidence.note else []
    return lines
