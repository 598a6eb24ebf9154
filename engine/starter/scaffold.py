"""A new workspace: the starter's files, sample data and schemas, put into a folder that keeps what it has."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Collection, Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from segmentry.engine.diagnostics.disk import in_utf8, writing_to
from segmentry.engine.diagnostics.errors import UsageError
from segmentry.engine.diagnostics.whole import surely, write_whole
from segmentry.engine.files.schema import json_schema
from segmentry.engine.files.schema.registry import SCHEMA_NAMES
from segmentry.engine.outputs.folder import writing

SCHEMA_FOLDER = ".segmentry/schema"
IGNORE_FILE = ".gitignore"
SAMPLE_FOLDER = ".sample"
"""Where the sample is made before its files are moved one by one."""


@dataclass
class Scaffold:
    """What was made in a folder, and what was there already and stayed as it is (paths relative to it)."""

    folder: Path
    written: list[str] = field(default_factory=list[str])
    skipped: list[str] = field(default_factory=list[str])
    undo: ExitStack = field(default_factory=ExitStack, repr=False)


def make_workspace(folder: Path, *, data: bool = True) -> Scaffold:
    """Make the starter workspace in a folder, which may exist; nothing in it is overwritten.

    Raises UsageError where the folder can't be written; then, as after Ctrl-C, nothing is left of it.
    """
    with _making(folder) as made:
        _fill(made, data=data)
    return made


@contextmanager
def _making(folder: Path) -> Generator[Scaffold]:
    if not in_utf8(folder):
        raise UsageError(
            f"{folder} is not written in UTF-8, so no data could be read there; name another folder"
        )
    made = Scaffold(folder)
    try:
        with writing_to(folder), ExitStack() as made.undo:
            yield made
            made.undo.pop_all()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UsageError(f"a workspace can't be made in {folder} ({reason}); name another folder") from error


def make_first(folder: Path) -> Scaffold:
    """Make the smallest workspace in a folder, for tables of one's own; nothing in it is overwritten.

    Raises UsageError as `make_workspace` does.
    """
    with _making(folder) as made:
        _make_folder(made, folder)
        around = {name: text for name, text in _files_of("starter") if name.startswith(".")}
        first = {**around, **dict(_files_of("first"))}
        for name in sorted(first.keys() - {IGNORE_FILE}):
            _add(made, name, first[name])
        _add_frame(made)
    return made


def make_drafted(folder: Path, texts: Mapping[str, str], *, shown: Collection[str]) -> Scaffold:
    """Make a workspace of drafted files and what every workspace has; of them ``shown`` are reported.

    Raises UsageError as `make_workspace` does.
    """
    with _making(folder) as made:
        _make_folder(made, folder)
        for name, text in texts.items():
            _put(made, folder / name, text.encode())
        made.written += shown
        _add_frame(made)
    return made


def _fill(made: Scaffold, *, data: bool) -> None:
    starter = dict(_files_of("starter"))
    _make_folder(made, made.folder)
    for name in sorted(starter.keys() - {IGNORE_FILE}):
        _add(made, name, starter[name])
    if data:
        _add_data(made)
    _add_frame(made)


def _add_frame(made: Scaffold) -> None:
    """The schemas and the ignored folders."""
    for name in SCHEMA_NAMES:
        _put(made, made.folder / SCHEMA_FOLDER / _schema_file(name), _schema_bytes(json_schema(name)))
    # What is taken back can't hold lines that were there before, so this comes last.
    ignored = files("segmentry") / "rules" / "starter" / IGNORE_FILE
    _add_ignores(made, ignored.read_text("utf-8"))


def write_schemas(folder: Path, schemas: Mapping[str, Mapping[str, Any]]) -> None:
    """Write schemas as files, under the names that the starter's modelines have.

    Raises UsageError where the folder can't be written.
    """
    made = Scaffold(folder)
    # What was made of the folder goes again where it stays empty.
    with writing(folder), made.undo:
        _make_folder(made, folder)
        write_whole({folder / _schema_file(name): _schema_bytes(one) for name, one in schemas.items()})


def _schema_file(name: str) -> str:
    return f"{name}.schema.json"


def _schema_bytes(schema: Mapping[str, Any]) -> bytes:
    return (json.dumps(schema, ensure_ascii=False, indent=2) + "\n").encode()


def _files_of(name: str) -> Iterator[tuple[str, bytes]]:
    yield from sorted(_walk(files("segmentry") / "rules" / name, ""))


def _walk(folder: Traversable, prefix: str) -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _walk(entry, f"{prefix}{entry.name}/")
        else:
            yield prefix + entry.name, entry.read_bytes()


def _add(made: Scaffold, name: str, content: bytes) -> None:
    path = made.folder / name
    if path.exists() or path.is_symlink():
        made.skipped.append(name)
        return
    _put(made, path, content)
    made.written.append(name)


def _put(made: Scaffold, path: Path, content: bytes) -> None:
    """Write a file. Where it is new, it goes when the workspace can't be made."""
    _make_folder(made, path.parent)
    if not path.exists():
        made.undo.callback(_take_back, path.unlink)
    write_whole({path: content})


def _make_folder(made: Scaffold, folder: Path) -> None:
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        made.undo.callback(_take_back, path.rmdir)
        path.mkdir(exist_ok=True)


def _take_back(remove: Callable[[], None]) -> None:
    surely(remove)


def _add_ignores(made: Scaffold, wanted: str) -> None:
    """People's data must not land in a repository: lines that an existing file lacks are added to it."""
    path = made.folder / IGNORE_FILE
    if not path.exists():
        _add(made, IGNORE_FILE, wanted.encode())
        return
    there = path.read_text("utf-8")
    known = {line.strip().strip("/") for line in there.splitlines()}
    lacking = [
        line for line in wanted.splitlines() if not line.startswith("#") and line.strip("/") not in known
    ]
    if lacking:
        gap = "" if there.endswith("\n") or not there else "\n"
        write_whole({path: (there + gap + "\n".join(lacking) + "\n").encode()})
        made.written.append(f"{IGNORE_FILE} (added {', '.join(lacking)})")
    else:
        made.skipped.append(IGNORE_FILE)


def _add_data(made: Scaffold) -> None:
    from segmentry.engine.starter.sample import write_sample

    # Made beside and moved file by file, so that tables that are there already stay.
    fresh = made.folder / SAMPLE_FOLDER
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        write_sample(fresh)
        for source in sorted(path for path in fresh.rglob("*") if path.is_file()):
            relative = Path("data") / source.relative_to(fresh)
            target = made.folder / relative
            if target.exists():
                made.skipped.append(relative.as_posix())
                continue
            _make_folder(made, target.parent)
            made.undo.callback(_take_back, target.unlink)
            source.replace(target)
            made.written.append(relative.as_posix())
    finally:
        surely(partial(shutil.rmtree, fresh, ignore_errors=True))
