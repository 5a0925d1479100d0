"""The table as it is kept: local names in place of identities, lists of words, and no more counted than needed."""

import gzip
import hashlib
import json
from pathlib import Path
from typing import IO, cast

import duckdb
import pytest

from steelyard.errors import LogError
from steelyard.ingest import engine, limits, read_logs, reading, staging
from steelyard.ingest.canonical import OBJECT_BYTES, pseudonym_of_token, token
from steelyard.ingest.source import sources_of

CANARY = "canary-7f3a"


def spend(i: int, **more: object) -> dict[str, object]:
    at = f"2026-10-05T10:{i // 60 % 60:02d}:{i % 60:02d}Z"
    return {"request_id": f"r{i}", "startTime": at, "model": f"model-{i}",
            "prompt_tokens": 10 + i, "completion_tokens": 3, "call_type": "acompletion", **more}  # fmt: skip


def lines(path: Path, rows: list[dict[str, object]]) -> Path:
    text = "".join(json.dumps(row) + "\n" for row in rows)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def kept(path: Path, sql: str) -> list[tuple[object, ...]]:
    return duckdb.execute(sql.replace("TABLE", "read_parquet($1)"), [str(path)]).fetchall()


def test_one_identity_has_one_name_and_no_identity_has_none(tmp_path: Path) -> None:
    people = ["ann", "bob", "ann", "", None]
    log = lines(tmp_path / "log.jsonl", [spend(i, user=who) for i, who in enumerate(people)])
    table = read_logs([log], cache_dir=tmp_path / "cache")
    names = [row[0] for row in kept(table.path, "SELECT end_user FROM TABLE ORDER BY start")]
    assert names[0] == names[2] != names[1]
    assert names[3] is names[4] is None
    assert str(names[0]).startswith("user-")


def test_a_name_is_a_salted_hash_of_a_salted_token(tmp_path: Path) -> None:
    log = lines(tmp_path / "log.jsonl", [spend(0, user="ann")])
    table = read_logs([log], cache_dir=tmp_path / "cache")
    salt = (tmp_path / "cache" / "traffic" / "salt").read_text(encoding="ascii")
    ((code,),) = duckdb.execute("SELECT hash($1 || 'ann')", [salt]).fetchall()
    assert kept(table.path, "SELECT end_user FROM TABLE") == [
        ("user-" + hashlib.sha256(f"{salt}{code}".encode()).hexdigest()[:10],)
    ]


def test_names_outlive_an_upgrade_of_the_engine() -> None:
    # A study may name a pseudonym. If this fails, the engine hashes text otherwise: say so in the changelog.
    named = pseudonym_of_token(token("'ann'", "salt"), "team", "salt")
    assert duckdb.execute(f"SELECT {named}").fetchall() == [("team-08c22f9419",)]


@pytest.mark.parametrize("in_table_bytes", [0, 1 << 28])
def test_no_identity_lies_on_disk_while_a_log_is_read(
    in_table_bytes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "_TABLE_BYTES", in_table_bytes)
    rows = [spend(i, user=CANARY, team_id=CANARY, api_key=CANARY, session_id=f"{CANARY}{i}", request_tags=[CANARY])
            for i in range(3_000)]  # fmt: skip
    seen: list[Path] = []

    def look(_: str) -> None:
        seen.extend(path for path in (tmp_path / "cache").rglob("*") if path.is_file())
        assert not any(CANARY.encode() in path.read_bytes() for path in seen)

    read_logs([lines(tmp_path / "log.jsonl", rows)], cache_dir=tmp_path / "cache", progress=look)
    assert any(path.suffix == ".parquet" for path in seen) is (in_table_bytes == 0)


@pytest.mark.parametrize("models", [3, 2_500])
def test_words_are_the_same_whether_few_or_many(models: int, tmp_path: Path) -> None:
    rows = [spend(i, model=f"model-{i % models}", user=f"u{i % models}") for i in range(2_500)]
    table = read_logs([lines(tmp_path / "log.jsonl", rows)], cache_dir=tmp_path / "cache")
    assert kept(table.path, "SELECT count(DISTINCT model), count(DISTINCT end_user), count(*) FROM TABLE") == [
        (models, models, 2_500)
    ]
    assert kept(table.path, "SELECT model FROM TABLE ORDER BY start, uncached_input LIMIT 2") == [
        ("model-0",), ("model-1",)
    ]  # fmt: skip
    assert kept(table.path, "SELECT DISTINCT typeof(model), typeof(end_user), typeof(tag) FROM TABLE") == [
        ("VARCHAR", "VARCHAR", "VARCHAR")
    ]


def test_a_row_longer_than_the_short_stretches_is_read(tmp_path: Path) -> None:
    rows = [spend(0), spend(1, messages="m" * (OBJECT_BYTES[0] + 1)), spend(2)]
    table = read_logs([lines(tmp_path / "log.jsonl.gz", rows)], cache_dir=tmp_path / "cache")
    assert table.rows.used == 3


def test_a_file_is_counted_no_further_than_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    noise = b"".join(hashlib.sha256(str(i).encode()).digest() for i in range(400_000)).hex().encode()
    path = tmp_path / "log.csv.gz"
    path.write_bytes(gzip.compress(b"start,input_tokens,output_tokens\n" + noise, 1))
    (source,) = sources_of([path])
    most = 1_032 * (source.size_bytes - (source.size_bytes // 3))
    counted = 0
    real = gzip.open

    def counting(file: IO[bytes]) -> IO[bytes]:
        opened = real(file)
        read = opened.read

        def told(size: int = -1) -> bytes:
            nonlocal counted
            chunk = read(size)
            counted += len(chunk)
            return chunk

        opened.read = told  # pyright: ignore[reportAttributeAccessIssue]
        return cast(IO[bytes], opened)

    monkeypatch.setattr(limits.gzip, "open", counting)
    limits.check_size([source], most)
    assert 0 < counted < 0.6 * len(noise)
    counted = 0
    limits.check_size([source], len(noise) + 100)
    assert counted >= len(noise)


def test_what_is_too_much_for_some_threads_is_read_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staging, "_SHARED_BYTES", 0)  # stretches of 128 MB a thread
    monkeypatch.setattr(reading, "_MEMORY", "250MB")
    rows = [spend(i, messages="m" * 20_000) for i in range(16_000)]
    table = read_logs([lines(tmp_path / "log.jsonl", rows)], cache_dir=tmp_path / "cache")
    assert table.rows.used == 16_000


def test_rows_too_long_for_the_memory_are_said_to_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_MEMORY", "60MB")
    rows = [spend(i, messages="m" * 20_000) for i in range(8_000)]
    with pytest.raises(LogError, match=r"log\.jsonl: its rows are so long .* Export it without the text") as error:
        read_logs([lines(tmp_path / "log.jsonl", rows)], cache_dir=tmp_path / "cache")
    assert "breaks off" not in str(error.value)
    assert not [path for path in (tmp_path / "cache" / "traffic").iterdir() if path.is_dir()]


def test_many_cores_do_not_take_more_memory_than_a_log_may(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[int] = []

    def many() -> duckdb.DuckDBPyConnection:
        con = engine.connect()
        con.execute("SET threads=64")
        return con

    def look(con: duckdb.DuckDBPyConnection, *args: object, **options: object) -> object:
        threads.extend(row[0] for row in con.execute("SELECT current_setting('threads')").fetchall())
        return staging.stage(con, *args, **options)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(reading, "connect", many)
    monkeypatch.setattr(reading, "stage", look)
    read_logs([lines(tmp_path / "log.jsonl", [spend(0)])], cache_dir=tmp_path / "cache")
    assert threads == [4]
