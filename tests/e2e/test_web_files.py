"""Files that come from a visitor's disk and go back to it."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi")

from web_client import API, STATED, client

__all__ = ["client"]


def test_a_study_file_is_opened_from_disk_and_every_decision_can_be_taken_away(client: Any) -> None:
    study = (Path(__file__).parents[2] / "examples" / "startup" / "study.yaml").read_bytes()
    sent = client.post("/open", files={"study": ("study.yaml", study)}, follow_redirects=False)
    assert sent.status_code == 303
    assert "requests_per_month=200k" in sent.headers["location"]
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
