"""Replicas behind a router, more or fewer of them as work comes and goes.

References
----------
Mitzenmacher (2001), The power of two choices in randomized load balancing.
Mirrokni, Thorup, Zadimoghaddam (2018), Consistent hashing with bounded loads.
"""

import numpy as np

from steelyard.serving.simulator import layout as at
from steelyard.serving.simulator.compiled import compiled, inlined
from steelyard.serving.simulator.iterate import advance
from steelyard.serving.simulator.layout import NEVER, NONE, Ints, State
from steelyard.serving.simulator.lists import enqueue
from steelyard.serving.simulator.prefix import blocks_of, leading_hits
from steelyard.serving.simulator.record import enter

__all__ = ["LEAST_LOADED", "POWER_OF_TWO", "PREFIX_AFFINITY", "ROUND_ROBIN", "admit_arrivals", "run_out"]

ROUND_ROBIN, LEAST_LOADED, POWER_OF_TWO, PREFIX_AFFINITY = 0, 1, 2, 3
LOAD_BOUND = 1.25
"""Load over the mean load above which a replica is passed over even if it knows the prefix [1]."""


@inlined
def _load(s: State, r: int) -> int:
    return s.replica[r, at.RUNNING] + s.replica[r, at.QUEUED]


@inlined
def _random(s: State, below: int) -> int:
    """Return a whole number from 0 to ``below`` - 1 (xorshift64*)."""
    x = np.uint64(s.totals[at.RANDOM])
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    s.totals[at.RANDOM] = np.int64(x)
    return int(np.int64((x * np.uint64(0x2545F4914F6CDD1D)) >> np.uint64(33))) % below


@inlined
def _serving(s: State, index: int) -> int:
    """Return the replica that is ``index``-th among those that serve."""
    if s.totals[at.ACTIVE] == s.settings[at.REPLICAS]:
        return index
    for r in range(s.settings[at.REPLICAS]):
        if s.replica[r, at.STATUS] == at.SERVING:
            if index == 0:
                return r
            index -= 1
    return 0


@inlined
def _least_loaded(s: State, now: int, hashes: Ints) -> int:
    best, least = NONE, NEVER
    for r in range(s.settings[at.REPLICAS]):
        if s.replica[r, at.STATUS] == at.SERVING:
            advance(s, r, now, hashes)
            if _load(s, r) < least:
                best, least = r, _load(s, r)
    return best


@compiled
def _best_prefix(s: State, now: int, chain: int, blocks: int, hashes: Ints) -> int:
    """Return the replica that knows most of the prefix, unless it carries far more than its share."""
    idlest = _least_loaded(s, now, hashes)
    best, most, total = idlest, 0, 0
    for r in range(s.settings[at.REPLICAS]):
        if s.replica[r, at.STATUS] == at.SERVING:
            total += _load(s, r)
            hits = leading_hits(s, r, chain, blocks, hashes)
            if hits > most or (hits == most and hits > 0 and _load(s, r) < _load(s, best)):
                best, most = r, hits
    fair = LOAD_BOUND * (total + 1) / s.totals[at.ACTIVE]
    return best if _load(s, best) < max(fair, 1.0) else idlest


@inlined
def _route(s: State, now: int, chain: int, blocks: int, hashes: Ints) -> int:
    """Return the replica that a request arriving now is sent to, brought up to now."""
    active = s.totals[at.ACTIVE]
    routing = s.settings[at.ROUTING]
    if routing == LEAST_LOADED:
        return _least_loaded(s, now, hashes)
    if routing == PREFIX_AFFINITY:
        return _best_prefix(s, now, chain, blocks, hashes)
    if routing == POWER_OF_TWO and active > 1:
        first = _random(s, active)
        second = _random(s, active - 1)
        a, b = _serving(s, first), _serving(s, second if second < first else second + 1)
        advance(s, a, now, hashes)
        advance(s, b, now, hashes)
        return b if _load(s, b) < _load(s, a) else a
    r = _serving(s, s.totals[at.NEXT_TURN] % active)
    s.totals[at.NEXT_TURN] += 1
    advance(s, r, now, hashes)
    return r


@inlined
def _switch_off(s: State, r: int, now: int) -> None:
    s.replica[r, at.STATUS] = at.OFF
    s.replica[r, at.PAID] += now - s.replica[r, at.PAID_FROM]


@inlined
def _grow_fleet(s: State, more: int, now: int) -> None:
    """Keep replicas that were about to leave, then start new ones."""
    for status in (at.DRAINING, at.OFF):
        for r in range(s.settings[at.REPLICAS]):
            if more > 0 and s.replica[r, at.STATUS] == status:
                more -= 1
                if status == at.DRAINING:
                    s.replica[r, at.STATUS] = at.SERVING
                    s.totals[at.ACTIVE] += 1
                else:
                    s.replica[r, at.STATUS] = at.STARTING
                    s.replica[r, at.READY_AT] = now + s.settings[at.START_UP]
                    s.replica[r, at.PAID_FROM] = now


@inlined
def _shrink_fleet(s: State, fewer: int, now: int) -> None:
    """Cancel replicas that start, then let the last ones finish their work and leave."""
    for status in (at.STARTING, at.SERVING):
        for r in range(s.settings[at.REPLICAS] - 1, -1, -1):
            if fewer > 0 and s.replica[r, at.STATUS] == status:
                fewer -= 1
                if status == at.STARTING:
                    _switch_off(s, r, now)
                else:
                    s.replica[r, at.STATUS] = at.DRAINING
                    s.totals[at.ACTIVE] -= 1


@inlined
def _take_stock(s: State, now: int, hashes: Ints) -> int:
    """Bring every replica up to now, let those that are ready serve and those that are empty leave; return the work."""
    work = 0
    for r in range(s.settings[at.REPLICAS]):
        status = s.replica[r, at.STATUS]
        if status == at.STARTING and s.replica[r, at.READY_AT] <= now:
            s.replica[r, at.STATUS] = at.SERVING
            s.replica[r, at.CLOCK] = max(s.replica[r, at.CLOCK], now)
            s.totals[at.ACTIVE] += 1
        elif status in (at.SERVING, at.DRAINING):
            advance(s, r, now, hashes)
            work += _load(s, r)
            if status == at.DRAINING and _load(s, r) == 0:
                _switch_off(s, r, now)
    return work


@compiled
def _scale(s: State, now: int, hashes: Ints) -> None:
    """Compare the work in the fleet with its target, as a horizontal autoscaler does at each of its rounds."""
    work = _take_stock(s, now, hashes)
    target = s.settings[at.TARGET]
    wanted = min(max((work + target - 1) // target, s.settings[at.LEAST]), s.settings[at.REPLICAS])
    had = s.totals[at.ACTIVE]
    for r in range(s.settings[at.REPLICAS]):
        had += 1 if s.replica[r, at.STATUS] == at.STARTING else 0
    if wanted >= had:
        s.totals[at.LOW_SINCE] = NONE
        _grow_fleet(s, wanted - had, now)
    elif s.totals[at.LOW_SINCE] == NONE:
        s.totals[at.LOW_SINCE] = now
    elif now - s.totals[at.LOW_SINCE] >= s.settings[at.DOWN_AFTER]:
        s.totals[at.LOW_SINCE] = NONE
        _shrink_fleet(s, had - wanted, now)


@compiled
def admit_arrivals(s: State, trace: Ints, begin: int, end: int, hashes: Ints) -> int:
    """Let requests arrive in order and run the fleet up to the last of them.

    Returns
    -------
    int
        The first request not taken in: ``end``, or an earlier one where no row for it is left.
    """
    for k in range(begin, end):
        if s.totals[at.POOL_HEAD] == NONE:
            return k
        now = trace[k, at.IN_ARRIVAL]
        while s.settings[at.INTERVAL] > 0 and s.totals[at.NEXT_TICK] <= now:
            _scale(s, s.totals[at.NEXT_TICK], hashes)
            s.totals[at.NEXT_TICK] += s.settings[at.INTERVAL]
        prompt, output = trace[k, at.IN_PROMPT], trace[k, at.IN_OUTPUT]
        if blocks_of(s, prompt + output) > s.settings[at.CAPACITY]:
            s.totals[at.ARRIVED] += 1
            s.totals[at.REJECTED] += 1
            continue
        chain = trace[k, at.IN_CHAIN]
        blocks = trace[k, at.IN_BLOCKS] if s.settings[at.CACHING] == 1 else 0
        r = _route(s, now, chain, blocks, hashes)
        i = enter(s, trace[k, at.IN_REQUEST], now, prompt, output)
        s.slot[i, at.CACHED] = trace[k, at.IN_CACHED] if s.settings[at.CACHING] == 1 else 0
        s.slot[i, at.CHAIN], s.slot[i, at.BLOCKS] = chain, blocks
        if _load(s, r) == 0:
            s.replica[r, at.CLOCK] = max(s.replica[r, at.CLOCK], now)
        enqueue(s, r, i)
    return end


@compiled
def run_out(s: State, until: int, hashes: Ints) -> None:
    """Run every replica until nothing is left, or until a time [ps]."""
    for r in range(s.settings[at.REPLICAS]):
        advance(s, r, until, hashes)
