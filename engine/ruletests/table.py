"""Cases from a CSV file: each line becomes the mapping that a case of a YAML list is.

The file is made into a document like that of a YAML file, so that its cases are parsed as all others are.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from segmentry.engine.diagnostics.findings import diagnostic
from segmentry.engine.diagnostics.model import Diagnostic, Span
from segmentry.engine.diagnostics.there import is_file
from segmentry.engine.document import Document, NodeSpans, split_lines
from segmentry.engine.document import Path as DataPath
from segmentry.engine.files.condition_model import Place
from segmentry.engine.language.suggest import did_you_mean, nearest
from segmentry.engine.ruletests.cells import MISSING, read_cell

OWN_COLUMNS: Final = ("name", "expect", "also", "because", "segments")
"""The columns that are no traits."""

ENDING: Final = ".csv"

_VERDICTS: Final = ("in", "out", "todo")


@dataclass(frozen=True, slots=True)
class CaseTable:
    """The cases of a CSV file: ``document.data`` is a list of cases, ``columns`` what they give."""

    document: Document
    columns: tuple[tuple[str, Place], ...]


@dataclass(frozen=True, slots=True)
class CaseTables:
    """The CSV files of a test file: tables by the way to their `cases:`, texts by file, what is wrong."""

    tables: Mapping[DataPath, CaseTable]
    texts: Mapping[str, str]
    findings: tuple[Diagnostic, ...]


def in_table(at: Place) -> bool:
    """Whether a place is in a CSV file."""
    return at.file.endswith(ENDING)


def read_tables(root: Path, document: Document) -> CaseTables:
    """The CSV files that a valid test file takes cases from. ``root`` is the workspace's folder."""
    tables: dict[DataPath, CaseTable] = {}
    texts: dict[str, str] = {}
    findings: list[Diagnostic] = []
    for number, test in enumerate(document.data["tests"]):
        named = test.get("cases")
        if not isinstance(named, str):
            continue
        way: DataPath = ("tests", number, "cases")
        found = _find(root.resolve(), document, way, named)
        if isinstance(found, Diagnostic):
            findings.append(found)
            continue
        file = found.relative_to(root.resolve()).as_posix()
        reading = _TableReading(file, found.read_bytes(), of_segment="segment" in test)
        texts[file] = reading.text
        table = reading.table()
        findings += reading.findings
        if table is not None:
            tables[way] = table
    return CaseTables(tables, texts, tuple(findings))


def _find(root: Path, document: Document, way: DataPath, named: str) -> Path | Diagnostic:
    """The file that `cases:` names, or what is wrong with the name."""
    folder = (root / document.file).parent
    path = Path(os.path.realpath(folder / named))
    if not path.is_relative_to(root):
        message = f"`{named}` lies outside the workspace"
        hint: str | None = "put the file beside this one"
    elif not is_file(path):
        message = f"there is no file `{named}`"
        known = [other.relative_to(folder).as_posix() for other in folder.rglob(f"*{ENDING}")]
        hint = did_you_mean(named, known) or "`cases:` names a CSV file by its path from this one"
    else:
        return path
    return diagnostic("test-cases", message, document.file, document.value_span(way), hint=hint)


class _TableReading:
    """One file; what is wrong with it adds up in ``findings``. Places are whole lines."""

    def __init__(self, file: str, raw: bytes, *, of_segment: bool) -> None:
        self.file = file
        self.text = raw.decode("utf-8-sig", errors="replace")
        self.findings: list[Diagnostic] = []
        self._lines = split_lines(self.text)
        self._of_segment = of_segment
        try:
            raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = len(split_lines(raw[: error.start].decode("utf-8-sig", errors="replace")))
            self._fault(line, "the file is not in UTF-8", "save it as “CSV UTF-8”")

    def table(self) -> CaseTable | None:
        """The cases, None where something is wrong."""
        if self.findings:
            return None
        records = self._records()
        line, header = next(records, (1, list[str]()))
        self._check_header(line, header)
        if self.findings:
            return None
        head = self._span(line)
        made = _MadeCase(head)
        for at, cells in records:
            if len(cells) != len(header):
                self._wrong_count(at, len(cells), len(header))
                continue
            row = {name: cell for name, cell in zip(header, cells, strict=True) if cell}
            made.add(self._case(at, row), self._span(at))
        if not made.cases and not self.findings:
            self._fault(line, "there is no case below the header", "write a line for every case")
        if self.findings:
            return None
        columns = tuple((name, Place(self.file, head)) for name in header if name not in OWN_COLUMNS)
        return CaseTable(Document(self.file, self.text, made.cases, made.spans, ()), columns)

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        """The first line and the cells of every record that says something."""
        separator = ";" if "," not in self._lines[0] and ";" in self._lines[0] else ","
        lines = [f"{line}\n" for line in self._lines]
        reader = csv.reader(lines, delimiter=separator, strict=True, skipinitialspace=True)
        start = 1
        try:
            for record in reader:
                cells = [cell.strip() for cell in record]
                if any(cells):
                    yield start, cells
                start = reader.line_num + 1
        except csv.Error:
            hint = 'a quotation mark inside a cell in quotes is written twice, like "a ""good"" one"'
            self._fault(start, "the quotation marks in this line don't fit together", hint)

    def _check_header(self, line: int, header: list[str]) -> None:
        if self.findings:
            return
        for number, name in enumerate(header, start=1):
            if not name:
                self._fault(line, f"column {number} has no name", "name it, or take it out")
            elif name in header[: number - 1]:
                self._fault(line, f"the column `{name}` is here twice", "keep one of them")
        if "expect" not in header:
            close = nearest("expect", header)
            hint = self._other_file() or "the first line names the columns: traits, and `expect`"
            self._fault(
                line,
                "there is no column `expect`",
                hint if close is None else f"is `{close}` meant to be it?",
            )

    def _other_file(self) -> str | None:
        """What to do with a file that is no CSV, as far as its first line shows."""
        if self.text.startswith("PK"):
            return "this is a workbook: save the sheet as “CSV UTF-8”"
        return "its cells are separated by tabs: save it as “CSV UTF-8”" if "\t" in self._lines[0] else None

    def _wrong_count(self, line: int, found: int, expected: int) -> None:
        cells = "1 cell" if found == 1 else f"{found} cells"
        message = f"the line has {cells}, the header has {expected}"
        hint = "a cell with the separator in it stands in quotes; what is not given is an empty cell"
        self._fault(line, message, hint)

    def _case(self, line: int, row: Mapping[str, str]) -> dict[str, Any]:
        """What a case of a YAML list would say."""
        given = {name: read_cell(cell) for name, cell in row.items() if name not in OWN_COLUMNS}
        case: dict[str, Any] = {"given": given, "expect": self._expectation(line, row)}
        case.update((name, row[name]) for name in ("name", "because") if name in row)
        if "segments" in row:
            case["segments"] = [] if row["segments"] == MISSING else row["segments"].split()
        return case

    def _expectation(self, line: int, row: Mapping[str, str]) -> str | dict[str, Any]:
        word, also = row.get("expect", ""), row.get("also", "")
        if not word:
            hint = "write `in` or `out` under `expect`, or `todo` where it is still to be answered"
            self._fault(line, "the case does not say what is expected", hint)
        elif word in _VERDICTS or self._of_segment:
            if word not in _VERDICTS:
                hint = "write in, out or todo; the id of a segment is for tests without `segment:`"
                self._fault(line, f"expected in, out or todo, found `{word}`", hint)
            elif also:
                hint = "leave `also` empty, or expect the segment that the customer is assigned to"
                self._fault(line, f"`also` can't stand beside `{word}`", hint)
            return word
        assigned = None if word == MISSING else word
        return {"assigned": assigned, "also": also.split()} if also else {"assigned": assigned}

    def _span(self, line: int) -> Span:
        return Span(line, 1, line, len(self._lines[line - 1]) + 1)

    def _fault(self, line: int, message: str, hint: str) -> None:
        self.findings.append(diagnostic("test-cases", message, self.file, self._span(line), hint=hint))


@dataclass
class _MadeCase:
    """Cases with their places: of a case its line, of the name of a trait the header."""

    header: Span
    cases: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    spans: dict[DataPath, NodeSpans] = field(default_factory=dict[DataPath, NodeSpans])

    def __post_init__(self) -> None:
        self.spans[()] = NodeSpans(None, self.header)

    def add(self, case: dict[str, Any], line: Span) -> None:
        """One case."""
        number = len(self.cases)
        self.cases.append(case)
        self.spans[(number,)] = NodeSpans(None, line)
        for name in case["given"]:
            self.spans[(number, "given", name)] = NodeSpans(self.header, line)
