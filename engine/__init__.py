"""Reads rules, checks them and evaluates them over customers.

The library's surface; names are loaded when they are first asked for, so that importing costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from segmentry.engine.diagnostics import Diagnostic, Related, Span
    from segmentry.engine.errors import (
        DataError,
        LockedError,
        NothingRan,
        ProviderError,
        RuleError,
        SegmentryError,
        UsageError,
    )
    from segmentry.engine.evaluation import Result, evaluate
    from segmentry.engine.workspace import Workspace, find_workspace

_HOMES = {
    "Diagnostic": "diagnostics",
    "Related": "diagnostics",
    "Span": "diagnostics",
    "DataError": "errors",
    "LockedError": "errors",
    "NothingRan": "errors",
    "ProviderError": "errors",
    "RuleError": "errors",
    "SegmentryError": "errors",
    "UsageError": "errors",
    "Result": "evaluation",
    "evaluate": "evaluation",
    "Workspace": "workspace",
    "find_workspace": "workspace",
}

__all__ = [
    "DataError",
    "Diagnostic",
    "LockedError",
    "NothingRan",
    "ProviderError",
    "Related",
    "Result",
    "RuleError",
    "SegmentryError",
    "Span",
    "UsageError",
    "Workspace",
    "evaluate",
    "find_workspace",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"segmentry.engine.{_HOMES[name]}"), name)
