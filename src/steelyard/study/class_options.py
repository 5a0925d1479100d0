"""What each class of the traffic may use: the gate it puts before every option.

An option that serves all traffic must be allowed to every class; a split serves each class by what it may use.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, get_args

from steelyard.domain.catalogue import Catalogue
from steelyard.domain.claims import GateFinding
from steelyard.domain.result import Kind
from steelyard.domain.study import Study, TrafficClass
from steelyard.errors import UnknownNameError
from steelyard.options.bought import bought_option
from steelyard.options.demand import Demand
from steelyard.options.option import Option
from steelyard.options.tokens import usd_per_request
from steelyard.study.logged_models import logged_model
from steelyard.study.reference import model_id

if TYPE_CHECKING:
    from steelyard.ingest.classes import TrafficPart

__all__ = ["allows", "check_class_options", "class_findings", "named_by_classes"]

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


def allows(part: TrafficClass, option: Option, catalogue: Catalogue) -> bool:
    """Whether a class's own list lets an option serve it.

    Parameters
    ----------
    part
        The class; without a list it may use everything.
    option
        The option.
    catalogue
        Names of models.
    """
    return _allows(part, option.kind, option.model, option.card.seller if option.card else None, catalogue)


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
