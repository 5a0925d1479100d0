"""The application: the door, the API, the pages, and what answers when something goes wrong."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any, cast

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from steelyard import __version__
from steelyard.web import api, pages, static
from steelyard.web.faults import FieldFault, Refusal, error_document
from steelyard.web.security import Door
from steelyard.web.service import Service
from steelyard.web.settings import Settings

__all__ = ["create_app"]

_ABOUT = ("Build or buy, for AI workloads. Every operation waits for its answer up to `wait_s` seconds; what takes "
          "longer answers 202 with a job. Errors name the field. Uploads and decisions belong to the session of the "
          "cookie.")  # fmt: skip


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the application, its workers started with it.

    Parameters
    ----------
    settings
        How it runs; on loopback, without a token, by default.
    """
    service = Service(settings or Settings())

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        service.start()
        sweeping = asyncio.create_task(service.sweep())
        yield
        sweeping.cancel()
        service.close()

    app = FastAPI(title="Steelyard", version=__version__, description=_ABOUT, docs_url=None, redoc_url=None,
                  openapi_url=f"{api.PREFIX}/openapi.json", lifespan=lifespan)  # fmt: skip
    app.state.service = service
    described = app.openapi

    def openapi() -> dict[str, Any]:
        return app.openapi_schema or _with_documents(described())

    app.openapi = openapi
    app.include_router(api.router)
    app.include_router(static.router)
    app.include_router(pages.router)
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_middleware(cast("Any", Door), settings=service.settings, sessions=service.sessions)
    return app


def _with_documents(schema: dict[str, Any]) -> dict[str, Any]:
    """Add the schemas of the study's documents, whose modules load only here."""
    from pydantic.json_schema import models_json_schema  # noqa: PLC0415

    models = [getattr(import_module(module), name) for module, name in api.DOCUMENTS.values()]
    _, found = models_json_schema([(m, "serialization") for m in models], ref_template="#/components/schemas/{model}")
    schema["components"]["schemas"] |= found["$defs"]
    return schema


async def _refused(request: Request, error: Exception) -> Response:
    refusal = cast("Refusal", error)
    if not request.url.path.startswith("/api/v1"):
        return pages.page_of_error(refusal)
    headers = {"retry-after": str(refusal.retry_after_s)} if refusal.retry_after_s else None
    return JSONResponse(error_document(refusal), refusal.status, headers)


async def _invalid(request: Request, error: Exception) -> Response:
    found = cast("Sequence[dict[str, Any]]", cast("RequestValidationError", error).errors())
    faults = [FieldFault(field=_field(e["loc"]), what=str(e["msg"])) for e in found[:20]]
    return await _refused(request, Refusal(422, "invalid_input", "the request cannot be read", faults=faults))


def _field(place: Sequence[object]) -> str:
    return ".".join(str(part) for part in place if part not in {"body", "query", "path"})


async def _http(request: Request, error: Exception) -> Response:
    found = cast("HTTPException", error)
    kind = {404: "not_found", 405: "method"}.get(found.status_code, "http")
    return await _refused(request, Refusal(found.status_code, kind, str(found.detail).lower()))
