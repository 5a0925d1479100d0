"""OpenRouter activity by generation (CSV): one request a row; native counts are preferred where exported."""

from steelyard.ingest.log_format import FileHead, LogFormat

__all__ = ["PLUGIN"]


def _matches(head: FileHead) -> bool:
    return head.kind != "text" and head.has("generation_id", "created_at", "tokens_prompt", "tokens_completion")


PLUGIN = LogFormat(
    name="openrouter_generations",
    title="OpenRouter activity by generation",
    grain="request",
    matches=_matches,
    fields=(
        "generation_id", "created_at", "cost_total", "tokens_prompt", "tokens_completion", "tokens_reasoning",
        "tokens_cached", "native_tokens_prompt", "native_tokens_completion", "native_tokens_cached",
        "model_permaslug", "cancelled", "user", "generation_time_ms", "time_to_first_token_ms", "api_key_name",
        "app_name", "finish_reason_normalized",
    ),
    needs=("created_at", "tokens_prompt", "tokens_completion"),
    columns={
        "start_text": '"created_at"',
        "duration_s": "TRY_CAST(generation_time_ms AS DOUBLE) / 1000",
        "first_token_s": "TRY_CAST(time_to_first_token_ms AS DOUBLE) / 1000",
        "model": "model_permaslug",
        "operation": "'chat'",
        "input": "whole(coalesce(native_tokens_prompt, tokens_prompt))",
        "cache_read": "whole(coalesce(native_tokens_cached, tokens_cached, '0'))",
        "output": "whole(coalesce(native_tokens_completion, tokens_completion))",
        "reasoning": "whole(tokens_reasoning)",
        "status": """CASE WHEN lower(cancelled) = 'true' OR lower(finish_reason_normalized) = 'error'
            THEN 'failed' ELSE 'ok' END""",
        "request_id": "generation_id",
        "logged_usd": "TRY_CAST(cost_total AS DOUBLE)",
        "api_key_text": "api_key_name",
        "end_user_text": "\"user\"",
        "tag_text": "app_name",
    },
    zone="unstated",
    caution="OpenRouter's tokens_prompt may be a normalised count: where native counts are not exported, "
    "tokens of different models are not comparable",
    identity="input = uncached + tokens_cached; reasoning is inside the completion",
)  # fmt: skip
