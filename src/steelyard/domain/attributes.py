"""The vocabulary of claims: what a regime may demand and a service may offer, by layer, with closed sets of values."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

__all__ = ["ADDENDA", "ANYWHERE", "ATTRIBUTES", "EVERYBODY", "LAYERS", "NOT_ABROAD", "OWN_LEVELS", "RULES",
           "STANDARD_TERMS", "YOURS", "Attribute", "Sense", "closed", "countries", "implied", "in_words",
           "vocabulary_faults"]  # fmt: skip

ANYWHERE = "anywhere"
"""Place that nothing confines."""
EVERYBODY = "any"
"""Persons whom nothing restricts."""
YOURS = "yours"
"""Value of what the buyer chooses and answers for."""

LAYERS = ("inference_location", "storage", "side_services", "retention", "zero_retention", "training_reuse",
          "agreement", "key_custody", "operator", "certification", "personnel", "network", "tenancy", "records",
          "approval", "tier", "vendor_status", "minimisation", "terms")  # fmt: skip
"""Layers; the first ten are claimed for every service, ``not_found`` where nothing was seen."""
OWN_LEVELS = LAYERS[:10]
"""Layers that every service file must speak to."""

RULES: Mapping[str, str] = {
    "R01": "a named agreement must be in force for this service and endpoint",
    "R02": "inference must stay in the permitted place",
    "R03": "content and logs must rest in the permitted place",
    "R04": "side services must keep the rule that the model call keeps",
    "R05": "content may not be kept or reused beyond what is allowed",
    "R06": "this model keeps content whatever the platform agrees to",
    "R07": "the company that processes must be the one the buyer contracts with",
    "R08": "no operator that a foreign authority can compel",
    "R09": "the certificate or authorisation must cover this service",
    "R10": "only screened or named persons may reach plain text",
    "R11": "classified data needs a classified or isolated network",
    "R12": "the vendor's terms must allow this use and these users",
    "R13": "somebody must keep the record the law asks for",
    "R14": "an approval, notice or assessment comes first",
    "R15": "ask first whether the sensitive part can be removed or tokenised",
    "R16": "nothing is demanded of where or by whom inference runs",
    "R17": "own machines take the duty on; they are no agreement and no certificate",
    "R18": "the vendor may not be under a government's exclusion",
    "R19": "a default can move the data: pin it and watch it",
    "R20": "a consumer tier is never acceptable for this data",
}
"""Rule identifier -> the rule, in our words."""


class Sense(StrEnum):
    """How what is offered is held against what is required."""

    PLACES = "places"  # offered places lie within the permitted ones
    WITHIN = "within"  # offered values are among the permitted ones
    LEVEL = "level"  # offered value is no higher than the permitted one, in the order listed
    HOLDS = "holds"  # every required item is among those offered
    OUTSIDE = "outside"  # no offered place is among the barred ones
    DUTY = "duty"  # the buyer's own duty; a service can only make it impossible
    NOTE = "note"  # never a gate: what would open the way


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of the vocabulary."""

    name: str
    layer: str
    sense: Sense
    rule_id: str
    words: str
    """What is required, ready for its values."""
    values: tuple[str, ...] = ()
    """Known values; for places the groups and countries of :func:`countries`."""
    absent: Literal["unknown", "possible", "no finding"] = "unknown"
    """What it means that nothing was seen: side services can be left off; no exclusion or consumer tier is presumed."""


_EU = ("AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR", "HU", "IE", "IT", "LV", "LT", "LU", "MT",
       "NL", "PL", "PT", "RO", "SK", "SI", "ES", "SE")  # fmt: skip
_EEA = (*_EU, "IS", "LI", "NO")
_ADEQUATE = (*_EEA, "AD", "AR", "CA", "CH", "GB", "IL", "JP", "KR", "NZ", "UY")
_OTHER = ("US", "AU", "IN", "SG", "AE", "SA", "TR", "CN", "BR", "RU", "IR", "KP", "CU", "VE", "HK", "TW", "MX", "ZA",
          "QA", "KW", "BH", "OM", "ID", "MY", "TH", "PH", "RS")  # fmt: skip
_GROUPS: Mapping[str, tuple[str, ...]] = {
    "EU": _EU, "EEA": _EEA, "adequate": _ADEQUATE,
    "APAC": ("AU", "IN", "JP", "KR", "SG", "HK", "TW", "ID", "MY", "TH", "PH", "NZ"),
    "middle_east": ("AE", "SA", "QA", "KW", "BH", "OM"),
}  # fmt: skip
_PLACES = (*_GROUPS, *dict.fromkeys((*_ADEQUATE, *_OTHER)), "CA_QC", ANYWHERE, YOURS)

_SECURED = ("information_security",)
_IMPLIED: Mapping[str, tuple[str, ...]] = {
    "fedramp_high": ("fedramp_moderate",), "fedramp_moderate": ("fedramp_low", "dod_il2"), "fedramp_low": _SECURED,
    "fedramp_20x_moderate": ("fedramp_20x", "fedramp_moderate"), "fedramp_20x_low": ("fedramp_20x", "fedramp_low"),
    "dod_il6": ("dod_il5",), "dod_il5": ("dod_il4",), "dod_il4": ("fedramp_moderate",), "c5_type2": ("c5_type1",),
    "c5_type1": _SECURED, "iso_27001": _SECURED, "soc2": _SECURED,
    "cleared": ("screened_us_persons",), "screened_us_persons": ("screened", "us_persons"),
}  # fmt: skip
"""Certificate or kind of persons -> what it answers for too (a DoD level builds on FedRAMP Moderate)."""

_AGREEMENTS = ("dpa", "baa", "transfer_tool", "uk_transfer_tool", "dora_art30", "audit_right", "exit_plan",
               "location_clause", "subprocessor_clause", "deletion_clause", "safeguards_clause", "confidentiality",
               "no_training", "dfars_c_to_g", "records_undertaking", "school_official", "regulator_access",
               "outsourcing_contract", "equivalent_measures", "quebec_agreement", "brazil_clauses", "turkey_clauses",
               "saudi_clauses", "transfer_terms", "swiss_transfer_tool", "comparable_protection")  # fmt: skip
_CERTIFICATES = ("soc1", "soc2", "iso_27001", "iso_42001", "csa_star", "hitrust", "hipaa_eligible", "pci_dss",
                 "c5_type1", "c5_type2", "hds", "secnumcloud", "fedramp_low", "fedramp_moderate", "fedramp_high",
                 "fedramp_20x", "fedramp_20x_low", "fedramp_20x_moderate", "dod_il2", "dod_il4", "dod_il5", "dod_il6",
                 "icd503", "cjis", "dspt", "irap", "filed_model", "information_security")  # fmt: skip
_DUTIES = ("agency_authorisation", "mission_owner_authorisation", "security_addendum", "risk_analysis", "dpia",
           "transfer_assessment", "privacy_assessment", "senior_risk_owner", "regulator_notice", "central_bank",
           "export_filing", "transfer_notice", "third_party_register", "supplier_assessment", "control_evidence",
           "export_classification", "client_guidelines", "parental_consent", "retention_policy", "human_oversight",
           "counsel_direction", "covered_person_check")  # fmt: skip

_KEPT = ("none", "one_day", "thirty_days", "safety_years", "stored")
_ALL = (
    Attribute("inference_location", "inference_location", Sense.PLACES, "R02", "inference runs in"),
    Attribute("location_named", "inference_location", Sense.WITHIN, "R01", "the place can be named in the contract",
              ("yes", "no")),
    Attribute("storage_location", "storage", Sense.PLACES, "R03", "content and logs rest in"),
    Attribute("side_service_location", "side_services", Sense.PLACES, "R04", "side services stay in", (), "possible"),
    Attribute("retention", "retention", Sense.LEVEL, "R05", "content is kept no longer than", _KEPT),
    Attribute("retention_abroad", "retention", Sense.LEVEL, "R05", "a copy abroad is kept no longer than", _KEPT),
    Attribute("training_reuse", "training_reuse", Sense.LEVEL, "R05", "reuse for training is at most",
              ("never", "opt_in", "opt_out")),
    Attribute("agreement", "agreement", Sense.HOLDS, "R01", "a signed", _AGREEMENTS),
    Attribute("key_custody", "key_custody", Sense.WITHIN, "R10", "keys are held by",
              ("vendor", "customer_managed", "confidential_computing", YOURS)),
    Attribute("operator_reach", "operator", Sense.PLACES, "R08",
              "only authorities of these places reach the operator:"),
    Attribute("operator_reach_barred", "operator", Sense.OUTSIDE, "R08", "the operator is not tied to"),
    Attribute("establishment", "operator", Sense.HOLDS, "R09", "an establishment in", ("DE",)),
    Attribute("processor", "operator", Sense.WITHIN, "R07", "the processor is",
              ("seller", "model_maker", "depends_on_model", YOURS), "no finding"),
    Attribute("certification", "certification", Sense.HOLDS, "R09", "covering this service:", _CERTIFICATES),
    Attribute("personnel", "personnel", Sense.HOLDS, "R10", "plain text is reached only by persons",
              (EVERYBODY, "eu_residents", "screened", "us_persons", "screened_us_persons", "cleared", YOURS)),
    Attribute("network", "network", Sense.WITHIN, "R11", "the network is",
              ("internet", "government", "classified", "isolated", YOURS)),
    Attribute("tenancy", "tenancy", Sense.WITHIN, "R09", "tenancy is", ("shared", "dedicated", YOURS)),
    Attribute("record_keeping", "records", Sense.DUTY, "R13", "your own archive holds every prompt and answer",
              ("firm_archive", "deployer_logs", "nobody")),
    Attribute("approval", "approval", Sense.DUTY, "R14", "done beforehand:", _DUTIES),
    Attribute("tier", "tier", Sense.WITHIN, "R20", "the tier is", ("business", "consumer", YOURS), "no finding"),
    Attribute("vendor_status", "vendor_status", Sense.WITHIN, "R18", "the vendor's standing is",
              ("clear", "contested", "excluded", YOURS), "no finding"),
    Attribute("minimisation", "minimisation", Sense.NOTE, "R15", "before the prompt,",
              ("deidentify", "tokenise_card_numbers", "pseudonymise_client_identity", "redact_personal_data")),
)  # fmt: skip
ATTRIBUTES: Mapping[str, Attribute] = {
    a.name: a if a.sense not in {Sense.PLACES, Sense.OUTSIDE} else Attribute(
        a.name, a.layer, a.sense, a.rule_id, a.words, _PLACES, a.absent) for a in _ALL
}  # fmt: skip
"""Attribute by name."""

ADDENDA = frozenset(_AGREEMENTS) - {"dpa", "baa", "confidentiality", "no_training"}
"""Agreements that are added to a processing agreement: where one is signed, they can be asked for."""
STANDARD_TERMS = frozenset({"confidentiality", "no_training"})
"""What ordinary commercial terms hold, to be read."""
NOT_ABROAD: Mapping[str, tuple[str, ...]] = {
    "transfer_tool": ("adequate",), "uk_transfer_tool": ("adequate",), "swiss_transfer_tool": ("adequate",),
    "turkey_clauses": ("TR",), "saudi_clauses": ("SA",), "brazil_clauses": ("BR",), "quebec_agreement": ("CA_QC",),
    "equivalent_measures": ("JP", "EU", "GB"), "transfer_terms": ("AE",),
}  # fmt: skip
"""Transfer agreement -> places where inference needs none."""
_WORDS: Mapping[str, str] = {
    "dpa": "data processing agreement", "baa": "business associate agreement",
    "transfer_tool": "transfer tool (adequacy or standard clauses)", "dora_art30": "DORA Article 30 addendum",
    "dfars_c_to_g": "acceptance of DFARS 7012 paragraphs (c) to (g)", "pci_dss": "PCI DSS attestation",
    "c5_type2": "C5 type 2 attestation", "hds": "HDS certificate", "dspt": "DSPT submission",
    "cjis": "state CJIS agreement", "information_security": "an information security certificate",
    "fedramp_low": "FedRAMP Low", "fedramp_moderate": "FedRAMP Moderate", "fedramp_high": "FedRAMP High",
    "fedramp_20x": "FedRAMP 20x", "dod_il2": "DoD IL2", "dod_il4": "DoD IL4", "dod_il5": "DoD IL5",
    "dod_il6": "DoD IL6", "us_persons": "who are US persons", "screened": "who are screened",
    "cleared": "who are cleared", "deidentify": "the data is de-identified",
    "tokenise_card_numbers": "card numbers are tokenised", "redact_personal_data": "personal data is redacted",
    "pseudonymise_client_identity": "the client's identity is pseudonymised", "none": "not at all",
    "one_day": "one day", "thirty_days": "30 days", "safety_years": "safety logs need",
    "dpia": "data protection impact assessment", "agency_authorisation": "authorisation to operate by the agency",
}  # fmt: skip


def in_words(value: str) -> str:
    """Return a value of the vocabulary as it stands in a sentence."""
    return _WORDS.get(value, value.replace("_", " "))


def countries(places: Iterable[str]) -> frozenset[str]:
    """Return the countries that places stand for; ``anywhere`` and ``yours`` stay as they are.

    Quebec (``CA_QC``) is a place of its own within Canada: Canada does not lie within Quebec.
    """
    found: set[str] = set()
    for place in places:
        found.update(_GROUPS.get(place, (place,)))
    if "CA" in found:
        found.add("CA_QC")
    return frozenset(found)


def closed(items: Iterable[str], follows: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """Return items with all that follows from them, one after the other.

    Parameters
    ----------
    items
        Where to begin.
    follows
        Item -> what follows from it.
    """
    found = set(items)
    open_items = list(found)
    while open_items:
        more = [item for item in follows.get(open_items.pop(), ()) if item not in found]
        found.update(more)
        open_items += more
    return frozenset(found)


def implied(items: Iterable[str]) -> frozenset[str]:
    """Return certificates, or kinds of persons, with those they answer for too."""
    return closed(items, _IMPLIED)


def vocabulary_faults(attribute: str, values: Iterable[str]) -> list[str]:
    """Return what is unknown of an attribute and its values, with the known names; none where all are known."""
    if attribute not in ATTRIBUTES:
        return [_unknown("attribute", attribute, ATTRIBUTES)]
    known = ATTRIBUTES[attribute].values
    return [_unknown(f"value of {attribute}", value, known) for value in values if value not in known]


def _unknown(what: str, name: str, known: Iterable[str]) -> str:
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1)
    asked = f"; did you mean {near[0]!r}?" if near else ""
    return f"unknown {what} {name!r}; known: {', '.join(names)}{asked}"
