"""From a study to a Result: read the traffic, build the options, draw, decide, lay out."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from steelyard.decision.decide import decide_options
from steelyard.decision.gates import gate_findings
from steelyard.decision.information import EVALUATION, SALARY
from steelyard.decision.regimes import resolve_regimes
from steelyard.decision.sanity import contradictions
from steelyard.domain.catalogue import Catalogue
from steelyard.domain.claims import Regime
from steelyard.domain.currency import shown_in
from steelyard.domain.result import Result
from steelyard.domain.study import SelfHostedToday, Study, TodayApi
from steelyard.domain.workings import Workings
from steelyard.errors import StudyError
from steelyard.facts import load_catalogue
from steelyard.facts.token_ratios import with_token_ratios
from steelyard.options.bought import Service
from steelyard.options.demand import Demand, demand_from
from steelyard.options.option import Option
from steelyard.study.assemble import Context, assemble
from steelyard.study.calibration import calibration_of, own_notes
from steelyard.study.candidates import Candidates, build_options
from steelyard.study.cascade_plan import with_escalation
from steelyard.study.class_options import check_class_options, class_findings, named_by_classes
from steelyard.study.class_plans import ClassShop, near_on_machines, splits_by_class
from steelyard.study.compiled_code import COMPILING, is_compiled, keep_compiled_code
from steelyard.study.derived_volume import with_volume
from steelyard.study.evaluations import own_evaluation, with_own_figures
from steelyard.study.failures import charged_for_failures, with_failure_figures
from steelyard.study.inputs import draw_inputs, input_names
from steelyard.study.logged_models import logged_model
from steelyard.study.names import name_faults
from steelyard.study.obligations import obliged
from steelyard.study.plans import plan_options, settled
from steelyard.study.reference import Reference, model_id, resolve_reference, screen_model
from steelyard.study.resolved import resolved_study
from steelyard.study.today_card import today_card, with_card
from steelyard.study.traffic import Traffic, read_traffic, today_services
from steelyard.study.tuned_options import Workshop, tuned_options
from steelyard.study.tuned_quality import tuned_screen
from steelyard.study.tuned_serving import Serving
from steelyard.study.workings import workings_of

if TYPE_CHECKING:
    from steelyard.ingest.classes import TrafficPart

__all__ = ["DEFAULT_DRAWS", "Outcome", "decide", "decide_in_full"]

DEFAULT_DRAWS = 8_192
"""Draws of a decision unless asked otherwise; a power of two keeps every stratum filled."""
MEASURING = "measurement."
"""Begins the names of figures that say what a measurement takes."""
Progress = Callable[[str], None]


class Outcome(NamedTuple):
    """A decision with its working papers."""

    result: Result
    """What every face shows."""
    workings: Workings
    """What a page or a workbook needs to compute it again."""


def decide(
    study: Study, *, base_folder: Path, seed: int, as_of: date, draws: int | None = None,
    overlays: Sequence[Path] = (), progress: Progress | None = None,
) -> Result:  # fmt: skip
    """Return the decision for a study; see :func:`decide_in_full`."""
    return decide_in_full(study, base_folder=base_folder, seed=seed, as_of=as_of, draws=draws, overlays=overlays,
                          progress=progress).result  # fmt: skip


def decide_in_full(
    study: Study, *, base_folder: Path, seed: int, as_of: date, draws: int | None = None,
    overlays: Sequence[Path] = (), progress: Progress | None = None,
) -> Outcome:  # fmt: skip
    """Return the decision for a study, with its working papers.

    Parameters
    ----------
    study
        The study.
    base_folder
        Folder its log paths are relative to.
    seed
        Seed of every draw.
    as_of
        Date of the facts; nothing published later is used.
    draws
        Number of draws; 8,192 by default.
    overlays
        Folders with the organisation's own figures; they win over the catalogue.
    progress
        Told, in words, what is being done.

    Raises
    ------
    InputError
        If the study, its log or the facts cannot be used; every fault is in it.
    """
    with shown_in(study.currency):
        return _decided(study, base_folder, seed=seed, as_of=as_of, draws=draws, overlays=overlays,
                        say=progress or _silent)  # fmt: skip


def _decided(
    study: Study, base_folder: Path, *, seed: int, as_of: date, draws: int | None, overlays: Sequence[Path],
    say: Progress,
) -> Outcome:  # fmt: skip
    say("loading facts")
    catalogue = load_catalogue(as_of, overlays)
    study = _named(study, catalogue)
    check_class_options(study, catalogue)
    study, derived = with_volume(study, catalogue)
    traffic = read_traffic(study, base_folder, catalogue, say)
    study = traffic.study_as_measured(study)
    card = today_card(study, catalogue)
    catalogue = with_card(catalogue, card)
    demand = _demand(study, traffic, catalogue, card.model if card else None)
    reference = resolve_reference(study, catalogue, _today_model(study, card.model if card else None, catalogue))
    own = own_evaluation(study, base_folder, catalogue, reference)
    reference = replace(reference, own=own.results)
    catalogue = with_token_ratios(catalogue, demand.measured_on)
    catalogue = with_own_figures(catalogue, own, reference, measured_on=demand.measured_on)
    catalogue = with_escalation(with_failure_figures(study, catalogue, reference), own.results)
    services, warnings = today_services(study, demand, catalogue, card)
    wrong = contradictions(study, demand, catalogue, list_usd_per_request=_list_prices(services))
    for item in wrong:
        say(f"figures that do not fit: {item.sentence}")
    keep_compiled_code()
    say("sizing machines and pricing sellers" if is_compiled() else COMPILING)
    candidates = build_options(study, demand, catalogue, reference, services, calibration_of(catalogue))
    regimes, unknown = resolve_regimes(study, catalogue)
    options, near, not_tuned = _gated_options(study, demand, catalogue, reference, regimes, traffic.parts, candidates)
    shop = ClassShop(study, demand, catalogue, calibration_of(catalogue), traffic.parts, services,
                     lambda o, seen: _gated(o, study, seen, catalogue, reference, regimes, traffic.parts),
                     seed)  # fmt: skip
    options = _mixes(shop, options, near)
    say("drawing inputs")
    drawn = draw_inputs(study, demand, options, catalogue, seed=seed, n_draws=draws or DEFAULT_DRAWS)
    options = settled(options, drawn)
    names = input_names(options)
    decision = decide_options(study, demand, options, drawn, names=names,
                              costs_of_measuring=_costs_of_measuring(study, catalogue), regimes=regimes, as_of=as_of,
                              progress=say)  # fmt: skip
    notes = [*derived, *warnings, *_bar_warnings(reference), *own_notes(catalogue), *own.warnings, *candidates.notes,
             *not_tuned, *_regime_warnings(unknown, study)]  # fmt: skip
    result = assemble(
        Context(study, demand, options, catalogue, reference, tuple(notes), {**traffic.sha256, **own.sha256},
                hashlib.sha256(study.text.encode()).hexdigest(), f"steelyard decide {study.where} --seed {seed} "
                f"--as-of {as_of.isoformat()}", wrong),
        decision,
    )  # fmt: skip
    return Outcome(result, workings_of(decision, names, catalogue))


def _named(study: Study, catalogue: Catalogue) -> Study:
    """Return the study in the catalogue's own names; raise with every name that nobody knows."""
    faults = name_faults(study, catalogue)
    if faults:
        raise StudyError(faults)
    return resolved_study(study, catalogue)


def _bar_warnings(reference: Reference) -> list[str]:
    return [reference.reason] if reference.stands_in else []


def _costs_of_measuring(study: Study, catalogue: Catalogue) -> Mapping[str, float]:
    """Return what measurements take, by figure: of the catalogue, an engineer's year as the study states it [USD]."""
    wanted = {name: figure.value for name, figure in catalogue.figures.items()
              if name.startswith(MEASURING) or name == EVALUATION}  # fmt: skip
    return wanted | {SALARY: study.team.loaded_usd_per_year.p50}


def _silent(_: str) -> None:
    pass


def _list_prices(services: Sequence[Service]) -> Mapping[str, float]:
    """Return what a request costs today at list price by token class, over all models in use [USD/request]."""
    prices: dict[str, float] = {}
    for service in services:
        for name, price in service.usd_per_request.items():
            prices[name] = prices.get(name, 0.0) + price
    return prices


def _demand(study: Study, traffic: Traffic, catalogue: Catalogue, today: str | None) -> Demand:
    seller = study.today.provider if isinstance(study.today, TodayApi) else None
    logged = [logged_model(catalogue, m.model, seller=seller) for m in traffic.profile.models]
    known = tuple(dict.fromkeys(m for m in logged if m))
    measured = known[0] if known else _today_model(study, today, catalogue)
    return demand_from(study, traffic.profile, measured_on=measured, measured_models=known)


def _today_model(study: Study, bought: str | None, catalogue: Catalogue) -> str | None:
    if isinstance(study.today, SelfHostedToday):
        return model_id(catalogue, study.today.model)
    return bought


def _mixes(shop: ClassShop, options: Sequence[Option], near: Sequence[Option]) -> list[Option]:
    """Return the options with splits by class and plans, each with what it owes for what runs today."""
    study, demand, catalogue = shop.study, shop.demand, shop.catalogue
    splits = splits_by_class(shop, options)
    first = [*near, *near_on_machines(shop, near, options)]
    plans = plan_options(study, demand, options, catalogue, today=shop.today, near=first, seed=shop.seed)
    return [obliged(option, study, demand, catalogue) for option in (*options, *splits, *plans)]


def _gated_options(
    study: Study, demand: Demand, catalogue: Catalogue, reference: Reference, regimes: Sequence[Regime],
    parts: "Mapping[str, TrafficPart]", candidates: Candidates,
) -> tuple[list[Option], list[Option], tuple[str, ...]]:  # fmt: skip
    """Return every option with its gates answered, tuned ones last, those near the bar, and what is not offered."""
    served = (*candidates.options, *named_by_classes(study, demand, candidates.options, catalogue))
    options = [_gated(o, study, demand, catalogue, reference, regimes, parts) for o in served]
    tuned = tuned_options(_workshop(study, demand, catalogue, candidates, options))
    options += [_gated(o, study, demand, catalogue, reference, regimes, parts) for o in tuned.options]
    near = [_gated(o, study, demand, catalogue, reference, regimes, parts) for o in candidates.near]
    below = [_gated(o, study, demand, catalogue, reference, regimes, parts) for o in candidates.below]
    return [*options, *_prices_the_bar(below, options)], near, tuned.notes


def _prices_the_bar(below: Sequence[Option], options: Sequence[Option]) -> list[Option]:
    """Return the cheapest option below the bar that nothing but quality rules out, where it is not there yet."""
    there = {option.id for option in options}
    only = [o for o in below if {g.gate for g in o.gates if g.answer == "blocked"} == {"quality"}
            and o.chance_no_worse is not None]  # fmt: skip
    return [option for option in only[:1] if option.id not in there]


def _gated(
    option: Option, study: Study, demand: Demand, catalogue: Catalogue, reference: Reference, regimes: Sequence[Regime],
    parts: "Mapping[str, TrafficPart]",
) -> Option:  # fmt: skip
    weights = option.hardware.curve.config.weights if option.hardware and option.kind != "keep_today" else None
    answer = screen_model(study, catalogue, reference, option.model, weights=weights)
    if option.tuning is not None:
        answer = tuned_screen(option.tuning, answer, study, catalogue, reference)
    option = charged_for_failures(option, study, demand, catalogue)
    gates = gate_findings(option, study, demand, catalogue, screen=answer, regimes=regimes)
    return option.with_gates((*gates, *class_findings(option, study, parts, catalogue)), answer.words,
                             chance_no_worse=answer.least_chance,
                             evaluated=answer.own is not None and answer.own.answer != "not established")  # fmt: skip


def _workshop(
    study: Study, demand: Demand, catalogue: Catalogue, candidates: Candidates, options: Sequence[Option]
) -> Workshop:  # fmt: skip
    own = [o for o in options if o.hardware is not None and o.kind != "keep_today" and not o.bought]
    serving = Serving(study, demand, catalogue, calibration_of(catalogue), candidates.interim, own)
    return Workshop(study, demand, catalogue, serving.cheapest)


def _regime_warnings(unknown: Sequence[str], study: Study) -> list[str]:
    return [f"no evidence here on the regime {name!r} named in {study.where}: ask counsel" for name in unknown]
