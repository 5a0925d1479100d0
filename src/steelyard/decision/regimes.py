"""Which regimes a study brings in: those it names, and those its data class brings in where it lies."""

from collections.abc import Mapping, Sequence

from steelyard.decision.data_gate import regime_key
from steelyard.domain.attributes import ANYWHERE, closed, countries
from steelyard.domain.catalogue import Catalogue
from steelyard.domain.claims import Regime
from steelyard.domain.study import Study
from steelyard.quality.needs import key_of

__all__ = ["COMMON_CLASSES", "data_classes", "resolve_regimes"]

COMMON_CLASSES = ("confidential", "customer_data", "internal", "phi", "pii", "proprietary", "public", "restricted",
                  "sensitive", "source_code")  # fmt: skip
"""Data classes of everyday use; most bring in no regime by themselves."""
_PERSONAL = ("personal_data",)
_HEALTH = ("phi", "patient_data", "patient_data_ae", "patient_data_de", "patient_data_fr")
_WITHIN: Mapping[str, tuple[str, ...]] = {
    "pii": _PERSONAL, "hr": _PERSONAL, "credit": _PERSONAL, "public_benefits": _PERSONAL, "child_data": _PERSONAL,
    "student_records": _PERSONAL, "special_category": _PERSONAL, "biometric": ("special_category",),
    **dict.fromkeys(_HEALTH, ("special_category", *_HEALTH)),
}  # fmt: skip
"""Wider classes that a class lies within, and names that health data has from country to country."""


def data_classes(catalogue: Catalogue) -> tuple[str, ...]:
    """Return the data classes that a study may name: those that bring a regime in, and common ones that bring none."""
    of_regimes = (name for regime in catalogue.regimes.values() for name in regime.data_classes)
    return tuple(sorted({*COMMON_CLASSES, *of_regimes}))


def _applies(regime: Regime, stated: Sequence[str]) -> bool:
    return ANYWHERE in regime.applies_in or bool(countries(regime.applies_in) & set(stated))


def resolve_regimes(study: Study, catalogue: Catalogue) -> tuple[tuple[Regime, ...], tuple[str, ...]]:
    """Return the regimes the study names and its data class brings in, and the names nobody knows.

    A name that stands for several (``FedRAMP``, ``DoD``) brings in all of them: none is dropped in silence; a law's
    letters alone (``LGPD``) name it too.
    """
    found: dict[str, Regime] = {}
    unknown: list[str] = []
    for name in study.data.regimes:
        key = regime_key(name)
        exact = [r for r in catalogue.regimes.values() if key in {r.id, r.name.lower().replace(" ", "_")}]
        matches = exact or [r for r in catalogue.regimes.values() if r.id.startswith(f"{key}_")]
        matches = matches or [r for r in catalogue.regimes.values() if name.isupper() and f"_{key}_" in f"_{r.id}_"]
        found.update({regime.id: regime for regime in matches})
        unknown += [] if matches else [name]
    wanted = closed({key_of(study.data.classification or "")} - {""}, _WITHIN)
    for regime in catalogue.regimes.values():
        if wanted & set(regime.data_classes) and _applies(regime, study.data.countries):
            found[regime.id] = regime
    return tuple(found[key] for key in sorted(found)), tuple(unknown)
