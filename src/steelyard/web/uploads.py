"""Files sent by a browser or a program: streamed to a private folder under harmless names, never executed or served."""

import re
import secrets
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

from steelyard.web.faults import Refusal
from steelyard.web.sessions import Session, Upload
from steelyard.web.settings import Settings

if TYPE_CHECKING:
    from starlette.datastructures import UploadFile

__all__ = ["find_upload", "harmless", "store"]

_CHUNK_BYTES = 1 << 20
_LONGEST_NAME = 80
_MOST_FILES = 50
_ZIP_MAGIC = b"PK\x03\x04"
_MIN_FREE_BYTES = 512 << 20


def harmless(name: str) -> str:
    """Return a file name without folders, leading dots, or anything a shell, a path or a page could take for more."""
    last = re.split(r"[\\/]", name)[-1]
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", last).strip(".-_")[-_LONGEST_NAME:].strip(".-_")
    return plain or "log"


def find_upload(session: Session, name: str, *, field: str = "upload") -> Upload:
    """Return one of the session's own uploads.

    Raises
    ------
    Refusal
        If it has none of that name.
    """
    found = session.uploads.get(name)
    if found is None:
        raise Refusal(404, "not_found", "this session has no such upload", "Upload the file first", field=field)
    return found


async def store(session: Session, files: "list[UploadFile]", settings: Settings, *, keep: bool) -> Upload:
    """Keep files as one upload.

    Raises
    ------
    Refusal
        If there is none, too many, an archive, or no room.
    """
    if not files or all(not file.filename for file in files):
        raise Refusal(422, "invalid_input", "no file was sent", "Choose a usage log", field="files")
    if len(files) > _MOST_FILES:
        raise Refusal(422, "invalid_input", f"more than {_MOST_FILES} files", "Join them first", field="files")
    if len(session.uploads) >= settings.max_uploads:
        raise Refusal(409, "too_many", "this session holds as many uploads as it may", "Delete one", field="files")
    if shutil.disk_usage(session.folder).free < _MIN_FREE_BYTES:
        raise Refusal(507, "no_room", "the disk of the server is nearly full", "Free some space on it")
    folder = session.folder / ".incoming" / secrets.token_hex(8)
    folder.mkdir(mode=0o700, parents=True)
    try:
        names = [await _write(file, folder, n) for n, file in enumerate(files)]
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    size_bytes = sum((folder / name).stat().st_size for name in names)
    upload = Upload(_free(session, names[0]), folder, tuple(names), size_bytes, keep)
    session.uploads[upload.name] = upload
    return upload


async def _write(file: "UploadFile", folder: Path, number: int) -> str:
    name = harmless(file.filename or "log")
    if (folder / name).exists():
        name = f"{number}-{name}"
    first = True
    async with await anyio.open_file(folder / name, "xb") as out:
        while chunk := await file.read(_CHUNK_BYTES):
            if first and chunk.startswith(_ZIP_MAGIC):
                remedy = "Unpack it and send the log itself; gzip is fine"
                raise Refusal(415, "archive", f"{name} is an archive", remedy, field="files")
            first = False
            await out.write(chunk)
    (folder / name).chmod(0o600)
    return name


def _free(session: Session, name: str) -> str:
    """Return a name that no upload of the session has."""
    stem, dot, ending = name.partition(".")
    number, found = 2, name
    while found in session.uploads:
        found, number = f"{stem}-{number}{dot}{ending}", number + 1
    return found
