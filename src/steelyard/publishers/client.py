"""HTTPS to named hosts only: bounded in time and size, no credentials, no cookies, no redirect to another host."""

import http.client
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from email.message import Message
from typing import IO, Protocol
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
)

from steelyard.errors import Fault, SourceError

__all__ = ["Answer", "Client", "Limits", "Transport"]

MEBIBYTE = 2**20
"""Bytes in a MiB."""
_OK = 200
_HTTPS_PORT = 443
_SHOWN = 80
_TRY_LATER = "Check the connection and its proxy, or try again later"


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how much; a list that exceeds them is refused."""

    wait_s: float = 20.0
    """Longest silence of a host [s]."""
    whole_s: float = 600.0
    """Longest transfer [s]."""
    kept_bytes: int = 32 * MEBIBYTE
    """Largest answer kept [B]."""
    read_bytes: int = 2_048 * MEBIBYTE
    """Largest answer read through where only some of its lines are kept [B]."""
    line_bytes: int = MEBIBYTE
    """Longest line of such an answer [B]."""
    chunk_bytes: int = 2**16
    """Read at once [B]."""


class Answer(Protocol):
    """What a host sends back."""

    status: int
    headers: Message

    def read(self, amt: int, /) -> bytes:
        """Return the next bytes, none at the end."""
        ...

    def close(self) -> None:
        """Let the connection go."""
        ...


class Transport(Protocol):
    """Opens an address; replaced in tests, which never use the network."""

    def __call__(self, url: str, wait_s: float, /) -> Answer:
        """Return the answer's beginning; raise OSError where there is none."""
        ...


class Client:
    """Asks the hosts of one source."""

    def __init__(
        self, hosts: frozenset[str], *, transport: Transport | None = None, limits: Limits | None = None,
        progress: Callable[[str], None] | None = None, scheme: str = "https",
    ) -> None:  # fmt: skip
        """Keep what may be contacted; ``scheme`` other than https is for tests against this machine."""
        self._hosts = hosts
        self._scheme = scheme
        self._limits = limits or Limits()
        self._transport = transport or _Urllib(self._refuse_foreign, scheme)
        self._progress = progress or _silent

    def get(self, url: str) -> bytes:
        """Return an answer whole.

        Raises
        ------
        SourceError
            If the host is not one of this source's, does not answer in time, or says too much.
        """
        parts: list[bytes] = []
        kept = 0
        for chunk in self._chunks(url):
            kept += len(chunk)
            self._refuse_above(kept, self._limits.kept_bytes, url)
            parts.append(chunk)
        return b"".join(parts)

    def lines(self, url: str, keep: Callable[[bytes], bool]) -> bytes:
        """Return the lines of an answer that ``keep`` wants, each with its end; the rest is read and dropped.

        Raises
        ------
        SourceError
            As ``get`` does, and where a line is absurdly long.
        """
        parts: list[bytes] = []
        rest, kept, seen = b"", 0, 0
        for chunk in self._chunks(url):
            seen += len(chunk)
            self._refuse_above(seen, self._limits.read_bytes, url)
            *whole, rest = (rest + chunk).split(b"\n")
            self._refuse_above(len(rest), self._limits.line_bytes, url)
            wanted = [line + b"\n" for line in whole if keep(line)]
            kept += sum(map(len, wanted))
            self._refuse_above(kept, self._limits.kept_bytes, url)
            parts += wanted
        return b"".join([*parts, rest] if keep(rest) else parts)

    def _chunks(self, url: str) -> Iterator[bytes]:
        self._refuse_foreign(url)
        host = urlsplit(url).hostname or url
        until = time.monotonic() + self._limits.whole_s
        seen = 0
        try:
            with closing(self._transport(url, self._limits.wait_s)) as answer:
                self._refuse_status(answer, host)
                while chunk := answer.read(self._limits.chunk_bytes):
                    if time.monotonic() > until:
                        raise SourceError(Fault(f"still sending after {self._limits.whole_s:g} s", host,
                                                remedy=_TRY_LATER))  # fmt: skip
                    seen += len(chunk)
                    self._progress(f"{host}: {seen / MEBIBYTE:,.1f} MiB")
                    yield chunk
                if seen < _announced(answer):
                    raise SourceError(Fault("stopped in the middle", host, remedy=_TRY_LATER))
        except (OSError, http.client.HTTPException) as error:
            why = _why(error)
            raise SourceError(Fault(f"no answer ({why})", host, remedy=_TRY_LATER)) from error

    def _refuse_foreign(self, url: str) -> None:
        if _place(url) not in {(self._scheme, host) for host in self._hosts}:
            raise SourceError(Fault(f"sent elsewhere, to {url[:_SHOWN]!r}", ", ".join(sorted(self._hosts)),
                                    f"{self._scheme} at the same host", "Nothing was read from there"))  # fmt: skip

    def _refuse_above(self, size: int, limit: int, url: str) -> None:
        if size > limit:
            raise SourceError(Fault(f"more than {limit / MEBIBYTE:,.2g} MiB", urlsplit(url).hostname or url,
                                    remedy="The list is not what it was; nothing of it was used"))  # fmt: skip

    @staticmethod
    def _refuse_status(answer: Answer, host: str) -> None:
        encoding = answer.headers.get("Content-Encoding", "identity")
        if answer.status != _OK or encoding.lower() != "identity":
            what = f"status {answer.status}" if answer.status != _OK else f"encoding {encoding[:20]!r}"
            raise SourceError(Fault(f"answered with {what}", host, remedy="Try again later"))


def _announced(answer: Answer) -> int:
    """Return how many bytes an answer said it would have, 0 where it did not say [B]."""
    length = answer.headers.get("Content-Length", "")
    return int(length) if length.isascii() and length.isdigit() and len(length) < _SHOWN else 0


def _silent(_message: str) -> None:
    """Say nothing."""


def _place(url: str) -> tuple[str, str | None] | None:
    """Return scheme and host; None for an address with a name and password, an odd port, or none at all."""
    try:
        parts = urlsplit(url)
        plain = parts.username is None and (parts.scheme != "https" or parts.port in {None, _HTTPS_PORT})
    except ValueError:
        return None
    return (parts.scheme, parts.hostname) if plain else None


def _why(error: Exception) -> str:
    if isinstance(error, HTTPError):
        error.close()
        return f"status {error.code}"
    if isinstance(error, URLError):
        return type(error.reason).__name__ if isinstance(error.reason, Exception) else str(error.reason)[:80]
    return type(error).__name__


class _Urllib:
    """The standard library's HTTP without what is not needed: files, FTP, cookies, passwords."""

    def __init__(self, refuse_foreign: Callable[[str], None], scheme: str) -> None:
        self._opener = OpenerDirector()
        secure = HTTPSHandler(context=ssl.create_default_context())
        for handler in (ProxyHandler(), secure if scheme == "https" else HTTPHandler(), HTTPDefaultErrorHandler(),
                        HTTPErrorProcessor(), _SameHost(refuse_foreign)):  # fmt: skip
            self._opener.add_handler(handler)

    def __call__(self, url: str, wait_s: float, /) -> Answer:
        request = Request(url, headers={"User-Agent": "steelyard", "Accept-Encoding": "identity"})  # noqa: S310  the scheme was checked
        answer: Answer | None = self._opener.open(request, timeout=wait_s)
        if answer is None:  # no handler for such an address
            raise URLError("no such protocol")
        return answer


class _SameHost(HTTPRedirectHandler):
    """Follows a redirect only where the source itself could have been asked."""

    max_redirections = 3

    def __init__(self, refuse_foreign: Callable[[str], None]) -> None:
        self._refuse_foreign = refuse_foreign

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: http.client.HTTPMessage, newurl: str
    ) -> Request | None:
        """Return the request to go on with; SourceError where it leads elsewhere."""
        self._refuse_foreign(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)
