"""Which rented devices train, how fast they are taken to be, and what is drawn where no run on them is published."""

from dataclasses import replace
from datetime import date

import pytest

from steelyard.domain.catalogue import Catalogue
from steelyard.facts import load_catalogue
from steelyard.finance.builder import LedgerBuilder
from steelyard.options.tuning import UNPUBLISHED, add_training
from steelyard.options.tuning_plan import Devices, Examples, Tuning
from steelyard.study.training import training_devices
from steelyard.tuning.compute import EFFECTIVE_MFU_A100, EFFECTIVE_MFU_BF16, mfu_at

CATALOGUE = load_catalogue(date(2026, 11, 23))
SMALL, LARGE = CATALOGUE.open_models["llama-3.1-8b"], CATALOGUE.open_models["llama-3.1-70b"]
EXAMPLES = Examples(1_000, 1_000)
PUBLISHED = {"h100-sxm": EFFECTIVE_MFU_BF16, "a100-sxm-80gb": EFFECTIVE_MFU_A100}


def only(*accelerators: str) -> Catalogue:
    """The catalogue with nothing else to rent."""
    offers = tuple(o for o in CATALOGUE.gpu_offers if o.accelerator in accelerators)
    assert offers
    return replace(CATALOGUE, gpu_offers=offers)


@pytest.mark.parametrize(("accelerator", "like"), [("mi300x", "h100-sxm"), ("l40s", "a100-sxm-80gb"), ("h100-sxm", "")])
def test_a_device_without_published_runs_reaches_the_share_of_the_one_nearest_in_peak(
    accelerator: str, like: str
) -> None:
    found = training_devices(SMALL, "lora", EXAMPLES, only(accelerator))
    assert found is not None
    assert (found.accelerator, found.share_from) == (accelerator, like)
    share = mfu_at(float(SMALL.parameters_active), PUBLISHED[like or accelerator])
    peak = CATALOGUE.accelerators[accelerator].peak_flop_per_s["bf16"]
    assert found.flop_per_s == pytest.approx(peak * share)


def test_cards_linked_by_pcie_alone_take_only_jobs_that_one_of_them_holds() -> None:
    assert training_devices(LARGE, "full", EXAMPLES, only("l40s")) is None
    assert training_devices(LARGE, "full", EXAMPLES, only("mi300x")) is not None
    assert training_devices(SMALL, "from_scratch", EXAMPLES, only("l40s")) is None


def test_of_all_on_offer_the_one_with_the_least_money_per_operation_trains() -> None:
    found = training_devices(LARGE, "full", EXAMPLES, CATALOGUE)
    assert found is not None
    for accelerator in ("h100-sxm", "mi300x", "b200", "a100-sxm-80gb"):
        one = training_devices(LARGE, "full", EXAMPLES, only(accelerator))
        assert one is not None
        assert found.usd_per_device_h / found.flop_per_s <= one.usd_per_device_h / one.flop_per_s


@pytest.mark.parametrize("like", ["", "h100-sxm"])
def test_the_doubt_of_a_device_without_published_runs_is_drawn(like: str) -> None:
    devices = Devices("mi300x", 2.0, "a test", 1e14, 6e9, 6e9, 1, like)
    plan = Tuning("full", "open-1b", (1,), EXAMPLES, None, 1e9, devices)
    builder = LedgerBuilder("tuned")
    salary = builder.input("salary", unit="USD/a", label="Salary")
    add_training(builder, plan, devices, wait=1, salary=salary)
    assert (UNPUBLISHED in builder.build().inputs) == bool(like)
    figure = CATALOGUE.figures[UNPUBLISHED]
    assert figure.low < 1 < figure.high
