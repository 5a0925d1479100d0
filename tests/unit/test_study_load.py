"""A study file becomes a Study: the contract's example, the defaults, and every fault at once."""

import math
from datetime import date
from pathlib import Path

import pytest

from steelyard.domain.study import SelfHostedToday, Study, TodayApi
from steelyard.domain.uncertain import Uncertain
from steelyard.errors import StudyError
from steelyard.study.load import load_study, study_from_text

STATED = "traffic: {requests_per_month: 12M, input_tokens: {p50: 900, p95: 4k}, output_tokens: {p50: 150, p95: 600}}\n"
FULL = """
study: support-assistant
horizon: 36 months
traffic:
  log: ["usage/2026-10-*.jsonl"]
  growth: 2% to 6% per month
  classes:
    - {name: chat, share: 80%, slo: {ttft_p95: 1.5s, tpot_p95: 50ms}}
    - {name: nightly, share: 20%, batch: within 24h}
today: {provider: openai, model: gpt-5.4-mini}
quality: {task: chat, at_least: today, evals: evals.csv, failed_request_costs: $0.05}
data: {classification: phi, regimes: [HIPAA], countries: [US], must_stay_on_premises: no}
training_data: {exclusive: yes, tokens: 1.2B, labelled_examples: 40k}
differentiator: {model_is_product: no, value_of_a_month_earlier: $80k}
team: {ml_platform_engineers: 1, loaded_cost_per_year: $220k to $320k}
economics: {discount_rate: 10%, operating_expense_per_year: $9M}
availability: n_plus_1
candidates: auto
"""


def faults_of(text: str, where: str = "study.yaml") -> list[str]:
    with pytest.raises(StudyError) as caught:
        study_from_text(text, where)
    return [str(fault) for fault in caught.value.faults]


def the_fault(text: str) -> str:
    faults = faults_of(text)
    assert len(faults) == 1, faults
    return faults[0]


def test_the_example_of_the_contract_is_read() -> None:
    study = study_from_text(FULL, "study.yaml")
    assert study.name == "support-assistant"
    assert study.horizon_months == 36
    assert study.traffic.logs == ("usage/2026-10-*.jsonl",)
    assert study.traffic.growth_per_month == Uncertain.between(0.02, 0.06, shape="normal")
    chat, nightly = study.traffic.classes
    assert [(t.metric, t.percentile, t.threshold_s) for t in chat.slo.terms] == [("ttft", 95, 1.5), ("tpot", 95, 0.05)]
    assert (nightly.share, nightly.batch_within_h, nightly.slo.terms) == (0.2, 24.0, ())
    assert study.today == TodayApi(provider="openai", model="gpt-5.4-mini")
    assert study.quality.evals == "evals.csv"
    assert study.quality.failed_request_usd == 0.05
    assert study.data.regimes == ("HIPAA",)
    assert study.data.must_stay_on_premises == "no"
    assert study.training_data.exclusive == "yes"
    assert (study.training_data.tokens, study.training_data.labelled_examples) == (1.2e9, 40_000)
    assert study.differentiator.value_of_a_month_earlier_usd == Uncertain.point(80_000)
    assert study.team.loaded_usd_per_year == Uncertain.between(220_000, 320_000)
    assert study.economics.operating_expense_usd_per_year == 9e6
    assert study.availability == "n_plus_1"
    assert study.candidates is None
    assert (study.text, study.where) == (FULL, "study.yaml")


def test_what_is_stated_is_not_listed_as_assumed() -> None:
    keys = {row.key for row in study_from_text(FULL).assumed}
    assert "horizon" not in keys
    assert "economics.discount_rate" not in keys
    assert "currency" in keys


def test_traffic_alone_is_a_study_and_every_default_is_listed_with_its_reason() -> None:
    study = study_from_text(STATED, "small.yaml")
    assert study.name == "small"
    assert study.traffic.stated is not None
    assert study.traffic.stated.shape == "office_hours"
    listed = {row.key: row for row in study.assumed}
    for key in ("study", "horizon", "traffic.growth", "traffic.classes", "traffic.shape", "today", "quality.task",
                "quality.margin", "team.loaded_cost_per_year", "economics.discount_rate", "availability", "risk",
                "candidates", "currency", "buyer", "build_time", "data.must_stay_on_premises"):  # fmt: skip
        assert listed[key].value
        assert listed[key].reason
    assert study.traffic.classes[0].slo.terms[0].threshold_s == 2.0
    assert "MLPerf" in listed["traffic.classes"].reason


def test_a_default_means_what_the_same_words_mean_in_a_file() -> None:
    silent = study_from_text(STATED)
    listed = {row.key: row.value for row in silent.assumed}
    spoken = study_from_text(
        STATED + f"horizon: {listed['horizon']}\n"
        f"team: {{loaded_cost_per_year: {listed['team.loaded_cost_per_year']}}}\n"
        f"economics: {{discount_rate: {listed['economics.discount_rate']}}}\n"
    )
    assert (spoken.horizon_months, spoken.team, spoken.economics) == (
        silent.horizon_months, silent.team, silent.economics,
    )  # fmt: skip


def test_one_number_of_tokens_is_the_mean_of_a_lognormal() -> None:
    text = "traffic: {requests_per_month: 12M, input_tokens: 900, output_tokens: 150}"
    stated = study_from_text(text).traffic.stated
    assert stated is not None
    for lengths, mean in ((stated.input_tokens, 900), (stated.output_tokens, 150)):
        sigma = math.log(lengths.p95.p50 / lengths.p50.p50) / 1.6448536269514722
        assert lengths.p50.p50 * math.exp(sigma**2 / 2) == pytest.approx(mean)


def test_other_upper_percentiles_describe_the_same_lognormal() -> None:
    text = "traffic: {{requests_per_month: 1M, input_tokens: {{p50: 1000, {}}}, output_tokens: 100}}"
    by_p90 = study_from_text(text.format(f"p90: {1000 * 3 ** (1.2815515655446004 / 1.6448536269514722)}"))
    assert by_p90.traffic.stated is not None
    assert by_p90.traffic.stated.input_tokens.p95.p50 == pytest.approx(3000)


def test_no_is_a_country_and_an_answer() -> None:
    study = study_from_text(STATED + "data: {countries: [NO, no, us], must_stay_on_premises: NO}\n")
    assert study.data.countries == ("NO", "NO", "US")
    assert study.data.must_stay_on_premises == "no"


def test_true_and_false_answer_yes_no_questions() -> None:
    study = study_from_text(STATED + "training_data: {exclusive: true}\ndifferentiator: {model_is_product: false}\n")
    assert (study.training_data.exclusive, study.differentiator.model_is_product) == ("yes", "no")


def test_what_runs_now_may_be_self_hosted() -> None:
    study = study_from_text(
        STATED + "today: {self_hosted: {model: llama-3.3-70b, accelerator: h100-sxm, count: 8,"
        " owned_since: 2025-03, contract_ends: 2027-02}}\n"
    )
    assert study.today == SelfHostedToday(
        model="llama-3.3-70b", accelerator="h100-sxm", count=8,
        owned_since=date(2025, 3, 1), contract_ends=date(2027, 2, 28),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("written", "read"), [("none", None), ("openai/gpt-5.4-mini", TodayApi(provider="openai", model="gpt-5.4-mini"))]
)
def test_what_runs_now_has_short_forms(written: str, read: TodayApi | None) -> None:
    assert study_from_text(STATED + f"today: {written}\n").today == read


def test_a_study_is_written_by_its_values_alone() -> None:
    assert isinstance(Study.model_validate(study_from_text(FULL).model_dump()), Study)


@pytest.mark.parametrize(
    ("text", "place", "what", "remedy"),
    [
        (STATED + "horzon: 3 years\n", "line 2, horzon", "unknown key 'horzon'", "Did you mean 'horizon'?"),
        (STATED + "growth: 2% per month\n", "line 2, growth", "unknown key 'growth'", "under `traffic:`"),
        (STATED + "horizon: 0\n", "line 2, horizon", "'0' is below anything sensible", "from 1 to 120"),
        (STATED + "horizon: -3 months\n", "line 2, horizon", "is negative", "at least 1"),
        (STATED + "horizon: 2.5 months\n", "line 2, horizon", "is not whole", "whole"),
        (STATED + "horizon: 12 to 36 months\n", "line 2, horizon", "is a range", "plan with"),
        (STATED + "horizon: 36 lightyears\n", "line 2, horizon", "unknown unit 'lightyears'", "months"),
        (STATED + "economics: {discount_rate: 900%}\n", "economics.discount_rate", "above anything sensible", "200%"),
        (STATED + "team: {ml_platform_engineers: -1}\n", "team.ml_platform_engineers", "is negative", "at least 0"),
        (STATED + "currency: EUR\n", "currency", "'EUR' without a rate", "usd_per_unit: 1.08"),
        (STATED + "currency: {code: EUR, usd_per_unit: 1.08, source: ECB}\n", "currency.as_of", "is missing", "Day"),
        (STATED + "currency: {code: euro, usd_per_unit: 1, as_of: 2026-11-01, source: x}\n", "currency.code",
         "'euro' is not an ISO 4217 code", "EUR"),
        (STATED + "currency: {code: USD, usd_per_unit: 2, as_of: 2026-11-01, source: x}\n", "currency.usd_per_unit",
         "2.0 USD for one USD", "currency: USD"),
        (STATED + "availability: yes\n", "availability", "'yes' is not known here", "n_plus_1"),
        (STATED + "quality: good\n", "line 2, quality", "instead of a mapping", "task"),
        (STATED + "data: {countries: [UK]}\n", "data.countries[1]", "not a country code", "'GB'"),
        (STATED + "data: {must_stay_on_premises: perhaps}\n", "must_stay", "no answer", "yes, no or unknown"),
        (STATED + "today: gpt-5.4-mini\n", "line 2, today", "does not say what runs now", "provider: openai"),
        (STATED + "today: {provider: openai}\n", "today.model", "'model' is missing", ""),
        (STATED + "today: {self_hosted: {model: a, accelerator: b, count: 1, owned_since: 2025-13}}\n",
         "owned_since", "'2025-13' is not a date", "2025-03"),
        (STATED + "study: ../../etc\n", "line 2, study", "is not a short name", "letters"),
        ("study: x\n", "line 1, traffic", "'traffic' is missing", "usage log"),
        ("traffic: {growth: 2%}\n", "line 1, traffic", "no traffic", "Name a usage log, or state the traffic"),
        ("traffic:\n", "line 1, traffic", "'traffic' is missing", "usage log"),
        ("traffic: {requests_per_month: 1M}\n", "traffic", "lacks input_tokens, output_tokens", "state the traffic"),
        ("traffic: {log: [a.csv], requests_per_month: 1M}\n", "traffic", "both a log and stated", "Keep the log"),
        (STATED.replace("}}", "}, format: plain}"), "traffic", "`format` without a log", "name the log"),
        (STATED.replace("p50: 900", "p50: 9000"), "traffic.input_tokens", "percentiles fall", "p50"),
        (STATED.replace("12M", "-12M"), "traffic.requests_per_month", "is negative", "at least 1"),
        (STATED.replace("12M", "12 million"), "traffic.requests_per_month", "unknown unit 'million'", "M (million)"),
        (STATED.replace("}}", "}, shape: sometimes}"), "traffic.shape", "'sometimes' is not known", "office_hours"),
        ("", "study.yaml", "the study is empty", "steelyard init"),
        ("# nothing yet\n", "study.yaml", "the study is empty", "steelyard init"),
        ("{}", "study.yaml", "the study is empty", "steelyard init"),
        ("- a\n- b\n", "study.yaml, line 1", "a list instead of a mapping", "steelyard init"),
        ("traffic: [\n", "study.yaml, line 2", "not YAML", "brackets"),
        ("\ttraffic: 1\n", "study.yaml, line 1", "not YAML", "spaces: YAML forbids tabs"),
        (STATED + "study: !!python/object:os.system x\n", "line 2", "YAML tag", "Remove the tag"),
        (STATED + "study: !secret x\n", "line 2", "YAML tag '!secret'", "Remove the tag"),
        (STATED + "study: a\nstudy: b\n", "line 3", "key 'study' is given twice (first on line 2)", "Remove one"),
        (STATED + "---\nstudy: b\n", "line 2", "a second document", "Remove `---`"),
        (STATED + "study: &name b\n", "line 2", "YAML anchor &name", "Remove the anchor"),
        ("[" * 500, "line 1", "nesting deeper than 12", "brackets"),
        ("x: [" + "1," * 30_000 + "1]", "line 1", "more than 20,000 values", "log"),
        ("x: " + "y" * 300_000, "study.yaml", "300,003 characters", "not a log"),
    ],
)  # fmt: skip
def test_a_wrong_study_says_what_where_and_what_to_do(text: str, place: str, what: str, remedy: str) -> None:
    fault = the_fault(text)
    assert fault.startswith("study.yaml")
    assert place in fault
    assert what in fault
    assert remedy in fault


def test_an_alias_bomb_is_refused_without_being_unfolded() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]
    faults = faults_of("\n".join(lines))
    assert any("YAML alias *a0" in fault for fault in faults)


def test_shares_must_sum_to_one() -> None:
    fault = the_fault(STATED.replace("}}", "}, classes: [{name: a, share: 50%}, {name: b, share: 40%}]}"))
    assert "traffic.classes: shares sum to 0.9 (0.5 + 0.4)" in fault
    assert "Expected shares that sum to 100 %" in fault


def test_classes_need_names_of_their_own() -> None:
    fault = the_fault(STATED.replace("}}", "}, classes: [{name: a, share: 50%}, {name: a, share: 50%}]}"))
    assert "two classes share a name" in fault


def test_a_batch_class_promises_no_latency() -> None:
    text = STATED.replace("}}", "}, classes: [{name: a, share: 100%, batch: within 24h, slo: {ttft_p95: 1s}}]}")
    assert "both `slo` and `batch`" in the_fault(text)


def test_a_class_without_promise_gets_the_default_and_says_so() -> None:
    study = study_from_text(STATED.replace("}}", "}, classes: [{name: a, share: 100%}]}"))
    assert study.traffic.classes[0].slo.terms
    assert "traffic.classes[1].slo" in {row.key for row in study.assumed}


def test_an_unknown_promise_names_the_known_ones() -> None:
    text = STATED.replace("}}", "}, classes: [{name: a, share: 100%, slo: {ttft_p42: 1s}}]}")
    assert "unknown promise 'ttft_p42'" in the_fault(text)
    assert "ttft_p95" in the_fault(text)


def test_all_faults_are_reported_at_once_in_the_order_of_lines() -> None:
    text = (
        "horzon: 3\nhorizon: 0\ntraffic:\n  log: [x.csv]\n  requests_per_month: -3\n  growth: 3% per fortnight\n"
        "  classes: [{name: a, share: 50%}, {name: b, share: 40%}]\ndata: {countries: [UK]}\nstudy: !tag a/b\n"
    )
    faults = faults_of(text)
    for words in ("unknown key 'horzon'", "horizon: '0'", "'-3' is negative", "fortnight", "shares sum to 0.9",
                  "both a log and stated traffic", "country code", "YAML tag", "is not a short name"):  # fmt: skip
        assert sum(words in fault for fault in faults) == 1, words
    lines = [int(fault.split("line ")[1].split(",")[0].split(":")[0]) for fault in faults]
    assert lines == sorted(lines)


def test_a_file_is_read_with_its_name_and_its_text(tmp_path: Path) -> None:
    path = tmp_path / "my study.yaml"
    path.write_text(STATED, encoding="utf-8")
    study = load_study(path)
    assert (study.name, study.where, study.text) == ("my study", "my study.yaml", STATED)


def test_a_log_that_is_not_there_is_a_fault_beside_the_others(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text("horizon: 0\ntraffic:\n  log:\n    - usage/*.jsonl\n    - there.csv\n    - gone.csv\n", "utf-8")
    (tmp_path / "there.csv").write_text("x", "utf-8")
    with pytest.raises(StudyError) as caught:
        load_study(path)
    faults = [str(fault) for fault in caught.value.faults]
    assert len(faults) == 3
    assert "line 4, traffic.log: no file matches 'usage/*.jsonl'" in faults[1]
    assert "line 6, traffic.log: no file called 'gone.csv'" in faults[2]
    assert "relative to the study's folder" in faults[1]


def test_a_missing_file_offers_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_text(STATED, "utf-8")
    with pytest.raises(StudyError, match=r"there is no such file.*There is study\.yaml"):
        load_study(tmp_path / "studdy.yaml")


def test_a_folder_is_not_a_study(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="a folder instead of a study file"):
        load_study(tmp_path)


def test_a_file_that_is_not_utf_8_says_on_which_line(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_bytes(b"study: x\n# caf\xe9\n")
    with pytest.raises(StudyError, match=r"s\.yaml, line 2: byte 0xe9 is not UTF-8.*Save the file as UTF-8"):
        load_study(path)


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + STATED.encode())
    assert load_study(path).traffic.stated is not None


def test_a_log_instead_of_a_study_is_refused_by_its_size(tmp_path: Path) -> None:
    path = tmp_path / "usage.jsonl"
    path.write_bytes(b"x" * 900_000)
    with pytest.raises(StudyError, match="not a log"):
        load_study(path)


@pytest.mark.parametrize(
    ("name", "kept"), [("Zürich Łódź", True), ("数据", False), ("a×b", False), ("\u202eevil", False)]
)
def test_a_name_is_in_latin_script_which_every_output_prints(tmp_path: Path, name: str, kept: bool) -> None:
    if kept:
        assert study_from_text(STATED + f"study: {name}\n").name == name
    else:
        with pytest.raises(StudyError, match="is not a short name"):
            study_from_text(STATED + f'study: "{name}"\n')
    path = tmp_path / f"{name}.yaml"
    path.write_text(STATED, encoding="utf-8")
    named = load_study(path).name
    assert (named == name) == kept
    assert study_from_text(STATED + f"study: {named}\n").name == named
