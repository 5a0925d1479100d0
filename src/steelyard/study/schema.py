"""JSON Schemas: of the study file, from the same table that reads it, and of the decision document."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from steelyard.domain.result import SCHEMA_VERSION, Result
from steelyard.facts.snapshot import KINDS
from steelyard.study.fields_study import STUDY

__all__ = ["SCHEMAS", "decision_schema", "study_schema", "write_schemas", "written_schema"]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def study_schema() -> dict[str, object]:
    """Return the JSON Schema by which editors complete and check a study file."""
    head: dict[str, object] = {
        "$schema": _DIALECT,
        "title": "Steelyard study",
        "description": "What an organisation says about an AI workload; only `traffic` has no default.",
    }
    return head | STUDY.schema()


def decision_schema() -> dict[str, object]:
    """Return the JSON Schema of ``decide --json``, generated from the Result."""
    head: dict[str, object] = {"$schema": _DIALECT, "version": SCHEMA_VERSION}
    schema: dict[str, object] = Result.model_json_schema(mode="serialization", by_alias=True)
    return head | schema | {"title": "Steelyard decision"}


def written_schema(schema: Mapping[str, object]) -> str:
    """Return a schema as the text that is committed under ``schemas/``."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _entry_schema(kind: str) -> Callable[[], dict[str, object]]:
    """Return what makes the JSON Schema of one kind of catalogue entry."""

    def schema() -> dict[str, object]:
        head: dict[str, object] = {
            "$schema": _DIALECT,
            "description": f"A file in facts/{kind}, or a list of such entries.",
        }
        made: dict[str, object] = KINDS[kind].model_json_schema()
        return made | head

    return schema


SCHEMAS: Mapping[str, Callable[[], dict[str, object]]] = {
    "study.schema.json": study_schema,
    "decision.schema.json": decision_schema,
    **{f"facts-{kind.replace('_', '-')}.schema.json": _entry_schema(kind) for kind in KINDS},
}
"""Published files and what generates them."""


def write_schemas(folder: Path) -> None:
    """Write every published schema into ``folder``."""
    for name, schema in SCHEMAS.items():
        (folder / name).write_text(written_schema(schema()), encoding="utf-8")
