"""A model of one's own: what it adds equals the arithmetic of tuning done by hand, and nothing is added unasked."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import option_example as ex
from steelyard.domain.price import FineTuningPrice
from steelyard.finance.dimensions import unit_faults
from steelyard.finance.evaluate import evaluate
from steelyard.options.bought import bought_option
from steelyard.options.option import Option
from steelyard.options.self_hosted import rented_option
from steelyard.options.tuned import tuned_managed, tuned_self_hosted
from steelyard.options.tuning_plan import Corpus, Devices, Examples, Tuning
from steelyard.tuning.compute import device_hours, training_flop, training_run
from steelyard.tuning.cost import TuningProgramme, data_work_usd, managed_tuning, self_hosted_tuning
from steelyard.units import HOURS_PER_MONTH

DAY = 240_000 / 220
EVALUATIONS = 2 * 3_000
TOKENS = ex.N_IN + ex.N_OUT
N = 1.1e9


def price(hosting: float = 1.7) -> FineTuningPrice:
    return FineTuningPrice(id="seller/small/global/supervised", seller="seller", model="seller/small",
                           method="supervised", scope="global", training_usd_per_mtok=Decimal(5),
                           hosting_usd_per_h=hosting, evidence=ex.SEEN)  # fmt: skip


def managed(*, count: float | None = 40_000, months: tuple[int, ...] = (1, 13, 25), saved: float = 0.0) -> Option:
    plan = Tuning("managed", "seller/small", months, Examples(count, TOKENS))
    return tuned_managed(plan, price(), ex.card("seller/small"), ex.demand(), switching=True, prompt_saved=saved)


def devices() -> Devices:
    return Devices("dev", 2.0, "a test", 1e14 * 0.4, training_flop(N, 1.0, trainable_fraction=0.005), 6 * N, 1)


def serving(build: int = 3) -> Option:
    return rented_option(ex.candidate(), ex.offer(), ex.demand(build=build), ex.catalogue(), interim=None)


def hosted(method="lora", *, corpus: Corpus | None = None, saved: float = 0.0, variants: int = 1) -> Option:
    plan = Tuning(method, "open-1b", (1, 13), Examples(40_000, TOKENS), corpus, N, devices())
    return tuned_self_hosted(serving(), plan, devices(), ex.demand(), wait=3, prompt_saved=saved, variants=variants)


def lines(option: Option, *, scale: float = 1.0, volume: float = 1e6):
    drawn = ex.draws(option.ledger.inputs, scale=scale, volume=volume)
    return evaluate(option.ledger, drawn.values, 36)


def added(option: Option, base: Option) -> dict[str, np.ndarray]:
    got, plain = lines(option).lines, lines(base).lines
    return {name: amounts[0] - (plain[name][0] if name in plain else 0.0) for name, amounts in got.items()}


def test_a_managed_tuning_costs_what_the_price_list_says() -> None:
    got = lines(managed()).lines
    data = 22 * DAY + data_work_usd(40_000, minutes_per_example=0.5, usd_per_h=40)
    by_hand = managed_tuning(TuningProgramme(5.0), 40_000 * TOKENS, epochs=3, runs=4, data_usd=data,
                             people_usd=11 * DAY, evaluation_usd=EVALUATIONS)  # fmt: skip
    first = sum(got[f"tuning_{part}"][0, 0] for part in ("compute", "data", "people", "evaluation"))
    assert first == pytest.approx(by_hand.usd, rel=1e-12)
    assert np.allclose(got["tuning_hosting"], 1.7 * HOURS_PER_MONTH)


def test_a_tuning_is_repeated_in_its_months_only_and_without_the_data_work() -> None:
    got = lines(managed(months=(1, 13, 25))).lines
    assert np.flatnonzero(got["tuning_compute"][0]).tolist() == [0, 12, 24]
    assert np.flatnonzero(got["tuning_data"][0]).tolist() == [0]
    assert got["tuning_people"][0, 12] == pytest.approx(5.5 * DAY)
    once = lines(managed(months=(1,))).lines
    assert np.flatnonzero(once["tuning_people"][0]).tolist() == [0]


def test_examples_that_are_not_stated_are_labelled_first() -> None:
    got = lines(managed(count=None)).lines["tuning_data"][0, 0]
    assert got == pytest.approx(22 * DAY + data_work_usd(10_000, minutes_per_example=3, usd_per_h=40))


def test_a_base_that_retires_is_tuned_again() -> None:
    option = managed()
    drawn = ex.draws(option.ledger.inputs)
    retired = next(name for name in drawn.values if name.endswith(".migration"))
    drawn.values[retired][:, 6] = 1.0
    got = evaluate(option.ledger, drawn.values, 36).lines["tuning_again"][0]
    job = 40_000 * TOKENS * 3 * 4 / 1e6 * 5
    assert got[6] == pytest.approx(job + 5.5 * DAY + EVALUATIONS)
    assert np.count_nonzero(got) == 1


def test_tokens_of_the_tuned_model_and_the_switch_are_charged_as_for_any_bought_model() -> None:
    tuned, plain = lines(managed()).lines, lines(bought_option(ex.card("seller/small"), ex.demand())).lines
    for name, amounts in plain.items():
        assert np.allclose(tuned[name], amounts), name


def test_own_devices_cost_the_hours_of_a_run_by_hand() -> None:
    got = lines(hosted("lora")).lines
    flop = training_flop(N, 40_000 * TOKENS * 3, trainable_fraction=0.005)
    run = training_run(flop, devices=1, peak_flop_per_s=1e14, mfu=0.4, runs_per_success=4)
    by_hand = self_hosted_tuning(run.device_h, 2.0, data_usd=0, people_usd=0, evaluation_usd=0)
    assert got["tuning_compute"][0, 0] == pytest.approx(by_hand.usd, rel=1e-12)
    assert got["tuning_compute"][0, 12] == pytest.approx(by_hand.usd, rel=1e-12)


def test_pre_training_further_adds_the_corpus_to_the_examples() -> None:
    corpus = Corpus(1.2e9, 1.2e9)
    more = added(hosted("continued_pre_training", corpus=corpus), hosted("full"))
    assert more["tuning_compute"][0] == pytest.approx(device_hours(6 * N * 1.2e9, 1e14, 0.4) * 2 * 2.0, rel=1e-9)
    assert more["tuning_data"][0] == pytest.approx(1_200.0)


def test_a_model_from_scratch_is_paid_for_while_it_is_trained() -> None:
    got = lines(hosted("from_scratch", corpus=Corpus(None, 0.0))).lines
    pre = device_hours(6 * N * 400 * N, 1e14, 0.4) * 2 * 2.0
    tune = device_hours(training_flop(N, 40_000 * TOKENS * 3, trainable_fraction=0.005), 1e14, 0.4) * 4 * 2.0
    team = 8 * 9 * 20_000
    assert got["tuning_compute"][0].sum() == pytest.approx(pre + tune, rel=1e-9)
    assert got["tuning_people"][0].sum() == pytest.approx(team, rel=1e-9)
    assert (got["tuning_people"][0, 3:] == 0).all()
    assert got["tuning_again"][0, 12] == pytest.approx(0.3 * (pre + tune + team), rel=1e-9)


def test_tuning_adds_nothing_to_serving() -> None:
    more = added(hosted("lora"), serving())
    assert {name for name, extra in more.items() if np.abs(extra).max() > 1e-9} == {
        "tuning_data", "tuning_compute", "tuning_people", "tuning_evaluation"}  # fmt: skip


@settings(max_examples=20)
@given(st.floats(0, 1_000))
def test_a_shorter_prompt_never_costs_more_and_saves_its_own_price(saved) -> None:
    full, short = lines(managed()), lines(managed(saved=saved))
    gone = full.lines["uncached_input"] - short.lines["uncached_input"]
    assert np.allclose(gone, 1e6 * saved * 1.0 / 1e6)
    assert lines(hosted(saved=saved)).total.sum() <= lines(hosted()).total.sum() + 1e-6


@settings(max_examples=20)
@given(st.integers(1, 12), st.floats(1e5, 1e9))
def test_sharing_machines_never_costs_a_workload_more(variants, volume) -> None:
    alone, shared = lines(hosted(), volume=volume).total.sum(), lines(hosted(variants=variants), volume=volume)
    assert shared.total.sum() <= alone * (1 + 1e-9)


def test_workloads_that_share_a_machine_they_could_fill_pay_for_what_they_use() -> None:
    many = lines(hosted(variants=4)).lines["rent"][0, 20]
    assert many == pytest.approx(lines(hosted()).lines["rent"][0, 20] / 4)  # one replica carries all four


def test_doubling_every_dollar_doubles_tuning() -> None:
    def dearer(option: Option, factor: float) -> float:
        amounts = lines(option, scale=factor).lines
        return float(sum(amounts[n].sum() for n in amounts if n.startswith("tuning_") and n != "tuning_hosting"))

    twice = price().model_copy(update={"training_usd_per_mtok": Decimal(10)})
    plan = Tuning("managed", "seller/small", (1, 13, 25), Examples(40_000, TOKENS))
    double = tuned_managed(plan, twice, ex.card("seller/small"), ex.demand(), switching=True, prompt_saved=0.0)
    assert dearer(double, 2.0) == pytest.approx(2 * dearer(managed(), 1.0), rel=1e-9)


@pytest.mark.parametrize("option", [
    managed(), managed(count=None), hosted("lora", variants=3, saved=200.0),
    hosted("continued_pre_training", corpus=Corpus(1e9, 1e9)), hosted("from_scratch", corpus=Corpus(None, 1e9)),
], ids=lambda option: option.id)  # fmt: skip
def test_units_multiply_out(option) -> None:
    assert unit_faults(option.ledger) == ()
