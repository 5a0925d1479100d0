"""The arithmetic behind a figure, in words with its numbers."""

from dataclasses import dataclass

from steelyard.domain.currency import in_display
from steelyard.domain.ledger import Call, Const, Expr, Input, Ledger, Lookup, Quantity, Ref
from steelyard.errors import UnknownNameError
from steelyard.finance.builder import references
from steelyard.finance.evaluate import LedgerValues

__all__ = ["explain", "formula_in_words", "number_in_words"]

WHOLE_FROM = 1_000
"""Numbers of at least this size are written without decimals."""


def number_in_words(value: float) -> str:
    """Return a number for a sentence: thousands set apart, about five significant digits.

    Examples
    --------
    >>> number_in_words(1234567.8), number_in_words(0.00012345), number_in_words(12.0)
    ('1,234,568', '0.00012345', '12')
    """
    if value == int(value) or abs(value) >= WHOLE_FROM:
        return f"{value + 0.0:,.0f}".replace("-0", "0") if abs(value) < 1 else f"{value:,.0f}"
    return f"{value:,.5g}" if abs(value) < 1 else f"{value:,.4f}".rstrip("0").rstrip(".")


def formula_in_words(ledger: Ledger, quantity: str) -> str:
    """Return one quantity's formula with labels for names, such as ``Requests x Price per request``.

    Raises
    ------
    UnknownNameError
        If the ledger has no such quantity.
    """
    known = _by_name(ledger)
    if quantity not in known:
        raise UnknownNameError("quantity", quantity, known, where=f"ledger {ledger.option}")
    return _Words(known, None).text(known[quantity].expression)


def explain(ledger: Ledger, values: LedgerValues, line: str, month: int, *, draw: int = 0) -> tuple[str, ...]:
    r"""Return the arithmetic of one line in one month, one sentence per quantity, the line's own first.

    Parameters
    ----------
    ledger, values
        The ledger and what it evaluated to, all quantities kept.
    line
        Line identifier.
    month
        Month from 1.
    draw
        Draw from 0; evaluate at the stated means to explain the base case.

    Raises
    ------
    UnknownNameError
        If the ledger has no such line.

    Examples
    --------
    >>> from steelyard.finance.builder import LedgerBuilder
    >>> from steelyard.finance.evaluate import evaluate
    >>> book = LedgerBuilder("api")
    >>> price = book.constant("price", 0.002, "USD/request", "Price per request", "list price")
    >>> book.line("bill", book.input("requests", "request/month", "Requests") * price, group="tokens", label="Bill")
    >>> print(*explain(book.build(), evaluate(book.build(), {"requests": 5e6}, 2), "bill", 1), sep="\n")
    Bill, month 1: Requests (5,000,000 request/month) × Price per request (0.002 USD/request) = 10,000 USD/month
    Requests: given
    Price per request: list price
    """
    lines = {item.id: item for item in ledger.lines}
    if line not in lines:
        raise UnknownNameError("line", line, lines, where=f"ledger {ledger.option}")
    known = _by_name(ledger)
    at = _Moment(values, draw, month)
    words = _Words(known, at)
    sentences: list[str] = []
    for name in _reached(known, lines[line].quantity):
        quantity = known[name]
        lead = f"{lines[line].label}, month {month}" if not sentences else quantity.label
        sentences.append(f"{lead}: {_sentence(words, quantity, at)}")
    return tuple(sentences)


def _sentence(words: "_Words", quantity: Quantity, at: "_Moment") -> str:
    if isinstance(quantity.expression, (Const, Input)):
        return quantity.source or "given"
    return f"{words.text(quantity.expression)} = {at.amount(quantity)}"


def _by_name(ledger: Ledger) -> dict[str, Quantity]:
    return {q.name: q for q in ledger.quantities}


def _reached(known: dict[str, Quantity], start: str) -> list[str]:
    """Return the quantities a quantity rests on, itself first, nearest first."""
    found: dict[str, None] = {start: None}
    waiting = [start]
    while waiting:
        for name in references(known[waiting.pop(0)].expression):
            if name not in found:
                found[name] = None
                waiting.append(name)
    return list(found)


@dataclass(frozen=True, slots=True)
class _Moment:
    """One draw and month of evaluated quantities."""

    values: LedgerValues
    draw: int
    month: int

    def amount(self, quantity: Quantity) -> str:
        """Return a quantity's value with its unit."""
        value = float(self.values.quantities[quantity.name][self.draw, self.month - 1])
        value, unit = in_display(value, quantity.unit)
        return number_in_words(value) + ("" if unit == "1" else f" {unit}")


class _Words:
    """Prints expressions; with values where a moment is given."""

    def __init__(self, known: dict[str, Quantity], at: _Moment | None) -> None:
        self._known = known
        self._at = at

    def text(self, node: Expr, *, around: int = 0) -> str:
        """Return an expression in words, bracketed where it binds less than what stands ``around`` it."""
        match node:
            case Ref(name):
                quantity = self._known[name]
                return f"{quantity.label} ({self._at.amount(quantity)})" if self._at else quantity.label
            case Const(value):
                return number_in_words(value)
            case Input(name):
                return f"{name} as given"
            case Lookup(argument, xs, _):
                return f"table of {len(xs)} points at {self.text(argument, around=_TIGHTEST)}"
            case Call(function, arguments):
                return self._operation(function, arguments, around) if function in _OPERATORS else self._phrase(
                    function, arguments, around)  # fmt: skip

    def _operation(self, function: str, arguments: tuple[Expr, ...], around: int) -> str:
        sign, binds = _OPERATORS[function]
        first, *others = arguments
        # From the left no bracket is needed among equals; from the right one is, save for sums and products.
        right = binds if function in ("add", "mul") else binds + 1
        words = f" {sign} ".join([self.text(first, around=binds), *(self.text(o, around=right) for o in others)])
        return f"({words})" if binds < around else words

    def _phrase(self, function: str, arguments: tuple[Expr, ...], around: int) -> str:
        apart = [self.text(a, around=_TIGHTEST) for a in arguments]
        listed = ", ".join(self.text(a) for a in arguments)
        words = _PHRASES[function].format(*apart, all=listed, s="" if apart[-1:] == ["1"] else "s")
        return f"({words})" if around and "," in words and function in _CLAUSES else words


_OPERATORS = {"add": ("+", 1), "sub": ("−", 1), "mul": ("×", 2), "div": ("÷", 2)}
_TIGHTEST = 3
_CLAUSES = frozenset({"from_month", "in_month", "where_positive"})
_PHRASES = {
    "neg": "minus {0}", "min": "the least of ({all})", "max": "the largest of ({all})", "ceil": "{0} rounded up",
    "floor": "{0} rounded down", "pow": "{0} to the power of {1}", "month": "the month's number",
    "from_month": "1 from month {0} on, else 0", "in_month": "1 in month {0}, else 0",
    "delay": "{0} of {1} month{s} ago", "where_positive": "{1} where {0} is above 0, else {2}",
    "running_max": "the largest {0} so far", "running_sum": "the sum of {0} so far",
}  # fmt: skip
