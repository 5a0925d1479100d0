"""The data gate: which services an option uses, and what the regimes and the organisation's own rules ask of them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from steelyard.decision.compliance import Deployment, Requirement, compare, requirements_of
from steelyard.domain.attributes import OWN_LEVELS, RULES, vocabulary_faults
from steelyard.domain.catalogue import Catalogue
from steelyard.domain.claims import GateFinding, Regime, Service, ServiceClaim
from steelyard.domain.study import SelfHostedToday, Study
from steelyard.errors import Fault, StudyError
from steelyard.options.option import Option

__all__ = ["Asked", "asked_of", "data_findings", "judge_service", "named_strictly", "own_requirements", "regime_key",
           "services_of"]  # fmt: skip

_STRICT = ": strict"
_WORST_FIRST = ("blocked", "unknown", "possible if you can show")
_RULE_KEYS = {"attribute", "value", "name"}
_OWN_DUTIES = frozenset({"R13", "R14", "R15"})
"""Rules whose condition is the same whichever service is used."""


class Asked:
    """Everything that is asked of a service: of each regime, of the organisation's rules, and the uses it brings."""

    def __init__(self, regimes: Sequence[Regime], strict: Iterable[str] = (), own: Iterable[Requirement] = ()) -> None:
        """Split regimes into requirements; those named in ``strict`` are read cautiously."""
        cautious = frozenset(strict)
        self.regimes = tuple(regimes)
        self.requirements = (*(need for r in regimes for need in requirements_of(r, strict=r.id in cautious)), *own)
        self.uses = tuple(sorted({use for regime in regimes for use in regime.uses}))


def data_findings(
    option: Option, study: Study, catalogue: Catalogue, regimes: Sequence[Regime],
) -> tuple[GateFinding, ...]:  # fmt: skip
    """Return what the data's rules answer for one option; nothing where no rule is given.

    Parameters
    ----------
    option
        The option.
    study
        Data constraints and the organisation's own rules.
    catalogue
        Services and their claims.
    regimes
        Regimes that apply.

    Raises
    ------
    StudyError
        With every own rule that is not in the vocabulary.
    """
    asked = asked_of(study, regimes)
    must_stay = _must_stay(option, study)
    if not asked.regimes and not asked.requirements:
        return must_stay
    services = services_of(option, study, catalogue)
    if not services:
        return (*must_stay, *_nobody_known(option, asked, catalogue))
    how = Deployment(model=option.model, open_weights=option.card.open_weights if option.card else True)
    judged = [(judge_service(service, asked, catalogue, how), service) for service in services]
    findings, service = min(judged, key=lambda j: (_open_points(j[0]), j[1].id))
    several = len(services) > 1 and service.kind != "own_machines"
    return (*must_stay, *(_named(f, service) if several else f for f in findings))


def judge_service(
    service: Service, asked: Asked, catalogue: Catalogue, how: Deployment | None = None,
) -> tuple[GateFinding, ...]:  # fmt: skip
    """Return what everything asked meets at one service; one finding that nothing is asked where regimes ask nothing.

    Parameters
    ----------
    service
        The service.
    asked
        Requirements and uses.
    catalogue
        Its day is the day of the comparison.
    how
        Model and setting, where they are known.
    """
    found = compare(asked.requirements, service, catalogue.as_of, deployment=how, uses=asked.uses)
    if found or not asked.regimes:
        return (*found, *_minimise(found))
    names = ", ".join(regime.name for regime in asked.regimes)
    return (GateFinding(gate="data", answer="no blocking rule found", rule=f"the law says: {names}: {RULES['R16']}",
                        rule_id="R16", whose="law", service=service.id),)  # fmt: skip


def asked_of(study: Study, regimes: Sequence[Regime]) -> Asked:
    """Return what a study asks: its regimes, those it wants read strictly, and its own rules."""
    named = named_strictly(study)
    strict = [
        r.id for r in regimes if named & {r.id, regime_key(r.name)} or any(r.id.startswith(f"{n}_") for n in named)
    ]
    return Asked(regimes, strict, own_requirements(study.data.custom_rules, study.where))


def named_strictly(study: Study) -> frozenset[str]:
    """Return the regimes that a study writes with ``: strict``, as keys."""
    written = (name.strip().lower() for name in study.data.regimes)
    return frozenset(regime_key(name.removesuffix(_STRICT)) for name in written if name.endswith(_STRICT))


def regime_key(name: str) -> str:
    """Return a regime's name as an identifier would write it, without ``: strict``.

    Examples
    --------
    >>> regime_key("PCI DSS: strict")
    'pci_dss'
    """
    return name.strip().lower().removesuffix(_STRICT).replace(" ", "_").replace("-", "_")


def own_requirements(rules: Sequence[Mapping[str, Any]], where: str) -> tuple[Requirement, ...]:
    """Return the organisation's own rules as requirements.

    Parameters
    ----------
    rules
        Each ``{attribute, value, name}``; ``value`` is one word of the vocabulary or several.
    where
        Study file, for messages.

    Raises
    ------
    StudyError
        With every rule that is not in the vocabulary.
    """
    faults: list[Fault] = []
    found: list[Requirement] = []
    for i, rule in enumerate(rules, 1):
        place = f"{where}, data.custom_rules[{i}]" if where else f"data.custom_rules[{i}]"
        attribute, values = str(rule.get("attribute", "")), _values(rule.get("value"))
        unknown = sorted(set(map(str, rule)) - _RULE_KEYS)
        wrong = [f"unknown key {unknown[0]!r}"] if unknown else vocabulary_faults(attribute, values)
        wrong += [] if values or wrong else ["a rule without a value"]
        faults += [Fault(what, place, "{attribute, value, name} in the words of docs/gates.md", "Mend the rule")
                   for what in wrong]  # fmt: skip
        name = str(rule.get("name") or f"{attribute}: {', '.join(values)}")
        found.append(Requirement(attribute, values, "your policy", name))
    if faults:
        raise StudyError(faults)
    return tuple(found)


def _values(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    if isinstance(value, (list, tuple)):
        return tuple(str(part) for part in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return () if value is None else (str(value),)


def services_of(option: Option, study: Study, catalogue: Catalogue) -> tuple[Service, ...]:
    """Return the services that could serve an option: its seller's, its landlord's, or machines of one's own."""
    services = catalogue.services.values()
    if option.card is not None:
        return tuple(s for s in services if s.kind == "hosted" and option.card.seller in s.sellers)
    if _own_premises(option, study):
        return tuple(s for s in services if s.kind == "own_machines")
    landlord = option.hardware.offer.seller if option.hardware and option.hardware.offer else ""
    rented = [s for s in services if s.kind == "rented_machines"]
    return tuple([s for s in rented if landlord in s.sellers] or rented)


def _open_points(findings: Sequence[GateFinding]) -> tuple[int, ...]:
    """Return how many findings block, are unknown, are conditional: fewer is better, in that order."""
    return tuple(sum(f.answer == answer for f in findings) for answer in _WORST_FIRST)


def _own_premises(option: Option, study: Study) -> bool:
    held = study.today.owned_since is not None if isinstance(study.today, SelfHostedToday) else False
    return option.kind == "self_host_owned" or (option.kind == "keep_today" and not option.bought and held)


def _must_stay(option: Option, study: Study) -> tuple[GateFinding, ...]:
    if study.data.must_stay_on_premises != "yes":
        return ()
    rule = "your policy says: the data must stay on your premises"
    if _own_premises(option, study):
        return (GateFinding(gate="data", answer="no blocking rule found", rule=rule, whose="your policy"),)
    return (GateFinding(gate="data", answer="blocked", rule=rule, whose="your policy"),)


def _nobody_known(option: Option, asked: Asked, catalogue: Catalogue) -> tuple[GateFinding, ...]:
    """Return what a seller of whom nothing is on file must show: each rule, as for one whose page says nothing."""
    seller = option.card.seller if option.card else option.label
    silent = tuple(ServiceClaim(layer=layer, statement="", grade="not_found") for layer in OWN_LEVELS)
    blank = Service(id=seller, name=seller, provider=seller, claims=silent, retrieved=catalogue.as_of)
    told = judge_service(blank, asked, catalogue, Deployment(model=option.model))
    nothing = GateFinding(gate="data", answer="unknown", rule="no claim on file says what this seller offers",
                          condition=f"{seller} shows each point, as no claim of theirs is on file here")  # fmt: skip
    return (nothing, *told) if asked.requirements else told


def _minimise(found: Sequence[GateFinding]) -> tuple[GateFinding, ...]:
    """Return the reminder that goes before any exclusion by law, where the regime has none of its own."""
    blocked = [f for f in found if f.answer == "blocked" and f.whose == "law"]
    if not blocked or any(f.rule_id == "R15" for f in found):
        return ()
    rule = f"the law says: {RULES['R15']}"
    return (GateFinding(gate="data", answer="possible if you can show", rule=rule, rule_id="R15", whose="law",
                        layer="minimisation", service=blocked[0].service,
                        condition="the sensitive part is removed or tokenised before the prompt: the rule then falls "
                        "away"),)  # fmt: skip


def _named(finding: GateFinding, service: Service) -> GateFinding:
    if finding.answer != "possible if you can show" or not finding.condition or finding.rule_id in _OWN_DUTIES:
        return finding
    return finding.model_copy(update={"condition": f"with {service.name}: {finding.condition}"})
