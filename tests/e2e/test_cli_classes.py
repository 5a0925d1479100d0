"""``decide`` on a mixed LiteLLM log whose classes have promises and options of their own."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from steelyard.domain.result import Result
from steelyard.errors import LogError, StudyError, UnknownNameError
from steelyard.options.demand import demand_from
from steelyard.study.load import load_study
from steelyard.study.pipeline import decide
from steelyard.study.traffic import read_traffic

AS_OF = date(2026, 11, 23)
START = datetime(2026, 10, 5, tzinfo=UTC)
ROWS = 3_000
HEAD = """
study: mixed
today: {provider: openai, model: gpt-5.4-mini}
quality: {at_least: openai/gpt-5.4-nano}
data: {must_stay_on_premises: no}
training_data: {exclusive: no}
differentiator: {model_is_product: no}
traffic:
  log: [spend.jsonl]
  classes:
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> Path:
    """Two teams on one proxy: short chats of support, every third request a long contract; embeddings between."""
    with (tmp_path / "spend.jsonl").open("w", encoding="utf-8") as file:
        for i in range(ROWS):
            when = START + timedelta(seconds=i * 28 * 86_400 / ROWS)
            long = i % 3 == 2
            row = {"request_id": f"r{i}", "call_type": "acompletion", "startTime": when.isoformat(),
                   "team_id": "contracts" if long else "support", "model": "gpt-5.4" if long else "gpt-5.4-mini",
                   "prompt_tokens": (12_000 if long else 900) + i % 200, "completion_tokens": 900 if long else 120,
                   "status": "success", "metadata": "{}"}  # fmt: skip
            file.write(json.dumps(row) + "\n")
            if i % 10 == 0:
                file.write(json.dumps(row | {"request_id": f"e{i}", "call_type": "aembedding"}) + "\n")
    return tmp_path


def decided(folder: Path, *classes: str) -> Result:
    path = folder / "study.yaml"
    path.write_text(HEAD + "".join(f"    - {{{line}}}\n" for line in classes), encoding="utf-8")
    return decide(load_study(path), base_folder=folder, seed=0, as_of=AS_OF, draws=256)


def test_each_class_is_bought_from_its_own_list(folder: Path) -> None:
    found = decided(folder, "name: chat, where: {team: support}, slo: {ttft_p95: 1s, tpot_p95: 40ms}, "
                            "options: [openai/gpt-5.4-nano]",
                    "name: contracts, slo: {ttft_p95: 5s}, options: [openai/gpt-5.4]")  # fmt: skip
    assert found.verdict_option == "split-by-class"
    assert found.verdict == "hybrid"
    split = next(o for o in found.options if o.id == "split-by-class")
    assert "chat on gpt-5.4-nano, contracts on gpt-5.4" in split.label
    # Whatever serves all traffic breaks the list of one class or the other, today's models too.
    others = [o for o in found.options if o.id != "split-by-class"]
    assert not any(o.feasible for o in others)
    assert any("class 'chat'" in rule for o in others for rule in o.excluded_by)
    # By hand: two of three requests are chats; no embedding is among them.
    assert found.traffic.details is not None
    assert {c.name: c.requests for c in found.traffic.details.classes} == {"chat": 2_000, "contracts": 1_000}
    chat = found.traffic.details.classes[0]
    assert chat.share == pytest.approx(2 / 3)
    assert (chat.output_p50, chat.output_p99) == (120, 120)
    assert found.traffic.rows.set_aside == {"embedding": 300}


def test_a_class_open_to_all_leaves_one_service_for_both(folder: Path) -> None:
    found = decided(folder, "name: chat, where: {team: [support, sales]}", "name: contracts")
    assert "split-by-class" not in {o.id for o in found.options}
    assert found.verdict_option is not None
    assert not any("class" in rule for o in found.options for rule in o.excluded_by)


def test_a_class_names_an_option_that_nobody_knows(folder: Path) -> None:
    with pytest.raises(UnknownNameError, match=r"gpt-5\.4"):
        decided(folder, "name: chat, where: {team: support}, options: [openai/gpt-5.44]", "name: rest")


def test_a_rule_that_fits_no_row_is_refused(folder: Path) -> None:
    with pytest.raises(LogError, match="belongs to the class 'chat'"):
        decided(folder, "name: chat, where: {model: claude*}", "name: rest")


def test_shares_beside_rules_and_two_rests_are_refused_at_once(folder: Path) -> None:
    with pytest.raises(StudyError) as caught:
        decided(folder, "name: chat, where: {teem: x}", "name: a, share: 20%", "name: b")
    assert "unknown key 'teem'" in str(caught.value)
    with pytest.raises(StudyError) as caught:
        decided(folder, "name: chat, where: {team: x}", "name: a, share: 20%", "name: b")
    assert "both rules and shares (a)" in str(caught.value)
    assert "more than one class without a rule (a, b)" in str(caught.value)


@pytest.mark.parametrize(
    "rule", ["input_tokens: over 8k", "model: gpt-5.4", "team: contracts", "output_tokens: over 500"]
)
def test_promises_and_waiting_belong_to_the_class_that_the_log_shows(folder: Path, rule: str) -> None:
    from steelyard.facts import load_catalogue  # noqa: PLC0415  heavy

    path = folder / "study.yaml"
    path.write_text(f"{HEAD}    - {{name: long, where: {{{rule}}}, batch: within 24h}}\n"
                    "    - {name: chat, slo: {ttft_p95: 1s}}\n", encoding="utf-8")  # fmt: skip
    study = load_study(path)
    traffic = read_traffic(study, folder, load_catalogue(AS_OF), lambda _: None)
    demand = demand_from(traffic.study_as_measured(study), traffic.profile, measured_on=None)
    assert demand.batch_share == pytest.approx(1 / 3)
    assert [(t.metric, t.threshold_s) for t in demand.slo.terms] == [("ttft", 1.0)]
    assert traffic.parts["long"].profile.mean_output_tokens == pytest.approx(900)


def test_a_class_that_may_not_be_bought_stays_on_machines_and_the_other_is_bought(folder: Path) -> None:
    found = decided(folder, "name: chat, where: {team: support}, slo: {ttft_p95: 2s}, options: [buy]",
                    "name: contracts, slo: {ttft_p95: 5s}, options: [self_host]")  # fmt: skip
    # Nothing serves all traffic within both lists; one split does.
    assert {o.id for o in found.options if o.feasible} == {"split-by-class:machines"}
    split = next(o for o in found.options if o.feasible)
    assert found.verdict == "hybrid"
    assert split.serving is not None
    tokens = [line for line in split.lines if line.group == "tokens" and not line.id.startswith("chat_")]
    # Contracts are bought only from what runs today, until the machines serve; never after.
    assert all(line.id.startswith("contracts_until_live_") for line in tokens)
    assert all(not any(line.usd_per_month[6:]) for line in tokens)
    assert any(line.id.startswith("contracts_rent") and line.usd_per_month[-1] > 0 for line in split.lines)
    assert [line.id for line in split.lines if line.id.endswith("run_people")] == ["run_people"]
    # Sized for a third of the requests at their own lengths: fewer machines than for all traffic.
    whole = [o for o in found.options if o.kind == "self_host_rented" and o.serving is not None]
    assert whole


def test_stated_classes_with_lists_are_split_by_their_shares(folder: Path) -> None:
    text = HEAD.replace("log: [spend.jsonl]", "requests_per_month: 3M\n  input_tokens: 900\n  output_tokens: 150")
    path = folder / "stated.yaml"
    path.write_text(text + "    - {name: open, share: 70%, options: [buy]}\n"
                    "    - {name: closed, share: 30%, options: [self_host]}\n", encoding="utf-8")  # fmt: skip
    found = decide(load_study(path), base_folder=folder, seed=0, as_of=AS_OF, draws=256)
    assert {o.id for o in found.options if o.feasible} == {"split-by-class:machines"}
    split = next(o for o in found.options if o.feasible)
    assert any(note.startswith("class closed: 30") for note in split.notes)
