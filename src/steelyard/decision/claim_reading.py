"""What one claim says to one requirement: it meets it, stands against it, leaves it to the buyer, or is silent."""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import NamedTuple

from steelyard.domain.attributes import ANYWHERE, ATTRIBUTES, EVERYBODY, YOURS, Sense, countries, implied
from steelyard.domain.claims import ModelException, Service, ServiceClaim

__all__ = ["Reading", "Said", "claims_by_setting", "exceptions_for", "in_order", "read_claim", "speaks_to"]

_READ_FROM: Mapping[str, str] = {
    "location_named": "inference_location", "retention_abroad": "retention", "operator_reach_barred": "operator_reach",
}  # fmt: skip
"""Requirements that are read from the claims on another attribute."""


class Reading(Enum):
    """What a claim says to a requirement."""

    MEETS = "meets"
    AGAINST = "against"
    YOURS = "yours"
    FRAMEWORK = "framework"
    SILENT = "silent"


class Said(NamedTuple):
    """A reading, and the value to choose where the buyer chooses among several."""

    reading: Reading
    choose: str = ""


def in_order(claim: ServiceClaim) -> tuple[str, ...]:
    """Return a key that puts claims in one order, however they were written."""
    return (claim.configuration, *claim.values, "", claim.grade, claim.statement, claim.conflict, *claim.denied,
            str((claim.choice, claim.exhaustive, claim.optional, claim.evidence)))  # fmt: skip


def speaks_to(attribute: str) -> str:
    """Return the attribute whose claims speak to a requirement."""
    return _READ_FROM.get(attribute, attribute)


def read_claim(attribute: str, permitted: Sequence[str], claim: ServiceClaim) -> Said:
    """Return what a claim says to a requirement, whatever its grade and age.

    Parameters
    ----------
    attribute
        Required attribute.
    permitted
        What is permitted; for agreements and certificates the one item needed; for barred places what is barred.
    claim
        A claim on the attribute that speaks to it.
    """
    if attribute == "location_named":
        return Said(Reading.AGAINST if ANYWHERE in claim.values else Reading.MEETS)
    if claim.values == (YOURS,):
        return Said(Reading.YOURS)
    sense = ATTRIBUTES[attribute].sense
    if sense is Sense.PLACES:
        return _places(countries(permitted), claim, us_by_framework="adequate" in permitted)
    if sense is Sense.HOLDS:
        return _holds(permitted[0], claim)
    return Said(Reading.MEETS if _within(attribute, sense, permitted, claim) else Reading.AGAINST)


def _within(attribute: str, sense: Sense, permitted: Sequence[str], claim: ServiceClaim) -> bool:
    if sense is Sense.OUTSIDE:
        return not countries(claim.values) & countries(permitted)
    if sense is Sense.LEVEL:
        order = ATTRIBUTES[attribute].values
        return max(order.index(v) for v in claim.values) <= max(order.index(v) for v in permitted)
    return set(claim.values) <= set(permitted)


def _places(permitted: frozenset[str], claim: ServiceClaim, *, us_by_framework: bool) -> Said:
    """Return what places say; the US is adequate only for a recipient certified under the data privacy framework."""
    outside = countries(claim.values) - permitted
    if not claim.choice:
        if us_by_framework and outside == frozenset(("US",)):
            return Said(Reading.FRAMEWORK)
        return Said(Reading.AGAINST if outside else Reading.MEETS)
    denied = countries(claim.denied)
    open_to = [v for v in claim.values if countries([v]) <= permitted and not countries([v]) & denied]
    if open_to:
        return Said(Reading.MEETS, " or ".join(open_to))
    return Said(Reading.AGAINST if claim.exhaustive or permitted <= denied else Reading.SILENT)


def _holds(item: str, claim: ServiceClaim) -> Said:
    if item in implied(claim.values):
        return Said(Reading.MEETS)
    return Said(Reading.AGAINST if claim.exhaustive or item in claim.denied or claim.values == (EVERYBODY,)
                else Reading.SILENT)  # fmt: skip


def claims_by_setting(attribute: str, service: Service, held: str | None = None) -> dict[str, list[ServiceClaim]]:
    """Return the claims that speak to an attribute by the setting under which they hold; ``""`` holds always.

    Parameters
    ----------
    attribute
        Required attribute.
    service
        The service.
    held
        Setting the buyer holds to; where it speaks to the attribute, no other is considered.
    """
    groups: dict[str, list[ServiceClaim]] = {}
    speaking = [claim for claim in service.claims if claim.attribute == speaks_to(attribute)]
    for claim in sorted(speaking, key=in_order):
        groups.setdefault(claim.configuration, []).append(claim)
    if ATTRIBUTES[attribute].sense is Sense.HOLDS:
        always = groups.get("", [])
        groups = {key: claims if key == "" else [*claims, *always] for key, claims in groups.items()}
    return {held: groups[held]} if held in groups else groups


def exceptions_for(attribute: str, service: Service, model: str | None, *, open_weights: bool) -> list[ModelException]:
    """Return the exceptions of a model that speak to an attribute; without a model, those that some model has."""
    speaking = [e for e in service.model_exceptions if any(c.attribute == speaks_to(attribute) for c in e.claims)]
    if model is None and not open_weights:
        return speaking
    name = (model or "").lower()
    return [e for e in speaking if any(open_weights if p == "open_weights" else p in name for p in e.models)]
