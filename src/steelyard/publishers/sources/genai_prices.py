"""The data by which the genai-prices package updates itself: token prices of vendors and hosts, announced ones too."""

from datetime import date

from pydantic import ValidationError

from steelyard.domain.evidence import Evidence, Grade
from steelyard.domain.price import RateCard
from steelyard.errors import Fault, SourceError
from steelyard.publishers.answers import json_document
from steelyard.publishers.client import Client
from steelyard.publishers.publisher import Entry, Known, Publisher, Reading

__all__ = ["PLUGIN"]

PACKAGE = "genai-prices"
TITLE = f"{PACKAGE}, data on GitHub"
URL = "https://raw.githubusercontent.com/pydantic/genai-prices/refs/heads/main/prices/new_data/v2/data.json"
"""The address that the package's own update asks (0.2.3)."""


def fetch(client: Client) -> bytes:
    """Return the list of providers."""
    return client.get(URL)


def read(content: bytes, day: date, known: Known) -> Reading:
    """Return the cards in force on the day, read as the packaged data are."""
    from genai_prices.types import _providers_from_raw  # noqa: PLC0415  # pyright: ignore[reportPrivateUsage]  the pinned package's own reader of this file; it offers no public one

    document = json_document(content, TITLE)
    if not isinstance(document, list):
        raise SourceError(
            Fault("no list of providers", TITLE, "the package's data, version 2", "Nothing of it was used")
        )
    try:
        providers = _providers_from_raw(document)
    except (ValidationError, ValueError, TypeError) as error:
        raise SourceError(Fault("data that the package does not read", TITLE, "the package's data, version 2",
                                "A newer Steelyard may read them; nothing of them was used")) from error  # fmt: skip
    return Reading(tuple(_seen(card, day) for card in known.package_cards(providers, day)), {})


def _seen(card: RateCard, day: date) -> RateCard:
    evidence = Evidence(source=TITLE, url=card.evidence.url or URL, as_of=day, grade=Grade.SECONDARY, licence="MIT",
                        note=card.evidence.note)  # fmt: skip
    announced = tuple(later.model_copy(update={"evidence": evidence}) for later in card.announced)
    return card.model_copy(update={"evidence": evidence, "announced": announced})


def covers(entry: Entry) -> bool:
    """Whether the entry came from the package or its data."""
    return entry.evidence.source.startswith(PACKAGE)


PLUGIN = Publisher(title=TITLE, urls=(URL,), terms="MIT", size="under 1 MB", kind="api_prices", fetch=fetch, read=read,
                   covers=covers)  # fmt: skip
