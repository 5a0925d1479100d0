"""Ways to make a model one's own that are worth costing: at a seller, on rented devices, from scratch."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import NamedTuple

from steelyard.domain.catalogue import Catalogue
from steelyard.domain.model import OpenModel
from steelyard.domain.price import FineTuningPrice, RateCard, TokenTier
from steelyard.domain.study import Study
from steelyard.options.demand import Demand
from steelyard.options.option import Option
from steelyard.options.tokens import usd_per_request
from steelyard.options.tuned import tuned_managed, tuned_self_hosted
from steelyard.options.tuning_plan import Corpus, Devices, Method, Tuning
from steelyard.study.reference import model_id
from steelyard.study.training import examples_of, months_of, training_devices
from steelyard.tuning.cost import TuningProgramme
from steelyard.units import HOURS_PER_MONTH, SECONDS_PER_HOUR

__all__ = ["TunedOptions", "Workshop", "tuned_options", "wants_tuning"]

_SCOPES = ("global", "data_zone", "regional")
"""Where a seller may train and serve, the cheapest first."""
CORPUS_WORTH_PRETRAINING = 100e6
"""Tokens below which more pre-training on a corpus is not offered: published uses begin near it; a convention."""


class TunedOptions(NamedTuple):
    """Options with a model of one's own, and what the reader should know of those not offered."""

    options: tuple[Option, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Workshop:
    """What tuned options are made from."""

    study: Study
    demand: Demand
    catalogue: Catalogue
    serve: Callable[[str | None, int], Option | None]
    """Returns the cheapest way to self-host a named open model, or any that passes, live after so many months."""


def wants_tuning(study: Study) -> bool:
    """Whether the study gives a reason to cost a model of one's own: exclusive data, or a model that is the product."""
    return study.training_data.exclusive == "yes" or study.differentiator.model_is_product == "yes"


def tuned_options(shop: Workshop) -> TunedOptions:
    """Return every way to make a model one's own that can be costed; nothing where the study gives no reason.

    Parameters
    ----------
    shop
        Study, traffic, facts and a way to find the cheapest serving.
    """
    if not wants_tuning(shop.study):
        return TunedOptions((), ())
    managed, closed = _managed(shop)
    own = _self_hosted(shop)
    trained = _from_scratch(shop)
    notes = list(closed)
    if not own:
        notes.append("no open model to tune on own machines passes licence, context length and latency promises")
    return TunedOptions((*managed, *own, *trained), tuple(notes))


def _managed(shop: Workshop) -> tuple[list[Option], list[str]]:
    """Return the cheapest model of each seller that can be tuned as a service, and why others cannot."""
    closed: dict[str, list[str]] = {}
    priced: dict[str, dict[str, tuple[float, Option]]] = {}
    for price in sorted(shop.catalogue.fine_tuning_prices.values(), key=lambda p: (_SCOPES.index(p.scope), p.id)):
        reason = _not_offered(price, shop)
        if reason:
            closed.setdefault(f"Tuning at {price.seller} {reason}", []).append(price.model.split("/")[-1])
            continue
        card = _tuned_card(price, shop.catalogue)
        if card is None or not _wanted(price.model, shop):
            continue
        plan = Tuning("managed", price.model, months_of(shop.study), examples_of(shop.study, shop.demand))
        option = tuned_managed(plan, price, card, shop.demand, switching=shop.study.today is not None,
                               prompt_saved=shop.study.training_data.prompt_tokens_saved)  # fmt: skip
        usd = sum(usd_per_request(card, shop.demand).values())
        seller = priced.setdefault(price.seller, {})
        seller.setdefault(option.id, (usd, replace(option, notes=_managed_notes(price))))
    notes = [f"{reason}: {', '.join(dict.fromkeys(models))}" for reason, models in closed.items()]
    return [option for found in priced.values() for option in _kept(list(found.values()), shop)], notes


def _kept(found: Sequence[tuple[float, Option]], shop: Workshop) -> list[Option]:
    """Return the base of best public score at a seller and the cheapest: what tuning must add differs most."""
    scores = shop.catalogue.quality
    cheapest = min(found, key=lambda pair: (pair[0], pair[1].id))[1]
    best = max(found, key=lambda pair: (scores[pair[1].model].index if pair[1].model in scores else 0.0, pair[1].id))[1]
    return [best] if best.id == cheapest.id else [best, cheapest]


def _wanted(model: str, shop: Workshop) -> bool:
    base, named = shop.study.training_data.base, shop.study.candidates
    if base is not None:
        return model_id(shop.catalogue, base) == model
    return named is None or model in named or model.rsplit("/", maxsplit=1)[-1] in named


def _managed_notes(price: FineTuningPrice) -> tuple[str, ...]:
    if price.inference is not None:
        return ()
    return ("The seller's meters name no price for the tuned model's tokens: its vendor's list price of the untuned "
            "model stands for them.",)  # fmt: skip


def _not_offered(price: FineTuningPrice, shop: Workshop) -> str:
    """Return why a seller's tuning cannot be costed or bought; empty where it can."""
    day, vendor = shop.catalogue.as_of, shop.catalogue.managed_models.get(price.model)
    retired = vendor.retires if vendor is not None else None
    used = price.seller in {seller.lower() for seller in shop.study.training_data.tuned_at}
    programme = TuningProgramme(float(price.training_usd_per_mtok or 0), price.hosting_usd_per_h or 0.0,
                                closed_to_new_since=price.closed_to_new_organisations_from,
                                no_jobs_after=price.no_new_jobs_from)  # fmt: skip
    reasons = (
        (retired is not None and retired <= day, f"is not offered, its vendor retired the base on {retired}"),
        (price.inference_ends is not None and price.inference_ends <= day,
         f"is not offered, such models stopped serving on {price.inference_ends}"),
        (not programme.open_on(day, used_before=True),
         f"is not offered, no job can be started since {price.no_new_jobs_from}"),
        (not programme.open_on(day, used_before=used),
         f"is not offered, who never tuned there is not admitted since {price.closed_to_new_organisations_from} "
         "(training_data.tuned_at says where you have)"),
        (price.method != "supervised",
         "is not sized where it is billed by the hour of reinforcement: nobody states hours"),
        (price.training_usd_per_mtok is None, "is not sized where the price of trained tokens is not known"),
    )  # fmt: skip
    return next((words for holds, words in reasons if holds), "")


def _tuned_card(price: FineTuningPrice, catalogue: Catalogue) -> RateCard | None:
    """Return the token prices of the tuned model: the seller's own, else its vendor's for the untuned one."""
    vendor = price.model.split("/", maxsplit=1)[0]
    listed = catalogue.rate_card(price.seller, price.model) or catalogue.rate_card(vendor, price.model)
    if listed is None:
        return None
    if price.inference is None:
        return listed.model_copy(update={"seller": price.seller})
    tier = TokenTier(above_input_tokens=0, prices=price.inference)
    return listed.model_copy(update={"seller": price.seller, "tiers": (tier,), "off_peak": (), "peaks": (),
                                     "batch_discount": price.inference_batch_discount, "announced": (),
                                     "evidence": price.evidence})  # fmt: skip


def _self_hosted(shop: Workshop) -> list[Option]:
    data = shop.study.training_data
    base = model_id(shop.catalogue, data.base) if data.base else None
    if data.base and base not in shop.catalogue.open_models:
        return []
    serving = shop.serve(base, 0)
    model = shop.catalogue.open_models.get(serving.model) if serving else None
    if serving is None or model is None:
        return []
    methods: list[Method] = ["lora", "full"]
    if data.tokens is not None and data.tokens >= CORPUS_WORTH_PRETRAINING:
        methods.append("continued_pre_training")
    return [option for method in methods if (option := _tuned(shop, serving, model, method)) is not None]


def _tuned(shop: Workshop, serving: Option, model: OpenModel, method: Method, *, wait: int = 0) -> Option | None:
    study, data = shop.study, shop.study.training_data
    examples = examples_of(study, shop.demand)
    devices = training_devices(model, method, examples, shop.catalogue)
    if devices is None:
        return None
    corpus = None
    if method == "continued_pre_training":
        corpus = Corpus(data.tokens, data.tokens or 0.0)
    elif method == "from_scratch":
        corpus = Corpus(None, data.tokens or 0.0)
    if method == "from_scratch":
        devices = replace(devices, least=max(devices.least, _devices_in_time(model, devices, shop.catalogue, wait)))
    months = months_of(study, first=max(wait, 1))
    plan = Tuning(method, model.id, months, examples, corpus, float(model.parameters_active), devices)
    shared = data.shared_by if method == "lora" else 1
    option = tuned_self_hosted(serving, plan, devices, shop.demand, wait=max(wait, 1),
                               prompt_saved=data.prompt_tokens_saved, variants=shared)  # fmt: skip
    return replace(option, notes=(*serving.notes, *_training_notes(plan)))


def _devices_in_time(model: OpenModel, devices: Devices, catalogue: Catalogue, months: int) -> int:
    """Return the devices that train a model from scratch in time, at the middle of what published models saw."""
    tokens = catalogue.figure("training.tokens_per_parameter").value * model.parameters_active
    seconds = tokens * devices.flop_per_corpus_token / devices.flop_per_s
    return ceil(seconds / (months * HOURS_PER_MONTH * SECONDS_PER_HOUR))


def _training_notes(plan: Tuning) -> tuple[str, ...]:
    if plan.devices is None:
        return ()
    notes = [f"The job takes at least {plan.devices.least} {plan.devices.accelerator}, rented by the hour."]
    if plan.devices.share_from:
        notes.append(f"No training run on {plan.devices.accelerator} is known here: it is taken to reach the share of "
                     f"its peak that runs on {plan.devices.share_from} reach, with a doubt that is drawn.")  # fmt: skip
    if plan.method == "from_scratch":
        notes.append("Costed as a model of the shape and training tokens of published ones; that it would reach their "
                     "quality is not assumed.")  # fmt: skip
    return tuple(notes)


def _from_scratch(shop: Workshop) -> list[Option]:
    wait = max(round(shop.catalogue.figure("training.months").value), shop.demand.build_months)
    serving = shop.serve(None, wait)
    model = shop.catalogue.open_models.get(serving.model) if serving else None
    if serving is None or model is None:
        return []
    option = _tuned(shop, serving, model, "from_scratch", wait=wait)
    return [option] if option is not None else []
