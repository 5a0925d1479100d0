"""Refreshed prices hold from the day they were seen; own figures lie over them; the hash of the overlay tells."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from steelyard.domain.catalogue import Catalogue
from steelyard.domain.evidence import Evidence, Grade
from steelyard.domain.price import GpuOffer, RateCard, TokenPrices, TokenTier
from steelyard.facts import load_catalogue
from steelyard.facts.overlay import overlay_folders, refreshed_folder
from steelyard.publishers.store import write_entries

MODEL = "openai/gpt-5.4-mini"
P5 = "aws/p5.48xlarge/us-east-1/on_demand"


@pytest.fixture(autouse=True)
def xdg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path


def tier(usd: str) -> tuple[TokenTier, ...]:
    return (TokenTier(above_input_tokens=0, prices=TokenPrices(uncached_input=Decimal(usd), output=Decimal(4))),)


def card(usd: str, day: date, grade: Grade = Grade.PRIMARY, announced: tuple[RateCard, ...] = ()) -> RateCard:
    return RateCard(seller="openai", model=MODEL, open_weights=False, tiers=tier(usd), announced=announced,
                    evidence=Evidence(source="list", as_of=day, grade=grade))  # fmt: skip


def refreshed(usd: str, day: date, **more: object) -> None:
    write_entries(refreshed_folder(), "api_prices", "openrouter", day, [card(usd, day, **more)])  # type: ignore[arg-type]


def known(study: Path, as_of: date) -> Catalogue:
    return load_catalogue(as_of, overlay_folders(study))


def price(study: Path, as_of: date) -> Decimal:
    found = known(study, as_of).rate_card("openai", MODEL)
    assert found is not None
    return found.tiers[0].prices.uncached_input


def test_each_day_finds_the_price_last_seen_by_then(tmp_path: Path) -> None:
    packaged = price(tmp_path, date(2026, 11, 19))
    refreshed("0.5", date(2026, 11, 20))
    refreshed("0.4", date(2026, 12, 1))
    refreshed("0.3", date(2026, 12, 1))
    assert price(tmp_path, date(2026, 11, 19)) == packaged != Decimal("0.5")
    assert price(tmp_path, date(2026, 11, 20)) == Decimal("0.5")
    assert price(tmp_path, date(2026, 11, 30)) == Decimal("0.5")
    assert price(tmp_path, date(2026, 12, 1)) == Decimal("0.3")


def test_a_change_announced_at_a_refresh_comes_into_force_on_its_day(tmp_path: Path) -> None:
    later = card("0.9", date(2026, 11, 20)).model_copy(update={"valid_from": date(2026, 12, 5)})
    refreshed("0.5", date(2026, 11, 20), announced=(later,))
    before = known(tmp_path, date(2026, 12, 4)).rate_card("openai", MODEL)
    after = known(tmp_path, date(2026, 12, 5)).rate_card("openai", MODEL)
    assert before is not None
    assert after is not None
    assert (before.tiers, [a.valid_from for a in before.announced]) == (tier("0.5"), [date(2026, 12, 5)])
    assert (after.tiers, after.announced) == (tier("0.9"), ())


@pytest.mark.parametrize("beside_the_study", [True, False])
def test_own_figures_lie_over_refreshed_ones(tmp_path: Path, beside_the_study: bool) -> None:
    own = tmp_path / "facts" if beside_the_study else refreshed_folder().parent
    write_entries(own, "api_prices", "contract", date(2026, 10, 1), [card("0.2", date(2026, 10, 1), Grade.USER)])
    refreshed("0.5", date(2026, 11, 20))
    assert price(tmp_path, date(2026, 11, 23)) == Decimal("0.2")


def test_the_hash_of_the_overlay_changes_and_that_of_the_facts_does_not(tmp_path: Path) -> None:
    day = date(2026, 11, 23)
    none = known(tmp_path, day)
    refreshed("0.5", day)
    one = known(tmp_path, day)
    refreshed("0.5", day)
    two = known(tmp_path, day)
    assert none.overlay_sha256 is None
    assert None not in {one.overlay_sha256, two.overlay_sha256}
    assert one.overlay_sha256 != two.overlay_sha256
    assert none.sha256 == one.sha256 == two.sha256


def test_a_refreshed_rent_is_the_one_machines_are_costed_with(tmp_path: Path) -> None:
    day = date(2026, 11, 23)
    old = {o.id: o for o in known(tmp_path, day).gpu_offers}[P5]
    new = old.model_copy(
        update={"usd_per_device_h": 5.5, "evidence": Evidence(source="x", as_of=day, grade=Grade.PRIMARY)}
    )
    write_entries(refreshed_folder(), "gpu_offers", "aws", day, [new])
    offers: dict[str, GpuOffer] = {o.id: o for o in known(tmp_path, day).gpu_offers}
    assert offers[P5] == new
    assert len(offers) == len(known(tmp_path, day).gpu_offers)


def test_fresh_data_read_as_the_packaged_ones_give_the_same_cards() -> None:
    from genai_prices.data import providers  # noqa: PLC0415  half a second

    from steelyard.facts.prices import PACKAGE_DATE, rate_cards  # noqa: PLC0415
    from steelyard.facts.prices.fresh import package_cards  # noqa: PLC0415

    def open_model(name: str) -> str | None:
        return "llama-3.3-70b" if "llama-3.3-70b" in name.lower() else None

    packaged = rate_cards(PACKAGE_DATE, open_model)
    assert len(packaged) > 200
    assert package_cards(providers, PACKAGE_DATE, open_model) == packaged
