"""Words for options and inputs as they stand inside a sentence; its numbers are printed by ``steelyard.printed``."""

import re

__all__ = ["doing", "in_a_sentence", "is_plural"]

_DOING = {"Buy": "buying", "Keep": "keeping", "Run": "running", "Tune": "tuning", "Fine-tune": "fine-tuning",
          "Train": "training", "Pre-train": "pre-training", "Serve": "serving", "Ask": "asking"}  # fmt: skip
_THEN = re.compile(r", (run|buy|pass) ")
"""A second verb of a label: ``Buy x now, run y``."""
_THEN_DOING = {"run": ", running ", "buy": ", buying ", "pass": ", passing "}
_AFTER_HEAD = re.compile(r" (a|against|an|each|for|of|on|over|per|than|that|to|until|left|paid|replaced|sent)\b")
"""What ends the noun that governs the verb: a preposition, an article, a participle."""


def doing(label: str) -> str:
    """Return an option's label as an activity: ``Buy x from y`` becomes ``buying x from y``.

    Examples
    --------
    >>> doing("Ask small first, pass on to large")
    'asking small first, passing on to large'
    """
    verb, _, rest = label.partition(" ")
    if verb not in _DOING:
        return label
    return f"{_DOING[verb]} {_THEN.sub(lambda found: _THEN_DOING[found[1]], rest)}"


def in_a_sentence(name: str) -> str:
    """Return an input's name as it stands inside a sentence.

    Examples
    --------
    >>> in_a_sentence("Requests a month"), in_a_sentence("GPU rent"), in_a_sentence("Server price")
    ('volume', 'GPU rent', 'server price')
    """
    if name == "Requests a month":
        return "volume"
    return name if name[1:2].isupper() else name[0].lower() + name[1:]


def is_plural(name: str) -> bool:
    """Return whether an input's name takes a plural verb: its head ends in one s, or it is a list.

    Examples
    --------
    >>> is_plural("API and hosted token prices"), is_plural("Bytes sent per token"), is_plural("Network, cables")
    (True, True, True)
    >>> is_plural("volume"), is_plural("Cost of an hour of who labels"), is_plural("Engine throughput against today's")
    (False, False, False)
    """
    head = _AFTER_HEAD.split(name, maxsplit=1)[0]
    return "," in head or re.search(r"[^s]s$", head) is not None
