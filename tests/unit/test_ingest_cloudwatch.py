"""Bedrock's invocation logs as CloudWatch hands them out: every container, and what else lies in the log group."""

import csv
import gzip
import io
import json
import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingest_reading import SUMS, of_used, read
from ingest_samples import CANARY, SAMPLES, lines
from steelyard.domain.traffic import TrafficTable
from steelyard.ingest import read_logs

CHECK = "Permissions are correctly set for Amazon Bedrock logs."
"""What Bedrock writes into a log group when logging is switched on."""
CUT = '{"schemaType":"ModelInvocationLog","timestamp":"2026-07-15T01:0'
CONTROL = {"messageType": "CONTROL_MESSAGE", "owner": "CloudwatchLogs", "logGroup": "", "logStream": "",
           "subscriptionFilters": [],
           "logEvents": [{"id": "", "timestamp": 1, "message": "CWL CONTROL MESSAGE"}]}  # fmt: skip
MANY_MUTATIONS = 100_000


def events(messages: Sequence[str]) -> list[dict[str, Any]]:
    return [{"id": str(i), "timestamp": 1_784_077_323_000 + i, "message": text} for i, text in enumerate(messages)]


def subscription(messages: Sequence[str]) -> dict[str, Any]:
    return {"messageType": "DATA_MESSAGE", "owner": "1", "logGroup": CANARY, "logStream": CANARY,
            "subscriptionFilters": [CANARY], "logEvents": events(messages)}  # fmt: skip


def as_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue()


def queried(messages: Sequence[str], indent: int | None = None) -> str:
    rows = [[{"field": "@timestamp", "value": "t"}, {"field": "@message", "value": text},
             {"field": "@ptr", "value": CANARY}] for text in messages]  # fmt: skip
    return json.dumps({"results": rows, "statistics": {"recordsMatched": 5.0}, "status": "Complete"}, indent=indent)


SHAPES: Mapping[str, Callable[[Sequence[str]], str]] = {
    "subscription.jsonl": lambda m: lines(subscription(m[:2]), subscription(m[2:])),
    "firehose.json": lambda m: json.dumps(subscription(m[:2])) + json.dumps(subscription(m[2:])),
    "subscription.json": lambda m: json.dumps(subscription(m), indent=2),
    "batches.json": lambda m: json.dumps([subscription(m[:2]), subscription(m[2:])]),
    "logEvents.json": lambda m: json.dumps({"logEvents": [{"message": text} for text in m]}),
    "filter-log-events.json": lambda m: json.dumps({"events": events(m), "searchedLogStreams": []}),
    "get-log-events.json": lambda m: json.dumps({"events": events(m), "nextForwardToken": "f/1"}, indent=4),
    "console.csv": lambda m: as_table(("timestamp", "message"), [("1784077323000", text) for text in m]),
    "insights.csv": lambda m: as_table(("@timestamp", "@message", "@logStream"),
                                       [("2026-07-15 01:02:03.000", text, CANARY) for text in m]),
    "insights.json": lambda m: json.dumps([{"@timestamp": "t", "@message": text, "@ptr": CANARY} for text in m]),
    "get-query-results.json": queried,
    "pretty-query-results.json": lambda m: queried(m, indent=2),
    "messages.jsonl": lambda m: lines(*({"timestamp": 1, "message": text} for text in m)),
    "tail.txt": lambda m: "".join(f"2026-07-15T01:02:03.000000+00:00 {CANARY} {text}\r\n" for text in m),
    "export-task.txt": lambda m: "".join(f"2026-07-15T01:02:03.000Z {text}\n" for text in m),
}  # fmt: skip
LINED = [name for name in SHAPES if name.endswith((".jsonl", ".csv", ".txt"))]


@pytest.mark.parametrize("name", SHAPES)
def test_every_container_of_cloudwatch_gives_the_sums_of_the_plain_log(tmp_path: Path, name: str) -> None:
    sample = SAMPLES["bedrock"]()
    table = read(tmp_path, name, SHAPES[name](sample.text.splitlines()))
    assert table.formats == ("bedrock",)
    assert of_used(table, SUMS) == sample.tokens
    assert dict(table.rows.set_aside) == dict(sample.aside)


@pytest.mark.parametrize("name", SHAPES)
def test_compressed_containers_give_the_same(tmp_path: Path, name: str) -> None:
    sample = SAMPLES["bedrock"]()
    table = read(tmp_path, name + ".gz", gzip.compress(SHAPES[name](sample.text.splitlines()).encode()))
    assert of_used(table, SUMS) == sample.tokens
    assert dict(table.rows.set_aside) == dict(sample.aside)


@pytest.mark.parametrize("name", SHAPES)
def test_notes_of_the_log_group_and_cut_messages_are_counted(tmp_path: Path, name: str) -> None:
    sample = SAMPLES["bedrock"]()
    table = read(tmp_path, name, SHAPES[name]([CHECK, *sample.text.splitlines(), CUT]))
    assert of_used(table, SUMS) == sample.tokens
    assert dict(table.rows.set_aside) == {**sample.aside, "not a model call": 1, "unreadable row": 1}


def test_health_checks_of_a_subscription_are_no_model_calls(tmp_path: Path) -> None:
    sample = SAMPLES["bedrock"]()
    table = read(tmp_path, "sub.jsonl", lines(CONTROL, subscription(sample.text.splitlines())))
    assert of_used(table, SUMS) == sample.tokens
    assert dict(table.rows.set_aside) == {**sample.aside, "not a model call": 1}


@pytest.mark.parametrize("name", SHAPES)
def test_no_text_or_identity_leaves_the_log(tmp_path: Path, name: str) -> None:
    table = read(tmp_path, name, SHAPES[name](SAMPLES["bedrock"]().text.splitlines()))
    rows = duckdb.execute("SELECT * FROM read_parquet($1)", [str(table.path)]).fetchall()
    assert CANARY not in repr(rows) + table.model_dump_json()
    for file in (tmp_path / "cache").rglob("*"):
        assert not file.is_file() or CANARY.encode() not in file.read_bytes()


def test_wrapped_and_plain_files_in_one_glob_are_each_read_as_they_are(tmp_path: Path) -> None:
    rows = [json.dumps(json.loads(SAMPLES["bedrock"]().text.splitlines()[0]) | {"requestId": str(i)}) for i in range(4)]
    texts = {"a.jsonl": rows[0] + "\n", "b.jsonl": lines({"message": rows[1]}),
             "c.jsonl": lines(subscription([rows[2]])), "d.jsonl": rows[3] + "\n"}  # fmt: skip
    for order in (sorted(texts), sorted(texts, reverse=True)):
        folder = tmp_path / order[0]
        folder.mkdir()
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
        table = read_logs([folder / name for name in order], cache_dir=folder / "cache")
        assert of_used(table, SUMS) == (120, 200, 24, 16, 16)
        assert table.rows.set_aside == {}


def fuzzed(folder: Path, name: str, count: int) -> tuple[TrafficTable, int]:
    """Return the table of a log with that many damaged lines, and how many lines it had."""
    generator = random.Random(name)
    head, *body = SHAPES[name](SAMPLES["bedrock"]().text.splitlines()).splitlines()
    kept = [head] if name.endswith(".csv") else [head, *body]
    begun = len(kept)
    whole = [*body, head] if not name.endswith(".csv") else body
    for _ in range(count):
        line = generator.choice(whole)
        at = generator.randrange(len(line))
        word = generator.choice(["", "x", "\\", "{", "}", '"', "\u2028", line[at] * 9, "null", "-1"])
        kept.append((line[:at] + word + line[at + generator.randint(0, 3) :]).replace("\n", " "))
    kept += body if name.endswith(".csv") else []
    return read(folder, name, "\n".join(kept) + "\n"), len(kept) - (begun if name.endswith(".csv") else 0)


def check_fuzzed(name: str, table: TrafficTable, rows: int) -> None:
    assert table.rows.used > 0
    assert table.rows.read == table.rows.used + sum(table.rows.set_aside.values())
    if name == "subscription.jsonl":
        assert table.rows.read >= rows  # an undamaged line holds several events
    else:
        assert table.rows.read == rows
    kept = duckdb.execute("SELECT * FROM read_parquet($1)", [str(table.path)]).fetchall()
    assert name.endswith(".csv") or CANARY not in repr(kept)


@pytest.mark.parametrize("name", LINED)
def test_mutated_lines_never_crash_and_always_count(tmp_path: Path, name: str) -> None:
    check_fuzzed(name, *fuzzed(tmp_path, name, 300))


@pytest.mark.slow
@pytest.mark.parametrize("name", LINED)
def test_very_many_mutated_lines_never_crash_and_always_count(tmp_path: Path, name: str) -> None:
    check_fuzzed(name, *fuzzed(tmp_path, name, MANY_MUTATIONS))
