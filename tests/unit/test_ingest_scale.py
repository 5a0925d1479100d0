"""A log far larger than what the reader may hold: read whole, in flat memory, with rows and bytes told on the way."""

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

GIB = 1 << 30
ROWS_A_BLOCK = 256
READ = """
import json, resource, sys
from pathlib import Path
from steelyard.ingest import profile_table, read_logs
said = []
table = read_logs([Path(sys.argv[1])], cache_dir=Path(sys.argv[2]), progress=said.append)
profile = profile_table(table, shape="flat")
print(json.dumps([table.rows.used, profile.tokens.input, profile.tokens.output, said,
                  resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024]))
"""


def large_log(path: Path, least_bytes: int) -> int:
    """Write a gzip log of at least so many bytes once unpacked, one member after another; return its blocks."""
    rows = [{"request_id": None, "startTime": f"2026-10-05T{i // 60:02d}:{i % 60:02d}:00Z", "model": "gpt-5",
             "prompt_tokens": 1_000 + i, "completion_tokens": 100, "messages": f"{i:4d}" * 1_000, "status": "success"}
            for i in range(ROWS_A_BLOCK)]  # fmt: skip
    block = "".join(json.dumps(row) + "\n" for row in rows).encode()
    packed = gzip.compress(block, 6)
    blocks = -(-least_bytes // len(block))
    with path.open("wb") as file:
        for _ in range(blocks):
            file.write(packed)
    return blocks


def read_apart(log: Path, cache: Path) -> tuple[int, int, int, list[str], int]:
    done = subprocess.run(
        [sys.executable, "-c", READ, str(log), str(cache)], capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout)
    return found[0], found[1], found[2], found[3], found[4]


@pytest.mark.slow
def test_five_gigabytes_of_log_in_flat_memory(tmp_path: Path) -> None:
    small, large = tmp_path / "small.jsonl.gz", tmp_path / "large.jsonl.gz"
    large_log(small, GIB // 8)
    blocks = large_log(large, 5 * GIB)
    _, _, _, _, least = read_apart(small, tmp_path / "cache")
    used, asked, answered, said, most = read_apart(large, tmp_path / "cache")
    assert used == blocks * ROWS_A_BLOCK
    assert asked == blocks * sum(1_000 + i for i in range(ROWS_A_BLOCK))
    assert answered == blocks * ROWS_A_BLOCK * 100
    assert said
    assert f"{used:,} rows" in said[-1]
    assert most < 2 * GIB
    assert most < least + GIB


def test_control_c_while_reading_leaves_nothing_half_written(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl.gz"
    large_log(log, GIB)
    cache = tmp_path / "cache"
    reading = subprocess.Popen(
        [sys.executable, "-m", "steelyard", "profile", str(log)],
        env={**os.environ, "XDG_CACHE_HOME": str(cache)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    folder = cache / "steelyard" / "traffic"
    deadline = time.monotonic() + 120
    while not list(folder.glob(".staging-*/*")) and time.monotonic() < deadline and reading.poll() is None:
        time.sleep(0.05)
    assert reading.poll() is None, "it was done before it could be interrupted"
    reading.send_signal(signal.SIGINT)
    _, said = reading.communicate(timeout=120)
    assert reading.returncode != 0
    assert b"Traceback" not in said
    assert [path.name for path in folder.iterdir()] == ["salt"]
