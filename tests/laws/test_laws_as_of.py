"""No look-ahead: on any past day the catalogue holds nothing that was released, listed, seen or announced later."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from steelyard.domain.catalogue import Catalogue
from steelyard.domain.evidence import Evidence
from steelyard.facts import load_catalogue
from steelyard.facts.past import PRODUCT_PRICES
from steelyard.facts.prices.rents import RENT_CARRIED_BACK, SERVER_CARRIED_BACK

DAYS = st.dates(date(2023, 7, 1), date(2026, 11, 9))
MOST_LINES = 8


def later(evidence: Evidence, catalogue: Catalogue) -> bool:
    return evidence.as_of > catalogue.as_of


def said(catalogue: Catalogue, start: str) -> bool:
    return any(line.startswith(start) for line in catalogue.missing)


def no_later_things(then: Catalogue) -> None:
    day = then.as_of
    assert all(m.released <= day for m in then.open_models.values())
    assert all(a.released is None or a.released <= day for a in then.accelerators.values())
    assert all(m.released is None or m.released <= day for m in then.managed_models.values())
    assert all(o.accelerator in then.accelerators for o in then.gpu_offers)
    assert all(s.accelerator in then.accelerators for s in then.servers)


def no_later_prices(then: Catalogue) -> None:
    day = then.as_of
    for card in then.rate_cards:
        assert card.valid_from is None or card.valid_from <= day
        assert card.first_seen is None or card.first_seen <= day
        assert card.retires is None or card.evidence.as_of <= day
        assert not any(later(coming.evidence, then) for coming in card.announced)
        if card.open_weights:
            assert card.model in then.open_models
        if later(card.evidence, then) and card.valid_from is None:
            released = then.managed_models[card.model].released
            assert released is not None
            assert released <= day
            assert said(then, "Sold then, but priced as listed")
    for offer in then.gpu_offers:
        if later(offer.evidence, then):
            assert offer.evidence.as_of - day <= RENT_CARRIED_BACK
            assert said(then, "GPU rents first seen up to a year later")
            traced = {o.accelerator for o in then.gpu_offers if o.term_months == 0 and not later(o.evidence, then)}
            assert offer.accelerator not in traced
        assert all(price.on <= day for price in offer.history)
    for server in then.servers:
        if later(server.evidence, then):
            assert server.evidence.as_of - day <= SERVER_CARRIED_BACK
            assert said(then, "Server prices: those of")


def no_later_knowledge(then: Catalogue) -> None:
    day = then.as_of
    for scores in then.quality_by_effort.values():
        assert all(score.as_of <= day and not later(score.evidence, then) for score in scores)
    assert bool(then.quality) == (not said(then, "Quality is not testable"))
    assert then.quality_calibration
    assert all(score.estimated for score in then.estimated_quality.values())
    assert not any(later(score.evidence, then) for score in then.estimated_quality.values()) or not then.quality
    figures = [f for f in then.figures.values() if later(f.evidence, then)]
    assert not any(f.name.startswith(PRODUCT_PRICES) for f in figures)
    assert not figures or any("slow-moving figures" in line for line in then.missing)
    for tuning in then.fine_tuning_prices.values():
        ends = (tuning.closed_to_new_organisations_from, tuning.no_new_jobs_from, tuning.inference_ends)
        assert not later(tuning.evidence, then) or all(end is None or end <= day for end in ends)


@given(DAYS)
@settings(max_examples=20, deadline=None)
def test_nothing_of_a_later_day_is_known(day: date) -> None:
    then = load_catalogue(day)
    no_later_things(then)
    no_later_prices(then)
    no_later_knowledge(then)
    assert len(then.missing) <= MOST_LINES
    assert all(len(line) < 600 for line in then.missing)


@given(DAYS, st.integers(1, 400))
@settings(max_examples=10, deadline=None)
def test_what_was_released_stays_released(day: date, more: int) -> None:
    then, after = load_catalogue(day), load_catalogue(min(day + timedelta(days=more), date(2026, 11, 9)))
    assert then.open_models.keys() <= after.open_models.keys()
    assert then.accelerators.keys() <= after.accelerators.keys()


def test_the_last_day_of_history_and_today_know_the_same_things() -> None:
    then, today = load_catalogue(date(2026, 11, 9)), load_catalogue(date(2026, 11, 23))
    assert then.open_models.keys() == today.open_models.keys()
    assert {o.id for o in then.gpu_offers if o.seller == "aws"} >= {o.id for o in today.gpu_offers if o.seller == "aws"}
    assert not any(score.as_of > then.as_of for score in then.quality.values())
