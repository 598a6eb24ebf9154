"""Files of one source that are equal to the last byte: an export that was saved twice counts twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import file_digest
from pathlib import Path

from segmentry.engine.diagnostics.read_note import ReadNote
from segmentry.engine.sources.read_table import SourceTable


def repeated_files(source: str, files: Sequence[Path], tables: Sequence[SourceTable]) -> Iterator[ReadNote]:
    """A note of each group of equal files that have rows; only files of one size are compared."""
    sizes: dict[int, list[int]] = {}
    for index, file in enumerate(files):
        sizes.setdefault(file.stat().st_size, []).append(index)
    for alike in sizes.values():
        groups: dict[bytes, list[int]] = {}
        for index in alike if len(alike) > 1 else ():
            with files[index].open("rb") as content:
                groups.setdefault(file_digest(content, "sha256").digest(), []).append(index)
        for same in groups.values():
            if len(same) > 1 and (rows := tables[same[0]].row_count()):
                yield _note(source, [tables[index].label for index in same], rows)


def _note(source: str, labels: list[str], rows: int) -> ReadNote:
    times = "twice" if len(labels) == 2 else f"{len(labels)} times"
    noun = "row counts" if rows == 1 else "rows count"
    return ReadNote(
        "repeated-file",
        source,
        f"{', '.join(labels)} are the same file to the last byte, so each of its {rows:,} {noun} {times}",
        "take away the copies, or narrow the `path` of the source",
        len(labels) - 1,
        file=labels[1],
    )
