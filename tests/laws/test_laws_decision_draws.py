"""Draws and the decision: rate of convergence, same bytes on any threads, order of months, useless options."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from test_laws_decision import study, world

import option_example as ex
from steelyard.decision.cost_model import CostModel
from steelyard.decision.decide import decide_options
from steelyard.domain.draws import Draws
from steelyard.options.bought import bought_option

SCRIPT = """
from datetime import date
from pathlib import Path
from steelyard.study.load import load_study
from steelyard.study.pipeline import decide
import hashlib, sys
result = decide(load_study(Path(sys.argv[1])), base_folder=Path(sys.argv[1]).parent, seed=3, as_of=date(2026, 11, 23),
                draws=512)
print(hashlib.sha256(result.model_dump_json().encode()).hexdigest())
"""


def test_more_draws_converge_at_least_as_fast_as_the_stated_error_says() -> None:
    """Four times the draws halve the spread of the mean over seeds, or better; the stated error bounds it."""

    def spread(n: int) -> tuple[float, float]:
        means, stated = [], []
        for seed in range(12):
            _, options, draws = world(6e7, n=n, seed=seed)
            costs = CostModel(options[:2], draws).base()
            means.append(costs[:, 0].mean())
            stated.append(costs[:, 0].std(ddof=1) / np.sqrt(n))
        return float(np.std(means)), float(np.mean(stated))

    few, many = spread(128), spread(2_048)
    assert many[0] < few[0] / 3
    assert few[0] <= few[1] * 1.2
    assert many[0] <= many[1] * 1.2
    assert many[1] == pytest.approx(few[1] / 4, rel=0.15)


@pytest.mark.slow
def test_same_seed_same_bytes_on_one_thread_or_two() -> None:
    path = str(Path(__file__).resolve().parents[2] / "examples/startup/study.yaml")
    hashes = set()
    for threads in ("1", "2"):
        given = os.environ | {"OPENBLAS_NUM_THREADS": threads, "OMP_NUM_THREADS": threads, "NUMBA_NUM_THREADS": threads}
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, path], capture_output=True, text=True, check=True, env=given
        )
        hashes.add(done.stdout.strip())
    assert len(hashes) == 1


def test_order_of_months_changes_nothing_where_money_is_not_discounted() -> None:
    demand, options, draws = world(6e7, n=64)
    option = bought_option(ex.card("seller/dear", uncached="2", output="8"), demand, switching=False)
    order = np.random.default_rng(0).permutation(draws.n_months)
    flat = dict(draws.values) | {"discount_rate_per_year": np.zeros((1, 1))}
    mixed = {name: v[:, order] if v.shape[1] > 1 else v for name, v in flat.items()}
    costs = [CostModel([option], Draws(draws.n_draws, draws.n_months, 0, values, draws.means)).base()
             for values in (flat, mixed)]  # fmt: skip
    assert costs[0] == pytest.approx(costs[1], rel=1e-12)
    assert options


@pytest.mark.parametrize("volume", [2e5, 6e7, 1e8])
def test_a_useless_option_changes_no_verdict(volume: float) -> None:
    demand, options, draws = world(volume)
    card = ex.card("seller/absurd", uncached="900", output="9000")
    useless = bought_option(card, demand)
    values = dict(draws.values)
    means = dict(draws.means)
    for name in useless.ledger.inputs:
        values.setdefault(
            name,
            values["price_factor.seller.seller/dear"]
            if name.startswith("price_factor") and not name.endswith(".migration")
            else np.zeros((1, 1)) + (not name.endswith(".migration")),
        )
        means.setdefault(name, np.full((1, 1), float(values[name].mean())))
    drawn = Draws(draws.n_draws, draws.n_months, draws.seed, values, means)
    one = decide_options(study(), demand, options, draws, names={}, costs_of_measuring={})
    two = decide_options(study(), demand, [*options, useless], drawn, names={}, costs_of_measuring={})
    assert one.verdict == two.verdict
    assert one.findings.chosen.id == two.findings.chosen.id
    assert one.confidence == two.confidence
    assert one.regret_usd == two.regret_usd
    assert one.evpi_usd == pytest.approx(two.evpi_usd)
