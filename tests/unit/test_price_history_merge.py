"""Which rows of a price history are moves: better bases win, corrections and resellers' discounts are no moves."""

import importlib.util
import sys
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from types import ModuleType

import pytest


def _script(name: str) -> ModuleType:
    path = Path(__file__).parents[2] / f"scripts/{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


MERGE = _script("price_history_merge")
START = date(2025, 1, 1)


def row(days: int, price: float, rank: int = 3, source: str = "gateway", **more: object):
    basis = {0: "documented", 2: "catalogue commit", 3: "monthly snapshot", 4: "catalogue edit"}[rank]
    return MERGE.Event(START + timedelta(days=days), price, 4 * price, None, basis, rank, source, "ref", **more)


def moves(*rows: object) -> list[tuple[int, float]]:
    return [((e.day - START).days, e.input) for e in MERGE.merged(rows, Counter())]


def test_a_single_source_tells_of_its_moves() -> None:
    assert moves(row(0, 3), row(200, 2), row(400, 1)) == [(0, 3), (200, 2), (400, 1)]


def test_rows_that_repeat_are_one_entry() -> None:
    assert moves(row(0, 3), row(30, 3), row(60, 3, rank=0, source="page")) == [(0, 3)]


def test_on_one_day_the_better_basis_counts_and_the_distance_is_kept() -> None:
    (found,) = MERGE.merged([row(0, 3), row(0, 2, rank=0, source="page")], Counter())
    assert (found.input, found.disagreement) == (2, pytest.approx(0.5))


def test_a_weak_row_against_a_documented_one_needs_a_second_source() -> None:
    page = row(0, 3, rank=0, source="page")
    assert moves(page, row(100, 2)) == [(0, 3)]
    assert moves(page, row(100, 2), row(150, 2, rank=2, source="list")) == [(0, 3), (100, 2)]
    assert moves(page, row(100, 2), row(400, 2, rank=2, source="list")) == [(0, 3)]


def test_a_discount_that_its_own_source_takes_back_is_no_move() -> None:
    dropped: Counter[str] = Counter()
    found = MERGE.merged([row(0, 3), row(200, 2.85), row(400, 3)], dropped)
    assert [e.input for e in found] == [3]
    assert dropped["taken back by its own source"] == 1


def test_an_old_price_shown_again_by_a_page_undoes_the_one_between() -> None:
    assert moves(row(0, 1), row(100, 3, rank=2, source="list"), row(106, 1, rank=0, source="page")) == [(0, 1)]


def test_a_dated_snapshot_speaks_only_where_no_undated_name_does() -> None:
    assert moves(row(0, 3, snapshot=True), row(50, 2)) == [(50, 2)]
    assert moves(row(0, 3, snapshot=True)) == [(0, 3)]


def test_an_edit_dates_a_move_that_another_source_shows_but_is_none_by_itself() -> None:
    series = MERGE.merged([row(0, 3), row(100, 2)], Counter())
    edits = [row(80, 2, rank=4, source="edits"), row(300, 5, rank=4, source="edits")]
    dropped: Counter[str] = Counter()
    found = MERGE.confirmed_edits(series, edits, dropped)
    assert [((e.day - START).days, e.input, e.basis) for e in found] == [
        (0, 3, "monthly snapshot"), (80, 2, "confirmed catalogue edit")]  # fmt: skip
    assert sum(dropped.values()) == 1


def test_a_listing_known_from_edits_alone_is_there_from_the_first_at_the_corrected_price() -> None:
    (found,) = MERGE.opened_by_edits([row(0, 9, rank=4), row(50, 3, rank=4)], Counter())
    assert (found.day, found.input) == (START, 3)
    assert MERGE.opened_by_edits([], Counter()) == []


def test_a_listing_opens_when_the_model_was_sold_not_on_the_day_in_its_name() -> None:
    named = row(0, 3, rank=0, source="page")
    release = MERGE.replace(row(20, 3, source="tiers"), basis="vendor's release")
    assert moves(named, release) == [(20, 3)]
    assert moves(named, MERGE.replace(release, day=START + timedelta(days=200))) == [(0, 3)]
    summer = 200  # after the daily list began
    assert moves(row(summer, 3, rank=0, source="page"), row(summer + 5, 3, rank=2, source="list")) == [(summer + 5, 3)]
    assert moves(row(summer, 3, rank=0, source="page"), row(summer + 5, 2, rank=2, source="list")) == [(summer, 3)]
