"""Facts as plain values: kinds, entries of one kind, the chain behind a number."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from steelyard.errors import UnknownNameError
from steelyard.facts.headlines import headline
from steelyard.facts.kinds import ALSO_CALLED, FACTS, age_days, main_evidence, seen_later
from steelyard.facts.origins import Origins
from steelyard.facts.overlay import overlay_folders
from steelyard.facts.provenance import Provenance, explain
from steelyard.facts.statistics import counts

if TYPE_CHECKING:
    from steelyard.domain.catalogue import Catalogue
    from steelyard.domain.value import Value

__all__ = ["chain", "entries", "kinds"]


def kinds(catalogue: "Catalogue") -> dict[str, object]:
    """Return how many facts of each kind there are, by grade."""
    return {
        "as_of": catalogue.as_of.isoformat(),
        "sha256": catalogue.sha256,
        "kinds": [
            {"kind": c.kind, "words": FACTS[c.kind].words, "entries": c.entries, "by_grade": dict(c.by_grade),
             "oldest_source": c.oldest_source.isoformat() if c.oldest_source else None}
            for c in counts(catalogue)
        ],
    }  # fmt: skip


def entries(catalogue: "Catalogue", kind: str, *, text: str | None, grade: str | None) -> dict[str, object]:
    """Return the entries of one kind that hold a text and have a grade, each with number, interval and age.

    Raises
    ------
    UnknownNameError
        If there is no such kind.
    """
    name = ALSO_CALLED.get(kind, kind)
    if name not in FACTS:
        raise UnknownNameError("kind of fact", kind, FACTS, where="kind")
    found = FACTS[name].entries(catalogue)
    return {
        "as_of": catalogue.as_of.isoformat(),
        "kind": name,
        "entries": [{"fact": key, **_told(entry, catalogue)} for key, entry in found.items()
                    if _holds(key, entry, text) and _graded(entry, grade)],
    }  # fmt: skip


def chain(catalogue: "Catalogue", name: str) -> dict[str, object]:
    """Return the whole chain behind a number.

    Raises
    ------
    UnknownNameError
        If nobody knows the name.
    """
    found = explain(catalogue, name, Origins(overlay_folders(Path()), Path.cwd()))
    return {"as_of": catalogue.as_of.isoformat(), "name": name, "sha256": catalogue.sha256,
            "found": [_link(link, catalogue.as_of) for link in found]}  # fmt: skip


def _told(entry: "Value", catalogue: "Catalogue") -> dict[str, object]:
    number = headline(entry, catalogue.as_of, catalogue.figures)
    return {"number": number._asdict() if number else None, "age_days": age_days(entry, catalogue.as_of),
            "seen_later": seen_later(entry, catalogue.as_of),
            **entry.model_dump(mode="json")}  # fmt: skip


def _link(link: Provenance, as_of: date) -> dict[str, object]:
    dumped = link.entry.model_dump(mode="json") if link.entry is not None else {}
    shown = {"field": link.field, "value": dumped.get(link.field)} if link.field else {"entry": dumped or None}
    return {
        "name": link.name, "kind": link.kind, **shown,
        "age_days": age_days(link.entry, as_of) if link.entry is not None else None,
        "seen_later": link.entry is not None and seen_later(link.entry, as_of),
        "number": link.headline._asdict() if link.headline else None, "how": list(link.steps),
        "evidence": [evidence.model_dump(mode="json") for evidence in link.evidence],
        "from": link.origin._asdict() if link.origin else None,
        "rests_on": [_link(parent, as_of) for parent in link.parents],
    }  # fmt: skip


def _holds(name: str, entry: "Value", text: str | None) -> bool:
    wanted = (text or "").lower()
    return wanted in name.lower() or wanted in entry.model_dump_json().lower()


def _graded(entry: "Value", grade: str | None) -> bool:
    main = main_evidence(entry)
    return grade is None or (main is not None and main.grade.value == grade)
