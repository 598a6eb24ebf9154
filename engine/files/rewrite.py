"""Files of the workspace in a new version: put in place at once, or shown as a difference."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import unified_diff
from pathlib import Path

from segmentry.engine.diagnostics.whole import unwritable, write_whole


def rewrite(root: Path, contents: Mapping[str, bytes]) -> None:
    """Put new contents in place of files, once all of them lie ready, so that none is half written.

    A file keeps its mode, and a link stays a link to it. Raises UsageError where one can't be written, or the
    disk is full; then all are as they were, unless the system has refused to rename one.
    """
    try:
        write_whole({(root / file).resolve(): content for file, content in contents.items()})
    except OSError as error:
        raise unwritable(error, Path(error.filename or root)) from error


def difference(file: str, before: str, after: str) -> str:
    """What changes in a file, as a unified diff; empty where nothing does. CR LF is shown as LF."""
    old, new = (_lines(text) for text in (before, after))
    lines = list(unified_diff(old, new, f"a/{file}", f"b/{file}"))
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").splitlines(keepends=True)
