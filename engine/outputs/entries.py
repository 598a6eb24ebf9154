"""The files that a run writes: one entry each.

From an entry follow the option of `run`, what a later run or `clean` removes, the place in run.json, and the
row in the documentation. Nothing heavy is imported before a file is written.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from segmentry.engine.answers.manifest_file import MANIFEST

if TYPE_CHECKING:
    import polars as pl

    from segmentry.engine.answers.evaluation import Result
    from segmentry.engine.answers.summary import Summary

LOG: Final = "run.log.json"


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What to write, and where (None: the workspace's own output folder).

    ``writes`` are the names of the options of optional files, as in `OutputEntry.option`. ``raw`` leaves
    texts in a CSV as they are where a spreadsheet would take them for formulas.
    """

    output: Path | None = None
    only: tuple[str, ...] = ()
    writes: frozenset[str] = frozenset()
    show_ids: bool = False
    raw: bool = False

    def need_all_traits(self) -> bool:
        """Whether a file that is written needs every trait, not only those that the segments use."""
        return any(entry.all_traits and entry.is_written(self) for entry in OUTPUTS)


@dataclass(frozen=True)
class RunContents:
    """What there is to write: memberships and traits as frames, and the sizes.

    ``folder`` has the outputs of the last run; ``show_ids`` names people in full.
    """

    result: Result
    summary: Summary
    folder: Path
    raw: bool = False
    show_ids: bool = False

    @cached_property
    def long(self) -> pl.DataFrame:
        """A row per customer and segment: the key, `segmentation`, `segment` (Enum); sorted by all three."""
        from segmentry.engine.outputs.tables import long_memberships

        return long_memberships(self.result)


@dataclass(frozen=True, slots=True)
class OutputEntry:
    """One file. ``write`` writes it to a path; ``doc`` is its row in the documentation.

    Without an ``option`` it is written always, else where `run --OPTION` is given, which ``help`` describes.
    ``columns`` are columns of its own, whose names the customers' key can't have. ``all_traits``: every
    trait has to be evaluated for it, not only those that the segments use. ``of_people``: it is written
    where people are made of records.
    """

    file: str
    doc: str
    write: Callable[[RunContents, Path], None]
    option: str | None = None
    help: str = ""
    columns: tuple[str, ...] = ()
    all_traits: bool = False
    of_people: bool = False

    def is_written(self, options: RunOptions) -> bool:
        """Whether a run with these options writes it."""
        return self.option is None or self.option in options.writes


def _memberships(contents: RunContents, path: Path) -> None:
    from segmentry.engine.outputs.tables import write_table

    write_table(contents.result.memberships, path)


def _long(contents: RunContents, path: Path) -> None:
    from segmentry.engine.outputs.tables import write_table

    write_table(contents.long, path)


def _csv(contents: RunContents, path: Path) -> None:
    from segmentry.engine.outputs.spreadsheets import shown_table
    from segmentry.engine.outputs.tables import write_csv

    write_csv(contents.long if contents.raw else shown_table(contents.long), path)


def _traits(contents: RunContents, path: Path) -> None:
    from segmentry.engine.outputs.tables import write_table

    write_table(contents.result.traits, path)


def _segments(contents: RunContents, path: Path) -> None:
    from segmentry.engine.outputs.manifest import json_bytes

    path.write_bytes(json_bytes(contents.summary.document()))


def _identity(contents: RunContents, path: Path) -> None:
    from segmentry.engine.outputs.tables import write_table

    assert contents.result.people is not None
    write_table(contents.result.people.records, path)


def _people(contents: RunContents, path: Path) -> None:
    from segmentry.engine.outputs.manifest import json_bytes
    from segmentry.engine.outputs.people import PeopleReport, last_records

    result = contents.result
    assert result.people is not None
    report = PeopleReport(result.plan, result.people, last_records(contents.folder), contents.show_ids)
    path.write_bytes(json_bytes(report.document()))


OUTPUTS: tuple[OutputEntry, ...] = (
    OutputEntry(
        "memberships.parquet",
        "A row per customer, ascending by key: the key, a text column per segmentation that assigns one "
        "segment (named by its id; empty = none), a true-or-false column per segment of the others",
        _memberships,
    ),
    OutputEntry(
        "memberships_long.parquet",
        "Key, `segmentation`, `segment`, a row per membership, sorted",
        _long,
        option="long",
        help="Write memberships_long.parquet too.",
        columns=("segmentation", "segment"),
    ),
    OutputEntry(
        "memberships_long.csv",
        "The same for a spreadsheet; an apostrophe before a text that it would take for a formula",
        _csv,
        option="csv",
        help="Write memberships_long.csv too.",
        columns=("segmentation", "segment"),
    ),
    OutputEntry(
        "traits.parquet",
        "A row per customer with the traits, and the customers columns in use",
        _traits,
        option="traits",
        help="Write traits.parquet too.",
        all_traits=True,
    ),
    OutputEntry(
        "segments.json",
        "Size, share and share of value of each segment, budgets; up to 100 segments the overlap matrix",
        _segments,
    ),
    OutputEntry(
        "identity.parquet",
        "With `identity:`: a row per record of a person, `source`, `record` and `person`, the sources in "
        "their order",
        _identity,
        of_people=True,
    ),
    OutputEntry(
        "identity.json",
        "With `identity:`: how many people there are, which key joined how many records, values that join "
        "nobody, who was kept apart, and who was merged or split since the last run; values as hashes",
        _people,
        of_people=True,
    ),
)
"""Every file but the two that a run keeps of itself, in the order in which they take their names."""

RECORDS: dict[str, str] = {
    LOG: "Engine, seconds per stage, peak memory, machine",
    MANIFEST: "As of, version, hashes of rules and outputs, what was read and left out, warnings",
}
"""What a run writes of itself, last, with the rows in the documentation."""

OUTPUT_FILES: tuple[str, ...] = (*(entry.file for entry in OUTPUTS), *RECORDS)
"""Every file that a run may write, in the order in which they take their names."""

OPTIONS: dict[str, OutputEntry] = {entry.option: entry for entry in OUTPUTS if entry.option is not None}
"""The entries that are written on demand, by their option."""
