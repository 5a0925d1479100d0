"""What a regime demands and what a service offers, claim by claim. Research notes, not legal advice."""

from collections.abc import Mapping
from datetime import date
from typing import Literal, cast

from pydantic import field_validator, model_validator

from steelyard.domain.attributes import LAYERS, OWN_LEVELS, vocabulary_faults
from steelyard.domain.evidence import Evidence, Grade
from steelyard.domain.value import Value
from steelyard.units import Days

__all__ = ["Configuration", "GateFinding", "ModelException", "Needs", "Regime", "Service", "ServiceClaim", "VendorTerm"]

Layer = str
Needs = Mapping[str, tuple[str, ...]]
"""Attribute -> what is permitted, or what must be there."""


def _as_tuples(needs: object) -> object:
    """Return values written as one word as a list of one."""
    if not isinstance(needs, Mapping):
        return needs
    entries = cast(Mapping[object, object], needs)
    return {key: (value,) if isinstance(value, str) else value for key, value in entries.items()}


def _known(needs: Needs) -> Needs:
    faults = [fault for name, values in needs.items() for fault in vocabulary_faults(name, values)]
    if faults:
        raise ValueError("; ".join(faults))
    return needs


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
    attribute: str = ""
    """Attribute of the vocabulary it speaks to; empty where it cannot be compared."""
    values: tuple[str, ...] = ()
    """What is offered, in the attribute's values."""
    choice: bool = False
    """Whether the buyer chooses among the values (a region), rather than getting all of them."""
    exhaustive: bool = False
    """Whether the source shows that nothing else is offered."""
    denied: tuple[str, ...] = ()
    """Values the source says are not offered or not guaranteed."""
    configuration: str = ""
    """Setting under which it holds; empty: always."""
    optional: bool = False
    """Whether it concerns a feature that can be left off."""
    conflict: str = ""
    """What another source says against it; a conflicting claim neither excludes nor clears."""

    @field_validator("layer")
    @classmethod
    def _layer(cls, layer: str) -> str:
        if layer not in LAYERS:
            raise ValueError(f"unknown layer {layer!r}; known: {', '.join(LAYERS)}")
        return layer

    @model_validator(mode="after")
    def _vocabulary(self) -> "ServiceClaim":
        if self.attribute:
            _known({self.attribute: (*self.values, *self.denied)})
        elif self.values:
            raise ValueError("values without an attribute")
        if self.grade == "not_found" and (self.values or self.statement):
            raise ValueError("a claim that was not found offers nothing and says nothing")
        if self.grade != "not_found" and not (self.statement and self.evidence):
            raise ValueError("a claim needs a statement and a source")
        return self


class Configuration(Value):
    """A setting of a service that changes what it offers."""

    id: str
    """Such as ``eu_data_zone``."""
    name: str
    """What to use or switch, in words."""
    default: bool = False
    """Whether it holds unless something is done."""


class ModelException(Value):
    """What differs for some models, whatever the platform offers."""

    models: tuple[str, ...]
    """Parts of model identifiers, or ``open_weights``."""
    claims: tuple[ServiceClaim, ...]
    """Claims that replace the service's for those attributes."""
    rule_id: str = "R06"
    """Rule by which the exception bears on an option."""


class VendorTerm(Value):
    """A use or a group of users that the vendor's terms exclude."""

    use: Literal["clinical_practice", "under_18", "mass_surveillance", "weapons"]
    """Use or users."""
    statement: str
    """What the terms say, in our words."""
    grade: Grade
    """How it was seen."""
    evidence: tuple[Evidence, ...]
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
    """Remarks that no claim carries: name -> words."""
    claims: tuple[ServiceClaim, ...]
    """Claims by layer."""
    retrieved: date
    """Date the claims were collected."""
    best_before_days: Days = 90
    """Age at which a claim expires."""
    kind: Literal["hosted", "rented_machines", "own_machines", "vendor_on_premises", "licensed_software"] = "hosted"
    """Who runs it where."""
    operated_by: Literal["vendor", "you"] = "vendor"
    """Whose duty agreements, certificates and persons are."""
    sellers: tuple[str, ...] = ()
    """Sellers in price lists whose listings this service serves."""
    configurations: tuple[Configuration, ...] = ()
    """Settings."""
    model_exceptions: tuple[ModelException, ...] = ()
    """What differs by model."""
    terms: tuple[VendorTerm, ...] = ()
    """Uses the vendor excludes."""
    conflicts: tuple[str, ...] = ()
    """Where sources contradict each other on the service."""
    note: str = ""
    """What a reader should know."""

    @model_validator(mode="after")
    def _whole(self) -> "Service":
        silent = [layer for layer in OWN_LEVELS if layer not in {claim.layer for claim in self.claims}]
        if silent:
            raise ValueError(f"no claim at {', '.join(silent)}; write grade not_found where nothing was seen")
        known = {configuration.id for configuration in self.configurations}
        used = [*self.claims, *(claim for e in self.model_exceptions for claim in e.claims)]
        strange = sorted({claim.configuration for claim in used if claim.configuration} - known)
        if strange:
            raise ValueError(f"unknown configuration {strange[0]!r}; known: {', '.join(sorted(known)) or 'none'}")
        return self


class Regime(Value):
    """A law, rule or policy that bears on where and by whom inference runs."""

    id: str
    """Such as ``hipaa``."""
    name: str
    """Name in words."""
    jurisdiction: str
    """Where and to whom it applies, in words."""
    applies_in: tuple[str, ...] = ()
    """Places where one of its data classes alone brings it into play; none: it must be named, for it binds some there
    and not others (an agency's level, a contractor's clause)."""
    data_classes: tuple[str, ...] = ()
    """Data classes that bring it into play."""
    requires_on_premises_by_law: Literal["no", "conditional", "unknown"]
    """Whether the law itself demands own premises (none known does outright)."""
    attributes_required: Mapping[str, tuple[str, ...]] = {}
    """Attribute -> what is permitted, or what must be there."""
    strict_attributes: Mapping[str, tuple[str, ...]] = {}
    """What the cautious reading asks beyond it; choosing it is the organisation's policy."""
    disputed: tuple[str, ...] = ()
    """Attributes on which sources contradict each other: they neither exclude nor clear."""
    uses: tuple[Literal["clinical_practice", "under_18"], ...] = ()
    """Uses it brings with it, which a vendor's terms may exclude."""
    conflicts: tuple[str, ...] = ()
    """Where sources contradict each other."""
    demands: str
    """What it demands, in our words."""
    evidence: tuple[Evidence, ...]
    """Sources."""

    @field_validator("applies_in")
    @classmethod
    def _known_places(cls, places: tuple[str, ...]) -> tuple[str, ...]:
        faults = vocabulary_faults("inference_location", places)
        if faults:
            raise ValueError(faults[0])
        return places

    @field_validator("attributes_required", "strict_attributes", mode="before")
    @classmethod
    def _tuples(cls, needs: object) -> object:
        return _as_tuples(needs)

    @field_validator("attributes_required", "strict_attributes")
    @classmethod
    def _vocabulary(cls, needs: Needs) -> Needs:
        return _known(needs)


class GateFinding(Value):
    """One gate's answer for one option."""

    gate: str
    """Which gate: ``data``, ``licence``, ``provenance``, ``context``, ``capability``, ``rate limit``, ``quality`` or
    ``slo``."""
    answer: Literal["no blocking rule found", "possible if you can show", "blocked", "unknown"]
    """The answer, in the only words used."""
    rule: str
    """The rule, in words: the law says / the vendor's terms say / your policy says."""
    condition: str = ""
    """What must be shown, where the answer depends on it."""
    rule_id: str = ""
    """Identifier of the rule (``R01`` to ``R20``), where it is one of the data gate."""
    layer: str = ""
    """Layer compared."""
    whose: Literal["", "law", "vendor's terms", "your policy"] = ""
    """Whose rule it is."""
    service: str = ""
    """Service whose claims were compared."""
    basis: str = ""
    """Claim it rests on: what was seen, how, where and when."""
