"""Sources of prices on the network, asked only by ``steelyard prices refresh``; nothing else imports this room."""

from functools import cache

from steelyard.publishers.publisher import Publisher
from steelyard.registry import plugins

__all__ = ["known_publishers"]


@cache
def known_publishers() -> dict[str, Publisher]:
    """Return every publisher by name; a new one is a new file in ``sources``."""
    found = plugins("steelyard.publishers.sources", "publishers")
    return {name: publisher for name, publisher in found.items() if isinstance(publisher, Publisher)}
