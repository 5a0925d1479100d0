"""The pages: start, study, traffic, options, serving, assumptions, compare, saved decisions, exports, the API."""

import io
import json
import re
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from steelyard.web.api import service_of
from steelyard.web.faults import Refusal
from steelyard.web.security import session_of
from steelyard.web.service import STUDY_LANE, Service, saved_now
from steelyard.web.sessions import Decision, Session
from steelyard.web.uploads import find_upload, store

if TYPE_CHECKING:
    from steelyard.web.study_state import State

__all__ = ["page_of_error", "router"]

PAGES = ("study", "traffic", "options", "serving", "assumptions")
"""Pages of one decision: name of each, and of its template."""
_PART = "x-part"
_NOTE_LONGEST = 200
_MOST_FILES = 50
_FILE_TYPES = {"html": "application/octet-stream", "json": "application/json", "yaml": "application/yaml",
               "md": "text/markdown; charset=utf-8", "txt": "text/plain; charset=utf-8", "pdf": "application/pdf",
               "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}  # fmt: skip

router = APIRouter(include_in_schema=False)


def _asker(request: Request) -> tuple[Service, Session]:
    return service_of(request), session_of(cast("dict[str, Any]", request.scope))


def _page(template: str, session: Session, values: Mapping[str, object]) -> HTMLResponse:
    from steelyard.web.render import render  # noqa: PLC0415  heavy: only when a page is made

    return HTMLResponse(render(template, uploads=list(session.uploads.values()), **{"state": None, **values}))


def _kept_until(service: Service) -> str:
    """Return until when this session is kept if nobody comes back, to the minute (UTC)."""
    until = datetime.now(UTC) + timedelta(seconds=service.settings.idle_session_s)
    return until.strftime("%H:%M UTC")


def _decisions(session: Session) -> list[Decision]:
    return list(session.decisions.values())


@router.get("/")
async def start(request: Request) -> Response:
    """Three numbers, an organisation, or a log."""
    from steelyard.web.study_state import PRESETS  # noqa: PLC0415

    service, session = _asker(request)
    limit_mib = service.settings.max_upload_bytes >> 20
    return _page("start.html.jinja", session, {
        "here": "start", "presets": PRESETS, "limit_mib": limit_mib, "kept_until": _kept_until(service),
    })  # fmt: skip


async def _shown(request: Request, page: str) -> Response:
    from steelyard.web.inputs import shown_groups  # noqa: PLC0415
    from steelyard.web.study_state import state_of  # noqa: PLC0415

    service, session = _asker(request)
    asked = dict(request.query_params)
    model = asked.pop("model", "")
    state = state_of(asked)
    if _PART not in request.headers and request.url.query and _untidy(asked, state):
        return RedirectResponse(f"/{page}?{state.query}", 303)
    values: dict[str, object] = {"here": page, "state": state, "page": page, "model": model}
    values |= await _outcome(service, session, page, state, model)
    if page == "study":
        groups = shown_groups(state)
        inputs = {shown.key for _, found in groups for shown in found} | {"traffic.log"}
        values["groups"] = groups
        values["carried"] = {key: value for key, value in state.changes.items() if key not in inputs}
        values["limit_mib"] = service.settings.max_body_bytes >> 20
    part = request.headers.get(_PART) == "result"
    template = "part" if part else "study" if page == "study" else "tab"
    return _page(f"{template}.html.jinja", session, values)


def _untidy(asked: Mapping[str, str], state: "State") -> bool:
    """Whether an address says more than the differences, as a form without scripts does."""
    return {key: value for key, value in asked.items() if key != "from"} != dict(state.changes)


async def _outcome(service: Service, session: Session, page: str, state: "State", model: str) -> dict[str, object]:
    """Return what the page shows: the decision, how far it is, or what is wrong."""
    nothing: dict[str, object] = {"decision": None, "job": None, "refusal": None}
    if not state.changes and state.base == "blank":
        return nothing
    try:
        decision = service.decide(session, state.text(), query=state.query, lane=STUDY_LANE)
    except Refusal as refusal:
        return nothing | {"refusal": refusal}
    if not decision.job.ended:
        return nothing | {"job": decision.job, "decision": decision}
    try:
        service.answer(decision.job, field="study")
    except Refusal as refusal:
        return nothing | {"refusal": refusal, "decision": decision}
    from steelyard.web.parts import papers, part_values  # noqa: PLC0415

    found = part_values(page, papers(decision.place))
    if page == "serving":
        found |= _serving(service, session, decision, model)
    return nothing | {"decision": decision} | found


def _serving(service: Service, session: Session, decision: Decision, model: str) -> dict[str, object]:
    """Return accelerators side by side for one open model, or the work that finds them."""
    from steelyard.web.parts import papers  # noqa: PLC0415
    from steelyard.web.serving_view import models_to_serve, serving_values  # noqa: PLC0415

    offered = models_to_serve(papers(decision.place).result)
    wanted = model or (offered[0] if offered else "")
    if not wanted:
        return {"offered": offered, "wanted": "", "side": None}
    key = f"serving {wanted}"
    job = decision.beside.get(key)
    if job is None or job.state in {"cancelled", "replaced"}:
        job = service.submit(session, "serving", {
            "text": decision.text, "folder": session.folder, "uploads": session.tables, "model": wanted,
        }, lane="serving")  # fmt: skip
        decision.beside[key] = job
    if not job.ended:
        return {"offered": offered, "wanted": wanted, "side": None, "job": job}
    try:
        side = service.answer(job, field="model")
    except Refusal as refusal:
        return {"offered": offered, "wanted": wanted, "side": None, "side_refusal": refusal}
    return {"offered": offered, "wanted": wanted, **serving_values(side)}


@router.get("/live/{identifier}.js")
async def live(request: Request, identifier: str) -> Response:
    """Return the script of a decision's sliders."""
    from steelyard.web.parts import live_script  # noqa: PLC0415

    decision = _decided(request, identifier)
    return Response(
        live_script(decision.place), media_type="text/javascript", headers={"cache-control": "private, max-age=3600"}
    )


@router.get("/export/{identifier}/{name}")
async def export(request: Request, identifier: str, name: str) -> Response:
    """Return a file of a decision, always as a download."""
    from steelyard.study.output import DOCUMENT_FILE, FORMATS, STUDY_FILE, missing_formats  # noqa: PLC0415

    decision = _decided(request, identifier)
    wanted = next((key for key, file in FORMATS.items() if file == name), "")
    if not wanted and name not in {DOCUMENT_FILE, STUDY_FILE}:
        raise HTTPException(404, "Not Found")
    missing = missing_formats([wanted] if wanted else [])
    if missing:
        raise Refusal(501, "not_installed", f"{name} cannot be written here", f"Install it: {missing[name]}")
    service, session = _asker(request)
    files = await service.export(session, decision, [wanted] if wanted else [])
    kind = _FILE_TYPES.get(name.rpartition(".")[2], "application/octet-stream")
    stem = _stem(decision.name)
    return Response(
        files[name], media_type=kind, headers={"content-disposition": f'attachment; filename="{stem}-{name}"'}
    )


@router.get("/saved")
async def saved(request: Request) -> Response:
    """Decisions that were saved, and those of this session."""
    service, session = _asker(request)
    found = [d for d in reversed(_decisions(session)) if d.document]
    rows = [(d, json.loads(d.document)) for d in found]
    kept, others = ([row for row in rows if bool(row[0].saved_at) is saved] for saved in (True, False))
    return _page("saved.html.jinja", session, {
        "here": "saved", "saved": kept, "recent": others, "kept_until": _kept_until(service),
    })  # fmt: skip


@router.get("/saved.zip")
async def take_away(request: Request) -> Response:
    """Return every decision of this session, its document and its study, as one archive."""
    _, session = _asker(request)
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, d in enumerate((d for d in _decisions(session) if d.document), start=1):
            folder = f"{number:02d}-{_stem(d.name)}"
            archive.writestr(f"{folder}/decision.json", d.document)
            archive.writestr(f"{folder}/study.yaml", d.text)
    headers = {"content-disposition": 'attachment; filename="steelyard-decisions.zip"'}
    return Response(held.getvalue(), media_type="application/zip", headers=headers)


def _stem(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip(".-") or "study"


@router.post("/saved/{identifier}")
async def save(request: Request, identifier: str) -> Response:
    """Save a decision with a note, or forget it."""
    decision = _decided(request, identifier)
    async with request.form(max_files=0, max_fields=5) as form:
        if form.get("do") == "forget":
            decision.saved_at = ""
        else:
            note = form.get("note", "")
            decision.saved_at = decision.saved_at or saved_now()
            decision.note = note[:_NOTE_LONGEST] if isinstance(note, str) else ""
    return RedirectResponse("/saved", 303)


@router.get("/compare")
async def compare(request: Request) -> Response:
    """Two decisions of this session side by side."""
    from steelyard.web.compare_view import compared  # noqa: PLC0415

    _, session = _asker(request)
    found = [d for d in reversed(_decisions(session)) if d.document]
    a, b = (session.decision(request.query_params.get(side, "")) for side in ("a", "b"))
    both = compared(a.place, b.place) if a and b and a.document and b.document else None
    return _page("compare.html.jinja", session, {"here": "compare", "decisions": found, "a": a, "b": b, "both": both})


@router.get("/api/docs")
async def docs(request: Request) -> Response:
    """Show the API, described by itself."""
    _, session = _asker(request)
    schema = request.app.openapi()
    return _page("docs.html.jinja", session, {"here": "docs", "schema": schema, "operations": _operations(schema)})


def _operations(schema: Mapping[str, Any]) -> list[tuple[str, str, Mapping[str, Any]]]:
    return [(method.upper(), path, operation) for path, item in schema["paths"].items()
            for method, operation in item.items()]  # fmt: skip


@router.post("/forget")
async def forget(request: Request) -> Response:
    """End the session: uploads, tables and decisions are deleted."""
    service, session = _asker(request)
    service.sessions.forget(session)
    return RedirectResponse("/", 303)


def _decided(request: Request, identifier: str) -> Decision:
    decision = _asker(request)[1].decision(identifier)
    if decision is None or not decision.document:
        raise Refusal(404, "not_found", "this session has no such decision", "Decide the study again")
    return decision


@router.post("/upload")
async def upload(request: Request) -> Response:
    """Take a log from a browser without scripts: profile it, then show its traffic."""
    service, session = _asker(request)
    async with request.form(max_files=_MOST_FILES, max_fields=5) as form:
        files = [part for part in form.getlist("files") if isinstance(part, UploadFile)]
        found = await store(session, files, service.settings, keep=bool(form.get("keep")))
    job = service.profile(session, found)
    await service.wait(job, service.settings.job_timeout_s)
    service.answer(job, field="files")
    return RedirectResponse("/traffic?" + urlencode({"from": "blank", "traffic.log": found.name}), 303)


@router.post("/open")
async def open_study(request: Request) -> Response:
    """Open a study file from disk: its page holds the whole study in the address."""
    from steelyard.web.opened_study import LARGEST_BYTES, opened  # noqa: PLC0415

    async with request.form(max_files=1, max_fields=2) as form:
        file = form.get("study")
        raw = await file.read(LARGEST_BYTES + 1) if isinstance(file, UploadFile) and file.filename else b""
    if not raw:
        raise Refusal(422, "invalid_input", "no study file was sent", "Choose a study.yaml", field="study")
    return RedirectResponse(f"/study?{opened(raw).query}", 303)


@router.post("/evals")
async def upload_evaluation(request: Request) -> Response:
    """Take an evaluation of the user's own, by which the study of the address weighs quality from then on."""
    from steelyard.web.study_state import state_of  # noqa: PLC0415

    service, session = _asker(request)
    async with request.form(max_files=1, max_fields=2) as form:
        files = [part for part in form.getlist("evals") if isinstance(part, UploadFile)]
        found = await store(session, files, service.settings, keep=True)
    (found.folder / found.files[0]).replace(session.folder / found.name)
    found.evaluation = True
    state = state_of({**request.query_params, "quality.evals": found.name})
    return RedirectResponse(f"/study?{state.query}", 303)


@router.post("/uploads/{name}/delete")
async def delete_upload(request: Request, name: str) -> Response:
    """Delete an upload."""
    service, session = _asker(request)
    service.remove(session, find_upload(session, name))
    return RedirectResponse("/", 303)


@router.get("/{page}")
async def page(request: Request, page: str) -> Response:
    """Show a page of one decision; with the header ``X-Part`` only what follows the engine's answer."""
    if page not in PAGES:
        raise HTTPException(404, "Not Found")
    return await _shown(request, page)


def page_of_error(refusal: Refusal) -> Response:
    """Return an error as a page."""
    from steelyard.web.render import render  # noqa: PLC0415

    page = render("error.html.jinja", here="error", state=None, refusal=refusal, uploads=[])
    return HTMLResponse(page, refusal.status)
