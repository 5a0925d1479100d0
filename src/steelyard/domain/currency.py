"""The currency in which amounts are shown; they are computed and stored in USD whatever it is.

The study's currency is set around whatever writes words (:func:`shown_in`); whoever prints an amount asks here for
its value and its sign, so that no two places convert differently.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from functools import wraps
from typing import Annotated, Concatenate, NamedTuple, ParamSpec, Protocol, TypeVar

from steelyard.domain.value import Value
from steelyard.units import Unit

__all__ = ["Currency", "Shown", "displayed", "in_display", "shown", "shown_code", "shown_currency", "shown_in",
           "shown_sign", "with_sign"]  # fmt: skip

_USD = "USD"
_SIGNS = {_USD: "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹", "KRW": "₩", "ILS": "₪"}
"""Signs that mean one currency; any other is shown by its code, since a bare $ or kr would be read as another's."""


class Currency(Value):
    """A currency to show amounts in, at one dated rate."""

    code: str
    """ISO 4217 code."""
    usd_per_unit: Annotated[float, Unit("USD/unit")]
    """US dollars that one unit of it buys, above 0."""
    as_of: date
    """Day of the rate."""
    source: str
    """Who says so."""

    @property
    def words(self) -> str:
        """The rate with its date and source, in words."""
        return f"1 {self.code} = {self.usd_per_unit:g} USD on {self.as_of.isoformat()} ({self.source})"


class Shown(NamedTuple):
    """A value as it is shown."""

    value: float
    """In :attr:`unit`."""
    unit: str
    """Its unit, the currency's code in place of USD."""


_SHOWN: ContextVar[Currency | None] = ContextVar("shown_currency", default=None)


@contextmanager
def shown_in(currency: Currency | None) -> Generator[None]:
    """Show amounts in a currency while inside; None is USD."""
    token = _SHOWN.set(currency)
    try:
        yield
    finally:
        _SHOWN.reset(token)


class _Displayed(Protocol):
    """What says how its amounts are shown: a result."""

    @property
    def display_currency(self) -> Currency | None: ...


_D = TypeVar("_D", bound=_Displayed)
_P = ParamSpec("_P")
_T = TypeVar("_T")


def displayed(render: Callable[Concatenate[_D, _P], _T]) -> Callable[Concatenate[_D, _P], _T]:
    """Return a renderer that shows amounts in the currency of its first argument."""

    @wraps(render)
    def in_its_currency(result: _D, /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        with shown_in(result.display_currency):
            return render(result, *args, **kwargs)

    return in_its_currency


def shown(usd: float) -> float:
    """Return an amount of USD in the currency shown."""
    currency = _SHOWN.get()
    return usd if currency is None else usd / currency.usd_per_unit


def shown_currency() -> Currency | None:
    """Return the currency shown; None is USD."""
    return _SHOWN.get()


def shown_code() -> str:
    """Return the ISO 4217 code of the currency shown."""
    currency = _SHOWN.get()
    return _USD if currency is None else currency.code


def shown_sign() -> str:
    """Return what stands before a number of the currency shown: its sign, or its code and a no-break space."""
    code = shown_code()
    return _SIGNS.get(code, f"{code}\u00a0")


def with_sign(digits: str) -> str:
    """Return printed digits with the sign of the currency shown.

    Examples
    --------
    >>> with_sign("1.2")
    '$1.2'
    """
    return f"{shown_sign()}{digits}"


def in_display(value: float, unit: str) -> Shown:
    """Return a value of any unit as it is shown; only a unit counted in USD changes.

    Examples
    --------
    >>> euro = Currency(code="EUR", usd_per_unit=1.25, as_of=date(2026, 11, 1), source="a bank")
    >>> with shown_in(euro):
    ...     in_display(5.0, "USD/h"), in_display(5.0, "token")
    (Shown(value=4.0, unit='EUR/h'), Shown(value=5.0, unit='token'))
    """
    if not unit.startswith(_USD):
        return Shown(value, unit)
    return Shown(shown(value), shown_code() + unit.removeprefix(_USD))
