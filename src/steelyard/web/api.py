"""The HTTP API under ``/api/v1``: the functions of the study, each one request; nothing is computed here."""

import json
import time
from collections.abc import Mapping
from typing import Annotated, Any, cast

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from starlette.datastructures import UploadFile

from steelyard import __version__
from steelyard.web.api_models import (
    CheckRequest,
    CompareRequest,
    DecideRequest,
    ErrorAnswer,
    Health,
    JobAnswer,
    ProfileRequest,
    SimulateRequest,
    SizeRequest,
    UploadAnswer,
)
from steelyard.web.faults import Refusal
from steelyard.web.pool import Job
from steelyard.web.security import session_of
from steelyard.web.service import Service
from steelyard.web.sessions import Session
from steelyard.web.tasks import Decided, Profiled
from steelyard.web.uploads import find_upload, store

__all__ = ["DOCUMENTS", "ERRORS", "PREFIX", "router", "service_of", "told"]

PREFIX = "/api/v1"
"""Where this version of the API lies."""
ERRORS: dict[int | str, dict[str, Any]] = {
    400: {"model": ErrorAnswer, "description": "The request itself is malformed."},
    401: {"model": ErrorAnswer, "description": "The token is missing or wrong."},
    404: {"model": ErrorAnswer, "description": "This session has no such thing."},
    409: {"model": ErrorAnswer, "description": "The work was cancelled or replaced."},
    413: {"model": ErrorAnswer, "description": "The body is too large."},
    422: {"model": ErrorAnswer, "description": "The input cannot be used; every fault is named."},
    429: {"model": ErrorAnswer, "description": "This session has too much work waiting."},
    503: {"model": ErrorAnswer, "description": "The server has too much work waiting."},
}
"""What every operation may answer instead."""
_LATER: dict[int | str, dict[str, Any]] = {202: {"model": JobAnswer, "description": "Not finished within `wait_s`."}}
DOCUMENTS: Mapping[str, tuple[str, str]] = {
    "Result": ("steelyard.domain.result", "Result"), "LogProfile": ("steelyard.study.log_document", "LogProfile"),
    "Size": ("steelyard.study.size", "Size"), "Played": ("steelyard.study.simulation", "Played"),
}  # fmt: skip
"""Documents of the study's functions: name in the description -> module and class, loaded when it is asked for."""
_SIZE_FLAGS = {"model", "ttft_p95", "tpot_p95", "rate", "input_tokens", "output_tokens", "accelerator", "precision"}
_POLL_S = 0.25
_MOST_FIELDS = 20
_MOST_FILES = 50
Wait = Annotated[
    float,
    Query(ge=0, le=120, description="Seconds to wait for the answer; if it takes longer, a job to ask after. [s]"),
]


def _gives(document: str) -> dict[int | str, dict[str, Any]]:
    """Return what an operation answers: a document, or a job."""
    schema = {"$ref": f"#/components/schemas/{document}"}
    return {200: {"description": "The document.", "content": {"application/json": {"schema": schema}}}, **_LATER}


router = APIRouter(prefix=PREFIX, responses=ERRORS)


def service_of(request: Request) -> Service:
    """Return what the application works with."""
    service: Service = request.app.state.service
    return service


def _asker(request: Request) -> tuple[Service, Session]:
    return service_of(request), session_of(cast("dict[str, Any]", request.scope))


@router.get("/health", summary="Whether the server answers")
async def health() -> Health:
    """Say which version answers; needs no token."""
    return Health(version=__version__)


@router.post("/decide", response_model=None, responses=_gives("Result"), summary="Decide a study")
async def decide(request: Request, asked: DecideRequest, wait_s: Wait = 60) -> Response:
    """Return the decision document, as `steelyard decide --json` prints it."""
    service, session = _asker(request)
    decision = service.decide(session, _text_of(asked.study), seed=asked.seed, as_of=asked.as_of, draws=asked.draws)
    return await _answered(request, decision.job, wait_s, field="study")


@router.post("/uploads", status_code=201, summary="Send usage logs")
async def upload(request: Request) -> UploadAnswer:
    """Take usage logs as `multipart/form-data`: one or several `files`, and `keep=yes` to keep them once counted."""
    service, session = _asker(request)
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise Refusal(415, "content_type", "uploads are multipart/form-data", "Send a form with `files`", field="files")
    async with request.form(max_files=_MOST_FILES, max_fields=_MOST_FIELDS) as form:
        files = [part for part in form.getlist("files") if isinstance(part, UploadFile)]
        keep = str(form.get("keep", "")).lower() in {"yes", "true", "on", "1"}
        found = await store(session, files, service.settings, keep=keep)
    return UploadAnswer(upload=found.name, files=list(found.files), size_bytes=found.size_bytes, kept=keep)


@router.delete("/uploads/{name}", status_code=204, summary="Delete an upload")
async def delete_upload(request: Request, name: str) -> None:
    """Delete an upload, its files and what was counted of them."""
    service, session = _asker(request)
    service.remove(session, find_upload(session, name))


@router.post("/profile", response_model=None, responses=_gives("LogProfile"), summary="Show what an upload holds")
async def profile(request: Request, asked: ProfileRequest, wait_s: Wait = 60) -> Response:
    """Return what an upload holds, as `steelyard profile --json` prints it; its files are then deleted."""
    service, session = _asker(request)
    job = service.profile(session, find_upload(session, asked.upload), by=asked.by, shape=asked.shape)
    return await _answered(request, job, wait_s, field="upload")


@router.post("/size", response_model=None, responses=_gives("Size"), summary="Which accelerators, how many, what cost")
async def size(request: Request, asked: SizeRequest, wait_s: Wait = 60) -> Response:
    """Return which accelerators hold a traffic at its promises, as `steelyard size --json` prints it."""
    service, session = _asker(request)
    if (asked.upload is None) == (asked.rate is None):
        raise Refusal(422, "invalid_input", "give the traffic once",
                      "Give `upload`, or `rate` with `input_tokens` and `output_tokens`", field="rate")  # fmt: skip
    logs = [_table(service, session, asked.upload)] if asked.upload else []
    asked_for = asked.model_dump(include=_SIZE_FLAGS, mode="json")
    flags = {name: _typed(value) for name, value in asked_for.items()}
    job = service.submit(session, "size", {"asked": flags, "logs": logs, "folder": session.folder, "as_of": asked.as_of,
                                           "spare": int(asked.availability == "n_plus_1")})  # fmt: skip
    return await _answered(request, job, wait_s, field="model")


@router.post("/simulate", response_model=None, responses=_gives("Played"), summary="Play a log against a fleet")
async def simulate(request: Request, asked: SimulateRequest, wait_s: Wait = 60) -> Response:
    """Return how each request of an upload would fare, as `steelyard simulate --json` prints it."""
    service, session = _asker(request)
    if asked.max_num_batched_tokens < asked.max_num_seqs:
        raise Refusal(422, "invalid_input", "max_num_batched_tokens is below max_num_seqs",
                      "Each request of an iteration needs a token", field="max_num_batched_tokens")  # fmt: skip
    if asked.autoscale_from is not None and asked.autoscale_from > asked.replicas:
        raise Refusal(422, "invalid_input", "autoscale_from exceeds replicas, the most there may be",
                      "Give more replicas", field="autoscale_from")  # fmt: skip
    setup = {"model": asked.model, "accelerator": asked.accelerator, "tp": asked.tp, "replicas": asked.replicas,
             "precision": asked.precision, "routing": asked.routing, "prefix_caching": asked.prefix_caching,
             "max_running_requests": asked.max_num_seqs, "token_budget": asked.max_num_batched_tokens,
             "least_replicas": asked.autoscale_from}  # fmt: skip
    job = service.submit(session, "simulate", {
        "logs": [_table(service, session, asked.upload)], "folder": session.folder, "setup": setup,
        "ttft_p95": _typed(asked.ttft_p95), "tpot_p95": _typed(asked.tpot_p95), "as_of": asked.as_of,
    })  # fmt: skip
    return await _answered(request, job, wait_s, field="upload")


@router.post("/compare", response_model=None, responses=_LATER, summary="Compare two decisions")
async def compare(request: Request, asked: CompareRequest, wait_s: Wait = 60) -> Response:
    """Return what changed between two decision documents, as `steelyard compare --json` prints it."""
    service, session = _asker(request)
    sides = {"before": json.dumps(asked.before).encode(), "after": json.dumps(asked.after).encode()}
    return await _answered(request, service.submit(session, "compare", sides), wait_s, field="before")


@router.post("/check", response_model=None, responses=_LATER, summary="Would a recorded decision change today?")
async def check(request: Request, asked: CheckRequest, wait_s: Wait = 60) -> Response:
    """Decide a recorded decision again, as `steelyard check --json` prints it."""
    service, session = _asker(request)
    logs = [_table(service, session, asked.upload)] if asked.upload else []
    job = service.submit(session, "check", {
        "document": json.dumps(asked.decision).encode(), "text": asked.study, "folder": session.folder,
        "uploads": session.tables, "logs": logs, "as_of": asked.as_of,
    })  # fmt: skip
    return await _answered(request, job, wait_s, field="decision")


@router.get("/facts", response_model=None, responses=_LATER, summary="Facts, and the chain behind a number")
async def facts(
    request: Request,
    kind: Annotated[str | None, Query(max_length=60)] = None,
    search: Annotated[str | None, Query(max_length=200)] = None,
    grade: Annotated[str | None, Query(max_length=20)] = None,
    why: Annotated[str | None, Query(max_length=200, description="An entry or number: the chain behind it.")] = None,
    wait_s: Wait = 60,
) -> Response:
    """Return the facts that decisions rest on, each with number, interval, source, date and grade."""
    service, session = _asker(request)
    asked = {"kind": kind, "text": search, "grade": grade, "why": why, "as_of": None}
    return await _answered(request, service.submit(session, "facts", asked), wait_s, field="kind")


@router.get("/jobs/{job_id}", summary="How far a piece of work is")
async def job_state(request: Request, job_id: str) -> JobAnswer:
    """Say how far a piece of work of this session is."""
    return told(_job(request, job_id))


@router.get("/jobs/{job_id}/result", summary="What a piece of work found")
async def job_result(request: Request, job_id: str, wait_s: Wait = 0) -> Response:
    """Return what a piece of work found."""
    return await _answered(request, _job(request, job_id), wait_s, keep=True)


@router.delete("/jobs/{job_id}", status_code=204, summary="Stop a piece of work")
async def cancel_job(request: Request, job_id: str) -> None:
    """Stop a piece of work; its process ends with it."""
    service_of(request).pool.cancel(_job(request, job_id))


def told(job: Job) -> JobAnswer:
    """Return how far a piece of work is."""
    until = job.ended_at if job.ended_at is not None else time.monotonic()
    result = f"{PREFIX}/jobs/{job.id}/result" if job.state == "done" else None
    return JobAnswer(id=job.id, task=job.task, state=job.state, progress=job.progress,
                     seconds=round(until - job.asked_at, 3), result=result)  # fmt: skip


def _job(request: Request, job_id: str) -> Job:
    job = _asker(request)[1].jobs.get(job_id)
    if job is None:
        raise Refusal(404, "not_found", "this session has no such work", "Ask anew", field="job_id")
    return job


async def _answered(request: Request, job: Job, wait_s: float, *, field: str = "", keep: bool = False) -> Response:
    """Return what work found, or, if that takes longer, where to ask after it; a reader who goes away stops it."""
    service = service_of(request)
    until = time.monotonic() + wait_s
    while not await service.wait(job, min(_POLL_S, until - time.monotonic())) and time.monotonic() < until:
        if not keep and await request.is_disconnected():
            service.pool.cancel(job)
            raise Refusal(499, "gone", "the reader has gone away")
    if not job.ended:
        answer = told(job)
        return JSONResponse(answer.model_dump(mode="json"), 202, {"location": f"{PREFIX}/jobs/{job.id}"})
    return _document(service.answer(job, field=field))


def _document(found: object) -> Response:
    if isinstance(found, (Decided, Profiled)):
        return Response(found.document, media_type="application/json")
    if isinstance(found, str):
        return Response(found, media_type="application/json")
    return Response(json.dumps(found, ensure_ascii=False), media_type="application/json")


def _table(service: Service, session: Session, name: str) -> Any:
    """Return the table of an upload, or its file where it was not counted yet."""
    upload = find_upload(session, name)
    if upload.usable:
        return session.folder / upload.name
    if len(upload.files) == 1 and (upload.folder / upload.files[0]).exists():
        return upload.folder / upload.files[0]
    raise Refusal(409, "not_profiled", "this upload has not been profiled, or holds no requests",
                  "Ask for its profile first", field="upload")  # fmt: skip


def _text_of(study: str | Mapping[str, Any]) -> str:
    return study if isinstance(study, str) else json.dumps(study, ensure_ascii=False)


def _typed(value: float | str | None) -> str | None:
    return None if value is None else str(value)
