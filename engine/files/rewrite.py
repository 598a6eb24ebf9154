"""Files of the workspace in a new version: put in place at once, or shown as a difference."""

from __future__ import annotations

import shutil
from contextlib import suppress
from difflib import unified_diff
from pathlib import Path


def rewrite(root: Path, file: str, content: bytes) -> None:
    """Put the new content in place of a file, at once, so that it is never half written.

    The file keeps its mode, and a link stays a link to it. Raises OSError where it can't be written.
    """
    target = (root / file).resolve()
    staged = target.with_name(f".{target.name}.new")
    try:
        staged.write_bytes(content)
        shutil.copymode(target, staged)
        staged.replace(target)
    except BaseException:
        with suppress(OSError):
            staged.unlink()
        raise


def difference(file: str, before: str, after: str) -> str:
    """What changes in a file, as a unified diff; empty where nothing does. CR LF is shown as LF."""
    old, new = (_lines(text) for text in (before, after))
    lines = list(unified_diff(old, new, f"a/{file}", f"b/{file}"))
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").splitlines(keepends=True)
