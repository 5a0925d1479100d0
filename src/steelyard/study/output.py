"""The folder a decision is written to: its files, whole or not at all, and never over something that is not ours."""

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, cast

from steelyard.errors import Fault, OutputError

if TYPE_CHECKING:
    from steelyard.domain.study import Study
    from steelyard.study.pipeline import Outcome

__all__ = ["DOCUMENT_FILE", "FORMATS", "QUICK_FORMATS", "RECEIPT_FILE", "STUDY_FILE", "check_folder",
           "decision_files", "default_folder", "missing_formats", "write_folder"]  # fmt: skip

DOCUMENT_FILE = "decision.json"
"""The decision document; always written."""
STUDY_FILE = "study.yaml"
"""The study it was made from; always written, so that the decision can be made again."""
FORMATS: Mapping[str, str] = {"html": "report.html", "xlsx": "decision.xlsx", "md": "decision.md",
                              "email": "decision-email.txt", "pdf": "decision.pdf"}  # fmt: skip
"""Name of a format -> its file."""
QUICK_FORMATS = ("html", "md", "email")
"""What is written where nobody named a folder."""
_NEEDS: Mapping[str, tuple[str, str]] = {"pdf": ("typst", "pip install 'steelyard[pdf]'")}
"""Format -> module it needs, and how to get it."""

RECEIPT_FILE = "receipt.json"
"""The file by which Steelyard knows its own folder again."""
_MADE_BY = "steelyard"
_REMEDY = "Name another place with --out"
_FORCE = "Name another place with --out, or replace it with --force"


def default_folder(study: str) -> Path:
    """Return ``./<study>-decision``."""
    return Path(f"{study}-decision")


def check_folder(folder: Path, *, study: str, force: bool = False) -> None:
    """Raise, before anything is computed, if the folder cannot or must not be written.

    Parameters
    ----------
    folder
        Where the decision goes.
    study
        Name of the study; a folder with a receipt of that study is replaced.
    force
        Replace a folder whatever it holds.

    Raises
    ------
    OutputError
        If the place is a file, belongs to something else, or cannot be written.
    """
    place = str(folder)
    parent = folder.absolute().parent
    if not parent.is_dir():
        raise OutputError(Fault("its parent folder does not exist", place, "a place in an existing folder",
                                "Create the parent folder, or name another place with --out"))  # fmt: skip
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        kind = "a link" if folder.is_symlink() else "a file"
        raise OutputError(Fault(f"{kind} is in the way", place, "a new folder, or one Steelyard wrote", _REMEDY))
    if folder.is_dir() and not force:
        _refuse_foreign(folder, study)
    if not os.access(parent, os.W_OK | os.X_OK):
        raise OutputError(Fault("cannot be written (no permission in its parent folder)", place,
                                "a place you may write to", _REMEDY))  # fmt: skip


def missing_formats(formats: Sequence[str]) -> Mapping[str, str]:
    """Return the formats that cannot be written here: file name -> how to get what it needs."""
    return {FORMATS[name]: _NEEDS[name][1] for name in formats if name in _NEEDS and not find_spec(_NEEDS[name][0])}


def decision_files(outcome: "Outcome", study: "Study", formats: Sequence[str]) -> dict[str, str | bytes]:
    """Return what a decision's folder holds: file name -> content.

    Parameters
    ----------
    outcome
        The decision with its working papers.
    study
        The study it was made from.
    formats
        Names of :data:`FORMATS`; one whose library is not installed is left out. The document and the study are
        always there.
    """
    from steelyard import report  # noqa: PLC0415  heavy: only when writing

    result, workings = outcome.result, outcome.workings
    makers = {"html": lambda: report.render_html(result, workings),
              "xlsx": lambda: report.render_xlsx(result, workings), "md": lambda: report.render_markdown(result),
              "email": lambda: report.render_email(result), "pdf": lambda: report.render_pdf(result)}  # fmt: skip
    files: dict[str, str | bytes] = {DOCUMENT_FILE: report.render_json(result), STUDY_FILE: study.text}
    missing = missing_formats(formats)
    for name, file in FORMATS.items():
        if name in formats and file not in missing:
            files[file] = makers[name]()
    return files


def write_folder(
    folder: Path, files: Mapping[str, str | bytes], *, study: str, receipt: Mapping[str, object], force: bool = False
) -> None:
    """Write ``files`` and a receipt as one folder; a failure leaves what was there, and nothing else.

    Everything is written to a new folder beside the place, then renamed into it.

    Parameters
    ----------
    folder
        Where the decision goes.
    files
        File name -> text (written as UTF-8) or bytes.
    study
        Name of the study.
    receipt
        What rebuilds the decision; goes into the receipt file, with the hash of every file.
    force
        Replace a folder whatever it holds.

    Raises
    ------
    OutputError
        As :func:`check_folder`, and if the disk refuses.
    """
    check_folder(folder, study=study, force=force)
    folder = folder.absolute()
    fresh = folder.parent / f".{folder.name}.{secrets.token_hex(4)}.new"
    try:
        _write_files(fresh, files, study, receipt)
        _swap(fresh, folder)
    except OSError as error:
        raise OutputError(Fault(f"cannot be written ({error.strerror})", str(folder.name), "a place you may write to",
                                f"{_REMEDY}; nothing was changed")) from error  # fmt: skip
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _write_files(fresh: Path, files: Mapping[str, str | bytes], study: str, receipt: Mapping[str, object]) -> None:
    fresh.mkdir()
    hashes: dict[str, str] = {}
    for name, content in files.items():
        raw = content.encode("utf-8") if isinstance(content, str) else content
        hashes[name] = hashlib.sha256(raw).hexdigest()
        (fresh / name).write_bytes(raw)
    own = {"made_by": _MADE_BY, "study": study, **receipt, "files_sha256": hashes}
    (fresh / RECEIPT_FILE).write_text(json.dumps(own, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _swap(fresh: Path, folder: Path) -> None:
    """Put ``fresh`` in the place of ``folder``; if that fails, what was there is back."""
    if not folder.exists():
        fresh.rename(folder)
        return
    old = fresh.with_suffix(".old")
    folder.rename(old)
    try:
        fresh.rename(folder)
    except BaseException:
        old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _refuse_foreign(folder: Path, study: str) -> None:
    names = sorted(entry.name for entry in folder.iterdir())
    if not names:
        return
    receipt = _receipt(folder)
    if receipt is None:
        raise OutputError(Fault("a folder that Steelyard did not write is in the way", str(folder),
                                "a new folder, or one with Steelyard's receipt", _FORCE))  # fmt: skip
    if receipt.get("study") != study:
        raise OutputError(Fault(f"holds the decision of another study ({receipt.get('study')!r})", str(folder),
                                f"a decision of {study!r}", _FORCE))  # fmt: skip
    hashes = receipt.get("files_sha256")
    written = set(cast(dict[str, object], hashes)) if isinstance(hashes, dict) else set[str]()
    foreign = [name for name in names if name not in written | {RECEIPT_FILE}]
    if foreign:
        raise OutputError(Fault(f"holds {', '.join(foreign[:5])}, which Steelyard did not write", str(folder),
                                "nothing but Steelyard's own files", f"Move them away. {_FORCE}"))  # fmt: skip


def _receipt(folder: Path) -> dict[str, object] | None:
    try:
        receipt: object = json.loads((folder / RECEIPT_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(receipt, dict):
        return None
    own = cast(dict[str, object], receipt)
    return own if own.get("made_by") == _MADE_BY else None
