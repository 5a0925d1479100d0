"""The reference page of the study file, written from the table that reads it."""

from steelyard.study.fields import Field, Section
from steelyard.study.fields_study import STUDY

__all__ = ["reference_page"]

_HEAD = """# The study file

Generated from the loader's own table by `make build`; `schemas/study.schema.json` says the same to editors.

- YAML 1.2: only `true` and `false` are booleans; `yes`, `no` and `unknown` answer questions; `NO` is a country. Tags,
  anchors and aliases are refused.
- Numbers: `k`, `M`, `B` are decimal; amounts are in USD. `low to high` is an 80 % interval (p10 to p90), lognormal for
  positive quantities and normal for rates; `{p10: ..., p50: ..., p90: ...}` and plain numbers work everywhere.
- One number of tokens per request is the mean; `{p50: ..., p95: ...}` are percentiles over requests.
- Only `traffic` has no default. Every default that a decision used is listed in it, with the reason given here.
"""


def reference_page() -> str:
    """Return the page as Markdown: every key, what it holds, its default and why."""
    plain = [entry for entry in STUDY.fields if not isinstance(entry.kind, Section)]
    parts = [_HEAD, "## Top level", _table(plain)]
    for entry in STUDY.fields:
        if isinstance(entry.kind, Section):
            example = f"\n\n```yaml\n{entry.key}: {entry.kind.example}\n```" if entry.kind.example else ""
            parts += [f"## {entry.key}", f"{entry.help}{example}", _table(entry.kind.fields)]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _table(fields: tuple[Field, ...] | list[Field]) -> str:
    head = ["| key | meaning | holds | default | why |", "|---|---|---|---|---|"]
    return "\n".join([*head, *(_row(entry) for entry in fields)])


def _row(entry: Field) -> str:
    default = "required" if entry.required else f"`{entry.default}`" if entry.default is not None else "not given"
    cells = [f"`{entry.key}`", entry.help, entry.kind.expected, default, entry.reason or entry.unknown]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
