"""What every way to serve still owes for what runs today: contracts, leases, machines held."""

from steelyard.domain.catalogue import Catalogue
from steelyard.domain.study import SelfHostedToday, Study, TodayApi
from steelyard.options.after_tax import after_tax
from steelyard.options.demand import Demand
from steelyard.options.estate import Estate, leave_estate
from steelyard.options.minimum import with_minimum
from steelyard.options.option import Option, live_month
from steelyard.study.price_paths import months_until

__all__ = ["estate_of", "obliged"]


def estate_of(study: Study, today: SelfHostedToday, catalogue: Catalogue) -> Estate:
    """Return the machines held today, their age and for how long their contract runs.

    Parameters
    ----------
    study
        Horizon and file name.
    today
        As stated.
    catalogue
        Accelerators and servers; its day is the first of month 1.
    """
    ends = today.contract_ends
    left = months_until(ends, catalogue.as_of) if ends is not None and ends >= catalogue.as_of else 0
    return Estate.of(today, catalogue, where=study.where, contract_months=left, horizon_months=study.horizon_months)


def obliged(option: Option, study: Study, demand: Demand, catalogue: Catalogue) -> Option:
    """Return an option with what it still owes for what runs today, after tax where the study states a rate.

    Parameters
    ----------
    option
        Any way to serve.
    study
        What runs today.
    demand
        Build time.
    catalogue
        Its day and prices.
    """
    owing = _owing(option, study, demand, catalogue)
    economics = study.economics
    return after_tax(owing, tax_fraction=economics.tax_fraction, life_months=int(economics.depreciation_months),
                     horizon_months=study.horizon_months)  # fmt: skip


def _owing(option: Option, study: Study, demand: Demand, catalogue: Catalogue) -> Option:
    today = study.today
    if isinstance(today, TodayApi):
        ends = today.contract_ends
        left = months_until(ends, catalogue.as_of) if ends is not None and ends >= catalogue.as_of else 0
        return with_minimum(option, today, months=left)
    if isinstance(today, SelfHostedToday) and option.kind != "keep_today":
        return leave_estate(option, estate_of(study, today, catalogue), freed=_live_month(option, demand))
    return option


def _live_month(option: Option, demand: Demand) -> int:
    """Return the month from which an option serves by itself: the first where it is bought."""
    if option.hardware is None or option.bought:
        return 1
    return live_month(option.ledger, demand.build_months)
