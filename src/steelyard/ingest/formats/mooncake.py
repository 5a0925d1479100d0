"""Mooncake trace (JSON lines): milliseconds since the start, lengths, and hashes of 512-token prefix blocks.

Reference: Mooncake (FAST'25), Apache-2.0. The Bailian traces have the same columns, but seconds and hashes of 16-token
blocks: told by their ``chat_id``, they are read without the hashes. Times are relative, so the start is placed on
Monday 1970-01-05 00:00.
"""

from dataclasses import replace

from steelyard.ingest.log_format import FileHead, LogFormat, relative_start

__all__ = ["PLUGIN"]


def _matches(head: FileHead) -> bool:
    return head.kind != "text" and head.has("timestamp", "input_length", "output_length")


def _adapt(head: FileHead) -> LogFormat:
    if not head.has("chat_id"):
        return PLUGIN
    others = {name: sql for name, sql in PLUGIN.columns.items() if name != "prefix_hashes"}
    return replace(PLUGIN, columns={**others, "start": relative_start("timestamp", per_second=1)})


PLUGIN = LogFormat(
    name="mooncake",
    title="Mooncake trace",
    grain="request",
    matches=_matches,
    fields=("timestamp", "input_length", "output_length", "hash_ids"),
    needs=("timestamp", "input_length", "output_length"),
    columns={
        "start": relative_start("timestamp", per_second=1_000),
        "operation": "'chat'",
        "input": "whole(input_length)",
        "output": "whole(output_length)",
        "prefix_hashes": "TRY_CAST(hash_ids AS BIGINT[])",
    },
    zone="relative",
    caution="times are relative to the start of the trace: its place in the week is not known",
    adapt=_adapt,
    identity="input = input_length, cache unknown and counted as none",
)
