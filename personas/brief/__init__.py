"""Briefs without a language model: whole sentences over facts, positioning and brand."""

from segmentry.personas.brief.compose import compose_briefs
from segmentry.personas.brief.schema import brief_schema, draft_schema

__all__ = ["brief_schema", "compose_briefs", "draft_schema"]
