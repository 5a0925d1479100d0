"""Where the verdict flips: one input at a time, and volume across its whole range."""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from steelyard.decision.cost_model import CostModel
from steelyard.decision.verdict import choose
from steelyard.domain.draws import Draws
from steelyard.domain.result import Kind
from steelyard.options.option import REQUESTS

__all__ = ["FlipPoint", "InputGroup", "Score", "bisected", "find_flip", "group_draws", "input_groups", "search_grid",
           "sweep_volume"]  # fmt: skip

Score = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Present values (n_draws, n_options) to what is minimised (n_options,)."""
SEARCH_DECADES = 2.0
"""How far the main inputs are moved each way in search of a flip [decade]."""
STEPS_PER_DECADE = 5
"""Grid of that search, at least; flips closer together than one step may be missed."""
BELIEVABLE_SD = 3.0
"""Distance beyond which a flip is not shown: no reader holds such a value possible [standard deviation]."""
ALWAYS_SHOWN = ("Requests a month", "API and hosted token prices", "GPU rent", "Throughput of a GPU")
"""Inputs whose flip is shown however far it lies."""
BISECTIONS = 12
"""Halvings after a bracket is found: the factor is known to 0.01 %."""


@dataclass(frozen=True, slots=True)
class InputGroup:
    """Inputs that move together in a sensitivity."""

    name: str
    unit: str
    members: tuple[str, ...]
    expected: float
    """Mean of the first member in month 1, or its value as told elsewhere, in ``unit``."""
    log_sd: float
    """Standard deviation of the logarithm of the mean over members and months [1]."""
    low_factor: float
    """10th percentile over the mean [1]."""
    high_factor: float
    """90th percentile over the mean [1]."""


@dataclass(frozen=True, slots=True)
class FlipPoint:
    """Where one group of inputs flips the verdict."""

    group: InputGroup
    factor: float | None
    """Multiplier of the expected value at which another option wins; None if none in the range."""
    winner: int | None
    """Column of the option that wins beyond it."""
    margin_low_usd: float
    """Runner-up less chosen, with the group at its p10 [USD]."""
    margin_high_usd: float
    """Runner-up less chosen, with the group at its p90 [USD]."""
    checked: bool = False
    """Whether the winners just below and just above were found on all draws."""

    @property
    def distance_in_sd(self) -> float | None:
        """Distance of the flip in the group's own spread, on a log scale; None without a flip or a spread."""
        if self.factor is None or self.group.log_sd <= 0:
            return None
        return abs(math.log(self.factor)) / self.group.log_sd


_TOGETHER: tuple[tuple[str, str, str], ...] = (
    ("price_factor.", "API and hosted token prices", "of list"),
    ("rent_factor.", "GPU rent", "of today's rent"),
    ("server_usd.", "Server price", "of today's price"),
    ("capacity_factor.", "Throughput of a GPU", "of predicted"),
    ("output_token_ratio.", "Output tokens of other models", "per token measured"),
    ("input_token_ratio.", "Input tokens of other models", "per token measured"),
)
_ALONE: Mapping[str, tuple[str, str]] = {REQUESTS: ("Requests a month", "request/month")}


_AMOUNTS = ("server_usd.",)
"""Groups whose members are amounts though the group is read as a share of today's: 1 is expected."""


def input_groups(
    draws: Draws, used: Sequence[str], names: Mapping[str, tuple[str, str]], *, leading: Collection[str] = (),
    today: Mapping[str, float] | None = None,
) -> tuple[InputGroup, ...]:  # fmt: skip
    """Return the inputs to move, those of one kind together.

    How far a group spreads is told by its leading members where it has any, so that an option which nobody would choose
    does not change how far away a flip seems; all members move.

    Parameters
    ----------
    draws
        The draws.
    used
        Inputs that some ledger uses.
    names
        Label and unit by input.
    leading
        Inputs of the options that could be chosen.
    today
        Inputs whose value every other sentence holds against is not their mean, and that value: a volume stated as a
        range is told by its median.
    """
    moving = sorted(name for name in set(used) if not name.endswith(".migration"))
    groups: list[InputGroup] = []
    for prefix, title, unit in _TOGETHER:
        members = tuple(name for name in moving if name.startswith(prefix))
        if members:
            groups.append(_group(draws, title, unit, members, leading))
    grouped = {name for group in groups for name in group.members}
    for name in moving:
        if name not in grouped:
            title, unit = _ALONE.get(name) or names.get(name, (name, "1"))
            group = _group(draws, title, unit, (name,), leading)
            groups.append(replace(group, expected=(today or {}).get(name, group.expected)))
    return tuple(groups)


def _group(
    draws: Draws, title: str, unit: str, members: tuple[str, ...], leading: Collection[str]
) -> InputGroup:  # fmt: skip
    told = [name for name in members if name in leading] or list(members)
    expected = 1.0 if told[0].startswith(_AMOUNTS) else float(draws.means[told[0]][0, 0])
    ratios = np.mean([_over_mean(draws, name) for name in told], axis=0)
    low, high = np.quantile(ratios, (0.1, 0.9))
    return InputGroup(title, unit, members, expected, _log_sd(ratios), float(low), float(high))


def _log_sd(ratios: NDArray[np.float64]) -> float:
    """Return the spread on a log scale; where some draws are nil, that of the lognormal with the same two moments."""
    if ratios.min() > 0:
        return float(np.std(np.log(ratios)))
    middle = float(ratios.mean())
    return math.sqrt(math.log1p(float(ratios.var()) / middle**2)) if middle > 0 else 0.0


def group_draws(group: InputGroup, draws: Draws) -> NDArray[np.float64]:
    """Return each member's mean over months in every draw, shape (n_draws, n_members)."""
    return np.stack([np.broadcast_to(draws.values[m], (draws.n_draws, draws.values[m].shape[1])).mean(axis=1)
                     for m in group.members], axis=1)  # fmt: skip


def _over_mean(draws: Draws, name: str) -> NDArray[np.float64]:
    """Return each draw's mean over months against the stated mean, shape (n_draws,)."""
    middle = float(draws.means[name].mean())
    values = np.broadcast_to(draws.values[name], (draws.n_draws, draws.values[name].shape[1])).mean(axis=1)
    return values / middle if middle else np.ones(draws.n_draws)


def find_flip(
    model: CostModel, group: InputGroup, chosen: int, feasible: Sequence[bool], *, score: Score,
) -> FlipPoint:  # fmt: skip
    """Return the multiplier nearest to 1 at which the verdict rule chooses another option.

    Parameters
    ----------
    model
        Costs on (few) draws.
    group
        Inputs to move together.
    chosen
        Column of today's verdict.
    feasible
        Which options count.
    score
        What is minimised.
    """
    kinds: list[Kind] = [o.kind for o in model.options]
    ids = [o.id for o in model.options]

    def winner(factor: float) -> int:
        costs = score(model.scaled(dict.fromkeys(group.members, factor), only=feasible))
        choice = choose(costs, kinds, ids, feasible)
        return chosen if choice is None else choice.index

    best: tuple[float, int] | None = None
    for outward in (1.0, -1.0) if sum(feasible) > 1 else ():
        found = bisected(winner, search_grid(group, outward), chosen)
        if found is not None and (best is None or abs(math.log(found[0])) < abs(math.log(best[0]))):
            best = found
    return FlipPoint(
        group, best[0] if best else None, best[1] if best else None,
        _margin(model, group, group.low_factor, chosen, feasible, score),
        _margin(model, group, group.high_factor, chosen, feasible, score),
    )  # fmt: skip


def search_grid(group: InputGroup, outward: float, *, least: float = 0.0) -> tuple[float, ...]:
    """Return the factors at which a group's flip is looked for, from the nearest to 1 on.

    Parameters
    ----------
    group
        Inputs that move together.
    outward
        1 to look above 1, -1 to look below.
    least
        How far to look at least [decade]; further steps are as long as the others.
    """
    decades = _search_decades(group)
    steps = max(math.ceil(decades * STEPS_PER_DECADE), 1)
    more = max(math.ceil((least - decades) * STEPS_PER_DECADE), 0)
    usual = [10.0 ** (outward * decades * step / steps) for step in range(1, steps + 1)]
    return (*usual, *(usual[-1] * 10.0 ** (outward * step / STEPS_PER_DECADE) for step in range(1, more + 1)))


def bisected(winner: Callable[[float], int], grid: Sequence[float], chosen: int) -> tuple[float, int] | None:
    """Return the first factor on a grid outward from 1 at which another option wins, and which; None without any."""
    inner = 1.0
    for outer in grid:
        if winner(outer) != chosen:
            return _bisect(winner, inner, outer, chosen)
        inner = outer
    return None


def _search_decades(group: InputGroup) -> float:
    """Return how far to look: all the way for the main inputs, as far as a value could be believed for the others."""
    if group.name in ALWAYS_SHOWN:
        return SEARCH_DECADES
    return min(BELIEVABLE_SD * group.log_sd / math.log(10.0), SEARCH_DECADES)


def _bisect(winner: Callable[[float], int], inner: float, outer: float, chosen: int) -> tuple[float, int]:
    beyond = winner(outer)
    for _ in range(BISECTIONS):
        middle = math.sqrt(inner * outer)
        there = winner(middle)
        if there == chosen:
            inner = middle
        else:
            outer, beyond = middle, there
    return outer, beyond


def _margin(
    model: CostModel, group: InputGroup, factor: float, chosen: int, feasible: Sequence[bool], score: Score,
) -> float:  # fmt: skip
    costs = score(model.scaled(dict.fromkeys(group.members, factor), only=feasible))
    others = [i for i in range(len(model.options)) if feasible[i] and i != chosen]
    return float(min(costs[others]) - costs[chosen]) if others else 0.0


def sweep_volume(model: CostModel, factors: NDArray[np.float64], *, score: Score) -> NDArray[np.float64]:
    """Return the score of every option at each multiple of the volume, shape (n_factors, n_options) [USD]."""
    return np.stack([score(model.scaled({REQUESTS: float(factor)})) for factor in factors])
