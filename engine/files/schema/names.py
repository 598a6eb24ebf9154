"""The definitions of names, open in the published schemas and lists of choices for one workspace."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from segmentry.engine.files.schema.parts import Schema


@dataclass(frozen=True, slots=True)
class Ids:
    """What a workspace defines, for the completion in editors.

    ``columns`` are the columns of each source, the customers table included; ``traits`` the traits that
    rules may name, the customers columns included.
    """

    traits: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    offers: tuple[str, ...] = ()


SOURCE_NAME = r"^[^\s.]+$"
"""A source's name has no point: `S.C` is a column of it."""

TRAIT_ID = "^([a-z][a-z0-9]*(_[a-z0-9]+)*)?$"
SEGMENT_ID = "^([a-z0-9]+(-[a-z0-9]+)*)?$"
"""Styles of ids; that an id is not empty is said apart."""


def name_definitions(ids: Ids | None) -> dict[str, Schema]:
    """The definitions of every kind of name that rules refer to."""
    known = ids or Ids()
    columns = dict.fromkeys(column for names in known.columns.values() for column in names)
    pairs = [f"{source}.{column}" for source, names in known.columns.items() for column in names]
    return {
        "trait_name": _name("the name of a trait", known.traits),
        "segment_name": _name("the id of a segment", known.segments),
        "source_name": {
            **_name("the name of a source", known.columns),
            "pattern": "^[^.]*$",
            "x-fix": "write the source alone, without a column",
        },
        "column_name": _name("the name of a column", columns),
        "source_column": {
            **_name("a source, a point and a column, like `orders.amount`", pairs),
            "pattern": r"^[^\s.]+\..+$",
            "x-fix": "write the source, a point and the column",
        },
        "source_or_column": _name(
            "a source, or a column of one like `orders.amount`", (*known.columns, *pairs)
        ),
        "offer_name": _name("the id of an offer", known.offers),
    }


def _name(title: str, choices: Iterable[str]) -> Schema:
    known = list(choices)
    return {"title": title, "type": "string", "enum": known} if known else {"title": title, "type": "string"}


def trait_id(description: str) -> Schema:
    """The id of a trait that is defined here."""
    return {
        "title": "an id of small letters, digits and underscores, like `orders_12m`",
        "type": "string",
        "minLength": 1,
        "pattern": TRAIT_ID,
        "x-code": "naming",
        "description": description,
    }


def segment_id(description: str) -> Schema:
    """The id of a segment or segmentation that is defined here."""
    return {
        "title": "an id of small letters, digits and hyphens, like `value-driven`",
        "type": "string",
        "minLength": 1,
        "pattern": SEGMENT_ID,
        "x-code": "naming",
        "description": description,
    }
