"""What a regime demands and what a service offers, claim by claim. Research notes, not legal advice."""

from collections.abc import Mapping
from datetime import date
from typing import Literal

from steelyard.domain.evidence import Evidence, Grade
from steelyard.domain.value import Value
from steelyard.units import Days

__all__ = ["GateFinding", "Regime", "Service", "ServiceClaim"]

Layer = str


class ServiceClaim(Value):
    """What one service offers at one layer, as seen."""

    layer: Layer
    """Such as ``inference_location``, ``storage``, ``retention``, ``agreement``."""
    statement: str
    """What the source says, in our words; empty where nothing was found."""
    grade: Grade | Literal["not_found"]
    """How it was seen."""
    evidence: tuple[Evidence, ...] = ()
    """Sources."""


class Service(Value):
    """One service of one provider."""

    id: str
    """Such as ``azure_openai_data_zone``."""
    name: str
    """Name in words."""
    provider: str
    """Who operates it."""
    attributes: Mapping[str, str] = {}
    """Attribute -> value (``yes``, ``no``, ``possible``, ``unknown`` or a region list) read from the claims."""
    claims: tuple[ServiceClaim, ...]
    """Claims by layer."""
    retrieved: date
    """Date the claims were collected."""
    best_before_days: Days = 90
    """Age at which a claim expires."""


class Regime(Value):
    """A law, rule or policy that bears on where and by whom inference runs."""

    id: str
    """Such as ``hipaa``."""
    name: str
    """Name in words."""
    jurisdiction: str
    """Where it applies."""
    data_classes: tuple[str, ...] = ()
    """Data classes that bring it into play."""
    requires_on_premises_by_law: Literal["no", "conditional", "unknown"]
    """Whether the law itself demands own premises (none known does outright)."""
    attributes_required: Mapping[str, str] = {}
    """Attribute -> required value."""
    demands: str
    """What it demands, in our words."""
    evidence: tuple[Evidence, ...]
    """Sources."""


class GateFinding(Value):
    """One gate's answer for one option."""

    gate: str
    """Which gate: ``data``, ``licence``, ``context``, ``capability``, ``quality``, ``slo``."""
    answer: Literal["no blocking rule found", "possible if you can show", "blocked", "unknown"]
    """The answer, in the only words used."""
    rule: str
    """The rule, in words: the law says / the vendor's terms say / your policy says."""
    condition: str = ""
    """What must be shown, where the answer depends on it."""
