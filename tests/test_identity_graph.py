"""Who is one person: the vectorised way against a naive one, on random records."""

from __future__ import annotations

import random
from collections import defaultdict
from fractions import Fraction
from itertools import pairwise

import polars as pl
import pytest

from segmentry.engine.backends.polars.persons.graph import NODE, components
from segmentry.engine.backends.polars.persons.records import identified
from segmentry.engine.files.identity import JoinKey
from segmentry.engine.planning.plan import PeopleStep
from segmentry.engine.sources.plain_text import cleaned_by

Record = tuple[str, int]
Row = dict[str, str | int | None]
SOURCES = ("b", "a", "c")
MATCHES = 3
"""The number of the weakest key, after the three columns."""


def step(keys: tuple[JoinKey, ...], *, apart: bool = True) -> PeopleStep:
    """Three sources with all columns; earlier ones win."""
    return PeopleStep(
        records=tuple((source, "no") for source in SOURCES),
        keys=keys,
        key_sources=(SOURCES,) * len(keys),
        apart=("tax",) if apart else (),
        apart_sources=(SOURCES,) if apart else (),
        columns=(),
        id="person_id",
        matches="matches",
        at_least=Fraction(19, 20),
    )


def naive(
    rows: dict[Record, Row], keys: tuple[JoinKey, ...], pairs: list[tuple[Record, Record, float]]
) -> dict[Record, str]:
    """The person of each record, by walking from one record to the next."""
    links: list[tuple[int, Record, Record]] = []
    for n, key in enumerate(keys):
        having: dict[str, list[Record]] = defaultdict(list)
        for record, row in rows.items():
            value = row[key.name]
            if value is not None and str(value).strip() not in ("", *key.ignore):
                having[str(value)].append(record)
        for same in having.values():
            if key.at_most is None or len(same) <= key.at_most:
                links += [(n, one, other) for one in same for other in same if one != other]
    for one, other, score in pairs:
        if score >= 0.95 and one in rows and other in rows:
            links += [(MATCHES, one, other), (MATCHES, other, one)]
    found: dict[Record, str] = {}

    def walk(among: set[Record], weakest: int) -> None:
        near: dict[Record, list[Record]] = defaultdict(list)
        for n, one, other in links:
            if n <= weakest and one in among and other in among:
                near[one].append(other)
        left = set(among)
        while left:
            group, stack = set[Record](), [left.pop()]
            while stack:
                record = stack.pop()
                group.add(record)
                fresh = [other for other in near[record] if other in left]
                left.difference_update(fresh)
                stack += fresh
            if len({rows[r]["tax"] for r in group} - {None}) > 1:
                walk(group, weakest - 1)
                continue
            source, number = min(group, key=lambda r: (SOURCES.index(r[0]), r[1]))
            found.update(dict.fromkeys(group, f"{source}:{number}"))

    walk(set(rows), MATCHES)
    return found


@pytest.mark.parametrize("seed", range(120))
def test_random_records_are_joined_as_by_walking(seed: int) -> None:
    chance = random.Random(seed)
    values = chance.choice([4, 12, 40])

    def value() -> str | None:
        return chance.choice([None, None, "", " ", *(f"v{n}" for n in range(values))])

    rows: dict[Record, Row] = {}
    for source in SOURCES:
        for number in chance.sample(range(100), chance.randrange(25)):
            tax = chance.choice([None] * 6 + ["t1", "t2", "t3"])
            rows[source, number] = {"k0": value(), "k1": value(), "k2": value(), "tax": tax}
    keys = (
        JoinKey("k0"),
        JoinKey("k1", at_most=chance.choice([2, 3, 5])),
        JoinKey("k2", at_most=4, ignore=("v1",)),
    )
    known = [*rows, ("a", 1000)]
    pairs = [(chance.choice(known), chance.choice(known), chance.choice([0.9, 0.95, 1.0])) for _ in range(6)]
    tables: dict[str, pl.DataFrame] = {}
    for source in SOURCES:
        own = [{"no": number, **row} for (there, number), row in rows.items() if there == source]
        chance.shuffle(own)
        columns = dict.fromkeys(("k0", "k1", "k2", "tax"), pl.String)
        tables[source] = pl.DataFrame(own, schema={"no": pl.Int64, **columns})
    texts = [(f"{a[0]}:{a[1]}", f"{b[0]}:{b[1]}", score) for a, b, score in pairs]
    matches = pl.DataFrame(texts, schema=["left", "right", "score"], orient="row")
    found = identified(step(keys), tables, matches)
    people = {(source, int(record)): person for source, record, person in found.records.rows()}
    assert people == naive(rows, keys, pairs)


@pytest.mark.parametrize("shape", ["chain", "star", "shuffled chain", "ring of stars"])
def test_long_chains_and_large_stars_are_one_component(shape: str) -> None:
    count = 20_000
    order = list(range(count))
    if shape != "chain":
        random.Random(1).shuffle(order)
    ends = list(pairwise(order))
    if shape == "star":
        ends = [(order[0], other) for other in order[1:]]
    if shape == "ring of stars":
        ends = [(order[n], order[n // 100 * 100]) for n in range(count)]
        ends += [(order[n], order[(n + 100) % count]) for n in range(0, count, 100)]
    edges = pl.DataFrame(ends, schema={"a": NODE, "b": NODE}, orient="row")
    assert components(count, edges).unique().to_list() == [0]
    assert components(count, edges.filter(pl.col("a") != 7, pl.col("b") != 7)).gather(7).to_list() == [7]


NUMBERS = {
    "+49 (0)170 / 123-45": "+4917012345",
    "0049 170 12345": "+4917012345",
    "(+49) 170.12345": "+4917012345",
    "+0049 170 12345": "+4917012345",
    "Tel. +49 170 12345": "+4917012345",
    "0170 12345": "017012345",
    "(0)170 12345": "017012345",
    "0 (170) 12345 ext": "017012345",
    "+": "",
    "00": "00",
    "unknown": "",
}


@pytest.mark.parametrize("number", NUMBERS)
def test_a_telephone_number_is_what_is_dialled(number: str) -> None:
    frame = pl.DataFrame({"number": [number, None]})
    assert frame.select(cleaned_by(pl.col("number"), ["phone"])).to_series().to_list() == [
        NUMBERS[number],
        None,
    ]
