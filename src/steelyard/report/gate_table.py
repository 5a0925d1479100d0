"""What the gates answer, option by option: a table to look over, and each answer with what it rests on."""

from collections.abc import Mapping
from dataclasses import dataclass

from steelyard.domain.claims import GateFinding
from steelyard.domain.result import OptionResult, Result

__all__ = ["ANSWER_WORDS", "GateRow", "gate_names", "gate_rows"]

ANSWER_WORDS: Mapping[str, str] = {
    "no blocking rule found": "no rule against it", "possible if you can show": "to show", "unknown": "unknown",
    "blocked": "blocked",
}  # fmt: skip
"""Answer of a gate -> its words in a cell."""
_WORST_LAST = tuple(ANSWER_WORDS)


@dataclass(frozen=True, slots=True)
class GateRow:
    """One option across the gates."""

    option: OptionResult
    """The option."""
    cells: tuple[tuple[str, str], ...]
    """By gate: the worst answer in its own words, and how many rules say so; empty where it was not asked."""


def gate_names(result: Result) -> tuple[str, ...]:
    """Return every gate that some option met, in the order first met."""
    return tuple(dict.fromkeys(g.gate for o in result.options for g in o.gates))


def gate_rows(result: Result) -> tuple[GateRow, ...]:
    """Return one row per option that met a gate."""
    names = gate_names(result)
    return tuple(GateRow(o, tuple(_cell(o.gates, name) for name in names)) for o in result.options if o.gates)


def _cell(gates: tuple[GateFinding, ...], name: str) -> tuple[str, str]:
    found = [g.answer for g in gates if g.gate == name]
    if not found:
        return "", ""
    worst = max(found, key=_WORST_LAST.index)
    times = found.count(worst)
    return worst, ANSWER_WORDS[worst] + (f" ({times})" if times > 1 else "")
