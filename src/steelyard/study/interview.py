"""The interview: ten questions, then a study file in which every key stands, explained, said or left at its default."""

from collections.abc import Mapping
from dataclasses import dataclass

from steelyard.study.fields import Field, Section
from steelyard.study.fields_study import STUDY
from steelyard.study.flags import FLAGS, Flag, text_from_flags
from steelyard.study.load import study_from_text

__all__ = ["QUESTIONS", "Question", "commented_study"]

_WIDTH = 118
_KEYS_SHOWN = 44


@dataclass(frozen=True, slots=True)
class Question:
    """One question of the interview."""

    number: int
    """From 1 to 10."""
    words: str
    """As asked."""
    parameters: tuple[tuple[str, str], ...]
    """Flags it fills: argument name and what to ask for each."""
    default: str = ""
    """Answer taken for an empty line; empty: the default of the study file."""
    only_without_log: bool = False
    """Whether it is skipped once a log is named."""


QUESTIONS: tuple[Question, ...] = (
    Question(1, "What shall the study be called?", (("name", "name"),), default="study"),
    Question(2, "Where is your usage log? (a path; empty if you have none)", (("log", "path"),)),
    Question(3, "How much traffic is it?",
             (("requests_per_month", "requests a month (12M, or 12M to 20M)"),
              ("input_tokens", "mean input tokens per request"),
              ("output_tokens", "mean output tokens per request")), only_without_log=True),
    Question(4, "How will it grow?", (("growth", "2% to 6% per month"),)),
    Question(5, "What runs now?", (("today", "provider/model, or none"),), default="none"),
    Question(6, "Does the data legally need to stay on-premises?", (("must_stay", "yes, no or unknown"),),
             default="unknown"),
    Question(7, "Is there unique training data that others cannot access?", (("exclusive_data", "yes, no or unknown"),),
             default="unknown"),
    Question(8, "What is your total operating expense per year? (tells whether inference is the first expense)",
             (("operating_expense_per_year", "such as $9M; empty if unknown"),)),
    Question(9, "Is the model itself the core differentiator?", (("model_is_product", "yes, no or unknown"),),
             default="unknown"),
    Question(10, "How many engineers could run serving today?", (("engineers", "a number"),)),
)  # fmt: skip
"""The ten questions; the four of the framework are 6, 7, 8 and 9."""


def commented_study(given: Mapping[str, str | tuple[str, ...] | None]) -> str:
    """Return a study file with every key explained; what was not said stands as a comment with its default.

    Parameters
    ----------
    given
        Argument name (``requests_per_month``) -> text as typed; absent, None or empty is not said.

    Raises
    ------
    StudyError
        If the answers do not make a study; nothing is worth writing then.
    """
    said = _said(given)
    lines = ["# A Steelyard study: what is commented out is taken at the default shown.",
             "# `low to high` is an 80 % interval; k, M and B are decimal; amounts are in USD.", ""]  # fmt: skip
    for entry in STUDY.fields:
        lines += _section(entry, entry.kind, said) if isinstance(entry.kind, Section) else _field(entry, said, "")
        lines.append("")
    text = "\n".join(lines).rstrip() + "\n"
    study_from_text(text, "study.yaml")
    return text


def _said(given: Mapping[str, str | tuple[str, ...] | None]) -> dict[tuple[str, ...], str]:
    """Return each key that was said, written as in a file."""
    said: dict[tuple[str, ...], str] = {}
    for flag in FLAGS:
        line = _written(flag, given)
        if line:
            said[flag.path] = line
    return said


def _written(flag: Flag, given: Mapping[str, str | tuple[str, ...] | None]) -> str:
    text = text_from_flags({flag.parameter: given.get(flag.parameter)})
    return text.rstrip("\n").rpartition("\n")[2].partition(": ")[2]


def _section(entry: Field, section: Section, said: Mapping[tuple[str, ...], str]) -> list[str]:
    lines = [f"# {entry.help}", f"{entry.key}:"]
    for field in section.fields:
        lines += _field(field, said, entry.key, indent="  ")
    return lines


def _field(entry: Field, said: Mapping[tuple[str, ...], str], parent: str, *, indent: str = "") -> list[str]:
    path = (parent, entry.key) if parent else (entry.key,)
    if path in said:
        line = f"{indent}{entry.key}: {said[path]}"
    else:
        line = f"# {indent}{entry.key}: {entry.default or ''}".rstrip()
    if len(line) <= _KEYS_SHOWN and len(entry.help) + _KEYS_SHOWN + 4 <= _WIDTH:
        return [f"{line:<{_KEYS_SHOWN}}  # {entry.help}"]
    return [f"{indent}# {entry.help}", line]
