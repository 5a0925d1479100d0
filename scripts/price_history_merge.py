"""One series of prices out of several sources: which rows are moves, which are corrections, which repeat."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

__all__ = ["Event", "confirmed_edits", "merged", "opened_by_edits"]

CONFIRMED_WITHIN = timedelta(days=120)
"""Another source that lists a price this near in time confirms it [d]."""
RELEASED_WITHIN = timedelta(days=60)
"""Longest time from the day in a snapshot's name to its release [d]."""
LISTED_WITHIN = timedelta(days=31)
"""Longest time from the day in a snapshot's name to its first listing [d]."""
RELEASE, KEPT_DAILY, KEPT_FROM = "vendor's release", ("catalogue commit", "first observed"), date(2025, 6, 20)
"""Bases that date an opening; the first day on which a list kept day by day was complete."""
DOCUMENTED = 0
"""Rank of rows that a vendor's own page dates."""


@dataclass(frozen=True)
class Event:
    """A source shows a price from a day on; ``rank`` 0 is the best basis of its date."""

    day: date
    input: float
    output: float
    cache_read: float | None
    basis: str
    rank: int
    source: str
    ref: str
    until: date | None = None
    snapshot: bool = False
    disagreement: float = 0.0

    @property
    def price(self) -> tuple[float, float]:
        """Input and output [USD/Mtok]."""
        return self.input, self.output


def merged(events: Iterable[Event], dropped: Counter[str]) -> list[Event]:
    """Return the moves of one listing, ascending.

    A row that contradicts one of better basis is a move only where another source shows the same price within
    ``CONFIRMED_WITHIN``; else the difference is recorded on the price in force. A price that a source later takes back
    was never the vendor's.
    """
    rows = sorted(events, key=lambda e: (e.day, e.rank, e.source))
    if any(not e.snapshot for e in rows):
        dropped["dated snapshot of a model listed under its own name"] += sum(e.snapshot for e in rows)
        rows = [e for e in rows if not e.snapshot]
    rows = _without_reverted(rows, dropped)
    found: list[Event] = []
    for event in _opened(rows, dropped):
        _take(event, found, rows, dropped)
    return _ended(found, rows)


def _opened(rows: list[Event], dropped: Counter[str]) -> list[Event]:
    """Return rows that do not open before the vendor sold the model.

    Some documented days are those in a snapshot's name, days to weeks before it was sold. Where the release, or a list
    that is kept day by day, shows the same price for the first time soon after, that day opens the listing.
    """
    first = rows[0]
    later = [e for e in rows[1:] if e.price == first.price and first.rank == DOCUMENTED and (
        (e.basis == RELEASE and e.day - first.day <= RELEASED_WITHIN)
        or (e.basis in KEPT_DAILY and e.day >= KEPT_FROM and e.day - first.day <= LISTED_WITHIN))]  # fmt: skip
    opening = min(later, key=lambda e: (e.basis != RELEASE, e.day), default=None)
    if opening is None or opening.day == first.day:
        return rows
    dropped["opens before the model was sold: dated by its release or first listing"] += 1
    opened = replace(first, day=opening.day, basis=opening.basis, source=opening.source, ref=opening.ref)
    return sorted([opened, *(e for e in rows[1:] if e.day >= opening.day)], key=lambda e: (e.day, e.rank, e.source))


def _take(event: Event, found: list[Event], rows: Sequence[Event], dropped: Counter[str]) -> None:
    if not found:
        found.append(event)
        return
    now = found[-1]
    if event.price == now.price:
        found[-1] = replace(now, rank=min(now.rank, event.rank))
        if event.cache_read in {None, now.cache_read} or (now.cache_read is not None and event.rank > now.rank):
            dropped["repeats the price in force"] += 1
        elif event.day == now.day:
            found[-1] = replace(found[-1], cache_read=event.cache_read)
        else:
            found.append(replace(event, rank=found[-1].rank))
    elif event.day == now.day:
        found[-1] = replace(now, disagreement=max(now.disagreement, _distance(now, event)))
        dropped["another price on the same day, of weaker basis: recorded as disagreement"] += 1
    elif event.rank == 0 or _confirmed(event, rows) or (event.rank <= now.rank and not _returns(event, now, rows)):
        found.append(event)
    else:
        found[-1] = replace(now, disagreement=max(now.disagreement, _distance(now, event)))
        dropped["contradicts a price of better basis, unconfirmed: recorded as disagreement"] += 1


def _returns(event: Event, now: Event, rows: Sequence[Event]) -> bool:
    """Whether another source shows the old price again soon after: then the odd one was a mistake."""
    return any(e.basis != event.basis and e.price == now.price and event.day < e.day <= event.day + CONFIRMED_WITHIN
               for e in rows)  # fmt: skip


def _distance(now: Event, other: Event) -> float:
    pairs = ((now.input, other.input), (now.output, other.output))
    return max(abs(b - a) / a for a, b in pairs if a > 0)


def _confirmed(event: Event, rows: Sequence[Event]) -> bool:
    return any(e.basis != event.basis and e.price == event.price and abs(e.day - event.day) <= CONFIRMED_WITHIN
               for e in rows)  # fmt: skip


def _without_reverted(rows: Sequence[Event], dropped: Counter[str]) -> list[Event]:
    """Return rows without prices of one undocumented source that the same source takes back."""
    kept = list(rows)
    for source in sorted({e.source for e in rows if e.rank > DOCUMENTED}):
        own = [e for e in kept if e.source == source and e.rank > DOCUMENTED]
        for first, odd, again in zip(own, own[1:], own[2:], strict=False):
            if first.price == again.price != odd.price and not _confirmed(odd, rows):
                kept = [e for e in kept if e is not odd]
                dropped["taken back by its own source"] += 1
    return kept


def _ended(found: list[Event], rows: Sequence[Event]) -> list[Event]:
    """Return the series with its end, where a documented row ends and nothing follows."""
    ends = [e.until for e in rows if e.until is not None and e.rank <= DOCUMENTED]
    if not found or not ends or max(e.day for e in rows) >= max(ends):
        return [replace(e, until=None) for e in found]
    return [*(replace(e, until=None) for e in found[:-1]), replace(found[-1], until=max(ends))]


def confirmed_edits(series: Sequence[Event], edits: Sequence[Event], dropped: Counter[str]) -> list[Event]:
    """Return a series with undocumented moves dated by an edit of a community list to the same price shortly before.

    An edit alone is no move: most of them correct the list. It only dates a move that another source shows.
    """
    found: list[Event] = []
    used: set[int] = set()
    for event in series:
        before = found[-1].day if found else date.min
        early = [e for e in edits if e.price == event.price and before < e.day < event.day
                 and event.day - e.day <= CONFIRMED_WITHIN]  # fmt: skip
        if event.rank > DOCUMENTED and early:
            edit = min(early, key=lambda e: e.day)
            used.add(id(edit))
            event = replace(edit, cache_read=event.cache_read, basis="confirmed catalogue edit", until=event.until)  # noqa: PLW2901
        found.append(event)
    dropped["edit of a community list, by itself no move"] += len(edits) - len(used)
    return found


def opened_by_edits(edits: Sequence[Event], dropped: Counter[str]) -> list[Event]:
    """Return what edits alone tell of a listing: that it was there from the first one, at the last corrected price."""
    if not edits:
        return []
    dropped["edit of a community list: taken as correction of the one before"] += len(edits) - 1
    return [replace(edits[-1], day=edits[0].day)]
