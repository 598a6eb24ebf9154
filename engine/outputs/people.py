"""Who is one person, as a run writes it: the table of records, and what joined, refused and changed them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from segmentry.engine.answers.people import hashed
from segmentry.engine.backends.identified import Identified
from segmentry.engine.planning.plan import Plan

IDENTITY: Final = "identity.parquet"
VERSION: Final = 1
"""Of the layout of `identity.json`."""

MOST: Final = 1000
"""How many of each kind are listed; all of them are counted."""

_OLD: Final = "old"


@dataclass(frozen=True)
class PeopleReport:
    """What is said of people. ``before`` are the records of the last run, as `Identified.records`, if any.

    With ``show_ids`` people are named by their id, else by source and hash.
    """

    plan: Plan
    found: Identified
    before: pl.DataFrame | None
    show_ids: bool

    def document(self) -> dict[str, Any]:
        """The whole of `identity.json`."""
        found, records = self.found, self.found.records
        counts = records.group_by("source", maintain_order=True).len().rows()
        return {
            "version": VERSION,
            "records": dict(counts),
            "people": records["person"].n_unique(),
            "of_several_records": int(found.roots.filter(found.roots.is_duplicated()).n_unique()),
            "joined": {key: self._joined(n) for n, key in enumerate(found.keys) if self._is_used(n)},
            "refused": self._refused(),
            "apart": self._apart(),
            **self._changes(self.found.records if self.before is None else self.before),
        }

    def _is_used(self, number: int) -> bool:
        return number < len(self.found.keys) - 1 or self.found.pairs > 0

    def _joined(self, number: int) -> dict[str, int]:
        """How many values of a key (or pairs) join records, and how many."""
        own = self.found.joins.filter(pl.col("key") == number)
        rows = pl.concat([own["a"], own["b"]]).n_unique() if own.height else 0
        values = own["value"].n_unique() if own["value"].null_count() == 0 else own.height
        return {"values": values, "records": rows}

    def _refused(self) -> list[dict[str, Any]]:
        """The values that too many records have, those of most records first."""
        rows = self.found.refused.group_by("key", "value").agg(pl.len().alias("records"))
        first = rows.sort("records", "key", "value", descending=[True, False, False]).head(MOST)
        step = self.plan.sources[self.plan.customers].people
        assert step is not None
        return [
            {
                "key": self.found.keys[key],
                "value": hashed(value),
                "records": records,
                "at_most": step.keys[int(key)].at_most,
            }
            for key, value, records in first.rows()
        ]

    def _apart(self) -> list[dict[str, Any]]:
        """The records that would have been one person, and the keys that were left out among them."""
        lost = self.found.lost.group_by("root", maintain_order=True).agg("key").sort("root").head(MOST)
        people = self.found.records.select("person", self.found.before.alias("root"))
        inside = people.filter(pl.col("root").is_in(lost["root"].implode())).group_by("root")
        parts = inside.agg(pl.col("person").unique().sort(), pl.len().alias("records"))
        return [
            {
                "people": self._named(person),
                "records": records,
                "without": [self.found.keys[key] for key in keys],
            }
            for _, keys, person, records in lost.join(parts, on="root", maintain_order="left").rows()
        ]

    # --- since the last run -------------------------------------------------------------------------

    def _changes(self, before: pl.DataFrame) -> dict[str, list[dict[str, Any]]]:
        """Who became one person, who became several, and who has another id."""
        old = before.select("source", "record", pl.col("person").alias(_OLD))
        now = self.found.records.join(old, on=["source", "record"], how="left", maintain_order="left")
        now = now.with_row_index("row")
        known = now.drop_nulls(_OLD)
        merged = _several(known, "person", _OLD)
        split = _several(known, _OLD, "person")
        moved = known.filter(pl.col("person") != pl.col(_OLD)).select(_OLD, "person").unique().sort(_OLD)
        renamed = moved.join(merged, on="person", how="anti").join(split, on=_OLD, how="anti").sort(_OLD)
        because = self._because(now, merged)
        return {
            "merged": [
                {
                    "before": self._named(olds),
                    "after": self._name(person),
                    "because": because.get(person, []),
                }
                for person, olds in merged.head(MOST).rows()
            ],
            "split": [
                {
                    "before": self._name(one),
                    "after": self._named(people),
                    "because": self._parting(now, one),
                }
                for one, people in split.head(MOST).rows()
            ],
            "renamed": [
                {"before": self._name(one), "after": self._name(person)}
                for one, person in renamed.head(MOST).rows()
            ],
        }

    def _because(self, now: pl.DataFrame, merged: pl.DataFrame) -> Mapping[str, list[dict[str, Any]]]:
        """By person the values that join records which were not of one person."""
        olds = now[_OLD]
        joins = self.found.joins.with_columns(
            now["person"].gather(self.found.joins["a"]).alias("person"),
            olds.gather(self.found.joins["a"]).alias("one"),
            olds.gather(self.found.joins["b"]).alias("other"),
        )
        listed = merged.head(MOST)["person"].implode()
        new = joins.filter(pl.col("one").ne_missing(pl.col("other")), pl.col("person").is_in(listed))
        found: dict[str, list[dict[str, Any]]] = {}
        for person, key, value in new.select("person", "key", "value").unique().sort(pl.all()).rows():
            found.setdefault(person, []).append(self._value(key, value))
        return found

    def _parting(self, now: pl.DataFrame, one: str) -> list[dict[str, Any]]:
        """The values that some of one's records still share, and that join nobody any more."""
        own = now.filter(pl.col(_OLD) == one).select("row", "person")
        shared = self.found.refused.join(own, on="row").group_by("key", "value")
        parting = shared.agg(pl.col("person").n_unique()).filter(pl.col("person") > 1).sort("key", "value")
        found = [self._value(key, value) for key, value, _ in parting.rows()]
        roots = self.found.before.gather(own["row"]).unique()
        lost = self.found.lost.filter(pl.col("root").is_in(roots.implode()))["key"].unique().sort()
        return found + [{"key": self.found.keys[key], "apart": True} for key in lost]

    def _value(self, key: int, value: str | None) -> dict[str, Any]:
        return {"key": self.found.keys[key], "value": None if value is None else hashed(value)}

    # --- names ----------------------------------------------------------------------------------------

    def _named(self, people: list[str]) -> list[str]:
        return [self._name(person) for person in people]

    def _name(self, person: str) -> str:
        source, _, key = person.partition(":")
        return person if self.show_ids else f"{source}:{hashed(key)}"


def _several(rows: pl.DataFrame, of: str, values: str) -> pl.DataFrame:
    """By ``of`` the different values, where there are several; sorted."""
    found = rows.group_by(of).agg(pl.col(values).unique().sort())
    return found.filter(pl.col(values).list.len() > 1).sort(of)


def last_records(folder: Path) -> pl.DataFrame | None:
    """The records of the last run into a folder; None where there are none that can be read."""
    try:
        frame = pl.read_parquet(folder / IDENTITY)
    except (OSError, pl.exceptions.PolarsError):
        return None
    columns = dict.fromkeys(("source", "record", "person"), pl.String())
    return frame if dict(frame.schema) == columns else None
