"""Why this verdict, in sentences that carry the figures they rest on."""

from collections.abc import Sequence
from typing import Literal

from steelyard.decision.break_even import SWEEP
from steelyard.decision.findings import Findings, Serves
from steelyard.decision.framework import (
    PAYBACK_MONTHS,
    RULE_REQUESTS_OWNING,
    RULE_USD_PER_REQUEST,
    Direction,
    FrameworkSays,
)
from steelyard.decision.sensitivity import FlipPoint, InputGroup
from steelyard.decision.words import doing, in_a_sentence, is_plural
from steelyard.domain.result import Flip, FrameworkView
from steelyard.options.option import REQUESTS, Option
from steelyard.options.overflow import SERVED_SHARE
from steelyard.options.staged import BOUNDARY
from steelyard.printed import count, money, months, percent, quantity, span

__all__ = ["flip_row", "framework_view", "in_part", "nearest_first", "reason", "where"]

FITTED = frozenset({SERVED_SHARE, BOUNDARY})
"""Quantities of a plan whose orders or trigger were fitted on draws of the inputs as expected."""
PRICES = "price_factor."
"""Begins the inputs that a trigger on price watches."""
_TUNED = ("fine_tune_managed", "fine_tune_self_hosted", "train")


def reason(found: Findings) -> str:
    """Return one sentence: what wins, at what cost, against what."""
    chosen, choice = found.chosen, found.choice
    if chosen is None or choice is None:
        rules = sorted({g.rule for o in found.options for g in o.gates if g.answer == "blocked"})
        if not found.options:
            return "No option could be costed with what is known on this day; the warnings say what is missing."
        return f"No option passes every gate; binding: {'; '.join(rules)}."
    cost = float(found.score[choice.index])
    words = f"{chosen.label}: {money(cost)} over {months(found.demand.horizon_months)} in present value"
    others = [i for i in range(len(found.options)) if found.feasible[i] and i != choice.index]
    if not others:
        return f"{words}; nothing else passes every gate."
    rival = min(others, key=lambda i: (float(found.score[i]), found.options[i].id))
    gap = float(found.score[rival]) - cost
    name = doing(found.options[rival].label)
    if choice.index != choice.least:
        extra = cost - float(found.score[choice.least])
        return (f"{words}; {money(extra)} more than {doing(found.options[choice.least].label)}, within the "
                f"{money(choice.materiality_usd)} that counts as a tie, and simpler.")  # fmt: skip
    return f"{words}, {money(gap)} less than {name}."


Agreement = Literal["agrees", "in_part", "differs"]
_BOTH = frozenset[Serves](("bought", "machines"))


def _points_to(direction: Direction, found: Findings) -> Agreement | None:
    """Return whether the verdict goes where the framework points; None where it does not point."""
    chosen = found.chosen
    if chosen is None or direction == "none":
        return None
    if direction == "fine_tune":
        return "agrees" if chosen.kind in _TUNED else "differs"
    mixed = found.serves == _BOTH
    if direction == "model_the_economics":
        return "agrees" if _rule_on_owning_holds(found) is not False else "in_part" if mixed else "differs"
    wanted: Serves = "bought" if direction == "buy" else "machines"
    return "in_part" if mixed else "agrees" if wanted in found.serves else "differs"


def _rule_on_owning_holds(found: Findings) -> bool | None:
    """Whether owning pays back within 18 months as the rule expects; None below the volume and price it names."""
    price, odds = found.usd_per_request, found.payback_by_18_months
    if found.demand.requests_per_month < RULE_REQUESTS_OWNING or price is None or price <= RULE_USD_PER_REQUEST:
        return None
    return odds is not None and odds >= 1 / 2


def figures_say(found: Findings) -> str:
    """Return what the computation says, without the arithmetic."""
    chosen = found.chosen
    if chosen is None:
        return "Nothing that was costed passes every gate."
    own, bought = found.own_best_of_all, found.best_bought
    words = f"{chosen.label}."
    if own is not None and bought is not None:
        extra = float(found.score[own] - found.score[bought])
        side = "more" if extra > 0 else "less"
        words += (f" The best own machines ({doing(found.options[own].label)}) cost {money(abs(extra))} {side} "
                  "than the best bought service over the horizon.")  # fmt: skip
    return words


def framework_view(says: FrameworkSays, found: Findings) -> FrameworkView:
    """Return the rule of thumb, the figures, and why they differ."""
    direction = says.direction
    agreement = _points_to(direction, found)
    texts = tuple(f"{s.question.upper()} {s.answer}: {s.text}" for s in says.statements)
    return FrameworkView(
        says=texts or ("Nothing: no answer given here makes it speak.",),
        governing=says.governing.question if says.governing else "none",
        figures_say=figures_say(found),
        why=_why(direction, found, agreement),
        agrees=agreement in ("agrees", None) and found.chosen is not None,
        in_part=agreement == "in_part",
    )


def where(found: Findings) -> str:
    """Return where this workload lies against its break-even, in words."""
    volume, breaks = count(found.demand.requests_per_month), found.break_even_requests
    if found.best_bought is None or found.own_best_of_all is None:
        side = "bought" if found.best_bought is None else "self-hosted"
        return (
            f"no {side} option passes the gates, so there is no break-even to weigh; you have {volume} requests a month"
        )
    if breaks:
        points = " and ".join(count(b) for b in breaks)
        return f"this workload's break-even lies at {points} requests a month and you have {volume}"
    most = count(found.demand.requests_per_month * float(SWEEP[-1]))
    dearer = float(found.score[found.own_best_of_all]) > float(found.score[found.best_bought])
    words = (
        f"own machines{_bridged(found)} cost more than the best bought service"
        if dearer
        else "own machines cost less than bought service"
    )
    return f"{words} at every volume up to {most} requests a month; you have {volume}"


def _bridged(found: Findings) -> str:
    """Name what serves until own machines do, where that is what runs today: its bill grows with the volume too."""
    own = found.options[found.own_best_of_all] if found.own_best_of_all is not None else None
    if own is None or own.interim_model is None or found.study.today is None:
        return ""
    return f", with {own.interim_model.split('/')[-1]} until they are live,"


def _why(direction: Direction, found: Findings, agreement: Agreement | None) -> str:
    at = where(found)
    if found.chosen is None:
        return "Nothing passes every gate, so the rule cannot be followed as the study stands."
    if agreement is None:
        return f"The framework does not point anywhere on these answers; the figures decide: {at}."
    if agreement == "agrees" and direction == "model_the_economics":
        return f"The rule says to model the economics; modelled, {at}."
    if agreement == "in_part":
        return f"They agree in part: {in_part(direction, found)}; {at}."
    if agreement == "agrees":
        return f"They agree: {at}."
    return f"They differ because {_difference(direction, found)} {at}."


def in_part(direction: Direction, found: Findings) -> str:
    """Return what a verdict of both kinds follows of the rule, and what it does not.

    Parameters
    ----------
    direction
        Where the rule points.
    found
        A verdict that buys and runs machines, at once or one after the other.
    """
    says = {"buy": "to buy", "model_the_economics": "that owning pays by now"}.get(direction, "to build")
    if found.chosen is not None and found.chosen.kind == "staged":
        return f"the rule says {says}; the figures buy now and build once the trigger fires"
    return f"the rule says {says}; the figures run part of the traffic on own machines and buy the rest"


def _difference(direction: Direction, found: Findings) -> str:
    """Return what parts rule and figures, up to where the workload lies."""
    if direction == "model_the_economics":
        odds = percent(found.payback_by_18_months or 0.0)
        return (f"the rule expects owning to pay back within {PAYBACK_MONTHS} months at this volume and price, and "
                f"here it does in {odds} of draws:")  # fmt: skip
    if direction == "fine_tune":
        return ("the rule looks at the data alone; no gain from tuning is assumed before you evaluate one, and without "
                "one tuning only adds to the cost:")  # fmt: skip
    return "the rule looks at the answer alone and the figures at this traffic:"


def flip_row(point: FlipPoint, found: Findings) -> Flip:
    """Return a flip point as the document shows it, with the sentence a manager repeats."""
    group = point.group
    chosen = found.chosen
    wins = doing(chosen.label) if chosen else "nothing"
    wins = wins[0].upper() + wins[1:]
    if point.factor is None or point.winner is None:
        sentence = f"{wins} wins at every {in_a_sentence(group.name)} that could be believed."
        return Flip(input=group.name, unit=group.unit, from_=group.expected, at=None, to_option=None,
                    distance_in_sd=None, sentence=sentence, checked=False, low_usd=point.margin_low_usd,
                    high_usd=point.margin_high_usd)  # fmt: skip
    at = group.expected * point.factor
    name = in_a_sentence(group.name)
    verb, where = ("exceed", "") if point.factor > 1 else ("fall", " below")
    side = f"{verb}{'' if is_plural(name) else 's'}{where}"
    other = found.options[point.winner]
    there = "Beyond" if point.factor > 1 else "Below"
    sentence = (f"{wins} wins unless {name} {side} {quantity(at, group.unit)}; "
                f"{_expected(group)}. {there} that, {doing(other.label)} does.")  # fmt: skip
    if not group.low_factor <= point.factor <= group.high_factor:
        sentence += _not_refitted(group, [option for option in (chosen, other) if option is not None])
    return Flip(input=group.name, unit=group.unit, from_=group.expected, at=at, to_option=other.id,
                distance_in_sd=point.distance_in_sd, sentence=sentence, checked=point.checked,
                low_usd=point.margin_low_usd, high_usd=point.margin_high_usd)  # fmt: skip


def _expected(group: InputGroup) -> str:
    """Return what is expected of an input; of the volume what there is now and how far its growth may carry it.

    The volume's spread is that of its mean over the horizon, told at today's volume: no reader stated that interval.
    """
    low, high = group.expected * group.low_factor, group.expected * group.high_factor
    if group.members != (REQUESTS,):
        return f"you expect {span(low, high, group.unit)}"
    doubt = f"{count(low)} to {count(high)}"
    if count(low) == count(high):
        return f"you have {count(group.expected)}"
    return f"you have {count(group.expected)}, and doubt about it and its growth spans {doubt}"


def _not_refitted(group: InputGroup, options: Sequence[Option]) -> str:
    """Return that a plan keeps the orders or trigger fitted to what is expected, where the input moved steers them."""
    steers = any(name == REQUESTS or name.startswith(PRICES) for name in group.members)
    if not steers or not any({q.name for q in option.ledger.quantities} & FITTED for option in options):
        return ""
    return " A plan keeps what was fitted to the values you expect: so far off, its cost is an upper bound."


def nearest_first(flips: Sequence[Flip]) -> tuple[Flip, ...]:
    """Return flip points by distance, those without one last."""
    return tuple(sorted(flips, key=lambda f: (f.distance_in_sd is None, f.distance_in_sd or 0.0, f.input)))
