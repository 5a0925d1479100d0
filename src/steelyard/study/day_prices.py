"""Usage priced at the list of its own day, with as few looks at past catalogues as it takes."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from steelyard.domain.catalogue import Catalogue
from steelyard.domain.price import RateCard
from steelyard.finance.bills import bill_usd
from steelyard.ingest.daily import DayUsage
from steelyard.study.logged_models import logged_card

__all__ = ["CatalogueOn", "DayPrices", "Price"]

CatalogueOn = Callable[[date], Catalogue]
"""Returns the catalogue as known on a day."""
_Cards = Mapping[str, RateCard | None]


class Price(NamedTuple):
    """What usage cost at list price."""

    usd: float
    """Amount [USD]."""
    card: RateCard
    """Price list used."""
    later: bool
    """Whether the list is of a later day, because none is known for the day itself."""


class DayPrices:
    """Price lists of a log's models on each of its days.

    The days between two that show the same lists are taken to show them too, so a price that rose and fell back
    between two looks would be missed; looks are at most a month apart.
    """

    def __init__(self, models: Sequence[str], days: Sequence[date], present: Catalogue, on: CatalogueOn) -> None:
        """Look at as many past days as it takes.

        Parameters
        ----------
        models
            Models as logged.
        days
            Days with usage.
        present
            Catalogue of the day up to which facts are known; later usage is priced by it.
        on
            Catalogues of other days.
        """
        self._models = sorted(set(models))
        self._on = on
        self._present = {model: logged_card(present, model) for model in self._models if model}
        past = sorted({day for day in days if day < present.as_of})
        self._by_day: dict[date, _Cards] = {}
        if past and self._models:
            marks = [i for i, day in enumerate(past) if i == 0 or _month(day) != _month(past[i - 1])]
            for low, high in zip(marks, [*marks[1:], len(past) - 1], strict=True):
                self._fill(past, low, high)

    def _look(self, day: date) -> _Cards:
        if day not in self._by_day:
            catalogue = self._on(day)
            self._by_day[day] = {model: logged_card(catalogue, model) for model in self._models if model}
        return self._by_day[day]

    def _fill(self, days: Sequence[date], low: int, high: int) -> None:
        first, last = self._look(days[low]), self._look(days[high])
        if high - low < 2:
            return
        if all(_same(first[model], last[model]) for model in first):
            self._by_day.update(dict.fromkeys(days[low + 1 : high], first))
            return
        middle = (low + high) // 2
        self._fill(days, low, middle)
        self._fill(days, middle, high)

    def card(self, model: str, day: date) -> RateCard | None:
        """Return the price list of a model as logged on a day; None if none is known for that day."""
        return self._by_day.get(day, self._present).get(model)

    def present(self, model: str) -> RateCard | None:
        """Return the price list of a model as logged on the day of the facts; None if none is known."""
        return self._present.get(model)

    def price(self, usage: DayUsage) -> Price | None:
        """Return what usage cost at the list of its day, else at the list of today; None if neither is known.

        Parameters
        ----------
        usage
            Rows that count; those of a batch service get its discount.
        """
        own = self.card(usage.model, usage.day)
        card = own or self._present.get(usage.model)
        if card is None:
            return None
        bill = bill_usd(card, usage.bands, batch_share=1.0 if usage.batch else 0.0)
        return Price(float(bill.usd), card, own is None)


def _month(day: date) -> tuple[int, int]:
    return day.year, day.month


def _same(a: RateCard | None, b: RateCard | None) -> bool:
    if a is None or b is None:
        return a is b
    return (a.seller, a.model, a.tiers, a.batch_discount, a.per_request_usd) == (
        b.seller, b.model, b.tiers, b.batch_discount, b.per_request_usd
    )  # fmt: skip
