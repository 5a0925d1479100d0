"""What a decision as of a past day cannot know, in a few lines: each kind with the day from which it is testable."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta

from steelyard.domain.catalogue import Catalogue
from steelyard.domain.evidence import Grade
from steelyard.facts.past_quality import QUALITY_FROM
from steelyard.facts.prices.history import price_history
from steelyard.facts.prices.listings import PACKAGE_DATE
from steelyard.facts.prices.rents import RENT_CARRIED_BACK, rent_history

__all__ = ["not_testable"]

NAMED = 6
"""Names listed in a line before the rest is counted."""


def not_testable(present: Catalogue, then: Catalogue, later_prices: Sequence[str]) -> tuple[str, ...]:
    """Return what the catalogue of a past day lacks or takes from later, grouped by kind.

    Parameters
    ----------
    present
        With everything known today.
    then
        The same, rewound.
    later_prices
        Models sold then whose price is of a later day.
    """
    lines = (_sellers(present, then), _later_prices(later_prices), _announcements(then), _absent_rents(present, then),
             _later_rents(then), _later_servers(present, then), _quality(then), _later_figures(then))  # fmt: skip
    return tuple(line for line in lines if line)


def _sellers(present: Catalogue, then: Catalogue) -> str:
    """Return sellers of today whose prices are not known yet, by the first day they are."""
    first: dict[str, date] = {}
    for listing in price_history():
        first[listing.seller] = min(first.get(listing.seller, listing.first), listing.first)
    absent = {c.seller for c in present.rate_cards} - {c.seller for c in then.rate_cards}
    days = {seller: first.get(seller, PACKAGE_DATE) for seller in absent}
    return _dated("Token prices are not testable", {s: max(d, then.as_of) if d > then.as_of else PACKAGE_DATE
                                                    for s, d in days.items()})  # fmt: skip


def _later_prices(models: Sequence[str]) -> str:
    if not models:
        return ""
    return f"Sold then, but priced as listed on {PACKAGE_DATE}, with a wider interval: {_few(models)}."


def _announcements(then: Catalogue) -> str:
    first = min(listing.batch_from for listing in price_history() if listing.batch_from is not None)
    batch = f", nor batch prices before {first}" if then.as_of < first else ""
    return (f"Price changes and retirements announced but not yet in force are not testable before {PACKAGE_DATE}"
            f"{batch}: the days are not carried.")  # fmt: skip


def _absent_rents(present: Catalogue, then: Catalogue) -> str:
    """Return accelerators sold then that nobody is known to have rented out, by the first day somebody is."""
    rented = {offer.accelerator for offer in then.gpu_offers}
    first: dict[str, date] = {}
    known = [(p.accelerator, p.prices[0].on) for p in rent_history()]
    known += [(o.accelerator, o.evidence.as_of - RENT_CARRIED_BACK) for o in present.gpu_offers if o.term_months == 0]
    for accelerator, day in known:
        first[accelerator] = min(first.get(accelerator, day), day)
    return _dated(
        "GPU rents are not testable",
        {a: max(first[a], then.as_of + timedelta(days=1)) for a in then.accelerators if a in first and a not in rented},
    )


def _later_rents(then: Catalogue) -> str:
    later = {o.id: o for o in then.gpu_offers if o.evidence.as_of > then.as_of and o.evidence.grade is not Grade.USER}
    if not later:
        return ""
    devices = sorted({f"{o.accelerator} at {o.seller}" for o in later.values()})
    return f"GPU rents first seen up to a year later stand for that day, with a wider interval: {_few(devices)}."


def _later_servers(present: Catalogue, then: Catalogue) -> str:
    absent = sorted({s.id for s in present.servers} - {s.id for s in then.servers})
    later = sorted(s.id for s in then.servers if s.evidence.as_of > then.as_of and s.evidence.grade is not Grade.USER)
    seen = min((s.evidence.as_of for s in present.servers if s.id in {*absent, *later}), default=PACKAGE_DATE)
    parts = [f"those of {seen} and later stand for {_few(later)}, with a wider interval"] if later else []
    parts += [f"{_few(absent)}: not yet sold, or no price within two years"] if absent else []
    return f"Server prices: {'; '.join(parts)}." if parts else ""


def _quality(then: Catalogue) -> str:
    if then.as_of < QUALITY_FROM:
        estimated = next(iter(then.estimated_quality.values()), None)
        known = f"; estimated from release, size or list price, on scores up to {estimated.as_of}" if estimated else ""
        return f"Quality is not testable before {QUALITY_FROM}: too few public scores by then{known}."
    return ""


def _later_figures(then: Catalogue) -> str:
    """Return the kinds of slow-moving figures, rules and engine efficiencies that are of a later day."""
    later = [f for f in then.figures.values() if f.evidence.as_of > then.as_of and f.evidence.grade is not Grade.USER]
    if not later:
        return ""
    kinds = sorted({f.name.partition(".")[0].replace("_", " ") for f in later})
    newest = max(f.evidence.as_of for f in later)
    return (f"{len(later)} slow-moving figures are of up to {newest}, with a wider interval ({', '.join(kinds)}); "
            "rules of law and engine efficiencies are of 2026.")  # fmt: skip


def _dated(what: str, days: Mapping[str, date]) -> str:
    """Return ``what`` with names grouped by the first day on which they are known."""
    by_day: dict[date, list[str]] = defaultdict(list)
    for name, day in days.items():
        by_day[day].append(name)
    groups = [f"of {_few(sorted(names))} before {day}" for day, names in sorted(by_day.items())]
    return f"{what}: {'; '.join(groups)}." if groups else ""


def _few(names: Iterable[str]) -> str:
    shown = list(_some(names))
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _some(names: Iterable[str]) -> Iterator[str]:
    every = list(names)
    yield from every[:NAMED]
    if len(every) > NAMED:
        yield f"{len(every) - NAMED} more"
