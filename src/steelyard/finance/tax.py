"""Cash flow after tax, where a study asks for it."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["after_tax_usd"]

Array = NDArray[np.float64]


def after_tax_usd(expense_usd: Array, capex_usd: Array, depreciation_usd: Array, tax_rate: float) -> Array:
    r"""Return the cost by month after tax, for a company that earns enough to use every deduction.

    .. math:: C_m = (1 - t) E_m + K_m - t A_m

    Running costs reduce taxable income at once, purchases only as they are depreciated.

    Parameters
    ----------
    expense_usd, capex_usd
        Running costs and purchases less sales [USD/month], shape (n_draws, n_months).
    depreciation_usd
        Depreciation for tax, shape (n_months,) or (n_draws, n_months) [USD/month].
    tax_rate
        Marginal rate on income [1].

    References
    ----------
    Brealey, Myers, Allen (2020), *Principles of Corporate Finance*, ch. 6 (depreciation tax shield).

    Examples
    --------
    >>> after_tax_usd(np.array([[100.0]]), np.array([[1000.0]]), np.array([50.0]), 0.25).tolist()
    [[1062.5]]
    """
    return (1.0 - tax_rate) * expense_usd + capex_usd - tax_rate * depreciation_usd
