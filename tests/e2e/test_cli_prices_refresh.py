"""``steelyard prices refresh`` from the command to the catalogue, with canned answers in place of the network."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner, Result

import publisher_payloads as payloads
from steelyard.cli import main, prices_refresh
from steelyard.domain.catalogue import Catalogue
from steelyard.facts import load_catalogue
from steelyard.facts.load import DATA
from steelyard.facts.overlay import overlay_folders, refreshed_folder
from steelyard.publishers.client import Client, Limits
from steelyard.publishers.publisher import Publisher

P5 = "aws/p5.48xlarge/us-east-1/on_demand"
NEXT = "https://prices.azure.com:443/api/retail/prices?$filter=x eq 'y'&$skip=1000"
ANSWERS: dict[str, bytes] = {
    "openrouter.ai": payloads.openrouter(),
    "raw.githubusercontent.com": payloads.genai_prices(),
    "pricing.us-east-1.amazonaws.com": payloads.aws_file(payloads.aws_row("p5.48xlarge", "48.0", "8")),
    "apexapps.oracle.com": payloads.oci(),
}
AZURE_PAGES = [payloads.azure_page(payloads.azure_item("ND96isr_H100_v5", 80.0), following=NEXT),
               payloads.azure_page(payloads.azure_item("ND96isr_H200_v5", 88.0))]  # fmt: skip


class Net:
    """Stands for the network: answers by host, and what was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, bytes] = dict(ANSWERS)
        self.pages = list(AZURE_PAGES)
        self.asked: list[str] = []

    def __call__(self, url: str, wait_s: float, /) -> payloads.Answer:
        self.asked.append(url)
        host = urlsplit(url).hostname or ""
        if host == "prices.azure.com" and host not in self.answers:
            return payloads.Answer(self.pages.pop(0))
        if host not in self.answers:
            raise OSError("no such host")
        return payloads.Answer(self.answers[host])


@pytest.fixture
def net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Net:
    made = Net()

    def client(publisher: Publisher, progress: Callable[[str], None]) -> Client:
        return Client(publisher.hosts, transport=made, limits=Limits(kept_bytes=200_000), progress=progress)

    monkeypatch.setattr(prices_refresh, "new_client", client)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return made


def run(*args: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(main, ["prices", "refresh", *args], input=typed)


def sources(*names: str) -> list[str]:
    return [word for name in names for word in ("--source", name)]


def written() -> list[str]:
    folder = refreshed_folder()
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def today() -> date:
    return datetime.now(UTC).date()


def known(tmp_path: Path) -> Catalogue:
    return load_catalogue(today(), overlay_folders(tmp_path))


def input_price(catalogue: Catalogue, seller: str, model: str) -> float | None:
    card = catalogue.rate_card(seller, model)
    return float(card.tiers[0].prices.uncached_input) if card else None


def hashes(folder: Path) -> Mapping[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*.yaml")}


def test_all_sources_are_fetched_shown_and_win_in_the_catalogue(net: Net, tmp_path: Path) -> None:
    before, package = known(tmp_path), hashes(DATA)
    shown = run("--yes")
    assert shown.exit_code == 0, shown.output
    day = today()
    assert written() == [f"api_prices/genai_prices-{day}-01.yaml", f"api_prices/openrouter-{day}-01.yaml",
                         f"gpu_offers/aws-{day}-01.yaml", f"gpu_offers/azure-{day}-01.yaml",
                         f"gpu_offers/oci-{day}-01.yaml"]  # fmt: skip
    after = known(tmp_path)
    offers = {offer.id: offer for offer in after.gpu_offers}
    assert offers[P5].usd_per_device_h == 6.0
    assert offers[P5].history[-1].usd_per_device_h == 6.88
    assert offers["azure/Standard_ND96isr_H100_v5/eastus/on_demand"].usd_per_device_h == 10.0
    assert offers["azure/Standard_ND96isr_H200_v5/eastus/on_demand"].usd_per_device_h == 11.0
    assert offers["oci/BM.GPU.H100.8/any/on_demand"].devices == 8
    assert input_price(after, "openrouter", "llama-3.3-70b") == 0.1
    assert input_price(before, "openrouter", "llama-3.3-70b") is None
    assert after.overlay_sha256 != before.overlay_sha256
    assert after.sha256 == before.sha256
    assert hashes(DATA) == package


def test_the_hosts_are_named_before_and_no_others_are_asked(net: Net) -> None:
    shown = run("--yes")
    for url in net.asked:
        assert (urlsplit(url).hostname or "?") in shown.stderr
        assert url.startswith("https://")
    assert len(net.asked) == 6  # Azure has two pages
    assert " " not in "".join(net.asked)


def test_the_difference_is_a_table_that_lines_up(net: Net) -> None:
    shown = run("--yes", *sources("aws"))
    lines = shown.stdout.splitlines()
    head = next(i for i, line in enumerate(lines) if line.split()[:2] == ["entry", "price"])
    changed = next(line for line in lines if line.startswith("changed"))
    assert changed.split() == ["changed", P5, "device", "hour", "6.88", "6", "-12.8%"]
    assert changed.rindex("-12.8%") + len("-12.8%") == len(lines[head + 1])
    assert "gone" in shown.stdout


def test_nothing_is_written_on_a_dry_run_or_on_no(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = run("--dry-run", *sources("oci"))
    assert (shown.exit_code, written()) == (0, [])
    assert "new" in shown.stdout
    monkeypatch.setattr(prices_refresh, "can_ask", lambda: True)
    declined = run(*sources("oci"), typed="n\n")
    assert (declined.exit_code, written()) == (0, [])
    assert "Nothing was written" in declined.stdout
    assert run(*sources("oci"), typed="y\n").exit_code == 0
    assert len(written()) == 1


def test_without_a_terminal_it_must_be_told_and_nobody_is_asked(net: Net) -> None:
    shown = run()
    assert shown.exit_code == 2
    assert "--yes" in shown.stderr
    assert not net.asked


def test_an_unknown_source_is_named_with_the_known_ones(net: Net) -> None:
    shown = run("--yes", "--source", "openruter")
    assert shown.exit_code == 2
    assert "Did you mean 'openrouter'?" in shown.stderr
    assert not net.asked


def test_a_source_that_fails_is_told_and_the_rest_goes_on(net: Net) -> None:
    del net.answers["openrouter.ai"]
    net.answers["apexapps.oracle.com"] = b"<html>maintenance</html>"
    net.answers["raw.githubusercontent.com"] = payloads.genai_prices()[:-40]
    shown = run("--yes")
    assert shown.exit_code == 0
    assert [name.split("/")[1].split("-")[0] for name in written()] == ["aws", "azure"]
    for name in ("openrouter", "oci", "genai_prices"):
        assert f"! {name}: " in shown.stderr


def test_where_none_answers_nothing_is_written_and_the_code_says_so(net: Net) -> None:
    net.answers.clear()
    shown = run("--yes", *sources("oci", "openrouter"))
    assert (shown.exit_code, written()) == (2, [])
    assert "Traceback" not in shown.output


HOSTILE: dict[str, bytes] = {
    "huge": b'{"data": [' + b'{"id": "x"},' * 100_000 + b"{}]}",
    "cut off": payloads.openrouter()[:200],
    "a page": b"<!DOCTYPE html><title>Log in</title>",
    "formula": payloads.openrouter(payloads.openrouter_model("=cmd|'calc'!A0/llama-3.3-70b", "0.000001", "0.000002"),
                                   payloads.openrouter_model("openai/gpt-5.4-mini", "=1+1", "0.000002")),
    "path": payloads.openrouter(payloads.openrouter_model("../../../../var/lib/gpt", "0.000001", "0.000002")),
    "free": payloads.openrouter(payloads.openrouter_model("openai/gpt-5.4-mini", "0.0000000000001", "0.00000000001")),
    "infinite": payloads.openrouter(payloads.openrouter_model("openai/gpt-5.4-mini", "Infinity", "1e999999999")),
    "yaml": b"data: !!python/object/apply:os.system ['true']",
}  # fmt: skip


@pytest.mark.parametrize("answer", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_answer_changes_nothing_beside_the_others(net: Net, tmp_path: Path, answer: bytes) -> None:
    net.answers["openrouter.ai"] = answer
    shown = run("--yes", *sources("openrouter", "oci"))
    assert shown.exit_code == 0, shown.output
    assert "Traceback" not in shown.output
    written_here = [name for name in written() if "oci" not in name]
    catalogue = known(tmp_path)
    for name in written_here:  # only an identifier of the catalogue's own can have come through
        listed = json.loads((refreshed_folder() / name).read_text(encoding="utf-8"))
        assert {entry["model"] for entry in listed} <= {*catalogue.open_models, *catalogue.managed_models}
    assert "=" not in "".join(card.model for card in catalogue.rate_cards if card.seller == "openrouter")
    inside = refreshed_folder().resolve()
    made = [path for path in (tmp_path / "data").rglob("*") if path.is_file()]
    assert all(path.resolve().is_relative_to(inside) for path in made)
    assert not list((tmp_path / "data").rglob("*.new"))


def test_a_second_refresh_confirms_and_adds_a_file(net: Net, tmp_path: Path) -> None:
    run("--yes", *sources("oci"))
    first = {name: (refreshed_folder() / name).read_bytes() for name in written()}
    shown = run("--yes", *sources("oci"))
    assert "2 entries, 2 of them unchanged" in shown.stdout
    assert len(written()) == 2
    for name, content in first.items():
        assert (refreshed_folder() / name).read_bytes() == content


def test_help_loads_neither_network_nor_publishers() -> None:
    code = ("import sys; from click.testing import CliRunner; from steelyard.cli import main; "
            "assert CliRunner().invoke(main, ['--help']).exit_code == 0; "
            "print(sorted(m for m in sys.modules if m.startswith('steelyard.publishers') "
            "or m in {'urllib.request', 'http.client', 'ssl', 'socket'}))")  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_subcommand_is_listed_in_the_help_of_prices() -> None:
    shown = CliRunner().invoke(main, ["prices", "--help"])
    assert "refresh" in shown.output


def test_prices_and_facts_show_what_was_refreshed(net: Net) -> None:
    run("--yes", *sources("openrouter", "aws"))
    shown = CliRunner().invoke(main, ["prices", "--why", "openrouter/llama-3.3-70b"]).output
    assert "source: OpenRouter models API" in shown
    assert "0 days ago" in shown
    assert "usd_per_device_h: 6 " in CliRunner().invoke(main, ["facts", "--why", P5]).output


def test_a_decision_is_made_with_refreshed_prices_and_its_receipt_says_so(net: Net, tmp_path: Path) -> None:
    asked = ["decide", "--requests-per-month", "2M", "--input-tokens", "900", "--output-tokens", "150", "--today",
             "openai/gpt-5.4-mini", "--must-stay", "no", "--exclusive-data", "no", "--model-is-product", "no", "--json",
             "--draws", "16"]  # fmt: skip

    def decided(name: str) -> tuple[float, str | None]:
        shown = CliRunner().invoke(main, [*asked, "--out", str(tmp_path / name)])
        assert shown.exit_code == 0, shown.output
        document = json.loads(shown.stdout)
        today_costs = next(o for o in document["options"] if o["id"] == document["baseline"]["today"]["option"])
        return today_costs["npv_cost_usd"]["p50"], document["receipt"]["overlay_sha256"]

    before, no_hash = decided("before")
    run("--yes", *sources("genai_prices"))
    after, its_hash = decided("after")
    assert no_hash is None
    assert its_hash == known(tmp_path).overlay_sha256
    assert after < before  # 0.6 instead of 0.75 USD/Mtok of input, and a fall announced beside
