"""Cash flow after tax, where a study asks for it: one line that gives back the tax on every deduction."""

from dataclasses import replace

from steelyard.finance.builder import LedgerBuilder, Term, delay, in_month, running_sum
from steelyard.nouns import counted
from steelyard.options.option import Option

__all__ = ["after_tax"]


def after_tax(option: Option, *, tax_fraction: float, life_months: int, horizon_months: int) -> Option:
    r"""Return an option with the tax its costs save, for a company that earns enough to use every deduction.

    .. math:: T_m = -t \left( E_m + A_m + B_H [m = H] \right)

    with running costs :math:`E` (sales of machines are income), straight-line depreciation :math:`A` of what is bought
    over its life for tax, and its book value :math:`B` written off at the horizon, where what is left is sold.

    Parameters
    ----------
    option
        Any way to serve.
    tax_fraction
        Marginal rate on income [1], 0 to 1.
    life_months
        Life for tax, from the month of purchase [month], at least 1.
    horizon_months
        Horizon [month].

    References
    ----------
    Brealey, Myers, Allen (2020), *Principles of Corporate Finance*, ch. 6 (depreciation tax shield).
    """
    if tax_fraction <= 0:
        return option
    builder = LedgerBuilder(option.ledger.option, option.ledger)
    rate = builder.constant("tax_fraction", tax_fraction, unit="1", label="Marginal tax rate", source="study")
    bought = _sum(builder, [line.id for line in option.ledger.lines if line.id in option.capex_lines])
    expenses = _sum(builder, [line.id for line in option.ledger.lines if line.id not in option.capex_lines])
    deducted = expenses
    if bought is not None:
        every = builder.quantity("bought_usd", bought, unit="USD/month", label="Bought and depreciated")
        in_life = running_sum(every) - running_sum(delay(every, life_months))
        written = builder.quantity("depreciation_usd", in_life / float(life_months), unit="USD/month",
                                   label=f"Depreciation for tax over {counted(life_months, 'month')}")  # fmt: skip
        book = (running_sum(every) - running_sum(written)) * in_month(horizon_months)
        off = builder.quantity("written_off_usd", book, unit="USD/month", label="Book value written off at the horizon")
        deducted = written + off if deducted is None else deducted + written + off
    if deducted is None:
        return option
    builder.line("tax", -(rate * deducted), group="other", label="Tax saved by these costs")
    return replace(option, ledger=builder.build())


def _sum(builder: LedgerBuilder, lines: list[str]) -> Term | None:
    total: Term | None = None
    for name in lines:
        total = builder.term_of(name) if total is None else total + builder.term_of(name)
    return total
