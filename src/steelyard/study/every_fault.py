"""All that is wrong with a study at once: what the file says wrongly, and names that nobody knows beside it."""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

from steelyard.domain.catalogue import Catalogue
from steelyard.domain.study import Study
from steelyard.errors import Fault, StudyError
from steelyard.study.fields import Reader, read_section
from steelyard.study.fields_study import STUDY
from steelyard.study.fields_yaml import Entry, Keys, Node, read_yaml
from steelyard.study.flags import named_by_flag, study_from_flags, text_from_flags
from steelyard.study.load import line_of, load_study
from steelyard.study.names import name_faults

__all__ = ["flags_study", "read_study"]

_STATED = "traffic: {requests_per_month: 1, input_tokens: 1, output_tokens: 1}"
_NAMES: Mapping[str, tuple[str, ...]] = {
    "today": (), "candidates": (), "quality": ("at_least",), "data": ("regimes", "custom_rules"),
}  # fmt: skip
"""Keys that hold names, and of a section the keys in it; all of them where empty."""
CatalogueOf = Callable[[date], Catalogue]


def read_study(path: Path, as_of: date, catalogue_of: CatalogueOf) -> Study:
    """Return the study in a file; if it has faults, unknown names in it are told with them.

    Parameters
    ----------
    path
        Study file.
    as_of
        Day of the facts.
    catalogue_of
        Facts of a day; asked only where the file has faults.

    Raises
    ------
    StudyError
        With every fault.
    """
    try:
        return load_study(path)
    except StudyError as error:
        named = _faults_of_names(_text(path), path.name, as_of, catalogue_of)
        raise StudyError(sorted([*error.faults, *named], key=line_of)) from None


def flags_study(given: Mapping[str, str | tuple[str, ...] | None], as_of: date, catalogue_of: CatalogueOf) -> Study:
    """Return the study that flags state; if it has faults, unknown names are told with them, each by its flag."""
    try:
        return study_from_flags(given, base=Path())
    except StudyError as error:
        named = _faults_of_names(text_from_flags(given), "flags", as_of, catalogue_of)
        raise StudyError([*error.faults, *map(named_by_flag, named)]) from None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return ""


def _faults_of_names(text: str, where: str, as_of: date, catalogue_of: CatalogueOf) -> tuple[Fault, ...]:
    """Return the unknown names in what can be read of a study with faults."""
    root = read_yaml(text, where)[0]
    stated = read_yaml(_STATED, where)[0]
    if not isinstance(root, Keys) or not isinstance(stated, Keys):
        return ()
    kept = dict(stated.entries)
    for key, inner in _NAMES.items():
        entry = root.entries.get(key)
        if entry is not None:
            kept[key] = Entry(_only(entry.node, inner), entry.line)
            kept = kept if isinstance(_read(kept, where), dict) else {k: v for k, v in kept.items() if k != key}
    values = _read(kept, where)
    if len(kept) == len(stated.entries) or not isinstance(values, dict):
        return ()
    study = Study.model_validate({"name": "study", **values, "assumed": (), "text": text, "where": where})
    return name_faults(study, catalogue_of(as_of))


def _only(node: Node, keys: tuple[str, ...]) -> Node:
    if not keys or not isinstance(node, Keys):
        return node
    return Keys({name: entry for name, entry in node.entries.items() if name in keys}, node.line)


def _read(entries: dict[str, Entry], where: str) -> object:
    """Return the values of a study with these keys; anything else where one is faulty."""
    reader = Reader(where, None)
    values = read_section(STUDY, Keys(entries, 1), reader, "")
    return None if reader.faults else values
