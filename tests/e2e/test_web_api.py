"""The HTTP API: the same answers as the command line, errors that name the field, nobody sees another's."""

import io
import json
import time
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from web_client import API, STATED, client, log_lines, open_client, send, zipped

pytest.importorskip("fastapi")

from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from steelyard.report import render_json
from steelyard.study.load import study_from_text
from steelyard.study.pipeline import decide
from steelyard.web import Settings

__all__ = ["client"]

DAY = "2026-11-23"


def fields(answer: object) -> set[str]:
    return {fault["field"] for fault in answer.json()["error"]["faults"]}  # type: ignore[attr-defined]


def test_a_decision_has_the_bytes_of_the_engine(client: TestClient) -> None:
    asked = {"study": STATED, "as_of": DAY, "draws": 128, "seed": 3}
    answer = client.post(f"{API}/decide", json=asked)
    assert answer.status_code == 200
    study = study_from_text(STATED, "study")
    found = decide(study, base_folder=Path(), seed=3, as_of=datetime(2026, 11, 23, tzinfo=UTC).date(), draws=128)
    assert answer.text == render_json(found)
    as_object = client.post(f"{API}/decide", json=asked | {"study": {"traffic": {
        "requests_per_month": "200k", "input_tokens": 900, "output_tokens": 150}}})  # fmt: skip
    assert as_object.json()["options"] == answer.json()["options"]


def test_compare_and_check_take_recorded_decisions(client: TestClient) -> None:
    ask = {"as_of": DAY, "draws": 64}
    old = client.post(f"{API}/decide", json=ask | {"study": STATED}).json()
    new = client.post(f"{API}/decide", json=ask | {"study": STATED.replace("200k", "90M")}).json()
    told = client.post(f"{API}/compare", json={"before": old, "after": new}).json()
    assert told["before"]["verdict"] == old["verdict"]
    assert any(row["after"] == pytest.approx(90e6) for row in told["inputs"])
    same = client.post(f"{API}/check", json={"decision": old, "study": STATED, "as_of": DAY})
    assert same.json()["would_change"] is False
    other = client.post(f"{API}/check", json={"decision": old, "study": STATED.replace("200k", "90M")})
    assert other.status_code == 422
    assert fields(other) == {"study"}
    assert client.post(f"{API}/compare", json={"before": {}, "after": new}).status_code == 422


def test_an_upload_is_profiled_deleted_and_decided_on(client: TestClient) -> None:
    name = send(client, "usage 1.jsonl.gz", zipped(log_lines()))
    assert name == "usage-1.jsonl.gz"
    service = client.app.state.service  # type: ignore[attr-defined]
    session = service.sessions.find(client.cookies["steelyard_session"])
    upload = session.uploads[name]
    sent = upload.folder / upload.files[0]
    assert sent.exists()
    found = client.post(f"{API}/profile", json={"upload": name})
    assert found.status_code == 200
    assert found.json()["rows"]["used"] == 400
    assert not sent.exists(), "the file is deleted once counted"
    again = client.post(f"{API}/profile", json={"upload": name, "by": "model"}).json()
    assert [c["name"] for c in again["classes"]] == ["gpt-5.4-mini"]
    study = f"traffic: {{log: [{name}]}}\n"
    decided = client.post(f"{API}/decide", json={"study": study, "as_of": DAY, "draws": 64})
    assert decided.status_code == 200
    assert decided.json()["traffic"]["rows"]["used"] == 400
    assert list(decided.json()["receipt"]["log_sha256"]) == ["usage-1.jsonl.gz"]
    assert client.delete(f"{API}/uploads/{name}").status_code == 204
    assert client.post(f"{API}/profile", json={"upload": name}).status_code == 404


def test_a_file_that_is_to_be_kept_stays_until_it_is_deleted(client: TestClient) -> None:
    name = send(client, "kept.jsonl", log_lines(), keep="yes")
    session = client.app.state.service.sessions.find(client.cookies["steelyard_session"])  # type: ignore[attr-defined]
    upload = session.uploads[name]
    assert client.post(f"{API}/profile", json={"upload": name}).status_code == 200
    assert (upload.folder / upload.files[0]).exists()
    client.delete(f"{API}/uploads/{name}")
    assert not (upload.folder / upload.files[0]).exists()


def test_size_and_simulate_answer_as_their_commands(client: TestClient) -> None:
    promise = {"ttft_p95": "2s", "tpot_p95": 0.1, "as_of": DAY}
    asked = {"model": "llama-3.1-8b", "accelerator": "h100-sxm", "rate": 2, "input_tokens": 500, "output_tokens": 100}
    found = client.post(f"{API}/size", json=asked | promise)
    assert found.status_code == 200, found.text
    assert found.json()["candidates"][0]["accelerator"] == "h100-sxm"
    wrong = client.post(f"{API}/size", json=asked | promise | {"ttft_p95": "soon", "tpot_p95": "1 lightyear"})
    assert wrong.status_code == 422
    assert fields(wrong) == {"ttft_p95", "tpot_p95"}
    name = send(client, "played.jsonl", log_lines(60))
    client.post(f"{API}/profile", json={"upload": name})
    played = client.post(f"{API}/simulate", json={"upload": name, "model": "llama-3.1-8b", "accelerator": "h100-sxm"})
    assert played.status_code == 200, played.text
    assert played.json()["arrived"] == 60
    unknown = client.post(f"{API}/simulate", json={"upload": name, "model": "llama-3.1-8b", "accelerator": "h1000"})
    assert fields(unknown) == {"accelerator"}


def test_facts_show_kinds_entries_and_the_chain_behind_a_number(client: TestClient) -> None:
    kinds = {row["kind"] for row in client.get(f"{API}/facts").json()["kinds"]}
    assert {"models", "accelerators", "prices", "regimes"} <= kinds
    found = client.get(f"{API}/facts", params={"kind": "accelerators", "search": "h100-sxm"}).json()["entries"]
    assert "h100-sxm" in {row["fact"] for row in found}
    chain = client.get(f"{API}/facts", params={"why": "h100-sxm.memory_bandwidth_bytes_per_s"}).json()["found"][0]
    assert chain["evidence"][0]["source"]
    assert fields(client.get(f"{API}/facts", params={"kind": "gossip"})) == {"kind"}


def test_faults_name_the_key_and_the_line(client: TestClient) -> None:
    text = "traffic: {requests_per_month: many, input_tokens: 900, output_tokens: 150}\nteam: {on_call: never}\n"
    answer = client.post(f"{API}/decide", json={"study": text})
    assert answer.status_code == 422
    assert fields(answer) == {"traffic.requests_per_month", "team.on_call"}
    assert [fault["line"] for fault in answer.json()["error"]["faults"]] == [1, 2]
    assert fields(client.post(f"{API}/decide", json={"study": STATED, "draws": 1})) == {"draws"}
    assert fields(client.post(f"{API}/decide", json={"study": STATED, "extra": 1})) == {"extra"}


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../../../etc/passwd", "*", "**/*", "usage.jsonl", ".tables", "~/.ssh"]
)
def test_a_study_reads_no_file_but_the_sessions_own_uploads(client: TestClient, path: str) -> None:
    answer = client.post(f"{API}/decide", json={"study": {"traffic": {"log": [path]}}})
    assert answer.status_code == 422
    assert fields(answer) == {"traffic.log"}
    evals = client.post(f"{API}/decide", json={"study": STATED + f'quality: {{evals: "{path}"}}\n'})
    assert fields(evals) == {"quality.evals"}


@pytest.mark.parametrize(
    "name", ["../../evil.jsonl", "..\\evil.jsonl", "/etc/cron.d/x", ".bashrc", "a\x00b", "x" * 400]
)
def test_names_of_uploads_are_made_harmless(client: TestClient, name: str) -> None:
    found = send(client, name, log_lines(20))
    session = client.app.state.service.sessions.find(client.cookies["steelyard_session"])  # type: ignore[attr-defined]
    upload = session.uploads[found]
    assert upload.folder.resolve().is_relative_to(session.folder.resolve())
    assert (upload.folder / upload.files[0]).is_file()
    assert len(found) < 100
    client.delete(f"{API}/uploads/{found}")


def test_bombs_are_refused() -> None:
    with open_client(Settings(workers=1, max_log_bytes=2_000_000, max_upload_bytes=500_000)) as client:
        bomb = zipped(b'{"start": "2026-10-01T00:00:00Z", "input_tokens": 1, "output_tokens": 1}\n' * 60_000)
        assert len(bomb) < 100_000
        name = send(client, "bomb.jsonl.gz", bomb)
        answer = client.post(f"{API}/profile", json={"upload": name})
        assert answer.status_code == 422
        assert "decompressed" in answer.json()["error"]["faults"][0]["what"]
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr("zeros", b"0" * 1_000_000)
        refused = client.post(f"{API}/uploads", files={"files": ("logs.zip", archive.getvalue())})
        assert refused.status_code == 415
        huge = client.post(f"{API}/uploads", files={"files": ("huge.jsonl", b"0" * 600_000)})
        assert huge.status_code == 413
        assert client.get(f"{API}/health").status_code == 200


def test_yaml_that_grows_or_runs_is_refused(client: TestClient) -> None:
    for text in ("a: &a [x, x]\ntraffic: *a\n", "traffic: !!python/object/apply:os.system ['id']\n", "[" * 5_000):
        answer = client.post(f"{API}/decide", json={"study": text})
        assert answer.status_code == 422, text[:40]


def test_hostile_names_in_a_log_stay_text_on_the_page_and_in_the_workbook(client: TestClient) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    evil = '=HYPERLINK("http://evil.example","x")<script>alert(1)</script>'
    name = send(client, "evil.jsonl", log_lines(60, model=evil))
    client.post(f"{API}/profile", json={"upload": name})
    pages = TestClient(client.app, base_url="http://127.0.0.1", cookies=dict(client.cookies))
    query = {"from": "blank", "traffic.log": name}
    for _ in range(200):
        page = pages.get("/traffic", params=query, headers={"x-part": "result"})
        if "data-job" not in page.text:
            break
        time.sleep(0.5)
    assert "&lt;script&gt;" in page.text
    assert "<script" not in page.text
    session = client.app.state.service.sessions.find(client.cookies["steelyard_session"])  # type: ignore[attr-defined]
    decision = next(d for d in session.decisions.values() if name in d.text)
    taken = client.get(f"/export/{decision.id}/decision.xlsx")
    assert taken.headers["content-disposition"].startswith("attachment")
    book = openpyxl.load_workbook(io.BytesIO(taken.content))
    cells = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    assert cells
    assert not [formula for formula in cells if 'HYPERLINK("http' in formula]
    html = client.get(f"/export/{decision.id}/report.html")
    assert html.headers["content-type"] == "application/octet-stream", "a report is taken away, never shown as a page"
    assert "<script>alert" not in html.text
    again = send(client, "evil.jsonl", log_lines(80))
    assert again == "evil-2.jsonl"
    client.delete(f"{API}/uploads/{name}")
    gone = pages.get("/traffic", params=query, headers={"x-part": "result"})
    for _ in range(200):
        if "data-job" not in gone.text:
            break
        time.sleep(0.5)
        gone = pages.get("/traffic", params=query, headers={"x-part": "result"})
    assert "is not an upload of this session" in gone.text


def test_nobody_sees_another_sessions_uploads_work_or_decisions(client: TestClient) -> None:
    name = send(client, "mine.jsonl", log_lines(50))
    client.post(f"{API}/profile", json={"upload": name})
    later = client.post(f"{API}/decide", params={"wait_s": 0}, json={"study": STATED, "draws": 65})
    assert later.status_code == 202
    job = later.json()["id"]
    stranger = TestClient(client.app, base_url="http://127.0.0.1")
    stranger.params = client.params
    assert stranger.get(f"{API}/jobs/{job}").status_code == 404
    assert stranger.get(f"{API}/jobs/{job}/result").status_code == 404
    assert stranger.delete(f"{API}/jobs/{job}").status_code == 404
    assert fields(stranger.post(f"{API}/decide", json={"study": {"traffic": {"log": [name]}}})) == {"traffic.log"}
    assert stranger.post(f"{API}/profile", json={"upload": name}).status_code == 404
    assert client.get(f"{API}/jobs/{job}/result", params={"wait_s": 100}).json()["verdict"]


def test_long_work_says_how_far_it_is_and_can_be_stopped(client: TestClient) -> None:
    asked = {"study": STATED.replace("200k", "31M"), "draws": 20_000}
    job = client.post(f"{API}/decide", params={"wait_s": 0}, json=asked).json()
    assert job["state"] in {"waiting", "running"}
    assert job["progress"]
    assert client.delete(f"{API}/jobs/{job['id']}").status_code == 204
    ended = client.get(f"{API}/jobs/{job['id']}/result", params={"wait_s": 30})
    assert ended.status_code == 409
    assert ended.json()["error"]["type"] == "cancelled"
    assert client.post(f"{API}/decide", json={"study": STATED, "as_of": DAY, "draws": 64}).status_code == 200


def test_a_session_may_have_only_so_much_waiting(client: TestClient) -> None:
    jobs = []
    for k in range(6):
        asked = {"study": STATED.replace("200k", f"{300 + k}k"), "draws": 64}
        jobs.append(client.post(f"{API}/decide", params={"wait_s": 0}, json=asked))
    codes = [answer.status_code for answer in jobs]
    assert 429 in codes
    busy = jobs[codes.index(429)]
    assert busy.headers["retry-after"]
    assert busy.json()["error"]["type"] == "busy"
    for answer in jobs:
        if answer.status_code == 202:
            client.delete(f"{API}/jobs/{answer.json()['id']}")


def test_the_description_names_every_operation_and_its_errors(client: TestClient) -> None:
    schema = client.get(f"{API}/openapi.json").json()
    assert {f"{API}/{name}" for name in ("decide", "profile", "size", "simulate", "compare", "check", "facts")} <= set(
        schema["paths"]
    )
    assert {"Result", "LogProfile", "Size", "Played", "ErrorAnswer"} <= set(schema["components"]["schemas"])
    for path in schema["paths"].values():
        for operation in path.values():
            assert operation["responses"]["422"]["content"]["application/json"]["schema"]["$ref"].endswith(
                "ErrorAnswer"
            )


PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
JSON = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
NAMES = st.sampled_from(["decide", "profile", "size", "simulate", "compare", "check"])


@settings(max_examples=60)
@given(name=NAMES, body=st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_whatever_is_sent_the_answer_is_a_typed_error_and_the_server_lives(
    client: TestClient, name: str, body: bytes
) -> None:
    answer = client.post(f"{API}/{name}", content=body, headers={"content-type": "application/json"})
    assert 400 <= answer.status_code < 500
    assert answer.json()["error"]["type"]


KEYS = [
    "study",
    "upload",
    "model",
    "accelerator",
    "rate",
    "ttft_p95",
    "tpot_p95",
    "before",
    "after",
    "decision",
    "seed",
]


@settings(max_examples=60)
@given(name=NAMES, body=st.dictionaries(st.sampled_from(KEYS), JSON, max_size=6))
def test_whatever_stands_in_known_fields_no_fault_of_our_own_comes_back(
    client: TestClient, name: str, body: dict[str, object]
) -> None:
    answer = client.post(f"{API}/{name}", content=json.dumps(body), headers={"content-type": "application/json"})
    assert answer.status_code < 500, answer.text
