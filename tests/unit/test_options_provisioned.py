"""The price of capacity by the unit: that of the model's tokens, once no contract fixes it."""

import numpy as np
import pytest

import option_example as ex
from steelyard.domain.study import ProvisionedTerms
from steelyard.finance.evaluate import evaluate
from steelyard.options.provisioned import provisioned_option

TERMS = ProvisionedTerms(seller="seller", model="seller/small", input_tokens_per_minute_per_unit=5e4,
                         usd_per_unit_h=0.02)  # fmt: skip


@pytest.mark.parametrize("fixed", [0, 12])
def test_the_price_of_a_unit_moves_with_the_tokens_once_no_contract_fixes_it(fixed: int) -> None:
    option = provisioned_option(ex.card("seller/small"), TERMS, ex.demand(1e8), switching=True, source="a test",
                                fixed_months=fixed)  # fmt: skip
    assert option is not None
    flat = ex.draws(option.ledger.inputs, volume=1e8, n=1).values
    halved = {**flat, "price_factor.seller.seller/small": np.full((1, 36), 0.5)}
    before, after = (evaluate(option.ledger, given, 36).lines["units_held"][0] for given in (flat, halved))
    assert np.allclose(after[:fixed], before[:fixed])
    assert np.allclose(after[fixed:], before[fixed:] / 2)
    assert ("fixed for 12 months" if fixed else "fixed by no contract") in option.notes[0]
