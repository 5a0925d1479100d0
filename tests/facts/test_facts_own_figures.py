"""Own figures that cannot be right, or are no files, are refused by file and name; nothing is passed over."""

import os
from datetime import date
from pathlib import Path

import pytest

from steelyard.errors import FactsError
from steelyard.facts import load_catalogue
from steelyard.facts.own_figures import LARGEST_BYTES

AS_OF = date(2026, 11, 23)
MINE = "evidence: {source: our contract, as_of: 2026-11-01, grade: user}"
POWER = "power.us_industrial_usd_per_kwh"
OFFER = "seller: us, instance: x, devices: 8, region: us, price_type: on_demand"
DEVICE = "name: X, vendor: us, generation: hopper, link: pcie, link_bytes_per_s: 5.0e+10, devices_per_server: 8"


def written(folder: Path, kind: str, text: str, name: str = "mine.yaml") -> Path:
    place = folder / "facts" / kind
    place.mkdir(parents=True, exist_ok=True)
    (place / name).write_text(text, encoding="utf-8")
    return folder / "facts"


def figure(value: float, low: float, high: float, unit: str = "USD/kWh") -> str:
    return f"- {{name: {POWER}, value: {value}, low: {low}, high: {high}, unit: '{unit}', {MINE}}}"


@pytest.mark.parametrize(
    ("kind", "text", "told"),
    [
        ("figures", figure(0.07, 0.07, 0.07, "EUR/MWh"), "Expected 'USD/kWh', in which it is used"),
        ("figures", figure(-0.07, -0.08, -0.06), "low -0.08 is below 0"),
        ("figures", figure(0.07, 0.08, 0.09), "value 0.07 lies outside low 0.08 to high 0.09"),
        ("figures", figure(0.07, float("nan"), 0.09).replace("nan", ".nan"), "finite number"),
        ("gpu_offers", f"{{id: a, {OFFER}, accelerator: h100-sxm, usd_per_device_h: 0.00001, {MINE}}}", "0.01 to 200"),
        ("gpu_offers", f"{{id: a, {OFFER}, accelerator: h100-sxm, usd_per_device_h: 1460, {MINE}}}", "offer has 8"),
        ("gpu_offers", f"{{id: a, {OFFER}, accelerator: h100-smx, usd_per_device_h: 2, {MINE}}}", "'h100-sxm'"),
        ("servers", f"{{id: s, accelerator: tesla, devices: 8, usd: 9, low_usd: 9, high_usd: 9, power_kw: 1, {MINE}}}",
         "unknown accelerator 'tesla'"),
        ("accelerators", f"{{id: x, {DEVICE}, memory_bytes: 80, memory_bandwidth_bytes_per_s: 3.35e+12, "
                         f"peak_flop_per_s: {{bf16: 9.89e+14}}, evidence: []}}", "State bytes, not GB"),
        ("accelerators", f"{{id: x, {DEVICE}, memory_bytes: 80000000000, memory_bandwidth_bytes_per_s: 3350, "
                         f"peak_flop_per_s: {{bf16: 9.89e+14}}, evidence: []}}", "FLOP a byte"),
    ],
)  # fmt: skip
def test_what_cannot_be_right_is_refused_by_file(kind: str, text: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(FactsError) as caught:
        load_catalogue(AS_OF, [written(tmp_path, kind, text)])
    assert told in str(caught.value)
    assert f"{kind}/mine.yaml" in str(caught.value)


def test_a_count_that_the_shapes_do_not_give_is_refused(tmp_path: Path) -> None:
    page = Path(__file__).parents[2] / "docs" / "how-to" / "add-a-model.md"
    entry = page.read_text(encoding="utf-8").split("```yaml\n")[1].split("```")[0]
    load_catalogue(AS_OF, [written(tmp_path, "models", entry)])
    with pytest.raises(FactsError, match="parameters_total 9,190,000,000"):
        load_catalogue(AS_OF, [written(tmp_path, "models", entry.replace("total: 8190000000", "total: 9190000000"))])


def test_a_misspelt_folder_is_named_with_the_near_one(tmp_path: Path) -> None:
    with pytest.raises(FactsError, match=r"'figure' is no folder of facts.*Did you mean 'figures'"):
        load_catalogue(AS_OF, [written(tmp_path, "figure", figure(0.07, 0.07, 0.07))])


def test_another_ending_is_named_and_not_passed_over(tmp_path: Path) -> None:
    with pytest.raises(FactsError, match=r"Rename it to mine\.yaml"):
        load_catalogue(AS_OF, [written(tmp_path, "figures", figure(0.07, 0.07, 0.07), "mine.yml")])


def test_notes_beside_the_entries_are_left_alone(tmp_path: Path) -> None:
    folder = written(tmp_path, "figures", "no entry", "README.md")
    (folder / "quotes").mkdir()
    (folder / "quotes" / "order.pdf").write_bytes(b"%PDF")
    assert load_catalogue(AS_OF, [folder]).figure(POWER).evidence.grade.value != "user"


@pytest.mark.parametrize("kind", ["pipe", "device", "folder"])
def test_what_is_no_ordinary_file_is_refused_unread(kind: str, tmp_path: Path) -> None:
    folder = written(tmp_path, "figures", figure(0.07, 0.07, 0.07))
    place = folder / "figures" / "odd.yaml"
    if kind == "pipe":
        os.mkfifo(place)
    elif kind == "device":
        place.symlink_to("/dev/zero")
    else:
        place.mkdir()
    with pytest.raises(FactsError, match=r"figures/odd\.yaml: not an ordinary file"):
        load_catalogue(AS_OF, [folder])


def test_a_file_beyond_the_limit_is_refused_unread(tmp_path: Path) -> None:
    folder = written(tmp_path, "figures", "")
    with (folder / "figures" / "mine.yaml").open("wb") as file:
        file.truncate(LARGEST_BYTES + 1)
    with pytest.raises(FactsError, match="too many"):
        load_catalogue(AS_OF, [folder])


@pytest.mark.parametrize("text", ["[" * 20_000, "!!python/object/apply:os.system ['true']", "\x00\x01"])
def test_a_file_that_no_reader_can_follow_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(FactsError, match="not readable as YAML"):
        load_catalogue(AS_OF, [written(tmp_path, "figures", text)])
