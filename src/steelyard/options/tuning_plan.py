"""How a model is made one's own: by what method, from which data, on which machines, how often."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["Corpus", "Devices", "Examples", "Method", "Tuning"]

Method = Literal["managed", "lora", "full", "continued_pre_training", "from_scratch"]
"""A seller's service; adapters; all weights on examples; all weights on a corpus, then examples; a new model."""


@dataclass(frozen=True, slots=True)
class Examples:
    """Labelled examples that a tuning learns from."""

    count: float | None
    """Examples the study states, labelled already; None: as many as published tunings took, still to be labelled."""
    tokens: float
    """Mean tokens of one, input and output [token]."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """Text that pre-training learns from."""

    tokens: float | None
    """Tokens learned from [token]; None: as many as published models of that size saw."""
    own_tokens: float
    """Tokens of the organisation's own among them, which are to be cleaned; open corpora are clean [token]."""


@dataclass(frozen=True, slots=True)
class Devices:
    """Rented machines that train, and how well they are used."""

    accelerator: str
    """Accelerator."""
    usd_per_device_h: float
    """List rent [USD/(device h)]."""
    source: str
    """Who lists it."""
    flop_per_s: float
    """What one achieves: its dense bf16 peak times the share published runs reach [FLOP/s]."""
    flop_per_example_token: float
    """Operations a token of an example takes [FLOP/token]."""
    flop_per_corpus_token: float
    """Operations a token of the corpus takes [FLOP/token]."""
    least: int = 1
    """Fewest that hold the job [device]."""
    share_from: str = ""
    """Accelerator whose published runs the share is taken from; empty where runs on this one are published."""


@dataclass(frozen=True, slots=True)
class Tuning:
    """How an option's model was made one's own."""

    method: Method
    """How."""
    base: str
    """Model it starts from; for one trained from scratch, the open model whose shape it has."""
    months: tuple[int, ...]
    """Months in which it is done: the first, then each repeat."""
    examples: Examples
    """Labelled examples."""
    corpus: Corpus | None = None
    """Text, where it learns from some."""
    active_parameters: float = 0.0
    """Parameters of the base used per token [1]; 0 where a seller does not tell."""
    devices: Devices | None = None
    """Machines that train; None where a seller does."""
