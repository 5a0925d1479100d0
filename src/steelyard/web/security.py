"""The door: who may ask, under which name, how much may be sent and how slowly, and what a page may load."""

import hmac
import ipaddress
import logging
import socket
import time
from collections.abc import Awaitable, Callable
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import anyio

from steelyard.web.faults import Refusal, refusal_response
from steelyard.web.sessions import COOKIE, Session, Sessions
from steelyard.web.settings import LOOPBACK, Settings, is_loopback

__all__ = ["SESSION_KEY", "Door", "session_of"]

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_LOG = logging.getLogger("steelyard.web.access")
SESSION_KEY = "steelyard.session"
"""Where a request finds its session."""
TOKEN_COOKIE = "steelyard_token"  # noqa: S105  a name
_UPLOADS = "/api/v1/uploads"
_OPEN = ("/static/", "/api/v1/health")
_SAFE = {"GET", "HEAD", "OPTIONS"}
_ALL_ADDRESSES = {"0.0.0.0", "::"}  # noqa: S104  compared with, not bound to
POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
          "form-action 'self'; base-uri 'none'; frame-ancestors 'none'")  # fmt: skip
"""Pages load their own style and scripts from this server, and nothing else from anywhere."""
_HEADERS = (
    (b"content-security-policy", POLICY.encode()), (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"), (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"), (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)  # fmt: skip


def session_of(scope: Scope) -> Session:
    """Return the session of a request."""
    session: Session = scope[SESSION_KEY]
    return session


class Door:
    """Stands before the application."""

    def __init__(self, app: App, settings: Settings, sessions: Sessions) -> None:
        self._app = app
        self._settings = settings
        self._sessions = sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or answer it."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        answer = _Answer(scope, send)
        try:
            redirect = self._let_in(scope, answer)
            if redirect is not None:
                await answer.redirect(redirect)
                return
            await self._app(scope, _Body(scope, receive, self._settings), answer)
        except Refusal as refusal:
            await answer.refuse(refusal)
        except Exception:
            _LOG.exception("a fault of the server's own at %s", _shown(scope["path"]))
            await answer.refuse(Refusal(500, "internal", "a fault of the server's own; it is in the log"))
        finally:
            answer.log()

    def _let_in(self, scope: Scope, answer: "_Answer") -> str | None:
        """Raise if a request must not come in; return where to go where the token was in the address."""
        host = _single(scope, b"host")
        if not self._known(host):
            raise Refusal(421, "host", f"this server is not asked for as {_shown(host)!r}",
                          "Use the address that `steelyard serve` printed, or name it with --allow-host")  # fmt: skip
        _refuse_other_sites(scope, host)
        redirect = self._check_token(scope, answer)
        if redirect is None and not scope["path"].startswith(_OPEN):
            found = self._sessions.find(_cookie(scope, COOKIE))
            session = found or self._sessions.start()
            if found is None:
                answer.set_cookie(COOKIE, session.id)
            scope[SESSION_KEY] = session
        return redirect

    def _known(self, host: str) -> bool:
        name = _name_of(host)
        bound = self._settings.host
        names = {bound, *self._settings.allowed_hosts}
        if is_loopback(bound) or bound in _ALL_ADDRESSES:
            names |= set(LOOPBACK)
        if name in {n.lower() for n in names}:
            return True
        return bound in _ALL_ADDRESSES and (_is_address(name) or name == socket.gethostname().lower())

    def _check_token(self, scope: Scope, answer: "_Answer") -> str | None:
        wanted = self._settings.token
        if wanted is None or scope["path"].startswith(_OPEN):
            return None
        header = _single(scope, b"authorization", default="")
        shown = header.removeprefix("Bearer ") if header.startswith("Bearer ") else _cookie(scope, TOKEN_COOKIE)
        if hmac.compare_digest(shown.encode(), wanted.encode()):
            return None
        pairs = parse_qsl(scope["query_string"].decode("latin-1"))
        asked = next((value for key, value in pairs if key == "token"), "")
        if scope["method"] == "GET" and hmac.compare_digest(asked.encode(), wanted.encode()):
            answer.set_cookie(TOKEN_COOKIE, wanted)
            rest = urlencode([(key, value) for key, value in pairs if key != "token"])
            return f"/{scope['path'].lstrip('/')}" + (f"?{rest}" if rest else "")
        raise Refusal(401, "token", "the token is missing or wrong",
                      "Open the address that was printed, or send `Authorization: Bearer TOKEN`")  # fmt: skip


def _refuse_other_sites(scope: Scope, host: str) -> None:
    if scope["method"] in _SAFE:
        return
    origin, site = _single(scope, b"origin", default=""), _single(scope, b"sec-fetch-site", default="")
    foreign = bool(origin) and urlsplit(origin).netloc.lower() != host.lower()
    if foreign or site in {"cross-site", "same-site"}:
        raise Refusal(403, "origin", "the request comes from another site", "Send it from this server's own pages")


def _single(scope: Scope, name: bytes, *, default: str | None = None) -> str:
    values = [value for key, value in scope["headers"] if key == name]
    if len(values) == 1:
        return values[0].decode("latin-1").strip()
    if not values and default is not None:
        return default
    raise Refusal(400, "header", f"the header {name.decode()!r} is missing or there twice", "Send it once")


def _cookie(scope: Scope, name: str) -> str:
    header = "; ".join(value.decode("latin-1") for key, value in scope["headers"] if key == b"cookie")
    try:
        found = SimpleCookie(header).get(name)
    except CookieError:
        return ""
    return found.value if found is not None else ""


def _name_of(host: str) -> str:
    """Return the name in a Host header, without port and brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    name, _, port = host.partition(":")
    return "" if port and not port.isdigit() else name.lower()


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _shown(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text[:120])


class _Answer:
    """Sends an answer with the headers every answer has, once."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope = scope
        self._send = send
        self._cookies: list[tuple[bytes, bytes]] = []
        self._started = False
        self._status = 0
        self._since = time.monotonic()

    def set_cookie(self, name: str, value: str) -> None:
        secure = "; Secure" if self._scope.get("scheme") == "https" else ""
        text = f"{name}={value}; Path=/; HttpOnly; SameSite=Strict{secure}"
        self._cookies.append((b"set-cookie", text.encode("latin-1")))

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._started, self._status = True, message["status"]
            own = [(key.lower(), value) for key, value in message.get("headers", [])]
            there = {key for key, _ in own}
            added = [pair for pair in _HEADERS if pair[0] not in there]
            if b"cache-control" not in there:
                added.append((b"cache-control", b"no-store"))
            message = {**message, "headers": [*own, *added, *self._cookies]}
        await self._send(message)

    async def redirect(self, where: str) -> None:
        await self({"type": "http.response.start", "status": 303, "headers": [(b"location", where.encode("latin-1"))]})
        await self({"type": "http.response.body", "body": b""})

    async def refuse(self, refusal: Refusal) -> None:
        if self._started:  # the answer is under way: nothing can be said any more
            return
        kind, body = refusal_response(refusal, str(self._scope["path"]))
        headers = [(b"content-type", kind.encode()), (b"connection", b"close")]
        if refusal.retry_after_s:
            headers.append((b"retry-after", str(refusal.retry_after_s).encode()))
        await self({"type": "http.response.start", "status": refusal.status, "headers": headers})
        await self({"type": "http.response.body", "body": body})

    def log(self) -> None:
        """Log the request without its query, cookies or body."""
        took_ms = (time.monotonic() - self._since) * 1e3
        _LOG.info("%s %s %d %.0f ms", self._scope["method"], _shown(self._scope["path"]), self._status, took_ms)


class _Body:
    """Receives a body within its limits of size and time."""

    def __init__(self, scope: Scope, receive: Receive, settings: Settings) -> None:
        self._receive = receive
        self._settings = settings
        upload = scope["path"].rstrip("/") == _UPLOADS
        self._most = settings.max_upload_bytes if upload else settings.max_body_bytes
        self._until = None if upload else time.monotonic() + settings.body_timeout_s
        self._read = 0
        self._done = False
        length = _single(scope, b"content-length", default="0")
        if any(key == b"transfer-encoding" for key, _ in scope["headers"]) and length != "0":
            raise Refusal(400, "header", "the body has a length and comes in chunks", "Send it one way")
        if not length.isdigit():
            raise Refusal(400, "header", "the length of the body is no number", "Send a whole number")
        if int(length) > self._most:
            raise self._too_large()

    async def __call__(self) -> Message:
        if self._done:
            return await self._receive()
        wait = self._settings.read_timeout_s
        if self._until is not None:
            wait = min(wait, self._until - time.monotonic())
        try:
            with anyio.fail_after(max(wait, 0.0)):
                message = await self._receive()
        except TimeoutError:
            raise Refusal(408, "slow", "the body did not arrive in time", "Send it faster, or in parts") from None
        self._read += len(message.get("body", b""))
        self._done = message["type"] != "http.request" or not message.get("more_body", False)
        if self._read > self._most:
            raise self._too_large()
        return message

    def _too_large(self) -> Refusal:
        return Refusal(413, "too_large", f"the body is larger than {self._most:,} bytes", "Send less")
