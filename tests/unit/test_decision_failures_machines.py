"""Own machines and tuned models pay for their failures exactly as bought ones do."""

from datetime import date
from pathlib import Path

import pytest

from steelyard.domain.result import OptionResult, Result
from steelyard.study.load import study_from_text
from steelyard.study.pipeline import decide

TEXT = """
study: failures
horizon: 12 months
traffic: {requests_per_month: 5M, input_tokens: 900, output_tokens: 150, shape: flat, growth: 0%}
today: {provider: openai, model: gpt-5.4}
quality: {at_least: today FAILED}
candidates: [MODELS]
"""


def result(failed: str, models: str, more: str = "") -> Result:
    text = TEXT.replace(" FAILED", f", failed_request_costs: {failed}" if failed else "").replace("MODELS", models)
    return decide(study_from_text(text + more, "f.yaml"), base_folder=Path(), seed=0, as_of=date(2026, 11, 23),
                  draws=256)  # fmt: skip


def failures(option: OptionResult) -> float:
    """What failures cost in the last month [USD]."""
    return sum(line.usd_per_month[-1] for line in option.lines if line.id.endswith("failures"))


def test_a_model_below_the_bar_is_run_on_own_machines_only_where_it_pays_for_its_failures() -> None:
    assert not [o for o in result("", "gpt-oss-20b").options if o.kind.startswith("self_host") and o.feasible]
    own = [o for o in result("$0.05", "gpt-oss-20b").options if o.kind.startswith("self_host")]
    assert own
    assert all(o.feasible and failures(o) > 0 for o in own)


def test_the_same_model_fails_at_the_same_cost_bought_or_on_own_machines() -> None:
    # The native four bits of gpt-oss cost nothing: what is served is the same weights.
    found = result("$0.05", "openai/gpt-5.4, gpt-oss-20b")
    hosted = [o for o in found.options if o.kind == "buy_hosted_open_weights" and "dedicated" not in o.id]
    own = [o for o in found.options if o.kind in ("self_host_rented", "self_host_owned")]
    assert hosted
    assert own
    for option in own:
        assert failures(option) == pytest.approx(failures(hosted[0]), rel=1e-6)


def test_a_tuned_model_pays_as_its_base_does_until_a_gain_is_stated() -> None:
    data = "training_data: {exclusive: yes, base: gpt-oss-20b, labelled_examples: 20k GAIN}\n"
    plain = result("$0.05", "openai/gpt-5.4, gpt-oss-20b", data.replace(" GAIN", ""))
    better = result("$0.05", "openai/gpt-5.4, gpt-oss-20b", data.replace(" GAIN", ", gain: 10 to 20"))
    tuned = [o for o in plain.options if o.kind == "fine_tune_self_hosted"]
    own = next(o for o in plain.options if o.kind == "self_host_rented")
    assert tuned
    for option in tuned:
        assert failures(option) == pytest.approx(failures(own), rel=1e-6)
        gained = next(o for o in better.options if o.id == option.id)
        assert failures(gained) < failures(option)


def test_a_mix_is_charged_for_what_fails_at_each_of_its_parts() -> None:
    text = TEXT.replace(" FAILED", ", failed_request_costs: $0.0002").replace("5M,", "60M,")
    text = text.replace("MODELS", "openai/gpt-5.4, gemma-4-26b-a4b").replace("12 months", "36 months")
    found = decide(study_from_text(text, "f.yaml"), base_folder=Path(), seed=0, as_of=date(2026, 11, 23), draws=256)
    mixes = [o for o in found.options if o.kind in ("hybrid", "staged") or o.id.startswith("overflow:")]
    assert mixes
    for option in mixes:
        assert failures(option) > 0
        assert (option.usd_per_successful_request or 0.0) > (option.usd_per_request or 0.0)
