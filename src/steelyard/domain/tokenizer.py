"""Tokenizers: into how many tokens each cuts the same text."""

import re
from collections.abc import Mapping
from typing import Literal

from steelyard.domain.evidence import Evidence
from steelyard.domain.value import Value
from steelyard.units import Count, Ratio

__all__ = ["ENGLISH", "TEXTS", "TextKind", "Tokenizer"]

TextKind = Literal["english", "legal", "code", "json", "ar", "de", "es", "fr", "hi", "ja", "ko", "pt", "ru", "zh"]
"""Kinds of text that were cut: four written in English, and interfaces in ten other languages."""
ENGLISH: tuple[TextKind, ...] = ("english", "legal", "code", "json")
"""Kinds whose mean is the central value of a ratio: technical prose, licences, Python, a JSON schema."""
TEXTS: tuple[TextKind, ...] = (*ENGLISH, "ar", "de", "es", "fr", "hi", "ja", "ko", "pt", "ru", "zh")
"""Every kind."""


class Tokenizer(Value):
    """A tokenizer, the models that use it, and its tokens on the same texts over those of o200k."""

    id: str
    """Identifier."""
    name: str
    """Name in words."""
    models: tuple[str, ...]
    """Identifiers of models that use it; ``*`` stands for any ending."""
    vocabulary: tuple[Count, ...] = ()
    """Rows of the embedding tables of open weights that use it."""
    tokens_over_o200k: Mapping[TextKind, Ratio]
    """Tokens of a text over those of OpenAI's o200k_base on the same text, by kind of text; absent: not measured."""
    doubt: Ratio
    """How far the ratios may be off beyond the kind of text: one side of the 80 % interval, as a factor above 1."""
    evidence: tuple[Evidence, ...]
    """Where it comes from."""

    def cuts(self, model: str) -> bool:
        """Return whether a model uses it.

        Parameters
        ----------
        model
            Identifier of the model.
        """
        return any(re.fullmatch(re.escape(name).replace(r"\*", ".*"), model) for name in self.models)
