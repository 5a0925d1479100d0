"""Where canonical tables lie: the XDG cache, content-addressed, private, atomic.

A cache that cannot be written is replaced by a temporary folder for the run.
"""

import atexit
import os
import secrets
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from steelyard.ingest.engine import opens

__all__ = ["cache_folder", "cached_tables", "clear_cache", "keep_tables_in", "local_salt", "publish", "staging",
           "temporary_folder"]  # fmt: skip

_PRIVATE_FILE = 0o600
_PRIVATE_FOLDER = 0o700
_SALT = "salt"


def cache_folder(cache_dir: Path | None = None) -> Path:
    """Return a writable private folder for tables; a temporary one where the cache cannot be written or named.

    Parameters
    ----------
    cache_dir
        Folder to use instead of ``$XDG_CACHE_HOME/steelyard``.
    """
    base = cache_dir if cache_dir is not None else _chosen[-1] if _chosen else _xdg_cache()
    folder = base / "traffic"
    if not opens(folder):
        return temporary_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=_PRIVATE_FOLDER)
        probe = folder / f".probe-{secrets.token_hex(8)}"
        probe.touch(mode=_PRIVATE_FILE)
        probe.unlink()
    except OSError:
        return temporary_folder()
    return folder


_chosen: list[Path] = []


def keep_tables_in(folder: Path) -> None:
    """Let this process keep its tables in ``folder``, where no other is named."""
    _chosen[:] = [folder]


def _xdg_cache() -> Path:
    stated = os.environ.get("XDG_CACHE_HOME", "")
    if stated and Path(stated).is_absolute():
        return Path(stated) / "steelyard"
    try:
        return Path.home() / ".cache" / "steelyard"
    except RuntimeError:
        return Path(tempfile.gettempdir()) / f"steelyard-{os.getuid()}"


_temporary: list[Path] = []


def temporary_folder() -> Path:
    """Return a private folder that is removed when the program ends."""
    if not _temporary:
        folder = Path(tempfile.mkdtemp(prefix="steelyard-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        _temporary.append(folder)
    return _temporary[0]


@contextmanager
def staging(folder: Path) -> Generator[Path]:
    """Yield a private scratch folder beside the tables; it is gone afterwards, whatever happens."""
    scratch = Path(tempfile.mkdtemp(prefix=".staging-", dir=folder))
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def publish(scratch: Path, target: Path) -> None:
    """Move a finished scratch folder to its place in one step; one already there is as good and stays."""
    for file in scratch.iterdir():
        file.chmod(_PRIVATE_FILE)
    try:
        scratch.rename(target)
    except OSError:
        if not target.is_dir():
            raise


def local_salt(folder: Path) -> str:
    """Return this machine's salt for pseudonyms, made on first use."""
    path = folder / _SALT
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE_FILE)
    except FileExistsError:
        return path.read_text(encoding="ascii")
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        salt = secrets.token_hex(16)
        file.write(salt)
    return salt


def cached_tables(cache_dir: Path | None = None) -> list[Path]:
    """Return the folders of cached tables, sorted by name."""
    folder = cache_folder(cache_dir)
    return sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))


def clear_cache(cache_dir: Path | None = None) -> int:
    """Remove every cached table and abandoned scratch folder; return how many bytes that freed."""
    freed = 0
    for path in [p for p in cache_folder(cache_dir).iterdir() if p.is_dir()]:
        freed += sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
        shutil.rmtree(path, ignore_errors=True)
    return freed
