"""Traits and segmentations: from rule files to the model."""

from __future__ import annotations

from typing import Any

from segmentry.engine.document import as_texts
from segmentry.engine.files.condition_model import Rows as RowSelection
from segmentry.engine.files.model import Assign, Budget, Segment, Segmentation, Trait
from segmentry.engine.files.parse.conditions import (
    freeze,
    parse_condition,
    parse_formula_at,
    parse_points,
    parse_rows,
    parse_tests,
)
from segmentry.engine.files.parse.reader import Cursor
from segmentry.engine.language.kinds import ROW_KINDS, TRAIT_KINDS
from segmentry.engine.language.kinds.entry import RowKind


def parse_trait(cursor: Cursor) -> Trait:
    """One trait; raises `Unreadable` after reporting a mistake that the schema can't see."""
    kind = next(key for key in TRAIT_KINDS if cursor.has(key))
    entry = cursor[kind]
    common: dict[str, Any] = {
        "default": cursor["default"].value if cursor.has("default") else None,
        "unit": cursor.optional_text("unit"),
        "description": cursor.optional_text("description"),
        "pii": cursor.optional_text("pii"),
        "purpose": cursor.optional_text("purpose"),
        "value": cursor.has("value") and cursor["value"].value is True,
        "owner": cursor.optional_text("owner"),
        "at": cursor["id"].at,
        "places": {**cursor.places(), "operand": entry.at, "kind": entry.key_at},
    }
    identity = cursor["id"].text()
    row_kind = ROW_KINDS.get(kind)
    if row_kind is not None:
        rows, column = _rows_and_column(row_kind, cursor)
        that = cursor.get("that")
        return Trait(
            identity,
            kind,
            rows=rows,
            column=column,
            that=None if that is None else parse_condition(that),
            n=int(cursor["n"].value) if cursor.has("n") else None,
            as_list=cursor.has("list") and cursor["list"].value is True,
            tie=cursor["tie"].value if cursor.has("tie") else None,
            keep_missing=cursor.has("missing"),
            **common,
        )
    match TRAIT_KINDS[kind].operand:
        case "formula":
            return Trait(identity, kind, formula=parse_formula_at(entry), **common)
        case "points":
            return Trait(identity, kind, points=parse_points(entry), **common)
        case _:
            return _of_trait(identity, kind, entry, common)


def _rows_and_column(kind: RowKind, cursor: Cursor) -> tuple[RowSelection, str | None]:
    """`S` or `S.C`: a source's name has no point, a column's may have some."""
    entry = cursor[kind.name]
    source, point, column = entry.text().partition(".")
    if kind.operand == "source" and point:
        raise entry.reject(
            "schema",
            f"`{kind.name}` takes a source, `{entry.text()}` was found",
            f"write `{kind.name}: {source}`",
        )
    if kind.operand == "source.column" and not point:
        raise entry.reject(
            "schema",
            f"`{kind.name}` takes a column of a source, `{entry.text()}` was found",
            f"write the source, a point and the column: `{kind.name}: {entry.text()}.COLUMN`",
        )
    return parse_rows(cursor, source, entry.at), column if point else None


def _of_trait(identity: str, kind: str, entry: Cursor, common: dict[str, Any]) -> Trait:
    among = entry.get("among")
    edges = entry.get("edges")
    into = entry.get("into")
    ties = entry.get("ties")
    common["places"] = {**common["places"], **{f"of.{k}": v for k, v in entry.places().items()}}
    return Trait(
        identity,
        kind,
        of=entry["of"].text(),
        into=None if into is None else int(into.value),
        ascending=not (entry.has("ascending") and entry["ascending"].value is False),
        ties=None if ties is None else ties.value,
        among=None if among is None else parse_condition(among),
        per=entry.optional_text("per"),
        edges=() if edges is None else tuple((label, e.value) for label, e in edges.entries()),
        **common,
    )


def parse_segment(cursor: Cursor, owner: str | None) -> Segment:
    """One segment (or `otherwise`); the owner is the segmentation's where it names none."""
    when = cursor.get("when")
    positioning = cursor.get("positioning")
    tags = cursor.get("tags")
    draft = cursor.has("status") and cursor["status"].value == "draft"
    return Segment(
        id=cursor["id"].text(),
        when=None if when is None else parse_condition(when),
        extends=cursor.optional_text("extends"),
        score=_score(cursor.get("score")),
        name=cursor.optional_text("name"),
        description=cursor.optional_text("description"),
        owner=cursor.optional_text("owner") or owner,
        status="draft" if draft else "live",
        expires=cursor.optional_text("expires"),
        budgets=_budgets(cursor.get("expected")),
        expected_change=freeze(cursor["expected_change"].value) if cursor.has("expected_change") else None,
        purpose=cursor.optional_text("purpose"),
        positioning=None if positioning is None else freeze(as_texts(positioning.value)),
        tags=() if tags is None else tuple(item.text() for item in tags.items()),
        at=cursor["id"].at,
        places=cursor.places(),
    )


def _score(cursor: Cursor | None) -> Any:
    if cursor is None:
        return None
    if isinstance(cursor.value, list):
        return parse_points(cursor)
    return parse_formula_at(cursor)


def _budgets(cursor: Cursor | None) -> tuple[Budget, ...]:
    if cursor is None:
        return ()
    found: list[Budget] = []
    for key, entry in cursor.entries():
        if key == "share":
            found.append(Budget("share", parse_tests(entry)))
        elif key == "size":
            found.append(Budget("size", parse_tests(entry)))
    return tuple(found)


def parse_segmentation(
    cursor: Cursor, segments: tuple[Segment, ...], otherwise: Segment | None
) -> Segmentation:
    """The head of a segmentation file around segments that were parsed one by one."""
    assign: Assign = cursor["assign"].value
    return Segmentation(
        id=cursor["segmentation"].text(),
        assign=assign,
        segments=segments,
        otherwise=otherwise,
        name=cursor.optional_text("name"),
        description=cursor.optional_text("description"),
        owner=cursor.optional_text("owner"),
        complete=cursor.has("complete") and cursor["complete"].value is True,
        disjoint=cursor.has("disjoint") and cursor["disjoint"].value is True,
        file=cursor.file,
        at=cursor["segmentation"].at,
        places=cursor.places(),
    )
