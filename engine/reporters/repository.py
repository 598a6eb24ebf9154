"""Where a workspace lies in its repository: servers look for a finding's file from the repository's root."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from segmentry.engine.diagnostics.model import Diagnostic, Fix


def folder_in_repository(root: Path, environ: Mapping[str, str] = os.environ) -> str:
    """The workspace's folder as seen from the root of its repository, like `crm/segments/`; empty for that.

    The root is the nearest folder upward with a `.git`; where there is none (a checkout without history), the
    folder that GitHub Actions works in. A workspace in no repository has an empty one.
    """
    root = root.resolve()
    for folder in (root, *root.parents):
        if (folder / ".git").exists():
            return _folder(root, folder)
    checkout = environ.get("GITHUB_WORKSPACE")
    if checkout and root.is_relative_to(Path(checkout).resolve()):
        return _folder(root, Path(checkout).resolve())
    return ""


def _folder(root: Path, top: Path) -> str:
    found = root.relative_to(top).as_posix()
    return "" if found == "." else f"{found}/"


def in_repository(diagnostics: Iterable[Diagnostic], folder: str) -> list[Diagnostic]:
    """The findings with their files as seen from the root of the repository."""
    return [
        replace(
            item,
            file=f"{folder}{item.file}",
            related=tuple(replace(other, file=f"{folder}{other.file}") for other in item.related),
            fix=None if item.fix is None else _fix_in(item.fix, folder),
        )
        for item in diagnostics
    ]


def _fix_in(fix: Fix, folder: str) -> Fix:
    return replace(fix, edits=tuple(replace(edit, file=f"{folder}{edit.file}") for edit in fix.edits))
