"""What is to be known of people made of records: values that join nobody, who was kept apart, and by what the
records of one person belong together.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from segmentry.engine.answers.notes import Note
from segmentry.engine.backends.identified import Identified
from segmentry.engine.files.identity import MATCHES
from segmentry.engine.planning.plan import Plan


def people_notes(plan: Plan, found: Identified | None) -> tuple[Note, ...]:
    """The notes on who is one person; none where every customer is one row of a table."""
    if found is None:
        return ()
    return (*_refused(plan, found), *_parted(plan, found), *_unknown(found))


def _refused(plan: Plan, found: Identified) -> Iterator[Note]:
    step = plan.sources[plan.customers].people
    assert step is not None
    for number, key in enumerate(step.keys):
        rows = found.refused.filter(pl.col("key") == number)
        if not rows.height:
            continue
        values = rows["value"].n_unique()
        is_in, join = ("is in", "joins") if values == 1 else ("are in", "join")
        text = (
            f"{values:,} value{'' if values == 1 else 's'} of `{key.name}` {is_in} more than {key.at_most} "
            f"records ({rows.height:,} in all), and {join} nobody"
        )
        fix = "fine for an address that many people share; else raise `at_most`"
        of = found.records.height
        yield Note("joins-nobody", "info", plan.customers, key.name, rows.height, of, text, fix)


def _parted(plan: Plan, found: Identified) -> Iterator[Note]:
    groups = found.lost["root"].n_unique()
    if not groups:
        return
    rows = int(found.before.is_in(found.lost["root"].implode()).sum())
    keys = ", ".join(f"`{found.keys[n]}`" for n in sorted(found.lost["key"].unique()))
    group, are = ("group", "is") if groups == 1 else ("groups", "are")
    text = (
        f"{groups:,} {group} of records ({rows:,} in all) would have been one person with different values "
        f"of what is `apart`, and {are} parted by leaving out {keys}"
    )
    fix = "look at `apart` in identity.json: there people share what should be one's own"
    yield Note("kept-apart", "warning", plan.customers, None, rows, found.records.height, text, fix)


def _unknown(found: Identified) -> Iterator[Note]:
    lost, of = found.unknown_pairs, found.pairs
    if lost:
        text = f"{lost:,} of {of:,} pairs of `{MATCHES}` name a record that there is none of"
        fix = "write `left` and `right` as `SOURCE:KEY`, from the files as they are now"
        yield Note("lookup-finds-nothing", "warning", MATCHES, "left", lost, of, text, fix)


# --- the path -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RecordStep:
    """A record of a person, and by what it belongs to them: an earlier record that has the same value.

    ``record`` and ``of`` are `SOURCE:KEY`; the first record has neither ``of`` nor ``key``. ``value`` is a
    hash, None of a match.
    """

    record: str
    of: str | None = None
    key: str | None = None
    value: str | None = None


def path_of(found: Identified, person: str) -> tuple[RecordStep, ...]:
    """The records of a person, each after the one it is joined to; by the fewest steps from the first."""
    rows = found.records.with_row_index("row").filter(pl.col("person") == person)
    names = {row: f"{source}:{record}" for row, source, record, _ in rows.rows()}
    own = found.joins.filter(pl.col("a").is_in([*names]) | pl.col("b").is_in([*names]))
    near: dict[int, list[tuple[int, int, str | None]]] = {}
    for a, b, key, value in own.rows():
        near.setdefault(a, []).append((key, b, value))
        near.setdefault(b, []).append((key, a, value))
    steps = [RecordStep(names[row]) for row in sorted(names)[:1]]
    waiting, seen = sorted(names)[:1], set(sorted(names)[:1])
    for row in waiting:
        for key, other, value in sorted(near.get(row, ()), key=lambda edge: edge[:2]):
            if other not in seen:
                seen.add(other)
                waiting.append(other)
                steps.append(RecordStep(names[other], names[row], found.keys[key], value and hashed(value)))
    return tuple(steps)


def hashed(value: str) -> str:
    """What stands for a value in what is written: the first 16 hex digits of its SHA-256."""
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()[:16]
