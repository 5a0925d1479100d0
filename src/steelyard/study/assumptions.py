"""Every figure behind a result, with source, date and age."""

import math
from collections.abc import Iterable, Sequence
from datetime import date

from steelyard.decision.decide import Decision
from steelyard.domain.catalogue import Catalogue
from steelyard.domain.currency import Currency
from steelyard.domain.evidence import Evidence, Grade
from steelyard.domain.ledger import Input
from steelyard.domain.result import AssumptionRow, oldest_moving
from steelyard.domain.study import Study
from steelyard.facts.prices.ageing import aged_interval, card_spread, offer_spread
from steelyard.options.option import Option, listing_name, rent_name
from steelyard.printed import percent, quantity
from steelyard.study.inputs import ratio_figure
from steelyard.study.reference import Reference

__all__ = ["assumption_rows", "oldest_that_moves"]

_TERMS = {"on_demand": "by the hour", "spot": "spot", "reserved_1y": "for 1 year", "reserved_3y": "for 3 years"}
"""Price type -> words."""
_DERIVED = "derived: "
"""How the source of a figure begins that was computed from others."""
SHOWN_FROM = 0.01
"""Least doubt about a price worth a word [1]."""


def assumption_rows(
    study: Study, options: Sequence[Option], catalogue: Catalogue, reference: Reference, decision: Decision,
) -> tuple[AssumptionRow, ...]:  # fmt: skip
    """Return one row per figure: what the user said first, then defaults, then the catalogue by name.

    Parameters
    ----------
    study
        Statements and the defaults used.
    options
        Options that were costed.
    catalogue
        Facts they rest on.
    reference
        The quality bar.
    decision
        Says which inputs have a flip point.
    """
    rows = [*_defaults(study), *_currency(study.currency, catalogue.as_of), _bar(reference, catalogue)]
    moving = decision.moving_inputs
    rows += _prices(options, catalogue, moving)
    rows += _machines(options, catalogue, moving)
    used = {name for option in options for name in option.ledger.inputs}
    labels = {q.expression.name: q.label for option in options for q in option.ledger.quantities
              if isinstance(q.expression, Input)}  # fmt: skip
    behind = {figure: name for name in sorted(used) if (figure := _figure_of(name, catalogue))}
    for figure_name, name in sorted(behind.items()):
        figure = catalogue.figures[figure_name]
        low, high = aged_interval(figure, catalogue.as_of, catalogue.figures)
        value = f"{figure.value:,.6g} ({_bound(low, figure.low)} to {_bound(high, figure.high)})"
        rows.append(_row(figure_name, value, figure.unit, figure.evidence, catalogue.as_of, moves=name in moving,
                         label=labels.get(name, "")))  # fmt: skip
    return tuple(rows)


def _figure_of(name: str, catalogue: Catalogue) -> str | None:
    """Return the figure behind an input: its namesake, or the ratio of tokens between two models."""
    ratio = next((side for side in ("input", "output") if name.startswith(f"{side}_token_ratio.")), None)
    if ratio is not None:
        return ratio_figure(ratio, name.partition(".")[2], catalogue)
    return name if name in catalogue.figures else None


def _bound(aged: float, stated: float) -> str:
    """Return a percentile as stated, or to four digits where age moved it."""
    return f"{aged if aged == stated else float(f'{aged:.4g}'):,.6g}"


def _doubt(spread: float) -> str:
    off_by = math.expm1(spread)
    return f"; may be off by {percent(off_by)}" if off_by >= SHOWN_FROM else ""


def _defaults(study: Study) -> list[AssumptionRow]:
    return [
        AssumptionRow(name=a.key, value=a.value, unit="", source=a.reason, url=None, as_of=None, age_days=None,
                      grade="default")
        for a in study.assumed
    ]  # fmt: skip


def _currency(currency: Currency | None, as_of: date) -> list[AssumptionRow]:
    """Return the rate at which amounts are shown, where the study sets one."""
    if currency is None:
        return []
    return [AssumptionRow(name="currency", value=f"1 {currency.code} = {currency.usd_per_unit:g} USD", unit="",
                          source=currency.source, url=None, as_of=currency.as_of,
                          age_days=max((as_of - currency.as_of).days, 0), grade=Grade.USER.value)]  # fmt: skip


def _bar(reference: Reference, catalogue: Catalogue) -> AssumptionRow:
    score = reference.score
    value = f"{score.model if score else reference.model or 'none'}" + (
        f", index {score.index:.0f} ± {score.se:.0f}" if score else ", no score"
    )
    if score is None:
        return AssumptionRow(name="quality bar", value=value, unit="index point", source=reference.reason, url=None,
                             as_of=None, age_days=None, grade="default")  # fmt: skip
    row = _row("quality bar", value, "index point", score.evidence, catalogue.as_of)
    return row.model_copy(update={"source": f"{reference.reason}; {row.source}"})


def _prices(options: Iterable[Option], catalogue: Catalogue, moving: frozenset[str]) -> list[AssumptionRow]:
    rows: list[AssumptionRow] = []
    for option in options:
        if option.card is None:
            continue
        card, prices = option.card, option.card.tiers[0].prices
        value = f"input {prices.uncached_input}, output {prices.output}"
        if prices.cache_read is not None:
            value += f", cache read {prices.cache_read}"
        value += _doubt(card_spread(card, catalogue.as_of, catalogue.figures))
        rows.append(_row(f"price of {card.model} at {card.seller}", value, "USD/Mtok", card.evidence, catalogue.as_of,
                         moves=listing_name(card) in moving,
                         label=f"Price of {card.model} at {card.seller}"))  # fmt: skip
    return _unique(rows)


def _machines(options: Iterable[Option], catalogue: Catalogue, moving: frozenset[str]) -> list[AssumptionRow]:
    rows: list[AssumptionRow] = []
    for option in options:
        hardware = option.hardware
        if hardware is None:
            continue
        config = hardware.curve.config
        if hardware.offer is not None:
            offer = hardware.offer
            device = catalogue.accelerators[offer.accelerator].name
            doubt = _doubt(max(offer_spread(offer, catalogue.as_of, catalogue.figures)))
            rows.append(_row(f"rent of {offer.machine} at {offer.seller}, {offer.price_type.replace('_', ' ')}",
                             f"{offer.usd_per_device_h:,.4g}{doubt}", "USD/(device h)", offer.evidence, catalogue.as_of,
                             moves=rent_name(offer.accelerator) in moving,
                             label=f"Rent of {device} at {offer.seller}, {_TERMS[offer.price_type]}"))  # fmt: skip
        if hardware.server is not None:
            server = hardware.server
            value = f"{server.usd:,.0f} ({server.low_usd:,.0f} to {server.high_usd:,.0f})"
            rows.append(_row(f"price of {server.id}", value, "USD", server.evidence, catalogue.as_of,
                             moves=f"server_usd.{server.id}" in moving,
                             label=f"Price of a server, {server.id}"))  # fmt: skip
        model, accelerator = catalogue.open_models[config.model], catalogue.accelerators[config.accelerator]
        rows.append(_row(f"shapes of {model.id}", f"{model.parameters_total / 1e9:,.1f} B parameters", "",
                         model.evidence[0], catalogue.as_of))  # fmt: skip
        rows.append(_row(f"rates of {accelerator.id}",
                         f"{accelerator.memory_bandwidth_bytes_per_s / 1e9:,.0f} GB/s, "
                         f"{accelerator.peak_flop_per_s['bf16'] / 1e12:,.0f} TFLOP/s bf16", "",
                         accelerator.evidence[0], catalogue.as_of))  # fmt: skip
    return _unique(rows)


def _unique(rows: Iterable[AssumptionRow]) -> list[AssumptionRow]:
    return list({row.name: row for row in rows}.values())


def _row(
    name: str, value: str, unit: str, evidence: Evidence, as_of: date, *, moves: bool = False, label: str = ""
) -> AssumptionRow:
    return AssumptionRow(name=name, value=value, unit=unit, source=evidence.source, url=evidence.url,
                         as_of=evidence.as_of, age_days=max((as_of - evidence.as_of).days, 0),
                         grade=evidence.grade.value, moves_verdict=moves, label=label)  # fmt: skip


def oldest_that_moves(rows: Sequence[AssumptionRow]) -> str | None:
    """Return one line naming the oldest dated figure that can move the verdict; None if none can."""
    row = oldest_moving(rows)
    if row is None:
        return None
    source = row.source.removeprefix(_DERIVED)
    said = f"Source: {source}" if source == row.source else f"Derived from {source}"
    return f"{row.words}, seen {row.as_of}, {quantity(row.age_days or 0.0, 'days old')}. {said}."
