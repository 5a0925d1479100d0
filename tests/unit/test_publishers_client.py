"""Asking a source: named hosts only, bounded in time and size, every failure said as one error."""

import threading
from collections.abc import Iterator
from email.message import Message
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from steelyard.errors import SourceError
from steelyard.publishers.client import Client, Limits

HOSTS = frozenset({"prices.example"})
URL = "https://prices.example/list"


class Canned:
    """An answer in pieces."""

    def __init__(self, *chunks: bytes, status: int = 200, encoding: str | None = None) -> None:
        self.status = status
        self.headers = Message()
        if encoding:
            self.headers["Content-Encoding"] = encoding
        self.chunks = list(chunks)
        self.closed = False

    def read(self, amt: int, /) -> bytes:
        return self.chunks.pop(0) if self.chunks else b""

    def close(self) -> None:
        self.closed = True


class Served(BaseHTTPRequestHandler):
    """What the local server says, by path."""

    def do_GET(self) -> None:
        self.server.asked.append((self.path, dict(self.headers)))  # type: ignore[attr-defined]
        place = self.path.lstrip("/")
        if place.startswith("to:"):
            self.send_response(302)
            self.send_header("Location", place[3:])
            self.end_headers()
            return
        if place == "loop":
            self.send_response(302)
            self.send_header("Location", "/loop")
            self.end_headers()
            return
        status = int(place) if place.isdigit() else 200
        body = b"one\ntwo\nthree\n"
        self.send_response(status)
        self.send_header("Set-Cookie", "id=1")
        self.send_header("Content-Length", str(len(body) + (10 if place == "short" else 0)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    made = HTTPServer(("127.0.0.1", 0), Served)
    made.asked = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")


def here(server: HTTPServer, path: str) -> str:
    return f"http://127.0.0.1:{server.server_port}/{path}"


def local() -> Client:
    return Client(frozenset({"127.0.0.1"}), scheme="http")


def test_an_answer_comes_whole_or_by_the_lines_wanted(server: HTTPServer) -> None:
    assert local().get(here(server, "list")) == b"one\ntwo\nthree\n"
    assert local().lines(here(server, "list"), lambda line: b"t" in line) == b"two\nthree\n"


def test_nothing_is_sent_beside_the_request(server: HTTPServer) -> None:
    client = local()
    client.get(here(server, "list"))
    client.get(here(server, "list"))
    for _, headers in server.asked:  # type: ignore[attr-defined]
        assert set(headers) <= {"Host", "User-Agent", "Accept-Encoding", "Connection"}
        assert headers["User-Agent"] == "steelyard"


def test_a_redirect_is_followed_on_the_same_host_only(server: HTTPServer) -> None:
    assert local().get(here(server, "to:/list")) == b"one\ntwo\nthree\n"
    for elsewhere in ("http://localhost:1/", "https://127.0.0.1/x", "http://u:p@127.0.0.1/"):
        with pytest.raises(SourceError, match="sent elsewhere"):
            local().get(here(server, f"to:{elsewhere}"))
    with pytest.raises(SourceError, match="no answer"):
        local().get(here(server, "to:file:///etc/passwd"))


@pytest.mark.parametrize("path", ["404", "500", "204", "loop", "short"])
def test_no_proper_answer_is_one_error(server: HTTPServer, path: str) -> None:
    with pytest.raises(SourceError, match=r"127\.0\.0\.1: "):
        local().get(here(server, path))


def test_nobody_there_is_one_error() -> None:
    with pytest.raises(SourceError, match="no answer"):
        Client(frozenset({"127.0.0.1"}), scheme="http").get("http://127.0.0.1:9/")


@pytest.mark.parametrize("url", [
    "http://prices.example/list", "https://prices.example.evil.example/", "https://user@prices.example/",
    "https://prices.example:8443/", "file:///etc/passwd", "ftp://prices.example/", "https://[::1/", "",
    "https://prices.example:99999/",
])  # fmt: skip
def test_only_the_named_host_over_https_is_asked(url: str) -> None:
    def never(url: str, wait_s: float, /) -> Canned:
        raise AssertionError(url)

    with pytest.raises(SourceError, match="sent elsewhere"):
        Client(HOSTS, transport=never).get(url)


def test_the_port_of_https_may_be_named() -> None:
    assert Client(HOSTS, transport=lambda *_: Canned(b"x")).get("https://prices.example:443/list") == b"x"


def test_a_huge_answer_is_refused_before_it_fills_the_memory() -> None:
    limits = Limits(kept_bytes=1_000, read_bytes=5_000, line_bytes=300)
    endless = Canned(*[b"x" * 100] * 100)
    with pytest.raises(SourceError, match="more than"):
        Client(HOSTS, transport=lambda *_: endless, limits=limits).get(URL)
    assert len(endless.chunks) > 80
    assert endless.closed
    with pytest.raises(SourceError, match="more than"):  # one endless line
        Client(HOSTS, transport=lambda *_: Canned(*[b"x" * 100] * 100), limits=limits).lines(URL, lambda _: False)
    with pytest.raises(SourceError, match="more than"):  # too many lines wanted
        Client(HOSTS, transport=lambda *_: Canned(*[b"y\n" * 50] * 100), limits=limits).lines(URL, lambda _: True)
    with pytest.raises(SourceError, match="more than"):  # too many lines not wanted
        Client(HOSTS, transport=lambda *_: Canned(*[b"n\n" * 50] * 100), limits=limits).lines(URL, lambda _: False)


def test_a_host_that_never_ends_is_left() -> None:
    with pytest.raises(SourceError, match="still sending"):
        Client(HOSTS, transport=lambda *_: Canned(b"x", b"y"), limits=Limits(whole_s=-1)).get(URL)


def test_lines_are_put_together_across_chunks() -> None:
    answer = Canned(b"ab", b"c\nde", b"f\n", b"gh", b"i")
    assert Client(HOSTS, transport=lambda *_: answer).lines(URL, lambda line: line != b"def") == b"abc\nghi"


def test_compressed_answers_are_not_unpacked() -> None:
    with pytest.raises(SourceError, match="encoding 'gzip'"):
        Client(HOSTS, transport=lambda *_: Canned(b"\x1f\x8b", encoding="gzip")).get(URL)


def test_progress_names_the_host_and_how_much_came() -> None:
    said: list[str] = []
    Client(HOSTS, transport=lambda *_: Canned(b"x" * 2**20, b"x"), progress=said.append).get(URL)
    assert said[0] == "prices.example: 1.0 MiB"
