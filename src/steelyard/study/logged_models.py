"""Names of models as logs spell them, brought to the catalogue's identifiers."""

import re
from collections.abc import Iterator

from steelyard.domain.catalogue import Catalogue
from steelyard.domain.price import RateCard
from steelyard.study.reference import model_id

__all__ = ["logged_card", "logged_model"]

_REGION = re.compile(r"^(?:us|eu|apac|global)\.")
"""Prefix of Amazon Bedrock's cross-region profiles."""
_VERSION = re.compile(r"(?:-v\d+)?(?::\d+)?$")
"""Suffix of Amazon Bedrock's model identifiers, such as ``-v1:0``."""
_DATE = re.compile(r"[-@]20\d{2}-?\d{2}-?\d{2}$")
"""Suffix of a dated snapshot, such as ``-20251001``, ``-2025-10-01`` or ``@20251001``."""
_VARIANT = re.compile(r":(?:free|nitro|floor|online|exacto)$")
"""Suffix of OpenRouter's routing variants."""


def logged_model(catalogue: Catalogue, logged: str, *, seller: str | None = None) -> str | None:
    """Return the catalogue's identifier of a model as a log names it; None if unknown.

    The name as it stands wins; then without a routing variant, region, version or snapshot date; then with the dots
    and spaces of a display name written as hyphens, and a vendor's ``-0`` or ``-latest`` added.

    Parameters
    ----------
    catalogue
        Known models.
    logged
        Name as logged.
    seller
        Who billed, where known.
    """
    if not logged.strip():
        return None
    found = (model_id(catalogue, spelled, seller=seller) for spelled in _spellings(logged))
    return next((model for model in found if model is not None), None)


def _spellings(logged: str) -> Iterator[str]:
    name = logged.strip()
    yield name
    short = _DATE.sub("", _VERSION.sub("", _REGION.sub("", _VARIANT.sub("", name))))
    vendor, dot, rest = short.partition(".")
    bare = rest if dot and vendor.isalpha() and "/" not in vendor else short
    for spelled in (short, _DATE.sub("", bare), f"{vendor}/{_DATE.sub('', rest)}" if rest else short):
        words = spelled.lower().replace(" ", "-")
        yield from (spelled, words, words.replace(".", "-"), f"{words}-0", f"{words}-latest")


def logged_card(catalogue: Catalogue, logged: str) -> RateCard | None:
    """Return the price list of a model as logged: its own vendor's before any reseller's; None if unknown.

    Parameters
    ----------
    catalogue
        Price lists.
    logged
        Name as logged.
    """
    found = logged_model(catalogue, logged)
    spelled = {logged, found}
    cards = [card for card in catalogue.rate_cards if spelled & {card.model, f"{card.seller}/{card.model}"}]
    managed = catalogue.managed_models.get(found) if found else None
    vendor = managed.vendor if managed else logged.partition("/")[0]
    return next((card for card in cards if card.seller == vendor), cards[0] if cards else None)
