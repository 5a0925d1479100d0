"""Laws over the facts: sourced, dated, within physical bounds, in order; adding one is adding a file."""

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
        assert date(2012, 1, 1) <= evidence.as_of <= AS_OF, name
        assert evidence.url is None or evidence.url.startswith(("https://", "http://")), name


def test_judgements_say_so() -> None:
    for figure in CATALOGUE.figures.values():
        if "no source" in figure.evidence.source:
            assert figure.evidence.grade is Grade.ESTIMATE, figure.name
            assert figure.high >= 1.25 * figure.low, f"{figure.name}: a judgement needs a wide interval"


def test_counts_reach_what_is_promised() -> None:
    c = CATALOGUE
    assert len(c.open_models) >= 120
    assert len(c.accelerators) >= 28
    assert len({o.seller for o in c.gpu_offers}) >= 4
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
