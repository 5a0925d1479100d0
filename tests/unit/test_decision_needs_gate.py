"""The capability gate asks for what vendors publish, however a study spells it."""

from dataclasses import replace

import pytest

import option_example as ex
from steelyard.decision.gates import gate_findings
from steelyard.options.self_hosted import owned_option
from steelyard.quality.screen import Screen
from steelyard.study.load import study_from_text

STUDY = """study: tools
traffic: {{requests_per_month: 1M, input_tokens: 900, output_tokens: 100}}
quality: {{needs: [{need}]}}
"""


@pytest.mark.parametrize(("need", "answer"), [
    ("tools", "no blocking rule found"), ("function calling", "no blocking rule found"), ("Tool-calling", "no blocking "
     "rule found"), ("vision", "blocked"), ("images", "blocked"),
])  # fmt: skip
def test_every_spelling_of_a_need_asks_for_the_same_feature(need: str, answer: str) -> None:
    option = owned_option(ex.candidate(), ex.server(), ex.demand(), interim=None, lead_months=4)
    known = ex.catalogue()
    model = known.open_models[option.model].model_copy(update={"capabilities": ("tools",)})
    known = replace(known, open_models={**known.open_models, option.model: model})
    findings = gate_findings(option, study_from_text(STUDY.format(need=need), "tools"), ex.demand(), known,
                             screen=Screen("unknown", None, "unknown"), regimes=())  # fmt: skip
    assert [f.answer for f in findings if f.gate == "capability"] == [answer]
