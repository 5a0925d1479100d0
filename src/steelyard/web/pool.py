"""Workers that compute beside the server: few, watched, each stopped for good when its work is no longer wanted."""

import logging
import os
import secrets
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, Literal, cast

from steelyard.errors import Fault
from steelyard.web.frames import LENGTH, unpacked, write_frame

__all__ = ["BusyError", "Job", "Pool", "State"]

_LOG = logging.getLogger("steelyard.web")
_TICK_S = 0.05
_CHUNK = 1 << 20

State = Literal["waiting", "running", "done", "failed", "cancelled", "replaced"]


class BusyError(Exception):
    """No more work is taken now; ``mine`` says whether it is the asker's own that fills the room."""

    def __init__(self, *, mine: bool) -> None:
        self.mine = mine
        super().__init__("too much work is waiting")


@dataclass(eq=False)
class Job:
    """One piece of work."""

    task: str
    """Name of the task."""
    arguments: Mapping[str, object]
    """What it is given."""
    owner: str
    """Session that asked."""
    lane: str = ""
    """Of one owner and lane one runs and only the latest waits; empty: no lane."""
    id: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    """Cannot be guessed."""
    state: State = "waiting"
    """How far it is."""
    progress: str = "waiting for a free worker"
    """In words."""
    result: object = None
    """What the task returned."""
    faults: tuple[Fault, ...] = ()
    """What was wrong with the input."""
    failure: str = ""
    """Why it ended otherwise."""
    asked_at: float = field(default_factory=time.monotonic)
    """On the server's clock [s]."""
    ended_at: float | None = None
    """On the server's clock [s]."""
    stop: bool = False
    """Whether it is no longer wanted."""
    told: list[Callable[["Job"], None]] = field(default_factory=list[Callable[["Job"], None]])
    """Called once, from another thread, when it has ended."""

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state not in {"waiting", "running"}


class Pool:
    """A few workers and what waits for them."""

    def __init__(self, workers: int, *, timeout_s: float, max_waiting: int, max_per_owner: int) -> None:
        self._timeout_s = timeout_s
        self._max_waiting = max_waiting
        self._max_per_owner = max_per_owner
        self._lock = threading.Condition()
        self._waiting: list[Job] = []
        self._running: list[Job] = []
        self._closed = False
        self._threads = [threading.Thread(target=self._serve, name=f"worker-{n}", daemon=True) for n in range(workers)]

    def start(self) -> None:
        """Start the workers; returns at once."""
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Stop everything."""
        with self._lock:
            self._closed = True
            for job in [*self._waiting, *self._running]:
                job.stop = True
            self._lock.notify_all()
        for thread in self._threads:
            thread.join(timeout=5)

    def submit(self, job: Job) -> Job:
        """Take a piece of work.

        Raises
        ------
        BusyError
            If too much is waiting already.
        """
        with self._lock:
            replaced = [j for j in self._waiting if job.lane and (j.owner, j.lane) == (job.owner, job.lane)]
            mine = sum(j.owner == job.owner for j in [*self._waiting, *self._running]) - len(replaced)
            if mine >= self._max_per_owner or len(self._waiting) - len(replaced) >= self._max_waiting:
                raise BusyError(mine=mine >= self._max_per_owner)
            for old in replaced:
                self._waiting.remove(old)
                self._end(old, "replaced")
            self._waiting.append(job)
            self._lock.notify()
        return job

    def cancel(self, job: Job) -> None:
        """Let a piece of work go; one that runs is stopped within a moment, with its process."""
        with self._lock:
            job.stop = True
            if job in self._waiting:
                self._waiting.remove(job)
                self._end(job, "cancelled")

    def when_ended(self, job: Job, tell: Callable[[Job], None]) -> None:
        """Call ``tell`` when a piece of work has ended, at once if it has."""
        with self._lock:
            if not job.ended:
                job.told.append(tell)
                return
        tell(job)

    def _serve(self) -> None:
        process: _Process | None = None
        while True:
            if process is None or not process.alive:
                process = _Process()
            job = self._next()
            if job is None:
                process.end()
                return
            outcome, value = process.run(job, self._timeout_s)
            with self._lock:
                self._running.remove(job)
                self._settle(job, outcome, value)
                self._lock.notify_all()

    def _next(self) -> Job | None:
        """Return the oldest work of the owner who has least running; None when all is over."""
        with self._lock:
            while not self._closed:
                ready = [j for j in self._waiting if not self._is_blocked(j)]
                if ready:
                    job = min(ready, key=lambda j: (sum(r.owner == j.owner for r in self._running), j.asked_at))
                    self._waiting.remove(job)
                    self._running.append(job)
                    job.state, job.progress = "running", "starting"
                    return job
                self._lock.wait()
        return None

    def _is_blocked(self, job: Job) -> bool:
        return bool(job.lane) and any((r.owner, r.lane) == (job.owner, job.lane) for r in self._running)

    def _settle(self, job: Job, outcome: str, value: object) -> None:
        if outcome == "done":
            job.result = value
        elif outcome == "faults":
            job.faults = cast("tuple[Fault, ...]", value)
        else:
            job.failure = str(value)
        self._end(job, "done" if outcome == "done" else "cancelled" if outcome == "cancelled" else "failed")

    def _end(self, job: Job, state: State) -> None:
        job.state, job.ended_at = state, time.monotonic()
        told, job.told = job.told, []
        for tell in told:
            tell(job)


class _Process:
    """One worker process and the pipe to it."""

    def __init__(self) -> None:
        own = {name: value for name, value in os.environ.items() if name != "STEELYARD_TOKEN"}
        self._child = subprocess.Popen(
            [sys.executable, "-P", "-m", "steelyard.web.worker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=own
        )
        self._ready = False

    @property
    def alive(self) -> bool:
        return self._child.poll() is None

    def run(self, job: Job, timeout_s: float) -> tuple[str, object]:
        """Return how a piece of work ended and with what."""
        until = time.monotonic() + timeout_s
        try:
            write_frame(cast("IO[bytes]", self._child.stdin), (job.task, dict(job.arguments)))
            for kind, value in self._messages(job, until):
                if kind == "progress":
                    job.progress = str(value)
                elif kind != "ready":
                    return kind, value
        except (OSError, EOFError):
            _LOG.warning("a worker ended while it worked on %s", job.task)
            self.end()
            return "failed", "the worker that computed it ended; ask again"
        self.end()
        return ("cancelled", None) if job.stop else ("failed", f"it took longer than {timeout_s:g} s")

    def _messages(self, job: Job, until: float) -> Iterator[tuple[str, object]]:
        """Yield what the worker says; ends when the work is no longer wanted or takes too long."""
        source = cast("IO[bytes]", self._child.stdout).fileno()
        buffer = bytearray()
        while not job.stop and time.monotonic() < until:
            if not select.select([source], [], [], _TICK_S)[0]:
                continue
            chunk = os.read(source, _CHUNK)
            if not chunk:
                raise EOFError
            buffer += chunk
            while (message := _taken(buffer)) is not None:
                yield cast("tuple[str, object]", message)

    def end(self) -> None:
        """Stop the process for good."""
        self._child.kill()
        self._child.wait()
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                pipe.close()


def _taken(buffer: bytearray) -> object | None:
    """Take the first whole message from ``buffer``; None where there is none yet."""
    if len(buffer) < LENGTH.size:
        return None
    (size,) = LENGTH.unpack(bytes(buffer[: LENGTH.size]))
    end = LENGTH.size + size
    if len(buffer) < end:
        return None
    message = unpacked(bytes(buffer[LENGTH.size : end]))
    del buffer[:end]
    return message
