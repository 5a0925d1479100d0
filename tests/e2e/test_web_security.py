"""The door of the real server: names, tokens, other sites, sizes, slowness; and what its log and start say."""

import http.client
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("fastapi")

import httpx

from web_server import Server, running_server

API = "/api/v1"
TOKEN = "a-token-that-is-long-enough-for-anyone"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running_server("--workers", "1") as found:
        yield found


@pytest.fixture(scope="module")
def guarded() -> Iterator[Server]:
    with running_server(
        "--workers", "1", "--host", "0.0.0.0", "--allow-host", "steelyard.example", "--token", TOKEN
    ) as s:
        yield s


def raw(server: Server, text: bytes, *, wait_s: float = 5.0) -> bytes:
    """Send bytes as they are; return what comes back until the server closes or falls silent."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=wait_s) as line:
        line.sendall(text)
        found = b""
        try:
            while chunk := line.recv(65_536):
                found += chunk
        except (TimeoutError, ConnectionResetError):
            pass
        return found


def test_it_starts_in_time_and_says_where_it_listens(server: Server) -> None:
    assert "http://127.0.0.1:" in server.greeting
    ready = re.search(r"Ready in ([\d.]+) s", server.greeting)
    assert ready
    assert httpx.get(f"{server.address}{API}/health").json()["version"]
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, steelyard.web.server\nprint(sorted({'numpy', 'numba', 'duckdb', 'ruamel',"
         "'steelyard.study.pipeline'} & set(sys.modules)))"], capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert loaded.strip() == "[]", "the server itself starts without the engine"


def test_every_answer_carries_the_headers_of_the_house(server: Server) -> None:
    for path in ("/", f"{API}/health", "/nowhere", "/static/app.css"):
        headers = httpx.get(f"{server.address}{path}").headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "http:" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in headers
        assert "server" not in headers


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost:80:80", "", "127.0.0.1 evil"])
def test_another_name_is_refused(server: Server, host: str) -> None:
    answer = raw(server, f"GET {API}/health HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    assert answer.split(b" ")[1] in {b"421", b"400"}, answer
    twice = f"GET {API}/health HTTP/1.1\r\nHost: localhost\r\nHost: {host or 'x'}\r\nConnection: close\r\n\r\n"
    assert raw(server, twice.encode()).split(b" ")[1] == b"400"


def test_other_sites_cannot_post(server: Server) -> None:
    for headers in ({"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}):
        answer = httpx.post(f"{server.address}{API}/decide", json={}, headers=headers)
        assert answer.status_code == 403, headers
    own = httpx.post(f"{server.address}{API}/decide", json={}, headers={"origin": server.address})
    assert own.status_code == 422
    asked = {"origin": "https://evil.example", "access-control-request-method": "POST"}
    preflight = httpx.options(f"{server.address}{API}/decide", headers=asked)
    assert "access-control-allow-origin" not in preflight.headers


def test_beyond_this_machine_a_token_is_asked_for(guarded: Server) -> None:
    address = guarded.address
    assert httpx.get(f"{address}/").status_code == 401
    assert httpx.get(f"{address}{API}/facts").json()["error"]["type"] == "token"
    assert httpx.get(f"{address}{API}/facts", headers={"authorization": "Bearer wrong"}).status_code == 401
    assert httpx.get(f"{address}/?token={TOKEN}x").status_code == 401
    right = {"authorization": f"Bearer {TOKEN}"}
    assert httpx.post(f"{address}{API}/decide", json={}, headers=right).status_code == 422
    with httpx.Client(base_url=address) as visitor:
        first = visitor.get("/", params={"token": TOKEN, "from": "startup"})
        assert first.status_code == 303
        assert first.headers["location"] == "/?from=startup", "the token leaves the address"
        cookie = first.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        assert visitor.post(f"{API}/decide", json={}).status_code == 422
    named = httpx.get(f"{address}{API}/health", headers={"host": "steelyard.example"})
    assert named.status_code == 200
    assert httpx.get(f"{address}{API}/health", headers={"host": "evil.example"}).status_code == 421
    assert f"?token={TOKEN}" in guarded.greeting, "the address to open is printed once"
    rest = guarded.log.read_text().replace(guarded.greeting, "")
    assert "GET / 303" in rest
    assert TOKEN not in rest, "no secret in the log"
    assert "from=startup" not in rest


def test_without_a_token_of_ones_own_a_strong_one_is_made() -> None:
    with running_server("--workers", "1", "--host", "0.0.0.0") as found:
        made = re.search(r"\?token=([\w-]+)", found.greeting)
        assert made
        assert len(made[1]) >= 32
        assert httpx.get(f"{found.address}/").status_code == 401


def test_sizes_are_limited_with_and_without_a_length(server: Server) -> None:
    address = f"{server.address}{API}/decide"
    assert (
        httpx.post(address, content=b"x" * 9_000_000, headers={"content-type": "application/json"}).status_code == 413
    )

    def parts() -> Iterator[bytes]:
        for _ in range(20):
            yield b" " * 500_000

    line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    line.request("POST", f"{API}/decide", body=parts(), headers={"content-type": "application/json"},
                 encode_chunked=True)  # fmt: skip
    assert line.getresponse().status == 413
    line.close()
    long = raw(server, b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert not long or long.split(b" ")[1] in {b"400", b"414", b"431"}


MALFORMED = [
    b"\x00\x01\x02\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\nzz",
]


@pytest.mark.parametrize("text", MALFORMED)
def test_malformed_requests_are_answered_or_cut(server: Server, text: bytes) -> None:
    found = raw(server, text, wait_s=2.0)
    assert not found or found.split(b" ")[1] in {b"400", b"501", b"505"}
    assert httpx.get(f"{server.address}{API}/health").status_code == 200


@pytest.mark.slow
def test_slow_senders_are_cut(server: Server) -> None:
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", server.port), timeout=25) as line:
        line.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
        assert line.recv(10) == b""
    assert time.monotonic() - began < 20
    head = f"POST {API}/decide HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    head += "Content-Length: 99\r\n\r\n{"
    answer = raw(server, head.encode(), wait_s=25)
    assert answer.split(b" ")[1] == b"408"
    assert httpx.get(f"{server.address}{API}/health").status_code == 200


def test_uploads_are_never_served_back_and_their_names_never_reach_html(server: Server) -> None:
    with httpx.Client(base_url=server.address, timeout=60) as visitor:
        evil = "<img src=x onerror=alert(1)>.html"
        sent = visitor.post(f"{API}/uploads", files={"files": (evil, b"<script>alert(1)</script>")})
        assert sent.status_code == 201
        name = sent.json()["upload"]
        assert "<" not in name
        for path in (f"/uploads/{name}", f"{API}/uploads/{name}", f"/static/{name}", f"/static/../{name}",
                     "/static/..%2f..%2fsettings.py", "/static/%2e%2e/app.py"):  # fmt: skip
            answer = visitor.get(path)
            assert answer.status_code in {404, 405}, path
            assert b"<script>alert" not in answer.content
        refused = visitor.post(f"{API}/profile", json={"upload": name})
        assert refused.status_code == 422
        assert refused.headers["content-type"].startswith("application/json")


def test_the_command_says_what_to_install(tmp_path: Path) -> None:
    code = ("import sys\nsys.modules['fastapi'] = None\nimport importlib.util as u\nkept = u.find_spec\n"
            "u.find_spec = lambda n, *a: None if n == 'fastapi' else kept(n, *a)\n"
            "from steelyard.cli import main\nmain(['serve'])")  # fmt: skip
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert found.returncode == 2
    assert "pip install 'steelyard[web]'" in found.stderr
