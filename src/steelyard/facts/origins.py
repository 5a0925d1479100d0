"""Where an entry lies: in which packaged file, or in which file of the organisation's own figures."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Literal, NamedTuple, cast

from steelyard.domain.evidence import Grade
from steelyard.domain.value import Value
from steelyard.facts.kinds import FACTS, main_evidence
from steelyard.facts.overlay import REFRESHED
from steelyard.facts.reading import entry_files, raw_entries

__all__ = ["Origin", "Origins", "shown_path"]

_PACKAGE = Path(__file__).parents[1]
_DATA = Path(__file__).parent / "data"
_PACKAGED_PRICES = "genai-prices"
_UNNAMED = ("quantization", "quality")
"""Kinds whose entries are found by more than a name, or by another spelling of it."""
_PAST: Mapping[str, str] = {"gpu-offers": "gpu_price_history", "servers": "gpu_price_history",
                            "prices": "api_price_history"}  # fmt: skip
"""Kinds with past prices -> their folder, one file a seller."""
_NAMES = ("id", "name", "model", "case")


class Origin(NamedTuple):
    """Where an entry comes from."""

    layer: Literal["packaged", "own", "refreshed", "derived"]
    """``own``: stated by the organisation; ``refreshed``: fetched when told to; ``derived``: computed from others."""
    file: str
    """File, relative to the working folder, the data directory or the package; empty where it has none."""


class Origins:
    """Finds the file behind an entry; own files are read once, packaged ones when one name is asked for."""

    def __init__(self, overlays: Sequence[Path] = (), base: Path | None = None) -> None:
        """Look in these folders of own figures, the last first; paths are told relative to ``base``."""
        self._overlays = tuple(overlays)
        self._base = base or Path()

    def own(self, kind: str, name: str, entry: Value) -> Origin | None:
        """Return the file of the organisation's own entry; None where the entry in force is a packaged one.

        Parameters
        ----------
        kind
            Kind of fact.
        name
            The entry's name in the catalogue.
        entry
            The entry in force; a file that states the same name from another source did not win.
        """
        main = main_evidence(entry)
        return self._own.get((kind, name, main.source if main else "", main.as_of if main else None))

    def of(self, kind: str, name: str, entry: Value) -> Origin:
        """Return where an entry of the catalogue lies.

        Parameters
        ----------
        kind
            Kind of fact.
        name
            The entry's name in the catalogue.
        entry
            The entry in force.
        """
        own = self.own(kind, name, entry)
        if own is not None:
            return own
        main = main_evidence(entry)
        package = f"package {main.source}" if main is not None and main.source.startswith(_PACKAGED_PRICES) else ""
        if kind == "prices" and package:
            return Origin("packaged", package)
        path = _packaged(kind, _stated_name(name, entry), entry)
        if path is not None:
            return Origin("packaged", shown_path(path, self._base))
        computed = main is not None and main.grade in (Grade.DERIVED, Grade.ESTIMATE)
        return Origin("derived" if computed else "packaged", package)

    @cached_property
    def _own(self) -> Mapping[tuple[str, str, str, date | None], Origin]:
        return dict(entry for folder in self._overlays for entry in _entries(folder, self._base))


def _entries(folder: Path, base: Path) -> Iterator[tuple[tuple[str, str, str, date | None], Origin]]:
    layer: Literal["own", "refreshed"] = "refreshed" if folder.name == REFRESHED else "own"
    for kind, fact in FACTS.items():
        for path in entry_files(folder / fact.folder):
            for raw in raw_entries(path):
                if isinstance(raw, dict):
                    stated = cast("Mapping[str, object]", raw)
                    yield (kind, _name(kind, stated), *_source(stated)), Origin(layer, shown_path(path, base))


def _name(kind: str, raw: Mapping[str, object]) -> str:
    if kind == "prices":
        return f"{raw.get('seller')}/{raw.get('model')}"
    return next((str(raw[key]) for key in _NAMES if key in raw), "")


def _source(raw: Mapping[str, object]) -> tuple[str, date | None]:
    stated = raw.get("evidence")
    listed = cast("Sequence[object]", stated) if isinstance(stated, list) else (stated,)
    first = next(iter(listed), None)
    if not isinstance(first, dict):
        return "", None
    evidence = cast("Mapping[str, object]", first)
    seen = evidence.get("as_of")
    day = seen if isinstance(seen, date) else date.fromisoformat(str(seen)) if seen else None
    return str(evidence.get("source", "")), day


def _stated_name(name: str, entry: Value) -> str:
    """Return the name an entry states of itself, where the catalogue files it under another."""
    return next((str(stated) for key in _NAMES if (stated := getattr(entry, key, None))), name)


def _packaged(kind: str, name: str, entry: Value) -> Path | None:
    """Return the packaged file that states an entry; of a past day's price that of the seller's past prices."""
    folder, main = FACTS[kind].folder, main_evidence(entry)
    files = entry_files(_DATA / folder)
    if len(files) == 1 and folder in _UNNAMED:
        return files[0]
    stated = re.compile(rf"^(?:- |  )?(?:{'|'.join(_NAMES)}): ['\"]?{re.escape(name)}['\"]?$", re.MULTILINE)
    texts = {path: path.read_text(encoding="utf-8") for path in files}
    found = [path for path, text in texts.items() if path.stem == name or stated.search(text)]
    source = _words(main.source) if main is not None else ""
    exact = [path for path in found if source in _words(texts[path])]
    past = _DATA / _PAST.get(kind, "") / f"{getattr(entry, 'seller', 'servers')}.json"
    computed = main is not None and main.grade is Grade.ESTIMATE
    if not exact and not computed and kind in _PAST and past.is_file():
        return past
    return next(iter((*exact, *found)), None)


def _words(text: str) -> str:
    """Return a text without quotes and line breaks, as YAML may fold it."""
    return " ".join(text.replace("'", "").split())


def shown_path(path: Path, base: Path) -> str:
    """Return a path relative to where the user is, else to the data directory or to the package.

    Parameters
    ----------
    path
        File or folder.
    base
        Working folder.
    """
    whole = path.resolve()
    data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share").resolve()
    for start, words in ((_PACKAGE, "steelyard"), (base.resolve(), ""), (data, "$XDG_DATA_HOME")):
        if whole.is_relative_to(start):
            return (Path(words) / whole.relative_to(start)).as_posix()
    return path.name
