"""What a name stands for: an entry, a field of it, or the words that a decision gives one of its assumptions."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, cast

from steelyard.domain.catalogue import Catalogue
from steelyard.domain.evidence import Evidence
from steelyard.domain.price import GpuOffer, RateCard
from steelyard.domain.value import Value
from steelyard.facts.kinds import FACTS
from steelyard.facts.token_ratios import ANY, tokenizer_of

__all__ = ["DEDICATED", "Named", "Sum", "find", "known_names"]

BAR = "quality bar"
PER_HOUR = "usd_per_h."
DEDICATED = "dedicated.usd_per_device_h."
"""Beginning of the figures that price dedicated endpoints, seller and accelerator following."""
_ON = " on "
_WRITTEN = frozenset({"models", "managed", "accelerators", "regimes", "services", "tokenizers"})
"""Kinds whose entries have a written name, or other spellings, beside the one they are kept under."""


class Named(NamedTuple):
    """An entry that a name stands for."""

    kind: str
    """Kind of fact."""
    name: str
    """The entry's name."""
    entry: Value
    """The entry."""
    field: str = ""
    """The one field meant; empty: all of it."""


class Sum(NamedTuple):
    """Something no entry states: it is computed from others."""

    name: str
    """The name asked for."""
    steps: tuple[str, ...]
    """How, in sentences."""
    parts: tuple[str, ...]
    """Names of what it is computed from."""
    evidence: tuple[Evidence, ...] = ()
    """Sources of the kind as a whole, where no single entry is meant."""


def known_names(catalogue: Catalogue) -> set[str]:
    """Return every name that can be asked for, fields and words of decisions left out."""
    return {name for kind in FACTS.values() for name in kind.entries(catalogue)}


def find(catalogue: Catalogue, name: str) -> Sequence[Named | Sum]:
    """Return everything a name stands for; nothing where nobody knows it.

    ``h100-sxm`` is an entry; ``h100-sxm.memory_bytes`` one number of it; a model alone names its price lists too.

    Parameters
    ----------
    catalogue
        Facts of a day.
    name
        As typed, or as in a decision.
    """
    exact = [Named(kind, name, held[name]) for kind, fact in FACTS.items() if name in (held := fact.entries(catalogue))]
    found = exact + [n for n in _listings(catalogue, name) if n.name != name]
    if found:
        return found
    worded = _worded(catalogue, name)
    if worded:
        return worded
    head, dot, field = name.rpartition(".")
    if dot:
        whole = [one for one in find(catalogue, head) if isinstance(one, Named) and not one.field]
        return [one._replace(field=field) for one in whole if field in type(one.entry).model_fields]
    return []


def _listings(catalogue: Catalogue, name: str) -> Iterator[Named]:
    for card in catalogue.rate_cards:
        if name in _spellings(card):
            yield Named("prices", f"{card.seller}/{card.model}", card)


def _spellings(card: RateCard) -> set[str]:
    bare = card.model.rpartition("/")[2]
    return {card.model, bare, f"{card.seller}/{bare}"}


def _worded(catalogue: Catalogue, name: str) -> Sequence[Named | Sum]:
    """Return what the words of a decision, the name of a ledger's input, or another spelling stand for."""
    for words, read in _WORDS:
        said = words.fullmatch(name)
        if said is not None:
            found = read(catalogue, said)
            if found:
                return found
    return _aliases(catalogue, name)


def _aliases(catalogue: Catalogue, name: str) -> Sequence[Named]:
    """Return what a name means in other capitals, by a fact's written name, or by another spelling of a model."""
    wanted = name.lower()
    found = [Named(kind, key, entry) for kind, fact in FACTS.items() for key, entry in fact.entries(catalogue).items()
             if wanted and wanted in _spelled(kind, key, entry)]  # fmt: skip
    cards = [Named("prices", f"{c.seller}/{c.model}", c) for c in catalogue.rate_cards
             if wanted in map(str.lower, _spellings(c))]  # fmt: skip
    return found + [card for card in cards if card not in found]


def _spelled(kind: str, key: str, entry: Value) -> set[str]:
    """Return the names of an entry in small letters; figures and offers have one."""
    words = [key]
    if kind in _WRITTEN:
        words += [getattr(entry, "name", ""), *cast("Sequence[str]", getattr(entry, "aliases", ()))]
    return {word.lower() for word in words}


def _entry(kind: str) -> Callable[[Catalogue, re.Match[str]], Sequence[Named]]:
    def read(catalogue: Catalogue, said: re.Match[str]) -> Sequence[Named]:
        name, held = said["name"], FACTS[kind].entries(catalogue)
        return [Named(kind, name, held[name])] if name in held else []

    return read


def _listing(catalogue: Catalogue, said: re.Match[str]) -> Sequence[Named]:
    card = catalogue.rate_card(said["seller"], said["model"])
    if card is not None:
        return [Named("prices", f"{card.seller}/{card.model}", card)]
    return [Named("tuning", key, entry) for key, entry in catalogue.fine_tuning_prices.items()
            if (entry.seller, entry.model) == (said["seller"], said["model"])]  # fmt: skip


def _rent(catalogue: Catalogue, said: re.Match[str]) -> Sequence[Named]:
    wanted = said["instance"], said["seller"], said["type"].replace(" ", "_")
    if said["instance"] == "dedicated endpoint":
        begins = f"{DEDICATED}{said['seller']}."
        return [Named("figures", name, figure) for name, figure in sorted(catalogue.figures.items())
                if name.startswith(begins)]  # fmt: skip
    return [Named("gpu-offers", o.id, o) for o in catalogue.gpu_offers
            if (o.machine, o.seller, o.price_type) == wanted]  # fmt: skip


def _ratio(catalogue: Catalogue, said: re.Match[str]) -> Sequence[Named | Sum]:
    """Return the ratio stated for a model, else the tokenizer it follows from, else that of any model."""
    side, model = said["side"], said["name"]
    stated, default = f"tokens.{side}_ratio.{model}", ANY[side]
    tokenizer = tokenizer_of(model, catalogue.tokenizers)
    if stated not in catalogue.figures and tokenizer is not None:
        steps = (f"tokens of {tokenizer.name} over those of the tokenizer the traffic was counted with, on one text",
                 "the mean over kinds in English; p10 to p90 over all kinds, the doubt of both in quadrature",
                 "times how much longer or shorter another model answers")  # fmt: skip
        parts = (tokenizer.id, default)
        told, rests_on = (steps, parts) if side == "output" else (steps[:2], parts[:1])
        return [Sum(said.string, told, rests_on, tokenizer.evidence[:1])]
    names = [name for name in (stated, default) if name in catalogue.figures]
    return [Named("figures", name, catalogue.figures[name]) for name in names][:1]


def _bar(catalogue: Catalogue, _said: re.Match[str]) -> Sequence[Sum]:
    sources = {score.evidence.source: score.evidence for score in catalogue.quality.values()}
    steps = ("the ability index of the model that the study asks to match: what runs today, else the one it names",
             "its interval is the index's standard error; --why MODEL shows the score of one")  # fmt: skip
    return [Sum(BAR, steps, (), tuple(sources.values()))]


def _per_hour(catalogue: Catalogue, said: re.Match[str]) -> Sequence[Sum]:
    """Return what an hour of an accelerator costs: the cheapest rent of each form, and servers for sale."""
    name = said["name"]
    if name not in catalogue.accelerators:
        return []
    cheapest: dict[str, GpuOffer] = {}
    for offer in sorted(catalogue.gpu_offers, key=lambda o: (o.usd_per_device_h, o.id)):
        if offer.accelerator == name:
            cheapest.setdefault(offer.price_type, offer)
    steps = [f"{form.replace('_', ' ')}: {o.usd_per_device_h:,.4g} USD/(device h), the cheapest on offer ({o.id})"
             for form, o in cheapest.items()]  # fmt: skip
    servers = [server.id for server in catalogue.servers if server.accelerator == name]
    steps += [f"owned: the price of {server} over its life, with power, site and people, in the ledger"
              for server in servers]  # fmt: skip
    if not steps:
        return []
    rent = "a candidate's dollars an hour: price x devices of an instance x instances, which follow from the traffic"
    return [Sum(said.string, (rent, *steps), (*(o.id for o in cheapest.values()), *servers))]


def _candidate(catalogue: Catalogue, said: re.Match[str]) -> Sequence[Sum]:
    model, accelerator = said["model"], said["name"]
    if model not in catalogue.open_models or accelerator not in catalogue.accelerators:
        return []
    steps = (f"devices: shapes of {model}, rates of {accelerator} and the traffic give what one replica carries "
             f"(steelyard size --model {model})",)  # fmt: skip
    return [Sum(said.string, steps, (f"shapes of {model}", f"rates of {accelerator}", f"{PER_HOUR}{accelerator}"))]


_WORDS: tuple[tuple[re.Pattern[str], Callable[[Catalogue, re.Match[str]], Sequence[Named | Sum]]], ...] = (
    (re.compile(re.escape(BAR)), _bar),
    (re.compile(r"price of (?P<model>.+) at (?P<seller>.+)"), _listing),
    (re.compile(r"price of (?P<name>.+)"), _entry("servers")),
    (re.compile(r"rent of (?P<instance>.+) at (?P<seller>[^,]+), (?P<type>[a-z0-9 ]+)"), _rent),
    (re.compile(r"shapes of (?P<name>.+)"), _entry("models")),
    (re.compile(r"rates of (?P<name>.+)"), _entry("accelerators")),
    (re.compile(r"price_factor\.(?P<seller>[^.]+)\.(?P<model>.+)"), _listing),
    (re.compile(r"server_usd\.(?P<name>.+)"), _entry("servers")),
    (re.compile(r"(?P<side>input|output)_token_ratio\.(?P<name>.+)"), _ratio),
    (re.compile(r"tokens\.(?P<side>input|output)_ratio\.(?P<name>.+)"), _ratio),
    (re.compile(r"(?:usd_per_h|rent_factor)\.(?P<name>.+)"), _per_hour),
    (re.compile(rf"(?P<model>\S+){_ON}(?P<name>\S+)"), _candidate),
)
"""Words and names of inputs, as ``study.assumptions`` and ledgers write them -> what they stand for."""
