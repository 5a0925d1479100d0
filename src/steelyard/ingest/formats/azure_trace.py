"""Azure LLM inference trace: one request a row, times without a zone, no cache, no model.

Reference: Azure Public Dataset, AzureLLMInferenceTrace (2023), CC-BY-4.0.
"""

from steelyard.ingest.log_format import FileHead, LogFormat

__all__ = ["PLUGIN"]


def _matches(head: FileHead) -> bool:
    return head.kind == "csv" and head.has("TIMESTAMP", "ContextTokens", "GeneratedTokens")


PLUGIN = LogFormat(
    name="azure_trace",
    title="Azure LLM inference trace",
    grain="request",
    matches=_matches,
    fields=("TIMESTAMP", "ContextTokens", "GeneratedTokens"),
    needs=("TIMESTAMP", "ContextTokens", "GeneratedTokens"),
    columns={
        "start_text": '"TIMESTAMP"',
        "operation": "'chat'",
        "input": 'whole("ContextTokens")',
        "output": 'whole("GeneratedTokens")',
    },
    zone="unstated",
    identity="input = ContextTokens, cache unknown and counted as none",
)
