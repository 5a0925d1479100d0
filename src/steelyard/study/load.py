"""A study file becomes a Study: every fault at once, every default listed."""

import re
import unicodedata
from pathlib import Path
from typing import cast

from steelyard.domain.study import Study
from steelyard.errors import Fault, StudyError
from steelyard.study.derived_volume import volume_fault
from steelyard.study.fields import Reader, describe, read_section
from steelyard.study.fields_study import NAME_LETTERS, STUDY
from steelyard.study.fields_yaml import Keys, Node, read_yaml

__all__ = ["line_of", "load_study", "study_from_text"]

_LARGEST_BYTES = 800_000
_EXAMPLE = "{requests_per_month: 12M, input_tokens: 900, output_tokens: 150}"
_START = "Start with `steelyard init`, or write `traffic:` and nothing else: all the rest has defaults"


def load_study(path: Path | str) -> Study:
    """Return the study in the file at ``path``.

    Paths inside it are relative to its folder; a log that is not there is one of the faults.

    Raises
    ------
    StudyError
        With every fault found: what, file and line and key, what was expected, what to do.
    """
    path = Path(path)
    text = _read_text(path)
    return _study(text, path.name, base=path.parent, stem=path.stem)


def study_from_text(text: str, where: str = "study", *, base: Path | None = None) -> Study:
    """Return the study written in ``text``.

    Parameters
    ----------
    text
        YAML 1.2, as in a study file.
    where
        Name used in messages.
    base
        Folder against which paths in the study are checked; None: they are not checked.

    Raises
    ------
    StudyError
        With every fault found.
    """
    return _study(text, where, base=base, stem=Path(where).stem)


def _read_text(path: Path) -> str:
    name = path.name
    try:
        if path.is_dir():
            raise StudyError(Fault("a folder instead of a study file", str(path), "a YAML file", _START))
        if path.stat().st_size > _LARGEST_BYTES:
            raise StudyError(Fault(f"{path.stat().st_size:,} bytes", name, f"a study below {_LARGEST_BYTES:,} bytes",
                                   "Check that this is the study file, and not a log"))  # fmt: skip
        raw = path.read_bytes()
    except FileNotFoundError:
        near = sorted(entry.name for entry in path.parent.glob("*.y*ml"))[:5] if path.parent.is_dir() else []
        remedy = f"There is {', '.join(near)}" if near else "Check the path, or create it with `steelyard init`"
        raise StudyError(Fault("there is no such file", str(path), "a study file", remedy)) from None
    except OSError as error:
        raise StudyError(Fault(f"cannot be read ({error.strerror})", name, "a readable file",
                               "Check its permissions")) from None  # fmt: skip
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise StudyError(Fault(f"byte {raw[error.start]:#04x} is not UTF-8", f"{name}, line {line}", "UTF-8 text",
                               "Save the file as UTF-8")) from None  # fmt: skip


def _study(text: str, where: str, *, base: Path | None, stem: str) -> Study:
    reader = Reader(where, base)
    root, form_faults = read_yaml(text, where)
    reader.faults.extend(form_faults)
    values = _values(root, reader)
    if reader.faults:
        raise StudyError(sorted(reader.faults, key=line_of))
    given = cast(dict[str, object], values)
    if "name" not in given:
        given["name"] = _name_from(stem)
        reader.assume("study", str(given["name"]), "named after the file")
    study = Study.model_validate(given | {"assumed": tuple(reader.assumed), "text": text, "where": where})
    fault = volume_fault(study)
    if fault is not None:
        raise StudyError(fault)
    return study


def _values(root: Node | None, reader: Reader) -> object:
    if isinstance(root, Keys) and root.entries:
        return read_section(STUDY, root, reader, "")
    if root is None and reader.faults:
        return None
    if root is None or isinstance(root, Keys):
        return reader.fault(0, "", "the study is empty", expected=f"at least `traffic: {_EXAMPLE}`", remedy=_START)
    return reader.fault(root, "", f"{describe(root)} instead of a mapping", expected=f"`traffic: {_EXAMPLE}`",
                        remedy=_START)  # fmt: skip


def _name_from(stem: str) -> str:
    name = re.sub(rf"[^{NAME_LETTERS} ._-]+", "-", unicodedata.normalize("NFC", stem)).strip(" .-_")[:80]
    return name or "study"


def line_of(fault: Fault) -> int:
    """Return the line at which a fault stands; 0 where it names none."""
    found = re.search(r", line (\d+)", fault.where)
    return int(found[1]) if found else 0
