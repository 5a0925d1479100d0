"""What a task needs of a model: the capabilities that must clear the screen beside the overall index."""

from collections.abc import Iterable, Mapping
from typing import get_args

from steelyard.domain.model import Capability

__all__ = ["CAPABILITIES", "NEEDS", "TASKS", "capabilities_needed", "feature_of", "in_words", "key_of"]

CAPABILITIES: tuple[str, ...] = ("chat", "coding", "factuality", "instruction_following", "long_context", "maths",
                                 "reasoning", "tool_use", "vision", "writing")  # fmt: skip
"""Capabilities that public benchmarks speak for."""
_TASKS: Mapping[str, tuple[str, ...]] = {
    "chat": ("chat", "instruction_following"), "support": ("chat", "instruction_following"),
    "chatbot": ("chat", "instruction_following"), "assistant": ("chat", "instruction_following"),
    "customer_support": ("chat", "instruction_following"), "customer_service": ("chat", "instruction_following"),
    "code": ("coding",), "coding": ("coding",), "code_review": ("coding",), "code_completion": ("coding",),
    "code_generation": ("coding",), "code_repair": ("coding",), "coding_assistant": ("coding",),
    "text_to_sql": ("coding",),
    "agent": ("tool_use", "instruction_following"), "tool_use": ("tool_use", "instruction_following"),
    "extraction": ("instruction_following",), "classification": ("instruction_following",),
    "data_extraction": ("instruction_following",), "document_extraction": ("instruction_following",),
    "moderation": ("instruction_following",), "routing": ("instruction_following",),
    "summarise": ("factuality",), "summarize": ("factuality",), "summarisation": ("factuality",),
    "summarization": ("factuality",), "qa": ("factuality",), "knowledge": ("factuality",),
    "rag": ("factuality", "long_context"), "search": ("factuality", "long_context"),
    "question_answering": ("factuality",), "legal_research": ("factuality", "long_context"),
    "writing": ("writing", "instruction_following"), "maths": ("maths",), "math": ("maths",),
    "reasoning": ("reasoning",), "analysis": ("reasoning",), "vision": ("vision",),
    **dict.fromkeys(("data_to_text", "generation", "matching", "mixed", "ner", "nli", "other", "paraphrase", "rag_qa",
                     "reading", "sentiment", "similarity", "toxicity", "translation"), ()),
}  # fmt: skip
"""Task -> capabilities; a judgement. One without any is screened by the overall index alone, ``other`` among them."""
_NEEDS: Mapping[str, str] = {
    "tools": "tool_use", "tool_calling": "tool_use", "function_calling": "tool_use", "tool_use": "tool_use",
    "images": "vision", "vision": "vision", "code": "coding", "math": "maths", "reasoning": "reasoning",
    "facts": "factuality",
}  # fmt: skip
"""Spellings of a need in a study."""
_FEATURES: Mapping[str, str] = {"tool_calling": "tools", "function_calling": "tools", "images": "vision"}
"""Other spellings of what vendors publish as a feature."""
TASKS: tuple[str, ...] = tuple(sorted(_TASKS))
"""Tasks that a study may name."""
NEEDS: tuple[str, ...] = tuple(sorted({*CAPABILITIES, *_NEEDS, *get_args(Capability)}))
"""Capabilities that a study may name."""


def key_of(name: str) -> str:
    """Return a word of a study as it stands in a list: small letters, underscores.

    Examples
    --------
    >>> key_of(" Legal research"), key_of("text-to-SQL")
    ('legal_research', 'text_to_sql')
    """
    return name.strip().lower().replace(" ", "_").replace("-", "_")


def capabilities_needed(task: str, needs: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the capabilities that a task and its stated needs call for, in order; names nobody scores are left out.

    Parameters
    ----------
    task
        Task as in the study, such as ``chat`` or ``legal research``.
    needs
        Capabilities named in the study.

    Examples
    --------
    >>> capabilities_needed("legal research", ["tools"])
    ('factuality', 'long_context', 'tool_use')
    """
    stated = (_NEEDS.get(key_of(need), key_of(need)) for need in needs)
    wanted = (*_TASKS.get(key_of(task), ()), *(name for name in stated if name in CAPABILITIES))
    return tuple(dict.fromkeys(wanted))


def feature_of(need: str) -> str:
    """Return a stated need in the word of vendors' lists of features, where they have one.

    Examples
    --------
    >>> feature_of("function calling"), feature_of("Tools"), feature_of("maths")
    ('tools', 'tools', 'maths')
    """
    return _FEATURES.get(key_of(need), key_of(need))


def in_words(capability: str) -> str:
    """Return a capability as a reader calls it."""
    return capability.replace("_", " ")
