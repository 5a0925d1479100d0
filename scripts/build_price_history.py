"""Carry dated prices as figures: tokens by seller and model, GPU hours by seller and instance.

Usage: python scripts/build_price_history.py FOLDER

FOLDER holds ``api_price_history.csv``, ``price_history.csv`` and ``gpu_rental_history.csv``. What is left out is
printed with the reason. History only grows: entries recorded in ``tests/facts/price_history_entries.json`` must all
come back, or the script stops; new ones are added to the record.
"""

import csv
import hashlib
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from price_history_api import SOURCES, Series, api_series
from price_history_gpu import Rented, gpu_offers
from price_history_merge import Event

ROOT = Path(__file__).parents[1]
DATA = ROOT / "src/steelyard/facts/data"
RECORD = ROOT / "tests/facts/price_history_entries.json"
COMMIT = {
    "model-prices": "https://github.com/sst/models.dev/commit/",
    "llmledger": "https://github.com/BerriAI/litellm/commit/",
}
MARK_DIGITS = 8
"""Hexadecimal digits kept of the hash of an entry: two of a thousand coincide once in ten thousand."""
GATEWAY = "https://web.archive.org/web/*/openrouter.ai/api/v1/models"


def main(folder: Path) -> None:
    """Write the files and the record, and print what was left out."""
    dropped: Counter[str] = Counter()
    series = api_series(_rows(folder / "api_price_history.csv"), _rows(folder / "price_history.csv"), dropped)
    _report("token prices", sum(len(s.events) for s in series), dropped)
    left_out: Counter[str] = Counter()
    rented = gpu_offers(_rows(folder / "gpu_rental_history.csv"), left_out)
    _report("GPU rents", sum(len(r.prices) for r in rented), left_out)
    files = {**_api_files(series), **_gpu_files(rented)}
    recorded: set[str] = set(json.loads(RECORD.read_text(encoding="utf-8"))) if RECORD.exists() else set()
    now = {mark for name, content in files.items() for mark in _marks(name, content)}
    if recorded - now:
        sys.exit(f"{len(recorded - now)} recorded entries would be lost: history only grows")
    for name, content in files.items():
        path = DATA / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_text(content), encoding="utf-8")
    RECORD.write_text(json.dumps(sorted(now | recorded), separators=(",", ":")) + "\n", encoding="utf-8")


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table))


def _report(what: str, kept: int, dropped: Counter[str]) -> None:
    print(f"{what}: {kept} entries carried, {sum(dropped.values())} rows left out")
    for reason, count in dropped.most_common():
        print(f"  {count:5}  {reason}")


def _api_files(series: Iterable[Series]) -> dict[str, Any]:
    sellers: dict[str, list[Series]] = {}
    for one in series:
        sellers.setdefault(one.named.seller, []).append(one)
    return {f"api_price_history/{seller}.json": _api_file(seller, own) for seller, own in sorted(sellers.items())}


def _api_file(seller: str, own: Iterable[Series]) -> dict[str, Any]:
    listings: dict[str, Any] = {}
    used: set[str] = set()
    for one in own:
        used |= {e.source for e in one.events}
        listing: dict[str, Any] = {"open_weights": True} if one.named.open_weights else {}
        if one.batch:
            listing |= {"batch_from": one.batch[0].isoformat(), "batch_discount": one.batch[1]}
        listings[one.named.name] = listing | {"prices": [_entry(e) for e in one.events]}
    sources = {key: {"source": SOURCES[key][0], "licence": SOURCES[key][1]} for key in sorted(used)}
    return {"seller": seller, "sources": sources, "listings": listings}


def _entry(event: Event) -> dict[str, Any]:
    found: dict[str, Any] = {
        "from": event.day.isoformat(),
        "input": f"{event.input:g}",
        "output": f"{event.output:g}",
    }
    if event.cache_read is not None:
        found["cache_read"] = f"{event.cache_read:g}"
    if event.until is not None:
        found["until"] = event.until.isoformat()
    if event.disagreement:
        found["disagreement"] = round(event.disagreement, 3)
    found |= {"basis": event.basis, "source": event.source}
    ref = event.ref.replace(COMMIT.get(event.source, "\0"), "")
    return found | ({"ref": ref} if ref not in {GATEWAY, "tier list"} else {})


def _gpu_files(rented: Iterable[Rented]) -> dict[str, Any]:
    sellers: dict[str, list[dict[str, Any]]] = {}
    for one in rented:
        offer: dict[str, Any] = {
            "instance": one.instance, "accelerator": one.accelerator, "devices": one.devices, "region": one.region,
            "price_type": one.price_type, "source": one.source, "licence": one.licence, "dated_list": one.dated_list,
            "prices": [{"on": day, "usd_per_device_h": price} for day, price in sorted(one.prices.items())],
        }  # fmt: skip
        sellers.setdefault(one.seller, []).append(offer)
    return {f"gpu_price_history/{name}.json": {"seller": name, "offers": own} for name, own in sorted(sellers.items())}


def _marks(name: str, content: Mapping[str, Any]) -> Iterable[str]:
    """Yield a short hash of every dated price of a seller; listings may take the names of weights carried later."""
    for one in (*content.get("listings", {}).values(), *content.get("offers", ())):
        for entry in one["prices"]:
            fact = {k: v for k, v in entry.items() if k in {"from", "input", "output", "on", "usd_per_device_h"}}
            yield hashlib.sha256(json.dumps([name, fact], sort_keys=True).encode()).hexdigest()[:MARK_DIGITS]


def _text(content: Mapping[str, Any]) -> str:
    """Return JSON with one dated price a line, so that a change reads as one."""
    kept: list[str] = []

    def mark(entry: Mapping[str, Any]) -> str:
        kept.append(json.dumps(entry))
        return f"@{len(kept) - 1}@"

    marked = json.loads(json.dumps(content))
    for one in (*marked.get("listings", {}).values(), *marked.get("offers", ())):
        one["prices"] = [mark(entry) for entry in one["prices"]]
    return re.sub(r'"@(\d+)@"', lambda found: kept[int(found[1])], json.dumps(marked, indent=1)) + "\n"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
