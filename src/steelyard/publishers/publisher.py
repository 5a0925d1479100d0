"""What a publisher of prices is: where it is asked, under which terms, and how its answer is read."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Literal, NamedTuple
from urllib.parse import urlsplit

from steelyard.domain.price import GpuOffer, RateCard

if TYPE_CHECKING:
    from genai_prices.types import Provider

    from steelyard.publishers.client import Client

__all__ = ["Entry", "EntryKind", "Known", "Publisher", "Reading", "counted"]

Entry = RateCard | GpuOffer
"""What a publisher publishes."""
EntryKind = Literal["api_prices", "gpu_offers"]
"""Folder of the overlay that its entries go to."""


@dataclass(frozen=True)
class Known:
    """What the catalogue knows and reading an answer needs; handed in, so that reading stays pure."""

    open_model: Callable[[str], str | None]
    """A seller's name of a model -> identifier of open weights; None for managed models."""
    managed_models: frozenset[str] = frozenset()
    """Identifiers of models sold only as a service."""
    accelerators: frozenset[str] = frozenset()
    """Identifiers of accelerators."""
    package_cards: "Callable[[Sequence[Provider], date], Sequence[RateCard]]" = field(default=lambda _, __: ())
    """The price package's providers -> rate cards in force on a day, as for the data that the package carries."""


class Reading(NamedTuple):
    """What an answer holds."""

    entries: tuple[Entry, ...]
    """Prices, in a stable order, each with the day as its evidence's date."""
    set_aside: Mapping[str, int]
    """Why something listed is no entry -> how often."""


@dataclass(frozen=True)
class Publisher:
    """One source: asking it and reading its answer are two steps, so that reading is tested without a network."""

    title: str
    """Whose list it is, in words; becomes the source of each entry."""
    urls: tuple[str, ...]
    """What is asked; no host beside theirs is ever contacted."""
    terms: str
    """Licence or terms under which the list may be read."""
    size: str
    """How much is transferred, in words."""
    kind: EntryKind
    """What it publishes."""
    fetch: "Callable[[Client], bytes]"
    """Asks; the only step that uses the network."""
    read: Callable[[bytes, date, Known], Reading]
    """Reads an answer seen on a day; raises SourceError where it is not what the source documents."""
    covers: Callable[[Entry], bool]
    """Whether an entry of the catalogue is one that this source would list, so that its absence means it is gone."""

    @property
    def hosts(self) -> frozenset[str]:
        """Hosts that are contacted."""
        return frozenset(urlsplit(url).hostname or "" for url in self.urls)


def counted(reasons: Iterable[str]) -> Mapping[str, int]:
    """Return how often each reason occurs, by reason."""
    return dict(sorted(Counter(reasons).items()))
