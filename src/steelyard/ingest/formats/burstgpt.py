"""BurstGPT trace (CSV): seconds since the start, lengths, model; a response of no tokens is a failure.

Reference: BurstGPT (2024), arXiv:2401.17644, CC-BY-4.0. Times are relative, so the start is placed on Monday
1970-01-05 00:00.
"""

from steelyard.ingest.log_format import FileHead, LogFormat, relative_start

__all__ = ["PLUGIN"]


def _matches(head: FileHead) -> bool:
    return head.kind == "csv" and head.has("Timestamp", "Request tokens", "Response tokens")


PLUGIN = LogFormat(
    name="burstgpt",
    title="BurstGPT trace",
    grain="request",
    matches=_matches,
    fields=("Timestamp", "Model", "Request tokens", "Response tokens"),
    needs=("Timestamp", "Request tokens", "Response tokens"),
    columns={
        "start": relative_start("Timestamp", per_second=1),
        "model": '"Model"',
        "operation": "'chat'",
        "input": 'whole("Request tokens")',
        "output": 'whole("Response tokens")',
        "status": "CASE WHEN whole(\"Response tokens\") = 0 THEN 'failed' ELSE 'ok' END",
    },
    zone="relative",
    caution="times are relative to the start of the trace: its place in the week is not known",
    identity="input = Request tokens, cache unknown and counted as none",
)
