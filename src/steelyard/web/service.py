"""What pages and the API ask for: work is started, awaited, exported and forgotten here, each for its own session."""

import asyncio
import hashlib
import json
import secrets
import shutil
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import cast

from steelyard.errors import Fault
from steelyard.web.faults import Refusal, faults_of
from steelyard.web.pool import BusyError, Job, Pool
from steelyard.web.sessions import Decision, Session, Sessions, Upload
from steelyard.web.settings import Settings
from steelyard.web.tasks import Decided, Profiled, today

__all__ = ["STUDY_LANE", "Service"]

STUDY_LANE = "study"
"""Lane of the decisions that a page asks for while its inputs move."""
_MOST_JOBS = 100
_RETRY_S = 5
_SWEEP_S = 60.0


class Service:
    """Sessions, workers, and the work between them."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.sessions = Sessions(settings)
        self.pool = Pool(settings.workers, timeout_s=settings.job_timeout_s, max_waiting=settings.max_waiting,
                         max_per_owner=settings.max_jobs_per_session)  # fmt: skip

    def start(self) -> None:
        """Start the workers."""
        self.pool.start()

    def close(self) -> None:
        """Stop the workers and delete what was uploaded and computed."""
        self.pool.close()
        self.sessions.close()

    async def sweep(self) -> None:
        """Delete idle sessions from time to time, for as long as the server runs."""
        while True:
            await asyncio.sleep(_SWEEP_S)
            self.sessions.sweep()

    def submit(self, session: Session, task: str, arguments: Mapping[str, object], *, lane: str = "") -> Job:
        """Start a piece of work.

        Raises
        ------
        Refusal
            If too much is waiting.
        """
        try:
            job = self.pool.submit(Job(task, arguments, session.owner, lane))
        except BusyError as busy:
            words = "this session has as much work waiting as it may" if busy.mine else "the server is busy"
            raise Refusal(429 if busy.mine else 503, "busy", words, "Ask again in a moment",
                          retry_after_s=_RETRY_S) from None  # fmt: skip
        session.jobs[job.id] = job
        while len(session.jobs) > _MOST_JOBS:
            session.jobs.popitem(last=False)
        return job

    def decide(
        self, session: Session, text: str, *, seed: int = 0, as_of: date | None = None, draws: int | None = None,
        query: str = "", lane: str = "",
    ) -> Decision:  # fmt: skip
        """Return the decision of a study: the one there is, or one whose work has begun."""
        day = as_of or today()
        logs = sorted((u.name, u.folder.name, u.usable) for u in session.uploads.values() if u.name in text)
        key = hashlib.sha256(json.dumps([text, seed, day.isoformat(), draws, logs]).encode()).hexdigest()
        known = session.decisions.get(key)
        if known is not None and not _worth_another_try(known.job):
            known.query = query or known.query
            session.decisions.move_to_end(key)
            return known
        place = session.folder / ".decisions" / secrets.token_hex(8)
        job = self.submit(session, "decide", {
            "text": text, "folder": session.folder, "uploads": session.tables, "place": place, "seed": seed,
            "as_of": day, "draws": draws,
        }, lane=lane)  # fmt: skip
        decision = Decision(secrets.token_urlsafe(12), text, query, place, job)
        session.decisions[key] = decision
        self.pool.when_ended(job, lambda job: _note_decided(decision, job))
        self._forget_oldest(session)
        return decision

    def profile(self, session: Session, upload: Upload, *, by: str | None = None, shape: str | None = None) -> Job:
        """Start to profile an upload; its files are deleted once counted, unless they are to be kept."""
        table = session.folder / upload.name
        files = [table] if table.exists() else [upload.folder / name for name in upload.files]
        job = self.submit(session, "profile", {
            "files": files, "folder": session.folder, "target": table, "by": by, "shape": shape,
            "max_bytes": self.settings.max_log_bytes,
        })  # fmt: skip
        upload.job = job
        self.pool.when_ended(job, lambda job: _note_profiled(upload, job))
        return job

    def remove(self, session: Session, upload: Upload) -> None:
        """Delete an upload and what was counted of it."""
        if upload.job is not None:
            self.pool.cancel(upload.job)
        session.uploads.pop(upload.name, None)
        table = session.folder / upload.name
        for place in (upload.folder, table):
            shutil.rmtree(place, ignore_errors=True)
        with suppress(OSError):
            table.unlink()

    async def export(self, session: Session, decision: Decision, formats: Sequence[str]) -> Mapping[str, bytes]:
        """Return files of a decision: file name -> bytes."""
        job = self.submit(session, "export", {"place": decision.place, "formats": tuple(formats)})
        await self.wait(job, self.settings.job_timeout_s)
        return cast("Mapping[str, bytes]", self.answer(job))

    async def wait(self, job: Job, seconds: float) -> bool:
        """Return whether a piece of work has ended within some seconds; it goes on if not."""
        loop, ended = asyncio.get_running_loop(), asyncio.Event()

        def tell(_: Job) -> None:
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(ended.set)

        self.pool.when_ended(job, tell)
        with suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), max(seconds, 0.0))
        return job.ended

    def answer(self, job: Job, *, field: str = "") -> object:
        """Return what ended work found.

        Raises
        ------
        Refusal
            If its input was wrong, or it failed.
        """
        if job.state == "done":
            return job.result
        if job.faults:
            raise _unusable(job.faults, field)
        if job.state in {"cancelled", "replaced"}:
            raise Refusal(409, job.state, f"the work was {job.state}", "Ask again")
        raise Refusal(500, "failed", f"it could not be computed: {job.failure}", "Ask again; the log says more")

    def _forget_oldest(self, session: Session) -> None:
        unsaved = [key for key, d in session.decisions.items() if not d.saved_at and d.job.ended]
        for key in unsaved[: max(len(session.decisions) - self.settings.max_decisions, 0)]:
            shutil.rmtree(session.decisions.pop(key).place, ignore_errors=True)


def _worth_another_try(job: Job) -> bool:
    """Whether asking again may give another answer: it was stopped, or failed for no fault of its input."""
    if job.state in {"cancelled", "replaced"}:
        return True
    failed = job.state == "failed" and not job.faults and job.ended_at is not None
    return failed and time.monotonic() - (job.ended_at or 0.0) > _RETRY_S


def _unusable(faults: Sequence[Fault], field: str) -> Refusal:
    told = faults_of(faults, field=field)
    words = "one thing is wrong with the input" if len(told) == 1 else f"{len(told)} things are wrong with the input"
    return Refusal(422, "invalid_input", words, faults=told)


def _note_decided(decision: Decision, job: Job) -> None:
    if isinstance(job.result, Decided):
        decision.document, decision.name = job.result.document, job.result.study


def _note_profiled(upload: Upload, job: Job) -> None:
    if not upload.keep and job.ended:
        shutil.rmtree(upload.folder, ignore_errors=True)
    if isinstance(job.result, Profiled):
        upload.profile, upload.usable = job.result.document, job.result.usable


def saved_now() -> str:
    """Return the time at which something is saved, to the minute (UTC)."""
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M")
