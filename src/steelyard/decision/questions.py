"""The four questions, each with the rule of thumb and what was computed beside it."""

from steelyard.decision.explain import in_part, where
from steelyard.decision.findings import Findings
from steelyard.decision.framework import (
    PAYBACK_MONTHS,
    QUESTIONS,
    RULE_REQUESTS,
    RULE_REQUESTS_OWNING,
    RULE_SOURCE,
    RULE_USD_PER_REQUEST,
    Direction,
    Question,
)
from steelyard.decision.tuned import corpus_in_words, tuned_paths, tuning_in_words
from steelyard.domain.result import QuestionView
from steelyard.domain.study import Answer
from steelyard.nouns import counted, noun
from steelyard.printed import count, money, months, percent

__all__ = ["answer_q3", "questions"]

SURELY_FIRST = 0.5
"""Share of operating expense above which an expense must be the largest [1]."""
SURELY_NOT_FIRST = 0.1
"""Share below which we take it not to be the largest, lines unstated [1]; a convention."""


def answer_q3(found: Findings) -> tuple[Answer, bool, str]:
    """Return the answer to Q3, whether the user's own figures gave it, and the arithmetic.

    The bill is set against the largest other expense where stated, else against total operating expense; with
    neither, the framework's own volume threshold answers.
    """
    economics, yearly = found.study.economics, found.inference_usd_per_year
    other, total = economics.largest_other_expense_usd_per_year, economics.operating_expense_usd_per_year
    if other:
        words = f"{found.inference_in_words} {money(yearly)} a year, the largest other expense {money(other)}"
        return ("yes" if yearly > other else "no"), True, words
    if total:
        share = yearly / total
        words = f"{found.inference_in_words} {money(yearly)} of {money(total)} a year, {percent(share)}"
        if share > SURELY_FIRST:
            return "yes", True, words
        if share < SURELY_NOT_FIRST:
            return "no", True, words
        return "unknown", True, f"{words}; name the largest other expense to settle it"
    volume = found.demand.requests_per_month
    words = f"no expenses are stated, so the rule's own volume answers: {count(volume)} against 50 M requests a month"
    return ("yes" if volume > RULE_REQUESTS else "no"), False, words


def questions(found: Findings, q3: tuple[Answer, bool, str]) -> tuple[QuestionView, ...]:
    """Return the four questions with their findings."""
    study = found.study
    return (
        _q1(found, study.data.must_stay_on_premises),
        _q2(found, study.training_data.exclusive),
        _q3(found, q3),
        _q4(found, study.differentiator.model_is_product),
    )


def _view(
    question: Question, answer: Answer, *, stated: bool, finding: str, agrees: bool | None, evidence: tuple[str, ...],
) -> QuestionView:  # fmt: skip
    rule = {"yes": question.yes, "no": question.no, "unknown": ""}[
        answer
    ] or "The framework says nothing to this answer."
    return QuestionView(id=question.id, question=question.text, answer=answer, stated_by_user=stated,
                        rule_of_thumb=rule, rule_source=RULE_SOURCE, finding=finding, agrees_with_rule=agrees,
                        evidence=evidence)  # fmt: skip


def _q1(found: Findings, answer: Answer) -> QuestionView:
    blocked = [o for o in found.options if any(g.gate == "data" and g.answer == "blocked" for g in o.gates)]
    conditional = [o for o in found.options if any(g.gate == "data" and g.condition for g in o.gates)]
    if blocked:
        finding = (f"{len(blocked)} of {counted(len(found.options), 'option')} {noun(len(blocked), 'is', 'are')} "
                   f"blocked by {'it' if answer == 'yes' else 'the rules given'}. {_gate_cost(found)}")  # fmt: skip
    elif conditional:
        finding = (f"{counted(len(conditional), 'option is', 'options are')} possible if you can show what the "
                   "regimes that apply demand.")  # fmt: skip
    else:
        finding = "No rule given here keeps the data on your premises; no option is blocked by it."
    if found.regimes and answer == "yes":
        names = ", ".join(r.name for r in found.regimes)
        if all(r.requires_on_premises_by_law == "no" for r in found.regimes):
            finding += (f" The law that applies ({names}) does not itself demand your premises, on the evidence here; "
                        "your policy does.")  # fmt: skip
    agrees = None
    if answer == "yes" and found.chosen is not None and not _mixed(found):
        agrees = found.self_hosts
    if answer == "yes" and _mixed(found):
        finding += f" {_in_part('self_host', found)}"
    evidence = tuple(sorted({f"{g.answer}: {g.rule}" for o in found.options for g in o.gates if g.gate == "data"}))
    return _view(QUESTIONS[0], answer, stated=answer != "unknown", finding=finding, agrees=agrees, evidence=evidence)


def _gate_cost(found: Findings) -> str:
    if found.choice is None:
        return "Nothing that was costed passes."
    free = [i for i, o in enumerate(found.options)
            if all(g.answer != "blocked" or g.gate == "data" for g in o.gates)]  # fmt: skip
    best = min(free, key=lambda i: float(found.score[i]))
    extra = float(found.score[found.choice.index] - found.score[best])
    if extra <= 0:
        return "That costs nothing: the best option of all is not blocked."
    return (f"It costs {money(extra)} over {months(found.demand.horizon_months)} against the best of all "
            f"({found.options[best].label}); ask whether the sensitive part can be removed or tokenised.")  # fmt: skip


def _q2(found: Findings, answer: Answer) -> QuestionView:
    paths = tuned_paths(found)
    if answer == "yes":
        finding = f"You hold {corpus_in_words(found)} of your own. "
        passing = [path for path in paths if found.options[path.index].feasible]
        if passing:
            finding += f"{tuning_in_words(passing[0], found)} "
        elif paths:
            finding += "No way to tune passes every gate as the study stands. "
        else:
            finding += "No way to tune it could be costed. "
        finding += "No gain from tuning is assumed: state what your own evaluation finds."
    else:
        finding = "No exclusive data is stated; models as published are compared."
    evidence = tuple(tuning_in_words(path, found) for path in paths)
    return _view(QUESTIONS[1], answer, stated=answer != "unknown", finding=finding, agrees=_q2_agrees(found, answer),
                 evidence=evidence)  # fmt: skip


def _q2_agrees(found: Findings, answer: Answer) -> bool | None:
    """Whether the figures follow the rule to tune; null where nothing was tuned or chosen."""
    if answer != "yes" or found.chosen is None or not tuned_paths(found):
        return None
    return found.chosen.tuning is not None


def _q3(found: Findings, q3: tuple[Answer, bool, str]) -> QuestionView:
    answer, stated, words = q3
    volume, price = found.demand.requests_per_month, found.usd_per_request
    parts = [f"{words[0].upper()}{words[1:]}."]
    if found.break_even_requests and found.best_bought is not None:
        points = " and ".join(count(v) for v in found.break_even_requests)
        parts.append(f"Own machines and the best bought service cost the same at {points} requests a month; "
                     f"you have {count(volume)}.")  # fmt: skip
    elif found.own_best is not None and found.best_bought is not None:
        place = where(found)
        parts.append(f"{place[0].upper()}{place[1:]}.")
    if found.payback_by_18_months is not None:
        parts.append(f"Building pays back within {PAYBACK_MONTHS} months in {percent(found.payback_by_18_months)} "
                     "of draws.")  # fmt: skip
    evidence = (f"{count(volume)} requests a month", *((f"{money(price)} a request",) if price else ()))
    return _view(QUESTIONS[2], answer, stated=stated, finding=" ".join(parts), agrees=_q3_agrees(found),
                 evidence=evidence)  # fmt: skip


def _q3_agrees(found: Findings) -> bool | None:
    volume, price, odds = found.demand.requests_per_month, found.usd_per_request, found.payback_by_18_months
    if volume <= RULE_REQUESTS:
        return not found.self_hosts if found.chosen and not _mixed(found) else None
    if volume >= RULE_REQUESTS_OWNING and price is not None and price > RULE_USD_PER_REQUEST and odds is not None:
        return odds >= 1 / 2
    return None


def _mixed(found: Findings) -> bool:
    """Whether the verdict buys and runs machines, at once or one after the other: no rule is followed in full."""
    return len(found.serves) > 1


def _in_part(direction: Direction, found: Findings) -> str:
    words = in_part(direction, found)
    return f"Rule and figures agree in part: {words}."


def _q4(found: Findings, answer: Answer) -> QuestionView:
    own, bought = found.own_best_of_all, found.best_bought
    barred = bought is None
    bought = found.bought_best_of_all if barred else bought
    if own is None or bought is None:
        finding = "No self-hosted option or no bought option could be costed, so there is no ownership premium to show."
        premium = None
    else:
        premium = found.ownership_premium_usd_per_month or 0.0
        side = "beyond" if premium > 0 else "below"
        finding = (f"Owning the serving ({found.options[own].label}) costs {money(abs(premium))} a month {side} the "
                   f"best bought option ({found.options[bought].label}), in present value.")  # fmt: skip
        if barred:
            finding += " The rule on your data bars that bought option."
        elif premium > 0:
            finding += " That is what control must be worth to you each month."
    agrees: bool | None = None
    if answer != "unknown" and found.chosen is not None:
        agrees = None if _mixed(found) else found.self_hosts == (answer == "yes")
        finding += f" {_in_part('build' if answer == 'yes' else 'buy', found)}" if _mixed(found) else ""
    return _view(QUESTIONS[3], answer, stated=answer != "unknown", finding=finding, agrees=agrees, evidence=())
