"""The decision itself: options on common draws in, verdict with everything that explains it out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from steelyard.decision.break_even import break_even_row, break_even_volumes, confirmed_volumes, counts
from steelyard.decision.break_even_rows import break_even_date, break_even_price, break_even_tokens
from steelyard.decision.cost_model import DISCOUNT, CostModel
from steelyard.decision.explain import flip_row, framework_view, nearest_first, reason
from steelyard.decision.findings import BOUGHT_KINDS, SELF_HOSTED_KINDS, Findings
from steelyard.decision.flip_check import Priced, check_flip
from steelyard.decision.framework import PAYBACK_MONTHS, framework
from steelyard.decision.insights import Insights, Searched, insights_of
from steelyard.decision.questions import answer_q3, questions
from steelyard.decision.sensitivity import FlipPoint, InputGroup, Score, find_flip, input_groups
from steelyard.decision.verdict import Choice, choose
from steelyard.domain.claims import Regime
from steelyard.domain.draws import Draws
from steelyard.domain.result import BreakEven, Flip, FrameworkView, Measurement, QuestionView, Verdict
from steelyard.domain.study import Study
from steelyard.finance.measures import payback_odds
from steelyard.options.demand import Demand
from steelyard.options.option import REQUESTS, Option
from steelyard.risk.measures import confidence, cvar, evpi, expected_regret
from steelyard.risk.representatives import calibrated_weights

__all__ = ["Decision", "decide_options"]

SEARCH_DRAWS = 256
"""Draws used while searching for flips and crossings; the verdict itself uses all."""
TAIL = 0.90
"""Quantile beyond which costs are averaged when the study asks for ``cvar_90`` [1]."""
PROGRESS = Callable[[str], None]


@dataclass(frozen=True)
class Decision:
    """Everything decided, before it is laid out for the reader."""

    findings: Findings
    model: CostModel
    verdict: Verdict
    confidence: float | None
    reason: str
    framework: FrameworkView
    questions: tuple[QuestionView, ...]
    flips: tuple[Flip, ...]
    break_even: tuple[BreakEven, ...]
    regret_usd: float | None
    evpi_usd: float | None
    insights: Insights
    """What stands beside the verdict."""
    groups: tuple[InputGroup, ...]
    """Inputs that were moved, those of one kind together."""
    moving_inputs: frozenset[str]
    """Inputs of which some value in the range searched flips the verdict."""
    draws_evaluated: int
    """Draws on which some option was evaluated, each evaluation counted: what the decision took."""


def decide_options(
    study: Study, demand: Demand, options: Sequence[Option], draws: Draws, *, names: Mapping[str, tuple[str, str]],
    costs_of_measuring: Mapping[str, float], regimes: Sequence[Regime] = (), as_of: date | None = None,
    progress: PROGRESS = lambda _: None,
) -> Decision:  # fmt: skip
    """Return the decision among options on common draws.

    Parameters
    ----------
    study
        Constraints and risk attitude.
    demand
        Traffic.
    options
        Options with their gates answered.
    draws
        Common random numbers; hold every input of every ledger and the discount rate.
    names
        Label and unit by input.
    costs_of_measuring
        Figure name to its value [USD].
    regimes
        Regimes that apply.
    as_of
        Day on which month 1 begins, for dates in words.
    progress
        Told what is being done.
    """
    model = CostModel(options, draws)
    score = _score(study)
    progress("pricing every option on every draw")
    for option in options:
        model.line_means(option)  # its totals are those of the base costs: each option is evaluated once for both
    costs = model.base()
    thin = model.thinned(SEARCH_DRAWS)
    found = _findings(study, demand, model, costs, score, regimes)
    contenders = _contenders(found)
    thin_score = _score_of_few(study, thin, costs, contenders)
    volume = demand.requests_per_month
    near = break_even_volumes(thin, volume, score=thin_score)
    found = replace(
        found, break_even_requests=confirmed_volumes(model, thin, volume, near, score=score, few=thin_score)
    )
    progress("searching for flip points")
    choice = found.choice
    groups = input_groups(draws, [n for o in options for n in (*o.ledger.inputs, DISCOUNT)], names,
                          leading={n for i in contenders for n in options[i].ledger.inputs},
                          today={REQUESTS: demand.requests_per_month})  # fmt: skip
    points = _flips(thin, model, groups, found, thin_score, score)
    open_columns = [i for i, allowed in enumerate(found.feasible) if allowed]
    progress("asking what the other side would say")
    insights = insights_of(found, model, Searched(thin, thin_score, groups, points), score=score,
                           usd_of=costs_of_measuring, names=names)  # fmt: skip
    sure = _confidence(costs, choice, open_columns)
    verdict = _verdict(found, insights.information)
    sentence = reason(found)
    q3 = answer_q3(found)
    says = framework(study.data.must_stay_on_premises, study.training_data.exclusive, q3[0],
                     study.differentiator.model_is_product)  # fmt: skip
    regret = expected_regret(costs[:, open_columns]) if choice else None
    return Decision(
        findings=found, model=model, verdict=verdict, confidence=sure, reason=sentence,
        framework=framework_view(says, found), questions=questions(found, q3),
        flips=nearest_first([flip_row(point, found) for point in points]),
        break_even=_break_even(model, thin, found, thin_score, as_of),
        regret_usd=float(regret[open_columns.index(choice.index)]) if choice and regret is not None else None,
        evpi_usd=evpi(costs[:, open_columns]) if choice else None,
        insights=insights, groups=groups,
        moving_inputs=frozenset(m for p in points if p.factor is not None for m in p.group.members),
        draws_evaluated=sum(m.evaluations * m.draws.n_draws for m in (model, thin)),
    )  # fmt: skip


def _score(study: Study) -> Score:
    if study.risk == "cvar_90":
        return lambda costs: cvar(costs, TAIL)
    return lambda costs: costs.mean(axis=0)


def _contenders(found: Findings) -> list[int]:
    """Return the columns of options that could be chosen or are compared with: an option dearer everywhere is none."""
    named = {found.choice.index if found.choice else None, found.best_bought, found.bought_best_of_all, found.own_best,
             found.own_best_of_all, found.reference_line}  # fmt: skip
    allowed = [i for i, feasible in enumerate(found.feasible) if feasible]
    won: set[int] = {allowed[int(i)] for i in np.argmin(found.costs[:, allowed], axis=1).tolist()} if allowed else set()
    return sorted({index for index in named if index is not None} | won)


def _score_of_few(
    study: Study, thin: CostModel, costs: NDArray[np.float64], contenders: Sequence[int]
) -> Score:  # fmt: skip
    """Return what is minimised on few draws: weighted so that each contender's mean there is that over all draws."""
    if study.risk == "cvar_90" or not costs.size:
        return _score(study)
    few = thin.draws.n_draws
    weights = calibrated_weights(thin.base()[:, contenders], np.full(few, 1.0 / few),
                                 costs[:, contenders].mean(axis=0))  # fmt: skip
    return lambda costs: weights @ costs


def _confidence(costs: NDArray[np.float64], choice: Choice | None, columns: Sequence[int]) -> float | None:
    if choice is None:
        return None
    return confidence(costs[:, columns], columns.index(choice.index), choice.materiality_usd)


def _least(score: NDArray[np.float64], options: Sequence[Option], keep: Callable[[Option], bool]) -> int | None:
    columns = [i for i, option in enumerate(options) if keep(option)]
    return min(columns, key=lambda i: (float(score[i]), options[i].id), default=None)


def _findings(
    study: Study, demand: Demand, model: CostModel, costs: NDArray[np.float64], score: Score, regimes: Sequence[Regime],
) -> Findings:  # fmt: skip
    options, draws = model.options, model.draws
    scores = score(costs)
    choice = choose(scores, [o.kind for o in options], [o.id for o in options], [o.feasible for o in options])
    bought = _least(scores, options, lambda o: o.feasible and o.kind in BOUGHT_KINDS and o.bought)
    free = _least(scores, options, lambda o: o.kind in BOUGHT_KINDS and o.bought and counts(o))
    own = _least(scores, options, lambda o: o.feasible and o.kind in SELF_HOSTED_KINDS)
    anyhow = _least(scores, options, lambda o: o.kind in SELF_HOSTED_KINDS and counts(o))
    today = next((o for o in options if o.kind == "keep_today"), None)
    line = today if today is not None else options[bought] if bought is not None else None
    month_one = None if line is None else float(
        (model.total(line)[:, 0] if today is not None else model.first_month(line)).mean())  # fmt: skip
    requests = float(draws.means[REQUESTS][0, 0])
    odds = None
    if anyhow is not None and bought is not None and demand.horizon_months >= PAYBACK_MONTHS:
        saving = model.total(options[bought]) - model.total(options[anyhow])
        odds = float(payback_odds(saving).prob_by_month[PAYBACK_MONTHS - 1])
    return Findings(
        study, demand, options, draws, costs, scores, choice, bought, free, own, anyhow,
        month_one if today is not None else None, month_one / requests if month_one is not None else None,
        odds, tuple(regimes), (),
    )  # fmt: skip


def _break_even(
    model: CostModel, thin: CostModel, found: Findings, score: Score, as_of: date | None
) -> tuple[BreakEven, ...]:  # fmt: skip
    """Return where own and bought cost the same: in volume, price, tokens per request and time."""
    own = found.own_best if found.own_best is not None else found.own_best_of_all
    if found.best_bought is None or own is None:
        return ()
    pair = (found.options[found.best_bought].id, found.options[own].id)
    base = found.demand.requests_per_month
    rows = (
        break_even_row(thin, base, found.break_even_requests, pair, score=score),
        break_even_price(thin, found.options[found.best_bought], pair, score=score),
        break_even_tokens(thin, found.demand, pair, score=score),
        break_even_date(model, found.best_bought, own, pair, as_of=as_of),
    )
    return tuple(row for row in rows if row is not None)


def _flips(
    thin: CostModel, full: CostModel, groups: Sequence[InputGroup], found: Findings, few: Score, every: Score,
) -> list[FlipPoint]:  # fmt: skip
    """Return the flip point of every input that matters: searched on few draws, checked from both sides on all."""
    choice = found.choice
    if choice is None:
        return []
    used = {name for i, o in enumerate(full.options) if found.feasible[i] for name in (*o.ledger.inputs, DISCOUNT)}
    points = [find_flip(thin, group, choice.index, found.feasible, score=few)
              for group in groups if used.intersection(group.members)]  # fmt: skip
    return [check_flip(point, Priced(thin, few), Priced(full, every), chosen=choice.index, feasible=found.feasible)
            for point in points]  # fmt: skip


def _verdict(found: Findings, information: Sequence[Measurement]) -> Verdict:
    """Return the form that wins; too close only if options tie and a measurement is worth more than the threshold."""
    choice, chosen = found.choice, found.chosen
    if choice is None or chosen is None:
        return "infeasible"
    worth = max((row.net_worth_usd for row in information if row.net_worth_usd is not None), default=0.0)
    if len(choice.tied) > 1 and worth > choice.materiality_usd:
        return "too_close_to_call"
    return chosen.kind
