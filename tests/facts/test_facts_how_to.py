"""The worked examples of docs/how-to are entries that load as they stand, one file each."""

import re
from datetime import date
from pathlib import Path

import pytest

from steelyard.facts import load_catalogue
from steelyard.serving.shapes import model_shapes, parameters_total

PAGES = Path(__file__).parents[2] / "docs" / "how-to"
LATER = date(2026, 12, 2)
EXAMPLE = re.compile(r"```yaml\n# facts/(?P<kind>\w+)/(?P<file>[\w.-]+)\n(?P<entry>.*?)```", re.DOTALL)


def examples(page: str) -> list[re.Match[str]]:
    return list(EXAMPLE.finditer((PAGES / page).read_text(encoding="utf-8")))


@pytest.mark.parametrize("page", ["add-a-model", "add-an-accelerator", "add-a-seller", "add-a-regime", "add-a-price"])
def test_each_example_is_one_file_that_adds_one_thing(page: str, tmp_path: Path) -> None:
    found = examples(f"{page}.md")
    assert found
    before = load_catalogue(LATER)
    for example in found:
        folder = tmp_path / example["kind"]
        folder.mkdir(exist_ok=True)
        (folder / example["file"]).write_text(example["entry"], encoding="utf-8")
    after = load_catalogue(LATER, [tmp_path])
    assert after.sha256 == before.sha256
    assert after.overlay_sha256 is not None
    if page == "add-a-model":
        own = after.open_models["qwen3-8b-support"]
        assert float(parameters_total(model_shapes(own.architecture))) == pytest.approx(own.parameters_total, rel=0.005)
        assert own.tuning_base in before.open_models
    elif page == "add-an-accelerator":
        own = after.accelerators["h100-sxm-64"]
        assert all(name in before.accelerators for name in own.successors)
    elif page == "add-a-seller":
        assert {o.id for o in after.gpu_offers} - {o.id for o in before.gpu_offers} == {
            "our-colo/h200x8/fra/reserved_1y"
        }
    elif page == "add-a-regime":
        assert set(after.regimes) - set(before.regimes) == {"our_client_data_policy"}
    else:
        card = after.rate_card("openai", "openai/gpt-5.4-mini")
        assert card is not None
        assert str(card.tiers[0].prices.output) == "3.60"
        assert after.figure("power.us_industrial_usd_per_kwh").value == 0.071


@pytest.mark.parametrize("page", sorted(p.name for p in PAGES.glob("add-*.md")))
def test_each_page_says_how_to_check(page: str) -> None:
    text = (PAGES / page).read_text(encoding="utf-8")
    assert "Check it:" in text
    assert re.search(r"^steelyard ", text, re.MULTILINE)
    assert "pytest -q tests/facts" in text
