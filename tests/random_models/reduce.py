"""Making a failing case small: parts are taken away as long as it fails in the same way."""

from __future__ import annotations

import operator
import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from functools import partial
from typing import Any, cast

from tests.strategies import Case

Failure = Callable[[Case], str | None]
"""How a case fails, in a word; None where it does not."""


def reduce(case: Case, failure: Failure, seconds: float = 60) -> Case:
    """The smallest case found in so many seconds that fails as this one does; one that doesn't, as it is."""
    wanted, end = failure(case), time.monotonic() + seconds
    shrinking = wanted is not None
    while shrinking:
        shrinking = False
        for step in (_without_rows, _without_parts, _without_values):
            position = 0
            while (smaller := step(case, position)) is not None and time.monotonic() < end:
                if smaller != case and failure(smaller) == wanted:
                    case, shrinking = smaller, True
                else:
                    position += 1
        shrinking = shrinking and time.monotonic() < end
    return case


def _without_rows(case: Case, position: int) -> Case | None:
    """The case without a run of rows: halves of tables first, then quarters, down to single rows."""
    for name, rows in case.tables.items():
        size = len(rows)
        while size:
            size //= 2
            starts = range(0, len(rows), max(size, 1))
            if position < len(starts):
                start = starts[position]
                left = rows[:start] + rows[start + max(size, 1) :]
                return replace(case, tables={**case.tables, name: left})
            position -= len(starts)
    return None


def _without_parts(case: Case, position: int) -> Case | None:
    """The case's files without an entry of a mapping or list, or with a condition's part in its place."""
    files = deepcopy(case.files)
    for number, edit in enumerate(_edits(files)):
        if number == position:
            edit()
            return replace(case, files=files)
    return None


def _edits(node: Any) -> Iterator[Callable[[], object]]:
    """Every way to take one part out of a tree, the large parts first."""
    entries: list[tuple[Any, Any]] = []
    if isinstance(node, dict):
        entries = list(cast("dict[Any, Any]", node).items())
    elif isinstance(node, list):
        entries = list(enumerate(cast("list[Any]", node)))
    tree = cast("dict[Any, Any]", node)
    for key, _ in entries:
        yield partial(operator.delitem, tree, key)
    for key, child in entries:
        for part in _parts(child):
            yield partial(operator.setitem, tree, key, part)
        yield from _edits(child)


def _parts(condition: Any) -> list[Any]:
    """The conditions under a combinator."""
    if not isinstance(condition, dict):
        return []
    parts: list[Any] = []
    for name in ("all", "any", "none", "not"):
        inner: Any = cast("dict[str, Any]", condition).get(name, [])
        parts += inner if isinstance(inner, list) else [inner]
    return parts


def _without_values(case: Case, position: int) -> Case | None:
    """The case with one cell missing."""
    for name, rows in case.tables.items():
        for index, row in enumerate(rows):
            filled = [column for column, cell in row.items() if cell is not None]
            if position < len(filled):
                emptied = [*rows[:index], {**row, filled[position]: None}, *rows[index + 1 :]]
                return replace(case, tables={**case.tables, name: emptied})
            position -= len(filled)
    return None
