"""A client of the web application with its workers running, and small logs to send to it."""

import gzip
import json
from collections.abc import Iterator

import pytest

pytest.importorskip("fastapi")

from starlette.testclient import TestClient

from steelyard.web import Settings, create_app

API = "/api/v1"
STATED = "traffic: {requests_per_month: 200k, input_tokens: 900, output_tokens: 150}\n"


def log_lines(rows: int = 400, *, model: str = "gpt-5.4-mini") -> bytes:
    """Return a small log of nine days in canonical columns."""
    lines = [
        json.dumps({"start": f"2026-10-{1 + k * 9 // rows:02d}T{k % 24:02d}:{k % 60:02d}:07Z", "model": model,
                    "input_tokens": 300 + 7 * (k % 90), "output_tokens": 40 + k % 50})
        for k in range(rows)
    ]  # fmt: skip
    return "\n".join(lines).encode()


def open_client(settings: Settings | None = None, **headers: str) -> TestClient:
    """Return a client on loopback; entering it starts the workers."""
    found = TestClient(create_app(settings or Settings(workers=1)), base_url="http://127.0.0.1", headers=headers)
    found.params = found.params.set("wait_s", "120")
    return found


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with open_client() as found:
        yield found


def send(client: TestClient, name: str, content: bytes, **fields: str) -> str:
    """Upload one file; return how it is named."""
    answer = client.post(f"{API}/uploads", files={"files": (name, content)}, data=fields)
    assert answer.status_code == 201, answer.text
    upload: str = answer.json()["upload"]
    return upload


def zipped(content: bytes) -> bytes:
    return gzip.compress(content)
