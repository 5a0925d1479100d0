"""The reference page of log formats, made from the formats themselves so that it cannot fall behind them."""

from steelyard.ingest.formats import known_formats
from steelyard.ingest.formats.plain import MAPPING_KEYS
from steelyard.ingest.log_format import LogFormat

__all__ = ["formats_page"]

_GRAINS = {"request": "Logs of single requests", "aggregate": "Aggregated exports", "cost": "Bills"}
_SAID = {
    "request": "They give everything a profile has.",
    "aggregate": "They give totals and rates; percentiles of lengths and bursts are refused, because one row is many "
    "requests. `decide` goes on with lengths spread around the mean, and says so.",
    "cost": "They count no tokens, so they have no profile; beside usage they are reconciled with it by model and day.",
}
_HEAD = """# Log formats

Made from the formats themselves by `make build`. A format is found by what a file holds, never by its name;
`--format NAME` forces one. CSV (comma, semicolon, tab or bar), JSON lines, JSON (a list, pages of an API with their
records under `data`, `rows`, `items`, `logs`, `result`, `records`, `events` or `observations`, one page after another,
or a list of pages) and Parquet are read, plain or under gzip or Zstandard, with or without a byte-order mark; pages of
text (vLLM's metrics, lines of a log stream) are read plain. Names of columns match in upper and lower case, counts may
be strings, and `1,234` is a count. Times are ISO 8601, epochs in seconds, milliseconds, microseconds or nanoseconds, or
what browsers and Log Analytics write; they become UTC.

Every input token is in one of four classes: uncached, cache read, cache write (5 minutes), cache write (1 hour). Output
includes reasoning. *Identity* says how a source counts, and is what its module and its test assert.

Only the fields listed are selected from a log; where a field is an object, only the counters, times and names in it
are looked up. Users, keys, teams, sessions and tags become pseudonyms, salted on this
machine; message text is never selected.

Set aside, each with its count: failed requests and retried attempts, answers from a gateway's cache, repeated request
ids, deleted rows, embeddings, images, audio and other operations, parent spans, counts of other units, rows without
tokens (a stream that reported none), unreadable rows, counts that contradict each other, times that cannot be read.
"""


def formats_page() -> str:
    """Return the page as Markdown."""
    parts = [_HEAD]
    for grain, heading in _GRAINS.items():
        parts.append(f"## {heading}\n\n{_SAID[grain]}\n")
        parts.extend(_section(form) for form in known_formats() if form.grain == grain and form.name != "plain")
    keys = ", ".join(f"`{key}`" for key in MAPPING_KEYS)
    parts.append(
        "## Any other table\n\nA table with the columns `start`, `input_tokens` (or `uncached_input`) and "
        "`output_tokens` is read as it is. Others go through a mapping, `--map start=ts --map input_tokens=prompt` or "
        f"`traffic.mapping` in the study, from these names to columns (`usage.prompt` reaches into JSON): {keys}.\n"
    )
    return "\n".join(parts)


def _section(form: LogFormat) -> str:
    fields = ", ".join(f"`{field}`" for field in form.fields)
    taken = "Selected" if form.mode == "fields" else "Looked up by path inside"
    lines = [f"### {form.name}", "", f"{form.title}.", "", f"- Identity: {form.identity}.", f"- {taken}: {fields}."]
    if form.zone == "unstated":
        lines.append("- A time without a zone is read as UTC, with a note; the source does not say.")
    if form.caution:
        lines.append(f"- Said with every profile: {form.caution}.")
    return "\n".join(lines) + "\n"
