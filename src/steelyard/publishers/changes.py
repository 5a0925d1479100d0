"""What a refresh would change: new prices, changed ones, prices no longer listed; and what is held back."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from steelyard.domain.catalogue import Catalogue
from steelyard.domain.evidence import Evidence, Grade
from steelyard.domain.price import DatedUsd, GpuOffer, RateCard
from steelyard.publishers.answers import broken_law
from steelyard.publishers.publisher import Entry, Publisher, Reading

__all__ = ["Change", "Plan", "entry_name", "plan_refresh", "prices_of"]

JUMP = 10.0
"""Factor between two prices seen one after the other that is a slip of unit rather than a change."""
_KEPT = ("batch_discount", "regional_uplift", "first_seen", "retires", "also")
"""What a list of prices may lack and the catalogue knows from elsewhere."""


@dataclass(frozen=True, slots=True)
class Change:
    """One price before and after."""

    what: Literal["new", "changed", "gone"]
    name: str
    """Entry."""
    price: str
    """Which price of it, with its unit."""
    old: float | None
    """Before; None where there was none."""
    new: float | None
    """After; None where it is no longer listed."""

    @property
    def fraction(self) -> float | None:
        """Relative change; None where one side is missing."""
        return self.new / self.old - 1 if self.old and self.new is not None else None


@dataclass(frozen=True, slots=True)
class Plan:
    """What one source's answer comes to."""

    entries: tuple[Entry, ...]
    """Every entry to write, unchanged ones too: that a price was seen again makes it younger."""
    changes: tuple[Change, ...]
    """New, changed and gone prices."""
    unchanged: int
    """Entries whose prices were confirmed."""
    set_aside: Mapping[str, int]
    """Why something listed is not written -> how often."""
    held_back: tuple[str, ...]
    """Entries that break a law or jump, with the reason."""


def entry_name(entry: Entry) -> str:
    """Return the name of an entry as the commands show it."""
    return entry.id if isinstance(entry, GpuOffer) else f"{entry.seller}/{entry.model}"


def prices_of(entry: Entry) -> Mapping[str, float]:
    """Return every price of an entry by what it is for [USD/Mtok, USD/(device h), or a share]."""
    if isinstance(entry, GpuOffer):
        return {"device hour": entry.usd_per_device_h}
    return dict(_card_prices(entry))


def _card_prices(card: RateCard) -> Iterator[tuple[str, float]]:
    for tier in card.tiers:
        above = f" above {tier.above_input_tokens:,.0f}" if tier.above_input_tokens else ""
        for name, field in (("input", "uncached_input"), ("cached", "cache_read"), ("output", "output")):
            value = getattr(tier.prices, field)
            if value is not None:
                yield f"{name}{above}", float(value)
    if card.batch_discount is not None:
        yield "batch discount", card.batch_discount
    for later in card.announced:
        for name, value in _card_prices(later.model_copy(update={"announced": (), "batch_discount": None})):
            yield f"{name} from {later.valid_from}", value


def plan_refresh(publisher: Publisher, reading: Reading, catalogue: Catalogue) -> Plan:
    """Return what writing a source's answer would change.

    An entry that breaks a law of prices is held back, as is one that jumps tenfold.

    Parameters
    ----------
    publisher
        The source.
    reading
        Its answer.
    catalogue
        What is in force, earlier refreshes included; own figures lie over both and are not touched.
    """
    before = _in_force(publisher, catalogue)
    entries: list[Entry] = []
    held: list[str] = []
    for entry in reading.entries:
        name = entry_name(entry)
        old = before.get(name)
        fault = broken_law(entry) or (_jump(old, entry) if old is not None else None)
        if fault is not None:
            held.append(f"{name if _shown(name) else 'an entry'}: {fault}")
        else:
            entries.append(_with_past(entry, old))
    changes = [change for entry in entries for change in _differences(before.get(entry_name(entry)), entry)]
    touched = {change.name for change in changes}
    listed = {entry_name(entry) for entry in reading.entries}
    changes += _gone(publisher, before, listed)
    unchanged = sum(entry_name(entry) not in touched for entry in entries)
    return Plan(tuple(entries), tuple(sorted(changes, key=_order)), unchanged, reading.set_aside, tuple(held))


def _in_force(publisher: Publisher, catalogue: Catalogue) -> Mapping[str, Entry]:
    known: Sequence[Entry] = catalogue.gpu_offers if publisher.kind == "gpu_offers" else catalogue.rate_cards
    return {entry_name(entry): entry for entry in known}


def _shown(name: str) -> bool:
    return name.isascii() and name.isprintable() and len(name) < 200


def _jump(old: Entry, new: Entry) -> str | None:
    """Return in words that a price moved by a factor no price moves by; estimates are no measure."""
    if old.evidence.grade is Grade.ESTIMATE:
        return None
    was, now = prices_of(old), prices_of(new)
    for price in was.keys() & now.keys() - {"batch discount"}:
        if was[price] > 0 and not 1 / JUMP < now[price] / was[price] < JUMP:
            return f"{price} moved from {was[price]:g} to {now[price]:g}, which reads like another unit"
    return None


def _with_past(entry: Entry, old: Entry | None) -> Entry:
    """Return the entry with what the one before knew beside it: earlier prices, start-up, disagreement, batch."""
    if isinstance(entry, GpuOffer) and isinstance(old, GpuOffer):
        return entry.model_copy(update={"history": _history(old, entry.evidence), "start_up_s": old.start_up_s})
    if isinstance(entry, RateCard) and isinstance(old, RateCard):
        lacking = {name: getattr(old, name) for name in _KEPT if not getattr(entry, name)}
        widest = max(entry.disagreement_fraction, old.disagreement_fraction)
        return entry.model_copy(update={**lacking, "disagreement_fraction": widest})
    return entry


def _history(old: GpuOffer, seen: Evidence) -> tuple[DatedUsd, ...]:
    """Return earlier prices, the one in force until now appended; estimates are no history."""
    last = DatedUsd(on=old.evidence.as_of, usd_per_device_h=old.usd_per_device_h)
    known = [past for past in old.history if past.on < last.on]
    counts = old.evidence.grade is not Grade.ESTIMATE and last.on < seen.as_of
    return (*known, last) if counts else tuple(past for past in old.history if past.on < seen.as_of)


def _differences(old: Entry | None, new: Entry) -> Iterator[Change]:
    name, now = entry_name(new), prices_of(new)
    was: Mapping[str, float] = prices_of(old) if old is not None else {}
    for price in [*now, *(p for p in was if p not in now)]:
        before, after = was.get(price), now.get(price)
        if before != after:
            what = "new" if old is None else "gone" if after is None else "changed"
            yield Change(what, name, price, before, after)


def _gone(publisher: Publisher, before: Mapping[str, Entry], listed: Iterable[str]) -> Iterator[Change]:
    """Yield the prices of entries that the source covers and no longer lists."""
    for name in sorted(before.keys() - set(listed)):
        entry = before[name]
        if publisher.covers(entry):
            for price, value in prices_of(entry).items():
                yield Change("gone", name, price, value, None)


def _order(change: Change) -> tuple[int, float, str, str]:
    """Sort changed prices first, the largest change first; then new ones, then gone ones."""
    return ("changed", "new", "gone").index(change.what), -abs(change.fraction or 0.0), change.name, change.price
