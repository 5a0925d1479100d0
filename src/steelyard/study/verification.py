"""A recorded decision made again: read it back, recompute it from its receipt, say which figure differs first."""

import glob
import hashlib
import json
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from pydantic import BaseModel, ValidationError

from steelyard import __version__
from steelyard.domain.result import SCHEMA_VERSION, Receipt, Result
from steelyard.domain.study import Study
from steelyard.errors import Fault, InputError
from steelyard.study.load import study_from_text
from steelyard.study.output import DOCUMENT_FILE, STUDY_FILE

if TYPE_CHECKING:
    from steelyard.study.pipeline import Outcome

__all__ = ["Difference", "Recorded", "Verification", "decide_again", "differences", "read_document", "read_recorded",
           "result_of", "verify"]  # fmt: skip

TOLERANCE = 1e-9
"""Relative difference below which two figures are equal [1]."""
_SHOWN_HASH = 8
_LARGEST_BYTES = 64_000_000
_COMMAND = re.compile(r"^steelyard decide (.+) --seed \d+ --as-of \S+$")
_WRITE_AGAIN = "Name the folder that `steelyard decide` wrote, or its decision.json"

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Recorded:
    """A decision as it was written, with the study it was made from where that is there."""

    result: Result
    """The decision."""
    document: bytes
    """The file as it is."""
    study: Study | None
    """Its study; None if no study file is beside it."""
    base_folder: Path
    """Folder the study's logs are relative to."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure or word that is not the same."""

    where: str
    """Its place in the document."""
    recorded: str
    """As written."""
    recomputed: str
    """As computed here."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What held when a decision was made again."""

    same_bytes: bool
    """Whether the document has the same bytes."""
    differing: tuple[Difference, ...]
    """Figures further apart than 1e-9 and words that differ, in the order of the document."""
    causes: tuple[str, ...]
    """What else is not as it was: version, facts, own figures, logs."""

    @property
    def holds(self) -> bool:
        """Whether every figure, the verdict and every printed digit hold."""
        return not self.differing


def read_document(place: Path) -> Result:
    """Return a recorded decision, whether or not its study is there.

    Parameters
    ----------
    place
        A decision document, or the folder it lies in.

    Raises
    ------
    InputError
        If it cannot be read, or is not a decision of a schema known here.
    """
    document = _document_of(place)
    return result_of(_bytes(document), document.name)


def _document_of(place: Path) -> Path:
    return place / DOCUMENT_FILE if place.is_dir() else place


def read_recorded(place: Path, *, study_file: Path | None = None) -> Recorded:
    """Return a recorded decision, and its study where it is there.

    Parameters
    ----------
    place
        A decision document, or the folder it lies in.
    study_file
        The study file; absent: ``study.yaml`` beside the document.

    Raises
    ------
    InputError
        If the document cannot be read, is not a decision, or the study is not the one it was made from.
    """
    document = _document_of(place)
    raw = _bytes(document)
    result = result_of(raw, document.name)
    beside = document.parent / STUDY_FILE
    source = study_file or (beside if beside.is_file() else None)
    if source is None:
        return Recorded(result, raw, None, document.parent)
    study = _study(source, result.receipt)
    return Recorded(result, raw, study, _base_folder(study, source.parent))


def decide_again(
    recorded: Recorded, *, as_of: date | None = None, logs: Sequence[Path] = (), progress: Progress | None = None
) -> "Outcome":
    """Return the decision made again with the seed and the draws of its receipt.

    Parameters
    ----------
    recorded
        The decision; its study must be there.
    as_of
        Date of the facts; the receipt's where absent.
    logs
        Logs to read in place of the study's traffic.
    progress
        Told, in words, what is being done.

    Raises
    ------
    InputError
        If the study is not there, or a log or the facts cannot be used.
    """
    from steelyard.facts.overlay import overlay_folders  # noqa: PLC0415  heavy: only when deciding
    from steelyard.study.pipeline import decide_in_full  # noqa: PLC0415

    study, receipt = recorded.study, recorded.result.receipt
    if study is None:
        raise InputError(Fault("the study it was made from is not beside it", DOCUMENT_FILE, f"{STUDY_FILE} beside it",
                               "Name the study with --study, or the folder that `steelyard decide` wrote"))  # fmt: skip
    if logs:
        paths = tuple(glob.escape(str(log.resolve())) for log in logs)
        traffic = study.traffic.model_copy(update={"logs": paths, "stated": None})
        study = study.model_copy(update={"traffic": traffic})
    return decide_in_full(study, base_folder=recorded.base_folder, seed=int(receipt.seed), draws=int(receipt.draws),
                          as_of=as_of or receipt.as_of, overlays=overlay_folders(recorded.base_folder),
                          progress=progress)  # fmt: skip


def verify(recorded: Recorded, *, progress: Progress | None = None) -> Verification:
    """Return what holds of a decision when it is computed again from its receipt.

    Raises
    ------
    InputError
        As :func:`decide_again`.
    """
    from steelyard.report import render_json  # noqa: PLC0415  heavy: only when verifying

    again = decide_again(recorded, progress=progress).result
    same = render_json(again).encode("utf-8") == recorded.document
    found = () if same else tuple(differences(recorded.result, again))
    causes = (*_other_schema(recorded.result), *_causes(recorded.result.receipt, again.receipt))
    return Verification(same, found, causes)


def differences(recorded: Result, recomputed: Result) -> Iterator[Difference]:
    """Yield what differs between two decisions, receipts aside, in the order of the document.

    Numbers are equal within 1e-9 relative; words must be the same. A field that the schema of an older document did not
    have yet is no difference.
    """
    aside = {"receipt", "schema_version"}
    known = _as_far_as(recorded, recomputed) if _is_older(recorded) else recomputed
    old, new = (cast(Json, r.model_dump(mode="json", by_alias=True, exclude=aside)) for r in (recorded, known))
    yield from _walk("", old, new)


def _is_older(recorded: Result) -> bool:
    return _minor(recorded.schema_version) < _minor(SCHEMA_VERSION)


_V = TypeVar("_V")


def _as_far_as(old: object, new: _V) -> _V:
    """Return a newer value without what an older one, read from its document, has no fields for."""
    if isinstance(old, BaseModel) and isinstance(new, BaseModel):
        kept = {name: _as_far_as(getattr(old, name), getattr(new, name)) if name in old.model_fields_set
                else getattr(old, name) for name in type(new).model_fields}  # fmt: skip
        return new.model_copy(update=kept)
    if isinstance(old, tuple) and isinstance(new, tuple):
        before, after = cast("tuple[object, ...]", old), cast("tuple[object, ...]", new)
        pairs = (_as_far_as(one, other) for one, other in zip(before, after, strict=False))
        return cast(_V, (*pairs, *after[len(before) :]))
    return new


def _other_schema(recorded: Result) -> tuple[str, ...]:
    """Return what it means that a document is of an older schema; empty where it is not."""
    if not _is_older(recorded):
        return ()
    return (f"the document is of schema {recorded.schema_version}, this writes {SCHEMA_VERSION}: fields it has not yet "
            f"are left out of the comparison, and sentences may be worded or rounded otherwise since",)  # fmt: skip


def _walk(where: str, old: Json, new: Json) -> Iterator[Difference]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys((*old, *new)):
            yield from _walk(f"{where}.{key}".lstrip("."), old.get(key), new.get(key))
    elif isinstance(old, list) and isinstance(new, list):
        if len(old) != len(new):
            yield Difference(f"number of {where}", str(len(old)), str(len(new)))
        for place, (one, other) in enumerate(zip(old, new, strict=False)):
            yield from _walk(f"{where}[{_label(one, place)}]", one, other)
    elif not _equal(old, new):
        yield Difference(where, _shown(old), _shown(new))


def _label(item: Json, place: int) -> str:
    """Return how an item of a list is named: by its identifier, else by its place."""
    identifier = item.get("id") if isinstance(item, dict) else None
    return identifier if isinstance(identifier, str) else str(place)


def _equal(old: Json, new: Json) -> bool:
    if isinstance(old, bool) or isinstance(new, bool):
        return old is new
    if isinstance(old, int | float) and isinstance(new, int | float):
        return math.isclose(old, new, rel_tol=TOLERANCE)
    return old == new


def _shown(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _causes(old: Receipt, new: Receipt) -> tuple[str, ...]:
    """Return what a difference may rest on, and what that means."""
    found: list[str] = []
    if old.engine_version != new.engine_version:
        found.append(f"made by Steelyard {old.engine_version}, this is {new.engine_version}: the arithmetic may have "
                     f"changed; install {old.engine_version} to get the same bytes")  # fmt: skip
    if old.facts_sha256 != new.facts_sha256:
        found.append(f"the facts known on {old.as_of} are not the same here ({_hash(old.facts_sha256)} then, "
                     f"{_hash(new.facts_sha256)} now): entries were added or corrected since; a difference shows what "
                     f"they change, not an error of the record")  # fmt: skip
    if old.overlay_sha256 != new.overlay_sha256:
        found.append(f"your own figures are not the same here ({_hash(old.overlay_sha256)} then, "
                     f"{_hash(new.overlay_sha256)} now): look at the facts folder beside the study and at refreshed "
                     f"prices")  # fmt: skip
    names = sorted(set(old.log_sha256) | set(new.log_sha256))
    changed = [name for name in names if old.log_sha256.get(name) != new.log_sha256.get(name)]
    if changed:
        found.append(f"another content than was read then: {', '.join(changed)}")
    return tuple(found)


def _hash(sha256: str | None) -> str:
    return sha256[:_SHOWN_HASH] if sha256 else "none"


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise InputError(Fault(f"{path.stat().st_size:,} bytes", path.name, f"below {_LARGEST_BYTES:,} bytes",
                                   _WRITE_AGAIN))  # fmt: skip
        return path.read_bytes()
    except OSError as error:
        raise InputError(Fault(f"cannot be read ({error.strerror})", str(path), "a decision document",
                               _WRITE_AGAIN)) from None  # fmt: skip


def result_of(raw: bytes, name: str) -> Result:
    """Return the decision that a document holds.

    Parameters
    ----------
    raw
        The document.
    name
        What to call it in messages.

    Raises
    ------
    InputError
        If it is not a decision of a schema known here.
    """
    try:
        told: object = json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        what = "is not JSON" if raw else "the file is empty"
        raise InputError(Fault(what, name, "a decision document", _WRITE_AGAIN)) from None
    if not isinstance(told, dict) or not {"schema_version", "verdict", "receipt"} <= set(cast(dict[str, object], told)):
        raise InputError(Fault("is JSON, but no decision", name, "a decision document", _WRITE_AGAIN))
    fields = cast(dict[str, object], told)
    version, receipt = str(fields["schema_version"]), fields["receipt"]
    writer = cast(dict[str, object], receipt).get("engine_version") if isinstance(receipt, dict) else None
    by = f"written by Steelyard {writer or 'unknown'}"
    unread = InputError(Fault(f"its schema is {version!r}, {by}", name, f"schema {SCHEMA_VERSION} or older within its "
                              f"first number", f"Open it with that version; this is {__version__}"))  # fmt: skip
    if version.partition(".")[0] != SCHEMA_VERSION.partition(".")[0]:
        raise unread
    try:
        return Result.model_validate_json(raw.decode("utf-8-sig"))
    except ValidationError as error:
        if _minor(version) > _minor(SCHEMA_VERSION):
            raise unread from None
        faults = [Fault(str(e["msg"]), f"{name}: {'.'.join(map(str, e['loc']))}", f"a decision {by}, unchanged",
                        "Take the file as it was written") for e in error.errors(include_input=False)[:10]]  # fmt: skip
        raise InputError(faults) from None


def _minor(version: str) -> int:
    """Return the second number of a schema's version, 0 where there is none."""
    number = version.partition(".")[2]
    return int(number) if number.isdecimal() else 0


def _study(source: Path, receipt: Receipt) -> Study:
    raw = _bytes(source)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(Fault("is not UTF-8", source.name, "the study of the decision", _WRITE_AGAIN)) from None
    found = hashlib.sha256(text.encode()).hexdigest()
    if found != receipt.study_sha256:
        raise InputError(Fault(f"is not the study the decision was made from (hash {_hash(found)})", source.name,
                               f"hash {_hash(receipt.study_sha256)}",
                               "Restore it, or compare both studies with `steelyard compare`"))  # fmt: skip
    command = _COMMAND.match(receipt.command)
    return study_from_text(text, command[1] if command else source.name)


def _base_folder(study: Study, own: Path) -> Path:
    """Return the folder in which the study's files are: its own, the one above a decision's folder, or this one.

    Of several, the one with own figures in ``facts/``.
    """
    wanted = (*study.traffic.logs, *((study.quality.evals,) if study.quality.evals else ()))
    places = [place for place in (own, own.absolute().parent, Path()) if all(_matches(place, name) for name in wanted)]
    return min(places, key=lambda place: not (place / "facts").is_dir(), default=own)


def _matches(place: Path, pattern: str) -> bool:
    return bool(glob.glob(str(place / pattern), recursive=True))
