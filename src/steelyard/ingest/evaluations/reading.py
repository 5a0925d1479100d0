"""Open the files of an evaluation, find their format, and report every fault at once."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from steelyard.domain.quality import EvaluationRun
from steelyard.errors import Fault, InputError, StudyError
from steelyard.ingest.evaluations.answers import MOST_FAULTS, Answer, Document, EvaluationFormat, collected
from steelyard.registry import plugins

__all__ = ["evaluation_files", "formats", "read_document", "read_evaluations"]

ENDINGS = (".csv", ".tsv", ".json", ".jsonl")
MOST_BYTES = 512 * 1024**2
"""Size of a file above which it is not read [byte]: such files hold texts, not scores."""
_LISTED = "CSV, or the JSON of lm-evaluation-harness, Inspect or promptfoo"


def formats() -> Mapping[str, EvaluationFormat]:
    """Return the evaluation formats by name."""
    found = plugins("steelyard.ingest.evaluations.formats", "evaluations")
    return {name: plugin for name, plugin in found.items() if isinstance(plugin, EvaluationFormat)}


def read_evaluations(path: Path) -> tuple[EvaluationRun, ...]:
    """Return what a file, or every file of a folder, says of each option, by option.

    Only identifiers, scores, token counts and failures are kept; texts are not.

    Parameters
    ----------
    path
        A file, or a folder searched at every depth.

    Raises
    ------
    StudyError
        With every fault found: file, row, key, what was expected and what to do.
    """
    answers: list[Answer] = []
    faults: list[Fault] = []
    for file in evaluation_files(path):
        try:
            document = read_document(file)
        except InputError as error:
            faults += error.faults
            continue
        kind = next((f for f in formats().values() if f.matches(document)), None)
        if kind is None:
            if path.is_file():
                faults.append(_unknown(document))
            continue
        found = kind.read(document)
        answers += found.answers
        faults += _shortened(found.faults, document.name)
    if not answers and not faults:
        faults.append(Fault("no evaluation in it", path.name, _LISTED, "Name the file that holds the scores"))
    if faults:
        raise StudyError(faults)
    return collected(answers)


def evaluation_files(path: Path) -> tuple[Path, ...]:
    """Return the files an evaluation may lie in: the file itself, or those of a folder by name.

    Raises
    ------
    StudyError
        If there is neither.
    """
    if path.is_file():
        return (path,)
    if not path.is_dir():
        raise StudyError(Fault("no such file or folder", path.name, f"an evaluation: {_LISTED}",
                               "Mend quality.evals; its path is relative to the study"))  # fmt: skip
    return tuple(sorted(file for file in path.rglob("*") if file.is_file() and file.suffix.lower() in ENDINGS))


def _unknown(document: Document) -> Fault:
    keys = ", ".join(repr(key) for key in list(document.records[0])[:12]) if document.records else "nothing"
    return Fault(f"its keys are {keys}", document.name, _LISTED,
                 "For a CSV use the columns item, option and score (0 to 1)")  # fmt: skip


def _shortened(faults: list[Fault], name: str) -> list[Fault]:
    if len(faults) <= MOST_FAULTS:
        return faults
    rest = Fault(f"{len(faults) - MOST_FAULTS} more of the kind", name)
    return [*faults[:MOST_FAULTS], rest]


def read_document(path: Path) -> Document:
    """Return a file as records.

    Raises
    ------
    StudyError
        If it is too large, not UTF-8, or not what its ending says.
    """
    if path.suffix.lower() == ".eval":
        raise StudyError(Fault("a packed Inspect log", path.name, "its JSON form",
                               "Run `inspect log convert --to json`"))  # fmt: skip
    if path.stat().st_size > MOST_BYTES:
        raise StudyError(Fault(f"{path.stat().st_size / 1024**2:,.0f} MiB", path.name, "at most 512 MiB",
                               "Keep identifiers and scores, leave out the texts"))  # fmt: skip
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise StudyError(Fault(f"byte {error.start} is not UTF-8", path.name, "UTF-8", "Save it as UTF-8")) from error
    ending = path.suffix.lower()
    kind = "csv" if ending in (".csv", ".tsv") else "jsonl" if ending == ".jsonl" else "json"
    if kind == "csv":
        rows = _table(text, path.name)
    else:
        rows = list(_lines(text, path.name)) if kind == "jsonl" else _object(text, path.name)
    return Document(path.name, path.parent.name, rows, kind)


def _table(text: str, name: str) -> list[Mapping[str, Any]]:
    try:
        return list(_rows(text))
    except csv.Error as error:
        raise StudyError(Fault(f"not readable as CSV ({error})", name, "one short row an answer",
                               "Leave out the texts")) from error  # fmt: skip


def _rows(text: str) -> Iterator[Mapping[str, Any]]:
    head = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=head.count)
    for row in csv.DictReader(io.StringIO(text), delimiter=delimiter):
        yield {str(k).strip().lower(): v for k, v in row.items() if k is not None}  # pyright: ignore[reportUnnecessaryComparison]


def _lines(text: str, name: str) -> Iterator[Mapping[str, Any]]:
    for row, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield from _object(line, f"{name}: row {row}")


def _object(text: str, where: str) -> list[Mapping[str, Any]]:
    try:
        loaded: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise StudyError(Fault("not readable as JSON", where, "JSON", "Write the file anew, or mend it")) from error
    if isinstance(loaded, dict):
        return [cast(Mapping[str, Any], loaded)]
    if isinstance(loaded, list):
        return [cast(Mapping[str, Any], r) for r in cast(list[object], loaded) if isinstance(r, dict)]
    raise StudyError(Fault(f"a bare {type(loaded).__name__}", where, "an object or a list of objects", "Mend the file"))
