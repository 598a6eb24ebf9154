"""Conditions, windows and formulas: from data to the model."""

from __future__ import annotations

from typing import Any, Literal

from segmentry.engine.document import is_list, is_mapping, locate_text
from segmentry.engine.document.edits import swapped
from segmentry.engine.files.condition_model import (
    All,
    AnyOf,
    Condition,
    Did,
    Formula,
    Leaf,
    NoneOf,
    Not,
    Place,
    Points,
    RuleRef,
    SegmentRef,
    Sequence,
    Test,
)
from segmentry.engine.files.condition_model import Rows as RowSelection
from segmentry.engine.files.parse.reader import Cursor
from segmentry.engine.language.calendar import (
    BetweenAgo,
    Duration,
    During,
    InMonth,
    IsoDate,
    Moment,
    Range,
    Window,
    WithinLast,
    parse_duration,
    parse_during,
    parse_moment,
    parse_month,
)
from segmentry.engine.language.formula import FormulaError, parse_formula
from segmentry.engine.language.literals import beyond_longest, found
from segmentry.engine.language.operators import OPERATORS
from segmentry.engine.language.types import Letters

_FROM = ("within_last", "since")
"""Windows whose rows reach back to some time, and on from there."""
WINDOW_KEYS = ("within_last", "between_ago", "since", "until", "during", "in_month")


def parse_condition(cursor: Cursor) -> Condition:
    """A condition over one customer, or over one row (the leaves say which)."""
    if cursor.has("all"):
        return All(_conditions(cursor["all"]), cursor.head)
    if cursor.has("any"):
        return AnyOf(_conditions(cursor["any"]), cursor.head)
    if cursor.has("none"):
        return NoneOf(_conditions(cursor["none"]), cursor.head)
    if cursor.has("not"):
        return Not(parse_condition(cursor["not"]), cursor.head)
    if cursor.has("segment"):
        return SegmentRef(cursor["segment"].text(), cursor.optional_text("as"), cursor["segment"].at)
    if cursor.has("rule"):
        return RuleRef(cursor["rule"].text(), cursor["rule"].at)
    if cursor.has("did") or cursor.has("did_not"):
        return _behaviour(cursor)
    return _leaf(cursor)


def _conditions(cursor: Cursor) -> tuple[Condition, ...]:
    return tuple(parse_condition(item) for item in cursor.items())


def _leaf(cursor: Cursor) -> Leaf:
    is_column = cursor.has("column")
    subject = cursor["column" if is_column else "trait"]
    among = cursor.get("among")
    per = cursor.get("per")
    missing: Literal["include", "exclude"] | None = None
    if cursor.has("missing"):
        missing = "include" if cursor["missing"].value == "include" else "exclude"
    letters, letters_at = _letters(cursor)
    return Leaf(
        subject=subject.text(),
        is_column=is_column,
        tests=parse_tests(cursor),
        missing=missing,
        letters=letters,
        among=None if among is None else parse_condition(among),
        per=None if per is None else per.text(),
        name=cursor.optional_text("as"),
        at=cursor.head,
        subject_at=subject.at,
        per_at=cursor.at if per is None else per.at,
        letters_at=letters_at,
    )


def _letters(cursor: Cursor) -> tuple[Letters, Place]:
    """How texts are compared, and the key that says so; `fold` includes `ignore_case`."""
    words: tuple[Letters, ...] = ("fold", "ignore_case")
    for word in words:
        found = cursor.get(word)
        if found is not None and found.value is True:
            return word, found.key_at
    return "as_written", cursor.at


def parse_tests(cursor: Cursor) -> tuple[Test, ...]:
    """The operators of a leaf, of `times`, of `size` or of a budget, in the order they stand."""
    return tuple(
        Test(key, freeze(entry.value), entry.key_at, entry.at)
        for key, entry in cursor.entries()
        if key in OPERATORS
    )


def freeze(value: Any) -> Any:
    """Data as values that compare and hash: lists as `FrozenList`, mappings as `FrozenMap`."""
    if is_mapping(value):
        return FrozenMap((key, freeze(item)) for key, item in value.items())
    if is_list(value):
        return FrozenList(freeze(item) for item in value)
    return value


class FrozenList(list[Any]):
    """A list that is not changed any more and can be hashed."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(tuple(self))


class FrozenMap(dict[str, Any]):
    """A mapping that is not changed any more and can be hashed."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(tuple(self.items()))


def _behaviour(cursor: Cursor) -> Did | Sequence:
    negated = cursor.has("did_not")
    source = cursor["did_not" if negated else "did"]
    rows = parse_rows(cursor, source.text(), source.at)
    if cursor.has("then") or cursor.has("then_not"):
        return _sequence(cursor, rows)
    times = cursor.get("times")
    tests = () if times is None else parse_tests(times)
    return Did(rows, negated, tests, cursor.optional_text("as"), cursor.head)


def _sequence(cursor: Cursor, rows: RowSelection) -> Sequence:
    """What follows some rows, and what follows those again."""
    then = cursor["then_not" if cursor.has("then_not") else "then"]
    then_source = then["did"]
    later = parse_rows(then, then_source.text(), then_source.at)
    goes_on = then.has("then") or then.has("then_not")
    same = cursor.get("same")
    within = cursor.get("within")
    return Sequence(
        first=rows,
        then=later,
        negated=cursor.has("then_not"),
        within=None if within is None else duration_of(within),
        same=() if same is None else tuple(item.text() for item in same.items()),
        name=cursor.optional_text("as"),
        further=_sequence(then, later) if goes_on else None,
        at=cursor.head,
        same_at=() if same is None else tuple(item.at for item in same.items()),
    )


def parse_rows(cursor: Cursor, source: str, at: Place) -> RowSelection:
    """Which rows of a source: `where`, one window and the newest steps of the mapping."""
    where, last, by = cursor.get("where"), cursor.get("last_rows"), cursor.get("by")
    return RowSelection(
        source,
        None if where is None else parse_condition(where),
        parse_window(cursor),
        last_rows=None if last is None else int(last.value),
        exactly=cursor.has("exactly") and cursor["exactly"].value is True,
        by=None if by is None else by.text(),
        at=at,
        window_at=_window_place(cursor),
        last_rows_at=at if last is None else last.key_at,
        by_at=at if by is None else by.at,
    )


def _window_place(cursor: Cursor) -> Place:
    for key in WINDOW_KEYS:
        if cursor.has(key):
            return cursor[key].at
    return cursor.head


def parse_window(cursor: Cursor) -> Window | None:
    """The window of a mapping, None where it has none."""
    if cursor.has("within_last"):
        return WithinLast(duration_of(cursor["within_last"]))
    if cursor.has("between_ago"):
        return _between_ago(cursor["between_ago"])
    if cursor.has("during"):
        return _during(cursor["during"])
    if cursor.has("in_month"):
        return _in_month(cursor["in_month"])
    if cursor.has("since") or cursor.has("until"):
        return _range(cursor.get("since"), cursor.get("until"))
    return None


def _range(since: Cursor | None, until: Cursor | None) -> Range:
    found = Range(_moment(since), _moment(until))
    match found:
        case Range(IsoDate(value=start), IsoDate(value=end)) if end < start and until is not None:
            message = "`until` is before `since`, so there is nothing in between"
            assert since is not None
            fix = swapped(until.document, since.at.span, until.at.span)
            until.findings.add("value-type", message, until.at, "swap the two", fix=fix)
        case _:
            pass
    return found


def _between_ago(cursor: Cursor) -> BetweenAgo:
    older, newer = (duration_of(item) for item in cursor.items())
    # a stand-in for what can't be read has no length of its own
    if older.is_shorter_than(newer) and all(_readable(item) is not None for item in cursor.items()):
        message = (
            "the first length of `between_ago` is shorter than the second, so there is nothing in between"
        )
        first, second = (item.at.span for item in cursor.items())
        fix = swapped(cursor.document, first, second)
        cursor.findings.add("value-type", message, cursor.at, "swap the two", fix=fix)
    return BetweenAgo(older, newer)


def duration_of(cursor: Cursor) -> Duration:
    """A length of time; anything else is reported, and a day stands in for it.

    With the stand-in the rest of the condition is still looked through, so that all mistakes are told.
    """
    duration = _readable(cursor)
    if duration is None:
        hint = "write a number and a unit, like `90 days`, `6 weeks` or `12 months`"
        _report(cursor, "a length of time", hint)
    return duration or Duration(1, "days")


def _readable(cursor: Cursor) -> Duration | None:
    return parse_duration(cursor.value) if isinstance(cursor.value, str) else None


def _report(cursor: Cursor, expected: str, hint: str) -> None:
    message = f"{expected} is expected, {found(cursor.value)} was found"
    beyond = beyond_longest(cursor.value)
    if beyond is not None:
        message, hint = beyond
        if cursor.path[-1] in _FROM:
            hint += f"; for rows of any age leave `{cursor.path[-1]}` out"
    cursor.findings.add("value-type", message, cursor.at, hint)


def _moment(cursor: Cursor | None) -> Moment | None:
    if cursor is None:
        return None
    moment = parse_moment(cursor.value) if isinstance(cursor.value, str) else None
    if moment is None:
        _report(cursor, "a date", "write a date like 2026-03-31, `90 days ago` or `start of year`")
    return moment


def _during(cursor: Cursor) -> Window:
    during = parse_during(cursor.value) if isinstance(cursor.value, str) else None
    if during is None:
        hint = "write `this` or `last` and week, month, quarter or year, like `last quarter`"
        _report(cursor, "a period", hint)
    return during or During("this", "year")


def _in_month(cursor: Cursor) -> InMonth:
    month = parse_month(cursor.value) if isinstance(cursor.value, str) else None
    if month is None:
        _report(cursor, "a month", "write the year and the month, like 2026-03")
    return month or InMonth(1970, 1)


def parse_formula_at(cursor: Cursor) -> Formula:
    """A formula; one that does not parse is reported at the place of the mistake."""
    text = cursor.text()
    try:
        tree = parse_formula(text)
    except FormulaError as error:
        at = text_place(cursor, error.start, error.end)
        raise cursor.reject("bad-formula", error.message, error.hint, at) from error
    return Formula(text, tree, cursor.at)


def text_place(cursor: Cursor, start: int, end: int) -> Place:
    """The place of some characters inside a text."""
    return Place(cursor.file, locate_text(cursor.document, cursor.path, start, end), cursor.path)


def parse_points(cursor: Cursor) -> tuple[Points, ...]:
    """A list of conditions with points."""
    return tuple(
        Points(parse_condition(item["when"]), item["points"].value, item["points"].at)
        for item in cursor.items()
    )
