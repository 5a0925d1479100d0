"""Laws over the facts: sourced, dated, within physical bounds, in order; adding one is adding a file."""

import re
import shutil
from datetime import date
from pathlib import Path

import pytest

from steelyard.domain.evidence import Evidence, Grade
from steelyard.errors import FactsError
from steelyard.facts import load_catalogue, snapshot
from steelyard.facts.load import DATA
from steelyard.facts.snapshot import load_entries

AS_OF = date(2026, 11, 23)
LAST_SEEN = date(2026, 11, 28)
"""Day on which the last source was looked up."""
CATALOGUE = load_catalogue(AS_OF)


def evidences() -> list[tuple[str, Evidence]]:
    c = CATALOGUE
    found = [(m.id, e) for m in (*c.open_models.values(), *c.managed_models.values()) for e in m.evidence]
    found += [(a.id, e) for a in c.accelerators.values() for e in a.evidence]
    found += [(x.id, x.evidence) for x in (*c.gpu_offers, *c.servers)]
    found += [(f.name, f.evidence) for f in c.figures.values()]
    found += [(f"{k.seller}/{k.model}", k.evidence) for k in c.rate_cards]
    found += [(q.model, q.evidence) for q in c.quality.values()]
    return found + [(r.id, e) for r in c.regimes.values() for e in r.evidence]


def test_every_figure_is_sourced_and_dated() -> None:
    for name, evidence in evidences():
        assert len(evidence.source) > 3, name
        assert date(2012, 1, 1) <= evidence.as_of <= LAST_SEEN, name
        assert evidence.url is None or evidence.url.startswith(("https://", "http://")), name


def test_judgements_say_so() -> None:
    for figure in CATALOGUE.figures.values():
        if "no source" in figure.evidence.source:
            assert figure.evidence.grade is Grade.ESTIMATE, figure.name
            assert figure.high >= 1.25 * figure.low, f"{figure.name}: a judgement needs a wide interval"


def test_counts_reach_what_is_promised() -> None:
    c = CATALOGUE
    assert len(c.open_models) >= 220
    assert len(c.accelerators) >= 65
    assert len({o.seller for o in c.gpu_offers}) >= 16
    assert {"aws", "azure", "gcp", "oci"} <= {o.seller for o in c.gpu_offers}
    assert len(c.servers) >= 4
    assert len({k.seller for k in c.rate_cards}) >= 12


def test_intervals_hold_their_value() -> None:
    for figure in CATALOGUE.figures.values():
        assert figure.low <= figure.value <= figure.high, figure.name
    for server in CATALOGUE.servers:
        assert 0 < server.low_usd <= server.usd <= server.high_usd, server.id


def test_accelerators_are_physically_possible() -> None:
    for a in CATALOGUE.accelerators.values():
        peaks = a.peak_flop_per_s
        assert 5e13 <= peaks["bf16"] <= 5e15, a.id
        assert peaks.get("fp8", peaks["bf16"]) >= peaks["bf16"], a.id
        assert 20 <= peaks["bf16"] / a.memory_bandwidth_bytes_per_s <= 800, f"{a.id}: FLOP per byte"
        assert 10e9 <= a.memory_bytes <= 400e9, a.id
        assert a.link_bytes_per_s < a.memory_bandwidth_bytes_per_s, a.id
        assert all(s in CATALOGUE.accelerators for s in a.successors), a.id


def test_formats_speed_up_as_hardware_does() -> None:
    for a in CATALOGUE.accelerators.values():
        peaks = a.peak_flop_per_s
        narrow = [peaks[f] / peaks["bf16"] for f in ("fp8", "fp4") if f in peaks]
        most = 8.0 if a.id.startswith("rtx-50") else 6.5  # GeForce cards halve rates that sum in 32 bits
        assert all(1 <= ratio <= most for ratio in narrow), a.id
        assert narrow == sorted(narrow), f"{a.id}: fewer bits are not slower"
        if a.tdp_w is not None:
            assert 2e11 <= peaks["bf16"] / a.tdp_w <= 5e12, f"{a.id}: FLOP/s per watt"
            assert 1e9 <= a.memory_bandwidth_bytes_per_s / a.tdp_w <= 2e10, f"{a.id}: bytes/s per watt"


def test_successors_come_later_and_reach_further() -> None:
    accelerators = CATALOGUE.accelerators
    for a in accelerators.values():
        for name in a.successors:
            assert name != a.id
            later = accelerators[name]
            assert a.released is None or later.released is None or a.released <= later.released, (a.id, name)
            more = (later.memory_bandwidth_bytes_per_s > a.memory_bandwidth_bytes_per_s
                    or later.peak_flop_per_s["bf16"] > a.peak_flop_per_s["bf16"])  # fmt: skip
            assert more or later.memory_bytes > a.memory_bytes, (a.id, name)


def test_software_maturity_has_a_source_and_names_known_engines() -> None:
    for a in CATALOGUE.accelerators.values():
        assert a.released is not None, a.id
        assert set(a.software_maturity) <= {"vllm", "sglang", "tensorrt-llm"}, a.id
        assert "vllm" in a.software_maturity, a.id
        assert ("tensorrt-llm" in a.software_maturity) <= (a.vendor == "NVIDIA"), a.id
        assert any("software maturity" in e.source and e.url for e in a.evidence), a.id


def test_spot_is_not_dearer_than_on_demand() -> None:
    price = {(o.seller, o.instance, o.region, o.price_type): o.usd_per_device_h for o in CATALOGUE.gpu_offers}
    spot = {key: usd for key, usd in price.items() if key[3] == "spot"}
    assert len(spot) >= 5
    for (seller, instance, region, _), usd in spot.items():
        assert usd <= price.get((seller, instance, region, "on_demand"), usd), instance


def test_terms_are_estimates_with_wide_intervals_that_say_why() -> None:
    terms = [o for o in CATALOGUE.gpu_offers if o.term_months and o.evidence.grade is Grade.ESTIMATE]
    assert {"aws", "azure", "gcp", "oci"} <= {o.seller for o in terms}
    for offer in terms:
        low, high = offer.low_usd_per_device_h, offer.high_usd_per_device_h
        assert low is not None, offer.id
        assert high is not None, offer.id
        assert low <= offer.usd_per_device_h <= high, offer.id
        assert high >= 1.2 * low, offer.id
        assert "not GPU-specific" in (offer.evidence.note or ""), offer.id


def test_a_server_costs_more_than_a_year_of_its_power_and_less_than_ten_years_of_rent() -> None:
    rents: dict[str, float] = {}
    for offer in CATALOGUE.gpu_offers:
        if offer.price_type == "on_demand":
            usd = offer.usd_per_device_h
            rents[offer.accelerator] = max(rents.get(offer.accelerator, usd), usd)
    for server in CATALOGUE.servers:
        per_device = server.usd / server.devices
        assert per_device > 8760 * 0.1 * server.power_kw / server.devices, server.id
        assert server.power_kw * 1000 / server.devices >= (CATALOGUE.accelerators[server.accelerator].tdp_w or 0)
        if server.accelerator in rents:
            assert per_device < 10 * 8760 * rents[server.accelerator], server.id


def test_figures_of_one_kind_share_a_unit_and_stay_in_bounds() -> None:
    bounds = {"power.": ("USD/kWh", 0.01, 0.6), "network.egress": ("USD/GB", 0.0, 0.2), "pue.": ("ratio", 1.0, 2.5),
              "hardware.card_usd.": ("USD", 500, 80_000), "hardware.residual_fraction": ("1", 0.0, 1.0),
              "staffing.base_pay": ("USD/a", 20_000, 500_000)}  # fmt: skip
    for prefix, (unit, least, most) in bounds.items():
        found = [f for f in CATALOGUE.figures.values() if f.name.startswith(prefix)]
        assert found, prefix
        for figure in found:
            assert figure.unit == unit, figure.name
            assert least <= figure.low <= figure.high <= most, figure.name


def test_what_people_ask_for_by_name_is_there() -> None:
    for name in (
        "price.hardware_factor_per_year", "power.eu_non_household_usd_per_kwh", "power.uk_large_industrial_usd_per_kwh",
        "hardware.failure_per_device_year", "hardware.support_fraction_of_capex_per_year",
        "hardware.residual_fraction_36m", "colocation.wholesale_usd_per_kw_month", "network.egress_usd_per_gb.aws",
        "staffing.total_pay_us_usd_per_year.ml_platform_engineer",
    ):  # fmt: skip
        assert CATALOGUE.figure(name).evidence.source, name


@pytest.mark.parametrize("folder", ["models", "managed_models", "accelerators", "gpu_offers", "servers", "figures"])
def test_a_key_that_the_schema_lacks_is_refused(folder: str, tmp_path: Path) -> None:
    (tmp_path / folder).mkdir()
    entry = sorted((DATA / folder).glob("*.yaml"))[0].read_text(encoding="utf-8")
    alien = r"\1colour: blue\n  evidence:" if entry.startswith("- ") else r"colour: blue\n\2"
    drifted = re.sub(r"^(- |  )?(evidence:)", alien, entry, count=1, flags=re.MULTILINE)
    assert drifted != entry
    (tmp_path / folder / "own.yaml").write_text(drifted, encoding="utf-8")
    with pytest.raises(FactsError, match="colour"):
        load_catalogue(AS_OF, [tmp_path])


def test_gpu_hours_cost_neither_nothing_nor_a_fortune() -> None:
    for offer in CATALOGUE.gpu_offers:
        assert 0.05 <= offer.usd_per_device_h <= 25, offer.id
        assert offer.accelerator in CATALOGUE.accelerators, offer.id
        assert (offer.term_months > 0) == offer.price_type.startswith("reserved"), offer.id


def test_single_quotes_are_at_most_two_a_seller() -> None:
    tables = {"aws", "azure", "gcp", "oci"}
    quotes: dict[str, int] = {}
    for offer in load_entries(DATA).gpu_offers:
        if offer.seller not in tables:
            quotes[offer.seller] = quotes.get(offer.seller, 0) + 1
    assert max(quotes.values()) <= 2


def test_carried_tables_name_a_licence() -> None:
    for offer in load_entries(DATA).gpu_offers:
        if offer.seller in {"aws", "azure", "gcp", "oci"}:
            assert offer.evidence.licence, offer.id


def test_price_lists_are_in_order() -> None:
    for card in CATALOGUE.rate_cards:
        bounds = [t.above_input_tokens for t in card.tiers]
        assert bounds[0] == 0, card.model
        assert bounds == sorted(set(bounds)), card.model
        starts = [later.valid_from for later in card.announced]
        assert all(s is not None and s > AS_OF for s in starts), card.model
        assert card.batch_discount is None or 0 <= card.batch_discount < 1, card.model


def test_announced_changes_are_carried_with_their_dates() -> None:
    card = CATALOGUE.rate_card("google", "google/gemini-4-argon")
    assert card is not None
    later = card.announced[0]
    assert later.valid_from == date(2026, 12, 1)
    assert later.tiers[0].prices.output == 2 * card.tiers[0].prices.output


def test_what_was_not_released_yet_is_not_known() -> None:
    then = load_catalogue(date(2025, 1, 1))
    assert "llama-3.3-70b" in then.open_models
    assert "gpt-oss-120b" not in then.open_models
    assert "gb300" not in then.accelerators
    assert then.missing


def test_adding_a_model_is_adding_a_file(tmp_path: Path) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    text = (DATA / "models" / "qwen3-8b.yaml").read_text(encoding="utf-8").replace("id: qwen3-8b\n", "id: our-8b\n")
    (folder / "our-8b.yaml").write_text(text, encoding="utf-8")
    own = load_catalogue(AS_OF, [tmp_path])
    assert own.open_models["our-8b"].parameters_total == CATALOGUE.open_models["qwen3-8b"].parameters_total
    assert own.overlay_sha256 is not None
    assert own.sha256 == CATALOGUE.sha256


def test_the_users_own_figure_wins(tmp_path: Path) -> None:
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "own.yaml").write_text(
        "- {name: power.us_industrial_usd_per_kwh, value: 0.07, low: 0.07, high: 0.07, unit: USD/kWh,\n"
        "   evidence: {source: our contract, as_of: 2026-10-01, grade: user}}\n", encoding="utf-8")  # fmt: skip
    assert load_catalogue(AS_OF, [tmp_path]).figure("power.us_industrial_usd_per_kwh").value == 0.07


def test_every_fault_of_an_overlay_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "own.yaml").write_text("- {name: a, value: x}\n- {name: b, valu: 1}\n", encoding="utf-8")
    with pytest.raises(FactsError) as caught:
        load_catalogue(AS_OF, [tmp_path])
    assert "figures/own.yaml: a" in str(caught.value)
    assert "figures/own.yaml: b" in str(caught.value)


def test_a_stale_snapshot_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "facts"
    shutil.copytree(DATA / "servers", folder / "servers")
    first = load_entries(folder)
    assert list(snapshot.snapshot_folder().glob("*.json"))
    path = folder / "servers" / "hgx-h100-8.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("usd: 295000", "usd: 295001"), encoding="utf-8")
    second = load_entries(folder)
    assert first.sha256 != second.sha256
    assert {s.usd for s in second.servers} - {s.usd for s in first.servers} == {295001.0}


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder", encoding="utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    assert load_catalogue(AS_OF).sha256 == CATALOGUE.sha256


def test_sellers_spellings_meet_one_model() -> None:
    hosts = {card.seller for card in CATALOGUE.rate_cards if card.model == "llama-3.3-70b"}
    assert {"together", "groq", "aws", "novita", "ovhcloud", "cloudflare"} <= hosts


def test_a_model_is_not_sold_first_hand_by_another_maker() -> None:
    sellers = {card.seller for card in CATALOGUE.rate_cards if "claude" in card.model}
    assert sellers == {"anthropic"}
    assert not [card for card in CATALOGUE.rate_cards if card.seller == "mistral" and "deepseek" in card.model]


def test_prices_by_time_of_day_are_averaged_over_the_week() -> None:
    card = next(c for c in CATALOGUE.rate_cards if c.seller == "deepseek" and c.model.endswith("deepseek-v4-pro"))
    # 0.66 and 1.98 off peak, twice that at 7 of 24 hours on 5 of 7 days: 29/24 of the base
    prices = card.tiers[0].prices
    assert float(prices.uncached_input) == pytest.approx(0.66 * 29 / 24, abs=1e-6)
    assert float(prices.output) == pytest.approx(1.98 * 29 / 24, abs=1e-6)
