"""Which files a source's `path` names.

A path is a file, a glob or a list of them, relative to the workspace; `${NAME}` in it is an environment
variable. What is not there is a data error that says where was looked and what is there instead.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from pathlib import Path

from segmentry.engine.diagnostics.errors import DataError
from segmentry.engine.diagnostics.there import is_file, is_folder, is_there
from segmentry.engine.files.model import Source
from segmentry.engine.sources.stores import is_stored

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_GLOB = re.compile(r"[*?\[]")


def find_files(source: Source, root: Path, environ: Mapping[str, str]) -> tuple[Path, ...]:
    """The files of a source on this machine, absolute, sorted, each once.

    Raises DataError for a variable that is not set, a path that no file fits, and a folder.
    """
    found: set[Path] = set()
    for written in source.paths:
        if is_stored(written):
            continue
        found.update(_files_of(written, source, root, environ))
    return tuple(sorted(found))


def label_of(file: Path, root: Path) -> str:
    """The file as messages name it: relative to the workspace where it lies in it, with slashes."""
    return (file.relative_to(root) if file.is_relative_to(root) else file).as_posix()


def nearest(name: str, names: list[str]) -> list[str]:
    """Up to three of the names that are spelled most alike, the most alike first; case does not matter."""
    folded = {candidate.casefold(): candidate for candidate in reversed(names)}
    return [folded[match] for match in difflib.get_close_matches(name.casefold(), folded, 3, 0.6)]


def _files_of(written: str, source: Source, root: Path, environ: Mapping[str, str]) -> list[Path]:
    path = root / _expand(written, source, environ)
    if is_folder(path):
        raise DataError(
            f"The path `{written}` of source `{source.name}` is a folder. "
            f"Name the files in it, such as `{written.rstrip('/')}/*.parquet`.",
            file=written,
        )
    if is_there(path):
        return [path]
    folder, pattern = _split(path)
    files = _matching(folder, pattern, written, source) if _GLOB.search(pattern) else []
    if not files:
        raise DataError(_nothing_found(written, folder, pattern, source, root), file=written)
    return files


def _matching(folder: Path, pattern: str, written: str, source: Source) -> list[Path]:
    if any("**" in part and part != "**" for part in pattern.split("/")):
        raise DataError(
            f"In the path `{written}` of source `{source.name}`, `**` is joined to other letters. "
            "It stands for any folders: put slashes around it, as in `data/**/*.csv`.",
            file=written,
        )
    return [match for match in folder.glob(pattern) if is_file(match)] if is_folder(folder) else []


def _split(path: Path) -> tuple[Path, str]:
    """The folder before the first part with a wildcard (or the last part), and what follows."""
    parts = path.parts
    fixed = next((index for index, part in enumerate(parts) if _GLOB.search(part)), len(parts) - 1)
    return Path(*parts[:fixed]), "/".join(parts[fixed:])


def _expand(written: str, source: Source, environ: Mapping[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name not in environ:
            raise DataError(
                f"The path `{written}` of source `{source.name}` needs the environment variable "
                f"`{name}`, which is not set. Set it, or write the path out.",
                file=written,
            )
        return environ[name]

    return _VARIABLE.sub(value, written)


def _nothing_found(written: str, folder: Path, pattern: str, source: Source, root: Path) -> str:
    wanted = pattern
    while not is_folder(folder):
        folder, wanted = folder.parent, folder.name
    text = (
        f"No file fits the path `{written}` of source `{source.name}` "
        f"(looked in the folder `{label_of(folder, root)}`)."
    )
    try:
        names = sorted(entry.name for entry in folder.iterdir())
    except OSError:
        names = []
    alike = nearest(wanted, names)
    if alike:
        return f"{text} It holds {_list(alike)}: is that meant?"
    if not names:
        return f"{text} The folder is empty."
    return f"{text} Put the file there, or correct the path."


def _list(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
