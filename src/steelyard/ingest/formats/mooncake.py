"""Mooncake trace (JSON lines): milliseconds since the start, lengths, and hashes of 512-token prefix blocks.

Reference: Mooncake (FAST'25), Apache-2.0. Times are relative, so the start is placed on Monday 1970-01-05 00:00.
"""

from steelyard.ingest.log_format import FileHead, LogFormat

__all__ = ["PLUGIN"]


def _matches(head: FileHead) -> bool:
    return head.kind == "jsonl" and head.has("timestamp", "input_length", "output_length")


PLUGIN = LogFormat(
    name="mooncake",
    title="Mooncake trace",
    grain="request",
    matches=_matches,
    fields=("timestamp", "input_length", "output_length", "hash_ids"),
    needs=("timestamp", "input_length", "output_length"),
    columns={
        "start": """CASE WHEN TRY_CAST("timestamp" AS DOUBLE) BETWEEN 0 AND 1e12 THEN TIMESTAMP '1970-01-05'
            + to_microseconds(CAST(TRY_CAST("timestamp" AS DOUBLE) * 1000 AS BIGINT)) END""",
        "operation": "'chat'",
        "input": "whole(input_length)",
        "output": "whole(output_length)",
        "prefix_hashes": "TRY_CAST(hash_ids AS BIGINT[])",
    },
    caution="times are relative to the start of the trace: its place in the week is not known",
    identity="input = input_length, cache unknown and counted as none",
)
