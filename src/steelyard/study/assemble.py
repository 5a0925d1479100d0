"""Lay a decision out as the Result that every face shows."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from steelyard import __version__
from steelyard.decision.cost_model import DISCOUNT, CostModel
from steelyard.decision.decide import Decision
from steelyard.decision.findings import Findings
from steelyard.decision.optimize import optimize_first
from steelyard.domain.catalogue import Catalogue
from steelyard.domain.insight import Contradiction
from steelyard.domain.ledger import Const
from steelyard.domain.result import (
    Baseline,
    BaselineLine,
    BillLine,
    OptionResult,
    Payback,
    PlanStep,
    Receipt,
    Result,
    ServingPlan,
    Spread,
)
from steelyard.domain.study import Study
from steelyard.finance.line_means import LineMeans
from steelyard.finance.measures import irr, levelized_cost_usd_per_mtok, payback_odds, usd_per_request
from steelyard.nouns import counted
from steelyard.options.demand import Demand
from steelyard.options.failures import failure_lines
from steelyard.options.option import REQUESTS, Option
from steelyard.options.replicas import BUSY, PAID
from steelyard.risk.measures import cvar, expected_regret, p_best, spread
from steelyard.study.assumptions import assumption_rows, oldest_that_moves
from steelyard.study.engine_commands import engine_commands
from steelyard.study.failures import success_fraction
from steelyard.study.line_words import line_formulas
from steelyard.study.marginal import marginal_cost
from steelyard.study.plain_spaces import with_plain_spaces
from steelyard.study.plan_quantities import quantity_of
from steelyard.study.reference import Reference
from steelyard.study.tuning_view import tuning_view
from steelyard.units import TOKENS_PER_MTOK

__all__ = ["NOT_CONSIDERED", "Context", "assemble"]

NOT_CONSIDERED: tuple[str, ...] = ()
"""Ways to serve that are not costed yet."""
CENT_DIGITS = 2
"""Monthly amounts are printed to the cent."""


@dataclass(frozen=True)
class Context:
    """What the decision was made from."""

    study: Study
    demand: Demand
    options: Sequence[Option]
    catalogue: Catalogue
    reference: Reference
    warnings: tuple[str, ...]
    log_sha256: Mapping[str, str]
    study_sha256: str
    command: str
    contradictions: tuple[Contradiction, ...] = ()


def assemble(context: Context, decision: Decision) -> Result:
    """Return the Result of a decision.

    Parameters
    ----------
    context
        Study, traffic, options and facts.
    decision
        The decision among the options.
    """
    found, model, study, more = decision.findings, decision.model, context.study, decision.insights
    options = _option_results(context, decision)
    rows = assumption_rows(study, context.options, context.catalogue, context.reference, decision)
    today = next((i for i, o in enumerate(context.options) if o.kind == "keep_today"), None)
    alternatives = [(o, _running_cost(model, o)) for o in _worth_their_switch(found, today)]
    now = float(model.total(context.options[today])[:, 0].mean()) if today is not None else 0.0
    return with_plain_spaces(Result(
        study=study.name, as_of=context.catalogue.as_of, horizon_months=study.horizon_months,
        display_currency=study.currency,
        verdict=decision.verdict, verdict_option=found.chosen.id if found.chosen else None,
        confidence=decision.confidence, materiality_usd=found.choice.materiality_usd if found.choice else 0.0,
        reason=decision.reason, framework=decision.framework,
        baseline=Baseline(today=_baseline(model, context.options, today),
                          best_bought=_baseline(model, context.options, found.best_bought)),
        optimize_first=optimize_first(context.options[today] if today is not None else None, alternatives, now,
                                      context.demand),
        base_case=_base_case(model), fixed=_fixed(found.chosen), questions=decision.questions, options=options,
        break_even=decision.break_even,
        flips=decision.flips, regret_usd=decision.regret_usd, evpi_usd=decision.evpi_usd,
        value_of_information=more.information, convergence=more.convergence, influences=more.influences,
        gate_costs=more.gate_costs, removal=more.removal, quality_steps=more.quality_steps, advocate=more.advocate,
        cost_surface=more.surface, tradeoffs=more.tradeoffs, not_considered=NOT_CONSIDERED, assumptions=rows,
        contradictions=context.contradictions,
        oldest_figure=oldest_that_moves(rows), warnings=_warnings(context), traffic=context.demand.profile,
        receipt=Receipt(engine_version=__version__, seed=model.draws.seed, draws=model.draws.n_draws,
                        as_of=context.catalogue.as_of, study_sha256=context.study_sha256,
                        log_sha256=dict(context.log_sha256), facts_sha256=context.catalogue.sha256,
                        overlay_sha256=context.catalogue.overlay_sha256, command=context.command),
    ))  # fmt: skip


def _warnings(context: Context) -> tuple[str, ...]:
    wrong = (f"figures that do not fit: {item.sentence}" for item in context.contradictions)
    return tuple(
        dict.fromkeys((*wrong, *context.demand.profile.warnings, *context.catalogue.missing, *context.warnings))
    )


def _worth_their_switch(found: Findings, today: int | None) -> list[Option]:
    """Return the bought options that cost less than today by more than ties count, switch included; cheapest first.

    A lower bill each month that does not earn back its own switch and evaluation is no saving.
    """
    if today is None or found.choice is None:
        return []
    most = found.score[today] - found.choice.materiality_usd
    worth = [i for i, o in enumerate(found.options)
             if o.bought and o.feasible and o.tuning is None and found.score[i] < most]  # fmt: skip
    return [found.options[i] for i in sorted(worth, key=lambda i: (float(found.score[i]), found.options[i].id))]


def _running_cost(model: CostModel, option: Option) -> float:
    """Return the mean cost of month 1 without what is paid once [USD/month]."""
    groups = {line.id: line.group for line in option.ledger.lines}
    monthly = model.line_means(option).usd_per_month
    return float(sum(amounts[0] for line, amounts in monthly.items() if groups[line] != "once"))


def _baseline(model: CostModel, options: Sequence[Option], index: int | None) -> BaselineLine | None:
    if index is None:
        return None
    return BaselineLine(option=options[index].id, npv_cost_usd=spread(model.base()[:, index]),
                        usd_per_month_now=float(model.total(options[index])[:, 0].mean()))  # fmt: skip


def _fixed(chosen: Option | None) -> Mapping[str, float]:
    """Return the numbers fixed inside the chosen option's ledger, by name of the quantity."""
    quantities = chosen.ledger.quantities if chosen is not None else ()
    return {q.name: q.expression.value for q in quantities if isinstance(q.expression, Const)}


def _base_case(model: CostModel) -> Mapping[str, float]:
    """Return every input at its stated mean (first month of paths) and the costs computed from them."""
    means = model.inputs(mean=True)
    case = {name: float(array[0, 0]) for name, array in sorted(means.items())}
    for option in model.options:
        case[f"npv_cost_usd.{option.id}"] = float(model.present_value(option, means)[0])
    return case


def _option_results(context: Context, decision: Decision) -> tuple[OptionResult, ...]:
    model, found = decision.model, decision.findings
    costs = model.base()
    open_columns = [i for i, allowed in enumerate(found.feasible) if allowed]
    best = p_best(costs[:, open_columns]) if open_columns else np.zeros(0)
    regret = expected_regret(costs[:, open_columns]) if open_columns else np.zeros(0)
    today = next((i for i, o in enumerate(context.options) if o.kind == "keep_today"), None)
    results: list[OptionResult] = []
    for index, option in enumerate(context.options):
        place = open_columns.index(index) if index in open_columns else None
        saving_today = costs[:, today] - costs[:, index] if today is not None else None
        bought = found.best_bought
        saving_bought = costs[:, bought] - costs[:, index] if bought is not None else None
        results.append(
            _option_result(option, context, model).model_copy(update={
                "npv_cost_usd": spread(costs[:, index]),
                "saving_vs_today_usd": _spread(saving_today),
                "saving_vs_best_bought_usd": _spread(saving_bought),
                "p_best": float(best[place]) if place is not None else 0.0,
                "expected_regret_usd": float(regret[place]) if place is not None else None,
                "cvar90_usd": float(cvar(costs[:, index])),
                "payback": _payback(model, context.options, index, bought),
                "tuning": tuning_view(found, index, model.line_means(option), study=context.study,
                                      catalogue=context.catalogue, reference=context.reference),
            }))  # fmt: skip
    order = sorted(range(len(results)), key=lambda i: (not results[i].feasible, float(found.score[i]), results[i].id))
    return tuple(results[i] for i in order)


def _spread(values: NDArray[np.float64] | None) -> Spread | None:
    return None if values is None else spread(values)


def _payback(model: CostModel, options: Sequence[Option], index: int, bought: int | None) -> Payback | None:
    if bought is None or options[index].bought:
        return None
    saving = model.total(options[bought]) - model.total(options[index])
    odds = payback_odds(saving)
    discounted = payback_odds(saving, discount_rate_per_year=model.draws[DISCOUNT])
    rates = irr(saving.mean(axis=0))
    return Payback(prob_within_horizon=odds.prob_within_horizon, prob_by_month=tuple(odds.prob_by_month.tolist()),
                   p50_months=odds.p50_months, discounted_prob_by_month=tuple(discounted.prob_by_month.tolist()),
                   discounted_p50_months=discounted.p50_months, irr_per_year=rates.yearly,
                   irr_warning=rates.warning)  # fmt: skip


def _option_result(option: Option, context: Context, model: CostModel) -> OptionResult:
    rate = model.draws[DISCOUNT]
    total, means = model.total(option), model.line_means(option)
    requests = np.broadcast_to(model.draws[REQUESTS], total.shape)
    tokens = context.demand.profile.mean_input_tokens + context.demand.profile.mean_output_tokens
    mtok = requests * tokens / TOKENS_PER_MTOK
    success = _success(option, context, model, total.shape)
    capex = math.fsum(float(means.usd_per_month[line].sum()) for line in option.capex_lines)
    return OptionResult(
        id=option.id, label=option.label, kind=option.kind, feasible=option.feasible,
        excluded_by=tuple(g.rule for g in option.gates if g.answer == "blocked"),
        allowed_if=tuple(dict.fromkeys(g.condition for g in option.gates
                                       if g.answer in ("possible if you can show", "unknown") and g.condition)),
        cost_usd_per_month=_cents(total.mean(axis=0)),
        usd_per_request=float(usd_per_request(total, requests, rate).mean()),
        usd_per_successful_request=None if success is None else float(
            usd_per_request(total, requests * success, rate).mean()),
        levelized_cost_usd_per_mtok=float(levelized_cost_usd_per_mtok(total, mtok, rate).mean()),
        marginal=marginal_cost(model, option, tokens_per_request=tokens, success=success),
        capex_usd=round(capex, CENT_DIGITS),
        plan=_plan(option, means), slo=_slo(option), serving=_serving(option, context),
        utilization_fraction_by_month=_used(means),
        lines=_lines(option, means, line_formulas(model, option)), gates=option.gates, quality=option.quality,
        notes=option.notes,
    )  # fmt: skip


def _success(
    option: Option, context: Context, model: CostModel, shape: tuple[int, ...]
) -> NDArray[np.float64] | None:  # fmt: skip
    """Return the share of requests that succeed by draw and month; None where the study does not price failures."""
    if context.study.quality.failed_request_usd is None:
        return None
    requests, charged = np.broadcast_to(model.draws[REQUESTS], shape), np.zeros((1, 1))
    quantities = {line.id: line.quantity for line in option.ledger.lines}
    for line in failure_lines(option.ledger):
        charged = charged + quantity_of(option, quantities[line], model.draws)
    failed = requests * context.study.quality.failed_request_usd
    extra = np.divide(charged, failed, out=np.zeros(shape), where=failed > 0)
    return np.clip(success_fraction(context.catalogue, context.reference) - extra, 0.01, 1.0)


def _cents(amounts: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(round(float(x), CENT_DIGITS) for x in amounts)


def _lines(option: Option, means: LineMeans, formulas: Mapping[str, str]) -> tuple[BillLine, ...]:
    return tuple(
        BillLine(id=line.id, label=line.label, group=line.group, usd_per_month=_cents(means.usd_per_month[line.id]),
                 npv_usd=means.npv_usd[line.id], formula=formulas[line.id])
        for line in option.ledger.lines
    )  # fmt: skip


def _slo(option: Option) -> Literal["met", "not_met", "not_measured"]:
    if option.hardware is None or option.bought_in_part:
        return "not_measured"
    return "met" if option.hardware.curve.max_rps > 0 else "not_met"


def _plan(option: Option, means: LineMeans) -> tuple[PlanStep, ...]:
    """Return when machines are added, at the mean over draws; one step where nothing is held."""
    if option.hardware is None:
        return option.steps or (PlanStep(month=1, action=option.label),)
    held = means.quantities["servers" if option.hardware.server else "machines"]
    machine = option.hardware.server or option.hardware.offer
    devices = machine.devices if machine else 1
    steps: list[PlanStep] = list(option.steps)
    last = 0.0
    for month, machines in enumerate([float(round(x)) for x in held], start=1):
        if machines != last:
            action = f"hold {counted(machines, 'machine')} on average"
            steps.append(PlanStep(month=month, action=action, units=machines * devices))
            last = machines
    return tuple(sorted(steps, key=lambda step: step.month))


def _used(means: LineMeans) -> tuple[float | None, ...]:
    """Return expected use over expected capacity paid by month [1]; None in months in which nothing is paid."""
    if PAID not in means.quantities:
        return ()
    pairs = zip(means.quantities[BUSY].tolist(), means.quantities[PAID].tolist(), strict=True)
    return tuple(min(busy / paid, 1.0) if paid > 0 else None for busy, paid in pairs)


def _serving(option: Option, context: Context) -> ServingPlan | None:
    hardware = option.hardware
    if hardware is None or option.bought:
        return None
    curve, config = hardware.curve, hardware.curve.config
    goodput = curve.max_rps * (1.0 - curve.headroom)
    commands = engine_commands(config, context.catalogue.open_models[config.model], context.demand.profile, goodput)
    return ServingPlan(
        model=config.model, accelerator=config.accelerator, precision=config.weights, tp=config.parallelism.tp,
        pp=config.parallelism.pp, ep=config.parallelism.ep, gpus_per_replica=config.parallelism.devices,
        replicas_peak=hardware.peak_replicas, replicas_by_hour=hardware.replicas_by_hour,
        goodput_rps=goodput, ttft_p95_s=curve.ttft_s.p95, tpot_p95_s=curve.tpot_s.p95,
        utilization_fraction=hardware.utilization_fraction, start_command=commands.start,
        benchmark_command=commands.benchmark,
    )  # fmt: skip
