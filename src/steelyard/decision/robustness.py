"""Whether the draws suffice for this decision, and which inputs the doubt comes from."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from steelyard.decision.sensitivity import FlipPoint, Score
from steelyard.decision.verdict import Choice, choose
from steelyard.domain.insight import Convergence, Influence
from steelyard.domain.result import Kind
from steelyard.printed import money
from steelyard.risk.measures import explained_share, margin_standard_error

__all__ = ["convergence", "influences", "runner_up"]

SURE_ERRORS = 2.0
"""Standard errors within which a mean lies in 19 of 20 cases [1]."""
LEAST_SHARE = 0.005
"""Share of variance below which an input is not shown unless it flips the verdict [1]."""


def runner_up(score: NDArray[np.float64], chosen: int, feasible: Sequence[bool]) -> int | None:
    """Return the column of the best feasible option but the chosen one; None where there is no other."""
    others = [i for i, allowed in enumerate(feasible) if allowed and i != chosen]
    return min(others, key=lambda i: (float(score[i]), i), default=None)


def convergence(
    costs: NDArray[np.float64], choice: Choice, *, kinds: Sequence[Kind], ids: Sequence[str], feasible: Sequence[bool],
    score: Score,
) -> Convergence:  # fmt: skip
    """Return whether more draws could change the choice.

    Parameters
    ----------
    costs
        Present values of all options, shape (n_draws, n_options) [USD].
    choice
        What was chosen on all draws.
    kinds, ids, feasible
        Form, identifier and standing of each option.
    score
        What is minimised.
    """
    n = len(costs)
    halves = [choose(score(part), kinds, ids, feasible) for part in (costs[: n // 2], costs[n // 2 :])]
    agree = all(half is not None and half.index == choice.index for half in halves)
    rival = runner_up(costs.mean(axis=0), choice.index, feasible)
    if rival is None:
        return Convergence(draws=n, margin_usd=None, margin_standard_error_usd=None, halves_agree=agree, settled=agree,
                           sentence="Only one option passes every gate: draws cannot change the choice.")  # fmt: skip
    pair = costs[:, [choice.index, rival]]
    margin, error = float((pair[:, 1] - pair[:, 0]).mean()), margin_standard_error(pair, 0)
    within = SURE_ERRORS * error <= choice.materiality_usd or abs(margin) > SURE_ERRORS * error
    settled = agree and within
    known = (f"the mean difference to the next best, {money(margin)}, is known to within {money(SURE_ERRORS * error)}, "
             f"against {money(choice.materiality_usd)} that counts as a tie")  # fmt: skip
    halves_say = (
        "each half of the draws chooses the same" if agree else "the two halves of the draws choose differently"
    )
    verb = "suffice" if settled else "may not suffice, ask for more with --draws"
    return Convergence(draws=n, margin_usd=margin, margin_standard_error_usd=error, halves_agree=agree, settled=settled,
                       sentence=f"{n:,} draws {verb}: {known}; {halves_say}.")  # fmt: skip


def influences(
    points: Sequence[FlipPoint], known: Mapping[str, NDArray[np.float64]], margin: NDArray[np.float64], *,
    chosen: int, rival: int,
) -> tuple[Influence, ...]:  # fmt: skip
    """Return how much of the doubt about the choice each input explains, most first.

    Parameters
    ----------
    points
        Groups of inputs with the margin at their p10 and p90.
    known
        Conditional mean costs of the feasible options by group, shape (n_draws, n_options) each [USD].
    margin
        Cost of the next best less that of the choice, shape (n_draws,) [USD].
    chosen, rival
        Their columns among the feasible options.
    """
    found: list[Influence] = []
    for point in points:
        group = point.group
        given = known.get(group.name)
        share = explained_share(given[:, rival] - given[:, chosen], margin) if given is not None else 0.0
        if share < LEAST_SHARE and point.factor is None:
            continue
        found.append(Influence(
            input=group.name, unit=group.unit, low=group.expected * group.low_factor,
            high=group.expected * group.high_factor, margin_at_low_usd=point.margin_low_usd,
            margin_at_high_usd=point.margin_high_usd, share_of_variance=share,
        ))  # fmt: skip
    return tuple(sorted(found, key=lambda row: (-row.share_of_variance, row.input)))
