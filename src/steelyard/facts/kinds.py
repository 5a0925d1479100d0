"""Every kind of fact: its name, where its entries lie, and what an entry of it rests on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from steelyard.domain.catalogue import Catalogue
from steelyard.domain.claims import Service
from steelyard.domain.evidence import Evidence
from steelyard.domain.value import Value

__all__ = ["ALSO_CALLED", "FACTS", "FactKind", "age_days", "evidence_of", "main_evidence", "oldest",
           "seen_later", "seen_on"]  # fmt: skip

_BILLION = 1e9


@dataclass(frozen=True, slots=True)
class FactKind:
    """One kind of fact."""

    folder: str
    """Folder of its entries, packaged and own."""
    words: str
    """What it is, in words."""
    entries: Callable[[Catalogue], Mapping[str, Value]]
    """Entries of a catalogue by name."""


def _mapping(attribute: str) -> Callable[[Catalogue], Mapping[str, Value]]:
    return lambda catalogue: cast(Mapping[str, Value], getattr(catalogue, attribute))


def _listed(attribute: str, name: Callable[[Any], str]) -> Callable[[Catalogue], Mapping[str, Value]]:
    return lambda catalogue: {name(e): e for e in cast(Sequence[Value], getattr(catalogue, attribute))}


def _formats(loss: Any) -> str:
    end = f" to {loss.parameters_to / _BILLION:g}B" if loss.parameters_to is not None else " and more"
    return f"{'+'.join(loss.formats)} from {loss.parameters_from / _BILLION:g}B{end}"


FACTS: Mapping[str, FactKind] = {
    "models": FactKind("models", "open weights, down to the shapes of their layers", _mapping("open_models")),
    "managed": FactKind("managed_models", "models sold only as a service", _mapping("managed_models")),
    "accelerators": FactKind("accelerators", "accelerators by datasheet", _mapping("accelerators")),
    "gpu-offers": FactKind("gpu_offers", "GPU hours for rent", _listed("gpu_offers", lambda o: o.id)),
    "servers": FactKind("servers", "servers for sale", _listed("servers", lambda s: s.id)),
    "prices": FactKind("api_prices", "token prices by seller and model",
                       _listed("rate_cards", lambda c: f"{c.seller}/{c.model}")),
    "tuning": FactKind("fine_tuning_prices", "tuning as a service", _mapping("fine_tuning_prices")),
    "tuning-cases": FactKind("fine_tuning_evidence", "published before and after of fine-tuning",
                             _listed("fine_tuning_cases", lambda c: c.case)),
    "provisioned": FactKind("provisioned_offers", "capacity by the unit", _mapping("provisioned_offers")),
    "throughput": FactKind("provisioned_throughput", "what a unit of capacity carries",
                           _mapping("provisioned_throughput")),
    "figures": FactKind("figures", "power, colocation, staffing, hazards, drifts, token ratios", _mapping("figures")),
    "quality": FactKind("quality", "ability index by model", _mapping("quality")),
    "quantization": FactKind("quantization", "what weight formats cost in quality",
                             _listed("quantization_losses", _formats)),
    "tokenizers": FactKind("tokenizers", "into how many tokens models cut the same text", _mapping("tokenizers")),
    "regimes": FactKind("regimes", "laws and rules on where inference runs", _mapping("regimes")),
    "services": FactKind("services", "what sellers' services offer, claim by claim", _mapping("services")),
}  # fmt: skip
"""Kinds of facts by the name typed."""
ALSO_CALLED: Mapping[str, str] = {"offers": "gpu-offers", "rate-cards": "prices"}
"""Other names of kinds."""


def evidence_of(entry: Value) -> tuple[Evidence, ...]:
    """Return every source of an entry, the main one first; of a service those of its claims."""
    if isinstance(entry, Service):
        return tuple(evidence for claim in entry.claims for evidence in claim.evidence)
    stated: Evidence | Sequence[Evidence] = getattr(entry, "evidence", ())
    first = (stated,) if isinstance(stated, Evidence) else tuple(stated)
    return (*first, *cast(Sequence[Evidence], getattr(entry, "also", ())))


def main_evidence(entry: Value) -> Evidence | None:
    """Return the source that an entry is graded by: its first; None where it names none."""
    return next(iter(evidence_of(entry)), None)


def age_days(entry: Value, as_of: date) -> int | None:
    """Return the days since the main source of an entry was seen; None where it names none or was seen only later."""
    seen = seen_on(entry)
    return (as_of - seen).days if seen is not None and seen <= as_of else None


def seen_on(entry: Value) -> date | None:
    """Return the day the main source of an entry was seen; None where it names none."""
    main = main_evidence(entry)
    if main is not None:
        return main.as_of
    return entry.retrieved if isinstance(entry, Service) else None


def seen_later(entry: Value, as_of: date) -> bool:
    """Return whether the main source of an entry was seen only after a day."""
    seen = seen_on(entry)
    return seen is not None and seen > as_of


def oldest(entry: Value) -> date | None:
    """Return the day its oldest source was seen."""
    return min((evidence.as_of for evidence in evidence_of(entry)), default=None)
