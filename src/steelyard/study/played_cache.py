"""What playing a busiest hour said, kept by what was played: the same question is not simulated twice."""

import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

import steelyard.serving
from steelyard.domain.serving import Slo
from steelyard.domain.traffic import Trace
from steelyard.serving.simulator.engine import Engine
from steelyard.study.compiled_code import simulator_digest

__all__ = ["PlayedCache", "clear_played"]

_SEARCH = Path(steelyard.serving.__file__).parent / "replica_search.py"


class PlayedCache:
    """A folder of small files; where it cannot be written, nothing is kept."""

    def __init__(self, folder: Path | None = None) -> None:
        base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
        self.folder = folder or Path(base) / "steelyard" / "played"
        self._code = simulator_digest() + hashlib.sha256(_SEARCH.read_bytes()).hexdigest()

    def key(self, engine: Engine, trace: Trace, rate_rps: float, slo: Slo, guess: int) -> str:
        """Return the digest of everything the answer depends on, the simulator's own code included."""
        said = hashlib.sha256(self._code.encode())
        times = engine.times
        said.update(repr((engine[1:], times[2:], rate_rps, guess)).encode())
        said.update(slo.model_dump_json().encode())
        for array in (times.tokens_ps, times.sequences_ps, trace.arrival_s, trace.input_tokens, trace.output_tokens,
                      trace.cached_tokens):  # fmt: skip
            said.update(array.tobytes())
        return said.hexdigest()

    def key_of(self, *said: str) -> str:
        """Return the digest of an answer's question given as text, the simulator's own code included."""
        return hashlib.sha256("\n".join((self._code, *said)).encode()).hexdigest()

    def find(self, key: str) -> Mapping[str, object] | None:
        """Return what was kept under a key, or None; an unreadable file is as if absent."""
        try:
            found: object = json.loads((self.folder / f"{key}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) else None  # pyright: ignore[reportUnknownVariableType]

    def keep(self, key: str, value: Mapping[str, object]) -> None:
        """Keep a value under a key: written beside, then renamed."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            part = self.folder / f".{secrets.token_hex(8)}"
            part.write_text(json.dumps(value), encoding="utf-8")
            part.chmod(0o600)
            part.replace(self.folder / f"{key}.json")
        except OSError:
            return


def clear_played() -> int:
    """Remove every kept answer; return how many bytes that freed."""
    freed = 0
    for file in PlayedCache().folder.glob("*.json"):
        freed += file.stat().st_size
        file.unlink(missing_ok=True)
    return freed
