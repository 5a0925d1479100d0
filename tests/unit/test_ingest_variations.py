"""What real exports do with each format: other spellings, wrappers, encodings, nulls, and counts in odd shapes.

Each case is a file and the sums worked out by hand: uncached, cache read, 5 min write, 1 h write, output.
"""

import gzip
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingest_samples import SAMPLES, lines, table
from steelyard.domain.traffic import TrafficTable
from steelyard.errors import LogError
from steelyard.ingest import read_logs

Sums = tuple[int, int, int, int, int]
CLASSES = ("uncached_input", "cache_read", "cache_write_5m", "cache_write_1h", "output")


def read(folder: Path, name: str, content: str | bytes) -> TrafficTable:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_logs([path], cache_dir=folder / "cache")


def sums(found: TrafficTable) -> Sums:
    row = duckdb.execute(
        f"SELECT {', '.join(f'coalesce(sum({c}), 0)::BIGINT' for c in CLASSES)} FROM read_parquet($1) "
        "WHERE set_aside IS NULL", [str(found.path)]
    ).fetchone()  # fmt: skip
    assert row is not None
    return row


def value(found: TrafficTable, sql: str) -> Any:
    row = duckdb.execute(f"SELECT {sql} FROM read_parquet($1) WHERE set_aside IS NULL", [str(found.path)]).fetchone()
    assert row is not None
    return row[0]


# --- containers

CONTAINERS = ("litellm", "langfuse", "otlp", "bedrock", "openai_usage", "anthropic_usage", "anthropic_console",
              "openrouter_daily", "vertex_billing", "azure_trace", "cloudflare", "helicone")  # fmt: skip


@pytest.fixture(params=CONTAINERS)
def sample(request: pytest.FixtureRequest) -> Any:
    return SAMPLES[request.param]()


def expect(found: TrafficTable, sample: Any) -> None:
    assert sums(found) == sample.tokens
    assert dict(found.rows.set_aside) == dict(sample.aside)


def test_a_byte_order_mark_loses_no_row(tmp_path: Path, sample: Any) -> None:
    expect(read(tmp_path, sample.name, b"\xef\xbb\xbf" + sample.text.encode()), sample)


def test_a_byte_order_mark_under_gzip_loses_no_row(tmp_path: Path, sample: Any) -> None:
    expect(read(tmp_path, sample.name + ".gz", gzip.compress(b"\xef\xbb\xbf" + sample.text.encode())), sample)


def test_line_ends_of_windows_change_nothing(tmp_path: Path, sample: Any) -> None:
    expect(read(tmp_path, sample.name, sample.text.replace("\n", "\r\n")), sample)


def test_two_gzip_members_in_a_row_are_one_file(tmp_path: Path, sample: Any) -> None:
    cut = sample.text.index("\n") + 1
    packed = gzip.compress(sample.text[:cut].encode()) + gzip.compress(sample.text[cut:].encode())
    expect(read(tmp_path, sample.name + ".gz", packed), sample)


def test_zstandard_changes_nothing(tmp_path: Path, sample: Any) -> None:
    (tmp_path / "plain.txt").write_text(sample.text, encoding="utf-8")
    path = tmp_path / (sample.name + ".zst")
    duckdb.execute(
        f"COPY (SELECT line FROM read_csv('{tmp_path}/plain.txt', columns={{'line': 'VARCHAR'}}, header=false, "
        f"delim='\x01', quote='', escape='', auto_detect=false)) TO '{path}' "
        "(FORMAT csv, HEADER false, COMPRESSION zstd, QUOTE '', DELIMITER '\x01', ESCAPE '')"
    )
    expect(read_logs([path], cache_dir=tmp_path / "cache"), sample)


def test_a_zstandard_bomb_stops_at_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "bomb.csv.zst"
    duckdb.execute(f"COPY (SELECT TIMESTAMP '2026-10-01' AS TIMESTAMP, 5 AS ContextTokens, 6 AS GeneratedTokens "
                   f"FROM range(200000)) TO '{path}' (FORMAT csv, COMPRESSION zstd)")  # fmt: skip
    with pytest.raises(LogError, match="--max-bytes"):
        read_logs([path], cache_dir=tmp_path / "cache", max_bytes=1_000_000)


@pytest.mark.parametrize(("magic", "said"), [(b"PK\x03\x04rest", "zip archive"), (b"BZh91AY", "bzip2"),
                                             (b"\xfd7zXZ\x00", "xz")])  # fmt: skip
def test_other_packings_are_named(tmp_path: Path, magic: bytes, said: str) -> None:
    with pytest.raises(LogError, match=said):
        read(tmp_path, "log.bin", magic * 5)


@pytest.mark.parametrize("name", ["litellm", "langfuse", "bedrock", "cloudflare", "portkey", "otlp", "vertex_billing"])
@pytest.mark.parametrize("wrapped", ["list", "pretty list", "data", "pretty data", "list of pages", "pages in a row"])
def test_wrappers_of_pages_change_nothing(tmp_path: Path, name: str, wrapped: str) -> None:
    sample = SAMPLES[name]()
    records = [json.loads(line) for line in sample.text.splitlines()]
    half = len(records) // 2
    text = {
        "list": lambda: json.dumps(records),
        "pretty list": lambda: json.dumps(records, indent=2),
        "data": lambda: json.dumps({"data": records, "meta": {"page": 1}}),
        "pretty data": lambda: json.dumps({"object": "list", "data": records, "has_more": False}, indent=2),
        "list of pages": lambda: json.dumps([{"object": "page", "data": records[:half]}, {"data": records[half:]}]),
        "pages in a row": lambda: "\n".join(json.dumps({"data": part}, indent=1)
                                            for part in (records[:half], records[half:])),
    }[wrapped]()  # fmt: skip
    expect(read(tmp_path, "page.json", text), sample)


def test_pages_of_usage_follow_one_another(tmp_path: Path) -> None:
    result = {"object": "organization.usage.completions.result", "input_tokens": 10, "output_tokens": 5,
              "input_cached_tokens": 4, "num_model_requests": 2, "model": "gpt-5"}  # fmt: skip
    page: dict[str, Any] = {
        "object": "page",
        "has_more": True,
        "next_page": "x",
        "data": [
            {"object": "bucket", "start_time": 1_730_419_200, "end_time": 1_730_505_600, "results": [result]},
            {"object": "bucket", "start_time": 1_730_505_600, "end_time": 1_730_592_000, "results": []},
        ],
    }
    for number, text in enumerate((json.dumps([page, page]), json.dumps(page) + "\n" + json.dumps(page),
                                   json.dumps(page, indent=2) + "\n" + json.dumps(page, indent=2))):  # fmt: skip
        found = read(tmp_path, f"{number}.json", text)
        assert sums(found) == (12, 8, 0, 0, 10)
        assert found.rows.set_aside == {"empty bucket": 2}


def test_upper_case_headers_of_a_warehouse_are_the_same_columns(tmp_path: Path) -> None:
    sample = SAMPLES["helicone"]()
    head, _, body = sample.text.partition("\n")
    expect(read(tmp_path, "upper.csv", head.upper() + "\n" + body), sample)


def test_semicolons_and_commas_in_numbers(tmp_path: Path) -> None:
    text = table("Date;Slug;Usage;Requests;Prompt Tokens;Completion Tokens;Reasoning Tokens",
                 "2026-05-12 00:00:00;openai/gpt-5;430,07;4,115;70,965,665;3,009,973;0")  # fmt: skip
    found = read(tmp_path, "activity.csv", text)
    assert sums(found) == (70_965_665, 0, 0, 0, 3_009_973)
    assert value(found, "sum(requests)::BIGINT") == 4_115
    assert value(found, "sum(logged_usd)") == pytest.approx(430.07)


def test_structs_and_lists_of_parquet_are_read_like_json(tmp_path: Path) -> None:
    (tmp_path / "spend.jsonl").write_text(SAMPLES["litellm"]().text, encoding="utf-8")
    shape = """{"usage_object": {"prompt_tokens_details": {"cached_tokens": "BIGINT", "cache_creation_tokens": "BIGINT",
        "cache_creation_token_details": {"ephemeral_1h_input_tokens": "BIGINT"}}}}"""
    duckdb.execute(
        f"COPY (SELECT * REPLACE (json_transform(metadata, '{shape}') AS metadata) "
        f"FROM read_json('{tmp_path}/spend.jsonl')) TO '{tmp_path}/spend.parquet' (FORMAT parquet)"
    )
    expect(read_logs([tmp_path / "spend.parquet"], cache_dir=tmp_path / "cache"), SAMPLES["litellm"]())


WORDED_TIMES = ("2026-10-01T10:00:00.000Z", "2026-10-01 10:00:00", "2026-10-01 10:00:00+00",
                "2026-10-01 12:00:00.000+02:00", "2026-10-01 10:00:00 UTC", "2026-10-01T10:00:00.000000000Z",
                "1790848800", "1790848800000", "1790848800000000", "1790848800000000000", "1.7908488e9",
                "Thu, 01 Oct 2026 10:00:00 GMT",
                "Thu Oct 01 2026 10:00:00 GMT+0000 (Coordinated Universal Time)",
                "10/1/2026, 10:00:00 AM", "2026/10/01 10:00:00")  # fmt: skip


@pytest.mark.parametrize("text", WORDED_TIMES)
def test_one_instant_in_every_spelling(tmp_path: Path, text: str) -> None:
    row = {"request_id": "a", "prompt_tokens": 5, "completion_tokens": 6, "startTime": text}
    assert str(value(read(tmp_path, "t.jsonl", lines(row)), "max(start)")) == "2026-10-01 10:00:00"


# --- LiteLLM


def spend(metadata: object, **changes: Any) -> dict[str, Any]:
    return {"request_id": "r", "call_type": "acompletion", "prompt_tokens": 1_000, "completion_tokens": 100,
            "startTime": "2026-09-05T10:00:00Z", "model": "m", "metadata": metadata} | changes  # fmt: skip


LITELLM: Mapping[str, tuple[object, Sums]] = {
    "anthropic keys beside an empty detail": (
        {"usage_object": {"prompt_tokens_details": None, "cache_read_input_tokens": 300,
                          "cache_creation_input_tokens": 200}}, (500, 300, 200, 0, 100)),
    "a zero beside the count": (
        {"usage_object": {"prompt_tokens_details": {"cached_tokens": 0}, "cache_read_input_tokens": 300}},
        (700, 300, 0, 0, 100)),
    "the older place": (
        {"additional_usage_values": {"cache_read_input_tokens": 300, "cache_creation_input_tokens": 0}},
        (700, 300, 0, 0, 100)),
    "both places": (
        {"usage_object": {"prompt_tokens_details": {"cached_tokens": 300}},
         "additional_usage_values": {"prompt_tokens_details": {"cached_tokens": 300}}}, (700, 300, 0, 0, 100)),
    "an empty usage object": (
        {"usage_object": {}, "additional_usage_values": {"cache_read_input_tokens": 300}}, (700, 300, 0, 0, 100)),
    "one hour writes": (
        {"usage_object": {"cache_creation_input_tokens": 400, "cache_creation": {"ephemeral_5m_input_tokens": 100,
                                                                                "ephemeral_1h_input_tokens": 300}}},
        (600, 0, 100, 300, 100)),
    "no metadata": (None, (1_000, 0, 0, 0, 100)),
    "empty metadata": ("{}", (1_000, 0, 0, 0, 100)),
    "damaged metadata": ("{oops", (1_000, 0, 0, 0, 100)),
    "numbers as strings": (
        {"usage_object": {"prompt_tokens_details": {"cached_tokens": "300"}}}, (700, 300, 0, 0, 100)),
}  # fmt: skip


@pytest.mark.parametrize("case", LITELLM)
@pytest.mark.parametrize("nested", [True, False])
def test_litellm_splits_of_every_version(tmp_path: Path, case: str, nested: bool) -> None:
    metadata, tokens = LITELLM[case]
    told = metadata if nested or not isinstance(metadata, dict) else json.dumps(metadata)
    assert sums(read(tmp_path, "s.jsonl", lines(spend(told)))) == tokens


@pytest.mark.parametrize(("changes", "reason"), [
    ({"status": "failure"}, "failed request"),
    ({"status": "", "metadata": {"status": "failure"}}, "failed request"),
    ({"cache_hit": "True"}, "gateway cache hit"),
    ({"call_type": "aembedding"}, "embedding"),
    ({"call_type": "atranscription"}, "audio"),
    ({"call_type": "amoderation"}, "other operation"),
    ({"prompt_tokens": 0, "completion_tokens": 0}, "no tokens reported"),
])  # fmt: skip
def test_litellm_rows_that_are_no_chat(tmp_path: Path, changes: Mapping[str, Any], reason: str) -> None:
    found = read(
        tmp_path,
        "s.jsonl",
        lines(
            spend({}),
            spend({}, request_id="q", **changes)
            if "metadata" not in changes
            else spend({}) | {"request_id": "q", **changes},
        ),
    )
    assert found.rows.set_aside == {reason: 1}


def test_litellm_csv_of_a_database_client(tmp_path: Path) -> None:
    metadata = json.dumps({"usage_object": {"prompt_tokens_details": {"cached_tokens": 300}}}).replace('"', '""')
    text = table("request_id,call_type,prompt_tokens,completion_tokens,startTime,endTime,model,metadata,messages",
                 f'a,acompletion,1000,100,2026-09-05 10:00:00.123,2026-09-05 10:00:01.123,m,"{metadata}","{{""a"": '
                 f'""line one\nline two""}}"')  # fmt: skip
    found = read(tmp_path, "s.csv", text)
    assert sums(found) == (700, 300, 0, 0, 100)
    assert value(found, "max(duration_s)") == 1.0


# --- OpenTelemetry


def span(attributes: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    values = [{"key": k, "value": {"stringValue": v} if isinstance(v, str) else {"intValue": v}
               if isinstance(v, int) else {"doubleValue": v}} for k, v in attributes.items()]  # fmt: skip
    return {"name": "x", "traceId": "t", "spanId": "s", "startTimeUnixNano": "1750000000000000000",
            "endTimeUnixNano": "1750000001000000000", "attributes": values} | changes  # fmt: skip


def export(*spans: Mapping[str, Any], scopes: str = "scopeSpans") -> dict[str, Any]:
    return {"resourceSpans": [{"resource": {}, scopes: [{"scope": {}, "spans": list(spans)}]}]}


OTEL: Mapping[str, tuple[Mapping[str, Any], Sums]] = {
    "today": ({"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 20,
               "gen_ai.usage.cache_read.input_tokens": 40, "gen_ai.usage.cache_creation.input_tokens": 10},
              (50, 40, 10, 0, 20)),
    "deprecated": ({"gen_ai.system": "openai", "gen_ai.usage.prompt_tokens": 100,
                    "gen_ai.usage.completion_tokens": 20}, (100, 0, 0, 0, 20)),
    "openllmetry": ({"llm.request.type": "chat", "gen_ai.usage.prompt_tokens": 100,
                     "gen_ai.usage.completion_tokens": 20, "llm.usage.total_tokens": 120,
                     "gen_ai.usage.cache_read_input_tokens": 40},
                    (60, 40, 0, 0, 20)),
    "older openllmetry": ({"llm.request.type": "completion", "llm.usage.prompt_tokens": 100,
                           "llm.usage.completion_tokens": 20}, (100, 0, 0, 0, 20)),
    "both spellings": ({"gen_ai.usage.input_tokens": 100, "gen_ai.usage.prompt_tokens": 100,
                        "gen_ai.usage.output_tokens": 20, "gen_ai.usage.completion_tokens": 20}, (100, 0, 0, 0, 20)),
    "openinference": ({"openinference.span.kind": "LLM", "llm.token_count.prompt": 100,
                       "llm.token_count.completion": 20, "llm.token_count.prompt_details.cache_read": 40,
                       "llm.model_name": "m"}, (60, 40, 0, 0, 20)),
    "vercel": ({"ai.operationId": "ai.generateText.doGenerate", "ai.usage.promptTokens": 100,
                "ai.usage.completionTokens": 20}, (100, 0, 0, 0, 20)),
    "doubles": ({"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 100.0,
                 "gen_ai.usage.output_tokens": 20.0}, (100, 0, 0, 0, 20)),
    "strings": ({"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": "100",
                 "gen_ai.usage.output_tokens": "20"}, (100, 0, 0, 0, 20)),
}  # fmt: skip


@pytest.mark.parametrize("case", OTEL)
@pytest.mark.parametrize("scopes", ["scopeSpans", "instrumentationLibrarySpans"])
def test_spans_of_every_convention(tmp_path: Path, case: str, scopes: str) -> None:
    attributes, tokens = OTEL[case]
    found = read(tmp_path, "spans.jsonl", lines(export(span(attributes), scopes=scopes)))
    assert sums(found) == tokens
    assert value(found, "max(duration_s)") == 1.0


USAGE = {"gen_ai.usage.input_tokens": 5, "gen_ai.usage.output_tokens": 1}


@pytest.mark.parametrize(("other", "reason"), [
    (span({"gen_ai.operation.name": "invoke_agent"} | USAGE, spanId="p"), "parent span"),
    (span({"traceloop.span.kind": "workflow"} | USAGE, spanId="p"), "parent span"),
    (span({"openinference.span.kind": "CHAIN"} | USAGE, spanId="p"), "parent span"),
    (span({"gen_ai.operation.name": "embeddings"} | USAGE, spanId="p"), "embedding"),
    (span({"llm.request.type": "rerank"} | USAGE, spanId="p"), "other operation"),
    (span({"gen_ai.operation.name": "chat", "gen_ai.output.type": "image"} | USAGE, spanId="p"), "image"),
    (span({"gen_ai.operation.name": "chat"} | USAGE, spanId="p", status={"code": "STATUS_CODE_ERROR"}),
     "failed request"),
    (span({"gen_ai.operation.name": "chat"}, spanId="p"), "no tokens reported"),
    (span({"http.request.method": "POST"}, spanId="p"), "not a model call"),
    (span({"gen_ai.operation.name": "chat"} | USAGE), "duplicate request id"),
])  # fmt: skip
def test_spans_that_are_no_chat_are_set_aside(tmp_path: Path, other: Mapping[str, Any], reason: str) -> None:
    found = read(tmp_path, "spans.jsonl", lines(export(span({"gen_ai.operation.name": "chat"} | USAGE), other)))
    assert found.rows.used == 1
    assert found.rows.set_aside == {reason: 1}


# --- Bedrock


def invocation(**changes: Any) -> dict[str, Any]:
    return {"schemaType": "ModelInvocationLog", "schemaVersion": "1.0", "timestamp": "2026-07-15T01:02:03Z",
            "accountId": "1", "region": "us-east-1", "requestId": "r", "operation": "Converse",
            "modelId": "us.anthropic.claude-sonnet-4-v1:0",
            "input": {"inputTokenCount": 30}, "output": {"outputTokenCount": 4}} | changes  # fmt: skip


BEDROCK: Mapping[str, tuple[Mapping[str, Any], Sums]] = {
    "stated": ({"input": {"inputTokenCount": 30, "cacheReadInputTokenCount": 50, "cacheWriteInputTokenCount": 10}},
               (30, 50, 10, 0, 4)),
    "converse body": ({"output": {"outputTokenCount": 4, "outputBodyJson": {"usage": {
        "inputTokens": 30, "outputTokens": 4, "cacheReadInputTokens": 50, "cacheWriteInputTokens": 10,
        "cacheDetails": [{"ttl": "1h", "inputTokens": 7}, {"ttl": "5m", "inputTokens": 3}]}}}}, (30, 50, 3, 7, 4)),
    "invoke body": ({"operation": "InvokeModel", "output": {"outputTokenCount": 4, "outputBodyJson": {"usage": {
        "input_tokens": 30, "cache_read_input_tokens": 50, "cache_creation_input_tokens": 10,
        "cache_creation": {"ephemeral_5m_input_tokens": 6, "ephemeral_1h_input_tokens": 4}}}}}, (30, 50, 6, 4, 4)),
    "streamed body": ({"operation": "InvokeModelWithResponseStream",
                       "output": {"outputTokenCount": 4, "outputBodyJson": [
        {"type": "message_start", "message": {"usage": {"input_tokens": 30, "cache_read_input_tokens": 50,
                                                        "cache_creation_input_tokens": 10}}},
        {"type": "content_block_delta"}, {"type": "message_delta", "usage": {"output_tokens": 4}}]}},
        (30, 50, 10, 0, 4)),
    "nulls": ({"input": {"inputTokenCount": 30, "cacheReadInputTokenCount": None}}, (30, 0, 0, 0, 4)),
    "strings": ({"input": {"inputTokenCount": "30"}, "output": {"outputTokenCount": "4"}}, (30, 0, 0, 0, 4)),
}  # fmt: skip


@pytest.mark.parametrize("case", BEDROCK)
def test_bedrock_bodies_of_every_operation(tmp_path: Path, case: str) -> None:
    changes, tokens = BEDROCK[case]
    assert sums(read(tmp_path, "b.jsonl", lines(invocation(**changes)))) == tokens


def test_bedrock_records_wrapped_by_cloudwatch(tmp_path: Path) -> None:
    events = {"events": [{"timestamp": 1_784_077_323_000, "message": json.dumps(invocation(requestId=str(i)))}
                         for i in range(3)]}  # fmt: skip
    assert sums(read(tmp_path, "cw.json", json.dumps(events, indent=1))) == (90, 0, 0, 0, 12)
    rows = [{"@timestamp": "2026-07-15 01:02:03.000", "@message": invocation(requestId=str(i))} for i in range(3)]
    assert sums(read(tmp_path, "insights.json", json.dumps(rows))) == (90, 0, 0, 0, 12)


def test_bedrock_profiles_and_regions_are_stripped(tmp_path: Path) -> None:
    arn = "arn:aws:bedrock:ap-northeast-1:1:inference-profile/jp.anthropic.claude-sonnet-4-v1:0"
    found = read(tmp_path, "b.jsonl", lines(invocation(modelId=arn)))
    assert value(found, "max(model)") == "anthropic.claude-sonnet-4-v1:0"


# --- Langfuse


def observation(usage: Mapping[str, Any] | None, **changes: Any) -> dict[str, Any]:
    return {
        "id": "o",
        "traceId": "t",
        "projectId": "p",
        "type": "GENERATION",
        "startTime": "2026-10-01T10:00:00.000Z",
        "endTime": "2026-10-01T10:00:01.000Z",
        "model": "gpt-5",
        "usageDetails": usage,
        "level": "DEFAULT",
    } | changes


LANGFUSE: Mapping[str, tuple[Mapping[str, Any], Sums]] = {
    "apart": ({"input": 60, "input_cached_tokens": 40, "output": 15, "total": 115}, (60, 40, 0, 0, 15)),
    "inside": ({"input": 100, "input_cached_tokens": 40, "output": 15, "total": 115}, (60, 40, 0, 0, 15)),
    "anthropic": ({"input": 60, "cache_read_input_tokens": 40, "cache_creation_input_tokens": 10, "output": 15,
                   "total": 125}, (60, 40, 10, 0, 15)),
    "one hour": ({"input": 60, "input_cache_creation_5m": 10, "input_cache_creation_1h": 5, "output": 15, "total": 90},
                 (60, 0, 10, 5, 15)),
    "audio": ({"input": 60, "input_audio_tokens": 4, "output": 15, "output_audio_tokens": 1, "total": 80},
              (64, 0, 0, 0, 16)),
    "no total": ({"input": 60, "input_cached_tokens": 40, "output": 15}, (60, 40, 0, 0, 15)),
}  # fmt: skip


@pytest.mark.parametrize("case", LANGFUSE)
def test_langfuse_pages_of_the_api(tmp_path: Path, case: str) -> None:
    usage, tokens = LANGFUSE[case]
    page = {"data": [observation(usage)], "meta": {"page": 1, "totalItems": 1}}
    assert sums(read(tmp_path, "page.json", json.dumps(page))) == tokens


def test_langfuse_counts_of_older_servers(tmp_path: Path) -> None:
    old = observation(None, promptTokens=60, completionTokens=15, totalTokens=75)
    assert sums(read(tmp_path, "old.jsonl", lines(old))) == (60, 0, 0, 0, 15)


def test_langfuse_generation_without_usage_is_not_called_unreadable(tmp_path: Path) -> None:
    found = read(
        tmp_path, "o.jsonl", lines(observation({"input": 1, "output": 1, "total": 2}), observation({}, id="q"))
    )
    assert found.rows.set_aside == {"no tokens reported": 1}


# --- OpenAI, OpenRouter, vLLM, traces


def test_exports_of_embeddings_images_and_audio_are_no_chat(tmp_path: Path) -> None:
    times = "start_time,end_time,start_time_iso,end_time_iso"
    row = "1761523800,1761523860,2025-10-27T00:10:00+00:00,2025-10-27T00:11:00+00:00"
    chat = f"{times},num_model_requests,model,input_tokens,output_tokens"
    for header, cells, reason in (
        (f"{times},num_model_requests,model,input_tokens", "3,text-embedding-3-small,900", "embedding"),
        (f"{times},images,num_model_requests,model,input_tokens,output_tokens", "2,2,gpt-image-1,5,5", "image"),
        (f"{times},characters,num_model_requests,model,input_tokens,output_tokens", "2,2,tts-1,5,5", "audio"),
        (chat, "2,omni-moderation-latest,5,0", "other operation"),
    ):
        (tmp_path / "chat.csv").write_text(table(chat, f"{row},1,gpt-5,10,5"), encoding="utf-8")
        (tmp_path / "more.csv").write_text(table(header, f"{row},{cells}"), encoding="utf-8")
        found = read_logs([tmp_path / "chat.csv", tmp_path / "more.csv"], cache_dir=tmp_path / "cache")
        assert found.rows.set_aside == {reason: 1}


def test_openrouter_generation_and_activity_apis(tmp_path: Path) -> None:
    one = {"data": {"id": "gen-1", "created_at": "2026-06-28T03:46:57.713Z", "model": "anthropic/claude-sonnet-4.6",
                    "native_tokens_prompt": 18_054, "native_tokens_cached": 18_041, "native_tokens_completion": 120,
                    "tokens_prompt": 17_000, "tokens_completion": 100, "total_cost": 0.0055}}  # fmt: skip
    for name, text in (("one.json", json.dumps(one)), ("two.jsonl", lines(one, one))):
        found = read(tmp_path, name, text)
        assert sums(found) == (13, 18_041, 0, 0, 120)
    days = {
        "data": [
            {
                "date": "2026-05-12",
                "model": "openai/gpt-5",
                "model_permaslug": "openai/gpt-5",
                "usage": 1.5,
                "requests": 5,
                "prompt_tokens": 50,
                "completion_tokens": 125,
                "reasoning_tokens": 25,
            }
        ]
    }
    found = read(tmp_path, "activity.json", json.dumps(days))
    assert found.formats == ("openrouter_daily",)
    assert sums(found) == (50, 0, 0, 0, 125)


def scrape(prompt: int, at_ms: int, hits: str = "vllm:gpu_prefix_cache_hits_total") -> str:
    label = 'model_name="m"'
    return (f"vllm:prompt_tokens_created{{{label}}} 1.7e+09\nvllm:prompt_tokens_total{{{label}}} {prompt} {at_ms}\n"
            f"vllm:generation_tokens_total{{{label}}} 10 {at_ms}\n{hits}{{{label}}} 30 {at_ms}\n")  # fmt: skip


def test_the_last_scrape_of_a_process_counts(tmp_path: Path) -> None:
    (tmp_path / "a.prom").write_text("# HELP\n" + scrape(100, 1_700_000_100_000), encoding="utf-8")
    (tmp_path / "b.prom").write_text("# HELP\n" + scrape(150, 1_700_000_200_000), encoding="utf-8")
    found = read_logs([tmp_path / "a.prom", tmp_path / "b.prom"], cache_dir=tmp_path / "cache")
    assert sums(found) == (120, 30, 0, 0, 10)
    assert value(found, "max(bucket_s)") == 200.0
    assert found.rows.set_aside == {"earlier scrape of the same process": 1}


def test_bailian_traces_count_seconds(tmp_path: Path) -> None:
    row = {"chat_id": 1, "parent_chat_id": -1, "timestamp": 61.5, "input_length": 10, "output_length": 5,
           "type": "text", "turn": 1, "hash_ids": [1, 2]}  # fmt: skip
    found = read(tmp_path, "qwen.jsonl", lines(row))
    assert str(value(found, "max(start)")) == "1970-01-05 00:01:01.500000"
    assert value(found, "count(prefix_hashes)") == 0
    assert "neither zone nor day is known" in found.zone


def test_an_embedding_model_in_a_mapped_log_is_no_chat(tmp_path: Path) -> None:
    found = read(tmp_path, "own.csv", table("start,model,input_tokens,output_tokens", "2026-10-01T10:00:00Z,gpt-5,5,5",
                                            "2026-10-01T10:00:00Z,text-embedding-3-large,5,5"))  # fmt: skip
    assert found.rows.set_aside == {"embedding": 1}
