"""The story of a Result: the sentences every output tells, in the order a reader needs them.

Each sentence is made from figures of the Result; nothing is computed that it lacks.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from steelyard.domain.currency import displayed
from steelyard.domain.result import Measurement, OptionResult, Result, Verdict, oldest_moving
from steelyard.nouns import counted
from steelyard.printed import count, money, percent
from steelyard.report.text import plain

__all__ = ["KIND_WORDS", "VERDICT_WORDS", "Story", "conditions_of", "headline", "label_of", "standing", "tell",
           "worth_in_words"]  # fmt: skip

KIND_WORDS: Mapping[str, str] = {
    "keep_today": "keep today",
    "buy_api": "buy API",
    "buy_hosted_open_weights": "buy hosted open weights",
    "fine_tune_managed": "fine-tune at a vendor",
    "self_host_rented": "self-host rented",
    "fine_tune_self_hosted": "fine-tune and self-host",
    "self_host_owned": "self-host owned",
    "hybrid": "hybrid",
    "staged": "staged",
    "train": "train",
}
"""Verdict name of a form -> words."""

VERDICT_WORDS: Mapping[Verdict, str] = {
    "keep_today": "Keep what runs today",
    "buy_api": "Buy: a managed API",
    "buy_hosted_open_weights": "Buy: hosted open weights",
    "fine_tune_managed": "Buy and tune: fine-tune at a vendor",
    "self_host_rented": "Build: self-host on rented GPUs",
    "fine_tune_self_hosted": "Build: fine-tune and self-host",
    "self_host_owned": "Build: self-host on owned GPUs",
    "hybrid": "Mix: two ways to serve side by side",
    "staged": "Buy now, build at a named trigger",
    "train": "Build: train an own model",
    "too_close_to_call": "Too close to call",
    "infeasible": "No option is allowed",
}
"""Verdict -> words."""

_FLIPS_TOLD = 3
_CONDITIONS_TOLD = 3
_UNLESS = " unless"


@dataclass(frozen=True, slots=True)
class Story:
    """Sentences of the first screen."""

    headline: str
    """Verdict in words."""
    option: str
    """Label of the winning option; empty where none wins."""
    confidence: str
    """How sure, and against what threshold."""
    reason: str
    """One sentence why."""
    framework_says: tuple[str, ...]
    """Rule of thumb, governing statement first."""
    figures_say: str
    """What was computed."""
    why: str
    """Why they differ, or that they agree."""
    agreement: str
    """Whether they agree, in part, or differ, in words."""
    why_lead: str
    """What the reason is headed by: why they agree, agree in part, or differ."""
    flips: tuple[str, ...]
    """What would flip it, nearest first."""
    flip_lead: str
    """How each of them begins, where all begin alike; else empty."""
    flip_points: tuple[str, ...]
    """The same without that beginning."""
    wrong: str
    """What being wrong costs."""
    oldest: str
    """Oldest figure that moves the verdict."""
    oldest_url: str | None
    """Where it was seen; None where no address is known."""
    savings: tuple[str, ...]
    """Saving against each reference line."""
    to_show: str
    """What the winner stands on and must show first, the first few; empty where nothing is asked or none wins."""
    binding: tuple[str, ...]
    """Rules that leave no option, with how many each excludes; empty where some option is allowed."""
    against: tuple[str, ...]
    """The strongest case against the verdict, from the same figures; empty where no option wins."""


def label_of(result: Result, option_id: str | None) -> str:
    """Return the words for an option, its identifier where the document does not list it."""
    if option_id is None:
        return ""
    found = next((o.label for o in result.options if o.id == option_id), option_id)
    return plain(found)


def worth_in_words(asked: Measurement) -> str:
    """Return what knowing an input is worth; where it tells of quality, that this is no part of knowing every cost."""
    said = f"worth up to {money(asked.worth_up_to_usd)}"
    return f"{said} beside the worth of knowing every cost" if asked.concerns == "quality" else said


def headline(result: Result) -> str:
    """Return the verdict in words."""
    return VERDICT_WORDS[result.verdict]


def standing(option: OptionResult) -> str:
    """Return why an option is out, what it must show, or that nothing blocks it."""
    if not option.feasible:
        return "excluded: " + (_joined(option.excluded_by) or "no rule named")
    if option.allowed_if:
        return "allowed if " + _joined(option.allowed_if)
    return "allowed"


@displayed
def tell(result: Result) -> Story:
    """Return the story of a result."""
    flips = _flips(result)
    lead, oldest = _common_lead(flips), oldest_moving(result.assumptions)
    silent = result.framework.governing == "none"
    agreement = "agree" if result.framework.agrees else "agree in part" if result.framework.in_part else "differ"
    return Story(
        headline=headline(result),
        option=label_of(result, result.verdict_option),
        confidence=_confidence(result),
        reason=plain(result.reason),
        framework_says=tuple(plain(s) for s in result.framework.says) or ("nothing: no question was answered",),
        figures_say=plain(result.framework.figures_say),
        why=plain(result.framework.why),
        agreement="The figures decide" if silent else f"Rule and figures {agreement}",
        why_lead="What decides" if silent else f"Why they {agreement}",
        flips=flips,
        flip_lead=lead,
        flip_points=tuple(flip.removeprefix(lead).strip() for flip in flips),
        wrong=_wrong(result),
        oldest=plain(result.oldest_figure or "none: no dated figure lies near a flip point"),
        oldest_url=oldest.url if oldest else None,
        savings=_savings(result),
        to_show=_to_show(result),
        binding=_binding(result),
        against=_against(result),
    )


def _confidence(result: Result) -> str:
    if result.confidence is None:
        return "no confidence is stated"
    return (f"in {percent(result.confidence)} of {count(result.receipt.draws)} draws no other option is cheaper "
            f"by more than {money(result.materiality_usd)}")  # fmt: skip


def _flips(result: Result) -> tuple[str, ...]:
    told = [plain(flip.sentence) for flip in result.flips if flip.at is not None][:_FLIPS_TOLD]
    if told:
        return tuple(told)
    return ("no input within the range searched changes the verdict",) if result.flips else ("not computed",)


def _common_lead(flips: tuple[str, ...]) -> str:
    """Return the words up to `` unless`` with which every flip sentence begins; empty where they differ."""
    leads = {flip[: flip.find(_UNLESS) + len(_UNLESS)] if _UNLESS in flip else "" for flip in flips}
    return leads.pop() if len(leads) == 1 else ""


def _wrong(result: Result) -> str:
    if result.regret_usd is None:
        return "not computed, because no option wins"
    words = f"{money(result.regret_usd)} on average, against the best choice in each draw"
    if result.evpi_usd is not None:
        words += f"; knowing every cost beforehand is worth up to {money(result.evpi_usd)}"
        if any(m.concerns == "quality" for m in result.value_of_information):
            words += " (quality is valued apart)"
    return words


def _savings(result: Result) -> tuple[str, ...]:
    option = next((o for o in result.options if o.id == result.verdict_option), None)
    if option is None:
        return ()
    pairs = ((option.saving_vs_today_usd, result.baseline.today, "today"),
             (option.saving_vs_best_bought_usd, result.baseline.best_bought, "the best bought option"))  # fmt: skip
    told: list[str] = []
    for saving, line, name in pairs:
        if saving is None or line is None or line.option == option.id:
            continue
        verb = "saves" if saving.mean >= 0 else "costs"
        told.append(f"{verb} {money(abs(saving.mean))} {'against' if saving.mean >= 0 else 'more than'} {name} "
                    f"(80 % interval {money(saving.p10)} to {money(saving.p90)})")  # fmt: skip
    return tuple(told)


def conditions_of(result: Result) -> tuple[str, ...]:
    """Return what the winner must show, without full stops; nothing where nothing is asked or none wins."""
    chosen = next((o for o in result.options if o.id == result.verdict_option), None)
    return tuple(plain(condition).rstrip(".") for condition in chosen.allowed_if) if chosen else ()


def _to_show(result: Result) -> str:
    conditions = conditions_of(result)
    told, more = "; ".join(conditions[:_CONDITIONS_TOLD]), len(conditions) - _CONDITIONS_TOLD
    return f"{told}; and {more} more in the report" if more > 0 else told


def _binding(result: Result) -> tuple[str, ...]:
    if any(o.feasible for o in result.options):
        return ()
    rules = Counter(plain(rule) for o in result.options for rule in dict.fromkeys(o.excluded_by))
    return tuple(
        f"{rule.rstrip('.')} ({n} of {counted(len(result.options), 'option')})"
        for rule, n in rules.most_common(_FLIPS_TOLD)
    )


def _against(result: Result) -> tuple[str, ...]:
    chosen = next((o for o in result.options if o.id == result.verdict_option), None)
    if chosen is None:
        return ()
    rivals = [o for o in result.options if o.feasible and o.id != chosen.id]
    told = _advocated(result) if result.advocate else [_rival(max(rivals, key=lambda o: o.p_best))] if rivals else []
    if chosen.cvar90_usd is not None and chosen.npv_cost_usd is not None:
        told.append(f"In the dearest tenth of draws the choice costs {money(chosen.cvar90_usd)}, "
                    f"against {money(chosen.npv_cost_usd.mean)} on average.")  # fmt: skip
    told += [f"It stands only if {plain(condition).rstrip('.')}." for condition in chosen.allowed_if]
    if result.value_of_information:
        unknown = result.value_of_information[0]
        told.append(f"Not known well: {plain(unknown.input)}; knowing it is {worth_in_words(unknown)}.")
    if result.not_considered:
        told.append(f"Not costed here: {'; '.join(_words_of(kind) for kind in result.not_considered)}.")
    return tuple(told)


def _advocated(result: Result) -> list[str]:
    """Return the runner-up's case: what it costs more, its arguments, and what is different where it wins."""
    advocate = result.advocate
    assert advocate is not None  # asked only where there is one
    label = label_of(result, advocate.option)
    told = [f"The runner-up, {label}, costs {money(advocate.extra_usd)} more on average."]
    told += [plain(argument) for argument in advocate.arguments]
    if advocate.beliefs:
        told.append(f"It wins where {'; '.join(plain(belief) for belief in advocate.beliefs)}.")
    return told


def _rival(option: OptionResult) -> str:
    words = f"{plain(option.label)} is the cheapest in {percent(option.p_best)} of draws"
    saving = option.saving_vs_best_bought_usd
    if saving is not None and saving.p90 > 0:
        words += f", and in the best tenth saves at least {money(saving.p90)} against the best bought option"
    return words + "."


def _words_of(kind: str) -> str:
    return KIND_WORDS.get(kind, plain(kind))


def _joined(parts: tuple[str, ...]) -> str:
    return "; ".join(plain(part).rstrip(".") for part in parts)
