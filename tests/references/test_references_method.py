"""The example of docs/method.md, recomputed by plain arithmetic, by the engine, and read off the page."""

import re
from pathlib import Path

import numpy as np
import pytest

import option_example as ex
from steelyard.decision.decide import Decision, decide_options
from steelyard.decision.verdict import materiality
from steelyard.domain.draws import Draws
from steelyard.options.bought import bought_option, services_of, today_option
from steelyard.options.option import REQUESTS
from steelyard.risk.measures import p_best
from steelyard.study.load import study_from_text

PAGE = re.sub(r"\s+", " ", (Path(__file__).resolve().parents[2] / "docs/method.md").read_text(encoding="utf-8"))
MONTHS, VOLUMES = 12, (1e6, 2e6, 3e6, 4e6)
TODAY = 1_000 * 1.00e-6 + 200 * 4.00e-6
OTHER = 1_000 * 0.50e-6 + 200 * 2.00e-6
SWITCH = 20 * 240_000 / 220 + 3_000
FACTORS = [1.1 ** (-(m - 0.5) / 12) for m in range(1, MONTHS + 1)]
ANNUITY = sum(FACTORS)
COSTS = [(v * TODAY * ANNUITY, v * OTHER * ANNUITY + SWITCH * FACTORS[0]) for v in VOLUMES]


@pytest.fixture(scope="module")
def engine() -> Decision:
    demand = ex.demand(2.5e6, horizon=MONTHS)
    other = ex.card("seller/other", uncached="0.5", output="2")
    options = [today_option(services_of(ex.card(), demand), demand), bought_option(other, demand)]
    names = tuple(sorted({name for option in options for name in option.ledger.inputs}))
    flat = ex.draws(names, months=MONTHS, n=4)
    paths = np.repeat(np.array(VOLUMES)[:, None], MONTHS, axis=1)
    drawn = Draws(n_draws=4, n_months=MONTHS, seed=0, values=dict(flat.values) | {REQUESTS: paths},
                  means=dict(flat.means) | {REQUESTS: np.full((1, MONTHS), 2.5e6)})  # fmt: skip
    text = "horizon: 12 months\ntraffic: {requests_per_month: 2.5M, input_tokens: 1k, output_tokens: 200}\n"
    return decide_options(study_from_text(text), demand, options, drawn, names={}, costs_of_measuring={})


def shown(value: float, digits: int = 0) -> str:
    text = f"{value:,.{digits}f}"
    assert text in PAGE, f"docs/method.md does not show {text}"
    return text


def test_a_request_a_month_and_a_present_value_by_hand(engine: Decision) -> None:
    assert shown(TODAY, 4) == "0.0018"
    assert shown(OTHER, 4) == "0.0009"
    assert shown(2e6 * TODAY) == "3,600"
    assert shown(SWITCH) == "24,818"
    assert shown(FACTORS[0], 4) == "0.9960"
    shown(ANNUITY, 3)
    for draw, (today, other) in enumerate(COSTS):
        shown(today)
        shown(other)
        assert engine.findings.costs[draw].tolist() == pytest.approx([today, other])


def test_the_rule_of_the_verdict_by_hand(engine: Decision) -> None:
    means = [sum(pair[k] for pair in COSTS) / len(COSTS) for k in (0, 1)]
    shown(means[0])
    shown(means[1])
    shown(means[0] - means[1])
    threshold = materiality(min(means))
    assert shown(threshold) == "10,000"
    assert engine.findings.score.tolist() == pytest.approx(means)
    assert means[1] < means[0] <= means[1] + threshold
    assert engine.verdict == "keep_today"
    assert engine.findings.choice.least == 1


def test_odds_confidence_regret_and_the_worth_of_knowing_by_hand(engine: Decision) -> None:
    wins = sum(today < other for today, other in COSTS) / len(COSTS)
    assert wins == 0.5
    assert p_best(engine.findings.costs).tolist() == [0.5, 0.5]
    sure = sum(today - other <= 10_000 for today, other in COSTS) / len(COSTS)
    assert sure == engine.confidence == 0.75
    regret = sum(today - min(today, other) for today, other in COSTS) / len(COSTS)
    knowing = min(sum(p[k] for p in COSTS) for k in (0, 1)) / 4 - sum(min(p) for p in COSTS) / 4
    assert engine.regret_usd == pytest.approx(regret)
    assert engine.evpi_usd == pytest.approx(knowing)
    shown(regret)
    shown(knowing)


def test_the_flip_point_by_hand(engine: Decision) -> None:
    """Today stops winning where its mean cost exceeds the other's by the tie: V (p - q) A = S d + 10,000."""
    at = (SWITCH * FACTORS[0] + 10_000) / ((TODAY - OTHER) * ANNUITY)
    (flip,) = [f for f in engine.flips if f.input == "Requests a month"]
    assert flip.at == pytest.approx(at, rel=0.012)
    assert flip.checked
    assert f"{at / 1e6:.2f} M" in PAGE
