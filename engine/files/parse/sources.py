"""Sources and their columns: from `segmentry.yaml` to the model."""

from __future__ import annotations

from typing import Any, Literal

from segmentry.engine.files.condition_model import Place
from segmentry.engine.files.dress import Dress
from segmentry.engine.files.elsewhere import Elsewhere
from segmentry.engine.files.model import Aggregate, Column, Duplicates, Expected, Lookup, Source
from segmentry.engine.files.parse.conditions import (
    duration_of,
    parse_condition,
    parse_formula_at,
    parse_tests,
)
from segmentry.engine.files.parse.dress import parse_dress, parse_shape
from segmentry.engine.files.parse.reader import Cursor
from segmentry.engine.language.kinds import DAYS_SINCE_PREVIOUS, GROUP_KINDS
from segmentry.engine.language.left_out import LEFT_OUT
from segmentry.engine.language.types import STRING, Type, decimal


def parse_source(name: str, cursor: Cursor) -> Source:
    """One source; raises `Unreadable` after reporting a mistake that the schema can't see."""
    where = cursor.get("where")
    columns = cursor.get("columns")
    expected = cursor.get("expected")
    lookup = cursor.get("lookup")
    time, time_aggregate = _time(cursor)
    person = _person(cursor.get("customer"))
    separator = cursor.optional_text("separator")
    defaults = parse_dress(cursor.get("column_defaults"))
    return Source(
        name=name,
        paths=_texts(cursor.get("path")),
        elsewhere=_elsewhere(cursor),
        separator={"tab": "\t", "\\t": "\t"}.get(separator or "", separator),
        encoding=cursor.optional_text("encoding"),
        sheet=_sheet(cursor),
        shape=parse_shape(cursor),
        defaults=defaults,
        parent=cursor.optional_text("from"),
        key=cursor.optional_text("key"),
        customer=None if person else cursor.optional_text("customer"),
        record=cursor.optional_text("record"),
        person=person,
        time=time,
        time_aggregate=time_aggregate,
        columns=() if columns is None else tuple(_column(key, c, defaults) for key, c in columns.entries()),
        where=None if where is None else parse_condition(where),
        group_by=_texts(cursor.get("group_by")),
        lookups=() if lookup is None else tuple(_lookup(item) for item in lookup.items()),
        lookup_key=_texts(cursor.get("lookup_key")),
        duplicates=_duplicates(cursor.get("duplicates")),
        expected=None if expected is None else _expected(expected),
        sorted_by=_texts(cursor.get("sorted_by")),
        description=cursor.optional_text("description"),
        at=cursor.key_at,
        places=cursor.places(),
    )


def _texts(cursor: Cursor | None) -> tuple[str, ...]:
    return () if cursor is None else tuple(item.text() for item in cursor.items())


def _person(customer: Cursor | None) -> tuple[str, str] | None:
    if customer is None or not isinstance(customer.value, dict):
        return None
    ((source, column),) = customer.entries()
    return source, column.text()


def _elsewhere(cursor: Cursor) -> Elsewhere:
    return Elsewhere(
        _variable(cursor.optional_text("database")),
        cursor.optional_text("table"),
        cursor.optional_text("query"),
        cursor.optional_text("delta"),
    )


def _variable(reference: str | None) -> str | None:
    """The name in `${NAME}`."""
    return None if reference is None else reference.removeprefix("${").removesuffix("}")


def _sheet(cursor: Cursor) -> str | int | None:
    sheet = cursor.get("sheet")
    if sheet is None or sheet.value is None:
        return None
    return int(sheet.value) if isinstance(sheet.value, int) else sheet.text()


def _time(cursor: Cursor) -> tuple[str | None, Literal["min", "max"] | None]:
    time = cursor.get("time")
    if time is None:
        return None, None
    if isinstance(time.value, dict):
        for kind in ("min", "max"):
            if time.has(kind):
                return time[kind].text(), "min" if kind == "min" else "max"
    return time.text(), None


def _lookup(cursor: Cursor) -> Lookup:
    on = cursor["on"]
    pairs: list[tuple[str, str | None, Place]]
    if isinstance(on.value, dict):
        pairs = [(here, other.text(), other.key_at) for here, other in on.entries()]
    else:
        pairs = [(item.text(), None, item.at) for item in on.items()]
    return Lookup(
        source=cursor["from"].text(),
        here=tuple(here for here, _, _ in pairs),
        there=tuple(there for _, there, _ in pairs if there is not None),
        columns=_texts(cursor.get("columns")),
        at=cursor.head,
        source_at=cursor["from"].at,
        here_at=tuple(at for _, _, at in pairs),
    )


def _duplicates(cursor: Cursor | None) -> Duplicates | None:
    if cursor is None:
        return None
    keep: Literal["latest", "first", "last"] = cursor["keep"].value
    by = cursor.get("by")
    return Duplicates(keep, None if by is None else by.text(), cursor.at if by is None else by.at)


def _expected(cursor: Cursor) -> Expected:
    rows = cursor.get("rows")
    age = cursor.get("max_age")
    return Expected(
        rows=() if rows is None else parse_tests(rows),
        max_age=None if age is None else duration_of(age),
        left_out=tuple(
            (reason, parse_tests(cursor[reason]["share"])) for reason in LEFT_OUT if cursor.has(reason)
        ),
        at=cursor.key_at,
    )


def declared_type(cursor: Cursor) -> Type | None:
    """The type of a column contract, None where it says none."""
    kind: Any = cursor.optional_text("type")
    if kind is None:
        return None
    if kind == "decimal":
        scale = cursor.get("scale")
        return decimal(2 if scale is None else int(scale.value))
    return Type(kind)


def _column(name: str, cursor: Cursor, defaults: Dress) -> Column:
    aggregate = next((k for k in GROUP_KINDS if cursor.has(k)), None)
    previous = DAYS_SINCE_PREVIOUS.name
    formula = cursor.get("formula")
    values = cursor.get("values")
    kind = declared_type(cursor)
    if kind is None and (cursor.has("clean") or cursor.has("pad")):
        kind = STRING
    return Column(
        name=name,
        type=kind,
        source_name=cursor.optional_text("from"),
        formula=None if formula is None else parse_formula_at(formula),
        aggregate=None if aggregate is None else _aggregate(aggregate, cursor),
        days_since_previous=cursor.has(previous) and cursor[previous].value is True,
        values=None if values is None else tuple(_allowed(item, kind) for item in values.items()),
        on_bad_value="null"
        if cursor.has("on_bad_value") and _policy(cursor, "on_bad_value") == "null"
        else "error",
        on_unknown_value=_policy(cursor, "on_unknown_value"),
        on_more_places=_more_places(cursor.optional_text("on_more_places")),
        unit=cursor.optional_text("unit"),
        pii=cursor.optional_text("pii"),
        purpose=cursor.optional_text("purpose"),
        description=cursor.optional_text("description"),
        dress=parse_dress(cursor, defaults),
        at=cursor.key_at,
    )


def _more_places(policy: str | None) -> Literal["error", "round"] | None:
    return None if policy is None else "round" if policy == "round" else "error"


def _policy(cursor: Cursor, key: str) -> Literal["error", "keep", "null"]:
    policy = cursor.get(key)
    if policy is None:
        return "error"
    if policy.value is None or policy.value == "null":
        return "null"
    return "keep" if policy.value == "keep" else "error"


def _allowed(cursor: Cursor, kind: Type | None) -> Any:
    return cursor.text() if kind == STRING else cursor.value


def _aggregate(kind: str, cursor: Cursor) -> Aggregate:
    entry = cursor[kind]
    that = cursor.get("that")
    return Aggregate(
        kind=kind,
        column=None if entry.value is True else entry.text(),
        that=None if that is None else parse_condition(that),
        tie=cursor["tie"].value if cursor.has("tie") else None,
        keep_missing=cursor.has("missing"),
        at=entry.at,
    )
