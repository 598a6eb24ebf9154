"""Reads rules, checks them and evaluates them over customers.

The library's surface; names are loaded when they are first asked for, so that importing costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from segmentry.engine.answers.evaluation import Result, evaluate
    from segmentry.engine.checks import check
    from segmentry.engine.diagnostics.errors import (
        DataError,
        LockedError,
        NothingRan,
        ProviderError,
        RuleError,
        SegmentryError,
        UnsupportedError,
        UsageError,
    )
    from segmentry.engine.diagnostics.model import Diagnostic, Fix, Related, Span, TextEdit
    from segmentry.engine.workspace import Workspace, find_workspace

_HOMES = {
    "Diagnostic": "diagnostics.model",
    "Fix": "diagnostics.model",
    "TextEdit": "diagnostics.model",
    "Related": "diagnostics.model",
    "Span": "diagnostics.model",
    "DataError": "diagnostics.errors",
    "LockedError": "diagnostics.errors",
    "NothingRan": "diagnostics.errors",
    "ProviderError": "diagnostics.errors",
    "RuleError": "diagnostics.errors",
    "SegmentryError": "diagnostics.errors",
    "UnsupportedError": "diagnostics.errors",
    "UsageError": "diagnostics.errors",
    "Result": "answers.evaluation",
    "check": "checks",
    "evaluate": "answers.evaluation",
    "Workspace": "workspace",
    "find_workspace": "workspace",
}

__all__ = [
    "DataError",
    "Diagnostic",
    "Fix",
    "LockedError",
    "NothingRan",
    "ProviderError",
    "Related",
    "Result",
    "RuleError",
    "SegmentryError",
    "Span",
    "TextEdit",
    "UnsupportedError",
    "UsageError",
    "Workspace",
    "check",
    "evaluate",
    "find_workspace",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"segmentry.engine.{_HOMES[name]}"), name)
