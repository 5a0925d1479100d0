"""What an option's failures cost beyond those of the reference: paid for instead of being ruled out."""

from dataclasses import replace

from steelyard.domain.ledger import Ledger
from steelyard.finance.builder import LedgerBuilder
from steelyard.options.option import REQUESTS, Option

__all__ = ["EXTRA_FAILURES", "failures_name", "with_failures"]

EXTRA_FAILURES = "quality.extra_failures."
"""Begins the inputs that say how many more requests fail at a model than at the reference [1]."""


def failures_name(model: str) -> str:
    """Return the input that says how many more requests fail at a model than at the reference [1]."""
    return f"{EXTRA_FAILURES}{model}"


def with_failures(option: Option, usd_per_failure: float) -> Option:
    """Return the option with a line for the requests that fail at it and would not at the reference.

    Parameters
    ----------
    option
        The option.
    usd_per_failure
        What a failed request costs the organisation [USD].
    """
    builder = LedgerBuilder(option.id)
    requests = builder.input(REQUESTS, unit="request/month", label="Requests")
    extra = builder.input(failures_name(option.model), unit="1",
                          label=f"Requests that fail at {option.model} beyond those at the reference")  # fmt: skip
    cost = builder.constant("failed_request_usd", usd_per_failure, unit="USD/request", source="study",
                            label="What a failed request costs you")  # fmt: skip
    builder.line("failures", requests * extra * cost, group="other", label="Failures beyond those of the reference")
    more = builder.build()
    have = {quantity.name for quantity in option.ledger.quantities}
    quantities = (*option.ledger.quantities, *(q for q in more.quantities if q.name not in have))
    return replace(option, ledger=Ledger(option.ledger.option, quantities, (*option.ledger.lines, *more.lines)))
