"""What is required held against what a service claims, layer by layer; law, vendor's terms and policy kept apart."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

from steelyard.decision.claim_reading import Reading, claims_by_setting, exceptions_for, in_order, read_claim, speaks_to
from steelyard.domain.attributes import (
    ADDENDA,
    ATTRIBUTES,
    NOT_ABROAD,
    RULES,
    STANDARD_TERMS,
    Attribute,
    Sense,
    in_words,
)
from steelyard.domain.claims import GateFinding, Regime, Service, ServiceClaim
from steelyard.domain.evidence import Grade

__all__ = ["FIRM", "Deployment", "Requirement", "compare", "requirements_of", "verdict_of"]

FIRM = frozenset({Grade.USER, Grade.PRIMARY, Grade.SECONDARY})
"""Grades that may exclude or clear; any other yields "possible if you can show"."""
_PROMISED = frozenset({"agreement", "personnel"})
"""Attributes that a vendor's claim meets only once it is part of your contract."""
_PAPERS = frozenset({"agreement", "certification", "establishment"})
"""Attributes that machines of one's own do not carry by themselves."""
Answer = Literal["no blocking rule found", "possible if you can show", "blocked", "unknown"]
_RANK: Mapping[Answer, int] = {"blocked": 0, "unknown": 1, "possible if you can show": 2, "no blocking rule found": 3}
_BELOW_SILENCE = 0.5
_CLEAR: Answer = "no blocking rule found"
_SHOW: Answer = "possible if you can show"
Whose = Literal["law", "vendor's terms", "your policy"]
_SAYS: Mapping[Whose, str] = {"law": "the law says", "vendor's terms": "the vendor's terms say",
                              "your policy": "your policy says"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Requirement:
    """One attribute that must hold, and whose rule it is."""

    attribute: str
    values: tuple[str, ...]
    """What is permitted, or the one item that must be there."""
    whose: Whose
    name: str
    """Regime or rule, in words."""
    settled: bool = True
    """Whether the rule itself was seen in a source that nobody contradicts; an unsettled one cannot exclude."""
    home: tuple[str, ...] = ()
    """Places within which a rule on copies abroad does not bite."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """How a service would be used; what is not given is open."""

    model: str | None = None
    """Model identifier."""
    open_weights: bool = False
    """Whether the model's weights are open."""
    configuration: str | None = None
    """Setting the buyer holds to; absent: the best one."""
    archive: Literal["yes", "no", "unknown"] = "unknown"
    """Whether the buyer keeps the records that a law asks for."""


class _Judged(NamedTuple):
    answer: Answer
    condition: str
    claim: ServiceClaim | None = None
    setting: str = ""
    softened: bool = False
    """Whether the claim stands against the requirement and only a doubt keeps it from blocking."""

    @property
    def rank(self) -> float:
        """Place among settings: one that a doubtful claim stands against comes after one of which nothing is known."""
        return _BELOW_SILENCE if self.softened else _RANK[self.answer]


def requirements_of(regime: Regime, *, strict: bool = False) -> tuple[Requirement, ...]:
    """Return what a regime requires, item by item; a regime of the organisation's own is its policy, not the law.

    Parameters
    ----------
    regime
        The regime.
    strict
        Whether the cautious reading is chosen; what it adds is the chooser's policy, not the law.
    """
    seen = regime.evidence[0].grade if regime.evidence else Grade.RECALLED
    whose: Whose = "your policy" if seen is Grade.USER else "law"
    named = _split(regime.attributes_required, whose, regime.name, regime.disputed, settled=seen in FIRM)
    if not strict:
        return tuple(named)
    return (*named, *_split(regime.strict_attributes, "your policy", f"{regime.name}, read strictly", (), settled=True))


def _split(
    needs: Mapping[str, tuple[str, ...]], whose: Whose, name: str, disputed: Sequence[str], *, settled: bool,
) -> list[Requirement]:  # fmt: skip
    found: list[Requirement] = []
    for attribute, values in sorted(needs.items()):
        sure = settled and attribute not in disputed
        parts = [(v,) for v in values] if ATTRIBUTES[attribute].sense in {Sense.HOLDS, Sense.DUTY} else [values]
        home = needs.get("storage_location", ()) if attribute == "retention_abroad" else ()
        found += [Requirement(attribute, part, whose, name, sure, home) for part in parts]
    return found


def compare(
    requirements: Iterable[Requirement], service: Service, as_of: date, *, deployment: Deployment | None = None,
    uses: Iterable[str] = (),
) -> tuple[GateFinding, ...]:  # fmt: skip
    """Return what every requirement meets at a service.

    A claim that is weak, recalled, contradicted by another source or past its days neither excludes nor clears.
    Where a setting of the service meets a requirement, the finding's condition is to use it.

    Parameters
    ----------
    requirements
        What is required; their order does not matter.
    service
        The service; the order of its claims does not matter.
    as_of
        Day of the comparison; claims older than the service's ``best_before_days`` [d] have expired.
    deployment
        Model and setting, where they are known.
    uses
        Uses that the vendor's terms may exclude.
    """
    age_days = (as_of - service.retrieved).days
    how, fresh = deployment or Deployment(), 0 <= age_days <= service.best_before_days
    found: list[GateFinding] = []
    for need in sorted(set(requirements), key=lambda r: (r.whose, r.name, r.attribute, r.values)):
        found += _compare_one(need, service, how, fresh=fresh)
    found += _terms(service, uses, fresh=fresh)
    return tuple(found if fresh else (_past_its_days(finding) for finding in found))


def _past_its_days(finding: GateFinding) -> GateFinding:
    return finding.model_copy(update={"basis": f"{finding.basis}; past its days"}) if finding.basis else finding


def verdict_of(findings: Sequence[GateFinding]) -> Answer:
    """Return the answer of the strictest finding; none at all blocks nothing."""
    answers: list[Answer] = [finding.answer for finding in findings]
    return min(answers, key=lambda answer: _RANK[answer]) if answers else _CLEAR


def _compare_one(need: Requirement, service: Service, how: Deployment, *, fresh: bool) -> list[GateFinding]:
    attribute = ATTRIBUTES[need.attribute]
    if attribute.sense is Sense.NOTE:
        condition = f"before the prompt: {in_words(need.values[0])}; this rule then asks nothing of the option"
        return [_finding(need, _Judged(_SHOW, condition), service)]
    if attribute.sense is Sense.DUTY:
        return [_finding(need, _duty(need, attribute, service, how, fresh=fresh), service)]
    if attribute.name in _PAPERS and service.operated_by == "you":
        condition = f"your own operation carries it where it applies: {in_words(need.values[0])}"
        return [_finding(need, _Judged(_SHOW, condition), service, rule_id="R17")]
    if _stays_home(need, service, how, fresh=fresh):
        return []
    found = _of_model(need, attribute, service, how, fresh=fresh)
    if found is None:
        found = _of_settings(need, attribute, service, how, fresh=fresh)
    return [*found, *_processor(need, service, how)]


def _of_model(
    need: Requirement, attribute: Attribute, service: Service, how: Deployment, *, fresh: bool,
) -> list[GateFinding] | None:  # fmt: skip
    """Return what a model's exception answers, or None where the model is not known or has none."""
    if how.model is None and not how.open_weights:
        return None
    found: list[tuple[_Judged, str]] = []
    for exception in exceptions_for(need.attribute, service, how.model, open_weights=how.open_weights):
        claims = [c for c in exception.claims if c.attribute == speaks_to(need.attribute)]
        found.append((_judge_group(need, attribute, claims, fresh=fresh), exception.rule_id))
    if not found:
        return None
    judged, rule_id = min(found, key=lambda f: (_RANK[f[0].answer], repr(f)))
    return [_finding(need, judged, service, rule_id="" if judged.answer == _CLEAR else rule_id)]


def _of_settings(
    need: Requirement, attribute: Attribute, service: Service, how: Deployment, *, fresh: bool,
) -> list[GateFinding]:  # fmt: skip
    """Return what the best setting answers, the default to be switched off, and models that keep content regardless."""
    groups = claims_by_setting(need.attribute, service, how.configuration)
    judged = {key: _judge_group(need, attribute, claims, fresh=fresh)._replace(setting=key)
              for key, claims in groups.items()}  # fmt: skip
    default = next((c.id for c in service.configurations if c.default and c.id in judged), "")
    best = max(judged.values(), key=lambda j: (j.rank, j.setting == default, j.setting), default=None)
    if best is None or best.answer == "unknown":
        return _absent(need, attribute, service, best.claim if best else None)
    found = [_finding(need, _with_setting(best, service, default), service)]
    if how.configuration and best.answer == "blocked":
        found += _moved_by_default(need, attribute, service, how, fresh=fresh)
    by_default = judged.get(default)
    if by_default is not None and best.setting != default and _RANK[by_default.answer] < _RANK[best.answer]:
        words = next((c.name for c in service.configurations if c.id == default), "the default")
        pinned = _Judged(_SHOW, f"{words} is not in use; the setting is pinned and watched", by_default.claim)
        found.append(_finding(need, pinned, service, rule_id="R19"))
    return [*found, *_some_models(need, attribute, service, how, best, fresh=fresh)]


def _moved_by_default(
    need: Requirement, attribute: Attribute, service: Service, how: Deployment, *, fresh: bool,
) -> list[GateFinding]:  # fmt: skip
    """Return the setting that would help, where the one held to is the vendor's default."""
    if all(c.id != how.configuration or not c.default for c in service.configurations):
        return []
    better = {c.id: c.name for c in service.configurations
              if c.id in (groups := claims_by_setting(need.attribute, service))
              and _judge_group(need, attribute, groups[c.id], fresh=fresh).answer != "blocked"}  # fmt: skip
    return [_finding(need, _Judged(_SHOW, f"you use {name} instead of the default"), service, rule_id="R19")
            for _, name in sorted(better.items())[:1]]  # fmt: skip


def _with_setting(judged: _Judged, service: Service, default: str) -> _Judged:
    """Return the judgement with its setting as a condition, where it does not hold by itself."""
    setting = next((c.name for c in service.configurations if c.id == judged.setting), "")
    if not setting or judged.setting == default or judged.answer == "blocked":
        return judged
    more = f"; {judged.condition}" if judged.condition else ""
    uplift = service.attributes.get("residency_uplift", "")
    priced = judged.claim is not None and judged.claim.layer == "inference_location" and uplift
    return judged._replace(answer=_SHOW, condition=f"you use {setting}{more}{f'; uplift: {uplift}' if priced else ''}")


def _some_models(
    need: Requirement, attribute: Attribute, service: Service, how: Deployment, best: _Judged, *, fresh: bool,
) -> list[GateFinding]:  # fmt: skip
    """Return the condition that the model is none of those with a worse answer, where no model is named."""
    if how.model is not None or how.open_weights or best.answer == "blocked":
        return []
    for exception in exceptions_for(need.attribute, service, None, open_weights=False):
        claims = [c for c in exception.claims if c.attribute == speaks_to(need.attribute)]
        judged = _judge_group(need, attribute, claims, fresh=fresh)
        if _RANK[judged.answer] < _RANK[best.answer] or (judged.answer == best.answer == _SHOW):
            condition = f"the model is none of {', '.join(exception.models)}, or what it keeps is accepted"
            return [_finding(need, _Judged(_SHOW, condition, judged.claim), service, rule_id=exception.rule_id)]
    return []


def _judge_group(need: Requirement, attribute: Attribute, claims: Sequence[ServiceClaim], *, fresh: bool) -> _Judged:
    """Return the answer of claims that hold together: items add up, anything else must hold for each of them."""
    judged = [_judge(need, attribute, claim, fresh=fresh) for claim in claims]
    any_speaks = attribute.sense is Sense.HOLDS and any(_RANK[j.answer] > _RANK["unknown"] for j in judged)
    return (max if any_speaks else min)(judged, key=lambda j: (_RANK[j.answer], in_order(j.claim) if j.claim else ()))


def _judge(need: Requirement, attribute: Attribute, claim: ServiceClaim, *, fresh: bool) -> _Judged:
    said = read_claim(need.attribute, need.values, claim)
    firm = fresh and claim.grade in FIRM and not claim.conflict
    wanted = _wanted(need, attribute)
    open_answers: Mapping[Reading, tuple[Answer, str]] = {
        Reading.SILENT: ("unknown", wanted),
        Reading.YOURS: (_SHOW, f"{wanted}, which is yours to choose"),
        Reading.FRAMEWORK: (_SHOW, "the recipient in the US is certified under the data privacy framework"),
    }
    if said.reading in open_answers:
        return _Judged(*open_answers[said.reading], claim)
    if said.reading is Reading.AGAINST and claim.optional:
        return _Judged(_SHOW, "the feature is left off", claim)
    if said.reading is Reading.AGAINST and firm and need.settled:
        return _Judged("blocked", "", claim)
    if said.reading is Reading.AGAINST or not firm:
        return _Judged(_SHOW, wanted, claim, softened=said.reading is Reading.AGAINST)
    return _met(attribute, wanted, said.choose, claim)


def _met(attribute: Attribute, wanted: str, choose: str, claim: ServiceClaim) -> _Judged:
    """Return what is still to be shown where a claim in force meets the requirement."""
    if attribute.name in _PROMISED:
        return _Judged(_SHOW, f"{wanted} that covers this endpoint and model", claim)
    return _Judged(_SHOW, f"it is set to {choose}", claim) if choose else _Judged(_CLEAR, "", claim)


def _absent(need: Requirement, attribute: Attribute, service: Service, claim: ServiceClaim | None) -> list[GateFinding]:
    """Return what silence means: unknown, or possible where it can be asked for or left off."""
    if attribute.absent == "no finding":
        return []
    if attribute.name == "storage_location" and _keeps_nothing(service):
        return [_finding(need, _Judged(_SHOW, "nothing is kept: zero retention is in force"), service)]
    signed = {value for c in service.claims if c.attribute == "agreement" for value in c.values}
    item = need.values[0]
    askable = attribute.name == "agreement" and (item in STANDARD_TERMS or (item in ADDENDA and "dpa" in signed))
    answer: Answer = _SHOW if askable or attribute.absent == "possible" else "unknown"
    return [_finding(need, _Judged(answer, _wanted(need, attribute), claim), service)]


def _keeps_nothing(service: Service) -> bool:
    return any(claim.attribute == "retention" and claim.values == ("none",) for claim in service.claims)


def _duty(need: Requirement, attribute: Attribute, service: Service, how: Deployment, *, fresh: bool) -> _Judged:
    if attribute.name != "record_keeping":
        return _Judged(_SHOW, _wanted(need, attribute))
    nobody = next((c for c in service.claims if c.attribute == attribute.name and "nobody" in c.values), None)
    seen = nobody is not None and fresh and nobody.grade in FIRM and not nobody.conflict
    if need.settled and (how.archive == "no" or seen):
        return _Judged("blocked", "", nobody)
    return _Judged(_SHOW, attribute.words, nobody)


def _stays_home(need: Requirement, service: Service, how: Deployment, *, fresh: bool) -> bool:
    """Return whether a rule on going abroad finds nothing abroad: inference can be held to places it does not cover."""
    home = need.home if need.attribute == "retention_abroad" else NOT_ABROAD.get(need.values[0], ())
    if not home or not fresh:
        return False
    groups = claims_by_setting("inference_location", service, how.configuration)
    return any(
        all(read_claim("inference_location", home, c).reading is Reading.MEETS and c.grade in FIRM and not c.conflict
            for c in claims) for claims in groups.values()
    )  # fmt: skip


def _processor(need: Requirement, service: Service, how: Deployment) -> list[GateFinding]:
    """Return the condition on who signs, where the company that processes is not, or not always, the seller."""
    if need.attribute != "agreement" or need.values[0] not in {"dpa", "baa"}:
        return []
    claims = [c for c in service.claims if c.attribute == "processor" and "seller" not in c.values]
    if how.model is not None or how.open_weights:
        claims = [] if exceptions_for("processor", service, how.model, open_weights=how.open_weights) else claims
    condition = "the company that processes for this model is the one that signs"
    return [_finding(need, _Judged(_SHOW, condition, claim), service, rule_id="R07") for claim in claims]


def _terms(service: Service, uses: Iterable[str], *, fresh: bool) -> list[GateFinding]:
    found: list[GateFinding] = []
    for term in sorted(service.terms, key=lambda t: t.use):
        if term.use not in uses:
            continue
        firm = fresh and term.grade in FIRM
        seen = term.evidence[0]
        found.append(GateFinding(
            gate="data", answer="blocked" if firm else _SHOW, rule_id="R12", layer="terms", whose="vendor's terms",
            rule=f"the vendor's terms say: {term.statement}", service=service.id,
            condition="" if firm else "today's terms allow this use",
            basis=f"{term.statement} ({term.grade.value}, {seen.source}, seen {seen.as_of})",
        ))  # fmt: skip
    return found


def _wanted(need: Requirement, attribute: Attribute) -> str:
    if attribute.sense is Sense.LEVEL and need.values == ("none",):
        return "nothing is kept"
    return f"{attribute.words} {' or '.join(in_words(value) for value in need.values)}"


def _finding(need: Requirement, judged: _Judged, service: Service, *, rule_id: str = "") -> GateFinding:
    attribute = ATTRIBUTES[need.attribute]
    rule = rule_id or attribute.rule_id
    return GateFinding(gate="data", answer=judged.answer, rule=f"{_SAYS[need.whose]}: {need.name}: {RULES[rule]}",
                       condition=judged.condition, rule_id=rule, layer=attribute.layer, whose=need.whose,
                       service=service.id, basis=_basis(judged.claim))  # fmt: skip


def _basis(claim: ServiceClaim | None) -> str:
    if claim is None or not claim.evidence:
        return ""
    seen = claim.evidence[0]
    against = f"; but {claim.conflict}" if claim.conflict else ""
    return f"{claim.statement} ({claim.grade}, {seen.source}, seen {seen.as_of}{against})"
