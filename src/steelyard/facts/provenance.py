"""The whole chain behind one number: value, interval and how it is derived, sources, and what it rests on in turn."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from steelyard.domain.catalogue import Catalogue
from steelyard.domain.evidence import Evidence
from steelyard.domain.value import Value
from steelyard.errors import UnknownNameError
from steelyard.facts.derivations import steps_behind
from steelyard.facts.fact_names import Named, Sum, find, known_names
from steelyard.facts.headlines import Headline, headline
from steelyard.facts.kinds import evidence_of
from steelyard.facts.made_of import derived_from
from steelyard.facts.origins import Origin, Origins

__all__ = ["Provenance", "explain"]


@dataclass(frozen=True, slots=True)
class Provenance:
    """One link of the chain."""

    name: str
    """Name in the catalogue, or the name asked for where it is computed."""
    kind: str
    """Kind of fact; ``computed`` for what no entry states."""
    entry: Value | None
    """The entry; None for what is computed."""
    field: str = ""
    """The one field asked for; empty: all of it."""
    headline: Headline | None = None
    """The entry's number with its interval on the day asked."""
    steps: tuple[str, ...] = ()
    """How value and interval come about, in sentences."""
    evidence: tuple[Evidence, ...] = ()
    """Sources, the main one first."""
    origin: Origin | None = None
    """File or package that states it; None for what is computed."""
    parents: tuple["Provenance", ...] = ()
    """What it is computed from."""


def explain(catalogue: Catalogue, name: str, origins: Origins | None = None) -> tuple[Provenance, ...]:
    """Return the chain behind everything a name stands for.

    Parameters
    ----------
    catalogue
        Facts of a day.
    name
        An entry, ``entry.field``, a name as a decision's ``assumptions`` give it (``rent of X at Y, on demand``), an
        input of a ledger (``rent_factor.X``), ``usd_per_h.ACCELERATOR`` or ``MODEL on ACCELERATOR``.
    origins
        Where entries lie; None: packaged facts only.

    Raises
    ------
    UnknownNameError
        If it stands for nothing; near names are offered.
    """
    found = find(catalogue, name)
    if not found:
        raise UnknownNameError("fact", name, known_names(catalogue), listed_by="steelyard facts KIND")
    where = origins or Origins()
    return tuple(_sum(one, catalogue, where) if isinstance(one, Sum) else _link(one, catalogue, where) for one in found)


def _sum(total: Sum, catalogue: Catalogue, origins: Origins) -> Provenance:
    parents = (part for name in total.parts for part in explain(catalogue, name, origins))
    return Provenance(total.name, "computed", None, steps=total.steps, evidence=total.evidence, parents=tuple(parents))


def _link(named: Named, catalogue: Catalogue, origins: Origins) -> Provenance:
    entry = named.entry
    parents = (_parent(name, catalogue, origins) for name in derived_from(entry, named.field, catalogue))
    return Provenance(
        name=named.name, kind=named.kind, entry=entry, field=named.field,
        headline=headline(entry, catalogue.as_of, catalogue.figures), steps=steps_behind(entry, named.field, catalogue),
        evidence=evidence_of(entry), origin=origins.of(named.kind, named.name, entry),
        parents=tuple(p for group in parents for p in group),
    )  # fmt: skip


def _parent(name: str, catalogue: Catalogue, origins: Origins) -> Sequence[Provenance]:
    """Return the chain of what a fact is computed from: entries of that very name."""
    return tuple(replace(link, field="") for link in explain(catalogue, name, origins) if link.name == name)
