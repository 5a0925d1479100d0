"""The server: uvicorn on one address, which cuts connections that never finish their headers."""

import asyncio
import errno
import logging
import socket
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from steelyard.errors import Fault, OutputError
from steelyard.web.app import create_app
from steelyard.web.settings import Settings

__all__ = ["bound_socket", "serve"]

_HEADERS_S = 10.0
_MOST_CONNECTIONS = 256
_BACKLOG = 256
_KEEP_ALIVE_S = 15


class TimedProtocol(H11Protocol):
    """HTTP/1.1 whose connections must ask for something before long."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock."""
        super().connection_made(transport)
        self._deadline = self.loop.call_later(_HEADERS_S, self._cut)

    def data_received(self, data: bytes) -> None:
        """Stop the clock once a request has come in whole."""
        super().data_received(data)
        if self.cycle is not None:  # pyright: ignore[reportUnnecessaryComparison] -- None until the first request
            self._deadline.cancel()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._deadline.cancel()
        super().connection_lost(exc)

    def _cut(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()


def bound_socket(settings: Settings) -> socket.socket:
    """Return a socket that listens; the next free port where the usual one is taken.

    Raises
    ------
    OutputError
        If the address cannot be listened on.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((settings.host, settings.port))
    except OSError as error:
        found.close()
        what = f"cannot listen on {settings.host} port {settings.port} ({error.strerror})"
        if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
            raise OutputError(Fault(what, "--host", "an address of this machine",
                                    "Leave --host out, or name one such as 0.0.0.0")) from None  # fmt: skip
        raise OutputError(Fault(what, "--port", "a free port", "Name another with --port, or 0 for any")) from None
    return found


def serve(settings: Settings, listening: socket.socket) -> None:
    """Answer on a socket until the process is told to stop."""
    logging.getLogger("steelyard.web").setLevel(logging.INFO)
    options: dict[str, Any] = {
        "http": TimedProtocol, "ws": "none", "access_log": False, "server_header": False, "date_header": True,
        "limit_concurrency": _MOST_CONNECTIONS, "backlog": _BACKLOG, "timeout_keep_alive": _KEEP_ALIVE_S,
        "timeout_graceful_shutdown": 3, "h11_max_incomplete_event_size": 32_768, "log_level": "warning",
        "proxy_headers": False,
    }  # fmt: skip
    config = uvicorn.Config(create_app(settings), **options)
    uvicorn.Server(config).run(sockets=[listening])
