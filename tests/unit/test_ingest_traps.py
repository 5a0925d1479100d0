"""Traps of real exports: rows that would be counted twice, priced as what they are not, or read on the wrong day.

Each case is a file, the sums worked out by hand (uncached, cache read, 5 min write, 1 h write, output) and the rows set
aside.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingest_reading import SUMS, Sums, of_used, read
from ingest_samples import CANARY, SAMPLES, lines, table
from steelyard.errors import LogError
from steelyard.ingest import read_logs
from steelyard.ingest.formats import known_formats

SPENT = {"request_id": "r", "call_type": "acompletion", "prompt_tokens": 1_000, "completion_tokens": 100,
         "startTime": "2026-09-05T10:00:00Z", "model": "gpt-5",
         "metadata": {"usage_object": {"prompt_tokens_details": {"cached_tokens": 300}}}}  # fmt: skip
EMBEDDED = SPENT | {"request_id": "e", "model": "text-embedding-3-small", "completion_tokens": 0, "metadata": {}}
CHAT = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-5", "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.output_tokens": 20, "gen_ai.usage.cache_read.input_tokens": 40}  # fmt: skip
COUNTS = {"input": 60, "input_cached_tokens": 40, "output": 15, "total": 115}
OBSERVED = {"id": "o", "trace_id": "t", "type": "GENERATION", "start_time": "2026-10-01 10:00:00.000",
            "provided_model_name": "gpt-5", "usage_details": COUNTS, "level": "DEFAULT",
            "event_ts": "2026-10-01 11:00:00", "is_deleted": 0}  # fmt: skip
LATER = {"event_ts": "2026-10-01 12:00:00"}
OLDER = {"id": "o", "traceId": "t", "type": "GENERATION", "startTime": "2026-10-01T10:00:00Z", "model": "m"}
ASKED = {"request_id": "a", "request_created_at": "2026-10-01T10:00:00Z", "response_status": 200, "model": "claude",
         "prompt_tokens": 100, "completion_tokens": 20, "prompt_cache_read_tokens": 30}  # fmt: skip
GENERATED = ("generation_id,created_at,cost_total,tokens_prompt,tokens_completion,tokens_cached,model_permaslug",
             "g,2026-06-28 03:46:57.713,0.01,1000,100,300,openai/gpt-5",
             "e,2026-06-28 03:46:58.713,0,1000,0,0,openai/text-embedding-3-small")  # fmt: skip
CALLED = {"id": "a", "created_at": "2026-10-01T10:00:00Z", "model": "gpt-5", "tokens_in": 100, "tokens_out": 20}


def span(number: int, attributes: Mapping[str, Any], parent: str = "") -> dict[str, Any]:
    values = [{"key": key, "value": {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}}
              for key, value in attributes.items()]  # fmt: skip
    repeated = [{"name": "gen_ai.choice", "attributes": values}]
    return {"name": CANARY, "traceId": "t", "spanId": f"s{number}", "parentSpanId": parent, "events": repeated,
            "startTimeUnixNano": "1750000000000000000", "attributes": values}  # fmt: skip


def export(*spans: Mapping[str, Any]) -> dict[str, Any]:
    host = [{"key": "gen_ai.usage.input_tokens", "value": {"intValue": "7"}}]
    return {"resourceSpans": [{"resource": {"attributes": host}, "scopeSpans": [{"spans": list(spans)}]}]}


def named_as_in_proto(text: str) -> str:
    return re.sub(r'"[a-z]+[A-Z][A-Za-z]*":', lambda m: re.sub("([A-Z])", lambda c: "_" + c[1].lower(), m[0]), text)


def billed(*skus: tuple[str, int]) -> str:
    return lines(*({"service": {"description": "Gemini API"}, "sku": {"description": sku}, "cost": "1", "currency":
                    "USD", "usage_start_time": "2026-09-01 10:00:00 UTC", "usage_end_time": "2026-09-01 11:00:00 UTC",
                    "usage": {"amount": amount, "unit": "count"}} for sku, amount in skus))  # fmt: skip


TRAPS: Mapping[str, tuple[str, str, str, Sums, Mapping[str, int]]] = {
    "litellm, an embedding without a call type": (
        "litellm", "a.jsonl", lines(SPENT, EMBEDDED | {"call_type": ""}), (700, 300, 0, 0, 100), {"embedding": 1}),
    "litellm, an embedding passed through": (
        "litellm", "a.jsonl", lines(SPENT, EMBEDDED | {"call_type": "pass_through_endpoint"}), (700, 300, 0, 0, 100),
        {"embedding": 1}),
    "litellm, a message that quotes other formats": (
        "litellm", "a.jsonl", lines({"messages": [{"content": {
            "results": [{"uncached_input_tokens": 1, "num_model_requests": 2, "amount": 1, "cost_type": 1}],
            "starting_at": 1, "start_time": 1, "modelId": 1, "schemaType": 1, "timestamp": 1, "resourceSpans": [],
            }}]} | SPENT), (700, 300, 0, 0, 100), {}),
    "otlp, a gateway's span below the caller's": (
        "otlp", "a.jsonl", lines(export(span(1, CHAT), span(2, {"http.request.method": "POST"}, "s1")),
                                 export(span(3, CHAT, "s2"))), (60, 40, 0, 0, 20), {"parent span": 2}),
    "otlp, a call that names its error only": (
        "otlp", "a.jsonl", lines(export(span(1, CHAT), span(2, {"gen_ai.operation.name": "chat", "error.type":
                                                                "timeout"}))), (60, 40, 0, 0, 20),
        {"failed request": 1}),
    "otlp, an answer of Tempo's second API": (
        "otlp", "a.json", json.dumps({"trace": export(span(1, CHAT))}), (60, 40, 0, 0, 20), {}),
    "otlp, reasoning and cached tokens that the total shows apart": (
        "otlp", "a.jsonl", lines(export(
            span(1, {"llm.request.type": "chat", "gen_ai.usage.prompt_tokens": 100,
                     "gen_ai.usage.completion_tokens": 50, "gen_ai.usage.reasoning_tokens": 30,
                     "llm.usage.total_tokens": 180}),
            span(2, {"llm.request.type": "chat", "gen_ai.usage.prompt_tokens": 100,
                     "gen_ai.usage.completion_tokens": 20, "gen_ai.usage.reasoning_tokens": 30}),
            span(3, {"llm.request.type": "chat", "gen_ai.usage.prompt_tokens": 10,
                     "gen_ai.usage.completion_tokens": 20, "gen_ai.usage.cache_read_input_tokens": 40,
                     "llm.usage.total_tokens": 70}),
            span(4, CHAT | {"gen_ai.usage.reasoning_tokens": 5, "gen_ai.usage.total_tokens": 120}))),
        (100 + 100 + 10 + 60, 40 + 40, 0, 0, 80 + 50 + 20 + 20), {}),
    "otlp, fields named as in the protocol buffers": (
        "otlp", "a.jsonl", named_as_in_proto(lines(export(span(1, CHAT), span(2, CHAT)))), (120, 80, 0, 0, 40), {}),
    "bedrock, a stream that states its output last": (
        "bedrock", "a.jsonl", lines({
            "schemaType": "ModelInvocationLog", "timestamp": "2026-07-15T01:02:03Z", "requestId": "r",
            "operation": "InvokeModelWithResponseStream", "modelId": "anthropic.claude-sonnet-4-v1:0",
            "input": {"inputTokenCount": 30}, "output": {"outputBodyJson": [
                {"type": "message_start", "message": {"usage": {"input_tokens": 30, "output_tokens": 1}}},
                {"type": "content_block_delta", "delta": {"text": CANARY}},
                {"type": "message_delta", "usage": {"output_tokens": 44}}, {"type": "message_stop"}]}}),
        (30, 0, 0, 0, 44), {}),
    "otlp, metrics and logs in the same file": (
        "otlp", "a.jsonl", lines({"resourceMetrics": []}, export(span(1, CHAT)), {"resourceLogs": []}),
        (60, 40, 0, 0, 20), {"not a model call": 2}),
    "langfuse, an id whose newest version is deleted": (
        "langfuse", "a.jsonl", lines(OBSERVED, OBSERVED | LATER | {"is_deleted": 1}, OBSERVED | {"id": "q"}),
        (60, 40, 0, 0, 15), {"deleted": 2}),
    "langfuse, an id that came back": (
        "langfuse", "a.jsonl", lines(OBSERVED | LATER, OBSERVED | {"is_deleted": 1}), (60, 40, 0, 0, 15),
        {"deleted": 1}),
    "langfuse, the newest version counts": (
        "langfuse", "a.jsonl", lines(OBSERVED | LATER | {"usage_details": COUNTS | {"input": 70, "total": 125}},
                                     OBSERVED), (70, 40, 0, 0, 15), {"duplicate request id": 1}),
    "langfuse, counts in characters": (
        "langfuse", "a.jsonl", lines(OLDER | {"usage": {"input": 60, "output": 15, "unit": "TOKENS"}},
                                     OLDER | {"id": "q", "usage": {"input": 600, "output": 9, "unit": "CHARACTERS"}},
                                     OLDER | {"id": "p", "promptTokens": 5, "completionTokens": 9, "unit": "SECONDS"}),
        (60, 0, 0, 0, 15), {"not counted in tokens": 2}),
    "langfuse, an embedding kept as a generation": (
        "langfuse", "a.jsonl", lines(OBSERVED, OBSERVED | {"id": "e", "usage_details": {"input": 9, "total": 9},
                                                           "provided_model_name": "text-embedding-3-small"}),
        (60, 40, 0, 0, 15), {"embedding": 1}),
    "langfuse, classes of images and text": (
        "langfuse", "a.jsonl", lines(OBSERVED | {"usage_details": {
            "input": 50, "input_cached_tokens": 40, "input_image_tokens": 10, "output": 15,
            "output_reasoning_tokens": 5, "output_text_tokens": 3, "total": 123}}), (60, 40, 0, 0, 23), {}),
    "langfuse, counts as OpenAI names them": (
        "langfuse", "a.jsonl", lines(OBSERVED | {"usage_details": {
            "prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120,
            "prompt_tokens_details": {"cached_tokens": 40}}}), (60, 40, 0, 0, 20), {}),
    "langfuse, counts kept under the names of the conventions": (
        "langfuse", "a.jsonl", lines(
            OBSERVED | {"usage_details": {"input": 100, "output": 20, "cache_read.input_tokens": 40,
                                          "cache_creation.input_tokens": 10, "total": 170}},
            OBSERVED | {"id": "q", "usage_details": {"input": 100, "output": 20, "prompt_details.cache_read": 40,
                                                     "completion_details.reasoning": 7, "total": 120}}),
        (110, 80, 10, 0, 40), {}),
    "langfuse, an adapter's zero beside the count": (
        "langfuse", "a.jsonl", lines(OBSERVED | {"usage_details": {
            "input": 60, "input_cache_read": 40, "input_cache_creation": 0, "input_cache_write": 10, "output": 15,
            "accepted_prediction_tokens": 3, "total": 128}}), (60, 40, 10, 0, 15), {}),
    "langfuse, an export without the group of the model": (
        "langfuse", "a.jsonl", lines({k: v for k, v in OBSERVED.items() if k != "provided_model_name"}),
        (60, 40, 0, 0, 15), {}),
    "langfuse, a trace with its observations": (
        "langfuse", "a.json", json.dumps({"id": "t", "input": CANARY, "observations": [OLDER | {
            "usageDetails": COUNTS}]}), (60, 40, 0, 0, 15), {}),
    "openrouter, an embedding among the generations": (
        "openrouter_generations", "a.csv", table(*GENERATED), (700, 300, 0, 0, 100), {"embedding": 1}),
    "openrouter, a day of embeddings": (
        "openrouter_daily", "a.csv", table("Date,Slug,Usage,Requests,Prompt Tokens,Completion Tokens,Reasoning Tokens",
                                           "2026-05-12 00:00:00,openai/text-embedding-3-small,1,5,10,0,0",
                                           "2026-05-12 00:00:00,openai/gpt-5,1,5,10,6,1"),
        (10, 0, 0, 0, 6), {"embedding": 1}),
    "helicone, an answer from its cache, told by the reference": (
        "helicone", "a.json", json.dumps({"data": [
            ASKED | {"cache_reference_id": "00000000-0000-0000-0000-000000000000"},
            ASKED | {"request_id": "b", "cache_reference_id": "6a000000-0000-0000-0000-000000000001"}]}),
        (100, 30, 0, 0, 20), {"gateway cache hit": 1}),
    "cloudflare, a page with its errors first": (
        "cloudflare", "a.json", json.dumps({"errors": [], "messages": [], "result": [CALLED], "success": True},
                                           indent=2), (100, 0, 0, 0, 20), {}),
    "vertex, storage of a cache and other units": (
        "vertex_billing", "a.jsonl", billed(("Gemini 2.5 Pro Text Input - Predictions", 100),
                                            ("Gemini 2.5 Pro Text Input Cache Storage - Predictions", 5_000),
                                            ("Grounding with Google Search for Gemini - input prompts", 5),
                                            ("Gemini 2.5 Pro Text Input Caching - Predictions", 40)),
        (100, 40, 0, 0, 0), {"not a token line": 2}),
    "vertex, cache writes of an hour": (
        "vertex_billing", "a.jsonl", billed(("Claude Opus 4.5 Cache Write 1 hour Tokens", 6),
                                            ("Claude Opus 4.5 5m Cache Write Input Tokens", 5),
                                            ("Claude Opus 4.5 Cache Hit Tokens", 8)), (0, 8, 5, 6, 0), {}),
}  # fmt: skip


@pytest.mark.parametrize("case", TRAPS)
def test_traps_of_real_exports(tmp_path: Path, case: str) -> None:
    form, name, text, tokens, aside = TRAPS[case]
    found = read(tmp_path, name, text)
    assert found.formats == (form,)
    assert of_used(found, SUMS) == tokens
    assert dict(found.rows.set_aside) == aside
    everything = duckdb.execute("SELECT * FROM read_parquet($1)", [str(found.path)]).fetchall()
    assert CANARY not in repr(everything) + found.model_dump_json()


SKUS = {
    "Gemini 2.5 Flash GA Batch Text Input - Predictions": ("Gemini 2.5 Flash", True),
    "Gemini 2.5 Pro Long Context Text Output - Predictions": ("Gemini 2.5 Pro", False),
    "Gemini 2.5 Flash Lite GA Cached Text Input - Predictions": ("Gemini 2.5 Flash Lite", False),
    "Claude Opus 4.5 - Batch Output Tokens": ("Claude Opus 4.5", True),
    "Claude Opus 4.5 Cache Hit Tokens": ("Claude Opus 4.5", False),
    "Llama 3.3 70B Instruct Input Tokens": ("Llama 3.3 70B Instruct", False),
    "Generate content input token count gemini 2.5 flash short input text": ("gemini 2.5 flash", False),
    "Generate content output token count gemini 3.1 flash lite preview text": ("gemini 3.1 flash lite preview", False),
    "Generate content cached input token count gemini 3.6 flash text": ("gemini 3.6 flash", False),
    "Generate content input token count gemini 3.7 flash image flex caching": ("gemini 3.7 flash", False),
    "Generate_content text input token count for Gemini 3 Pro Image": ("Gemini 3 Pro Image", False),
}
"""SKUs of Vertex AI and of the Gemini API: the model in them, and whether it is a batch."""


@pytest.mark.parametrize("sku", SKUS)
def test_models_are_told_from_the_words_of_a_sku(tmp_path: Path, sku: str) -> None:
    assert of_used(read(tmp_path, "b.jsonl", billed((sku, 10))), "max(model), bool_or(batch)") == SKUS[sku]


def test_short_dates_of_a_bill_are_of_this_century(tmp_path: Path) -> None:
    header = "BilledCost,BillingCurrency,ChargePeriodStart,ChargePeriodEnd,ServiceName,ResourceName,ChargeDescription"
    for day in ("4/1/25", "4/1/2025", "4/1/2025 0:00", "2025-04-01", "2025-04-01T00:00:00Z"):
        found = read(tmp_path, f"{len(day)}.csv", table(header, f"1.5,USD,{day},4/2/25,S,gpt-5,d"))
        assert str(of_used(found, "max(start)")[0]) == "2025-04-01 00:00:00", day


def test_files_read_in_different_ways_in_one_glob(tmp_path: Path) -> None:
    printed = {"name": "chat", "context": {"trace_id": "0x1", "span_id": "0x2"}, "parent_id": None, "attributes": CHAT,
               "start_time": "2026-10-01T10:00:00Z", "status": {"status_code": "OK"}}  # fmt: skip
    (tmp_path / "a.jsonl").write_text(lines(printed), encoding="utf-8")
    (tmp_path / "b.jsonl").write_text(lines(export(span(1, CHAT))), encoding="utf-8")
    found = read_logs([tmp_path / "a.jsonl", tmp_path / "b.jsonl"], cache_dir=tmp_path / "cache")
    assert of_used(found, SUMS) == (120, 80, 0, 0, 40)
    assert found.rows.set_aside == {}


@pytest.mark.parametrize(("answer", "said"), [
    ([{"startTime": "2026-09-05", "spend": 1.2, "users": {CANARY: 1.2}, "models": {"gpt-5": 1.2}}],
     "summed its spend by day.*summarize=false"),
    ({"tables": [{"columns": [{"name": "TimeGenerated"}], "rows": [["2026-10-01", CANARY]]}]},
     "columns and rows apart.*az monitor"),
])  # fmt: skip
def test_answers_that_hold_no_row_say_how_to_ask(tmp_path: Path, answer: object, said: str) -> None:
    with pytest.raises(LogError, match=said) as caught:
        read(tmp_path, "a.json", json.dumps(answer))
    assert CANARY not in str(caught.value)


def test_a_sample_is_told_by_its_own_keys_whatever_a_message_says(tmp_path: Path) -> None:
    keys = {key: 1 for name in SAMPLES for key in ("starting_at", "results", "resourceSpans", "schemaType", name)}
    record = {"input": keys, "output": keys, "messages": [keys]} | json.loads(
        SAMPLES["langfuse"]().text.splitlines()[0]
    )
    record |= {"input": keys, "output": {"uncached_input_tokens": 1, "num_model_requests": 1} | keys}
    assert read(tmp_path, "a.jsonl", lines(record)).formats == ("langfuse",)


@pytest.mark.parametrize("name", ["azure_trace", "plain", "litellm", "vllm_metrics"])
def test_a_format_forced_on_a_file_of_another_is_refused(tmp_path: Path, name: str) -> None:
    sample = SAMPLES[name]()
    (tmp_path / sample.name).write_text(sample.text, encoding="utf-8")
    for form in known_formats():
        if form.name != name:
            with pytest.raises(LogError) as caught:
                read_logs([tmp_path / sample.name], log_format=form.name, cache_dir=tmp_path / "cache")
            assert CANARY not in str(caught.value)


@pytest.mark.parametrize("text", [
    f"2026-10-01T10:00:00Z,gpt-5,100,20,{CANARY}\n",
    f'Alice,"{CANARY}: what is my balance?",100\n',
    f'{{"{CANARY}@example.com": 1, "b": 2}}\n',
    f'nization_id": "{CANARY}", "b": 1\n',
])  # fmt: skip
def test_a_first_row_of_values_is_not_quoted(tmp_path: Path, text: str) -> None:
    with pytest.raises(LogError, match="look like values") as caught:
        read(tmp_path, "own.csv", text)
    assert CANARY not in str(caught.value)


def test_maps_of_counts_in_parquet(tmp_path: Path) -> None:
    duckdb.execute(
        "COPY (SELECT 'o' AS id, 't' AS trace_id, 'GENERATION' AS type, TIMESTAMP '2026-10-01 10:00:00' AS start_time, "
        "'gpt-5' AS provided_model_name, MAP {'input': 60, 'input_cached_tokens': 40, 'output': 15, 'total': 115} AS "
        f"usage_details, '{CANARY}' AS input) TO '{tmp_path}/o.parquet' (FORMAT parquet)"
    )
    found = read_logs([tmp_path / "o.parquet"], cache_dir=tmp_path / "cache")
    assert of_used(found, SUMS) == (60, 40, 0, 0, 15)


@pytest.mark.parametrize("text", [f"# HELP other_total {CANARY}\nother_total 1\n", f"2026-10-01T10:00:00Z {CANARY}\n"])
def test_text_of_no_known_source_says_so(tmp_path: Path, text: str) -> None:
    with pytest.raises(LogError, match="neither metrics of vLLM") as caught:
        read(tmp_path, "page.txt", text)
    assert CANARY not in str(caught.value)
