"""Identity: from `segmentry.yaml` to the model, with the tables that it makes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction

from segmentry.engine.files.condition_model import NOWHERE, Place
from segmentry.engine.files.identity import MATCHES, PAIR, PEOPLE, PERSON_ID, Identity, JoinKey
from segmentry.engine.files.model import Column, Source
from segmentry.engine.files.parse.reader import Cursor
from segmentry.engine.language.types import NUMBER, STRING

_STRICT = (None, "quasi", "sensitive", "direct")


def parse_identity(cursor: Cursor) -> Identity:
    """What `identity:` says."""
    join_on, columns, least = cursor.get("join_on"), cursor.get("columns"), cursor.get("at_least")
    return Identity(
        customers=_texts(cursor.get("customers")),
        join_on=() if join_on is None else tuple(map(_key, join_on.items())),
        apart=_texts(cursor.get("apart")),
        id=cursor.optional_text("id") or PERSON_ID,
        columns=() if columns is None else tuple((n, c["newest"].text()) for n, c in columns.entries()),
        matches=_texts(cursor.get("matches")),
        at_least=Fraction(1) if least is None else Fraction(least.text()),
    )


def _texts(cursor: Cursor | None) -> tuple[str, ...]:
    return () if cursor is None else tuple(item.text() for item in cursor.items())


def _key(cursor: Cursor) -> JoinKey:
    most = cursor.get("at_most")
    return JoinKey(
        name=cursor["key"].text(),
        clean=_texts(cursor.get("clean")),
        at_most=None if most is None else int(most.value),
        ignore=_texts(cursor.get("ignore")),
    )


def with_people(
    sources: tuple[Source, ...], identity: Identity | None, at: Place | None
) -> tuple[Source, ...]:
    """The sources, linked to people where they say so, with the tables that identity makes.

    A record is a row of its own person. Where identity can't be read the links stay, to nobody.
    """
    own = PERSON_ID if identity is None else identity.id
    linked = tuple(_linked(source, own) for source in sources)
    if identity is None:
        return linked
    members = {s.name: s for s in linked if s.name in identity.customers}
    if len(members) < len(identity.customers):
        return linked
    place = at or NOWHERE
    tables = [*linked, _people(identity, members, place)]
    if identity.matches:
        tables.append(_matches(identity, place))
    return tuple(tables)


def _linked(source: Source, own: str) -> Source:
    if source.record is not None:
        return replace(source, customer=own, person=(source.name, source.record))
    return source if source.person is None else replace(source, customer=own)


def _people(identity: Identity, members: Mapping[str, Source], at: Place) -> Source:
    """The customers: a row per person, with every column of the records."""
    return Source(
        name=PEOPLE,
        parent=identity.customers[0],
        key=identity.id,
        members=identity.customers,
        columns=tuple(_contracts([members[name] for name in identity.customers])),
        description=f"One row per person, from the records of {', '.join(identity.customers)}.",
        at=at,
    )


def _contracts(members: list[Source]) -> Iterator[Column]:
    """The first contract of each column, and how personal it is by the strictest."""
    found: dict[str, list[Column]] = {}
    for column in (column for source in members for column in source.columns):
        found.setdefault(column.name, []).append(column)
    for name, columns in found.items():
        first = columns[0]
        yield Column(
            name=name,
            type=first.type,
            values=first.values,
            unit=first.unit,
            pii=max((column.pii for column in columns), key=_STRICT.index),
            purpose=first.purpose,
            description=first.description,
            at=first.at,
        )


def _matches(identity: Identity, at: Place) -> Source:
    """The pairs that somebody else has matched."""
    left, right, score = PAIR
    return Source(
        name=MATCHES,
        paths=identity.matches,
        lookup_key=(left,),
        columns=(
            Column(left, STRING, at=at),
            Column(right, STRING, at=at),
            Column(score, NUMBER, at=at),
        ),
        description="Pairs of records that somebody else has matched.",
        at=at,
    )
