"""What a task needs of a model: the capabilities that must clear the screen beside the overall index."""

from collections.abc import Iterable, Mapping

__all__ = ["CAPABILITIES", "capabilities_needed", "in_words"]

CAPABILITIES: tuple[str, ...] = ("chat", "coding", "factuality", "instruction_following", "long_context", "maths",
                                 "reasoning", "tool_use", "vision", "writing")  # fmt: skip
"""Capabilities that public benchmarks speak for."""
_TASKS: Mapping[str, tuple[str, ...]] = {
    "chat": ("chat", "instruction_following"), "support": ("chat", "instruction_following"),
    "code": ("coding",), "coding": ("coding",),
    "agent": ("tool_use", "instruction_following"), "tool_use": ("tool_use", "instruction_following"),
    "extraction": ("instruction_following",), "classification": ("instruction_following",),
    "summarise": ("factuality",), "summarize": ("factuality",), "summarisation": ("factuality",),
    "rag": ("factuality", "long_context"), "search": ("factuality", "long_context"),
    "question_answering": ("factuality",), "legal_research": ("factuality", "long_context"),
    "writing": ("writing", "instruction_following"), "maths": ("maths",), "math": ("maths",),
    "reasoning": ("reasoning",), "analysis": ("reasoning",), "vision": ("vision",),
}  # fmt: skip
"""Task -> capabilities; a judgement, so a task not listed needs none beside the overall index."""
_NEEDS: Mapping[str, str] = {
    "tools": "tool_use", "tool_calling": "tool_use", "function_calling": "tool_use", "tool_use": "tool_use",
    "images": "vision", "vision": "vision", "code": "coding", "math": "maths", "reasoning": "reasoning",
    "facts": "factuality",
}  # fmt: skip
"""Spellings of a need in a study."""


def _key(name: str) -> str:
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
    stated = (_NEEDS.get(_key(need), _key(need)) for need in needs)
    wanted = (*_TASKS.get(_key(task), ()), *(name for name in stated if name in CAPABILITIES))
    return tuple(dict.fromkeys(wanted))


def in_words(capability: str) -> str:
    """Return a capability as a reader calls it."""
    return capability.replace("_", " ")
