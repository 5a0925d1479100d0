"""What goes wrong, said so that the reader can mend it.

::

    SteelyardError
    ├── InputError            exit 2: something the user gave us; carries every fault found
    │   ├── StudyError        a study file or its flags
    │   ├── LogError          a usage log
    │   ├── FactsError        a catalogue entry or overlay
    │   └── OutputError       a place we cannot or must not write
    ├── SourceError           a source of prices on the network that cannot be used; the others go on
    └── UnknownNameError      a name nobody knows; carries the nearest known names
"""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["FactsError", "Fault", "InputError", "LogError", "OutputError", "SourceError", "SteelyardError",
           "StudyError", "UnknownNameError", "unreadable"]  # fmt: skip

_NAMES_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with an input: what, where, what was expected, what to do."""

    what: str
    where: str
    expected: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        """Return the fault as sentences, place first."""
        parts = [f"{self.where}: {self.what.rstrip('.')}."]
        parts += [f"Expected {self.expected.rstrip('.')}."] if self.expected else []
        parts += [f"{self.remedy.rstrip('.?')}{'?' if self.remedy.endswith('?') else '.'}"] if self.remedy else []
        return " ".join(parts)


class SteelyardError(Exception):
    """Root of everything Steelyard raises on purpose."""


class InputError(SteelyardError):
    """Input that cannot be used; all faults found are reported at once."""

    def __init__(self, faults: Fault | Sequence[Fault]) -> None:
        """Keep every fault, in the order found."""
        self.faults: tuple[Fault, ...] = (faults,) if isinstance(faults, Fault) else tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class StudyError(InputError):
    """A study file, or the flags that stand for one, cannot be used."""


class LogError(InputError):
    """A usage log cannot be read."""


class FactsError(InputError):
    """A catalogue entry or an overlay is wrong."""


class OutputError(InputError):
    """An output place cannot or must not be written."""


class SourceError(SteelyardError):
    """A source of prices on the network does not answer, or answers with something else than it documents."""

    def __init__(self, fault: Fault) -> None:
        """Keep the fault."""
        self.fault = fault
        super().__init__(str(fault))


class UnknownNameError(InputError):
    """A name that is not in the catalogue; nearest names are offered."""

    def __init__(self, kind: str, name: str, known: Iterable[str], *, where: str = "", listed_by: str = "") -> None:
        """Offer the nearest of ``known`` to ``name``; ``listed_by`` is the command that lists them all."""
        names = sorted(known)
        small = {known_name.lower(): known_name for known_name in reversed(names)}
        near = [small[n] for n in difflib.get_close_matches(name.lower(), small, n=3, cutoff=0.5)]
        shown = ", ".join(names[:_NAMES_SHOWN]) + (f", ... ({len(names)} in all)" if len(names) > _NAMES_SHOWN else "")
        remedy = f"Did you mean {' or '.join(repr(n) for n in near)}?" if near else f"Use a known {kind}"
        if listed_by:
            remedy = f"{remedy}{'' if near else ':'} `{listed_by}` lists them"
        super().__init__(Fault(what=f"unknown {kind} {name!r}", where=where or kind,
                               expected=f"one of: {shown}", remedy=remedy))  # fmt: skip


def unreadable(
    error: OSError, place: str, *, expected: str, remedy: str, in_a_folder: str = "Name a file in it"
) -> Fault:
    """Return the fault of a file that the system does not read; a folder in its place is told to be one.

    Parameters
    ----------
    error
        What the system said.
    place
        The file.
    expected
        What it should have been.
    remedy, in_a_folder
        What to do, about a file and about a folder.
    """
    if isinstance(error, IsADirectoryError):
        return Fault("is a folder", place, expected, in_a_folder)
    return Fault(f"cannot be read ({error.strerror or 'unknown reason'})", place, expected, remedy)
