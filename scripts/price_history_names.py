"""Names of sellers and models in the tables of price history, brought to those of the catalogue."""

import re
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from genai_prices.data import providers

from steelyard.facts.load import DATA
from steelyard.facts.prices.names import open_model_names, spelling
from steelyard.facts.prices.tokens import FIRST_PARTY, NOT_TEXT
from steelyard.facts.snapshot import load_entries

__all__ = ["Named", "gateway_listing", "open_model", "vendor_listing"]

PACKAGE_NAME = {seller: name for name, seller in FIRST_PARTY.items()}
"""Our seller -> the package's provider."""
RENAMED = {
    ("google", "gemini-flash-1.5"): "gemini-1.5-flash", ("google", "gemini-pro-1.5"): "gemini-1.5-pro",
    ("google", "gemini-flash-1.5-8b"): "gemini-flash-1.5-8b", ("mistral", "mistral-medium"): "mistral-medium-2312",
    ("mistral", "mistral-small"): "mistral-small-latest", ("mistral", "mistral-large-2"): "mistral-large",
    ("mistral", "mistral-large-3"): "mistral-large-2512", ("anthropic", "claude-instant-1"): "claude-instant-1",
    ("anthropic", "claude-instant-v1"): "claude-instant-1", ("anthropic", "claude-instant-1.0"): "claude-instant-1",
    ("anthropic", "claude-1"): "claude-v1", ("anthropic", "claude-1.2"): "claude-v1",
}  # fmt: skip
"""Names that changed hands or order over the years: the package's matching reads them as today's."""
EXACT_ONLY = frozenset({"mistral"})
"""Vendors whose undated names move from model to model: the package matches them to the newest."""
DATED = re.compile(r"[-@](?:20\d{6}|20\d\d-\d\d-\d\d|\d{4}|\d\d-20\d\d)$")
"""A name that fixes a snapshot of the weights."""
VERSIONED = frozenset({"anthropic"})
"""Vendors whose names tell versions apart without a date: the date changes no price."""
VARIANT = re.compile(r":(?:free|nitro|extended|online|thinking|floor|batch)$")
"""Services of a gateway that are no listing of the model itself."""
CLAUDE = re.compile(r"^claude-(haiku|sonnet|opus|fable|mythos)-(\d)(?:[.-](\d))?$")
MAKERS = {
    "anthropic": "anthropic", "cohere": "cohere", "google": "google", "mistralai": "mistral", "openai": "openai",
    "perplexity": "perplexity", "x-ai": "xai",
}  # fmt: skip
"""The gateway's makers that sell their own models at list price -> our seller."""
HOSTED_ELSEWHERE = re.compile(
    r"^(?:mistral-7b|mixtral|open-|gemma|gpt-oss|codestral-mamba|pixtral-12b|devstral-small|magistral-small|voxtral|"
    r"mistral-nemo|mistral-small-(?:24b|3)|c4ai|llama-3-sonar|llama-3\.1-sonar|r1-1776)"
)
"""Weights that others than the maker serve: the gateway's price is the cheapest host's, not the maker's."""


class Named(NamedTuple):
    """A listing as the catalogue names it."""

    seller: str
    name: str
    open_weights: bool
    snapshot: bool


@cache
def _open_names() -> dict[str, str]:
    return dict(open_model_names(load_entries(DATA).models))


def open_model(name: str) -> str | None:
    """Return the identifier of open weights under a seller's spelling; None for others."""
    return _open_names().get(spelling(name.partition(":")[0]))


@cache
def _finder(seller: str) -> Callable[[str], str | None]:
    provider = next((p for p in providers if p.id == PACKAGE_NAME.get(seller)), None)
    ids = {m.id for m in provider.models} if provider else set[str]()

    def find(name: str) -> str | None:
        if name in ids or provider is None or seller in EXACT_ONLY:
            return name if name in ids else None
        found = provider.find_model(name)
        return found.id if found else None

    return find


def vendor_listing(seller: str, raw: str) -> Named | None:
    """Return a vendor's own listing; None for what is no text model or a variant of a service."""
    name = raw.lower().removesuffix(":beta")
    name = name.rsplit("/", maxsplit=1)[-1].removeprefix("open-")
    if NOT_TEXT.search(name) or VARIANT.search(name):
        return None
    weights = open_model(name)
    if weights is not None and not DATED.search(name):
        return Named(seller, weights, open_weights=True, snapshot=False)
    renamed = RENAMED.get((seller, name))
    if renamed is None and (turned := CLAUDE.match(name)):
        family, major, minor = turned.groups()
        number = f"{major}-{minor}" if minor else major
        turned_name = f"claude-{number}-{family}" if int(major) <= 3 else f"claude-{family}-{number}"
        renamed = _finder(seller)(turned_name)
    listed = renamed or _finder(seller)(name) or name
    if name.endswith("-latest") and not listed.startswith(name.removesuffix("-latest")):
        return None  # an alias that moves from model to model
    weights = open_model(listed)
    fixed = bool(DATED.search(name)) and listed != name and seller not in VERSIONED
    return Named(seller, weights or listed, open_weights=weights is not None, snapshot=fixed)


def gateway_listing(raw: str) -> Named | None:
    """Return whose price a gateway shows: a maker's own list price, or a host's of open weights; None for others."""
    maker, _, name = raw.lower().partition("/")
    if VARIANT.search(name):
        return None
    weights = open_model(name)
    if weights is not None:
        return Named("openrouter", weights, open_weights=True, snapshot=False)
    if maker not in MAKERS or HOSTED_ELSEWHERE.match(name):
        return None
    return vendor_listing(MAKERS[maker], name)
