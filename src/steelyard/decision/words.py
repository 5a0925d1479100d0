"""Words for options and inputs as they stand inside a sentence; its numbers are printed by ``steelyard.printed``."""

__all__ = ["doing", "in_a_sentence"]

_DOING = {"Buy": "buying", "Keep": "keeping", "Run": "running", "Tune": "tuning", "Fine-tune": "fine-tuning",
          "Train": "training", "Pre-train": "pre-training", "Serve": "serving", "Ask": "asking"}  # fmt: skip


def doing(label: str) -> str:
    """Return an option's label as an activity: ``Buy x from y`` becomes ``buying x from y``."""
    verb, _, rest = label.partition(" ")
    return f"{_DOING.get(verb, verb)} {rest}" if verb in _DOING else label


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
