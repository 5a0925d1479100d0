"""What the API takes and gives, beside the documents of the study's own functions."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from steelyard.web.faults import ErrorBody

__all__ = ["CheckRequest", "CompareRequest", "DecideRequest", "ErrorAnswer", "Health", "JobAnswer", "ProfileRequest",
           "SimulateRequest", "SizeRequest", "UploadAnswer"]  # fmt: skip

_MOST_CHARACTERS = 200_000
StudyText = Annotated[
    str | dict[str, Any],
    Field(description="The study: the text of a study file (YAML), or the same as an object. Logs are named as "
          "`POST /uploads` answers."),
]  # fmt: skip
Text = Annotated[str, Field(min_length=1, max_length=400)]
Typed = Annotated[float | str, Field(description="A number, or text as typed on the command line, such as 50ms.")]
Day = Annotated[date | None, Field(description="Use only what was known on that day; today where absent.")]
Precision = Literal["bf16", "fp8", "int8", "fp4", "int4"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class DecideRequest(_Strict):
    """A study to decide."""

    study: StudyText
    seed: Annotated[int, Field(ge=0, le=2**32 - 1, description="Seed of every draw.")] = 0
    as_of: Day = None
    draws: Annotated[int | None, Field(ge=2, le=20_000, description="Draws; 2,048 where absent.")] = None


class ProfileRequest(_Strict):
    """An upload to profile."""

    upload: Text
    by: Literal["model", "api_key", "team", "tag", "operation", "end_user", "session"] | None = None
    shape: Annotated[str | None, Field(max_length=60)] = None


class SizeRequest(_Strict):
    """A traffic and its promises; the traffic is an upload, or a rate with lengths."""

    model: Text
    ttft_p95: Typed
    tpot_p95: Typed
    upload: Text | None = None
    rate: Typed | None = None
    input_tokens: Typed | None = None
    output_tokens: Typed | None = None
    accelerator: Text | None = None
    precision: Precision | None = None
    availability: Literal["none", "n_plus_1"] = "none"
    as_of: Day = None


class SimulateRequest(_Strict):
    """A log and the fleet to play it against."""

    upload: Text
    model: Text
    accelerator: Text
    tp: Annotated[int, Field(ge=1, le=64)] = 1
    replicas: Annotated[int, Field(ge=1, le=10_000)] = 1
    precision: Precision | None = None
    routing: Literal["round_robin", "least_loaded", "power_of_two", "prefix_affinity"] = "round_robin"
    prefix_caching: bool = True
    max_num_seqs: Annotated[int, Field(ge=1, le=8_192)] = 256
    max_num_batched_tokens: Annotated[int, Field(ge=1, le=131_072)] = 8_192
    autoscale_from: Annotated[int | None, Field(ge=1)] = None
    ttft_p95: Typed | None = None
    tpot_p95: Typed | None = None
    as_of: Day = None


class CompareRequest(_Strict):
    """Two decision documents."""

    before: dict[str, Any]
    after: dict[str, Any]


class CheckRequest(_Strict):
    """A recorded decision, with the study it was made from."""

    decision: dict[str, Any]
    study: Annotated[str, Field(max_length=_MOST_CHARACTERS, description="The text of the study file.")]
    upload: Annotated[str | None, Field(max_length=400, description="A log in place of the study's traffic.")] = None
    as_of: Day = None


class JobAnswer(BaseModel):
    """How far a piece of work is."""

    id: str
    task: str
    state: Literal["waiting", "running", "done", "failed", "cancelled", "replaced"]
    progress: str = Field(description="What is being done, in words.")
    seconds: float = Field(description="Since it was asked for [s].")
    result: str | None = Field(default=None, description="Address of the result once it is done.")


class UploadAnswer(BaseModel):
    """An upload."""

    upload: str = Field(description="How a study or another request names it.")
    files: list[str]
    size_bytes: int = Field(description="Bytes sent [B].")
    kept: bool = Field(description="Whether the files stay after they were counted.")


class Health(BaseModel):
    """That the server answers."""

    version: str


class ErrorAnswer(BaseModel):
    """What every error answers."""

    error: ErrorBody
