"""From a validated document to the cases of a test file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from segmentry.engine.document import Document, Path
from segmentry.engine.files.condition_model import Place
from segmentry.engine.files.parse.reader import Cursor, Findings
from segmentry.engine.ruletests.rule_test import (
    Assignment,
    Case,
    Expectation,
    Membership,
    Row,
    RuleTest,
    RuleTestFile,
    Todo,
    Values,
    WrittenValue,
)
from segmentry.engine.ruletests.table import CaseTable


def parse_tests(document: Document, tables: Mapping[Path, CaseTable]) -> RuleTestFile:
    """The tests of a document that has no error; ``tables`` has cases of CSV files by the way to `cases:`."""
    root = Cursor(document, Findings(), document.data)
    rules = PurePosixPath(document.file).parent / root["rules"].text()
    scope = _Scope(document.file, root.optional_text("as_of"), _values(root.get("defaults")))
    tests = tuple(_test(item, scope, tables) for item in root["tests"].items())
    return RuleTestFile(document.file, _normal(rules), scope.defaults, tests, root["rules"].at)


def _normal(path: PurePosixPath) -> str:
    """The path without `.` and `..`, as files of a workspace are named."""
    parts: list[str] = []
    for part in path.parts:
        if part == ".." and parts:
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


@dataclass(frozen=True, slots=True)
class _Scope:
    """What a case inherits."""

    file: str
    as_of: str | None
    defaults: Values
    test: str = ""
    segment: WrittenValue | None = None
    segmentation: WrittenValue | None = None
    given: Values = field(default_factory=dict[str, WrittenValue])
    segments: tuple[WrittenValue, ...] | None = None
    customers: tuple[Row, ...] | None = None
    sources: Mapping[str, tuple[Row, ...]] = field(default_factory=dict[str, tuple[Row, ...]])
    source_places: Mapping[str, Place] = field(default_factory=dict[str, Place])

    def inside(self, cursor: Cursor) -> _Scope:
        """The scope with what a test or a case says of its own, which goes before what it inherits."""
        segments, customers, sources = cursor.get("segments"), cursor.get("customers"), cursor.get("sources")
        rows = {} if sources is None else {name: _rows(entry) for name, entry in sources.entries()}
        places = {} if sources is None else {name: entry.key_at for name, entry in sources.entries()}
        return replace(
            self,
            segment=_written(cursor, "segment") or self.segment,
            segmentation=_written(cursor, "segmentation") or self.segmentation,
            as_of=cursor.optional_text("as_of") or self.as_of,
            given={**self.given, **_values(cursor.get("given"))},
            segments=self.segments if segments is None else tuple(_value(s) for s in segments.items()),
            customers=self.customers if customers is None else _rows(customers),
            sources={**self.sources, **rows},
            source_places={**self.source_places, **places},
        )

    def case(
        self,
        label: str,
        at: Place,
        expect: Mapping[str | None, Expectation],
        expect_traits: Mapping[str, Values],
        because: WrittenValue | None,
    ) -> Case:
        """A case of this scope."""
        return Case(
            file=self.file,
            test=self.test,
            label=label,
            segment=self.segment,
            segmentation=self.segmentation,
            as_of=self.as_of,
            defaults=self.defaults,
            given=self.given,
            segments=self.segments,
            customers=self.customers,
            sources=self.sources,
            source_places=self.source_places,
            expect=expect,
            expect_traits=expect_traits,
            because=because,
            at=at,
        )


def _test(cursor: Cursor, file: _Scope, tables: Mapping[Path, CaseTable]) -> RuleTest:
    name = cursor["name"].text()
    scope = replace(file, test=name).inside(cursor)
    todo = cursor.get("todo")
    if todo is not None and todo.value is not False:
        return RuleTest(name, "" if todo.value is True else todo.text(), (), cursor.head)
    cases: list[Case] = []
    expect, traits = cursor.get("expect"), cursor.get("expect_traits")
    if expect is not None or traits is not None:
        verdicts: dict[str | None, Expectation] = {}
        for key, entry in () if expect is None else expect.entries():
            verdicts[key] = _expectation(entry)
        cases.append(scope.case("", cursor.head, verdicts, _traits(traits), None))
    listed = cursor.get("cases")
    table = None if listed is None else tables.get(listed.path)
    if table is not None:
        listed = Cursor(table.document, Findings(), table.document.data)
        scope = replace(scope, file=table.document.file)
    for number, item in enumerate(() if listed is None else listed.items(), start=1):
        cases.append(_case(item, scope, number))
    return RuleTest(name, None, tuple(cases), cursor.head, () if table is None else table.columns)


def _case(cursor: Cursor, test: _Scope, number: int) -> Case:
    expect = cursor.get("expect")
    verdict: dict[str | None, Expectation] = {} if expect is None else {None: _expectation(expect)}
    label = cursor.optional_text("name") or f"case {number}"
    traits = _traits(cursor.get("expect_traits"))
    return test.inside(cursor).case(label, cursor.head, verdict, traits, _written(cursor, "because"))


def _expectation(cursor: Cursor) -> Expectation:
    if isinstance(cursor.value, dict):
        also = cursor.get("also")
        return Assignment(
            cursor.has("assigned"),
            cursor.optional_text("assigned"),
            () if also is None else tuple(_value(item) for item in also.items()),
            cursor.at,
        )
    word = cursor.text()
    return Todo(cursor.at) if word == "todo" else Membership(word == "in", cursor.at)


def _traits(cursor: Cursor | None) -> Mapping[str, Values]:
    return {} if cursor is None else {key: _values(entry) for key, entry in cursor.entries()}


def _rows(cursor: Cursor) -> tuple[Row, ...]:
    return tuple(_values(item) for item in cursor.items())


def _values(cursor: Cursor | None) -> Values:
    return {} if cursor is None else {key: _value(entry) for key, entry in cursor.entries()}


def _written(cursor: Cursor, key: str) -> WrittenValue | None:
    found = cursor.get(key)
    return None if found is None else _value(found)


def _value(cursor: Cursor) -> WrittenValue:
    return WrittenValue(cursor.value, cursor.at, cursor.key_at)
