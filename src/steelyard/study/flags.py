"""The same study without a file: flags become the text of a study, and the text is loaded like any other."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from steelyard.domain.study import Study
from steelyard.errors import Fault, StudyError
from steelyard.study.load import study_from_text

__all__ = ["FLAGS", "Flag", "named_by_flag", "study_from_flags", "text_from_flags"]

_PLAIN = re.compile(r"[\w$%./+@][\w$%./+@ -]*")
_FLAGS_NAME = "study"
_STATED = ("--requests-per-month", "--input-tokens", "--output-tokens")


@dataclass(frozen=True, slots=True)
class Flag:
    """One flag and the study key it sets."""

    option: str
    """As typed, such as ``--requests-per-month``."""
    path: tuple[str, ...]
    """Keys of the study, outermost first."""
    many: bool = False
    """Whether it may be given more than once."""

    @property
    def parameter(self) -> str:
        """Name as a Python argument."""
        return self.option.removeprefix("--").replace("-", "_")


FLAGS: tuple[Flag, ...] = (
    Flag("--name", ("study",)),
    Flag("--log", ("traffic", "log"), many=True),
    Flag("--requests-per-month", ("traffic", "requests_per_month")),
    Flag("--input-tokens", ("traffic", "input_tokens")),
    Flag("--output-tokens", ("traffic", "output_tokens")),
    Flag("--growth", ("traffic", "growth")),
    Flag("--shape", ("traffic", "shape")),
    Flag("--today", ("today",)),
    Flag("--must-stay", ("data", "must_stay_on_premises")),
    Flag("--exclusive-data", ("training_data", "exclusive")),
    Flag("--model-is-product", ("differentiator", "model_is_product")),
    Flag("--regime", ("data", "regimes"), many=True),
    Flag("--country", ("data", "countries"), many=True),
    Flag("--engineers", ("team", "ml_platform_engineers")),
    Flag("--operating-expense-per-year", ("economics", "operating_expense_per_year")),
    Flag("--horizon", ("horizon",)),
)
"""Flags of ``decide`` and ``init``, in the order of the interview."""


def text_from_flags(given: Mapping[str, str | tuple[str, ...] | None]) -> str:
    """Return the study file that says what the flags say.

    Parameters
    ----------
    given
        Argument name (``requests_per_month``) -> text as typed; absent, None or empty is not said.
    """
    tree: dict[str, str | dict[str, str]] = {}
    for flag in FLAGS:
        value = given.get(flag.parameter)
        if value is None or value == ():
            continue
        written = f"[{', '.join(map(_scalar, value))}]" if isinstance(value, tuple) else _scalar(value)
        if len(flag.path) == 1:
            tree[flag.path[0]] = written
        else:
            section = tree.setdefault(flag.path[0], {})
            assert isinstance(section, dict)
            section[flag.path[1]] = written
    return "".join(_lines(key, value) for key, value in tree.items())


def study_from_flags(given: Mapping[str, str | tuple[str, ...] | None], *, base: Path | None = None) -> Study:
    """Return the study that the flags state; its ``text`` is the study file that says the same.

    Parameters
    ----------
    given
        Argument name (``requests_per_month``) -> text as typed; absent, None or empty is not said.
    base
        Folder against which log paths are checked.

    Raises
    ------
    StudyError
        With every fault, each named by its flag.
    """
    text = text_from_flags(given) or "traffic: {}\n"
    try:
        return study_from_text(text, _FLAGS_NAME, base=base)
    except StudyError as error:
        raise StudyError([named_by_flag(fault) for fault in error.faults]) from None


def _scalar(text: str) -> str:
    stripped = text.strip()
    mapping = stripped.startswith("{") and stripped.endswith("}") and "\n" not in stripped
    return stripped if mapping or _PLAIN.fullmatch(stripped) else json.dumps(text, ensure_ascii=False)


def _lines(key: str, value: str | dict[str, str]) -> str:
    if isinstance(value, str):
        return f"{key}: {value}\n"
    return f"{key}:\n" + "".join(f"  {inner}: {text}\n" for inner, text in value.items())


def named_by_flag(fault: Fault) -> Fault:
    """Replace the place in the text, which the user never saw, by the flag that was typed."""
    key = fault.where.rpartition(", ")[2]
    for flag in FLAGS:
        path = ".".join(flag.path)
        if key == path or key.startswith((f"{path}.", f"{path}[")):
            return Fault(fault.what, flag.option, fault.expected, fault.remedy)
    if key == "traffic" and "both" not in fault.what:
        return Fault(fault.what.replace("_", "-"), "flags", "--log, or " + ", ".join(_STATED), "Add what is missing")
    return Fault(fault.what, "flags", fault.expected, fault.remedy)
