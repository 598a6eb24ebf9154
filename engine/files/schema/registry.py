"""The schemas by name."""

from __future__ import annotations

from typing import Any, Literal, assert_never

from segmentry.engine.files.schema.brand import brand_schema
from segmentry.engine.files.schema.names import Ids
from segmentry.engine.files.schema.parts import Schema
from segmentry.engine.files.schema.rule_tests import tests_schema
from segmentry.engine.files.schema.rules import rules_schema
from segmentry.engine.files.schema.workspace import workspace_schema

SchemaName = Literal["workspace", "rules", "tests", "brand"]

SCHEMA_NAMES: tuple[SchemaName, ...] = ("workspace", "rules", "tests", "brand")


def json_schema(name: SchemaName, ids: Ids | None = None) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of `segmentry.yaml`, a rule file, a test file or `brand.yaml`.

    With ``ids`` the names of a workspace become choices, which editors complete.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:segmentry:schema:{name}:1",
        **_schema(name, ids),
    }


def _schema(name: SchemaName, ids: Ids | None) -> Schema:
    match name:
        case "workspace":
            return workspace_schema(ids)
        case "rules":
            return rules_schema(ids)
        case "tests":
            return tests_schema(ids)
        case "brand":
            return brand_schema()
        case _:
            assert_never(name)
