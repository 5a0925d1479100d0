"""What a refresh would change, what it holds back, and where it writes."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from publisher_payloads import DAY, SEEN
from steelyard.domain.catalogue import Catalogue
from steelyard.domain.evidence import Evidence, Grade
from steelyard.domain.price import DatedUsd, GpuOffer, RateCard, TokenPrices, TokenTier
from steelyard.errors import OutputError
from steelyard.facts import load_catalogue
from steelyard.publishers import known_publishers
from steelyard.publishers.answers import broken_law
from steelyard.publishers.changes import Change, Plan, plan_refresh
from steelyard.publishers.publisher import Reading
from steelyard.publishers.store import write_entries

AZURE = known_publishers()["azure"]
OPENROUTER = known_publishers()["openrouter"]
TODAY = Evidence(source="Azure Retail Prices API", as_of=DAY, grade=Grade.PRIMARY)


def offer(name: str = "A", usd: float = 6.0, evidence: Evidence = SEEN, **more: object) -> GpuOffer:
    return GpuOffer.model_validate({
        "id": f"azure/{name}/eastus/on_demand", "seller": "azure", "instance": name, "accelerator": "h100-sxm",
        "devices": 8, "region": "eastus", "price_type": "on_demand", "usd_per_device_h": usd, "evidence": evidence,
    } | more)  # fmt: skip


def card(model: str = "m", usd: str = "1", output: str = "4", evidence: Evidence = SEEN, **more: object) -> RateCard:
    tier = TokenTier(above_input_tokens=0, prices=TokenPrices(uncached_input=Decimal(usd), output=Decimal(output)))
    return RateCard.model_validate({"seller": "openrouter", "model": model, "open_weights": True, "tiers": (tier,),
                                    "evidence": evidence} | more)  # fmt: skip


def planned(before: list[GpuOffer], *now: GpuOffer) -> Plan:
    catalogue = Catalogue(as_of=DAY, open_models={}, managed_models={}, accelerators={}, rate_cards=(),
                          gpu_offers=tuple(before), servers=(), figures={})  # fmt: skip
    return plan_refresh(AZURE, Reading(now, {"why": 2}), catalogue)


def planned_cards(before: list[RateCard], *now: RateCard) -> Plan:
    catalogue = Catalogue(as_of=DAY, open_models={}, managed_models={}, accelerators={}, rate_cards=tuple(before),
                          gpu_offers=(), servers=(), figures={})  # fmt: skip
    return plan_refresh(OPENROUTER, Reading(now, {}), catalogue)


def test_new_changed_unchanged_and_gone_prices_are_told_apart() -> None:
    before = [offer("A", 6.0), offer("B", 5.0), offer("C", 4.0), offer("D", 3.0)]
    plan = planned(
        before, offer("A", 6.0, TODAY), offer("B", 4.0, TODAY), offer("C", 8.0, TODAY), offer("N", 2.0, TODAY)
    )
    assert plan.changes == (
        Change("changed", "azure/C/eastus/on_demand", "device hour", 4.0, 8.0),
        Change("changed", "azure/B/eastus/on_demand", "device hour", 5.0, 4.0),
        Change("new", "azure/N/eastus/on_demand", "device hour", None, 2.0),
        Change("gone", "azure/D/eastus/on_demand", "device hour", 3.0, None),
    )
    assert plan.changes[1].fraction == pytest.approx(-0.2)
    assert plan.changes[2].fraction is None
    assert plan.unchanged == 1
    assert len(plan.entries) == 4
    assert plan.set_aside == {"why": 2}


def test_what_another_seller_or_an_estimate_lists_is_never_gone() -> None:
    estimate = SEEN.model_copy(update={"grade": Grade.ESTIMATE})
    before = [offer("A", 6.0, estimate), offer("B", 5.0, region="westeurope"), offer("C", 4.0, seller="aws")]
    assert not [change for change in planned(before, offer("N", 2.0, TODAY)).changes if change.what == "gone"]


def test_history_grows_by_the_price_before_and_keeps_its_order() -> None:
    older = DatedUsd(on=date(2026, 9, 1), usd_per_device_h=7.0)
    (kept,) = planned([offer("A", 6.0, history=(older,), start_up_s=300.0)], offer("A", 5.0, TODAY)).entries
    assert isinstance(kept, GpuOffer)
    assert kept.history == (older, DatedUsd(on=SEEN.as_of, usd_per_device_h=6.0))
    assert kept.start_up_s == 300.0
    (again,) = planned([kept.model_copy(update={"evidence": TODAY})], offer("A", 4.5, TODAY)).entries
    assert isinstance(again, GpuOffer)
    assert again.history == kept.history  # a second look on one day is no second price of the past


@pytest.mark.parametrize(("usd", "held"), [(0.04, True), (0.05, False), (25.0, False), (25.1, True)])
def test_rents_below_the_floor_or_above_the_ceiling_are_held_back(usd: float, held: bool) -> None:
    plan = planned([], offer("A", usd, TODAY))
    assert bool(plan.held_back) is held
    assert bool(plan.entries) is not held


@pytest.mark.parametrize(("old", "new", "held"), [(2.0, 20.0, True), (20.0, 2.0, True), (2.0, 19.0, False)])
def test_a_tenfold_jump_is_held_back_as_another_unit(old: float, new: float, held: bool) -> None:
    plan = planned([offer("A", old)], offer("A", new, TODAY))
    assert bool(plan.held_back) is held
    if held:
        assert "another unit" in plan.held_back[0]
        assert not plan.changes


def test_an_estimate_is_no_measure_of_a_jump() -> None:
    assert planned(
        [offer("A", 20.0, SEEN.model_copy(update={"grade": Grade.ESTIMATE}))], offer("A", 2.0, TODAY)
    ).entries


@pytest.mark.parametrize("name", [
    "=HYPERLINK(\"http://x\")", "+1", "../../etc/passwd", "a/../b", "\x1b[31mred", "a\nb", "", "x" * 300, "日本", "a b",
])  # fmt: skip
def test_hostile_names_are_held_back_and_never_shown_raw(name: str) -> None:
    plan = planned([], offer("A", 6.0, TODAY, instance=name), offer("B", 5.0, TODAY))
    assert len(plan.entries) == 1
    assert len(plan.held_back) == 1
    assert "\x1b" not in plan.held_back[0]
    assert planned_cards([], card(name)).held_back


@pytest.mark.parametrize("odd", [
    card(usd="0.0001"), card(usd="1001", output="1001"), card(output="0"),
    card(tiers=()), card(announced=(card(usd="5000"),)),
    card(tiers=(TokenTier(above_input_tokens=0, prices=TokenPrices(
        uncached_input=Decimal(1), output=Decimal(2), cache_read=Decimal("1.5"))),)),
    card(tiers=(TokenTier(above_input_tokens=5, prices=TokenPrices(uncached_input=Decimal(1), output=Decimal(2))),)),
])  # fmt: skip
def test_unlawful_token_prices_are_held_back(odd: RateCard) -> None:
    assert planned_cards([], odd).held_back


def test_what_a_list_of_prices_lacks_is_kept() -> None:
    before = card(batch_discount=0.5, regional_uplift=0.1, disagreement_fraction=0.2, retires=date(2027, 1, 1))
    (kept,) = planned_cards([before], card(usd="0.9", evidence=TODAY)).entries
    assert isinstance(kept, RateCard)
    assert (kept.batch_discount, kept.regional_uplift, kept.retires) == (0.5, 0.1, date(2027, 1, 1))
    assert kept.disagreement_fraction == 0.2
    assert kept.tiers[0].prices.uncached_input == Decimal("0.9")


def test_packaged_prices_keep_the_laws_that_fetched_ones_must() -> None:
    catalogue = load_catalogue(DAY)
    carried = [o for o in catalogue.gpu_offers if o.seller in {"aws", "azure", "oci"}]
    priced = [c for c in catalogue.rate_cards if c.tiers[0].prices.output > 0]
    assert len(carried) > 30
    assert len(priced) > 300
    assert {str(broken_law(entry)) for entry in [*carried, *priced]} == {"None"}


def test_files_are_added_and_never_overwritten(tmp_path: Path) -> None:
    first = write_entries(tmp_path, "gpu_offers", "azure", DAY, [offer("A", 6.0, TODAY)])
    text = first.read_bytes()
    second = write_entries(tmp_path, "gpu_offers", "azure", DAY, [offer("A", 5.0, TODAY)])
    assert [first.name, second.name] == ["azure-2026-11-23-01.yaml", "azure-2026-11-23-02.yaml"]
    assert first.read_bytes() == text
    assert json.loads(text)[0]["usd_per_device_h"] == 6.0
    assert sorted(p.name for p in tmp_path.rglob("*") if p.is_file()) == [first.name, second.name]


def test_a_place_that_cannot_be_written_is_said_and_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(OutputError, match="cannot be written"):
        write_entries(tmp_path / "file", "gpu_offers", "azure", DAY, [offer()])
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_a_failure_in_the_middle_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("steelyard.publishers.store.os.replace", full)
    with pytest.raises(OutputError, match="No space left"):
        write_entries(tmp_path, "gpu_offers", "azure", DAY, [offer()])
    assert not [p for p in tmp_path.rglob("*") if p.is_file()]


def test_a_day_has_so_many_refreshes_at_most(tmp_path: Path) -> None:
    folder = tmp_path / "gpu_offers"
    folder.mkdir()
    for n in range(1, 100):
        (folder / f"azure-2026-11-23-{n:02d}.yaml").write_text("[]")
    with pytest.raises(OutputError, match="99 refreshes"):
        write_entries(tmp_path, "gpu_offers", "azure", DAY, [offer()])
