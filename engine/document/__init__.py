"""Files to data: YAML 1.2 core with the place of every value, and mistakes told in plain words."""

from __future__ import annotations

from segmentry.engine.document.locate import locate_text
from segmentry.engine.document.nodes import (
    Comment,
    Document,
    NodeSpans,
    Path,
    SpanMap,
    YamlFloat,
    YamlInt,
    as_texts,
    split_lines,
)
from segmentry.engine.document.read import read_document
from segmentry.engine.document.shapes import is_list, is_mapping

__all__ = [
    "Comment",
    "Document",
    "NodeSpans",
    "Path",
    "SpanMap",
    "YamlFloat",
    "YamlInt",
    "as_texts",
    "is_list",
    "is_mapping",
    "locate_text",
    "read_document",
    "split_lines",
]
