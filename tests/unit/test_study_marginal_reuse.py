"""What more traffic costs is computed from the costs that are known already."""

from typing import Any

import pytest

import option_example as ex
from steelyard.decision.cost_model import CostModel
from steelyard.options.bought import bought_option
from steelyard.study import marginal


def test_the_cost_without_more_traffic_is_taken_from_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    option = bought_option(ex.card(), ex.demand(2e6))
    drawn = ex.draws(option.ledger.inputs, volume=2e6)
    means = {name: array[:1] for name, array in drawn.values.items()}
    values = dict(drawn.values)
    model = CostModel([option], type(drawn)(n_draws=drawn.n_draws, n_months=drawn.n_months, seed=0, values=values,
                                            means=means))  # fmt: skip
    asked: list[str] = []
    evaluate = marginal.evaluate

    def watched(ledger: Any, inputs: Any, n_months: int, **more: Any) -> Any:
        asked.append(ledger.option)
        return evaluate(ledger, inputs, n_months, **more)

    model.total(option)
    monkeypatch.setattr(marginal, "evaluate", watched)
    marginal.marginal_cost(model, option, tokens_per_request=ex.N_IN + ex.N_OUT)
    assert asked == [option.ledger.option] * 3  # a tenth more; at the means, without and with one more
