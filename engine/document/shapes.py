"""Plain data told apart with its types: what a type checker can't know of a value that a file holds."""

from __future__ import annotations

from typing import Any, TypeGuard


def is_mapping(value: Any) -> TypeGuard[dict[str, Any]]:
    """Whether data is a mapping; keys are texts in every document."""
    return isinstance(value, dict)


def is_list(value: Any) -> TypeGuard[list[Any]]:
    """Whether data is a list."""
    return isinstance(value, list)
