"""The files of a workspace in their canonical layout: found, laid out, written, compared."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Sequence
from contextlib import suppress
from difflib import unified_diff
from pathlib import Path

from segmentry.engine.diagnostics.errors import UsageError
from segmentry.engine.files.fmt.layout import Formatted, format_bytes


def format_files(root: Path, files: Sequence[str], paths: Sequence[Path] = ()) -> list[Formatted]:
    """Files (relative to a workspace's root) laid out, sorted; nothing is written.

    ``paths`` are files and folders that it is limited to. Raises UsageError for one that holds no such file.
    """
    if paths:
        chosen: set[str] = set()
        for path in paths:
            chosen.update(_named(path, files, root))
        files = sorted(chosen)
    return [format_bytes(file, (root / file).read_bytes()) for file in files]


def _named(path: Path, files: Iterable[str], root: Path) -> list[str]:
    relative = Path(os.path.relpath(path.resolve(), root)).as_posix()
    found = [file for file in files if relative in (file, ".") or file.startswith(f"{relative}/")]
    if not found:
        raise UsageError(f"{path} is neither a rule file of the workspace nor a folder with one")
    return found


def write_formatted(root: Path, formatted: Formatted) -> None:
    """Put the new text in place of the file, at once, so that it is never half written."""
    target = (root / formatted.file).resolve()
    staged = target.with_name(f".{target.name}.fmt")
    try:
        staged.write_bytes(formatted.text.encode("utf-8"))
        shutil.copymode(target, staged)
        staged.replace(target)
    except BaseException:
        with suppress(OSError):
            staged.unlink()
        raise


def difference(formatted: Formatted) -> str:
    """What would change in a file, as a unified diff; empty where nothing would. CR LF is shown as LF."""
    before, after = (_lines(text) for text in (formatted.before, formatted.text))
    lines = list(unified_diff(before, after, f"a/{formatted.file}", f"b/{formatted.file}"))
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").splitlines(keepends=True)
