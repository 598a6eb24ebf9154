"""What test files say, as frozen values: every test flattened into cases that stand on their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from segmentry.engine.files.condition_model import Place


@dataclass(frozen=True, slots=True)
class WrittenValue:
    """A value as it is written, with the place of the value and of its key."""

    raw: Any
    at: Place = field(compare=False)
    key_at: Place = field(compare=False)


Values = Mapping[str, WrittenValue]
"""Values by the name of a trait, a column or a named condition."""

Row = Values


@dataclass(frozen=True, slots=True)
class Membership:
    """`in` or `out`: final membership of the test's segment."""

    member: bool
    at: Place = field(compare=False)


@dataclass(frozen=True, slots=True)
class Assignment:
    """`{assigned: …, also: […]}`; ``says`` tells `assigned: null` (none) from no `assigned` at all."""

    is_member: bool
    assigned: str | None
    also: tuple[WrittenValue, ...]
    at: Place = field(compare=False)


@dataclass(frozen=True, slots=True)
class Todo:
    """`todo`: the case still needs an answer."""

    at: Place = field(compare=False)


Expectation = Membership | Assignment | Todo


@dataclass(frozen=True, slots=True)
class Case:
    """One case with everything it inherits from its test and its file.

    ``expect`` and ``expect_traits`` are by customer; None stands for the only one. ``customers`` is None
    where no rows of the customers table are given, ``sources`` has the rows by source.
    """

    file: str
    test: str
    label: str
    segment: WrittenValue | None
    segmentation: WrittenValue | None
    as_of: str | None
    defaults: Values
    given: Values
    segments: tuple[WrittenValue, ...] | None
    customers: tuple[Row, ...] | None
    sources: Mapping[str, tuple[Row, ...]]
    source_places: Mapping[str, Place]
    expect: Mapping[str | None, Expectation]
    expect_traits: Mapping[str, Values]
    because: WrittenValue | None
    at: Place = field(compare=False)

    @property
    def has_rows(self) -> bool:
        """Whether the case is a population of rows."""
        return self.customers is not None or bool(self.sources)

    @property
    def is_todo(self) -> bool:
        """Whether nothing is expected yet."""
        expected = list(self.expect.values())
        return not self.expect_traits and all(isinstance(e, Todo) for e in expected)


@dataclass(frozen=True, slots=True)
class RuleTest:
    """A test: its cases, or why it is still to be written. ``columns`` are what a CSV file of cases gives."""

    name: str
    todo: str | None
    cases: tuple[Case, ...]
    at: Place = field(compare=False)
    columns: tuple[tuple[str, Place], ...] = ()


@dataclass(frozen=True, slots=True)
class RuleTestFile:
    """A test file. ``rules`` is the rule file it tests, relative to the workspace."""

    file: str
    rules: str
    defaults: Values
    tests: tuple[RuleTest, ...]
    at: Place = field(compare=False)

    @property
    def cases(self) -> tuple[Case, ...]:
        """All cases, in order."""
        return tuple(case for test in self.tests for case in test.cases)
