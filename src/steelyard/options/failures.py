"""What failures beyond those of the reference cost: paid for by whoever serves, bought or on own machines."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from steelyard.domain.ledger import Ledger, Ref
from steelyard.finance.builder import LedgerBuilder, Operand, Term, from_month
from steelyard.finance.embedding import embed
from steelyard.options.option import REQUESTS, Option

__all__ = ["EXTRA_FAILURES", "FAILURES", "Failing", "failure_lines", "failures_name", "with_failures",
           "with_failures_of", "without_failures"]  # fmt: skip

EXTRA_FAILURES = "quality.extra_failures."
"""Begins the inputs that say how many more requests fail at a model than at the reference [1]."""
FAILURES = "failures"
"""Line: what they cost; in a plan with the part's name before it."""
_OWN = ("failed_request_usd", FAILURES, f"until_live_{FAILURES}")
"""Quantities behind the lines of failures."""


def failures_name(model: str, *, weights: str | None = None, tuned: bool = False) -> str:
    """Return the input that says how many more requests fail at a model than at the reference [1].

    Parameters
    ----------
    model
        The model.
    weights
        Weight format served, where it costs ability.
    tuned
        Whether with the gain that the study states for tuning.
    """
    return f"{EXTRA_FAILURES}{model}{f'@{weights}' if weights else ''}{'+gain' if tuned else ''}"


class Failing(NamedTuple):
    """Inputs of extra failures of what serves; None: no more fail than at the reference, or nothing is known."""

    own: str | None
    """Of the option's model."""
    until_live: str | None = None
    """Of the service used until own machines are live."""
    live_month: int = 1
    """Month from which the option's model serves."""


def with_failures(option: Option, usd_per_failure: float, failing: Failing) -> Option:
    """Return the option with lines for the requests that fail at whatever serves and would not at the reference.

    Parameters
    ----------
    option
        The option, without such lines.
    usd_per_failure
        What a failed request costs the organisation [USD].
    failing
        What fails.
    """
    if failing.own is None and failing.until_live is None:
        return option
    builder = LedgerBuilder(option.ledger.option, option.ledger)
    live = from_month(failing.live_month)
    if failing.own is not None:
        served: Operand = 1.0 if failing.live_month <= 1 else live
        _add(builder, FAILURES, failing.own, served, usd_per_failure, of=option.model)
    if failing.until_live is not None and failing.live_month > 1:
        model = failing.until_live.removeprefix(EXTRA_FAILURES)
        _add(builder, f"until_live_{FAILURES}", failing.until_live, 1.0 - live, usd_per_failure, of=model)
    return replace(option, ledger=builder.build())


def _add(builder: LedgerBuilder, line: str, name: str, served: Operand, usd: float, *, of: str) -> None:
    requests = builder.input(REQUESTS, unit="request/month", label="Requests")
    extra = builder.input(name, unit="1", label=f"Requests that fail at {of} beyond those at the reference")
    cost = builder.constant("failed_request_usd", usd, unit="USD/request", source="study",
                            label="What a failed request costs you")  # fmt: skip
    amount = requests * extra * cost
    label = "Failures beyond those of the reference"
    builder.line(line, amount if isinstance(served, float) else amount * served, group="other",
                 label=label if line == FAILURES else f"Until live: {label.lower()}")  # fmt: skip


def failure_lines(ledger: Ledger) -> list[str]:
    """Return the identifiers of the lines that charge failures."""
    return [line.id for line in ledger.lines if line.id == FAILURES or line.id.endswith(f"_{FAILURES}")]


def without_failures(ledger: Ledger) -> Ledger:
    """Return a ledger without the lines that charge failures, for another model to take the place of the first."""
    gone = set(failure_lines(ledger))
    quantities = tuple(q for q in ledger.quantities if q.name not in _OWN and not q.name.startswith(EXTRA_FAILURES))
    return Ledger(ledger.option, quantities, tuple(line for line in ledger.lines if line.id not in gone))


def with_failures_of(plan: Option, parts: Sequence[Option], share: str) -> Option:
    """Return a plan of two ways to serve with what fails at each, in proportion to what each serves.

    Parameters
    ----------
    plan
        The plan.
    parts
        The part that serves the share, and the one that serves the rest, each with its failures for all traffic.
    share
        Quantity of the plan: share of the requests that the first part serves [1].
    """
    builder = LedgerBuilder(plan.ledger.option, plan.ledger)
    first = Term(Ref(share))
    for prefix, part, served in zip(("first_", "rest_"), parts, (first, 1.0 - first), strict=True):
        without = [line.id for line in part.ledger.lines if line.id != FAILURES]
        if len(without) == len(part.ledger.lines):
            continue
        requests = builder.input(REQUESTS, unit="request/month", label="Requests")
        mine = builder.quantity(f"{prefix}requests", requests * served, unit="request/month",
                                label=f"Requests that {part.model} serves")  # fmt: skip
        name = part.model.split("/")[-1]
        embed(builder, part.ledger, prefix=prefix, heading=f"{name}: ", given={REQUESTS: mine}, without=without)
    return replace(plan, ledger=builder.build())
