"""Conditions in words: what `explain`, `show` and messages say of a leaf, a window, a behaviour."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, assert_never

from segmentry.engine.document import YamlFloat, YamlInt, is_mapping
from segmentry.engine.files.condition_model import (
    All,
    AnyOf,
    Condition,
    Did,
    Leaf,
    NoneOf,
    Not,
    Rows,
    RuleRef,
    SegmentRef,
    Sequence,
    Test,
)
from segmentry.engine.language.calendar import (
    Ago,
    Ahead,
    BetweenAgo,
    During,
    InMonth,
    IsoDate,
    IsoDateTime,
    Moment,
    Range,
    StartOf,
    Window,
    WithinLast,
    Word,
)
from segmentry.engine.language.operands import PAIR, SIZE
from segmentry.engine.language.operators import OPERATORS
from segmentry.engine.language.types import Letters


def in_words(condition: Condition) -> str:
    """A condition in one line; of a combinator only what joins its parts."""
    match condition:
        case All():
            return "all of"
        case AnyOf():
            return "any of"
        case NoneOf():
            return "none of"
        case Not():
            return "not"
        case Leaf():
            return leaf_words(condition)
        case SegmentRef(id=identity):
            return f"is in the segment {identity}"
        case RuleRef(id=identity):
            return f"meets the rule of {identity}"
        case Did():
            return _did_words(condition)
        case Sequence():
            return _sequence_words(condition)
        case _:
            assert_never(condition)


def parts_of(condition: Condition) -> tuple[Condition, ...]:
    """The conditions directly inside a combinator."""
    match condition:
        case All(conditions=items) | AnyOf(conditions=items) | NoneOf(conditions=items):
            return items
        case Not(condition=item):
            return (item,)
        case _:
            return ()


def sentence(condition: Condition) -> str:
    """A whole condition, with everything inside it, in one line."""
    match condition:
        case All(conditions=items):
            return _joined(items, " and ")
        case AnyOf(conditions=items):
            return _joined(items, " or ")
        case NoneOf(conditions=items):
            return f"none of ({'; '.join(sentence(c) for c in items)})"
        case Not(condition=item):
            return f"not ({sentence(item)})"
        case _:
            return in_words(condition)


def _joined(items: tuple[Condition, ...], word: str) -> str:
    if len(items) == 1:
        return sentence(items[0])
    return word.join(f"({sentence(c)})" if isinstance(c, (All, AnyOf)) else sentence(c) for c in items)


_LETTERS: Mapping[Letters, str] = {
    "as_written": "",
    "ignore_case": ", in any case",
    "fold": ", in any case and form",
}


def leaf_words(leaf: Leaf) -> str:
    """`orders_12m is at least 2`, with what the leaf adds to its operators."""
    tests = " and ".join(test_words(t) for t in leaf.tests)
    extra = ""
    extra += _LETTERS[leaf.letters]
    if leaf.per is not None:
        extra += f", within each {leaf.per}"
    if leaf.among is not None:
        extra += f", among customers where {sentence(leaf.among)}"
    if leaf.missing == "include":
        extra += ", or is missing"
    return f"{leaf.subject} {tests}{extra}"


def test_words(test: Test) -> str:
    """One operator with its operand: `is at least 2`."""
    operator = OPERATORS[test.operator]
    if operator.phrase_of_false is not None and not test.operand:
        return operator.phrase_of_false
    if operator.shape is SIZE:
        inner = " and ".join(test_words(Test(k, v)) for k, v in test.operand.items())
        return operator.phrase.format(inner)
    return operator.phrase.format(operand_words(test.operand, test.operator))


def operand_words(value: Any, operator: str = "") -> str:
    """An operand as it is read aloud."""
    if is_mapping(value):
        return _reference_words(value)
    match value:
        case [low, high] if operator and OPERATORS[operator].shape == PAIR:
            return f"{operand_words(low)} and {operand_words(high)}"
        case [*items]:
            return ", ".join(operand_words(item) for item in items)
        case bool():
            return str(value).lower()
        case YamlInt() | YamlFloat():
            return value.text
        case _:
            return str(value)


def _reference_words(value: dict[str, Any]) -> str:
    words = str(value.get("trait", value.get("column")))
    if "times" in value:
        words = f"{operand_words(value['times'])} × {words}"
    if "plus" in value:
        words = f"{words} + {operand_words(value['plus'])}"
    return words


def _did_words(did: Did) -> str:
    rows = rows_words(did.rows)
    if did.negated:
        return f"has no {rows}"
    if not did.times:
        return f"has some {rows}"
    times = " and ".join(test_words(t).removeprefix("is ") for t in did.times)
    return f"has {times} {rows}"


def _sequence_words(sequence: Sequence) -> str:
    return f"has {rows_words(sequence.first)} {_followed_words(sequence)}"


def _followed_words(sequence: Sequence) -> str:
    followed = "not followed" if sequence.negated else "followed"
    words = f"{followed} by {rows_words(sequence.then)}"
    if sequence.within is not None:
        words += f" within {sequence.within.words()}"
    if sequence.same:
        words += f" with the same {', '.join(sequence.same)}"
    if sequence.further is None:
        return words
    further = _followed_words(sequence.further)
    return f"{words} that are {further}" if sequence.negated else f"{words}, {further}"


def rows_words(rows: Rows) -> str:
    """`orders where status is paid within the last 12 months`."""
    words = rows.source
    if rows.where is not None:
        words += f" where {sentence(rows.where)}"
    if rows.window is not None:
        words += f" {window_words(rows.window)}"
    if rows.last_rows is not None:
        words += f", of the newest {_steps_words(rows)}"
    return words


def _steps_words(rows: Rows) -> str:
    steps = step_words(rows) if rows.last_rows == 1 else f"{rows.last_rows} {step_words(rows, many=True)}"
    return f"{steps} if there are as many" if rows.exactly else steps


def step_words(rows: Rows, *, many: bool = False) -> str:
    """What a step is: a time, or a value of a column."""
    if rows.by is None:
        return "times" if many else "time"
    return f"values of {rows.by}" if many else rows.by


def place_words(n: int) -> str:
    """`first`, `second`, `11th`, and from the end `last`, `second last`."""
    if n == -1:
        return "last"
    if n < 0:
        return f"{place_words(-n)} last"
    names = {1: "first", 2: "second", 3: "third"}
    ending = {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th") if n % 100 not in (11, 12, 13) else "th"
    return names.get(n, f"{n}{ending}")


def window_words(window: Window) -> str:
    """A window as it is read aloud."""
    match window:
        case WithinLast(duration):
            return f"within the last {duration.words()}"
        case BetweenAgo(older, newer):
            return f"between {older.words()} and {newer.words()} ago"
        case Range(since, until):
            parts = [f"since {moment_words(since)}"] if since is not None else []
            parts += [f"until {moment_words(until)}"] if until is not None else []
            return " ".join(parts)
        case During(which, period):
            return f"during {which} {period}"
        case InMonth(year, month):
            return f"in {year}-{month:02}"
        case _:
            assert_never(window)


def moment_words(moment: Moment) -> str:
    """A moment as it is written."""
    match moment:
        case IsoDate(value) | IsoDateTime(value):
            return value.isoformat()
        case Word(word):
            return word
        case Ago(duration):
            return f"{duration.words()} ago"
        case Ahead(duration):
            return f"in {duration.words()}"
        case StartOf(period):
            return f"start of {period}"
        case _:
            assert_never(moment)
