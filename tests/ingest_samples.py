"""One small made-up log per format, shaped like the real exports, with a canary in every text and identity field.

Each sample holds rows that count and rows that must be set aside, with the sums worked out by hand beside it.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

CANARY = "CANARY7f3aSECRET"


@dataclass(frozen=True)
class Sample:
    """A log and what must come of it."""

    name: str
    text: str
    tokens: tuple[int, int, int, int, int] = (0, 0, 0, 0, 0)
    """Uncached, cache read, 5 min write, 1 h write, output."""
    used: int = 0
    aside: Mapping[str, int] = field(default_factory=lambda: {})
    requests: int = 0
    usd: float = 0.0
    models: tuple[str, ...] = ()


def lines(*records: Mapping[str, Any]) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def table(header: str, *rows: str) -> str:
    return "\n".join([header, *rows]) + "\n"


def azure_trace() -> Sample:
    return Sample(
        "azure.csv",
        table("TIMESTAMP,ContextTokens,GeneratedTokens", "2023-11-16 18:15:46.6805900,374,44",
              "2023-11-16 18:15:50.9951690,396,109", "2023-11-16 18:15:51.0000000,-1,5"),
        tokens=(770, 0, 0, 0, 153), used=2, aside={"negative token count": 1}, requests=2, models=("",),
    )  # fmt: skip


def litellm() -> Sample:
    def row(number: int, **changes: Any) -> dict[str, Any]:
        usage = {"prompt_tokens": 1_000, "completion_tokens": 100,
                 "prompt_tokens_details": {"cached_tokens": 300, "cache_creation_tokens": 250,
                                           "cache_creation_token_details": {"ephemeral_1h_input_tokens": 50}}
                 }  # fmt: skip
        return {
            "request_id": f"{CANARY}-{number}", "call_type": "acompletion", "api_key": CANARY, "spend": 0.002,
            "total_tokens": 1_100, "prompt_tokens": 1_000, "completion_tokens": 100,
            "startTime": f"2026-09-05T10:00:0{number}.000Z", "endTime": f"2026-09-05T10:00:0{number}.500Z",
            "model": "gpt-5", "user": CANARY, "team_id": CANARY, "end_user": CANARY, "session_id": CANARY,
            "metadata": json.dumps({"user_api_key_alias": CANARY, "usage_object": usage}),
            "request_tags": [CANARY], "cache_hit": "False", "messages": CANARY, "response": {"content": CANARY},
            "proxy_server_request": CANARY, "status": "success",
        } | changes  # fmt: skip

    return Sample(
        "spend.jsonl",
        lines(
            row(0), row(1),
            row(2, status="failure", prompt_tokens=0, completion_tokens=0),
            row(3, request_id=f"{CANARY}-0_cache_hit1757066400", cache_hit="True"),
            row(4, call_type="aembedding", completion_tokens=0),
            row(5, call_type="aimage_generation"),
            row(6, call_type="atranscription"),
            row(7, prompt_tokens=0, completion_tokens=0, metadata="{}"),
            row(1), row(8, prompt_tokens=500), row(9, call_type="arerank"),
            row(9, request_id=f"{CANARY}-1", status="failure", prompt_tokens=0, completion_tokens=0),
        ),
        tokens=(900, 600, 400, 100, 200), used=2, requests=2, usd=0.004, models=("gpt-5",),
        aside={"failed request": 1, "gateway cache hit": 1, "embedding": 1, "image": 1, "audio": 1,
               "no tokens reported": 1, "duplicate request id": 1, "cached tokens exceed input": 1,
               "other operation": 1, "retried attempt": 1},
    )  # fmt: skip


def openai_usage() -> Sample:
    def result(**changes: Any) -> dict[str, Any]:
        return {"object": "organization.usage.completions.result", "input_tokens": 1_000, "input_cached_tokens": 400,
                "input_cache_write_tokens": 100, "input_uncached_tokens": 500, "output_tokens": 500,
                "num_model_requests": 5, "project_id": CANARY, "user_id": CANARY, "api_key_id": CANARY,
                "model": "gpt-5", "batch": None, "service_tier": None} | changes  # fmt: skip

    bucket = {"object": "bucket", "start_time": 1_730_419_200, "end_time": 1_730_505_600}
    return Sample(
        "usage.json",
        lines(
            bucket | {"results": [result(), result(model=None, num_model_requests=2)]},
            bucket | {"start_time": 1_730_505_600, "end_time": 1_730_592_000, "results": []},
            bucket | {"results": [result(input_uncached_tokens=499)]},
            bucket | {"results": [result(object="organization.usage.embeddings.result")]},
        ),
        tokens=(1_000, 800, 200, 0, 1_000), used=2, requests=7, models=("", "gpt-5"),
        aside={"empty bucket": 1, "token classes do not add up": 1, "embedding": 1},
    )  # fmt: skip


def openai_dashboard() -> Sample:
    iso = "2025-10-27T00:10:00+00:00,2025-10-27T00:11:00+00:00"
    return Sample(
        "completions_usage.csv",
        table(
            "start_time,end_time,start_time_iso,end_time_iso,project_id,num_model_requests,user_id,api_key_id,model,"
            "batch,service_tier,input_tokens,output_tokens,input_cached_tokens,input_uncached_tokens",
            f"1761523800,1761523860,{iso},{CANARY},3.0,{CANARY},{CANARY},gpt-5,,,7162,1673,1280,5882",
            f"1761523860,1761523920,{iso},,,,,,,,,,,",
        ),
        tokens=(5_882, 1_280, 0, 0, 1_673), used=1, requests=3, aside={"empty bucket": 1}, models=("gpt-5",),
    )  # fmt: skip


def plain() -> Sample:
    return Sample(
        "own.csv",
        table(
            "start,model,operation,input_tokens,cache_read,cache_write_5m,cache_write_1h,output_tokens,status,"
            "api_key,team,end_user,session,tag,prompt_text",
            *(f"2026-10-01T10:00:0{i}Z,m{i % 2},{op},100,20,10,5,30,{status},{CANARY},{CANARY},{CANARY},{CANARY},"
              f"{CANARY},{CANARY}"
              for i, (op, status) in enumerate([("chat", "ok"), ("", "200"), ("chat", "500"), ("image", "ok")])),
        ),
        tokens=(130, 40, 20, 10, 60), used=2, requests=2, aside={"failed request": 1, "image": 1},
        models=("m0", "m1"),
    )  # fmt: skip


def otlp() -> Sample:
    def span(number: int, attributes: Mapping[str, Any], parent: str = "", code: int = 0) -> dict[str, Any]:
        values = [{"key": "gen_ai.prompt.0.content", "value": {"stringValue": CANARY}}]
        for key, value in attributes.items():
            kind = "intValue" if isinstance(value, int) else "stringValue"
            values.append({"key": key, "value": {kind: str(value)}})
        return {"name": CANARY, "traceId": "trace", "spanId": f"s{number}", "parentSpanId": parent,
                "startTimeUnixNano": f"175000000{number}000000000", "endTimeUnixNano": f"175000000{number}500000000",
                "attributes": [*values, {"key": "gen_ai.conversation.id", "value": {"stringValue": CANARY}},
                               {"key": "user.id", "value": {"stringValue": CANARY}}],
                "status": {"code": code, "message": CANARY}}  # fmt: skip

    def call(**changes: Any) -> dict[str, Any]:
        return {"gen_ai.operation.name": "chat", "gen_ai.response.model": "gpt-5", "gen_ai.usage.input_tokens": 100,
                "gen_ai.usage.cache_read.input_tokens": 40, "gen_ai.usage.output_tokens": 20} | changes  # fmt: skip

    old = {"llm.request.type": "chat", "gen_ai.request.model": "gpt-4", "gen_ai.usage.prompt_tokens": 7,
           "gen_ai.usage.completion_tokens": 3, "llm.usage.total_tokens": 10}  # fmt: skip
    spans = [
        span(0, call(**{"gen_ai.operation.name": "invoke_agent"})), span(1, call(), parent="s0"),
        span(2, old), span(3, call(), code=2), span(4, call(**{"gen_ai.operation.name": "embeddings"})),
        span(5, {"http.method": "GET"}), span(6, call()), span(7, call(), parent="s6"),
    ]  # fmt: skip
    return Sample(
        "spans.jsonl",
        lines(*({"resourceSpans": [{"resource": {"attributes": [{"key": "host", "value": {"stringValue": CANARY}}]},
                                    "scopeSpans": [{"spans": [s]}]}]} for s in spans)),
        tokens=(60 + 7 + 60, 80, 0, 0, 43), used=3, requests=3, models=("gpt-4", "gpt-5"),
        aside={"parent span": 2, "failed request": 1, "embedding": 1, "not a model call": 1},
    )  # fmt: skip


def anthropic_usage() -> Sample:
    result = {"account_id": CANARY, "api_key_id": CANARY, "workspace_id": CANARY, "service_tier": "standard",
              "cache_creation": {"ephemeral_1h_input_tokens": 1_000, "ephemeral_5m_input_tokens": 500},
              "cache_read_input_tokens": 200, "model": "claude-opus-5", "output_tokens": 500,
              "uncached_input_tokens": 1_500}  # fmt: skip
    bucket = {"starting_at": "2025-08-01T00:00:00Z", "ending_at": "2025-08-02T00:00:00Z"}
    return Sample(
        "messages.json",
        lines(bucket | {"results": [result, result]}, bucket | {"results": []}),
        tokens=(3_000, 400, 1_000, 2_000, 1_000), used=2, aside={"empty bucket": 1}, models=("claude-opus-5",),
    )  # fmt: skip


def anthropic_console() -> Sample:
    return Sample(
        "claude.csv",
        table(
            "usage_date_utc,model_version,api_key,workspace,usage_type,context_window,usage_input_tokens_no_cache,"
            "usage_input_tokens_cache_write_5m,usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,"
            "usage_output_tokens,web_search_count,inference_geo,speed",
            f"2026-03-31 02:00,claude-haiku-4-5,{CANARY},{CANARY},standard,≤ 200k,100,20,3,40,50,0,not_available,",
            f"2026-03-31 03:00,claude-haiku-4-5,{CANARY},{CANARY},standard,≤ 200k,,0,0,0,50,0,not_available,",
        ),
        tokens=(100, 40, 20, 3, 50), used=1, aside={"token count missing or unreadable": 1},
        models=("claude-haiku-4-5",),
    )  # fmt: skip


def bedrock() -> Sample:
    def row(number: int, **changes: Any) -> dict[str, Any]:
        body = {"messages": CANARY}
        answer = {"content": CANARY, "usage": {"cache_creation": {"ephemeral_1h_input_tokens": 4}}}
        return {
            "schemaType": "ModelInvocationLog", "timestamp": f"2026-07-15T01:02:0{number}Z", "accountId": CANARY,
            "identity": {"arn": CANARY}, "requestId": f"{CANARY}{number}", "operation": "InvokeModel",
            "modelId": "arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-sonnet-4-v1:0",
            "requestMetadata": {"team": CANARY},
            "input": {"inputTokenCount": 30, "cacheReadInputTokenCount": 50, "cacheWriteInputTokenCount": 10,
                      "inputBodyJson": body},
            "output": {"outputTokenCount": 4, "text": CANARY, "outputBodyJson": answer},
        } | changes  # fmt: skip

    return Sample(
        "bedrock.jsonl",
        lines(row(0), row(1, errorCode="ThrottlingException", output={}), row(2, modelId="amazon.titan-embed-v2:0"),
              row(3, modelId="stability.stable-image-core-v1:0"), row(0)),
        tokens=(30, 50, 6, 4, 4), used=1, requests=1, models=("anthropic.claude-sonnet-4-v1:0",),
        aside={"failed request": 1, "embedding": 1, "image": 1, "duplicate request id": 1},
    )  # fmt: skip


def langfuse() -> Sample:
    def row(number: int, usage: Mapping[str, int], **changes: Any) -> dict[str, Any]:
        return {"id": f"{CANARY}{number}", "trace_id": CANARY, "project_id": CANARY, "type": "GENERATION",
                "start_time": f"2026-10-01 10:00:0{number}.000", "end_time": f"2026-10-01 10:00:0{number}.900",
                "name": CANARY, "level": "DEFAULT", "provided_model_name": "gpt-5", "usage_details": dict(usage),
                "total_cost": 0.01, "event_ts": "2026-10-01 11:00:00", "is_deleted": 0, "input": CANARY,
                "output": CANARY, "metadata": {"a": CANARY}} | changes  # fmt: skip

    apart = {"input": 60, "input_cached_tokens": 40, "output": 10, "output_reasoning_tokens": 5, "total": 115}
    inside = {"input": 100, "input_cached_tokens": 40, "output": 15, "output_reasoning_tokens": 5, "total": 115}
    return Sample(
        "observations.jsonl",
        lines(row(0, apart), row(1, inside), row(2, apart | {"total": 99}), row(3, apart, type="SPAN"),
              row(4, apart, level="ERROR"), row(5, apart, is_deleted=1), row(6, {"input": 5}, type="EMBEDDING"),
              row(0, {"input": 1, "output": 1, "total": 2}, event_ts="2026-10-01 10:30:00")),
        tokens=(120, 80, 0, 0, 30), used=2, requests=2, usd=0.02, models=("gpt-5",),
        aside={"token classes do not add up": 1, "parent span": 1, "failed request": 1, "deleted": 1, "embedding": 1,
               "duplicate request id": 1},
    )  # fmt: skip


def openrouter_daily() -> Sample:
    return Sample(
        "activity.csv",
        table("Date,Slug,Usage,BYOK Usage,Requests,Prompt Tokens,Completion Tokens,Reasoning Tokens",
              '"2026-05-12 00:00:00","anthropic/claude-opus-4.7","430.07","0","4115","70965665","3009973","7"',
              '"2026-05-13 00:00:00","anthropic/claude-opus-4.7","505.87","0","4254","87199493","2795119","0"'),
        tokens=(158_165_158, 0, 0, 0, 5_805_092), used=2, requests=8_369, usd=935.94,
        models=("anthropic/claude-opus-4.7",),
    )  # fmt: skip


def openrouter_generations() -> Sample:
    header = ("generation_id,created_at,cost_total,tokens_prompt,tokens_completion,tokens_reasoning,tokens_cached,"
              "model_permaslug,cancelled,user,time_to_first_token_ms,generation_time_ms,api_key_name,"
              "app_name")  # fmt: skip
    tail = f"{CANARY},250,900,{CANARY},{CANARY}"
    return Sample(
        "generations.csv",
        table(header, f"gen-1,2026-06-28 03:46:57.713,0.0123,1000,137,10,200,openai/gpt-oss-120b,false,{tail}",
              f"gen-2,2026-06-28 03:46:58.713,0,1000,0,0,0,openai/gpt-oss-120b,true,{tail}"),
        tokens=(800, 200, 0, 0, 137), used=1, requests=1, usd=0.0123, aside={"failed request": 1},
        models=("openai/gpt-oss-120b",),
    )  # fmt: skip


def vertex_billing() -> Sample:
    def row(sku: str, amount: int, cost: str, **changes: Any) -> dict[str, Any]:
        return {"service": {"description": "Vertex AI"}, "sku": {"id": "A", "description": sku},
                "usage_start_time": "2026-09-01 10:00:00 UTC", "usage_end_time": "2026-09-01 11:00:00 UTC",
                "project": {"id": CANARY}, "labels": [{"key": "team", "value": CANARY}], "cost": cost,
                "currency": "USD", "usage": {"amount": amount, "unit": "requests"},
                "credits": [{"amount": "-0.5", "type": "DISCOUNT"}]} | changes  # fmt: skip

    return Sample(
        "billing.jsonl",
        lines(row("Gemini 2.5 Flash GA Text Input - Predictions", 1_000, "2"),
              row("Gemini 2.5 Flash Lite GA Text Input - Predictions", 300, "1"),
              row("Gemini 2.5 Flash GA Thinking Text Output - Predictions", 20, "1.5"),
              row("Gemini 2.5 Flash GA Text Output (Thinking On) - Predictions", 5, "1.5"),
              row("Claude Opus 5 Cache Read Input Tokens", 70, "1"),
              row("Gemini 2.5 Flash GA Text Input - Predictions", 9, "-3"),
              row("Compute hours", 9, "3", service={"description": "Compute Engine"}),
              row("Vertex AI Pipelines", 9, "3")),
        tokens=(1_300, 70, 0, 0, 25), used=5, usd=4.5,
        models=("Claude Opus 5", "Gemini 2.5 Flash", "Gemini 2.5 Flash Lite"),
        aside={"credit": 1, "other service": 1, "not a token line": 1},
    )  # fmt: skip


def vllm_metrics() -> Sample:
    label = 'engine="0",model_name="qwen3.8-27b"'
    return Sample(
        "vllm.prom",
        "# HELP process_start_time_seconds Start time.\nprocess_start_time_seconds 1.7e+09\n"
        f"vllm:prompt_tokens_total{{{label}}} 1000.0\nvllm:generation_tokens_total{{{label}}} 400.0\n"
        f'vllm:request_success_total{{{label},finished_reason="stop"}} 15.0\n'
        f'vllm:request_success_total{{{label},finished_reason="length"}} 5.0\n'
        f"vllm:prefix_cache_hits_total{{{label}}} 300.0\n",
        tokens=(700, 300, 0, 0, 400),
        used=1,
        requests=20,
        models=("qwen3.8-27b",),
    )


def mooncake() -> Sample:
    return Sample(
        "mooncake.jsonl",
        lines({"timestamp": 0, "input_length": 1_024, "output_length": 5, "hash_ids": [0, 1]},
              {"timestamp": 3_000, "input_length": 1_000, "output_length": 7, "hash_ids": [0, 2]}),
        tokens=(2_024, 0, 0, 0, 12), used=2, requests=2, models=("",),
    )  # fmt: skip


def openai_costs() -> Sample:
    def result(value: object, currency: str = "usd") -> dict[str, Any]:
        return {"object": "organization.costs.result", "amount": {"value": value, "currency": currency},
                "line_item": "gpt-5, input", "project_id": CANARY}  # fmt: skip

    bucket = {"start_time": 1_730_419_200, "end_time": 1_730_505_600}
    return Sample(
        "costs.json", lines(bucket | {"results": [result(0.06), result("0.04"), result(1, "eur")]}),
        used=2, usd=0.10, aside={"amount missing or in another currency": 1}, models=("gpt-5",),
    )  # fmt: skip


def openai_dashboard_costs() -> Sample:
    return Sample(
        "cost.csv",
        table("start_time,end_time,start_time_iso,end_time_iso,amount_value,amount_currency,line_item,project_id",
              f"1761523800,1761610200,a,b,1.25,usd,\"gpt-5, output\",{CANARY}"),
        used=1, usd=1.25, models=("gpt-5",),
    )  # fmt: skip


def anthropic_costs() -> Sample:
    result = {"amount": "123.78912", "cost_type": "tokens", "currency": "USD", "model": "claude-sonnet-4-5",
              "token_type": "uncached_input_tokens", "workspace_id": CANARY}  # fmt: skip
    return Sample(
        "cost_report.json",
        lines({"starting_at": "2025-08-01T00:00:00Z", "ending_at": "2025-08-02T00:00:00Z", "results": [result]}),
        used=1, usd=1.2378912, models=("claude-sonnet-4-5",),
    )  # fmt: skip


def anthropic_console_costs() -> Sample:
    return Sample(
        "claude_cost.csv",
        table("usage_date_utc,model,workspace,api_key,usage_type,context_window,token_type,cost_usd,cost_type",
              f"2026-08-04,Claude Haiku 4.5,{CANARY},{CANARY},message,≤ 200k,output,0.02,token",
              f"2026-08-05,Claude Haiku 4.5,{CANARY},{CANARY},message,≤ 200k,output,0.05,token"),
        used=2, usd=0.07, models=("Claude Haiku 4.5",),
    )  # fmt: skip


def portkey() -> Sample:
    def row(number: int, **changes: Any) -> dict[str, Any]:
        return {"id": f"{CANARY}{number}", "trace_id": CANARY, "created_at": f"2026-10-01T10:00:0{number}Z",
                "request": {"messages": CANARY}, "response": CANARY, "is_success": 1, "ai_org": "openai",
                "ai_model": "gpt-5", "req_units": 100, "res_units": "20", "total_units": 120,
                "request_url": "https://api.openai.com/v1/chat/completions", "cost": 0.5, "cost_currency": "USD",
                "response_time": 900, "response_status_code": 200, "cache_status": "MISS",
                "metadata": {"_user": CANARY}} | changes  # fmt: skip

    return Sample(
        "portkey.jsonl",
        lines(row(0), row(1), row(2, is_success=0), row(3, cache_status="SEMANTIC HIT"),
              row(4, request_url="https://api.openai.com/v1/embeddings"), row(1),
              row(5, response_status_code=429, is_success=False)),
        tokens=(200, 0, 0, 0, 40), used=2, requests=2, usd=0.01, models=("gpt-5",),
        aside={"failed request": 2, "gateway cache hit": 1, "embedding": 1, "duplicate request id": 1},
    )  # fmt: skip


def helicone() -> Sample:
    header = ("request_id,request_created_at,response_created_at,response_status,request_body,response_body,"
              "request_model,response_model,model,provider,request_path,request_user_id,request_properties,"
              "prompt_tokens,completion_tokens,total_tokens,prompt_cache_read_tokens,prompt_cache_write_tokens,cost,"
              "delay_ms,cached")  # fmt: skip

    def row(number: int, status: int, counts: str, cached: str = "false", path: str = "/v1/messages") -> str:
        when = f"2026-10-01T10:00:0{number}.000Z"
        return (f"{CANARY}{number},{when},{when},{status},{CANARY},{CANARY},claude-opus-5,claude-opus-5,claude-opus-5,"
                f"ANTHROPIC,{path},{CANARY},{CANARY},{counts},12,900,{cached}")  # fmt: skip

    return Sample(
        "helicone.csv",
        table(header, row(0, 200, "100,20,120,30,10"), row(1, 200, "50,5,55,,"), row(2, 500, ",,,,"),
              row(3, 200, "100,20,120,30,10", "true"), row(4, 200, ",,,,"), row(5, -3, "10,1,11,,"),
              row(6, 200, "9,0,9,,", path="/v1/embeddings")),
        tokens=(150, 30, 10, 0, 25), used=2, requests=2, models=("claude-opus-5",),
        aside={"failed request": 2, "gateway cache hit": 1, "no tokens reported": 1, "embedding": 1},
    )  # fmt: skip


def cloudflare() -> Sample:
    def row(number: int, **changes: Any) -> dict[str, Any]:
        return {"id": f"{CANARY}{number}", "created_at": f"2026-10-01T10:00:0{number}.123Z", "provider": "openai",
                "model": "gpt-5", "model_type": "", "path": "chat/completions", "tokens_in": 100, "tokens_out": 20,
                "cached": False, "success": True, "status_code": 200, "cost": 0.001, "duration": 900, "step": 0,
                "metadata": CANARY, "request_type": "", "custom_cost": False} | changes  # fmt: skip

    return Sample(
        "cloudflare.jsonl",
        lines(row(0), row(1), row(2, cached=True), row(3, success=False, status_code=500),
              row(4, model="text-embedding-3-small")),
        tokens=(200, 0, 0, 0, 40), used=2, requests=2, usd=0.002, models=("gpt-5",),
        aside={"gateway cache hit": 1, "failed request": 1, "embedding": 1},
    )  # fmt: skip


def azure_apim() -> Sample:
    return Sample(
        "apim.csv",
        table("TimeGenerated [UTC],CorrelationId,DeploymentName,ModelName,PromptTokens,CompletionTokens,TotalTokens,"
              "SequenceNumber,RequestMessages,ResponseMessages",
              f'"10/1/2026, 10:15:23.123 PM",{CANARY}1,prod,gpt-5,100,20,120,0,,',
              f'"10/1/2026, 10:15:23.123 PM",{CANARY}1,,,,,,1,{CANARY},{CANARY}',
              f'"10/1/2026, 10:15:24.123 PM",{CANARY}2,prod,gpt-5,7,3,10,0,,'),
        tokens=(107, 0, 0, 0, 23), used=2, requests=2, aside={"message chunk": 1}, models=("gpt-5",),
    )  # fmt: skip


def focus() -> Sample:
    return Sample(
        "focus.csv",
        table("BilledCost,BillingCurrency,ChargeCategory,ChargeDescription,ChargePeriodEnd,ChargePeriodStart,"
              "ConsumedQuantity,ConsumedUnit,ResourceName,ServiceName,SubAccountId",
              f"1.25,USD,Usage,Tokens,2026-10-02T00:00:00Z,2026-10-01T00:00:00Z,245,Requests,gpt-5,LLM,{CANARY}",
              f"-0.25,USD,Credit,Credit,10/2/26,10/1/26,,,,LLM,{CANARY}",
              f"3,EUR,Usage,Tokens,2026-10-02T00:00:00Z,2026-10-01T00:00:00Z,1,Requests,gpt-5,LLM,{CANARY}"),
        used=2, usd=1.0, aside={"amount missing or in another currency": 1}, models=("Credit", "gpt-5"),
    )  # fmt: skip


def burstgpt() -> Sample:
    return Sample(
        "burstgpt.csv",
        table("Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type",
              "5,ChatGPT,472,18,490,Conversation log", "45,GPT-4,1087,230,1317,API log",
              "118,GPT-4,417,0,417,API log"),
        tokens=(1_559, 0, 0, 0, 248), used=2, requests=2, aside={"failed request": 1}, models=("ChatGPT", "GPT-4"),
    )  # fmt: skip


def openai_usage_legacy() -> Sample:
    def row(operation: str, asked: int, cached: int, answered: int, model: str = "gpt-4o-2024-08-06") -> dict[str, Any]:
        return {"organization_id": CANARY, "organization_name": CANARY, "aggregation_timestamp": 1_730_696_400,
                "n_requests": 2, "operation": operation, "snapshot_id": model, "n_context_tokens_total": asked,
                "n_generated_tokens_total": answered, "email": CANARY, "api_key_id": CANARY, "api_key_name": CANARY,
                "project_id": CANARY, "n_cached_context_tokens_total": cached}  # fmt: skip

    rows = [
        row("completion", 500, 100, 50),
        row("completion", 70, 0, 7),
        row("embeddings", 9, 0, 0, "text-embedding-3"),
    ]
    return Sample(
        "usage.jsonl", lines(*rows),
        tokens=(470, 100, 0, 0, 57), used=2, requests=4, models=("gpt-4o-2024-08-06",), aside={"embedding": 1},
    )  # fmt: skip


SAMPLES: Mapping[str, Callable[[], Sample]] = {
    make.__name__: make
    for make in (
        anthropic_console, anthropic_console_costs, anthropic_costs, anthropic_usage, azure_apim, azure_trace, bedrock,
        burstgpt, cloudflare, focus, helicone, langfuse, litellm, mooncake, openai_costs, openai_dashboard,
        openai_dashboard_costs, openai_usage, openai_usage_legacy, openrouter_daily, openrouter_generations, otlp,
        plain, portkey, vertex_billing, vllm_metrics,
    )
}  # fmt: skip
