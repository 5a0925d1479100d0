"""Style, script and mark of the pages: three files of this package, and nothing else."""

from importlib.resources import files

from fastapi import APIRouter, Response
from starlette.exceptions import HTTPException

__all__ = ["router"]

_TYPES = {"app.js": "text/javascript", "icon.svg": "image/svg+xml"}
_STYLE = "app.css"
_KEPT = {"cache-control": "no-cache"}

router = APIRouter(include_in_schema=False)


@router.get("/static/{name}")
async def static(name: str) -> Response:
    """Return one of the files."""
    if name == _STYLE:
        from steelyard.web.render import stylesheet  # noqa: PLC0415  heavy: only when a page is made

        return Response(stylesheet(), media_type="text/css", headers=_KEPT)
    if name not in _TYPES:
        raise HTTPException(404, "Not Found")
    body = (files("steelyard.web") / "static" / name).read_bytes()
    return Response(body, media_type=_TYPES[name], headers=_KEPT)
