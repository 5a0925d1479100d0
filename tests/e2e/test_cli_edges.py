"""Decisions at the edges of what a study may say: nothing to choose from, machines held, only named models."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from steelyard.cli import main

STATED = "traffic: {requests_per_month: 3M, input_tokens: 900, output_tokens: 150}\n"
Decide = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def decide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Decide:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("STEELYARD_DEBUG", raising=False)

    def run(text: str, as_of: str = "2026-11-23") -> tuple[int, dict[str, Any]]:
        Path("s.yaml").write_text(text, encoding="utf-8")
        shown = CliRunner().invoke(main, ["decide", "s.yaml", "--json", "--draws", "64", "--as-of", as_of])
        assert shown.exit_code in (0, 4), shown.stderr
        return shown.exit_code, json.loads(shown.stdout)

    return run


def test_where_nothing_can_be_costed_the_document_is_printed_with_code_4(decide: Decide) -> None:
    code, told = decide(STATED.replace("900", "900k") + "candidates: [llama-3.3-70b]\n"
                        "data: {must_stay_on_premises: yes}\n")  # fmt: skip
    assert code == 4
    assert told["verdict"] == "infeasible"
    assert told["options"] == []
    assert any("llama-3.3-70b is not run on machines" in words for words in told["warnings"])


def test_a_day_before_any_price_is_infeasible_and_says_from_when_prices_are_known(decide: Decide) -> None:
    code, told = decide(STATED, as_of="2019-01-01")
    assert code == 4
    assert any("not testable: of openai before 2023-03-01" in words for words in told["warnings"])


def test_a_named_model_below_the_bar_is_listed_with_the_rule_that_excludes_it(decide: Decide) -> None:
    code, told = decide(STATED + "candidates: [gpt-5.4-mini, llama-3.3-70b]\n")
    llamas = [o for o in told["options"] if "llama-3.3-70b" in o["id"]]
    assert code == 0
    assert {o["kind"] for o in llamas} >= {"buy_hosted_open_weights", "self_host_rented", "self_host_owned"}
    assert all(not o["feasible"] and "ruled out by public scores" in o["excluded_by"][0] for o in llamas)


@pytest.mark.parametrize("held", ["owned_since: 2025-03, contract_ends: 2027-02", ""])
def test_machines_held_today_are_one_option_and_leaving_them_another(decide: Decide, held: str) -> None:
    machines = f"{{model: llama-3.3-70b, accelerator: h100-sxm, count: 8, {held}}}".replace(", }", "}")
    code, told = decide(STATED + f"today: {{self_hosted: {machines}}}\n")
    assert code == 0
    assert told["baseline"]["today"]["option"] == "today"
    assumed = {row["name"] for row in told["assumptions"]}
    assert ("today.self_hosted.rent" in assumed) == (not held)
