"""From a brief's JSON to what people read: Markdown and HTML by templates, which a workspace may override."""

from segmentry.personas.render.environment import TemplateError
from segmentry.personas.render.pages import IndexEntry, Renderer

__all__ = ["IndexEntry", "Renderer", "TemplateError"]
