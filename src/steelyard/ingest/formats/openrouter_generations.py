"""OpenRouter activity by generation (CSV) and its generation API: one request a row; native counts are preferred."""

from steelyard.ingest.log_format import FileHead, LogFormat, operation_of

__all__ = ["PLUGIN"]


def _matches(head: FileHead) -> bool:
    if head.kind == "text":
        return False
    exported = head.has("generation_id", "created_at", "tokens_prompt", "tokens_completion")
    return exported or head.has("id", "native_tokens_prompt", "native_tokens_completion")


PLUGIN = LogFormat(
    name="openrouter_generations",
    title="OpenRouter activity by generation",
    grain="request",
    matches=_matches,
    fields=(
        "generation_id", "id", "created_at", "cost_total", "total_cost", "tokens_prompt", "tokens_completion",
        "tokens_reasoning", "tokens_cached", "native_tokens_prompt", "native_tokens_completion",
        "native_tokens_reasoning", "native_tokens_cached", "model_permaslug", "model", "cancelled", "user",
        "generation_time_ms", "generation_time", "time_to_first_token_ms", "latency", "api_key_name", "app_name",
        "finish_reason_normalized", "finish_reason", "streamed",
    ),
    columns={
        "start_text": '"created_at"',
        "duration_s": "coalesce(TRY_CAST(generation_time_ms AS DOUBLE), TRY_CAST(generation_time AS DOUBLE)) / 1000",
        "first_token_s": "coalesce(TRY_CAST(time_to_first_token_ms AS DOUBLE), TRY_CAST(latency AS DOUBLE)) / 1000",
        "model": "coalesce(model_permaslug, model)",
        "operation": operation_of("coalesce(model_permaslug, model)"),
        "input": "whole(coalesce(native_tokens_prompt, tokens_prompt))",
        "cache_read": "whole(coalesce(native_tokens_cached, tokens_cached, '0'))",
        "output": "whole(coalesce(native_tokens_completion, tokens_completion))",
        "reasoning": "whole(coalesce(native_tokens_reasoning, tokens_reasoning))",
        "status": """CASE WHEN lower(cancelled) = 'true'
            OR lower(coalesce(finish_reason_normalized, finish_reason)) = 'error' THEN 'failed' ELSE 'ok' END""",
        "request_id": "coalesce(generation_id, id)",
        "logged_usd": "amount(coalesce(cost_total, total_cost))",
        "api_key_text": "api_key_name",
        "end_user_text": "\"user\"",
        "tag_text": "app_name",
    },
    zone="unstated",
    caution="OpenRouter's tokens_prompt may be a normalised count: where native counts are not exported, "
    "tokens of different models are not comparable",
    identity="input = uncached + tokens_cached; reasoning is inside the completion",
)  # fmt: skip
