"""The published JSON Schemas of all files, and the validation of documents by them."""

from __future__ import annotations

from segmentry.engine.files.schema.names import Ids
from segmentry.engine.files.schema.registry import SCHEMA_NAMES, SchemaName, json_schema
from segmentry.engine.files.schema.validate import validate

__all__ = ["SCHEMA_NAMES", "Ids", "SchemaName", "json_schema", "validate"]
