"""What goes wrong, said to a program and to a reader: one form for every error, the field named."""

import html
import json
import re
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from steelyard.errors import Fault

__all__ = ["ErrorBody", "FieldFault", "Refusal", "error_document", "faults_of", "refusal_response"]

_LINE = re.compile(r"\bline (\d+)")
_FLAGS = {"--ttft-p95": "ttft_p95", "--tpot-p95": "tpot_p95", "--rate": "rate", "--input-tokens": "input_tokens",
          "--output-tokens": "output_tokens", "--model": "model", "--accelerator": "accelerator"}  # fmt: skip


class FieldFault(BaseModel):
    """One thing wrong with an input."""

    field: str = Field(description="The field or study key that is wrong; empty where it is the whole.")
    what: str = Field(description="What is wrong.")
    expected: str = Field(default="", description="What a right value looks like.")
    remedy: str = Field(default="", description="What to do.")
    line: int | None = Field(default=None, description="Line of the study, where it has one.")


class ErrorBody(BaseModel):
    """What every error answers."""

    type: str = Field(description="A word a program can act on, such as invalid_input, busy, not_found.")
    message: str = Field(description="One sentence.")
    faults: list[FieldFault] = Field(default_factory=list[FieldFault], description="Every fault found.")


class Refusal(HTTPException):
    """A request that is answered with an error; a kind of the framework's own, which lets it pass while it reads."""

    def __init__(
        self, status: int, kind: str, message: str, remedy: str = "", *, field: str = "",
        faults: Sequence[FieldFault] = (), retry_after_s: int = 0,
    ) -> None:  # fmt: skip
        super().__init__(status, message)
        self.status = status
        self.kind = kind
        self.message = message
        self.retry_after_s = retry_after_s
        own = [FieldFault(field=field, what=message, remedy=remedy)] if (field or remedy) and not faults else []
        self.faults = [*faults, *own]


def faults_of(found: Sequence[Fault], *, field: str = "") -> list[FieldFault]:
    """Return faults with their field: the last word of their place that is a key.

    Parameters
    ----------
    found
        Faults of the engine.
    field
        Field of the request they came in, where a fault names none.
    """
    return [_field_fault(fault, field) for fault in found]


def _field_fault(fault: Fault, field: str) -> FieldFault:
    where, line = fault.where, _LINE.search(fault.where)
    last = re.split(r"[,:] ", where)[-1].strip()
    name = _FLAGS.get(last, last if re.fullmatch(r"[a-z_]+(\.[\w.\[\]]+)?", last) else field)
    return FieldFault(field=name or field, what=fault.what, expected=fault.expected, remedy=fault.remedy,
                      line=int(line[1]) if line else None)  # fmt: skip


def error_document(refusal: Refusal) -> dict[str, Any]:
    """Return the body of an error."""
    body = ErrorBody(type=refusal.kind, message=refusal.message, faults=refusal.faults)
    return {"error": body.model_dump(mode="json")}


def refusal_response(refusal: Refusal, path: str) -> tuple[str, bytes]:
    """Return content type and body of an error that is answered before any page is made."""
    if path.startswith("/api/"):
        return "application/json", json.dumps(error_document(refusal)).encode()
    said = "".join(f"<p>{html.escape(fault.remedy)}</p>" for fault in refusal.faults if fault.remedy)
    page = (f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Steelyard</title>'
            f'<link rel="stylesheet" href="/static/app.css"><main class="page narrow"><h1>That did not work</h1>'
            f"<p>{html.escape(refusal.message)}.</p>{said}<p><a href=\"/\">Start</a></p></main></html>")  # fmt: skip
    return "text/html; charset=utf-8", page.encode()
