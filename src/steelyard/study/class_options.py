"""What each class of the traffic may use: the gate it puts before every option, and the split that serves each its own.

An option that serves all traffic must be allowed to every class. A split buys each class the cheapest service that it
may use.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, get_args

from steelyard.domain.catalogue import Catalogue
from steelyard.domain.claims import GateFinding
from steelyard.domain.result import Kind
from steelyard.domain.study import Study, TrafficClass
from steelyard.errors import UnknownNameError
from steelyard.options.bought import Service, bought_option
from steelyard.options.class_split import ClassService, split_option
from steelyard.options.demand import Demand
from steelyard.options.option import Option
from steelyard.options.tokens import usd_per_request
from steelyard.study.logged_models import logged_model
from steelyard.study.reference import model_id

if TYPE_CHECKING:
    from steelyard.ingest.classes import TrafficPart

__all__ = ["check_class_options", "class_findings", "named_by_classes", "split_by_class"]

_GROUPS: Mapping[str, tuple[str, ...]] = {
    "buy": ("keep_today", "buy_api", "buy_hosted_open_weights", "fine_tune_managed"),
    "self_host": ("self_host_rented", "self_host_owned", "fine_tune_self_hosted"),
    "today": ("keep_today",),
}
"""Words for several ways to serve."""
_MIXED = ("hybrid", "staged")
"""Kinds that serve classes apart; whoever builds them minds the classes."""


def check_class_options(study: Study, catalogue: Catalogue) -> None:
    """Raise if a class names an option that nobody knows.

    Raises
    ------
    UnknownNameError
        Naming the class; near names are offered.
    """
    sellers = {card.seller for card in catalogue.rate_cards}
    known = {*sellers, *_GROUPS, *get_args(Kind)}
    for part in study.traffic.classes:
        for name in part.options:
            if name not in known and model_id(catalogue, name) is None:
                raise UnknownNameError("option", name, {*known, *catalogue.managed_models, *catalogue.open_models},
                                       where=f"{study.where}: traffic.classes.{part.name}.options")  # fmt: skip


def class_findings(
    option: Option, study: Study, parts: "Mapping[str, TrafficPart]", catalogue: Catalogue
) -> tuple[GateFinding, ...]:
    """Return what the classes' own lists answer for an option that serves all traffic.

    Parameters
    ----------
    option
        The option; keeping today means for each class the models that the log shows it on.
    study
        Its classes.
    parts
        Classes as measured in the log; empty where the study has no rules.
    catalogue
        Names of models.
    """
    if option.kind in _MIXED:
        return ()
    return tuple(_finding(option, part, parts.get(part.name), catalogue)
                 for part in study.traffic.classes if part.options)  # fmt: skip


def _finding(option: Option, part: TrafficClass, measured: "TrafficPart | None", catalogue: Catalogue) -> GateFinding:
    rule = f"your study lets the class {part.name!r} use only {', '.join(part.options)}"
    models = [option.model]
    if option.kind == "keep_today" and measured is not None:
        logged = (logged_model(catalogue, traffic.model) for traffic in measured.profile.models)
        models = [model for model in logged if model is not None] or models
    seller = option.card.seller if option.card else None
    allowed = all(_allows(part, option.kind, model, seller, catalogue) for model in models)
    return GateFinding(gate="class", answer="no blocking rule found" if allowed else "blocked", rule=rule,
                       whose="your policy")  # fmt: skip


def _allows(part: TrafficClass, kind: str, model: str, seller: str | None, catalogue: Catalogue) -> bool:
    if not part.options:
        return True
    return any(name in (kind, seller, model) or kind in _GROUPS.get(name, ()) or model_id(catalogue, name) == model
               for name in part.options)  # fmt: skip


def named_by_classes(
    study: Study, demand: Demand, options: Sequence[Option], catalogue: Catalogue
) -> tuple[Option, ...]:
    """Return the option of buying each model that a class names, from its cheapest seller, where it is not there yet.

    Parameters
    ----------
    study
        Its classes.
    demand
        All traffic.
    options
        Options already there.
    catalogue
        Price lists.
    """
    there = {option.model for option in options if option.bought}
    named = {model_id(catalogue, name) for part in study.traffic.classes for name in part.options} - there
    found: list[Option] = []
    for model in sorted(name for name in named if name):
        cards = [card for card in catalogue.rate_cards if card.model == model]
        priced = sorted(cards, key=lambda card: (sum(usd_per_request(card, demand).values()), card.seller))
        found += [bought_option(priced[0], demand, switching=study.today is not None)] if priced else []
    return tuple(found)


class _Choice(NamedTuple):
    option: Option
    usd: float


def split_by_class(
    study: Study, demand: Demand, parts: "Mapping[str, TrafficPart]", options: Sequence[Option], catalogue: Catalogue,
    *, today: Sequence[Service] = (),
) -> tuple[Option, ...]:  # fmt: skip
    """Return the option that buys each class the cheapest service it may use; none where that is one service.

    Parameters
    ----------
    study
        Its classes.
    demand
        All traffic.
    parts
        Profile and share of each class, measured in the log.
    options
        Options with their gates answered; bought ones that other gates let pass are what a class may be given.
    catalogue
        Names of models.
    today
        What is bought today: its models cost no migration.
    """
    if len(parts) < 2 or not any(part.options for part in study.traffic.classes):
        return ()
    chosen: list[ClassService] = []
    gates: list[GateFinding] = []
    for part in study.traffic.classes:
        own = replace(demand, profile=parts[part.name].profile, slo=part.slo,
                      batch_share=float(part.batch_within_h is not None))  # fmt: skip
        best = _cheapest(part, own, options, catalogue)
        if best is None or best.option.card is None:
            return ()
        gates += [finding for finding in best.option.gates if finding.gate != "class"]
        chosen.append(ClassService(part.name, part.share, best.option.card, own))
    if len({(c.card.seller, c.card.model) for c in chosen}) < 2:
        return ()
    quality = next(option.quality for option in options if option.card is chosen[0].card)
    return (
        split_option(chosen, today={service.card.model for service in today}).with_gates(
            tuple(dict.fromkeys(gates)), quality
        ),
    )


def _cheapest(part: TrafficClass, demand: Demand, options: Sequence[Option], catalogue: Catalogue) -> _Choice | None:
    found = [
        _Choice(option, sum(usd_per_request(option.card, demand).values()))
        for option in options
        if option.card is not None
        and option.tuning is None
        and _allows(part, option.kind, option.model, option.card.seller, catalogue)
        and all(finding.answer != "blocked" or finding.gate == "class" for finding in option.gates)
    ]
    return min(found, key=lambda choice: (choice.usd, choice.option.id), default=None)
