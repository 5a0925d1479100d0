"""Read catalogue entries: one YAML per thing, validated by its domain value, every fault at once."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar, cast

from pydantic import ValidationError

from steelyard.domain.value import Value
from steelyard.errors import FactsError, Fault

__all__ = ["entry_files", "raw_entries", "read_entries"]

V = TypeVar("V", bound=Value)


def entry_files(folder: Path) -> tuple[Path, ...]:
    """Return the YAML files of a folder, by name; none where it does not exist."""
    return tuple(sorted(folder.glob("*.yaml"))) if folder.is_dir() else ()


def read_entries(folder: Path, kind: type[V]) -> list[V]:
    """Return every entry of a folder; a file holds one entry or a list of them.

    Parameters
    ----------
    folder
        Folder of one kind.
    kind
        Value that each entry must be.

    Raises
    ------
    FactsError
        With every entry that is not one.
    """
    found: list[V] = []
    faults: list[Fault] = []
    for path in entry_files(folder):
        for entry in raw_entries(path):
            try:
                found.append(kind.model_validate(entry))
            except ValidationError as error:
                faults += _faults(error, f"{folder.name}/{path.name}", entry)
    if faults:
        raise FactsError(faults)
    return found


def raw_entries(path: Path) -> Iterator[object]:
    """Yield what a file holds before it is validated: one entry, or each of a list.

    Raises
    ------
    FactsError
        If it is not YAML.
    """
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415  # only when the snapshot is stale

    try:
        loaded = _loaded(path.read_text(encoding="utf-8"))
    except (YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise FactsError(Fault(f"not readable as YAML ({type(error).__name__})", f"{path.parent.name}/{path.name}",
                               "YAML 1.2 in UTF-8", "Mend or remove the file")) from error  # fmt: skip
    if isinstance(loaded, list):
        yield from loaded  # pyright: ignore[reportUnknownVariableType]
    elif loaded is not None:
        yield loaded


def _loaded(text: str) -> object:
    """Return what a text holds; JSON, as refreshed prices are written, is YAML too and reads in a tenth of the time."""
    from ruamel.yaml import YAML  # noqa: PLC0415  # only when the snapshot is stale

    if text.startswith(("[", "{")):
        try:
            return cast(object, json.loads(text))
        except ValueError:
            pass  # YAML in flow style
    return cast(object, YAML(typ="safe", pure=True).load(text))  # pyright: ignore[reportUnknownMemberType]


def _faults(error: ValidationError, where: str, entry: object) -> Iterable[Fault]:
    name = ""
    if isinstance(entry, dict):
        name = str(entry.get("id") or entry.get("name") or entry.get("model") or "")  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
    for fault in error.errors():
        key = ".".join(str(part) for part in fault["loc"])
        yield Fault(f"{key}: {fault['msg']}", f"{where}: {name}" if name else where,
                    "an entry as in the published schema", "Mend the key")  # fmt: skip
