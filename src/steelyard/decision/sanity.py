"""Figures that cannot all be right, each named with the arithmetic before any verdict."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from math import fsum
from typing import NamedTuple

from steelyard.domain.accelerator import Accelerator
from steelyard.domain.catalogue import Catalogue
from steelyard.domain.insight import Contradiction
from steelyard.domain.model import OpenModel
from steelyard.domain.study import SelfHostedToday, Study, TodayApi
from steelyard.nouns import counted, noun
from steelyard.options.demand import Demand
from steelyard.printed import count, money, percent
from steelyard.units import MONTHS_PER_YEAR, SECONDS_PER_MINUTE, SECONDS_PER_MONTH

__all__ = ["contradictions"]

BILL_TOLERANCE = 1.25
"""Factor by which a bill may differ from tokens times price before it contradicts them [1]: fees, retries and part
months explain less than that; a convention."""
SURELY_WRONG_GROWTH = 1_000.0
"""Multiple of today's traffic within the horizon above which a growth rate cannot be meant [1]; a convention."""
FLOP_PER_PARAMETER_AND_TOKEN = 2.0
"""Least arithmetic of a forward pass: one multiplication and one addition per active weight and token [FLOP]."""
LEAST_BYTES_PER_PARAMETER = 0.5
"""Smallest weight format served, four bits [B]."""
LATEST_CLOCK = timedelta(days=1)
"""How far a log's clock may be ahead of the study's day, time zones included."""


@dataclass(frozen=True)
class _Given:
    study: Study
    demand: Demand
    catalogue: Catalogue
    list_usd_per_request: Mapping[str, float]


class _Machines(NamedTuple):
    model: OpenModel | None
    device: Accelerator | None


def contradictions(
    study: Study, demand: Demand, catalogue: Catalogue, *, list_usd_per_request: Mapping[str, float] | None = None
) -> tuple[Contradiction, ...]:
    """Return every pair of stated figures that cannot both be right, with the arithmetic.

    Parameters
    ----------
    study
        What the organisation states.
    demand
        Traffic, as stated or as logged.
    catalogue
        Contexts of models, rates of accelerators; its day is the day of the decision.
    list_usd_per_request
        What a request of this traffic costs today at list price, by token class [USD/request]; absent: not bought.
    """
    given = _Given(study, demand, catalogue, list_usd_per_request or {})
    checks = (_bill, _minimum, _rate, _lengths, _memory, _roofline, _stated_throughput, _dates, _log_days, _expenses,
              _examples, _growth)  # fmt: skip
    return tuple(found for check in checks for found in check(given))


def _found(figures: str, arithmetic: str, sentence: str) -> Contradiction:
    return Contradiction(figures=tuple(figures.split(", ")), arithmetic=arithmetic, sentence=f"{sentence} {arithmetic}")


def _volumes(given: _Given) -> tuple[float, float, float]:
    """Return low, middle and high requests a month."""
    stated = given.study.traffic.stated
    if stated is None:
        middle = given.demand.requests_per_month
        return middle, middle, middle
    volume = stated.requests_per_month
    return volume.p10, volume.p50, volume.p90


def _bill(given: _Given) -> Iterator[Contradiction]:
    today = given.study.today
    if not isinstance(today, TodayApi) or not today.spend_usd_per_month or not given.list_usd_per_request:
        return
    batch = given.demand.batch_share
    price = fsum(given.list_usd_per_request.values()) * (1.0 - today.discount)
    low, middle, high = _volumes(given)
    spend, bill = today.spend_usd_per_month, price * middle
    if spend <= 0 or price * low * (1.0 - batch / 2.0) / BILL_TOLERANCE <= spend <= price * high * BILL_TOLERANCE:
        return
    ratio = spend / bill if bill > 0 else float("inf")
    times = f"{ratio:.3g} times that" if ratio > 1 else f"{percent(ratio)} of that"
    off = f" less {percent(today.discount)}" if today.discount else ""
    yield _found(
        "today.spend_per_month, traffic, today.model",
        f"{count(middle)} requests x {money(price)} a request at list{off} = {money(bill)} a month; {money(spend)} is "
        f"{times}.",
        "The bill you state does not fit your tokens at today's price: check the volume, the lengths, the model, or "
        "whether the bill covers more than this workload.",
    )  # fmt: skip


def _minimum(given: _Given) -> Iterator[Contradiction]:
    today = given.study.today
    if not isinstance(today, TodayApi) or not today.spend_usd_per_month:
        return
    if today.minimum_usd_per_month > today.spend_usd_per_month * BILL_TOLERANCE:
        yield _found("today.minimum_per_month, today.spend_per_month",
                     f"{money(today.minimum_usd_per_month)} > {money(today.spend_usd_per_month)} a month.",
                     "You state that you spend less than the minimum you are committed to.")  # fmt: skip


def _rate(given: _Given) -> Iterator[Contradiction]:
    peak = given.study.traffic.peak_rps
    if not peak:
        return
    low, middle, _ = _volumes(given)
    mean = middle / SECONDS_PER_MONTH
    if peak * SECONDS_PER_MONTH < low:
        yield _found(
            "traffic.peak_requests_per_second, traffic.requests_per_month",
            f"{peak:.3g}/s x {count(SECONDS_PER_MONTH)} s = {count(peak * SECONDS_PER_MONTH)} requests a month at "
            f"most; {count(middle)} are stated, a mean of {mean:.3g}/s.",
            "The busiest rate you state cannot carry the volume you state.",
        )  # fmt: skip
    if peak * SECONDS_PER_MINUTE > middle:
        yield _found("traffic.peak_requests_per_second, traffic.requests_per_month",
                     f"{count(peak)}/s x 60 s = {count(peak * SECONDS_PER_MINUTE)} requests in one minute; a month has "
                     f"{count(middle)}.",
                     "One busiest minute would hold more requests than the month.")  # fmt: skip


def _lengths(given: _Given) -> Iterator[Contradiction]:
    model, inputs, outputs = given.demand.measured_on, *_typical(given)
    known = given.catalogue.open_models.get(model or "") or given.catalogue.managed_models.get(model or "")
    if known is None or known.context_tokens is None:
        return
    if inputs + outputs > known.context_tokens:
        yield _found("traffic.input_tokens, traffic.output_tokens, today.model",
                     f"{inputs:,.0f} in + {outputs:,.0f} out = {inputs + outputs:,.0f} tokens; {model} holds "
                     f"{known.context_tokens:,.0f}.",
                     "A typical request of yours cannot have run on the model you say runs today.")  # fmt: skip
    longest = getattr(known, "max_output_tokens", None)
    if longest is not None and outputs > longest:
        yield _found("traffic.output_tokens, today.model",
                     f"{outputs:,.0f} tokens out; {model} emits at most {longest:,.0f}.",
                     "A typical answer of yours is longer than the model you say runs today can give.")  # fmt: skip


def _typical(given: _Given) -> tuple[float, float]:
    stated, profile = given.study.traffic.stated, given.demand.profile
    if stated is not None:
        return stated.input_tokens.p50.p10, stated.output_tokens.p50.p10
    if profile.input_tokens is not None and profile.output_tokens is not None:
        return profile.input_tokens.p50, profile.output_tokens.p50
    return profile.mean_input_tokens, profile.mean_output_tokens


def _memory(given: _Given) -> Iterator[Contradiction]:
    today = given.study.today
    if not isinstance(today, SelfHostedToday):
        return
    model, device = _known(given, today)
    if model is None or device is None:
        return
    weights, memory = model.parameters_total * LEAST_BYTES_PER_PARAMETER, today.count * device.memory_bytes
    if weights > memory:
        yield _found("today.self_hosted.model, today.self_hosted.count",
                     f"{model.parameters_total / 1e9:,.0f} B weights x {LEAST_BYTES_PER_PARAMETER} bytes = "
                     f"{weights / 1e9:,.0f} GB; {today.count} x {device.memory_bytes / 1e9:,.0f} GB = "
                     f"{memory / 1e9:,.0f} GB.",
                     "The model does not fit the machines you say it runs on, even in four bits.")  # fmt: skip


def _roofline(given: _Given) -> Iterator[Contradiction]:
    today = given.study.today
    if not isinstance(today, SelfHostedToday):
        return
    model, device = _known(given, today)
    if model is None or device is None:
        return
    profile = given.demand.profile
    tokens = profile.mean_input_tokens * (1.0 - profile.cached_fraction) + profile.mean_output_tokens
    needed = _volumes(given)[0] * tokens / SECONDS_PER_MONTH
    each = max(device.peak_flop_per_s.values()) / (FLOP_PER_PARAMETER_AND_TOKEN * model.parameters_active)
    if needed > each * today.count:
        yield _found(
            "traffic.requests_per_month, today.self_hosted.count",
            f"{count(needed)} tokens/s on average; {today.count} x {count(each)} tokens/s = "
            f"{count(each * today.count)} tokens/s at the peak arithmetic of {device.name}.",
            "The traffic you state is more than the machines you say serve it could do at their roofline.",
        )  # fmt: skip


def _stated_throughput(given: _Given) -> Iterator[Contradiction]:
    today = given.study.today
    if not isinstance(today, SelfHostedToday) or not today.tokens_per_s_per_device:
        return
    model, device = _known(given, today)
    if model is None or device is None:
        return
    peak = max(device.peak_flop_per_s.values())
    most = peak / (FLOP_PER_PARAMETER_AND_TOKEN * model.parameters_active)
    if today.tokens_per_s_per_device > most:
        yield _found(
            "today.self_hosted.tokens_per_s_per_device",
            f"{peak:.3g} FLOP/s / (2 x {model.parameters_active / 1e9:,.3g} B active weights) = {count(most)} "
            f"tokens/s; {count(today.tokens_per_s_per_device)} are stated.",
            f"The throughput you state lies above the roofline of {device.name}.",
        )  # fmt: skip


def _known(given: _Given, today: SelfHostedToday) -> _Machines:
    models = given.catalogue.open_models
    model = models.get(today.model) or next((m for m in models.values() if today.model in m.aliases), None)
    return _Machines(model, given.catalogue.accelerators.get(today.accelerator))


def _dates(given: _Given) -> Iterator[Contradiction]:
    today, day = given.study.today, given.catalogue.as_of
    if isinstance(today, SelfHostedToday) and today.owned_since is not None:
        yield from _not_after(today.owned_since, day, "today.self_hosted.owned_since", "You cannot own today what is "
                              "bought in the future: put it in the plan, or correct the date.")  # fmt: skip
    ends = today.contract_ends if today is not None else None
    if ends is not None and ends < day:
        yield _found("today.contract_ends", f"{ends.isoformat()} is {_days(ends, day)} before {day.isoformat()}.",
                     "The contract you state has ended: its terms no longer bind.")  # fmt: skip
    for quote in given.study.quotes:
        if quote.until < day:
            what = quote.model or quote.accelerator or "a quote"
            yield _found("quotes", f"{quote.until.isoformat()} is before {day.isoformat()}.",
                         f"Your quote of {quote.seller} for {what} had run out by that day.")  # fmt: skip


def _not_after(stated: date, day: date, key: str, words: str) -> Iterator[Contradiction]:
    if stated > day:
        yield _found(key, f"{stated.isoformat()} is {_days(day, stated)} after {day.isoformat()}.", words)


def _days(first: date, last: date) -> str:
    return counted((last - first).days, "day")


def _log_days(given: _Given) -> Iterator[Contradiction]:
    end = given.demand.profile.end
    if end is None:
        return
    latest = datetime.combine(given.catalogue.as_of, time.max, tzinfo=UTC) + LATEST_CLOCK
    if end > latest:
        yield _found("traffic.log", f"Its last request is of {end.date().isoformat()}; the facts are of "
                     f"{given.catalogue.as_of.isoformat()}.",
                     "The log lies in the future of the decision: check its clock, or `--as-of`.")  # fmt: skip


def _expenses(given: _Given) -> Iterator[Contradiction]:
    economics = given.study.economics
    total, other = economics.operating_expense_usd_per_year, economics.largest_other_expense_usd_per_year
    if total is not None and other is not None and other > total:
        yield _found("economics.largest_other_expense_per_year, economics.operating_expense_per_year",
                     f"{money(other)} > {money(total)} a year.", "One expense is larger than all of them.")  # fmt: skip
    today = given.study.today
    spend = today.spend_usd_per_month if isinstance(today, TodayApi) else None
    discount = today.discount if isinstance(today, TodayApi) else 0.0
    listed = fsum(given.list_usd_per_request.values()) * (1.0 - discount) * _volumes(given)[0]
    yearly = (spend if spend else listed * (1.0 - given.demand.batch_share / 2.0)) * MONTHS_PER_YEAR
    if total is not None and yearly > total:
        yield _found("economics.operating_expense_per_year, traffic, today",
                     f"{money(yearly / MONTHS_PER_YEAR)} a month x 12 = {money(yearly)} a year; all expenses are "
                     f"{money(total)}.",
                     "Inference alone would cost more than everything you say you spend.")  # fmt: skip


def _examples(given: _Given) -> Iterator[Contradiction]:
    data = given.study.training_data
    if data.tokens and data.labelled_examples and data.labelled_examples > data.tokens:
        yield _found("training_data.labelled_examples, training_data.tokens",
                     f"{counted(data.labelled_examples, 'example')} > {count(data.tokens)} "
                     f"{noun(data.tokens, 'token')}.",
                     "There cannot be more labelled examples than tokens.")  # fmt: skip


def _growth(given: _Given) -> Iterator[Contradiction]:
    growth, months = given.study.traffic.growth_per_month.p50, given.demand.horizon_months
    multiple = (1.0 + growth) ** (months - 1)
    if multiple > SURELY_WRONG_GROWTH:
        yield _found("traffic.growth, horizon",
                     f"(1 + {percent(growth)})^{months - 1} = {count(multiple)} times today's traffic, "
                     f"{count(given.demand.requests_per_month * multiple)} requests a month.",
                     "The growth you state cannot last the horizon: shorten one of them.")  # fmt: skip
