"""Azure API Management's LLM log (Log Analytics table ApiManagementGatewayLlmLog): counts on row 0 of each call.

Rows of a higher ``SequenceNumber`` hold chunks of the messages; ``RequestMessages`` and ``ResponseMessages`` are not
selected. Log Analytics exports times in UTC.
"""

from steelyard.ingest.log_format import FileHead, LogFormat, operation_of

__all__ = ["PLUGIN"]

_CHUNK = 'coalesce(whole("SequenceNumber"), 0) > 0'
_MODEL = 'coalesce(nullif("ModelName", \'\'), "DeploymentName")'


def _matches(head: FileHead) -> bool:
    timed = head.has("TimeGenerated") or head.has("TimeGenerated [UTC]")
    return head.kind != "text" and timed and head.has("CorrelationId", "PromptTokens", "CompletionTokens")


PLUGIN = LogFormat(
    name="azure_apim",
    title="Azure API Management LLM log",
    grain="request",
    matches=_matches,
    fields=("TimeGenerated", "TimeGenerated [UTC]", "CorrelationId", "DeploymentName", "ModelName", "PromptTokens",
            "CompletionTokens", "SequenceNumber", "ApimSubscriptionId"),
    needs=("CorrelationId", "PromptTokens", "CompletionTokens"),
    columns={
        "start_text": 'coalesce("TimeGenerated", "TimeGenerated [UTC]")',
        "model": _MODEL,
        "operation": operation_of(_MODEL),
        "input": 'whole("PromptTokens")',
        "output": 'whole("CompletionTokens")',
        "reason": f"CASE WHEN {_CHUNK} THEN 'message chunk' END",
        "request_id": f'CASE WHEN NOT {_CHUNK} THEN "CorrelationId" END',
        "api_key_text": '"ApimSubscriptionId"',
    },
    caution="Azure API Management does not tell cached input apart: all input is taken as uncached",
    identity="input = PromptTokens, cache unknown and counted as none",
)  # fmt: skip
