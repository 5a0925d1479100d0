"""A cascade: which cheaper models come near enough to the bar to answer first, and how much they pass on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import fsum

from steelyard.domain.catalogue import Catalogue
from steelyard.domain.claims import GateFinding
from steelyard.domain.evidence import Evidence, Figure, Grade
from steelyard.domain.quality import PairedResult
from steelyard.options.bought import Service, services_of
from steelyard.options.cascade import ESCALATED, cascade_option, own_cascade_option
from steelyard.options.demand import Demand
from steelyard.options.option import Option
from steelyard.study.overflow_plan import Part

__all__ = ["LEAST_CHANCE", "cascade_candidates", "with_escalation"]

LEAST_CHANCE = 0.30
"""Chance of being no worse below which a model is too far from the bar for the published share passed on [1]; no
source, a judgement: the routers published pair models of neighbouring tiers, and name no such chance."""
RULE = "your policy says: no worse than the reference by more than the margin"


def cascade_candidates(near: Sequence[Option], bought: Part, demand: Demand, catalogue: Catalogue) -> Iterable[Option]:
    """Yield a cascade for each cheaper model that every gate but quality lets answer first.

    A model that nobody scored answers first only where an evaluation measured what it passes on: the published share
    is that of models near the bar, and an estimate does not show that one is.

    Parameters
    ----------
    near
        Models just below the bar, bought or on own machines, with their gates answered.
    bought
        What clears it.
    demand
        Traffic.
    catalogue
        Shares passed on: of the model where an evaluation measured it, else as published.
    """
    assert bought.beyond is not None  # callers pass a bought part
    for option in near:
        if any(g.answer == "blocked" and g.gate != "quality" for g in option.gates):
            continue
        own = f"{ESCALATED}.{option.model}"
        share = own if own in catalogue.figures else ESCALATED
        if share == ESCALATED and option.model not in catalogue.quality:
            continue
        if _saves_nothing(option, bought, demand, catalogue):
            continue
        if option.card is not None:
            plan = cascade_option(option.card, bought.beyond, demand, escalated=share)
        elif option.hardware is not None:
            plan = own_cascade_option(option, bought.beyond, demand, escalated=share)
        else:
            continue
        shown = GateFinding(gate="quality", answer="possible if you can show", rule=RULE,
                            condition="your own evaluation of the cascade as a whole agrees")  # fmt: skip
        others = (g for o in (option, bought.option) for g in o.gates if g.gate != "quality")
        yield plan.with_gates(tuple(dict.fromkeys((*others, shown))),
                              f"first: {option.quality}; passed on to: {bought.option.quality}")  # fmt: skip


def _saves_nothing(first: Option, second: Part, demand: Demand, catalogue: Catalogue) -> bool:
    """Whether the first model costs no less than the second: dearer tokens, or more arithmetic on machines."""
    assert second.beyond is not None  # callers pass a bought part
    if first.card is not None:
        return _usd_per_request(services_of(first.card, demand)) >= _usd_per_request(second.beyond.services)
    mine, theirs = catalogue.open_models.get(first.model), catalogue.open_models.get(second.option.model)
    return mine is not None and theirs is not None and mine.parameters_active >= theirs.parameters_active


def _usd_per_request(services: Sequence[Service]) -> float:
    return fsum(price for service in services for price in service.usd_per_request.values())


def with_escalation(catalogue: Catalogue, results: Mapping[str, PairedResult]) -> Catalogue:
    """Return the catalogue with the share each evaluated model would pass on: of the items it answered worse.

    Parameters
    ----------
    catalogue
        Facts; own figures win.
    results
        Paired comparisons with the reference, by model.
    """
    figures = dict(catalogue.figures)
    for model, result in sorted(results.items()):
        worse = result.worse_fraction
        if worse is None:
            continue
        name = f"{ESCALATED}.{model}"
        source = (f"your own evaluation: {model} scored below {result.reference} on {worse.value:.1%} of "
                  f"{result.items:,} items; a check is taken to find them")  # fmt: skip
        figures[name] = Figure(name=name, value=worse.value, low=worse.low, high=worse.high, unit="1",
                               evidence=Evidence(source=source, as_of=catalogue.as_of, grade=Grade.USER))  # fmt: skip
    return replace(catalogue, figures=figures)
