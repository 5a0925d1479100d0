"""The facts counted: by kind and grade, the oldest figures, the widest disagreements, licences, files."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from steelyard.domain.catalogue import Catalogue
from steelyard.domain.evidence import Evidence, Figure, Grade
from steelyard.facts.kinds import FACTS, evidence_of, main_evidence, oldest
from steelyard.facts.prices.crosscheck import Disagreement, disagreements
from steelyard.facts.snapshot import KINDS

__all__ = ["GRADES", "FolderCount", "KindCount", "counts", "folders", "licences", "oldest_figures",
           "widest_disagreements"]  # fmt: skip

_DATA = Path(__file__).parent / "data"
_ENDINGS = (".yaml", ".json", ".csv")
GRADES: tuple[str, ...] = tuple(grade.value for grade in Grade)
"""Grades, best first."""


@dataclass(frozen=True, slots=True)
class KindCount:
    """How many facts of a kind there are."""

    kind: str
    """Kind."""
    entries: int
    """Entries."""
    by_grade: Mapping[str, int]
    """Entries by the grade of their main source, best first; ``none``: a service of which nothing was found."""
    oldest_source: date | None
    """Day the oldest source was seen."""


@dataclass(frozen=True, slots=True)
class FolderCount:
    """One folder of packaged facts."""

    folder: str
    """Folder."""
    files: int
    """Files in it."""
    fields: tuple[str, ...]
    """Fields of an entry; none for tables that are read apart."""


def counts(catalogue: Catalogue) -> tuple[KindCount, ...]:
    """Return how many facts of each kind are known, by grade."""
    return tuple(_count(name, catalogue) for name in FACTS)


def _count(name: str, catalogue: Catalogue) -> KindCount:
    entries = FACTS[name].entries(catalogue).values()
    found = Counter(main.grade.value if (main := main_evidence(entry)) else "none" for entry in entries)
    by_grade = {grade: found[grade] for grade in (*GRADES, "none") if found[grade]}
    seen = min((day for entry in entries if (day := oldest(entry))), default=None)
    return KindCount(name, len(entries), by_grade, seen)


def oldest_figures(catalogue: Catalogue, n: int) -> tuple[Figure, ...]:
    """Return the figures whose source was seen longest ago, the oldest first, by name among those of one day."""
    return tuple(sorted(catalogue.figures.values(), key=lambda f: (f.evidence.as_of, f.name))[:n])


def widest_disagreements(n: int) -> tuple[Disagreement, ...]:
    """Return the prices on which sources differ most, the widest first."""
    return disagreements()[:n]


def licences(catalogue: Catalogue) -> Mapping[str, Mapping[str, int]]:
    """Return how many sources of each kind are carried under each licence; single cited facts name none."""
    found: dict[str, Counter[str]] = {}
    for kind, evidence in _sources(catalogue):
        if evidence.licence:
            found.setdefault(evidence.licence, Counter())[kind] += 1
    return {licence: dict(sorted(found[licence].items())) for licence in sorted(found)}


def _sources(catalogue: Catalogue) -> Iterator[tuple[str, Evidence]]:
    for name, kind in FACTS.items():
        for entry in kind.entries(catalogue).values():
            yield from ((name, evidence) for evidence in evidence_of(entry))


def folders() -> Sequence[FolderCount]:
    """Return every folder of packaged facts with its files and the fields of an entry."""
    found = sorted(path for path in _DATA.iterdir() if path.is_dir() and _files(path))
    return [FolderCount(path.name, _files(path), _fields(path.name)) for path in found]


def _files(folder: Path) -> int:
    return sum(path.suffix in _ENDINGS for path in folder.iterdir())


def _fields(folder: str) -> tuple[str, ...]:
    return tuple(KINDS[folder].model_fields) if folder in KINDS else ()
