"""Finalists of a search played on the busiest hour: closed forms prune, the simulator decides."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING

from steelyard.domain.accelerator import Accelerator
from steelyard.domain.calibration import Calibration
from steelyard.domain.model import OpenModel
from steelyard.domain.serving import CapacityCurve, ServingConfig, Slo
from steelyard.domain.traffic import Profile, Trace
from steelyard.serving.capacity_lengths import traffic_mix
from steelyard.serving.constants import resolve
from steelyard.units import HOURS_PER_WEEK, SECONDS_PER_HOUR
from steelyard.workload.synthesis import synthesize

if TYPE_CHECKING:
    from steelyard.serving.replica_search import Load
    from steelyard.serving.simulator.engine import Engine

__all__ = ["Arena", "Outcome", "busiest_load", "hours_of", "search"]

FINALISTS = 8
"""Ways to run that are played at most [1]."""
MORE = 4
"""Ways beyond those, where what the first have shown makes one look cheaper than the cheapest played [1]."""
TOKEN_BUDGETS = (8192, 1024)
"""Tokens of an iteration tried: vLLM's default, and one that lets prompts hold up other requests less [token]."""
FEWEST_REQUESTS = 2_000
"""Requests of an hour below which its own order is chance: it is synthesised from the profile instead [1]."""
MOST_REQUESTS = 200_000
"""Requests synthesised at most [1]."""
LONGEST_S = 30.0 * 24 * SECONDS_PER_HOUR
"""Longest stretch synthesised at the rate of the busiest hour [s]."""
SEED = 0


def busiest_load(profile: Profile, trace: Trace | None = None) -> "Load":
    """Return the requests of the busiest hour: the log's own where it has enough, else drawn from the profile.

    Parameters
    ----------
    profile
        Traffic; its busiest hour of the week gives the rate, its burstiness and lengths the rest.
    trace
        The log's requests, where there is one.
    """
    from steelyard.serving.replica_search import Load, busiest_hour  # noqa: PLC0415  loads the compiler

    peak = max(profile.hour_of_week_rps)
    if trace is not None and len(trace.arrival_s) >= FEWEST_REQUESTS:
        load = busiest_hour(trace, peak)
        if len(load.trace.arrival_s) >= FEWEST_REQUESTS:
            return load
    steady = profile.model_copy(update={"hour_of_week_rps": (peak,) * HOURS_PER_WEEK})
    span_s = min(max(float(SECONDS_PER_HOUR), FEWEST_REQUESTS / peak), LONGEST_S, MOST_REQUESTS / peak)
    return Load(synthesize(steady, seed=SEED, duration_s=span_s), peak)


@dataclass(frozen=True, slots=True)
class Arena:
    """What finalists are played on."""

    models: Mapping[str, OpenModel]
    accelerators: Mapping[str, Accelerator]
    calibration: Calibration
    profile: Profile
    load: "Load"
    slo: Slo

    def play(self, curve: CapacityCurve) -> tuple[CapacityCurve, "Engine"] | None:
        """Return a closed-form curve with what playing says in its place, and the engine played; None if it fails."""
        from steelyard.serving.replica_search import simulated_curve  # noqa: PLC0415  loads the compiler
        from steelyard.serving.simulator.engine import engine_of  # noqa: PLC0415

        context = traffic_mix(self.profile.joint.cells, 0.0).decode_context_tokens
        model, device = self.models[curve.config.model], self.accelerators[curve.config.accelerator]
        moe = any(group.kind == "moe" for group in model.architecture.feed_forward)
        constants = resolve(self.calibration, device, engine=curve.config.engine, weights=curve.config.weights, moe=moe)
        found: list[tuple[int, float, int, CapacityCurve, Engine]] = []
        for budget in TOKEN_BUDGETS:
            config = curve.config.model_copy(update={"token_budget": budget})
            engine = engine_of(model, device, config, constants, context_tokens=context)
            played = simulated_curve(replace(curve, config=config), engine, self.load, self.slo)
            if played is not None:
                found.append((played[1], -played[0].max_rps, -budget, played[0], engine))
        if not found:
            return None
        best = min(found, key=lambda option: option[:3])
        return best[3], best[4]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Curves after the search, by the configuration of the closed form they came from."""

    played: Mapping[ServingConfig, tuple[CapacityCurve, "Engine"]]
    """Finalists that hold the promises."""
    failed: tuple[CapacityCurve, ...]
    """Those that do not, and say so."""
    unplayed: Mapping[ServingConfig, CapacityCurve]
    """The rest: closed forms, taken down by as much as playing took the finalists down."""


def search(curves: Sequence[CapacityCurve], arena: Arena, rank: Callable[[CapacityCurve], float]) -> Outcome:
    """Return every way to run, the cheapest of them played on the busiest hour.

    Parameters
    ----------
    curves
        Of closed forms, each of which carries something.
    arena
        What to play them on.
    rank
        Cost of a curve [USD/month]; the least is best.
    """
    waiting = sorted(curves, key=rank)
    played: dict[ServingConfig, tuple[CapacityCurve, Engine]] = {}
    failed: list[CapacityCurve] = []
    ratios: list[float] = []

    def one(curve: CapacityCurve) -> None:
        found = arena.play(curve)
        if found is None:
            why = "played: the promises are not met in the busiest hour"
            failed.append(replace(curve, max_rps=0.0, binding=why))
        else:
            played[curve.config] = found
            ratios.append(found[0].max_rps / (curve.max_rps * (1.0 - curve.headroom)))

    for curve in waiting[:FINALISTS]:
        one(curve)
    rest = waiting[FINALISTS:]
    for _ in range(MORE):
        best = min((rank(curve) for curve, _ in played.values()), default=float("inf"))
        promising = [c for c in rest if rank(_corrected(c, ratios)) < best]
        if not promising:
            break
        chosen = min(promising, key=lambda c: rank(_corrected(c, ratios)))
        rest.remove(chosen)
        one(chosen)
    return Outcome(played, tuple(failed), {c.config: _corrected(c, ratios) for c in rest})


def _corrected(curve: CapacityCurve, ratios: Sequence[float]) -> CapacityCurve:
    """Take a closed form down (or up) by the median of what playing did to the finalists."""
    factor = (median(ratios) if ratios else 1.0) * (1.0 - curve.headroom)
    return replace(curve, max_rps=curve.max_rps * factor, max_rps_low=curve.max_rps_low * factor,
                   max_rps_high=curve.max_rps_high * factor, headroom=0.0)  # fmt: skip


def hours_of(curve: CapacityCurve, engine: "Engine", profile: Profile, load: "Load", slo: Slo) -> tuple[int, ...]:
    """Return replicas for each hour of the week, each number checked on its busiest hour.

    Parameters
    ----------
    curve, engine
        A finalist as played.
    profile, load, slo
        As in ``Arena``.
    """
    from steelyard.serving.replica_search import replicas_by_hour  # noqa: PLC0415

    peak = max(1, -int(-(load.rate_rps / curve.max_rps - 1e-9) // 1))
    return replicas_by_hour(profile.hour_of_week_rps, load, engine, slo, most_rps=curve.max_rps, peak_replicas=peak)
