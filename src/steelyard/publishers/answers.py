"""Careful reading of answers from outside: JSON, amounts, names; and the laws every price must keep."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation, localcontext
from typing import NoReturn, cast

from steelyard.domain.price import GpuOffer, RateCard
from steelyard.errors import Fault, SourceError
from steelyard.publishers.publisher import Entry

__all__ = ["amount", "broken_law", "json_document", "records", "text"]

GPU_HOUR_USD = (0.05, 25.0)
"""Least and most that an hour of a device may cost [USD/(device h)], as for the packaged facts."""
TOKEN_USD = (Decimal("0.001"), Decimal(1_000))
"""Least and most that a million tokens may cost [USD/Mtok]: a thirtieth of the cheapest and the dearest listed."""
DEVICES = (1, 576)
"""Fewest and most devices of one instance: the largest scale-up domain announced."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/+@-]{0,159}")
_LONGEST_AMOUNT = 40


def json_document(content: bytes, source: str) -> object:
    """Return an answer as JSON with exact decimals.

    Raises
    ------
    SourceError
        If it is something else.
    """
    try:
        return cast(object, json.loads(content, parse_float=_decimal, parse_int=_decimal, parse_constant=_no_number))
    except (ValueError, RecursionError) as error:
        what = "a web page" if content[:200].lstrip()[:1] == b"<" else "something that is not JSON"
        raise SourceError(Fault(f"answered with {what}", source, "JSON as it documents",
                                "Nothing of it was used")) from error  # fmt: skip


def _decimal(digits: str) -> Decimal:
    if len(digits) > _LONGEST_AMOUNT:
        raise ValueError(digits[:_LONGEST_AMOUNT])
    return Decimal(digits)


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


def records(document: object, key: str, source: str) -> Iterator[Mapping[str, object]]:
    """Yield the objects listed under a key of an answer.

    Raises
    ------
    SourceError
        If there is no such list: the source no longer answers as it documents.
    """
    listed = cast(Mapping[str, object], document).get(key) if isinstance(document, Mapping) else None
    if not isinstance(listed, Sequence) or isinstance(listed, str):
        raise SourceError(Fault(f"no list {key!r} in its answer", source, "an answer as it documents",
                                "The source may have changed; nothing of it was used"))  # fmt: skip
    for item in cast(Sequence[object], listed):
        if isinstance(item, Mapping):
            yield cast(Mapping[str, object], item)


def text(value: object) -> str:
    """Return a text, empty where it is none."""
    return value if isinstance(value, str) else ""


def amount(value: object, factor: int = 1) -> Decimal | None:
    """Return an amount times a factor; None where it is no positive number of ordinary size.

    Examples
    --------
    >>> amount("0.0000025", 1_000_000)
    Decimal('2.5')
    >>> amount("-1") is amount("=1+1") is amount("1e999999999") is None
    True
    """
    try:
        number = Decimal(value) if isinstance(value, str | Decimal) else None
    except InvalidOperation:
        return None
    if number is None or not number.is_finite() or number <= 0 or abs(number.adjusted()) > _LONGEST_AMOUNT:
        return None
    with localcontext() as context:
        context.prec = 28
        return _plain(number * factor)


def _plain(number: Decimal) -> Decimal:
    """Return the number without trailing zeros and without an exponent."""
    short = number.normalize()
    return short.quantize(Decimal(1)) if short.as_tuple().exponent > 0 else short  # pyright: ignore[reportOperatorIssue]  finite


def broken_law(entry: Entry) -> str | None:
    """Return which law of prices an entry breaks, in words; None where it breaks none."""
    return _broken_by_card(entry) if isinstance(entry, RateCard) else _broken_by_offer(entry)


def _odd_name(*names: str) -> bool:
    return any(not _NAME.fullmatch(name) or ".." in name or "//" in name for name in names)


def _broken_by_offer(offer: GpuOffer) -> str | None:
    if _odd_name(offer.id, offer.seller, offer.instance, offer.region):
        return "a name with odd characters"
    low, high = GPU_HOUR_USD
    if not low <= offer.usd_per_device_h <= high:
        return f"a device hour outside {low:g} to {high:g} USD"
    if not DEVICES[0] <= offer.devices <= DEVICES[1]:
        return "an impossible number of devices"
    return None


def _broken_by_card(card: RateCard) -> str | None:
    if _odd_name(card.seller, card.model):
        return "a name with odd characters"
    starts = [tier.above_input_tokens for tier in card.tiers]
    if not starts or starts[0] != 0 or starts != sorted(set(starts)):
        return "tiers out of order"
    low, high = TOKEN_USD
    for tier in (tier for each in (card, *card.announced) for tier in each.tiers):
        prices = tier.prices
        if not (low <= prices.uncached_input <= high and low <= prices.output <= high):
            return f"tokens outside {low} to {high} USD/Mtok"
        if prices.cache_read is not None and not 0 <= prices.cache_read <= prices.uncached_input:
            return "cached input dearer than fresh input"
    return None
