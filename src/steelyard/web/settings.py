"""What a server may be told: where it listens, who may ask, how much is let in."""

import ipaddress
from dataclasses import dataclass
from pathlib import Path

from steelyard.units import Bytes, Count, Seconds

__all__ = ["LOOPBACK", "Settings", "is_loopback"]

LOOPBACK = ("127.0.0.1", "::1", "localhost")
"""Names of the own machine."""
_MEBIBYTE = 1 << 20


def is_loopback(host: str) -> bool:
    """Whether an address can be reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Settings:
    """How a server runs."""

    host: str = "127.0.0.1"
    """Address it listens on."""
    port: Count = 8737
    """Port it listens on."""
    token: str | None = None
    """What a visitor must show; None: nothing, fit for loopback only."""
    allowed_hosts: tuple[str, ...] = ()
    """Names, beside its own, under which it may be asked for."""
    workers: Count = 2
    """Processes that compute."""
    folder: Path | None = None
    """Where uploads and decisions lie while it runs; None: a private temporary folder, removed at the end."""
    max_body_bytes: Bytes = 8 * _MEBIBYTE
    """Largest body of a request that is no upload."""
    max_upload_bytes: Bytes = 1024 * _MEBIBYTE
    """Largest upload, as sent."""
    max_log_bytes: Bytes = 8 * 1024 * _MEBIBYTE
    """Largest log, once decompressed."""
    read_timeout_s: Seconds = 10.0
    """Longest silence while a request is being sent."""
    body_timeout_s: Seconds = 30.0
    """Longest time in which a body that is no upload must have arrived."""
    job_timeout_s: Seconds = 300.0
    """Longest time one piece of work may take."""
    max_waiting: Count = 64
    """Pieces of work that may wait, of all users together."""
    max_jobs_per_session: Count = 4
    """Pieces of work of one session that may wait or run."""
    max_sessions: Count = 256
    """Sessions held; the longest idle goes first."""
    idle_session_s: Seconds = 3_600.0
    """Time without a request after which a session and all it holds are deleted."""
    max_decisions: Count = 40
    """Decisions one session holds; the oldest that is not saved goes first."""
    max_uploads: Count = 20
    """Uploads one session holds."""
