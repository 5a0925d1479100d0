"""Who asks: a cookie nobody can guess, a private folder, uploads and decisions; nothing of one is seen by another."""

import secrets
import shutil
import tempfile
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from steelyard.web.pool import Job
from steelyard.web.settings import Settings

__all__ = ["COOKIE", "Decision", "Session", "Sessions", "Upload"]

COOKIE = "steelyard_session"
"""Name of the cookie."""
_ID_BYTES = 32
_PRIVATE = 0o700


@dataclass(eq=False)
class Upload:
    """Files that came together."""

    name: str
    """How a study names it."""
    folder: Path
    """Where the files as sent lie, until they are counted."""
    files: tuple[str, ...]
    """File names as sent, made harmless."""
    size_bytes: int
    """Bytes sent."""
    keep: bool = False
    """Whether the files stay after they were counted."""
    job: Job | None = None
    """The profile that is being made."""
    profile: str = ""
    """As ``profile --json`` prints it."""
    usable: bool = False
    """Whether it holds traffic to decide on."""
    evaluation: bool = False
    """Whether it is an evaluation of the user's own, to weigh quality by."""


@dataclass(eq=False)
class Decision:
    """One study decided, or being decided."""

    id: str
    """Cannot be guessed."""
    text: str
    """The study."""
    query: str
    """The state of the page it was made on."""
    place: Path
    """Folder with its working papers."""
    job: Job
    """The work."""
    document: str = ""
    """The decision document."""
    name: str = ""
    """Name of the study."""
    saved_at: str = ""
    """When it was saved (UTC), empty if it was not."""
    note: str = ""
    """What the user wrote beside it."""
    beside: dict[str, Job] = field(default_factory=dict[str, Job])
    """Further work on the same study, by what was asked."""


@dataclass(eq=False)
class Session:
    """One visitor."""

    id: str
    """Value of the cookie."""
    folder: Path
    """Private folder; study paths are relative to it."""
    seen_at: float = field(default_factory=time.monotonic)
    """Last request [s]."""
    uploads: dict[str, Upload] = field(default_factory=dict[str, Upload])
    """By name."""
    decisions: "OrderedDict[str, Decision]" = field(default_factory=OrderedDict[str, Decision])
    """By what was asked, oldest first."""
    jobs: "OrderedDict[str, Job]" = field(default_factory=OrderedDict[str, Job])
    """By identifier, oldest first."""

    @property
    def owner(self) -> str:
        """Name of the session among the workers; not the cookie."""
        return self.folder.name

    @property
    def tables(self) -> Mapping[str, Path]:
        """What a study may name, as a log or as an evaluation: upload -> its place."""
        named = (upload for upload in self.uploads.values() if upload.usable or upload.evaluation)
        return {upload.name: self.folder / upload.name for upload in named}

    def decision(self, identifier: str) -> Decision | None:
        """Return one of its own decisions."""
        return next((d for d in self.decisions.values() if d.id == identifier), None)

    @property
    def empty(self) -> bool:
        """Whether nothing would be lost with it."""
        return not self.uploads and not self.decisions


class Sessions:
    """All visitors, the one seen last at the end."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._own = settings.folder is None
        self.folder = settings.folder or Path(tempfile.mkdtemp(prefix="steelyard-web-"))
        self.folder.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
        self._by_id: OrderedDict[str, Session] = OrderedDict()

    def find(self, identifier: str) -> Session | None:
        """Return the session of a cookie, and remember that it was seen."""
        session = self._by_id.get(identifier)
        if session is not None:
            session.seen_at = time.monotonic()
            self._by_id.move_to_end(identifier)
        return session

    def start(self) -> Session:
        """Return a new session."""
        self.sweep()
        if len(self._by_id) >= self._settings.max_sessions:
            self._end(next((s for s in self._by_id.values() if s.empty), next(iter(self._by_id.values()))))
        identifier = secrets.token_urlsafe(_ID_BYTES)
        folder = self.folder / secrets.token_hex(16)
        folder.mkdir(mode=_PRIVATE)
        session = Session(identifier, folder)
        self._by_id[identifier] = session
        return session

    def sweep(self) -> None:
        """Delete what nobody has asked for in a long while."""
        now = time.monotonic()
        for session in [s for s in self._by_id.values() if now - s.seen_at > self._settings.idle_session_s]:
            self._end(session)

    def forget(self, session: Session) -> None:
        """Delete a session and all it holds."""
        self._end(session)

    def close(self) -> None:
        """Delete every session."""
        for session in list(self._by_id.values()):
            self._end(session)
        if self._own:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _end(self, session: Session) -> None:
        self._by_id.pop(session.id, None)
        for job in session.jobs.values():
            job.stop = True
        shutil.rmtree(session.folder, ignore_errors=True)
