"""How a fact's value and interval come about, in sentences: what age, disagreement and quantity add."""

import math
from collections.abc import Callable, Mapping
from typing import Any

from steelyard.domain.accelerator import Accelerator
from steelyard.domain.catalogue import Catalogue
from steelyard.domain.evidence import Evidence, Figure, Grade
from steelyard.domain.model import OpenModel
from steelyard.domain.price import GpuOffer, RateCard, ServerPurchase
from steelyard.domain.value import Value
from steelyard.facts.headlines import SERVER_DRIFT, headline
from steelyard.facts.made_of import SERVER_OVER_CARDS, base_offer, cards_of
from steelyard.facts.prices.ageing import (
    DAYS_PER_MONTH,
    GPU_RENT_DRIFT,
    LISTING_DRIFT,
    aged_interval,
    card_spread,
    drift_name,
    drift_per_root_month,
    drift_spread,
    offer_spread,
)
from steelyard.facts.prices.crosscheck import compared_by, compared_with
from steelyard.facts.prices.offers import term_discount
from steelyard.serving.shapes import model_shapes, parameters_total
from steelyard.units import HOURS_PER_MONTH

__all__ = ["steps_behind"]

BILLION = 1e9
WHOLE_FROM = 1_000
"""Size from which numbers are written without decimals."""


def steps_behind(entry: Value, field: str, catalogue: Catalogue) -> tuple[str, ...]:
    """Return how an entry's number and its interval come about, in sentences; none where the source is all there is.

    Parameters
    ----------
    entry
        Any entry.
    field
        The one field asked for; empty: all of it.
    catalogue
        Facts of the day.
    """
    if isinstance(entry, OpenModel):
        return _parameter_steps(entry) if field in {"", "parameters_total", "parameters_active"} else ()
    if isinstance(entry, Accelerator):
        return ("the datasheet's own numbers: no interval is stated, and age does not widen them",)
    tell = _TELL.get(type(entry))
    return tell(entry, catalogue) if tell is not None else ()


def _percent(spread: float) -> str:
    return f"{math.expm1(spread):+.1%}".replace("%", " %")


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= WHOLE_FROM else f"{value:.4g}"


def _interval(low: float, high: float) -> str:
    return f"{_number(low)} to {_number(high)}"


def _age_step(name: str, evidence: Evidence, catalogue: Catalogue) -> str:
    """Return the sentence on what age adds."""
    if evidence.grade is Grade.USER:
        return "your own quote or measurement: age does not widen it"
    spread = drift_spread(name, evidence, catalogue.as_of, catalogue.figures)
    months = abs((catalogue.as_of - evidence.as_of).days) / DAYS_PER_MONTH
    age = f"age {months:.1f} months" if evidence.as_of <= catalogue.as_of else f"seen only {months:.1f} months later"
    if spread == 0:
        return f"{age}: adds nothing"
    monthly = math.expm1(drift_per_root_month(name, catalogue.figures))
    return (f"{age}: {drift_name(name)} moves it by {monthly:.1%} in the first month and with the "
            f"root of time, {_percent(spread)} so far (one side of the 80 % interval)").replace("%", " %"
            ).replace("  %", " %")  # fmt: skip


def _figure_steps(figure: Figure, catalogue: Catalogue) -> tuple[str, ...]:
    """Return how a figure's interval comes about: as stated, what age adds, both together."""
    low, high = aged_interval(figure, catalogue.as_of, catalogue.figures)
    stated = f"stated {_interval(figure.low, figure.high)} {figure.unit} (80 % interval) on {figure.evidence.as_of}"
    if (low, high) == (figure.low, figure.high):
        reason = "at or below zero: a share of nothing does not widen" if figure.low <= 0 and \
            figure.evidence.grade is not Grade.USER else _age_step(figure.name, figure.evidence, catalogue)  # fmt: skip
        return stated, reason
    together = f"together, in squares of the logarithm: {_interval(low, high)} {figure.unit} on {catalogue.as_of}"
    return stated, _age_step(figure.name, figure.evidence, catalogue), together


def _offer_steps(offer: GpuOffer, catalogue: Catalogue) -> tuple[str, ...]:
    """Return how a rent comes about: the term's discount, the interval, age, and what an instance costs."""
    steps: list[str] = []
    base, discount = base_offer(offer, catalogue), term_discount(offer.seller, offer.price_type)
    price = offer.usd_per_device_h
    if base is not None and discount is not None:
        share = catalogue.figures[discount]
        steps.append(f"{base.usd_per_device_h:,.4g} on demand x (1 - {share.value:.4g} {discount}) = {price:,.4g} "
                     "USD/(device h); the discount is not of GPUs in particular")  # fmt: skip
    low, high = offer.low_usd_per_device_h, offer.high_usd_per_device_h
    if low is not None and high is not None:
        steps.append(f"an estimate: {_interval(low, high)} USD/(device h) (80 % interval) when seen")
    steps.append(_age_step(GPU_RENT_DRIFT, offer.evidence, catalogue))
    below, above = offer_spread(offer, catalogue.as_of, catalogue.figures)
    if below or above:
        now = _interval(price * math.exp(-below), price * math.exp(above))
        steps.append(f"together: {now} USD/(device h) on {catalogue.as_of}")
    hourly = offer.devices * price
    steps.append(f"quantity: devices an instance {offer.devices}, so {_number(hourly)} USD/h or "
                 f"{hourly * HOURS_PER_MONTH:,.0f} USD a month of {HOURS_PER_MONTH:g} h")  # fmt: skip
    return tuple(steps)


def _card_steps(card: RateCard, catalogue: Catalogue) -> tuple[str, ...]:
    """Return how far a list price is open: what sources disagree on, and what age adds."""
    steps: list[str] = []
    if card.disagreement_fraction:
        steps.append(f"sources disagree by up to {100 * card.disagreement_fraction:.3g} %"
                     f"{_compared(card, catalogue)}")  # fmt: skip
    else:
        steps.append("no source compared lists another price")
    steps.append(_age_step(LISTING_DRIFT, card.evidence, catalogue))
    spread = card_spread(card, catalogue.as_of, catalogue.figures)
    if spread:
        steps.append(f"together: prices lie {_percent(-spread)} to {_percent(spread)} about the list (80 % interval)")
    if card.announced:
        days = ", ".join(str(later.valid_from) for later in card.announced)
        steps.append(f"announced changes take effect on {days}; they are facts and add no doubt")
    return tuple(steps)


def _compared(card: RateCard, catalogue: Catalogue) -> str:
    told = [f"{found.field}: " + ", ".join(f"{price:f} {source}" for source, price in found.usd_per_mtok.items())
            for found in compared_with(card, compared_by(catalogue.as_of))]  # fmt: skip
    return f" ({'; '.join(told)}; USD/Mtok)" if told else ""


def _server_steps(server: ServerPurchase, catalogue: Catalogue) -> tuple[str, ...]:
    """Return how a server's price comes about: from cards where it was not quoted whole, its interval, age."""
    steps: list[str] = []
    made_of = cards_of(server, catalogue)
    if made_of:
        card, factor = (catalogue.figures[name].value for name in (made_of[0], SERVER_OVER_CARDS))
        steps.append(f"{server.devices} cards x {card:,.0f} USD x {factor:g} for the server around them = "
                     f"{server.devices * card * factor:,.0f} USD; stated {server.usd:,.0f} USD")  # fmt: skip
    steps.append(f"stated {_interval(server.low_usd, server.high_usd)} USD (80 % interval) when seen")
    steps.append(_age_step(SERVER_DRIFT, server.evidence, catalogue))
    now = headline(server, catalogue.as_of, catalogue.figures)
    if now is not None and now.low is not None and now.high is not None:
        steps.append(f"together: {_interval(now.low, now.high)} USD on {catalogue.as_of}")
    return tuple(steps)


def _parameter_steps(model: OpenModel) -> tuple[str, ...]:
    """Return how the parameters follow from the shapes, part by part, and how far that lies from the count carried."""
    shapes = model_shapes(model.architecture)
    routed = float(shapes.moe_layers * shapes.experts * shapes.expert_params)
    parts = {
        "attention": float(shapes.attention_params), "dense, shared and routers": float(shapes.dense_params),
        "routed experts": routed, "output projection": float(shapes.head_params),
        "input embedding": float(shapes.embedding_params),
    }  # fmt: skip
    total = float(parameters_total(shapes))
    active = total - routed + float(shapes.moe_layers * shapes.active_experts * shapes.expert_params)
    counted = " + ".join(f"{name} {count / BILLION:,.4g} B" for name, count in parts.items() if count)
    off = total / model.parameters_total - 1
    steps = [f"counted from the shapes: {counted} = {total / BILLION:,.4g} B; carried "
             f"{model.parameters_total / BILLION:,.4g} B ({off:+.1%} apart)".replace("%", " %")]  # fmt: skip
    if routed:
        steps.append(f"active per token: {shapes.active_experts:g} of {shapes.experts:g} experts a layer, "
                     f"{active / BILLION:,.4g} B; carried {model.parameters_active / BILLION:,.4g} B")  # fmt: skip
    return tuple(steps)


_TELL: Mapping[type[Value], Callable[[Any, Catalogue], tuple[str, ...]]] = {
    Figure: _figure_steps, GpuOffer: _offer_steps, RateCard: _card_steps, ServerPurchase: _server_steps,
}  # fmt: skip
