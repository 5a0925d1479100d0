"""The story in a terminal: 40 lines of 80 columns that read as well without colour."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from steelyard.domain.currency import displayed
from steelyard.domain.result import OptionResult, Result
from steelyard.nouns import counted
from steelyard.printed import count, day, money, months, percent
from steelyard.report.story import conditions_of, tell
from steelyard.report.text import clip, columns, condense, inside_sentence, middle, plain, to_ascii, unparted, wrap

__all__ = ["LINES", "render_terminal"]

LINES = 40
"""Most lines of the story."""
_NARROWEST = 60
_LABEL = 11
_CONDITIONS_TOLD = 3
_WARNINGS_SHOWN = 3
_CONTRADICTIONS_SHOWN = 2
_RULES_SHOWN = 2
_COUNT_ROOM = 14
"""Columns that ``99 options: `` takes."""
_FIGURES = (8, 18, 7)
_SHORTER_WORDS = ((" rented for 1 year", ", 1 year"), (" rented for 3 years", ", 3 years"),
                  (" rented on demand", ", on demand"))  # fmt: skip
_CODES = {"bold": "1", "teal": "36", "orange": "33", "dim": "2"}


@displayed
def render_terminal(result: Result, *, width: int = 80, color: bool = False, ascii_only: bool = False) -> str:
    """Return the verdict card, the framework beside the figures, the options and what would flip them.

    Parameters
    ----------
    width
        Columns of the terminal, at least 60.
    color
        Whether to add ANSI codes; the caller decides (``NO_COLOR``, a pipe). Nothing is said by colour alone.
    ascii_only
        Whether the terminal shows ASCII only; a minus is then a hyphen.
    """
    pages = (_compose(result, width, color, variant) for variant in _VARIANTS)
    page = next((p for p in pages if p.fits), None) or _compose(result, width, color, _VARIANTS[-1], spare=0)
    text = "\n".join(page.lines).replace("\u00a0", " ") + "\n"
    return to_ascii(text) if ascii_only else text


@dataclass(frozen=True, slots=True)
class _Variant:
    """How much room parts of the story get [lines]."""

    framework: int
    """For the rule, and for why it agrees or differs."""
    question: int
    """For each of the four questions."""
    flip: int
    """For each flip point."""
    flips: int
    """Flip points told."""
    step: int
    """For each first step."""
    options: int
    """Rows of options."""
    conditions: int = 1
    """For what the winner must show."""


_VARIANTS = (
    _Variant(4, 3, 3, 3, 3, 9, 3), _Variant(3, 3, 3, 3, 2, 9, 2), _Variant(3, 2, 3, 3, 2, 8, 2),
    _Variant(3, 2, 2, 3, 2, 8), _Variant(3, 2, 2, 3, 1, 7), _Variant(3, 1, 2, 3, 1, 8), _Variant(3, 1, 2, 3, 1, 7),
    _Variant(3, 1, 2, 2, 1, 6), _Variant(2, 1, 2, 2, 1, 6), _Variant(2, 1, 2, 2, 1, 5), _Variant(2, 1, 2, 1, 1, 5),
    _Variant(1, 1, 1, 1, 1, 5),
)  # fmt: skip
"""From the richest to the one that always fits."""


def _compose(result: Result, width: int, color: bool, variant: _Variant, *, spare: int = 2) -> "_Page":
    page = _Page(max(width, _NARROWEST), color, spare)
    _card(page, result, variant)
    _framework(page, result, variant)
    _questions(page, result, variant)
    _options(page, result, variant)
    _next(page, result, variant)
    return page


class _Page:
    """Lines so far."""

    def __init__(self, width: int, color: bool, spare: int) -> None:
        self.width, self.color, self.spare, self.lines = width, color, spare, list[str]()

    @property
    def fits(self) -> bool:
        """Whether the story stays within its lines."""
        return len(self.lines) <= LINES

    def paint(self, text: str, code: str) -> str:
        return f"\x1b[{_CODES[code]}m{text}\x1b[0m" if self.color and text.strip() else text

    def add(self, text: str, code: str = "") -> None:
        self.lines.append(self.paint(text, code) if code else text)

    def item(self, label: str, text: str, *, lines: int = 1, tail: str = "") -> None:
        """Add a paragraph beside its label, of whole sentences."""
        kept = unparted(text)
        for n, part in enumerate(condense(kept, self.width - _LABEL, lines=lines, tail=tail, spare=self.spare)):
            self.lines.append(self.paint(f"{label if n == 0 else '':<{_LABEL}}", "dim") + part)


def _card(page: _Page, result: Result, variant: _Variant) -> None:
    story = tell(result)
    left = f"Steelyard \u00b7 {plain(result.study)}"
    right = f"as of {day(result.as_of)} \u00b7 {months(result.horizon_months)}"
    page.add(_spread(left, right, page.width))
    page.add("\u2550" * page.width, "dim")
    page.add(clip(f"VERDICT    {story.headline}", page.width), "bold")
    if story.option:
        page.item("", story.option)
    page.item("Confidence", story.confidence)
    page.item("Why", story.reason, lines=3)
    for n, saving in enumerate(story.savings):
        page.item("Saving" if n == 0 else "", saving)
    _show_first(page, result, variant.conditions)


def _show_first(page: _Page, result: Result, lines: int) -> None:
    """Add as many of the winner's conditions as fit, and how many more there are."""
    conditions = conditions_of(result)
    for told in range(min(len(conditions), _CONDITIONS_TOLD), 0, -1):
        more = f" (and {len(conditions) - told} more)" if told < len(conditions) else ""
        text = "; ".join(conditions[:told])
        if told == 1 or len(wrap(f"{text}{more}", page.width - _LABEL, lines=lines + 1)) <= lines:
            page.item("Show first", text, lines=lines, tail=more)
            return


def _framework(page: _Page, result: Result, variant: _Variant) -> None:
    story = tell(result)
    page.item("Framework", "says: " + " ".join(story.framework_says), lines=variant.framework)
    page.item("Figures", "say: " + story.figures_say, lines=variant.framework)
    label = story.agreement.removeprefix("Rule and figures ").removeprefix("The figures ").removeprefix("agree ")
    label = label.capitalize()
    page.item(label, story.why, lines=variant.framework)


def _questions(page: _Page, result: Result, variant: _Variant) -> None:
    for question in result.questions:
        computed = not question.stated_by_user and question.answer != "unknown"
        page.item(f"{question.id.upper()} {question.answer}", plain(question.finding), lines=variant.question,
                  tail=" (computed)" if computed else "")  # fmt: skip


def _options(page: _Page, result: Result, variant: _Variant) -> None:
    if not result.options:
        return
    costs, savings, odds = _FIGURES
    names = page.width - costs - savings - odds - 3
    against = "bought" if result.baseline.best_bought else "today"
    page.add(f"{clip('OPTIONS, cheapest allowed first', names):<{names}} {'NPV cost':>{costs}} "
             f"{'saves on ' + against:>{savings}} {'best in':>{odds}}", "dim")  # fmt: skip
    allowed = tuple(o for o in result.options if o.feasible)
    shown = _shown(result, allowed, variant.options)
    for option in shown:
        page.add(*_option_row(option, result, names))
    if len(allowed) > len(shown):
        page.add(f"  and {len(allowed) - len(shown)} more in the report", "dim")
    _excluded(page, result)


def _excluded(page: _Page, result: Result) -> None:
    """Say how many options each rule excludes, the rules that exclude most first."""
    if tell(result).binding:
        return
    room = page.width - _LABEL - _COUNT_ROOM
    rules = Counter(
        " ".join(condense(plain(rule), room, lines=2)) for o in result.options if not o.feasible
        for rule in dict.fromkeys(o.excluded_by)
    )  # fmt: skip
    for k, (rule, n) in enumerate(rules.most_common(_RULES_SHOWN)):
        page.item("Excluded" if k == 0 else "", f"{counted(n, 'option')}: {rule}", lines=2)


def _shown(result: Result, allowed: Sequence[OptionResult], most: int) -> Sequence[OptionResult]:
    """Return the options that fit, the verdict and the reference lines among them."""
    if len(allowed) <= most:
        return allowed
    lines = (result.baseline.today, result.baseline.best_bought)
    must = {result.verdict_option} | {line.option for line in lines if line}
    room = most - 1 - sum(o.id in must for o in allowed)
    kept: list[OptionResult] = []
    for option in allowed:
        if option.id in must:
            kept.append(option)
        elif room > 0:
            kept.append(option)
            room -= 1
    return kept


def _option_row(option: OptionResult, result: Result, names: int) -> tuple[str, str]:
    mark = "\u25cf " if option.id == result.verdict_option else "  "
    label = _pad(mark + middle(_short(plain(option.label)), names - 2), names)
    costs, savings, odds = _FIGURES
    saving = option.saving_vs_best_bought_usd if result.baseline.best_bought else option.saving_vs_today_usd
    band = f"{money(saving.p10)} to {money(saving.p90)}" if saving else "\u2013"
    if saving and saving.p10 == saving.p90 == 0:
        band = "reference"
    cost = money(option.npv_cost_usd.mean) if option.npv_cost_usd else "not costed"
    row = f"{label} {cost:>{costs}} {band:>{savings}} {percent(option.p_best):>{odds}}"
    return row, "bold" if mark.strip() else ""


def _short(label: str) -> str:
    """Return a label in a table's words."""
    for long, short in _SHORTER_WORDS:
        label = label.replace(long, short)
    return label


def _next(page: _Page, result: Result, variant: _Variant) -> None:
    story = tell(result)
    for n, step in enumerate(result.optimize_first[:2]):
        page.item("Save first" if n == 0 else "", f"{money(step.saving_usd_per_month)} a month \u00b7 "
                  f"{inside_sentence(step.action)}; {step.effort}; risk: {plain(step.risk)}",
                  lines=variant.step)  # fmt: skip
    for n, rule in enumerate(story.binding):
        page.item("Ruled out" if n == 0 else "", rule, lines=variant.flip)
    for n, flip in enumerate(() if story.binding else story.flip_points[: variant.flips]):
        page.item("Flips if" if n == 0 else "", flip, lines=variant.flip)
    page.item("If wrong", story.wrong, lines=2)
    page.item("Oldest", story.oldest, lines=2)
    _warnings(page, result)
    receipt = result.receipt
    rebuilt = (receipt.engine_version, f"seed {receipt.seed}", f"{count(receipt.draws)} draws",
               f"study {receipt.study_sha256[:8]}", f"facts {receipt.facts_sha256[:8]}")  # fmt: skip
    page.item("Receipt", " \u00b7 ".join(rebuilt))
    if result.display_currency:
        page.item("Amounts", f"in {plain(result.amounts_in)}")


def _warnings(page: _Page, result: Result) -> None:
    """Add as many warnings as leave room for the receipt, and say how many are left."""
    below = 2 if result.display_currency else 1
    shown = result.warnings[: max(min(LINES - len(page.lines) - below, _WARNINGS_SHOWN), 1)]
    left_out = len(result.warnings) - len(shown)
    for n, warning in enumerate(shown):
        more = f" (and {left_out} more)" if left_out and n == len(shown) - 1 else ""
        page.item("Warning", plain(warning), tail=more)


def _pad(text: str, width: int) -> str:
    return text + " " * max(width - columns(text), 0)


def _spread(left: str, right: str, width: int) -> str:
    kept = clip(left, width - columns(right) - 2)
    return _pad(kept, width - columns(right)) + right
