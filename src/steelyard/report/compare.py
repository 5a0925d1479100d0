"""Two decisions side by side: what changed, what moved it, whether the verdict flipped."""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, NamedTuple, ParamSpec

from steelyard.domain.currency import shown_in
from steelyard.domain.result import AssumptionRow, OptionResult, Result
from steelyard.printed import MINUS, count, day, money, percent
from steelyard.report.story import headline, label_of, standing
from steelyard.report.text import clip, columns, markdown_text, plain, wrap

__all__ = ["Moved", "change_in_words", "compare_document", "render_compare"]

_SHOWN = 12
_WIDTH = 80
_MOST_LINES = 8
_CHOSEN = "\u25cf "
_NO_MARK = "  "
_WIDEST_CELL = 24
_NUMBER = re.compile(r"[-\u2212]?\d[\d,]*(?:\.\d+)?(?:[eE][-+]?\d+)?")
_NOTICED = 1e-9
_SAME_MOVE = 1e-3
"""Relative difference within which a figure and a price inside an option moved by as much [1]."""
_P = ParamSpec("_P")


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
    ratio: float | None = None
    """Value after over value before [1]; None where that is not said."""
    inside: bool = False
    """Whether the number is fixed inside the option, such as a list price."""


class _Pair(NamedTuple):
    """A figure before and after, and how far it moved."""

    before: AssumptionRow
    after: AssumptionRow
    size: float


@dataclass(frozen=True, slots=True)
class _Block:
    """A heading and rows under named columns."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def _in_one_currency(compare: Callable[Concatenate[Result, Result, _P], str]) -> Callable[
    Concatenate[Result, Result, _P], str]:  # fmt: skip
    """Return a comparison that shows amounts in the currency of both results; in USD where they differ."""

    @wraps(compare)
    def in_one_currency(before: Result, after: Result, /, *args: _P.args, **kwargs: _P.kwargs) -> str:
        same = before.display_currency == after.display_currency
        with shown_in(before.display_currency if same else None):
            return compare(before, after, *args, **kwargs)

    return in_one_currency


@_in_one_currency
def change_in_words(before: Result, after: Result, *, steps: Sequence[Moved] = ()) -> str:
    """Return one line: what changed most, whether the verdict holds, and how the margin moved.

    Parameters
    ----------
    before, after
        The two decisions.
    steps
        The waterfall between them; with it, what changed most is what moved the cost most.
    """
    pairs = _pairs(before, after)
    moved = _largest_step(steps, pairs) or _largest_change(pairs)
    lead = f"{moved}: " if moved else ""
    if before.verdict != after.verdict:
        return f"{lead}the verdict flips from {_named(before)} to {_named(after)}"
    if before.verdict_option != after.verdict_option:
        was = plain(label_of(before, before.verdict_option))
        return f"{lead}still {headline(after)}, but {plain(label_of(after, after.verdict_option))} instead of {was}"
    return f"{lead}still {_named(after)}{_margin_words(_margin(before), _margin(after))}"


@_in_one_currency
def render_compare(
    before: Result, after: Result, *, steps: Sequence[Moved] = (), missing: str = "", markdown: bool = False
) -> str:
    """Return the comparison as text for a terminal, or as Markdown for a pull request.

    Parameters
    ----------
    before, after
        The two decisions.
    steps
        The waterfall from one to the other, computed where the ledgers are.
    missing
        Why there is no waterfall, in words; said where given.
    markdown
        Whether to write Markdown.
    """
    lead = change_in_words(before, after, steps=steps)
    first = lead[0].upper() + lead[1:]
    facts = f"{plain(before.study)}, as of {day(before.as_of)} \u2192 {plain(after.study)}, as of {day(after.as_of)}"
    blocks = (_options(before, after), _waterfall(steps), _assumptions(before, after), _inputs(before, after),
              _standing(before, after), _warnings(before, after))  # fmt: skip
    filled = [block for block in blocks if block.rows]
    said = [first, facts, _summary(before, after), *([f"{missing[0].upper()}{missing[1:]}."] if missing else [])]
    if markdown:
        parts = [f"**{markdown_text(said[0])}**", *map(markdown_text, said[1:]), *map(_markdown, filled)]
    else:
        told = ("\n".join(wrap(words, _WIDTH, lines=_MOST_LINES)) for words in said)
        parts = [*told, *map(_plain_table, filled)]
    return "\n\n".join(parts).replace("\u00a0", " ") + "\n"


def compare_document(before: Result, after: Result, *, steps: Sequence[Moved] = ()) -> dict[str, object]:
    """Return the comparison as plain values for JSON: the sentence, both sides, and what moved.

    Parameters
    ----------
    before, after
        The two decisions.
    steps
        The waterfall from one to the other.
    """
    old: Mapping[str, float] = before.base_case
    return {
        "sentence": change_in_words(before, after, steps=steps).replace("\u00a0", " "),
        "verdict_flipped": before.verdict != after.verdict, "before": _side(before), "after": _side(after),
        "steps": [{"input": s.input, "before": s.before, "after": s.after, "usd": s.usd} for s in steps],
        "inputs": [{"input": n, "before": old[n], "after": after.base_case[n]} for n in _moved_inputs(before, after)],
        "assumptions": [{"name": new.name, "unit": new.unit, "before": was.value, "after": new.value,
                         "source": new.source, "as_of": day(new.as_of)} for was, new, _ in _pairs(before, after)],
        "new_warnings": [w for w in after.warnings if w not in before.warnings],
    }  # fmt: skip


def _side(result: Result) -> dict[str, object]:
    return {"study": result.study, "as_of": result.as_of.isoformat(), "verdict": result.verdict,
            "verdict_option": result.verdict_option, "confidence": result.confidence, "margin_usd": _margin(result),
            "npv_cost_usd": _cost(_chosen(result))}  # fmt: skip


def _chosen(result: Result) -> OptionResult | None:
    return next((o for o in result.options if o.id == result.verdict_option), None)


def _summary(before: Result, after: Result) -> str:
    """Return in words how cost and confidence of the choice moved, and how much else did."""
    was, now = _cost(_chosen(before)), _cost(_chosen(after))
    said = [f"The choice costs {_money(was)} \u2192 {_money(now)}."] if was is not None or now is not None else []
    if before.confidence is not None and after.confidence is not None:
        said.append(f"Confidence {percent(before.confidence)} \u2192 {percent(after.confidence)}.")
    inputs, figures = len(_moved_inputs(before, after)), len(_pairs(before, after))
    old = {a.name for a in before.assumptions}
    fresh = sum(a.name not in old for a in after.assumptions)
    said.append(f"Inputs of the base case that moved: {inputs}; figures that changed: {figures}; new figures: {fresh}.")
    same = before.receipt.study_sha256 == after.receipt.study_sha256
    facts = before.receipt.facts_sha256 == after.receipt.facts_sha256
    said.append(f"{'The same' if same else 'Another'} study, {'the same' if facts else 'other'} facts.")
    return " ".join(said)


def _largest_step(steps: Sequence[Moved], pairs: Sequence[_Pair]) -> str:
    """Return words for the input that moved the cost most; empty where no input with values did.

    A price inside the option is told as the figure it comes from, where one figure moved by as much.
    """
    largest = max(steps, key=lambda s: abs(s.usd), default=None)
    if largest is None or not largest.before:
        return ""
    if largest.inside and largest.ratio is not None:
        same = [pair for pair in pairs if _ratio(pair) is not None
                and math.isclose(_ratio(pair) or 0.0, largest.ratio, rel_tol=_SAME_MOVE)]  # fmt: skip
        return _change_of(same[0]) if len(same) == 1 else f"{plain(largest.input)} {_rose(largest.ratio)}"
    return f"{plain(largest.input)} went from {plain(largest.before)} to {plain(largest.after)}"


def _rose(ratio: float) -> str:
    return f"{'rose' if ratio > 1 else 'fell'} {percent(abs(ratio - 1))}"


def _ratio(pair: _Pair) -> float | None:
    """Return the value after over the value before, of the first number in each; None where that says nothing."""
    one, other = _number(pair.before.value), _number(pair.after.value)
    return other / one if one is not None and other is not None and one > 0 and other > 0 else None


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


def _pairs(before: Result, after: Result) -> list[_Pair]:
    """Return assumptions whose value differs, with the size of the change, largest first."""
    old = {a.name: a for a in before.assumptions}
    pairs = [_Pair(old[row.name], row, _size(_number(old[row.name].value), _number(row.value)))
             for row in after.assumptions if row.name in old and old[row.name].value != row.value]  # fmt: skip
    return sorted(pairs, key=lambda pair: (-pair.size, pair.after.name))


def _size(before: float | None, after: float | None) -> float:
    """Return how far a value moved, on a log scale where both are positive."""
    if before is None or after is None or before == after:
        return 0.0
    return abs(math.log(after / before)) if before > 0 and after > 0 else math.inf


def _largest_change(pairs: Sequence[_Pair]) -> str:
    """Return words for the figure that changed most; empty where only words beside the numbers did."""
    return _change_of(pairs[0]) if pairs and pairs[0].size else ""


def _change_of(pair: _Pair) -> str:
    ratio = _ratio(pair)
    if ratio is None:
        return f"{plain(pair.after.words)} changed from {plain(pair.before.value)} to {plain(pair.after.value)}"
    return f"{plain(pair.after.words)} {_rose(ratio)}"


def _options(before: Result, after: Result) -> _Block:
    old = {o.id: o for o in before.options}
    rows: list[tuple[str, ...]] = []
    for option in after.options:
        was, now = _cost(old.get(option.id)), _cost(option)
        if was is not None or now is not None:
            mark = _CHOSEN if option.id == after.verdict_option else _NO_MARK
            rows.append((mark + plain(option.label), _money(was), _money(now), _cost_change(was, now)))
    gone = [o for o in before.options if o.id not in {p.id for p in after.options}]
    rows += [(_NO_MARK + plain(o.label), _money(_cost(o)), "\u2013", "gone") for o in gone]
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
    ordered = sorted(steps, key=lambda s: (-abs(s.usd), s.input))
    rows = [(plain(s.input), plain(s.before), plain(s.after), money(s.usd, sign=True)) for s in ordered[:_SHOWN]]
    rest = math.fsum(s.usd for s in ordered[_SHOWN:])
    rows += [(f"{len(ordered) - _SHOWN} smaller steps", "", "", money(rest, sign=True))] if ordered[_SHOWN:] else []
    rows += [("Together, in the base case", "", "", money(math.fsum(s.usd for s in steps), sign=True))] if rows else []
    return _Block("What moved the cost of the chosen option", ("Input", "Before", "After", "By"), tuple(rows))


def _assumptions(before: Result, after: Result) -> _Block:
    rows = tuple(_assumption(old, new) for old, new, _ in _pairs(before, after)[:_SHOWN])
    return _Block("Assumptions that changed", ("Figure", "Before", "After", "Seen"), rows)


def _assumption(old: AssumptionRow, new: AssumptionRow) -> tuple[str, ...]:
    name = f"{plain(new.words)}, {plain(new.unit)}".removesuffix(", ")
    return (name, *_apart(plain(old.value), plain(new.value)), day(new.as_of))


def _apart(before: str, after: str) -> tuple[str, str]:
    """Return two values without the clauses that both begin with, so that what differs is seen."""
    one, other = before.split(", "), after.split(", ")
    same = 0
    while same < min(len(one), len(other)) - 1 and one[same] == other[same]:
        same += 1
    lead = "\u2026 " if same else ""
    return lead + ", ".join(one[same:]), lead + ", ".join(other[same:])


def _inputs(before: Result, after: Result) -> _Block:
    old: Mapping[str, float] = before.base_case
    names = _moved_inputs(before, after)[:_SHOWN]
    rows = tuple((plain(n), count(old[n]), count(after.base_case[n])) for n in names)
    return _Block("Inputs of the base case that changed", ("Input", "Before", "After"), rows)


def _moved_inputs(before: Result, after: Result) -> list[str]:
    """Return inputs of both base cases whose value differs, furthest moved first."""
    old: Mapping[str, float] = before.base_case
    names = [n for n in after.base_case if n in old and not n.startswith("npv_cost_usd.")
             and not math.isclose(old[n], after.base_case[n], rel_tol=_NOTICED)]  # fmt: skip
    return sorted(names, key=lambda n: (-_size(old[n], after.base_case[n]), n))


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
    """Return a table of at most 80 columns: the first column takes what others leave, in several lines if need be."""
    body = (block.head, *block.rows)
    widths = [min(max(columns(row[k]) for row in body), _WIDEST_CELL) for k in range(1, len(block.head))]
    first = _WIDTH - sum(widths) - 2 * len(widths)
    return "\n".join([block.title.upper(), *(line for row in body for line in _lines(row, first, widths))])


def _lines(row: tuple[str, ...], first: int, widths: Sequence[int]) -> Iterator[str]:
    """Yield a row: its values stand in the first line, the rest of its name below, set in by what marks a choice."""
    cells = [_pad(clip(c, w), w, right=True) for c, w in zip(row[1:], widths, strict=True)]
    mark = row[0][: len(_NO_MARK)] if row[0][: len(_NO_MARK)] in {_NO_MARK, _CHOSEN} else ""
    name = wrap(row[0].removeprefix(mark), first - len(mark), lines=_MOST_LINES)
    yield "  ".join([_pad(mark + name[0], first), *cells]).rstrip()
    yield from (" " * len(mark) + rest for rest in name[1:])


def _pad(words: str, width: int, *, right: bool = False) -> str:
    room = " " * max(width - columns(words), 0)
    return room + words if right else words + room
