"""Finalists of a search played on the busiest hour: closed forms prune, the simulator decides."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import groupby
from statistics import median
from typing import cast

from steelyard.domain.accelerator import Accelerator
from steelyard.domain.calibration import Calibration
from steelyard.domain.model import OpenModel
from steelyard.domain.serving import CapacityCurve, ServingConfig, Slo
from steelyard.domain.traffic import Profile, Trace
from steelyard.serving.capacity_lengths import traffic_mix
from steelyard.serving.constants import resolve
from steelyard.serving.replica_search import (
    Answer,
    Load,
    answer,
    busiest_hour,
    first_guess,
    replicas_by_hour,
    with_answer,
)
from steelyard.serving.simulator.engine import Engine, engine_of
from steelyard.study.compiled_code import keep_compiled_code
from steelyard.study.played_cache import PlayedCache
from steelyard.units import HOURS_PER_WEEK, SECONDS_PER_HOUR
from steelyard.workload.arrivals import ArrivalPattern
from steelyard.workload.synthesis import pattern_of, synthesize

__all__ = ["Arena", "Outcome", "Rank", "better", "busiest_load", "hours_of", "ordered", "search", "to_the_cent"]

FINALISTS = 8
"""Ways to run that are played at most [1]."""
MORE = 4
"""Ways beyond those, where what the first have shown makes one look cheaper than the cheapest played [1]."""
CONSIDERED = 24
"""Ways to run that stay in a search over many models, for each way to pay [1]."""
TOKEN_BUDGETS = (8192, 1024)
"""Tokens of an iteration tried: vLLM's default, and one that lets prompts hold up other requests less [token]."""
FEWEST_REQUESTS = 2_000
"""Requests of an hour below which its own order is chance: it is synthesised from the profile instead [1]."""
MOST_REQUESTS = 200_000
"""Requests synthesised at most [1]."""
LONGEST_S = 30.0 * 24 * SECONDS_PER_HOUR
"""Longest stretch synthesised at the rate of the busiest hour [s]."""
SEED = 0
CENT_DIGITS = 2
"""Digits after the point to which costs are held equal [1]."""


def busiest_load(
    profile: Profile, trace: Trace | None = None, *, rate_rps: float | None = None, cache: PlayedCache | None = None
) -> Load:
    """Return the requests of the busiest hour: the log's own where it has enough, else drawn from the profile.

    Parameters
    ----------
    profile
        Traffic; its busiest hour of the week gives the rate, its burstiness and lengths the rest.
    trace
        The log's requests, where there is one.
    rate_rps
        Rate of the busiest hour [1/s] where it is not the profile's.
    cache
        Where the pattern of arrivals, once fitted, is kept.
    """
    peak = max(profile.hour_of_week_rps) if rate_rps is None else rate_rps
    if trace is not None and len(trace.arrival_s) >= FEWEST_REQUESTS:
        load = busiest_hour(trace, peak)
        if len(load.trace.arrival_s) >= FEWEST_REQUESTS:
            return load
    steady = profile.model_copy(update={"hour_of_week_rps": (peak,) * HOURS_PER_WEEK})
    span_s = min(max(float(SECONDS_PER_HOUR), FEWEST_REQUESTS / peak), LONGEST_S, MOST_REQUESTS / peak)
    pattern = _pattern(profile, cache or PlayedCache())
    return Load(synthesize(steady, seed=SEED, start_s=0.0, duration_s=span_s, pattern=pattern), peak)


def _pattern(profile: Profile, cache: PlayedCache) -> ArrivalPattern:
    """Return how arrivals cluster, fitted once per profile."""
    said = profile.model_dump_json(include={"hour_of_week_rps", "requests", "span_s", "peak_to_mean_per_minute",
                                            "inter_arrival_cv", "requests_by_hour", "start"})  # fmt: skip
    key = cache.key_of("arrival pattern of three numbers", said)
    kept = cache.find(key)
    if kept is not None:
        return ArrivalPattern(**{name: float(cast(float, value)) for name, value in kept.items()})
    found = pattern_of(profile, seed=SEED)
    cache.keep(key, asdict(found))
    return found


@dataclass(frozen=True, slots=True)
class Arena:
    """What finalists are played on."""

    models: Mapping[str, OpenModel]
    accelerators: Mapping[str, Accelerator]
    calibration: Calibration
    profile: Profile
    load: Load
    slo: Slo

    cache: PlayedCache

    def play(self, curve: CapacityCurve) -> tuple[CapacityCurve, Engine] | None:
        """Return a closed-form curve with what playing says in its place, and the engine played; None if it fails."""
        context = traffic_mix(self.profile.joint.cells, 0.0).decode_context_tokens
        model, device = self.models[curve.config.model], self.accelerators[curve.config.accelerator]
        moe = any(group.kind == "moe" for group in model.architecture.feed_forward)
        constants = resolve(self.calibration, device, engine=curve.config.engine, weights=curve.config.weights, moe=moe)
        found: list[tuple[int, float, int, CapacityCurve, Engine]] = []
        for budget in TOKEN_BUDGETS:
            config = curve.config.model_copy(update={"token_budget": budget})
            engine = engine_of(model, device, config, constants, context_tokens=context)
            said = self._answer(curve, engine)
            if said.replicas:
                told = with_answer(replace(curve, config=config), said, self.load)
                found.append((said.replicas, -said.most_rps, -budget, told, engine))
        if not found:
            return None
        best = min(found, key=lambda option: option[:3])
        return best[3], best[4]

    def _answer(self, curve: CapacityCurve, engine: Engine) -> Answer:
        guess = first_guess(curve, self.load)
        key = self.cache.key(engine, self.load.trace, self.load.rate_rps, self.slo, guess)
        kept = self.cache.find(key)
        if kept is not None:
            return _read(kept)
        keep_compiled_code()
        said = answer(self.load, engine, self.slo, guess=guess)
        self.cache.keep(key, said._asdict())
        return said


def _read(kept: Mapping[str, object]) -> Answer:
    """Return an answer as kept; lists are tuples again."""
    return Answer(**{name: tuple(cast("list[float]", value)) if isinstance(value, list) else value
                     for name, value in kept.items()})  # pyright: ignore[reportArgumentType]  # fmt: skip


def to_the_cent(usd: float) -> float:
    """Return an amount [USD] to the cent, at which two costs are held equal."""
    return round(usd, CENT_DIGITS)


@dataclass(frozen=True, slots=True)
class Rank:
    """How ways to run compare under one way to pay."""

    cost: Callable[[CapacityCurve], float]
    """Cost today [USD/month]; infinite where it cannot be had so."""
    among_equals: Callable[[CapacityCurve], tuple[float, ...]] = field(default=lambda curve: (0.0,))
    """Order of those that cost the same to the cent, the least first: the cost to the horizon leads."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Curves after the search, by the configuration of the closed form they came from."""

    played: Mapping[ServingConfig, tuple[CapacityCurve, Engine]]
    """Finalists that hold the promises."""
    failed: tuple[CapacityCurve, ...]
    """Those that do not, and say so."""
    unplayed: Mapping[ServingConfig, CapacityCurve]
    """The next best: closed forms, taken down by as much as playing took the finalists down."""


def search(
    curves: Sequence[CapacityCurve], arena: Arena, ranks: Sequence[Rank], *, considered: int = CONSIDERED
) -> Outcome:  # fmt: skip
    """Return the cheapest ways to run, the very cheapest of them played on the busiest hour.

    Parameters
    ----------
    curves
        Of closed forms, each of which carries something.
    arena
        What to play them on.
    ranks
        How curves compare, one per way to pay.
    considered
        Curves of each way to pay that stay in the search.
    """
    search = _Search([ordered(curves, rank, considered) for rank in ranks], arena, ranks)
    for curve in search.first():
        search.play(curve)
    for _ in range(MORE):
        promising = search.promising()
        if promising is None:
            break
        search.play(promising)
    return search.outcome()


def ordered(curves: Sequence[CapacityCurve], rank: Rank, considered: int) -> list[CapacityCurve]:
    """Return the curves that may come first when all are taken down alike, cheapest first.

    Parameters
    ----------
    curves
        Of closed forms.
    rank
        How they compare.
    considered
        Curves that stay.
    """
    costs = [(to_the_cent(cost), k) for k, curve in enumerate(curves) if math.isfinite(cost := rank.cost(curve))]
    found: list[CapacityCurve] = []
    for _, equals in groupby(sorted(costs), key=lambda cost: cost[0]):
        alike = [curves[k] for _, k in equals]
        found += alike if len(alike) == 1 else sorted(alike, key=rank.among_equals)
        if len(found) >= considered:
            break
    return found[:considered]


class _Search:
    """Curves played so far, and what they have shown of the rest."""

    def __init__(self, orders: Sequence[Sequence[CapacityCurve]], arena: Arena, ranks: Sequence[Rank]) -> None:
        self.orders = orders
        self.rest = {curve.config: curve for order in orders for curve in order}
        self.arena, self.ranks = arena, ranks
        self.played: dict[ServingConfig, tuple[CapacityCurve, Engine]] = {}
        self.failed: list[CapacityCurve] = []
        self.ratios: list[float] = []

    def first(self) -> list[CapacityCurve]:
        """Return the finalists: the best of every way to pay, then their seconds, and so on."""
        found: dict[ServingConfig, CapacityCurve] = {}
        for place in range(max(map(len, self.orders), default=0)):
            for order in self.orders:
                if place < len(order) and len(found) < FINALISTS:
                    found[order[place].config] = order[place]
        return list(found.values())

    def play(self, curve: CapacityCurve) -> None:
        del self.rest[curve.config]
        found = self.arena.play(curve)
        if found is None:
            why = "played: the promises are not met in the busiest hour"
            self.failed.append(replace(curve, max_rps=0.0, binding=why))
        else:
            self.played[curve.config] = found
            self.ratios.append(found[0].max_rps / (curve.max_rps * (1.0 - curve.headroom)))

    def promising(self) -> CapacityCurve | None:
        """Return the curve that, taken down as the others were, beats all played ones of a way to pay."""
        for rank, order in zip(self.ranks, self.orders, strict=True):
            left = [curve for curve in order if curve.config in self.rest]
            place = better(rank, [_corrected(c, self.ratios) for c in left], [c for c, _ in self.played.values()])
            if place is not None:
                return left[place]
        return None

    def outcome(self) -> Outcome:
        rest = {config: _corrected(curve, self.ratios) for config, curve in self.rest.items()}
        return Outcome(self.played, tuple(self.failed), rest)


def better(rank: Rank, some: Sequence[CapacityCurve], others: Sequence[CapacityCurve]) -> int | None:
    """Return which of some costs least, if less than all others today, or as much today and less to the horizon.

    Parameters
    ----------
    rank
        How curves compare.
    some
        Curves of which one is sought by its place.
    others
        Curves to beat.
    """
    costs, known = ([to_the_cent(rank.cost(curve)) for curve in curves] for curves in (some, others))
    least, bar = min(costs, default=math.inf), min(known, default=math.inf)
    if least < bar:
        return costs.index(least)
    if least > bar or math.isinf(least):
        return None
    ahead = [(rank.among_equals(curve)[0], k) for k, curve in enumerate(some) if costs[k] == least]
    held = min(rank.among_equals(curve)[0] for k, curve in enumerate(others) if known[k] == bar)
    return min(ahead)[1] if min(ahead)[0] < held else None


def _corrected(curve: CapacityCurve, ratios: Sequence[float]) -> CapacityCurve:
    """Take a closed form down (or up) by the median of what playing did to the finalists."""
    factor = (median(ratios) if ratios else 1.0) * (1.0 - curve.headroom)
    return replace(curve, max_rps=curve.max_rps * factor, max_rps_low=curve.max_rps_low * factor,
                   max_rps_high=curve.max_rps_high * factor, headroom=0.0)  # fmt: skip


def hours_of(curve: CapacityCurve, engine: Engine, profile: Profile, load: Load, slo: Slo) -> tuple[int, ...]:
    """Return replicas for each hour of the week, each number checked on its busiest hour.

    Parameters
    ----------
    curve, engine
        A finalist as played.
    profile, load, slo
        As in ``Arena``.
    """
    keep_compiled_code()
    peak = max(1, -int(-(load.rate_rps / curve.max_rps - 1e-9) // 1))
    return replicas_by_hour(profile.hour_of_week_rps, load, engine, slo, most_rps=curve.max_rps, peak_replicas=peak)
