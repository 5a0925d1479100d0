"""Entries written into the user's overlay: one file a source and refresh, none ever overwritten."""

import json
import os
import secrets
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from steelyard.domain.price import GpuOffer, RateCard
from steelyard.domain.value import Value
from steelyard.errors import Fault, OutputError
from steelyard.publishers.publisher import Entry, EntryKind

__all__ = ["write_entries"]

_KINDS: dict[EntryKind, type[Value]] = {"api_prices": RateCard, "gpu_offers": GpuOffer}
_MOST_A_DAY = 99


def write_entries(overlay: Path, kind: EntryKind, source: str, day: date, entries: Sequence[Entry]) -> Path:
    """Write entries as ``KIND/SOURCE-DAY-NN.yaml`` of an overlay, in one step, and return the file.

    The text is JSON, which YAML 1.2 holds: one entry a line. Earlier files stay; the catalogue uses what was seen last.

    Parameters
    ----------
    overlay
        The overlay's folder; made where it does not exist.
    kind
        Folder in it.
    source
        The publisher's own name; nothing from the network names a file.
    day
        Day of the refresh.
    entries
        Entries of that kind.

    Raises
    ------
    OutputError
        If the place cannot be written; what was there stays.
    """
    folder = overlay / kind
    lines = [entry.model_dump_json(exclude_defaults=True) for entry in entries]
    for line in lines:
        _KINDS[kind].model_validate(json.loads(line))  # what cannot be read back must not be written
    content = "[\n" + ",\n".join(lines) + "\n]\n"
    draft = folder / f".{source}-{secrets.token_hex(4)}.new"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        target = _free(folder, source, day)
        draft.write_text(content, encoding="utf-8")
        os.replace(draft, target)
    except OSError as error:
        raise OutputError(Fault(f"cannot be written ({error.strerror})", str(folder), "a place you may write to",
                                "Set XDG_DATA_HOME to one")) from error  # fmt: skip
    finally:
        _remove(draft)
    return target


def _remove(draft: Path) -> None:
    try:
        draft.unlink(missing_ok=True)
    except OSError:
        return


def _free(folder: Path, source: str, day: date) -> Path:
    """Return the next name of the day that no file has; names sort in the order of writing."""
    for number in range(1, _MOST_A_DAY + 1):
        path = folder / f"{source}-{day.isoformat()}-{number:02d}.yaml"
        if not path.exists():
            return path
    raise OutputError(Fault(f"{_MOST_A_DAY} refreshes of {source} on one day", str(folder),
                            remedy="Remove some of its files of that day"))  # fmt: skip
