"""Names in a study that nobody knows: every one at once, each with its line and the nearest known names."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from steelyard.decision.data_gate import own_requirements, regime_key
from steelyard.decision.regimes import data_classes, resolve_regimes
from steelyard.domain.catalogue import Catalogue
from steelyard.domain.study import SelfHostedToday, Study, TodayApi
from steelyard.errors import Fault, StudyError, UnknownNameError
from steelyard.facts.prices.history import first_known
from steelyard.quality.needs import NEEDS, TASKS, key_of
from steelyard.study.fields_yaml import Items, Keys, Node, read_yaml
from steelyard.study.machine_names import find_accelerator
from steelyard.study.reference import model_id
from steelyard.study.today_card import seller_id, today_card

__all__ = ["name_faults"]

_MISSPELT = 0.8
"""Likeness from which an unknown regime is taken for a slip of the pen; ``HIPPA`` has 0.8."""
_FALLBACK = {
    "task": "`other` if none fits: the overall index alone then screens",
    "capability": "the nearest one, or leave it out",
    "data class": "the nearest one, and name laws under data.regimes or rules of your own under data.custom_rules",
}  # fmt: skip
"""What to write where no word of the list is near."""
MODELS_NAMED = 5
"""Models of the seller offered where today's was not yet sold."""


def name_faults(study: Study, catalogue: Catalogue) -> tuple[Fault, ...]:
    """Return a fault for every seller, model and accelerator of the study that the catalogue does not know.

    Parameters
    ----------
    study
        The study; its text gives the lines.
    catalogue
        What is known on the study's day.
    """
    faults = [*_bought(study, catalogue), *_self_hosted(study, catalogue), *_reference(study, catalogue),
              *_candidates(study, catalogue), *_regimes(study, catalogue), *_own_rules(study),
              *_words(study, catalogue)]  # fmt: skip
    return tuple(_placed(fault, study) for fault in faults)


def _bought(study: Study, catalogue: Catalogue) -> Iterable[Fault]:
    try:
        today_card(study, catalogue)
    except UnknownNameError as error:
        later = _not_yet_sold(study, catalogue)
        for fault in (later,) if later else error.faults:
            yield replace(fault, where="today.provider" if "seller" in fault.what else "today.model")


def _not_yet_sold(study: Study, catalogue: Catalogue) -> Fault | None:
    """Return a fault that names the first day on which today's model is known, where that is after the study's day."""
    if not isinstance(study.today, TodayApi):
        return None
    seller, model = seller_id(study.today.provider), study.today.model.strip()
    first, day = first_known(model, seller=seller), catalogue.as_of
    if first is None or first <= day:
        return None
    own = (card for card in catalogue.rate_cards if card.seller == seller and not card.open_weights)
    newest = sorted(own, key=lambda card: card.first_seen or date.min)[-MODELS_NAMED:]
    then = ", ".join(card.model.removeprefix(f"{seller}/") for card in reversed(newest)) or "none is known"
    return Fault(what=f"{model!r} is first known at {seller} on {first}, after the day asked for, {day}", where="",
                 expected=f"a model sold on {day}, newest first: {then}",
                 remedy=f"Name the model that ran then, or ask as of a later day with --as-of {first}")  # fmt: skip


def _self_hosted(study: Study, catalogue: Catalogue) -> Iterable[Fault]:
    if not isinstance(study.today, SelfHostedToday):
        return
    if model_id(catalogue, study.today.model) is None:
        key = "today.self_hosted.model"
        yield _not_yet_known(study.today.model, catalogue, key) or _unknown(
            "model", study.today.model, catalogue.open_models, key)  # fmt: skip
    try:
        find_accelerator(study.today.accelerator, catalogue, where="today.self_hosted.accelerator")
    except UnknownNameError as error:
        yield from error.faults


def _reference(study: Study, catalogue: Catalogue) -> Iterable[Fault]:
    wanted = study.quality.at_least
    if wanted != "today" and model_id(catalogue, wanted) is None:
        yield _not_yet_known(wanted, catalogue, "quality.at_least") or _unknown(
            "model", wanted, _models(catalogue), "quality.at_least")  # fmt: skip


def _candidates(study: Study, catalogue: Catalogue) -> Iterable[Fault]:
    sold = {card.model for card in catalogue.rate_cards}
    ends = {model.rpartition("/")[2] for model in sold}
    for index, name in enumerate(study.candidates or (), 1):
        if name not in sold | ends and model_id(catalogue, name) is None:
            key = f"candidates[{index}]"
            yield _not_yet_known(name, catalogue, key) or _unknown("candidate", name, {*_models(catalogue), *ends}, key)


def _regimes(study: Study, catalogue: Catalogue) -> Iterable[Fault]:
    """Return a fault for every regime that is nearly one on file: misspelt, it would exclude nothing."""
    known = [r.id for r in catalogue.regimes.values()]
    unknown = resolve_regimes(study, catalogue)[1]
    for index, name in enumerate(study.data.regimes, 1):
        key = regime_key(name)
        near = difflib.get_close_matches(key, known, n=1, cutoff=_MISSPELT)
        near = near or [r for r in known if sorted(r) == sorted(key)]
        if name in unknown and near:
            yield Fault(
                f"unknown regime {name!r}",
                f"data.regimes[{index}]",
                "a regime on file, or one of your own name",
                f"Did you mean {near[0]!r}? Rules of another law go under data.custom_rules",
            )


def _words(study: Study, catalogue: Catalogue) -> Iterable[Fault]:
    """Return a fault for every word of a closed list that is not on it: it would rule nothing in or out."""
    quality, data = study.quality, study.data
    yield from _word("task", quality.task, TASKS, "quality.task")
    for index, need in enumerate(quality.needs, 1):
        yield from _word("capability", need, NEEDS, f"quality.needs[{index}]")
    if data.classification is not None:
        yield from _word("data class", data.classification, data_classes(catalogue), "data.classification")


def _word(kind: str, name: str, known: Sequence[str], key: str) -> Iterable[Fault]:
    wanted = key_of(name)
    if wanted in known:
        return
    near = difflib.get_close_matches(wanted, known, n=1)
    remedy = f"Did you mean {near[0]!r}?" if near else f"Write {_FALLBACK[kind]}"
    yield Fault(f"unknown {kind} {name!r}", key, f"one of: {', '.join(known)}", remedy)


def _own_rules(study: Study) -> Iterable[Fault]:
    try:
        own_requirements(study.data.custom_rules, "")
    except StudyError as error:
        yield from error.faults


def _models(catalogue: Catalogue) -> set[str]:
    return {*catalogue.managed_models, *catalogue.open_models}


def _not_yet_known(name: str, catalogue: Catalogue, key: str) -> Fault | None:
    """Return a fault that names the first day on which a model was listed, where that is after the study's day."""
    first, day = first_known(name), catalogue.as_of
    if first is None or first <= day:
        return None
    what, then = f"{name!r} is first known on {first}, after the day asked for, {day}", f"a model known on {day}"
    return Fault(what, key, then, f"Name one, or ask as of a later day with --as-of {first}")


def _unknown(kind: str, name: str, known: Iterable[str], key: str) -> Fault:
    return UnknownNameError(kind, name, known, where=key).faults[0]


def _placed(fault: Fault, study: Study) -> Fault:
    """Name the file and the line where the key of the fault stands."""
    line = _line(study.text, fault.where)
    place = f"{study.where}, line {line}" if line else study.where
    return replace(fault, where=f"{place}, {fault.where}")


def _line(text: str, key: str) -> int:
    node: Node | None = read_yaml(text, "study")[0]
    line = 0
    for part in key.replace("[", ".[").split("."):
        if isinstance(node, Keys) and part in node.entries:
            line, node = node.entries[part].line, node.entries[part].node
        elif isinstance(node, Items) and part.startswith("["):
            node = node.items[int(part[1:-1]) - 1]
            line = node.line
    return line
