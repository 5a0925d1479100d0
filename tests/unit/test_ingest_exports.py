"""Exports of the same source in other shapes: flat tables, older columns, several pages in a file, a poor first record.

Each case is a file and the sums worked out by hand: uncached, cache read, 5 min write, 1 h write, output.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import duckdb
import pytest

from ingest_reading import SUMS, Sums, of_used, read
from ingest_samples import lines, table
from steelyard.ingest import read_logs

CALL = {"call_type": "acompletion", "prompt_tokens": 1_000, "completion_tokens": 100, "model": "gpt-5",
        "startTime": "2026-09-05T10:00:00Z"}  # fmt: skip
USAGE = {"usage_object": {"prompt_tokens_details": {"cached_tokens": 300, "text_tokens": 700}}}
RESULT = {"object": "organization.usage.completions.result", "input_tokens": 1_000, "input_cached_tokens": 400,
          "output_tokens": 50, "num_model_requests": 5, "model": "gpt-5", "batch": False}  # fmt: skip
CLAUDE = {"uncached_input_tokens": 100, "cache_creation_input_tokens": 23, "cache_read_input_tokens": 40,
          "output_tokens": 50, "model": "claude-opus-5"}  # fmt: skip
DAY = {"starting_at": "2025-08-02T00:00:00Z", "ending_at": "2025-08-03T00:00:00Z"}
OBSERVED = {"id": "o", "traceId": "t", "type": "GENERATION", "startTime": "2026-10-01T10:00:00.000Z",
            "model": "gpt-5", "level": "DEFAULT"}  # fmt: skip
CONVERSE = {"schemaType": "ModelInvocationLog", "timestamp": "2026-07-15T01:02:03Z", "requestId": "r",
            "operation": "ConverseStream", "modelId": "nova-pro", "input": {"inputTokenCount": 30}}  # fmt: skip
PRINTED = {"name": "chat", "context": {"trace_id": "0x1", "span_id": "0x2", "trace_state": "[]"}, "parent_id": None,
           "start_time": "2026-10-01T10:00:00.000000Z", "end_time": "2026-10-01T10:00:01.000000Z",
           "status": {"status_code": "OK"}, "attributes": {
               "gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-5", "gen_ai.usage.input_tokens": 100,
               "gen_ai.usage.cache_read.input_tokens": 40, "gen_ai.usage.output_tokens": 20}}  # fmt: skip
COST_TABLE = table(
    "Billing account name,Project name,Project ID,Service description,Service ID,SKU description,SKU ID,Credit type,"
    "Cost type,Usage start date,Usage end date,Usage amount,Usage unit,Unrounded Cost ($),Cost ($)",
    'X,p,p1,Vertex AI,1,Gemini 2.5 Flash GA Text Input - Predictions,2,,U,2026-09-01,2026-09-30,"1,000",count,2.1,2',
    "X,p,p1,Vertex AI,1,Gemini 2.5 Flash GA Text Output - Predictions,2,,Usage,2026-09-01,2026-09-30,200,count,1.1,1",
)


def vertex(*names: str) -> str:
    return table(",".join(names), "Vertex AI,Gemini 2.5 Flash GA Text Input - Predictions,2026-09-01 10:00:00 UTC,"
                                  "2026-09-01 11:00:00 UTC,p,2,USD,1000.0,requests")  # fmt: skip


EXPORTS: Mapping[str, tuple[str, str, str, Sums]] = {
    "litellm, no request id": ("litellm", "a.jsonl", lines(CALL), (1_000, 0, 0, 0, 100)),
    "litellm, payload of its loggers": (
        "litellm", "a.jsonl", lines({"id": "x", **CALL, "startTime": 1_757_066_400.1, "endTime": 1_757_066_401.2,
                                     "response_cost": 0.01, "cache_hit": None, "metadata": USAGE}),
        (700, 300, 0, 0, 100)),
    "litellm, first record a failure without counts": (
        "litellm", "a.jsonl", lines({"request_id": "q", "startTime": "2026-09-05T10:00:00Z", "status": "failure"},
                                    {"request_id": "r", **CALL}), (1_000, 0, 0, 0, 100)),
    "litellm, table in another order": (
        "litellm", "a.csv", table("model,endTime,startTime,completion_tokens,prompt_tokens,request_id,metadata",
                                  'm,2026-09-05 10:00:01+02,2026-09-05 10:00:00+02,100,1000,r,"{""usage_object"": '
                                  '{""cache_read_input_tokens"": 300}}"'), (700, 300, 0, 0, 100)),
    "litellm, metadata as Python writes it": (
        "litellm", "a.csv", table("request_id,prompt_tokens,completion_tokens,startTime,model,metadata",
                                  "r,1000,100,2026-09-05 10:00:00,m,\"{'usage_object': {'prompt_tokens_details': "
                                  "{'cached_tokens': 300, 'audio': None}}, 'x': True}\""), (700, 300, 0, 0, 100)),
    "litellm, metadata quoted twice": (
        "litellm", "a.jsonl", lines({**CALL, "metadata": json.dumps(json.dumps(USAGE))}), (700, 300, 0, 0, 100)),
    "bedrock, usage of Nova's body": (
        "bedrock", "a.jsonl", lines(CONVERSE | {"output": {"outputTokenCount": 4, "outputBodyJson": {"usage": {
            "inputTokens": 30, "outputTokens": 4, "cacheReadInputTokenCount": 50,
            "cacheWriteInputTokenCount": 10}}}}), (30, 50, 10, 0, 4)),
    "bedrock, usage in the last event of a stream": (
        "bedrock", "a.jsonl", lines(CONVERSE | {"output": {"outputTokenCount": 4, "outputBodyJson": [
            {"messageStart": {}}, {"metadata": {"usage": {"inputTokens": 30, "outputTokens": 4,
                                                          "cacheReadInputTokens": 50}}}]}}), (30, 50, 0, 0, 4)),
    "otlp, attributes as a map": (
        "otlp", "a.jsonl", lines({"resourceSpans": [{"scopeSpans": [{"spans": [{
            "traceId": "t", "spanId": "s", "startTimeUnixNano": "1750000000000000000", "attributes": {
                "gen_ai.usage.input_tokens": 100, "gen_ai.usage.cache_read.input_tokens": 40,
                "gen_ai.usage.output_tokens": 20}}]}]}]}), (60, 40, 0, 0, 20)),
    "otlp, spans as an SDK prints them": (
        "otlp", "a.json", json.dumps(PRINTED, indent=4) + "\n" + json.dumps(PRINTED | {
            "context": {"trace_id": "0x1", "span_id": "0x3"}, "status": {"status_code": "ERROR"}}, indent=4),
        (60, 40, 0, 0, 20)),
    "anthropic, flat results": ("anthropic_usage", "a.jsonl", lines(DAY | CLAUDE), (100, 40, 23, 0, 50)),
    "openai, flat results": ("openai_dashboard", "a.jsonl", lines({"start_time": 1_730_419_200,
                             "end_time": 1_730_505_600, **RESULT}), (600, 400, 0, 0, 50)),
    "openai, page of 2024": (
        "openai_usage_legacy", "a.json",
        json.dumps({"object": "list", "data": [{"aggregation_timestamp": 1_730_696_400, "n_requests": 2, "operation":
                    "completion", "snapshot_id": "gpt-4o", "n_context_tokens_total": 500, "n_generated_tokens_total":
                    50, "n_cached_context_tokens_total": 100}], "ft_data": [], "dalle_api_data": []}),
        (400, 100, 0, 0, 50)),
    "openai, times in words only": (
        "openai_dashboard", "a.csv",
        table("start_time_iso,end_time_iso,model,input_tokens,output_tokens,num_model_requests,input_cached_tokens",
              "2025-10-27T00:00:00+00:00,2025-10-28T00:00:00+00:00,gpt-5,100.0,20.0,3.0,30.0"), (70, 30, 0, 0, 20)),
    "anthropic, cache writes not split": (
        "anthropic_usage", "a.json", json.dumps({"data": [DAY | {"results": [CLAUDE]}]}), (100, 40, 23, 0, 50)),
    "anthropic console, cache writes not split": (
        "anthropic_console", "a.csv",
        table("usage_date_utc,model_version,usage_type,usage_input_tokens_no_cache,usage_input_tokens_cache_write,"
              "usage_input_tokens_cache_read,usage_output_tokens", "2025-04-12,claude,standard,8,5,3,4"),
        (8, 3, 5, 0, 4)),
    "langfuse, counts in camel case": (
        "langfuse", "a.json", json.dumps([OBSERVED | {"usage": {"promptTokens": 60, "completionTokens": 15,
                                                                "totalTokens": 75}}]), (60, 0, 0, 0, 15)),
    "langfuse, counts as columns": (
        "langfuse", "a.csv", table("id,traceId,type,startTime,model,inputUsage,outputUsage,totalUsage,level",
                                   "o,t,GENERATION,2026-10-01T10:00:00.000Z,gpt-5,60,15,75,DEFAULT"),
        (60, 0, 0, 0, 15)),
    "openrouter, activity page as a table": (
        "openrouter_daily", "a.csv", table("date,model,model_permaslug,usage,byok_usage_inference,requests,"
                                           "prompt_tokens,completion_tokens,reasoning_tokens",
                                           "2026-05-12,m,m,1,0,5,100,20,1"), (100, 0, 0, 0, 20)),
    "vertex, columns named after paths": (
        "vertex_billing", "a.csv", vertex("service.description", "sku.description", "usage_start_time",
                                          "usage_end_time", "project.id", "cost", "currency", "usage.amount",
                                          "usage.unit"), (1_000, 0, 0, 0, 0)),
    "vertex, underscores": (
        "vertex_billing", "a.csv", vertex("service_description", "sku_description", "usage_start_time",
                                          "usage_end_time", "project_id", "cost", "currency", "usage_amount",
                                          "usage_unit"), (1_000, 0, 0, 0, 0)),
    "vertex, the console's cost table": ("vertex_billing", "a.csv", COST_TABLE, (1_000, 0, 0, 0, 200)),
    "mooncake, a list": ("mooncake", "a.json", json.dumps([{"timestamp": 0, "input_length": 5, "output_length": 6,
                                                            "hash_ids": [1]}]), (5, 0, 0, 0, 6)),
    "mooncake, a table": ("mooncake", "a.csv", table("timestamp,input_length,output_length", "0,5,6", "1000,7,8"),
                          (12, 0, 0, 0, 14)),
    "vllm, no comments": (
        "vllm_metrics", "a.prom", 'vllm:prompt_tokens_total{model_name="m"} 10 1700000100000\n'
        'vllm:generation_tokens_total{model_name="m"} 4 1700000100000\nprocess_start_time_seconds 1.7e+09\n',
        (10, 0, 0, 0, 4)),
}  # fmt: skip


@pytest.mark.parametrize("case", EXPORTS)
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_other_shapes_of_an_export(tmp_path: Path, case: str, ends: str) -> None:
    form, name, text, tokens = EXPORTS[case]
    found = read(tmp_path, name, text.replace("\n", ends))
    assert found.formats == (form,)
    assert of_used(found, SUMS) == tokens


def test_cost_table_spans_whole_days_and_is_in_dollars(tmp_path: Path) -> None:
    found = read(tmp_path, "table.csv", COST_TABLE)
    assert of_used(found, "sum(logged_usd), max(bucket_s), max(model)") == (3.0, 30 * 86_400, "Gemini 2.5 Flash")


def test_billing_rows_of_bigquery_as_parquet(tmp_path: Path) -> None:
    duckdb.execute(
        "COPY (SELECT {'description': 'Vertex AI'} AS service, {'id': 'a', 'description': "
        "'Gemini 2.5 Flash GA Text Input - Predictions'} AS sku, TIMESTAMPTZ '2026-09-01 10:00:00+00' AS "
        "usage_start_time, TIMESTAMPTZ '2026-09-01 11:00:00+00' AS usage_end_time, {'amount': 1000.0, 'unit': 'x'} AS "
        "usage, 2.5 AS cost, 'USD' AS currency, {'id': 'p'} AS project, [{'amount': -0.5}] AS credits) "
        f"TO '{tmp_path}/billing.parquet' (FORMAT parquet)"
    )
    found = read_logs([tmp_path / "billing.parquet"], cache_dir=tmp_path / "cache")
    assert of_used(found, SUMS) == (1_000, 0, 0, 0, 0)
    assert of_used(found, "sum(logged_usd)") == (2.0,)


def page(prompt: int, generated: int, *, since: float = 1.7e9, at_ms: int | None = None) -> str:
    at = "" if at_ms is None else f" {at_ms}"
    return (f"# HELP x\nprocess_start_time_seconds {since}{at}\n"
            f'vllm:prompt_tokens_total{{engine="0",model_name="m"}} {prompt}{at}\n'
            f'vllm:prompt_tokens_total{{engine="1",model_name="m"}} {prompt}{at}\n'
            f'vllm:generation_tokens_total{{engine="0",model_name="m"}} {generated}{at}\n')  # fmt: skip


@pytest.mark.parametrize("dated", [True, False])
def test_scrapes_in_one_file_are_not_added_up(tmp_path: Path, dated: bool) -> None:
    times = (1_700_000_100_000, 1_700_000_200_000) if dated else (None, None)
    found = read(tmp_path, "all.prom", page(100, 10, at_ms=times[0]) + page(150, 15, at_ms=times[1]))
    assert of_used(found, SUMS) == (300, 0, 0, 0, 15)
    assert found.rows.set_aside == {"earlier scrape of the same process": 1}


def test_counters_of_a_restarted_process_are_added(tmp_path: Path) -> None:
    found = read(tmp_path, "all.prom", page(100, 10) + page(20, 2, since=1.70001e9) + page(30, 3, since=1.70001e9))
    assert of_used(found, SUMS) == (260, 0, 0, 0, 13)
    assert found.rows.set_aside == {"earlier scrape of the same process": 1}
