"""The files of a workspace in their canonical layout: found, laid out, written, compared."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Sequence
from contextlib import suppress
from difflib import unified_diff
from pathlib import Path

from segmentry.engine.document import is_mapping
from segmentry.engine.errors import UsageError
from segmentry.engine.fmt.layout import Formatted, format_bytes
from segmentry.engine.workspace import BRAND_FILE, WORKSPACE_FILE, Workspace


def format_workspace(workspace: Workspace, paths: Sequence[Path] = ()) -> list[Formatted]:
    """Every file of a workspace (rules, their tests, the brand) laid out, sorted; nothing is written.

    ``paths`` are files and folders that it is limited to. Raises UsageError for one that holds no such file.
    """
    files = _files(workspace)
    if paths:
        chosen: set[str] = set()
        for path in paths:
            chosen.update(_named(path, files, workspace.root))
        files = sorted(chosen)
    return [format_bytes(file, (workspace.root / file).read_bytes()) for file in files]


def _files(workspace: Workspace) -> list[str]:
    head = workspace.documents.get(WORKSPACE_FILE)
    folder = head.data.get("rules") if head is not None and is_mapping(head.data) else None
    rules = workspace.root / (folder if isinstance(folder, str) else "rules")
    found = {path for pattern in ("*.yaml", "*.yml") for path in rules.rglob(pattern)}
    found |= {workspace.root / name for name in (WORKSPACE_FILE, BRAND_FILE)}
    return sorted(path.relative_to(workspace.root).as_posix() for path in found if path.is_file())


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
