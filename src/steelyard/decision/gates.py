"""Gates: what rules an option out, what it may enter with if shown, what nobody knows."""

from collections.abc import Sequence
from typing import get_args

from steelyard.decision.data_gate import data_findings
from steelyard.decision.supply_gates import promise_findings, provenance_findings, rate_findings
from steelyard.domain.catalogue import Catalogue
from steelyard.domain.claims import GateFinding, Regime
from steelyard.domain.model import Capability
from steelyard.domain.study import Study
from steelyard.options.demand import Demand
from steelyard.options.failures import failure_lines
from steelyard.options.option import Option
from steelyard.quality.needs import CAPABILITIES, feature_of, in_words
from steelyard.quality.screen import Screen

__all__ = ["gate_findings"]


def gate_findings(
    option: Option, study: Study, demand: Demand, catalogue: Catalogue, *, screen: Screen, regimes: Sequence[Regime],
) -> tuple[GateFinding, ...]:  # fmt: skip
    """Return what every gate answers for one option.

    Parameters
    ----------
    option
        The option.
    study
        Constraints.
    demand
        Traffic; its longest requests must fit the context.
    catalogue
        Facts of models and services.
    screen
        What public scores say of the option against the reference.
    regimes
        Regimes that apply.
    """
    return (
        *data_findings(option, study, catalogue, regimes),
        *_licence(option, catalogue),
        *provenance_findings(option, study, catalogue),
        *_context(option, demand, catalogue),
        *_capabilities(option, study, catalogue),
        *rate_findings(option, study, demand),
        *promise_findings(option, study),
        _quality(option, screen, charged=study.quality.failed_request_usd is not None),
        *_slo(option),
    )


def _licence(option: Option, catalogue: Catalogue) -> list[GateFinding]:
    model = catalogue.open_models.get(option.model)
    if model is None or option.bought:
        return []
    rule = f"the licence says: {model.licence.name}"
    if model.licence.commercial_use == "no":
        return [GateFinding(gate="licence", answer="blocked", rule=rule)]
    if model.licence.commercial_use == "conditional":
        cap = model.licence.user_cap
        terms = f"fewer than {cap:,} monthly active users" if cap else "its conditions are met"
        return [GateFinding(gate="licence", answer="possible if you can show", rule=rule, condition=terms)]
    if model.licence.commercial_use == "unknown":
        return [GateFinding(gate="licence", answer="unknown", rule=rule, condition="read the licence")]
    return [GateFinding(gate="licence", answer="no blocking rule found", rule=rule)]


def _context(option: Option, demand: Demand, catalogue: Catalogue) -> list[GateFinding]:
    open_model, managed = catalogue.open_models.get(option.model), catalogue.managed_models.get(option.model)
    context = open_model.context_tokens if open_model else managed.context_tokens if managed else None
    inputs, outputs = demand.profile.input_tokens, demand.profile.output_tokens
    if context is None or inputs is None or outputs is None:
        return []
    typical, longest = inputs.p99 + outputs.p50, inputs.max + outputs.p50
    rule = f"the longest requests must fit its context of {context:,.0f} tokens"
    if typical > context and option.kind == "keep_today":
        condition = f"it runs today, though the lengths given reach {typical:,.0f} tokens at p99: check their spread"
        return [GateFinding(gate="context", answer="possible if you can show", rule=rule, condition=condition)]
    if typical > context:
        return [GateFinding(gate="context", answer="blocked", rule=f"{rule}; yours reach {typical:,.0f} at p99")]
    if longest > context:
        condition = f"the few requests up to {longest:,.0f} tokens may be cut or sent elsewhere"
        return [GateFinding(gate="context", answer="possible if you can show", rule=rule, condition=condition)]
    return [GateFinding(gate="context", answer="no blocking rule found", rule=rule)]


def _capabilities(option: Option, study: Study, catalogue: Catalogue) -> list[GateFinding]:
    open_model, managed = catalogue.open_models.get(option.model), catalogue.managed_models.get(option.model)
    known = open_model.capabilities if open_model else managed.capabilities if managed else ()
    findings: list[GateFinding] = []
    for need in study.quality.needs:
        feature = feature_of(need)
        if feature in CAPABILITIES and feature not in get_args(Capability):
            continue  # no vendor publishes it as a feature: public scores screen it
        rule = f"the task needs {need}"
        if feature in known:
            findings.append(GateFinding(gate="capability", answer="no blocking rule found", rule=rule))
        elif known:
            findings.append(GateFinding(gate="capability", answer="blocked", rule=f"{rule}; {option.model} is not "
                                        "published to have it"))  # fmt: skip
        else:
            findings.append(GateFinding(gate="capability", answer="unknown", rule=rule,
                                        condition="no published capability list here"))  # fmt: skip
    return findings


def _quality(option: Option, screen: Screen, *, charged: bool) -> GateFinding:
    rule = "your policy says: no worse than the reference by more than the margin"
    if option.kind == "keep_today":
        return GateFinding(gate="quality", answer="no blocking rule found", rule=rule, condition="it runs today")
    if screen.answer == "below" and charged and failure_lines(option.ledger):
        words = f"it fails no more often than its cost charges for; {screen.words}"
        return GateFinding(gate="quality", answer="possible if you can show", rule=rule, condition=words)
    if screen.answer == "below":
        return GateFinding(gate="quality", answer="blocked", rule=f"{rule}; {screen.words}")
    if screen.answer == "unknown":
        return GateFinding(gate="quality", answer="unknown", rule=rule, condition=screen.words)
    if screen.own is not None and screen.own.answer in ("equal", "better", "no worse"):
        return GateFinding(gate="quality", answer="no blocking rule found", rule=rule, condition=screen.words)
    unknown = [in_words(part.capability) for part in screen.capabilities if part.clears is None]
    also = f"; public scores of its {', '.join(unknown)} are unknown" if unknown else ""
    condition = f"your own paired evaluation agrees{also}" if screen.own is None else screen.words
    return GateFinding(gate="quality", answer="possible if you can show", rule=rule, condition=condition)


def _slo(option: Option) -> list[GateFinding]:
    if option.hardware is None:
        return []
    curve = option.hardware.curve
    if curve.max_rps <= 0:
        return [GateFinding(gate="slo", answer="blocked", rule=f"the latency promises cannot be held: {curve.binding}")]
    return [GateFinding(gate="slo", answer="no blocking rule found", rule="the latency promises hold, as predicted")]
