"""When a model of one's own is offered, what is not offered and why, and how good it counts as."""

from datetime import date

import pytest

import option_example as ex
from steelyard.decision.cost_model import CostModel
from steelyard.domain.catalogue import Catalogue
from steelyard.domain.study import Study
from steelyard.facts import load_catalogue
from steelyard.finance.builder import LedgerBuilder
from steelyard.options.bought import add_switch_lines
from steelyard.options.option import Option, listing_name
from steelyard.options.tuning_plan import Examples, Method, Tuning
from steelyard.quality.screen import Screen
from steelyard.study.inputs import draw_inputs
from steelyard.study.load import study_from_text
from steelyard.study.reference import Reference, screen_model
from steelyard.study.training import months_of, training_devices
from steelyard.study.tuned_options import TunedOptions, Workshop, tuned_options
from steelyard.study.tuned_quality import tuned_screen

AS_OF = date(2026, 11, 23)
CATALOGUE = load_catalogue(AS_OF)
TEXT = """study: made-up
traffic: {{requests_per_month: 1M, input_tokens: {{p50: 900, p95: 4k}}, output_tokens: {{p50: 150, p95: 600}}}}
today: {{provider: anthropic, model: claude-haiku-4-5}}
training_data: {{exclusive: {exclusive}{more}}}
differentiator: {{model_is_product: {product}}}
"""


def study(exclusive: str = "yes", product: str = "no", more: str = "") -> Study:
    return study_from_text(TEXT.format(exclusive=exclusive, product=product, more=more))


def offered(asked: Study, catalogue: Catalogue = CATALOGUE) -> TunedOptions:
    return tuned_options(Workshop(asked, ex.demand(), catalogue, lambda base, wait: None))


def reference() -> Reference:
    model = "anthropic/claude-haiku-4-5"
    return Reference(model, CATALOGUE.quality[model], "a test")


def test_nothing_is_tuned_without_a_reason() -> None:
    assert offered(study("no")) == ((), ())
    assert offered(study("unknown")) == ((), ())
    assert offered(study("no", product="yes")).options


def test_a_seller_offers_the_best_base_and_the_cheapest() -> None:
    found = offered(study()).options
    assert {o.card.seller for o in found if o.card} == {"azure"}
    assert all(o.kind == "fine_tune_managed" for o in found)
    assert len(found) == 2


def test_a_closed_programme_is_not_offered_past_its_date_and_says_so() -> None:
    notes = offered(study()).notes
    assert any("openai is not offered" in n and "2026-05-07" in n and "gpt-4.1" in n for n in notes)
    again = offered(study(more=", tuned_at: [openai]")).notes
    assert not any("openai is not offered, who never" in n for n in again)
    assert any("openai is not sized" in n and "trained tokens" in n for n in again)
    later = offered(study(more=", tuned_at: [openai]"), load_catalogue(date(2027, 1, 8))).notes
    assert any("openai is not offered, no job can be started since 2027-01-06" in n for n in later)


def test_a_base_its_vendor_retired_is_not_offered() -> None:
    assert not any("gpt-4.1-nano" in o.model for o in offered(study()).options)
    assert any("retired the base on 2026-10-23: gpt-4.1-nano" in n for n in offered(study()).notes)


def test_a_named_base_is_the_one_tuned() -> None:
    found = offered(study(more=", base: gpt-4.1-mini")).options
    assert [o.model for o in found] == ["openai/gpt-4.1-mini"]


@pytest.mark.parametrize(("every", "months"), [("", (1, 13, 25)), (", tuned_every: 0", (1,)),
                                               (", tuned_every: 6", (1, 7, 13, 19, 25, 31))])  # fmt: skip
def test_the_rhythm_is_a_year_unless_stated(every: str, months: tuple[int, ...]) -> None:
    assert months_of(study(more=every)) == months


def judged(base: str, asked: Study, method: Method = "lora") -> Screen:
    plan = Tuning(method, base, (1,), Examples(1, 1))
    plain = screen_model(asked, CATALOGUE, reference(), base)
    return tuned_screen(plan, plain, asked, CATALOGUE, reference())


def test_a_base_that_passes_lets_its_tuned_form_in_without_a_gain() -> None:
    found = judged("gemma-4-26b-a4b", study())
    assert found.stays
    assert found.words.endswith("what tuning adds is unknown: evaluate")


def test_a_base_below_the_bar_is_left_out_until_evaluated_and_says_what_it_must_add() -> None:
    found = judged("gemma-3-12b", study())
    assert found.answer == "below"
    bar = reference().score
    assert bar is not None
    gap = bar.index - 4 - CATALOGUE.quality["gemma-3-12b"].index
    assert f"tuning must add {gap:.0f} points" in found.words


def test_a_base_kept_out_by_a_capability_says_which() -> None:
    found = judged("qwen3.5-35b-a3b", study())
    assert found.answer == "below"
    assert "make good what keeps its base out" in found.words


def test_a_gain_from_the_users_own_evaluation_lets_it_in_and_too_small_a_one_does_not() -> None:
    assert judged("gemma-3-12b", study(more=", gain: 24 to 30")).stays
    assert not judged("gemma-3-12b", study(more=", gain: 1 to 2")).stays


def test_a_model_that_does_not_exist_is_never_taken_to_be_good_enough() -> None:
    assert judged("gemma-4-26b-a4b", study(), "from_scratch").answer == "below"
    assert judged("gemma-4-26b-a4b", study(more=", gain: 4 to 8"), "from_scratch").stays


def test_training_takes_as_many_devices_as_hold_its_states() -> None:
    model = CATALOGUE.open_models["llama-3.1-70b"]
    found = training_devices(model, "full", Examples(1_000, 4_000), CATALOGUE)
    assert found is not None
    assert found.flop_per_corpus_token == pytest.approx(6 * model.parameters_active)
    held = found.least * CATALOGUE.accelerators[found.accelerator].memory_bytes
    assert held > 16 * model.parameters_total  # states spread over the devices
    lora = training_devices(model, "lora", Examples(1_000, 4_000), CATALOGUE)
    assert lora is not None
    assert lora.flop_per_example_token < 0.7 * found.flop_per_example_token
    assert lora.least <= found.least / 5


def test_a_retirement_is_drawn_where_no_token_of_the_listing_is_priced() -> None:
    card = next(card for card in CATALOGUE.rate_cards if card.open_weights)
    builder = LedgerBuilder("endpoint")
    add_switch_lines(builder, card, switching=True)
    option = Option(id="endpoint", label="Buy", kind="buy_hosted_open_weights", model=card.model, card=card,
                    ledger=builder.build())  # fmt: skip
    drawn = draw_inputs(study(), ex.demand(), [option], CATALOGUE, seed=0, n_draws=8)
    assert f"{listing_name(card)}.migration" in drawn.values
    assert CostModel([option], drawn).base().shape == (8, 1)
