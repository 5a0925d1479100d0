"""Files that come from a visitor's disk and go back to it."""

import io
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

pytest.importorskip("fastapi")

from decided_examples import EXAMPLES
from evaluation_samples import write_csv_rows
from web_client import API, STATED, client

__all__ = ["client"]


def test_a_study_file_is_opened_from_disk_and_every_decision_can_be_taken_away(client: Any) -> None:
    study = (EXAMPLES / "startup" / "study.yaml").read_bytes()
    sent = client.post("/open", files={"study": ("study.yaml", study)}, follow_redirects=False)
    assert sent.status_code == 303
    assert "requests_per_month=200k" in sent.headers["location"]
    assert "&today=" in sent.headers["location"]
    assert "today.model" not in sent.headers["location"]
    wrong = client.post("/open", files={"study": ("study.yaml", b"traffic: {requests_per_month: lots}")})
    assert wrong.status_code == 422
    assert "lots" in wrong.text
    assert client.post("/open", data={"study": "words"}).status_code == 422
    assert client.post(f"{API}/decide", json={"study": STATED}).status_code == 200
    assert "is deleted at" in client.get("/saved").text
    taken = client.get("/saved.zip")
    with zipfile.ZipFile(io.BytesIO(taken.content)) as archive:
        names = archive.namelist()
        assert any(name.endswith("/decision.json") for name in names)
        assert any(archive.read(name).decode() == STATED for name in names if name.endswith("/study.yaml"))


def test_an_evaluation_of_ones_own_replaces_public_scores_and_stays_while_inputs_change(
    client: Any, tmp_path: Path
) -> None:
    asked = {"from": "startup", "quality.evals_margin": "0.2"}
    file = {"evals": ("my evals.csv", write_csv_rows(tmp_path).read_bytes())}
    sent = client.post("/evals", params=asked, files=file, follow_redirects=False)
    assert sent.status_code == 303
    assert "quality.evals=my-evals.csv" in sent.headers["location"]
    query: str = sent.headers["location"].partition("?")[2]
    shown = client.get("/study", params=dict(parse_qsl(query))).text
    assert 'name="quality.evals" value="my-evals.csv"' in shown
    assert 'name="quality.evals_margin" value="0.2"' in shown
    study = (
        (EXAMPLES / "startup" / "study.yaml")
        .read_text()
        .replace("at_least: today", "at_least: today, evals: my-evals.csv")
    )
    told = client.post(f"{API}/decide", json={"study": study}).json()
    assert any("your own" in option["quality"] or "paired" in option["quality"] for option in told["options"])
    other = client.post(f"{API}/decide", json={"study": study.replace("my-evals", "else")})
    assert other.status_code == 422
