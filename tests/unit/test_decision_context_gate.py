"""The context gate: what runs today is not ruled out by lengths that were only stated, another model is."""

from dataclasses import replace

import pytest

import option_example as ex
from steelyard.decision.gates import gate_findings
from steelyard.domain.traffic import Quantiles
from steelyard.options.self_hosted import owned_option
from steelyard.quality.screen import Screen
from steelyard.study.load import study_from_text

STUDY = """study: long
traffic: {requests_per_month: 1M, input_tokens: 900, output_tokens: 100}
today: {provider: seller, model: today}
"""


def summary(p50: float, p99: float) -> Quantiles:
    return Quantiles(p50=p50, p90=p99, p95=p99, p99=p99, max=p99, mean=p50)


@pytest.mark.parametrize(("kind", "answer"), [("keep_today", "possible if you can show"), ("buy_api", "blocked")])
def test_only_what_runs_today_may_show_that_it_does(kind, answer) -> None:
    demand = ex.demand()
    long = demand.profile.model_copy(update={"input_tokens": summary(900, 40_000), "output_tokens": summary(100, 500)})
    demand = replace(demand, profile=long)
    option = owned_option(ex.candidate(), ex.server(), ex.demand(), interim=None, lead_months=4)
    option = replace(option, kind=kind)
    findings = gate_findings(option, study_from_text(STUDY, "long"), demand, ex.catalogue(),
                             screen=Screen("unknown", None, "unknown"), regimes=())  # fmt: skip
    assert [f.answer for f in findings if f.gate == "context"] == [answer]
