"""Files of the workspace in a new version: put in place at once, or shown as a difference."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from contextlib import suppress
from difflib import unified_diff
from pathlib import Path

from segmentry.engine.diagnostics.disk import writing_to


def rewrite(root: Path, contents: Mapping[str, bytes]) -> None:
    """Put new contents in place of files, once all of them lie ready, so that none is half written.

    A file keeps its mode, and a link stays a link to it. Raises OSError where one can't be written, and
    UsageError where the disk is full; then all are as they were.
    """
    targets = {(root / file).resolve(): content for file, content in contents.items()}
    staged = {target: target.with_name(f".{target.name}.new") for target in targets}
    try:
        for target, content in targets.items():
            with writing_to(target):
                staged[target].write_bytes(content)
                shutil.copymode(target, staged[target])
        for target in targets:
            staged[target].replace(target)
    finally:
        for file in staged.values():
            with suppress(OSError):
                file.unlink()


def difference(file: str, before: str, after: str) -> str:
    """What changes in a file, as a unified diff; empty where nothing does. CR LF is shown as LF."""
    old, new = (_lines(text) for text in (before, after))
    lines = list(unified_diff(old, new, f"a/{file}", f"b/{file}"))
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").splitlines(keepends=True)
