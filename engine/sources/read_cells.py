"""Cells of a workbook that the reader below passes over in silence: errors, formulas without their value.

An .xlsx file is a zip of XML parts (ECMA-376, part 1: §18.3.1.4 cells, §18.18.11 their types). A cell of type
`e` holds an error such as `#DIV/0!`; a formula that a program wrote without computing it has no value. Both
come as empty cells from the library that reads the sheet, so they are looked up here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from posixpath import join, normpath
from typing import IO
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile
from zlib import error as ZlibError

Place = tuple[int, int]
"""Row and column of a cell, both from 0."""

FAILURES = (expat.ExpatError, BadZipFile, ZlibError, LookupError, ValueError, EOFError, NotImplementedError)
"""Everything that a damaged workbook raises here, beside OSError."""

LONGEST_EXACT = 15
"""Digits of a whole number that Excel keeps (its numbers are doubles, cut to 15 digits)."""

_CHUNK = 1 << 20
_CARRY = 4096
_NAME = rb"<(?:[\w.-]+:)?"
_SUSPECT = re.compile(
    rb"""\bt\s*=\s*["']e["']"""
    rb"|(?:</(?:[\w.-]+:)?f\s*>|" + _NAME + rb"f\b[^>]*/>)\s*"
    rb"(?:" + _NAME + rb"v\s*/>|" + _NAME + rb"v\b[^>/]*>\s*</|</)"
    rb"|<!|^\xff\xfe|^\xfe\xff"
)
"""What a sheet with such a cell must hold; a comment or another encoding is looked at in full as well."""


@dataclass(slots=True)
class SheetCells:
    """What stands in cells that come empty, and where whole numbers are longer than Excel keeps them.

    ``faulty`` gives an error as its name (`#N/A`), a formula without a value with its `=`; ``fractions`` are
    the cells that hold a number with decimal places, in the sheet itself and not as a text.
    """

    faulty: dict[Place, str] = field(default_factory=dict[Place, str])
    long_numbers: list[Place] = field(default_factory=list[Place])
    fractions: list[Place] = field(default_factory=list[Place])


def read_cells(path: Path, sheet: int, *, numbers: bool) -> SheetCells:
    """The cells of the sheet with this index (from 0, in the order of the workbook).

    With ``numbers`` long whole numbers are looked for too, which costs a pass over all cells. Raises one of
    `FAILURES` or OSError for a workbook that is damaged.
    """
    with ZipFile(path) as book:
        part = _sheet_part(book, sheet)
        if not numbers:
            with book.open(part) as xml:
                if not _suspect(xml):
                    return SheetCells()
        with book.open(part) as xml:
            return _scan(xml)


def _suspect(xml: IO[bytes]) -> bool:
    """Whether a full look is worth its time; a pattern is many times faster than a parser."""
    carry = b""
    while chunk := xml.read(_CHUNK):
        if _SUSPECT.search(carry + chunk):
            return True
        carry = chunk[-_CARRY:]
    return False


# --- which part of the file the sheet is ---------------------------------------------------------------


def _sheet_part(book: ZipFile, sheet: int) -> str:
    parts = {name.replace("\\", "/").lower(): name for name in book.namelist()}
    main = "xl/workbook.xml"
    ids: list[str] = []
    targets: dict[str, str] = {}

    def start(name: str, attributes: dict[str, str]) -> None:
        match _local(name):
            case "sheet":
                ids.append(next((value for key, value in attributes.items() if key.endswith(":id")), ""))
            case "Relationship":
                targets[attributes["Id"]] = attributes["Target"]
            case _:
                pass

    for part in (main, "xl/_rels/workbook.xml.rels"):
        with book.open(parts[part]) as xml:
            _parser(start).ParseFile(xml)
    target = targets[ids[sheet]]
    return parts[normpath(join("/xl", target)).lstrip("/").lower()]


# --- the cells -----------------------------------------------------------------------------------------


def _scan(xml: IO[bytes]) -> SheetCells:
    scan = _Scan()
    parser = _parser(scan.start)
    parser.EndElementHandler = scan.end
    parser.CharacterDataHandler = scan.text
    parser.ParseFile(xml)
    return scan.found


class _Scan:
    """Follows the cells of a sheet; one without an address comes after the one before it."""

    def __init__(self) -> None:
        self.found = SheetCells()
        self._row = self._column = -1
        self._type = "n"
        self._texts: dict[str, str] = {}
        self._within: str | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        match _local(name):
            case "row":
                self._row = int(attributes["r"]) - 1 if "r" in attributes else self._row + 1
                self._column = -1
            case "c":
                if "r" in attributes:
                    self._row, self._column = _place(attributes["r"])
                else:
                    self._column += 1
                self._type = attributes.get("t", "n")
                self._texts = {}
            case "f" | "v" as within:
                self._within = within
                self._texts[within] = ""
            case _:
                pass

    def text(self, text: str) -> None:
        if self._within is not None:
            self._texts[self._within] += text

    def end(self, name: str) -> None:
        match _local(name):
            case "f" | "v":
                self._within = None
            case "c":
                self._judge(self._texts.get("f"), self._texts.get("v", ""))
            case _:
                pass

    def _judge(self, formula: str | None, value: str) -> None:
        place = (self._row, self._column)
        if self._type == "e":
            self.found.faulty[place] = value.strip() or "#VALUE!"
        elif formula is not None and not value.strip() and self._type != "str":
            # A formula whose value is an empty text has the type `str`.
            self.found.faulty[place] = f"={formula}"
        elif self._type == "n" and value.strip():
            number = float(value)
            if not number.is_integer():
                self.found.fractions.append(place)
            elif abs(number) >= 10**LONGEST_EXACT:
                self.found.long_numbers.append(place)


def _place(address: str) -> Place:
    letters = address.rstrip("0123456789")
    column = 0
    for letter in letters.upper():
        if not "A" <= letter <= "Z":
            raise ValueError(f"no address of a cell: {address}")
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(address[len(letters) :]) - 1, column - 1


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _parser(start: Callable[[str, dict[str, str]], None]) -> expat.XMLParserType:
    """A parser that refuses a document type: no part of a workbook has one, and entities can explode."""
    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.buffer_text = True
    return parser


def _refuse_doctype(*_: object) -> None:
    raise ValueError("a document type in a workbook")
