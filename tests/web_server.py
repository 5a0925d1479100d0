"""The real server as a process, as a user starts it: `steelyard serve` on a free port."""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Server", "running_server"]

_PATIENCE_S = 60.0


@dataclass
class Server:
    """One running server."""

    address: str
    """Such as ``http://127.0.0.1:40123``."""
    greeting: str
    """What it printed when it began."""
    started_s: float
    """From the command to the first line [s]."""
    log: Path
    """Everything it printed."""
    process: "subprocess.Popen[bytes]"
    arguments: list[str] = field(default_factory=list[str])

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])


@contextmanager
def running_server(*arguments: str, **environment: str) -> Iterator[Server]:
    """Start a server, yield it, and stop it."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        began = time.monotonic()
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "steelyard", "serve", "--port", "0", "--log", *arguments], stdout=out,
                stderr=subprocess.STDOUT, env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
            )  # fmt: skip
        try:
            greeting = _greeting(log, process)
            took = time.monotonic() - began
            port = re.search(r"http://\S+?:(\d+)/", greeting)
            assert port, greeting
            yield Server(f"http://127.0.0.1:{port[1]}", greeting, took, log, process, list(arguments))
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _greeting(log: Path, process: "subprocess.Popen[bytes]") -> str:
    until = time.monotonic() + _PATIENCE_S
    while time.monotonic() < until:
        text = log.read_text()
        if "Ready in" in text:
            return text
        assert process.poll() is None, text
        time.sleep(0.02)
    raise AssertionError(f"the server did not start: {log.read_text()}")
