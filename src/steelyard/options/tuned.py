"""A way to serve, with a model made one's own: at a seller, on rented devices, or trained from scratch."""

from collections.abc import Mapping
from dataclasses import replace

from steelyard.domain.ledger import Ledger
from steelyard.domain.price import FineTuningPrice, RateCard
from steelyard.domain.result import Kind
from steelyard.finance.builder import LedgerBuilder
from steelyard.options.bought import Service, add_switch_lines, add_token_lines, services_of
from steelyard.options.demand import Demand
from steelyard.options.failures import without_failures
from steelyard.options.option import Option
from steelyard.options.people import salary_of
from steelyard.options.tuning import add_jobs, add_training, add_work
from steelyard.options.tuning_plan import Devices, Method, Tuning

__all__ = ["shared_machines", "shorter_prompts", "tuned_managed", "tuned_self_hosted"]

_SHARED_GROUPS = frozenset({"compute", "capital", "power", "space", "people", "other"})
"""Lines that workloads on the same machines bear together."""
_WORDS: Mapping[Method, str] = {
    "managed": "Fine-tune", "lora": "Tune adapters (LoRA) on", "full": "Tune all weights of",
    "continued_pre_training": "Pre-train further and tune", "from_scratch": "Train from scratch a model like",
}  # fmt: skip
_INPUT_CLASSES = ("cache_read", "cache_write", "uncached_input")
"""Input by how it is charged; instructions repeated in every prompt are what a cache serves, so they go first."""


def tuned_managed(
    tuning: Tuning, price: FineTuningPrice, card: RateCard, demand: Demand, *, switching: bool, prompt_saved: float,
) -> Option:  # fmt: skip
    """Return the option of tuning a model at a seller and buying its tokens there.

    Parameters
    ----------
    tuning
        What is done, and when.
    price
        What tuning and hosting cost.
    card
        Tokens of the tuned model.
    demand
        Traffic.
    switching
        Whether another model runs today.
    prompt_saved
        Input tokens that no prompt needs any more [token].
    """
    name = card.model.split("/")[-1]
    builder = LedgerBuilder(f"tune:{card.seller}/{name}")
    paid = [Service(s.card, shorter_prompts(s.usd_per_request, demand, prompt_saved))
            for s in services_of(card, demand)]  # fmt: skip
    add_token_lines(builder, paid, demand)
    add_switch_lines(builder, card, switching=switching)
    salary = salary_of(builder, demand)
    add_work(builder, tuning, salary)
    add_jobs(builder, tuning, price, card, salary)
    return Option(id=f"tune:{card.seller}/{name}", label=f"Fine-tune {name} at {card.seller}", kind="fine_tune_managed",
                  model=card.model, ledger=builder.build(), card=card, tuning=tuning)  # fmt: skip


def shorter_prompts(usd_per_request: Mapping[str, float], demand: Demand, saved: float) -> Mapping[str, float]:
    """Return list prices per request by class once prompts are shorter: cached tokens go first, then the rest.

    Parameters
    ----------
    usd_per_request
        List price by class [USD/request].
    demand
        Traffic; its mean input by class says what each class holds.
    saved
        Input tokens that no prompt needs any more [token].
    """
    totals, left = demand.profile.tokens, saved
    share = {"cache_read": totals.cache_read, "cache_write": totals.cache_write_5m + totals.cache_write_1h,
             "uncached_input": totals.uncached_input}  # fmt: skip
    every = sum(share.values())
    mean = demand.profile.mean_input_tokens
    kept = dict(usd_per_request)
    for name in _INPUT_CLASSES:
        held = mean * share[name] / every if every else mean * (name == "uncached_input")
        if held > 0 and name in kept:
            gone = min(left, held)
            kept[name] *= 1.0 - gone / held
            left -= gone
    return kept


def tuned_self_hosted(
    serving: Option, tuning: Tuning, devices: Devices, demand: Demand, *, wait: int, prompt_saved: float = 0.0,
    variants: int = 1,
) -> Option:  # fmt: skip
    """Return a way to self-host, its model tuned or trained on rented devices first.

    Parameters
    ----------
    serving
        The untuned model on its machines, costed; for one from scratch, live after ``wait`` months.
    tuning
        What is done, and when.
    devices
        Machines that train.
    demand
        Traffic.
    wait
        Months before the model serves, at least 1 [month].
    prompt_saved
        Input tokens that no prompt needs any more [token].
    variants
        Workloads of this size whose adapters share the machines, this one included.
    """
    ledger = shared_machines(without_failures(serving.ledger), _load_kept(serving, demand, prompt_saved), variants)
    option_id = f"{'train' if tuning.method == 'from_scratch' else 'tune'}:{tuning.method}/{serving.id}"
    builder = LedgerBuilder(option_id, ledger)
    salary = salary_of(builder, demand)
    add_work(builder, tuning, salary)
    add_training(builder, tuning, devices, wait=wait, salary=salary)
    kind: Kind = "train" if tuning.method == "from_scratch" else "fine_tune_self_hosted"
    where = serving.label.split(f"{serving.model} ", 1)[-1]
    return replace(serving, id=option_id, label=f"{_WORDS[tuning.method]} {tuning.base}, run {where}", kind=kind,
                   ledger=builder.build(), tuning=tuning, gates=(), quality="")  # fmt: skip


def shared_machines(ledger: Ledger, load_factor: float, variants: int) -> Ledger:
    """Return a ledger of self-hosting whose machines carry another load, and several workloads of this size together.

    Each of the workloads bears the same part of the machines and of who runs them.

    Parameters
    ----------
    ledger
        Ledger of self-hosting.
    load_factor
        Load of a request over today's [1].
    variants
        Workloads on the machines, this one included.
    """
    if load_factor == 1.0 and variants == 1:
        return ledger
    builder = LedgerBuilder(ledger.option, ledger)
    builder.scale("load_multiplier", load_factor * variants)
    if variants > 1:
        for line in ledger.lines:
            if line.group in _SHARED_GROUPS and line.id != "delay":
                builder.share_line(line.id, 1.0 / variants)
    return builder.build()


def _load_kept(serving: Option, demand: Demand, saved: float) -> float:
    """Return the load of a request with a shorter prompt over that with today's [1]."""
    mean = demand.profile.mean_input_tokens
    if saved <= 0 or mean <= 0 or serving.hardware is None:
        return 1.0
    return (1.0 - min(saved, mean) / mean) ** serving.hardware.elasticities[0]
