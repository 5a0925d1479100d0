"""What the organisation's own entries must hold to be used: ordinary files, known folders, units, physical bounds."""

import difflib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from steelyard.domain.evidence import Figure
from steelyard.domain.model import OpenModel
from steelyard.errors import FactsError, Fault
from steelyard.facts.overlay import REFRESHED
from steelyard.facts.reading import entry_files
from steelyard.facts.snapshot import KINDS, READ_APART, Entries
from steelyard.serving.shapes import model_shapes, parameters_total

__all__ = ["check_entries", "check_files"]

LARGEST_BYTES = 64 * 2**20
"""Largest file of entries that is read [B]; everything packaged together is a tenth of it."""
DEVICE_HOUR_USD = (0.01, 200.0)
"""Least and most a device can cost [USD/(device h)]: beyond it, a price of an instance or of a month was stated."""
FLOP_PER_BYTE = (5.0, 2_000.0)
"""Peak bf16 FLOP a byte of bandwidth [FLOP/B]: from CPUs to twice any accelerator known."""
MEMORY_BYTES = (4 * 10**9, 2 * 10**12)
"""Least and most memory of one device [B]."""
COUNT_OFF = 0.02
"""How far a stated count of parameters may lie from what the shapes give [1]."""


def check_files(folder: Path) -> None:
    """Refuse what cannot be read as entries before any of it is read, so that nothing of one's own is passed over.

    Parameters
    ----------
    folder
        Folder of own figures.

    Raises
    ------
    FactsError
        With every unknown folder, misnamed file, file that is not an ordinary one, and file that is too large.
    """
    faults = [fault for child in sorted(folder.iterdir()) for fault in _place(child)]
    if faults:
        raise FactsError(faults)


def _place(child: Path) -> Iterator[Fault]:
    if child.name.startswith(".") or child.name in {REFRESHED, *READ_APART}:
        return
    if child.name in KINDS and child.is_dir():
        for path in sorted(child.iterdir()):
            yield from _file(path)
        return
    entries = [child] if _looks_like_entries(child) and not child.is_dir() else []
    entries += [path for path in sorted(child.iterdir()) if _looks_like_entries(path)] if child.is_dir() else []
    if entries:
        near = difflib.get_close_matches(child.name, KINDS, n=1, cutoff=0.6)
        hint = f"Did you mean '{near[0]}'?" if near else "Move the file into one of them"
        yield Fault(f"{child.name!r} is no folder of facts", f"{child.parent}/{child.name}",
                    f"one of {', '.join(sorted(KINDS))}", hint)  # fmt: skip


def _looks_like_entries(path: Path) -> bool:
    return path.suffix.lower() in {".yaml", ".yml"}


def _file(path: Path) -> Iterator[Fault]:
    where = f"{path.parent.name}/{path.name}"
    if not _looks_like_entries(path):
        return
    if path.suffix != ".yaml":
        yield Fault(f"a file of entries ends in {path.suffix!r}", where, "'.yaml'", f"Rename it to {path.stem}.yaml")
    elif not path.is_file():
        yield Fault("not an ordinary file", where, "a YAML file", "Remove it")
    elif (size := path.stat().st_size) > LARGEST_BYTES:
        yield Fault(f"{size:,} bytes are too many", where, f"at most {LARGEST_BYTES:,}", "Split or shorten it")
    elif not os.access(path, os.R_OK):
        yield Fault("cannot be read", where, "a file you may read", "Change its permissions or remove it")


def check_entries(own: Entries, known: Entries, folder: Path) -> None:
    """Refuse own entries that contradict a unit, a sign or physics.

    Parameters
    ----------
    own
        Entries of one overlay.
    known
        Packaged entries.
    folder
        Folder of the overlay, to name the file.

    Raises
    ------
    FactsError
        With every entry that cannot be right.
    """
    faults = [*_figures(own, known, folder), *_machines(own, known, folder), *_models(own.models, folder)]
    if faults:
        raise FactsError(faults)


def _figures(own: Entries, known: Entries, folder: Path) -> Iterator[Fault]:
    packaged: dict[str, Figure] = {figure.name: figure for figure in known.figures}
    for figure in own.figures:
        where = _where(folder, "figures", figure.name)
        if not figure.low <= figure.value <= figure.high:
            yield Fault(f"value {figure.value:g} lies outside low {figure.low:g} to high {figure.high:g}", where,
                        "low <= value <= high", "State the 80 % interval about the value")  # fmt: skip
        same = packaged.get(figure.name)
        if same is not None and figure.unit != same.unit:
            yield Fault(f"unit {figure.unit!r}", where, f"{same.unit!r}, in which it is used", "Convert the numbers")
        if same is not None and same.low >= 0 > figure.low:
            yield Fault(f"low {figure.low:g} is below 0", where, f"0 {figure.unit} or more", "Mend the sign")


def _machines(own: Entries, known: Entries, folder: Path) -> Iterator[Fault]:
    least, most = DEVICE_HOUR_USD
    names = {a.id for a in (*known.accelerators, *own.accelerators)}
    for offer in own.gpu_offers:
        where = _where(folder, "gpu_offers", offer.id)
        if not least <= offer.usd_per_device_h <= most:
            expected = f"{least:g} to {most:g} USD an hour for one device; the offer has {offer.devices}"
            yield Fault(
                f"usd_per_device_h {offer.usd_per_device_h:g}", where, expected, "State the price of one device"
            )
    for kind, entries in (("gpu_offers", own.gpu_offers), ("servers", own.servers)):
        for entry in entries:
            if entry.accelerator not in names:
                near = difflib.get_close_matches(entry.accelerator, names, n=1)
                yield Fault(f"unknown accelerator {entry.accelerator!r}", _where(folder, kind, entry.id),
                            "one of `steelyard facts accelerators`",
                            f"Did you mean '{near[0]}'?" if near else "Add it as a file in accelerators/")  # fmt: skip
    for one in own.accelerators:
        where = _where(folder, "accelerators", one.id)
        if not MEMORY_BYTES[0] <= one.memory_bytes <= MEMORY_BYTES[1]:
            yield Fault(f"memory_bytes {one.memory_bytes:,}", where, "{:,} to {:,} bytes".format(*MEMORY_BYTES),
                        "State bytes, not GB")  # fmt: skip
        ratio = one.peak_flop_per_s.get("bf16", 0.0) / max(one.memory_bandwidth_bytes_per_s, 1.0)
        if ratio and not FLOP_PER_BYTE[0] <= ratio <= FLOP_PER_BYTE[1]:
            yield Fault(f"{ratio:,.3g} FLOP a byte of bandwidth", where, "{:g} to {:,g}".format(*FLOP_PER_BYTE),
                        "State FLOP/s and B/s, dense")  # fmt: skip


def _models(models: Iterable[OpenModel], folder: Path) -> Iterator[Fault]:
    for model in models:
        counted = float(parameters_total(model_shapes(model.architecture)))
        if abs(counted / max(model.parameters_total, 1) - 1) > COUNT_OFF:
            yield Fault(f"parameters_total {model.parameters_total:,}", _where(folder, "models", model.id),
                        f"{counted:,.0f}, which its shapes give, within {COUNT_OFF:.0%}".replace("%", " %"),
                        "Mend the shapes or the count")  # fmt: skip


def _where(folder: Path, kind: str, name: str) -> str:
    """Return the file that holds a name, and the name."""
    holding = (path.name for path in entry_files(folder / kind) if name in path.read_text(encoding="utf-8"))
    return f"{kind}/{next(holding, '')}: {name}"
