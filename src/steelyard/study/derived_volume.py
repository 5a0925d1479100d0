"""Requests derived from what is known instead: tokens a month, or what is spent at the list price of today's model."""

from math import fsum
from typing import NamedTuple

from steelyard.domain.catalogue import Catalogue
from steelyard.domain.study import StatedTraffic, Study, TodayApi, UnsizedTraffic
from steelyard.domain.uncertain import Uncertain
from steelyard.errors import Fault, StudyError
from steelyard.facts.workload import length_spread, load_shapes
from steelyard.options.demand import demand_from
from steelyard.options.tokens import usd_per_request
from steelyard.printed import count, money
from steelyard.study.today_card import today_card
from steelyard.workload.stated import stated_profile

__all__ = ["Sized", "volume_fault", "with_volume"]

SPEND_FACTOR = 1.5
"""Factor by which requests derived from a bill may be off, either way, at 80 % [1]: a bill holds fees, retries and
other work, and cache reads and discounts lower it; no source, a wide convention."""
TOKENS_FACTOR = 1.25
"""The same for requests derived from tokens [1]: the stated lengths are not exactly the mean's; a convention."""
PROBE_REQUESTS = 1e6
"""Requests of the traffic on which the price of one is read; the price does not depend on it [1/month]."""


class Sized(NamedTuple):
    """A study whose traffic has a volume, and how it was found."""

    study: Study
    notes: tuple[str, ...]


def volume_fault(study: Study) -> Fault | None:
    """Return what is missing where a study states lengths and nothing that tells the volume.

    Parameters
    ----------
    study
        The study.
    """
    unsized, today = study.traffic.unsized, study.today
    if unsized is None or unsized.tokens_per_month is not None:
        return None
    if isinstance(today, TodayApi) and today.spend_usd_per_month:
        return None
    return Fault("the lengths of requests without how many there are", f"{study.where}: traffic",
                 "one more number: `requests_per_month`, `tokens_per_month`, or `today.spend_per_month` beside a "
                 "bought model", "Add the one you know")  # fmt: skip


def with_volume(study: Study, catalogue: Catalogue) -> Sized:
    """Return the study with the requests that its tokens or its spend amount to, in a wide interval; else as it is.

    Parameters
    ----------
    study
        The study.
    catalogue
        Price lists.

    Raises
    ------
    StudyError
        If nothing tells the volume, or today's model costs nothing.
    """
    unsized = study.traffic.unsized
    if unsized is None:
        return Sized(study, ())
    fault = volume_fault(study)
    if fault is not None:
        raise StudyError(fault)
    derived = _from_tokens(unsized) if unsized.tokens_per_month is not None else _from_spend(study, unsized, catalogue)
    traffic = study.traffic.model_copy(update={"stated": _stated(unsized, derived.requests), "unsized": None})
    low, high = count(derived.requests.p10), count(derived.requests.p90)
    note = f"requests were derived: {derived.words}; taken as {low} to {high} a month, state them if you know them"
    return Sized(study.model_copy(update={"traffic": traffic}), (note,))


class _Derived(NamedTuple):
    requests: Uncertain
    words: str


def _stated(unsized: UnsizedTraffic, requests: Uncertain) -> StatedTraffic:
    return StatedTraffic(requests_per_month=requests, input_tokens=unsized.input_tokens, shape=unsized.shape,
                         output_tokens=unsized.output_tokens, cached_fraction=unsized.cached_fraction)  # fmt: skip


def _from_tokens(unsized: UnsizedTraffic) -> _Derived:
    tokens = unsized.tokens_per_month
    assert tokens is not None  # callers ask only then
    probe = stated_profile(_stated(unsized, Uncertain.point(PROBE_REQUESTS)), load_shapes()[unsized.shape],
                           spread=length_spread())  # fmt: skip
    each = probe.mean_input_tokens + probe.mean_output_tokens
    requests = Uncertain(p10=tokens.p10 / each / TOKENS_FACTOR, p50=tokens.p50 / each,
                         p90=tokens.p90 / each * TOKENS_FACTOR)  # fmt: skip
    words = f"{count(tokens.p50)} tokens a month / {count(each)} tokens a request = {count(requests.p50)}"
    return _Derived(requests, words)


def _from_spend(study: Study, unsized: UnsizedTraffic, catalogue: Catalogue) -> _Derived:
    today, card = study.today, today_card(study, catalogue)
    assert isinstance(today, TodayApi)  # `volume_fault` answers otherwise
    assert today.spend_usd_per_month is not None
    stated = _stated(unsized, Uncertain.point(PROBE_REQUESTS))
    probe = stated_profile(stated, load_shapes()[unsized.shape], spread=length_spread())
    traffic = study.traffic.model_copy(update={"stated": stated, "unsized": None})
    demand = demand_from(study.model_copy(update={"traffic": traffic}), probe,
                         measured_on=card.model if card else None)  # fmt: skip
    price = fsum(usd_per_request(card, demand).values()) * (1.0 - today.discount) if card else 0.0
    if price <= 0:
        raise StudyError(Fault(f"no price of {today.model!r} to divide the spend by", f"{study.where}: today",
                               "a model with a list price", "State `traffic.requests_per_month`"))  # fmt: skip
    middle = today.spend_usd_per_month / price
    requests = Uncertain.between(middle / SPEND_FACTOR, middle * SPEND_FACTOR)
    words = (f"{money(today.spend_usd_per_month)} a month / {money(price)} a request at list price"
             f"{' less your discount' if today.discount else ''} = {count(middle)}")  # fmt: skip
    return _Derived(requests, words)
