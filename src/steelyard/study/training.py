"""Which rented devices would train a model, how well they are used, and how often it is done again."""

import math
from typing import NamedTuple

from steelyard.domain.accelerator import Accelerator
from steelyard.domain.catalogue import Catalogue
from steelyard.domain.model import OpenModel
from steelyard.domain.price import GpuOffer
from steelyard.domain.study import Study
from steelyard.options.demand import Demand
from steelyard.options.tuning_plan import Devices, Examples, Method
from steelyard.tuning.compute import EFFECTIVE_MFU_A100, EFFECTIVE_MFU_BF16, AttentionShape, mfu_at, training_flop
from steelyard.tuning.cost import refresh_months
from steelyard.tuning.memory import ActivationShape, activation_bytes, least_devices, state_bytes

__all__ = ["REFRESH_MONTHS", "examples_of", "months_of", "training_devices"]

REFRESH_MONTHS = 12
"""Months between tunings where the study names no rhythm: base models and data age; a convention [month]."""
ADAPTER_FRACTION = 0.005
"""Trainable share of adapters on all matrices at usual ranks (Hu et al. 2021: 0.01 to 0.5 %) [1]."""
_MFU = {"h100-sxm": EFFECTIVE_MFU_BF16, "a100-sxm-80gb": EFFECTIVE_MFU_A100}
"""Accelerators of which the achieved share of peak of published runs is known, by model size."""
_CARDS_APART = "pcie"
"""Link over which no published run spread a job."""


def examples_of(study: Study, demand: Demand) -> Examples:
    """Return the examples a tuning learns from: one is a request of this traffic and its answer."""
    tokens = demand.profile.mean_input_tokens + demand.profile.mean_output_tokens
    stated = study.training_data.labelled_examples
    return Examples(float(stated) if stated else None, tokens)


def months_of(study: Study, *, first: int = 1) -> tuple[int, ...]:
    """Return the months in which a model is tuned and tuned again within the horizon, the first at the start."""
    stated = study.training_data.refresh_months
    every = REFRESH_MONTHS if stated is None else int(stated)
    again = refresh_months(study.horizon_months, first=first, every=every)
    return (1, *(month for month in again[1:] if month <= study.horizon_months))


class _Ranked(NamedTuple):
    usd_per_flop: float
    devices: Devices


def training_devices(model: OpenModel, method: Method, examples: Examples, catalogue: Catalogue) -> Devices | None:
    """Return the rented devices that train a model for the least money; None where none on offer holds it.

    Where no run on an accelerator is published, the share of its peak is that of runs on the one nearest in peak, and
    its doubt is drawn. Such cards linked by no more than PCIe take only jobs that one of them holds.

    Parameters
    ----------
    model
        Model to tune, or whose shape is trained.
    method
        What is trained.
    examples
        Their length sets what attention adds.
    catalogue
        Accelerators and rents by the hour.
    """
    found: list[_Ranked] = []
    for offer in catalogue.gpu_offers:
        known = catalogue.accelerators.get(offer.accelerator)
        if offer.price_type == "on_demand" and known is not None and "bf16" in known.peak_flop_per_s:
            devices = _devices(model, method, examples, offer, catalogue)
            if devices is not None:
                found.append(_Ranked(devices.usd_per_device_h / devices.flop_per_s, devices))
    return min(found, key=lambda r: (r.usd_per_flop, r.devices.source)).devices if found else None


def _devices(
    model: OpenModel, method: Method, examples: Examples, offer: GpuOffer, catalogue: Catalogue
) -> Devices | None:  # fmt: skip
    accelerator = catalogue.accelerators[offer.accelerator]
    active = float(model.parameters_active)
    adapters = method == "lora"
    trained = ADAPTER_FRACTION if adapters else 1.0
    attention = _attention(model, round(examples.tokens))
    states = state_bytes(float(model.parameters_total), "lora" if adapters else "full",
                         ADAPTER_FRACTION * model.parameters_total)  # fmt: skip
    least = least_devices(states, _activations(model, round(examples.tokens)), accelerator.memory_bytes)
    published = offer.accelerator in _MFU
    spread = least > 1 or method == "from_scratch"
    if least == 0 or (spread and not published and accelerator.link == _CARDS_APART):
        return None
    like = offer.accelerator if published else _nearest(accelerator, catalogue)
    return Devices(
        accelerator=offer.accelerator, usd_per_device_h=offer.usd_per_device_h, source=offer.evidence.source,
        flop_per_s=accelerator.peak_flop_per_s["bf16"] * mfu_at(active, _MFU[like]),
        flop_per_example_token=training_flop(active, 1.0, trainable_fraction=trained, attention=attention),
        flop_per_corpus_token=training_flop(active, 1.0), least=least, share_from="" if published else like,
    )  # fmt: skip


def _nearest(accelerator: Accelerator, catalogue: Catalogue) -> str:
    """Return the accelerator with published runs whose peak is nearest, as a ratio."""
    peak = accelerator.peak_flop_per_s["bf16"]
    listed = catalogue.accelerators
    known = {name: listed[name].peak_flop_per_s["bf16"] for name in _MFU if name in listed}
    return min(known, key=lambda name: abs(math.log(peak / known[name])))


def _attention(model: OpenModel, tokens: int) -> AttentionShape:
    """Return the layers that attend to all before them; those with a window or a state add little."""
    full = [group for group in model.architecture.attention if group.kind in ("full", "mla")]
    layers = sum(group.layers for group in full)
    width = max((group.heads * group.head_dim for group in full), default=0)
    return AttentionShape(layers, width, tokens)


def _activations(model: OpenModel, tokens: int) -> float:
    groups = model.architecture.attention
    shape = ActivationShape(layers=sum(g.layers for g in groups), hidden=model.architecture.hidden_size,
                            heads=max((g.heads for g in groups), default=1), sequence_tokens=tokens)  # fmt: skip
    return activation_bytes(shape, "full")
