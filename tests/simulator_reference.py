"""The simulator, written for clarity: every request an object, every iteration a step, every block by name.

It states what the compiled one must do; the laws compare both, request by request, to the picosecond.
"""

from collections import OrderedDict
from dataclasses import dataclass, field

NEVER = 2**62
WORD = 2**64 - 1


@dataclass(eq=False)
class Request:
    """One request and what happened to it."""

    number: int
    arrival: int
    prompt: int
    output: int
    cached: int = 0
    chain: tuple[int, ...] = ()
    computed: int = 0  # tokens in the cache
    total: int = 0  # tokens of the current (re)computation
    made: int = 0  # tokens emitted
    held: int = 0  # shared blocks it refers to
    decoding: bool = False
    queued_at: int | None = None
    first: int | None = None
    last: int = 0
    longest_gap: int = 0
    finished_at: int = 0
    preemptions: int = 0


class Cache:
    """Blocks: free ones are counted, shared ones known by their hash, idle ones ordered by when they were left."""

    def __init__(self, blocks: int, block_tokens: int) -> None:
        self.blocks, self.block_tokens = blocks, block_tokens
        self.free = blocks
        self.users: dict[int, int] = {}
        self.idle: OrderedDict[int, None] = OrderedDict()

    def of(self, tokens: int) -> int:
        return -(-tokens // self.block_tokens)

    @property
    def available(self) -> int:
        return self.free + len(self.idle)

    def take(self, blocks: int) -> None:
        while self.free < blocks:
            oldest, _ = self.idle.popitem(last=False)
            del self.users[oldest]
            self.free += 1
        self.free -= blocks
        assert 0 <= self.free <= self.blocks

    def leading(self, chain: tuple[int, ...]) -> int:
        for found, key in enumerate(chain):
            if key not in self.users:
                return found
        return len(chain)

    def hold(self, request: Request, until: int) -> None:
        for key in request.chain[request.held : until]:
            if key not in self.users:
                self.take(1)
                self.users[key] = 0
            self.idle.pop(key, None)
            self.users[key] += 1
        request.held = max(until, request.held)

    def release(self, request: Request) -> None:
        self.free += self.of(request.computed) - request.held
        for key in reversed(request.chain[: request.held]):
            self.users[key] -= 1
            if self.users[key] == 0:
                self.idle[key] = None
        request.held = 0


class Replica:
    """One engine."""

    def __init__(self, engine, caching: bool) -> None:
        self.e, self.caching = engine, caching
        self.cache = Cache(engine.capacity_blocks, engine.block_tokens)
        self.clock = 0
        self.running: list[Request] = []
        self.queue: list[Request] = []
        self.finished: list[Request] = []
        self.busy = self.iterations = self.preempted = self.peak = 0
        self.computed = self.hits = 0
        self.answered = lambda replica: None

    @property
    def load(self) -> int:
        return len(self.running) + len(self.queue)

    def arrive(self, request: Request, now: int) -> None:
        if self.load == 0:
            self.clock = max(self.clock, now)
        request.total = request.prompt
        self.queue.append(request)

    def advance(self, until: int) -> None:
        while self.clock < until and self.load:
            self.iterate()

    def preempt_last(self) -> None:
        request = self.running.pop()
        self.cache.release(request)
        request.total, request.computed, request.decoding = request.prompt + request.made, 0, False
        request.preemptions += 1
        self.preempted += 1
        self.queue.insert(0, request)

    def compute(self, request: Request, chunk: int) -> int:
        """Take blocks for the next tokens of a prompt; return what their context costs."""
        begin, end = request.computed, request.computed + chunk
        private = self.cache.of(begin) - request.held
        known = max(min(len(request.chain), end // self.e.block_tokens), request.held)
        more = self.cache.of(end) - known - private
        if more < 0:
            self.cache.take(more)
        self.cache.hold(request, known)
        if more > 0:
            self.cache.take(more)
        request.computed = end
        self.computed += chunk
        t = self.e.times
        seen = sum(range(begin + 1, end + 1))
        window = min(seen, chunk * t.window_tokens)
        return t.prompt_context_shifted_ps * seen + t.prompt_window_shifted_ps * window

    def admit(self, budget: int) -> int:
        request = self.queue[0]
        most = (request.total - 1) // self.e.block_tokens
        hits = self.cache.leading(request.chain[:most])
        begin = hits * self.e.block_tokens if request.chain else min(request.cached, request.total - 1)
        chunk = min(request.total - begin, budget)
        idle_hits = sum(key in self.cache.idle for key in request.chain[:hits])
        if self.cache.of(begin + chunk) - hits > self.cache.available - idle_hits:
            return 0
        self.queue.pop(0)
        self.running.append(request)
        self.cache.hold(request, hits)
        if not hits:
            self.cache.take(self.cache.of(begin))
        request.computed = begin
        self.hits += begin
        request.queued_at = self.clock if request.queued_at is None else request.queued_at
        return chunk

    def grow(self) -> bool:
        """Give every decoding request in order the block it needs, preempting the last ones for it."""
        preempted = False
        for request in list(self.running):
            if not request.decoding or request not in self.running:
                continue
            if request.computed % self.e.block_tokens == 0:
                while request in self.running and self.cache.available < 1:
                    self.preempt_last()
                    preempted = True
                if request not in self.running:
                    break
                self.cache.take(1)
            request.computed += 1  # its last token's keys and values are stored in this iteration
        return preempted

    def iterate(self) -> None:
        e, t = self.e, self.e.times
        preempted = self.grow()
        decoding = [r for r in self.running if r.decoding]
        begun = next((r for r in self.running if not r.decoding), None)
        tokens, cost, complete = len(decoding), 0, []
        budget = e.token_budget - tokens
        if begun is not None:
            chunk = min(begun.total - begun.computed, budget)
            if self.cache.of(begun.computed + chunk) - self.cache.of(begun.computed) > self.cache.available:
                self.preempt_last()
                preempted, begun = True, None
            else:
                cost += self.compute(begun, chunk)
                tokens, budget = tokens + chunk, budget - chunk
                if begun.computed == begun.total:
                    complete.append(begun)
                    begun = None
        while not preempted and self.queue and budget > 0 and begun is None and len(self.running) < e.most_running:
            request = self.queue[0]
            chunk = self.admit(budget)
            if chunk == 0:
                break
            cost += self.compute(request, chunk)
            tokens, budget = tokens + chunk, budget - chunk
            if request.computed == request.total:
                complete.append(request)
            else:
                begun = request
        if tokens == 0:
            return
        took = int(t.tokens_ps[tokens]) + int(t.sequences_ps[len(decoding) + len(complete)]) + (cost >> 10)
        took += t.context_ps * sum(r.computed for r in decoding)
        took += t.window_ps * sum(min(r.prompt + r.output // 2, t.window_tokens) for r in decoding)
        self.clock += took
        self.busy += took
        self.iterations += 1
        self.peak = max(self.peak, e.capacity_blocks - self.cache.available)
        assert self.cache.available <= e.capacity_blocks
        for request in [*decoding, *complete]:
            self.emit(request)

    def emit(self, request: Request) -> None:
        if request.first is None:
            request.first = self.clock
        else:
            request.longest_gap = max(request.longest_gap, self.clock - request.last)
        request.last, request.made, request.decoding = self.clock, request.made + 1, True
        if request.made == request.output:
            self.cache.release(request)
            self.running.remove(request)
            request.finished_at = self.clock
            self.finished.append(request)
            self.answered(self)


@dataclass
class Scaler:
    """The autoscaler's rounds."""

    policy: object
    next_tick: int = 0
    low_since: int | None = None


@dataclass
class Outcome:
    """What the laws compare."""

    replicas: list[Replica]
    rejected: list[Request] = field(default_factory=list)
    placed: dict[int, int] = field(default_factory=dict)
    paid: list[int] = field(default_factory=list)


class Cluster:
    """Replicas behind a router."""

    def __init__(self, engine, fleet, random_state: int, *, shared: bool) -> None:
        self.fleet, self.engine = fleet, engine
        self.replicas = [Replica(engine, shared) for _ in range(fleet.replicas)]
        scaling = fleet.autoscaling
        least = scaling.least if scaling else fleet.replicas
        self.status = ["serving" if k < least else "off" for k in range(fleet.replicas)]
        self.ready_at = [0] * fleet.replicas
        self.paid_from, self.paid = [0] * fleet.replicas, [0] * fleet.replicas
        self.turn, self.random_state = 0, random_state
        self.scaler = Scaler(scaling)

    def serving(self) -> list[int]:
        return [k for k, status in enumerate(self.status) if status == "serving"]

    def random(self, below: int) -> int:
        x = self.random_state
        x ^= x >> 12
        x = (x ^ (x << 25)) & WORD
        x ^= x >> 27
        self.random_state = x
        return (((x * 0x2545F4914F6CDD1D) & WORD) >> 33) % below

    def least_loaded(self, now: int) -> int:
        for k in self.serving():
            self.replicas[k].advance(now)
        return min(self.serving(), key=lambda k: (self.replicas[k].load, k))

    def route(self, request: Request, now: int) -> int:
        serving, routing = self.serving(), self.fleet.routing
        if routing == "least_loaded":
            return self.least_loaded(now)
        if routing == "prefix_affinity":
            return self.best_prefix(request, now)
        if routing == "power_of_two" and len(serving) > 1:
            first, second = self.random(len(serving)), self.random(len(serving) - 1)
            a, b = serving[first], serving[second if second < first else second + 1]
            self.replicas[a].advance(now)
            self.replicas[b].advance(now)
            return b if self.replicas[b].load < self.replicas[a].load else a
        chosen = serving[self.turn % len(serving)]
        self.turn += 1
        self.replicas[chosen].advance(now)
        return chosen

    def best_prefix(self, request: Request, now: int) -> int:
        idlest = self.least_loaded(now)
        serving = self.serving()
        hits = {k: self.replicas[k].cache.leading(request.chain) for k in serving}
        best = min(serving, key=lambda k: (-hits[k], self.replicas[k].load, k)) if max(hits.values()) else idlest
        fair = 1.25 * (sum(self.replicas[k].load for k in serving) + 1) / len(serving)
        return best if self.replicas[best].load < max(fair, 1.0) else idlest

    def switch_off(self, k: int, now: int) -> None:
        self.status[k] = "off"
        self.paid[k] += now - self.paid_from[k]

    def take_stock(self, now: int) -> int:
        work = 0
        for k, replica in enumerate(self.replicas):
            if self.status[k] == "starting" and self.ready_at[k] <= now:
                self.status[k] = "serving"
                replica.clock = max(replica.clock, now)
            elif self.status[k] in ("serving", "draining"):
                replica.advance(now)
                work += replica.load
                if self.status[k] == "draining" and replica.load == 0:
                    self.switch_off(k, now)
        return work

    def having(self, *statuses: str, last_first: bool = False) -> list[int]:
        numbers = range(len(self.status))
        return [k for s in statuses for k in (reversed(numbers) if last_first else numbers) if self.status[k] == s]

    def scale(self, now: int) -> None:
        policy, work = self.scaler.policy, self.take_stock(now)
        wanted = min(max(-(-work // policy.target_in_flight), policy.least), self.fleet.replicas)
        had = len(self.having("serving", "starting"))
        if wanted >= had:
            self.scaler.low_since = None
            for k in self.having("draining", "off")[: wanted - had]:
                if self.status[k] == "draining":
                    self.status[k] = "serving"
                else:
                    self.status[k], self.ready_at[k], self.paid_from[k] = "starting", now + _ps(policy.start_up_s), now
        elif self.scaler.low_since is None:
            self.scaler.low_since = now
        elif now - self.scaler.low_since >= _ps(policy.down_after_s):
            self.scaler.low_since = None
            for k in self.having("starting", "serving", last_first=True)[: had - wanted]:
                if self.status[k] == "starting":
                    self.switch_off(k, now)
                else:
                    self.status[k] = "draining"


def _ps(seconds: float) -> int:
    return round(seconds * 1e12)


def reference(requests: list[Request], engine, fleet, random_state: int = 1, *, shared: bool = False,
              until: int = NEVER) -> Outcome:  # fmt: skip
    """Return what happens to requests that arrive in order."""
    cluster = Cluster(engine, fleet, random_state, shared=shared)
    outcome = Outcome(cluster.replicas)
    for request in requests:
        while fleet.autoscaling and cluster.scaler.next_tick <= request.arrival:
            cluster.scale(cluster.scaler.next_tick)
            cluster.scaler.next_tick += _ps(fleet.autoscaling.interval_s)
        if -(-(request.prompt + request.output) // engine.block_tokens) > engine.capacity_blocks:
            outcome.rejected.append(request)
            continue
        k = cluster.route(request, request.arrival)
        outcome.placed[request.number] = k
        cluster.replicas[k].arrive(request, request.arrival)
    for replica in cluster.replicas:
        replica.advance(until)
    end = max(replica.clock for replica in cluster.replicas)
    outcome.paid = [
        paid + (max(end - since, 0) if status != "off" else 0)
        for paid, since, status in zip(cluster.paid, cluster.paid_from, cluster.status, strict=True)
    ]
    return outcome


def reference_clients(lengths: list[tuple[int, int]], engine, clients: int) -> Replica:
    """Return one replica after a closed loop: each answer lets the next request be sent."""
    replica = Replica(engine, caching=False)
    waiting = [Request(k, 0, prompt, output) for k, (prompt, output) in enumerate(lengths)]

    def send(r: Replica) -> None:
        if waiting:
            request = waiting.pop(0)
            request.arrival = r.clock
            request.total = request.prompt
            r.queue.append(request)

    for _ in range(clients):
        send(replica)
    replica.answered = send
    replica.advance(NEVER)
    return replica
