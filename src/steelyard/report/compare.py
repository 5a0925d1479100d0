"""Two decisions side by side: what changed, what moved it, whether the verdict flipped."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from steelyard.domain.result import AssumptionRow, OptionResult, Result
from steelyard.report.numbers import MINUS, count, day, money, percent
from steelyard.report.story import headline, label_of, standing
from steelyard.report.text import clip, columns, markdown_text, plain

__all__ = ["Moved", "change_in_words", "render_compare"]

_SHOWN = 12
_WIDTH = 80
_WIDEST_CELL = 24
_NUMBER = re.compile(r"[-\u2212]?\d[\d,]*(?:\.\d+)?(?:[eE][-+]?\d+)?")
_NOTICED = 1e-9


@dataclass(frozen=True, slots=True)
class Moved:
    """One step from one result to the other: an input, and what its change did to the cost of the chosen option."""

    input: str
    """Words for the input."""
    before: str
    """Value before, with unit."""
    after: str
    """Value after, with unit."""
    usd: float
    """Change of the present value [USD]."""


@dataclass(frozen=True, slots=True)
class _Block:
    """A heading and rows under named columns."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def change_in_words(before: Result, after: Result) -> str:
    """Return one line: what changed most, whether the verdict holds, and how the margin moved."""
    moved = _largest_change(before, after)
    lead = f"{moved}: " if moved else ""
    if before.verdict_option != after.verdict_option or before.verdict != after.verdict:
        return f"{lead}the verdict flips from {_named(before)} to {_named(after)}"
    return f"{lead}still {_named(after)}{_margin_words(_margin(before), _margin(after))}"


def render_compare(before: Result, after: Result, *, steps: Sequence[Moved] = (), markdown: bool = False) -> str:
    """Return the comparison as text for a terminal, or as Markdown for a pull request.

    Parameters
    ----------
    before, after
        The two decisions.
    steps
        The waterfall from one to the other, computed where the ledgers are.
    markdown
        Whether to write Markdown.
    """
    said = change_in_words(before, after)
    first = said[0].upper() + said[1:]
    facts = f"{plain(before.study)}, as of {day(before.as_of)} \u2192 {plain(after.study)}, as of {day(after.as_of)}"
    blocks = (_options(before, after), _waterfall(steps), _assumptions(before, after), _inputs(before, after),
              _standing(before, after), _warnings(before, after))  # fmt: skip
    filled = [block for block in blocks if block.rows]
    if markdown:
        parts = [f"**{markdown_text(first)}**", markdown_text(facts)]
        parts += map(_markdown, filled)
    else:
        parts = [first, facts, *map(_plain_table, filled)]
    return "\n\n".join(parts).replace("\u00a0", " ") + "\n"


def _named(result: Result) -> str:
    label = label_of(result, result.verdict_option)
    return f"{headline(result)} ({label})" if label else headline(result)


def _margin(result: Result) -> float | None:
    """Return runner-up less chosen, mean present value [USD]; None without either."""
    costs = {o.id: o.npv_cost_usd.mean for o in result.options if o.feasible and o.npv_cost_usd}
    chosen = costs.pop(result.verdict_option or "", None)
    return min(costs.values()) - chosen if chosen is not None and costs else None


def _margin_words(before: float | None, after: float | None) -> str:
    if before is None or after is None:
        return ""
    if before > 0 and after > 0:
        return f", margin {_percent_change(after / before - 1)}"
    return f", margin {money(before)} \u2192 {money(after)}"


def _percent_change(change: float) -> str:
    if abs(change) < _NOTICED:
        return "unchanged"
    return ("+" if change > 0 else MINUS) + percent(abs(change))


def _number(words: str) -> float | None:
    found = _NUMBER.search(words)
    return float(found[0].replace(",", "").replace(MINUS, "-")) if found else None


def _pairs(before: Result, after: Result) -> list[tuple[AssumptionRow, AssumptionRow, float]]:
    """Return assumptions whose value differs, with the size of the change, largest first."""
    old = {a.name: a for a in before.assumptions}
    pairs = [(old[row.name], row, _size(_number(old[row.name].value), _number(row.value)))
             for row in after.assumptions if row.name in old and old[row.name].value != row.value]  # fmt: skip
    return sorted(pairs, key=lambda pair: (-pair[2], pair[1].name))


def _size(before: float | None, after: float | None) -> float:
    """Return how far a value moved, on a log scale where both are positive."""
    if before is None or after is None or before == after:
        return 0.0
    return abs(math.log(after / before)) if before > 0 and after > 0 else math.inf


def _largest_change(before: Result, after: Result) -> str:
    pairs = _pairs(before, after)
    if not pairs:
        return ""
    old, new, size = pairs[0]
    one, other = _number(old.value), _number(new.value)
    if one is None or other is None or one <= 0 or not math.isfinite(size):
        return f"{plain(new.name)} changed from {plain(old.value)} to {plain(new.value)}"
    return f"{plain(new.name)} {'rose' if other > one else 'fell'} {percent(abs(other / one - 1))}"


def _options(before: Result, after: Result) -> _Block:
    old = {o.id: o for o in before.options}
    rows: list[tuple[str, ...]] = []
    for option in after.options:
        was, now = _cost(old.get(option.id)), _cost(option)
        if was is not None or now is not None:
            mark = "\u25cf " if option.id == after.verdict_option else ""
            rows.append((mark + plain(option.label), _money(was), _money(now), _cost_change(was, now)))
    gone = [o for o in before.options if o.id not in {p.id for p in after.options}]
    rows += [(plain(o.label), _money(_cost(o)), "\u2013", "gone") for o in gone]
    return _Block("Cost, mean present value", ("Option", "Before", "After", "Change"), tuple(rows))


def _money(usd: float | None) -> str:
    return "\u2013" if usd is None else money(usd)


def _cost_change(before: float | None, after: float | None) -> str:
    if before is None:
        return "new"
    return _percent_change(after / before - 1) if after is not None and before > 0 else "\u2013"


def _cost(option: OptionResult | None) -> float | None:
    return option.npv_cost_usd.mean if option and option.npv_cost_usd else None


def _waterfall(steps: Sequence[Moved]) -> _Block:
    ordered = sorted(steps, key=lambda s: (-abs(s.usd), s.input))[:_SHOWN]
    rows = tuple((plain(s.input), plain(s.before), plain(s.after), money(s.usd, sign=True)) for s in ordered)
    return _Block("What moved the cost of the chosen option", ("Input", "Before", "After", "By"), rows)


def _assumptions(before: Result, after: Result) -> _Block:
    rows = tuple((f"{plain(new.name)}, {plain(new.unit)}", plain(old.value), plain(new.value), day(new.as_of))
                 for old, new, _ in _pairs(before, after)[:_SHOWN])  # fmt: skip
    return _Block("Assumptions that changed", ("Figure", "Before", "After", "Seen"), rows)


def _inputs(before: Result, after: Result) -> _Block:
    old: Mapping[str, float] = before.base_case
    names = [n for n in after.base_case if n in old and not n.startswith("npv_cost_usd.")
             and not math.isclose(old[n], after.base_case[n], rel_tol=_NOTICED)]  # fmt: skip
    names.sort(key=lambda n: (-_size(old[n], after.base_case[n]), n))
    rows = tuple((plain(n), count(old[n]), count(after.base_case[n])) for n in names[:_SHOWN])
    return _Block("Inputs of the base case that changed", ("Input", "Before", "After"), rows)


def _standing(before: Result, after: Result) -> _Block:
    old = {o.id: standing(o) for o in before.options}
    changed = [o for o in after.options if o.id in old and old[o.id] != standing(o)]
    rows = tuple((plain(o.label), old[o.id], standing(o)) for o in changed)
    return _Block("Standing that changed", ("Option", "Before", "After"), rows)


def _warnings(before: Result, after: Result) -> _Block:
    return _Block("New warnings", ("Warning",), tuple((plain(w),) for w in after.warnings if w not in before.warnings))


def _markdown(block: _Block) -> str:
    lines = [f"### {block.title}", "", "| " + " | ".join(block.head) + " |", "|" + "---|" * len(block.head)]
    return "\n".join([*lines, *("| " + " | ".join(markdown_text(c) for c in row) + " |" for row in block.rows)])


def _plain_table(block: _Block) -> str:
    """Return a table of at most 80 columns: the first column takes what the others leave."""
    body = (block.head, *block.rows)
    widths = [min(max(columns(row[k]) for row in body), _WIDEST_CELL) for k in range(1, len(block.head))]
    first = _WIDTH - sum(widths) - 2 * len(widths)
    return "\n".join([block.title.upper(), *(_line(row, first, widths) for row in body)])


def _line(row: tuple[str, ...], first: int, widths: Sequence[int]) -> str:
    cells = [_pad(clip(c, w), w, right=True) for c, w in zip(row[1:], widths, strict=True)]
    return "  ".join([_pad(clip(row[0], first), first), *cells]).rstrip()


def _pad(words: str, width: int, *, right: bool = False) -> str:
    room = " " * max(width - columns(words), 0)
    return room + words if right else words + room
