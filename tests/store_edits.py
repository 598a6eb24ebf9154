"""Random edits of a workspace with data, and the two evaluations that have to agree after each."""

from __future__ import annotations

import copy
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl

from segmentry.engine import Workspace
from segmentry.engine.answers.evaluation import Result, evaluate
from segmentry.engine.diagnostics.errors import SegmentryError
from tests.random_models.dump import frame, write
from tests.strategies import case_of

Outcome = Result | str


def outcome(folder: Path, as_of: str | None, cache: Any) -> Outcome:
    """What evaluating everything gives, drafts included, or the words of the error."""
    try:
        return evaluate(Workspace(folder, cache=cache), as_of=as_of, traits="all", drafts=True)
    except SegmentryError as error:
        return f"{type(error).__name__}: {error}"


def differences(found: Outcome, wanted: Outcome) -> Iterator[str]:
    """In what two evaluations differ, to the last bit and to the last note."""
    if isinstance(found, str) or isinstance(wanted, str):
        if found != wanted:
            yield f"{found!r} is not {wanted!r}"
        return
    for name in ("memberships", "traits"):
        one, other = _settled(found, name), _settled(wanted, name)
        if one.schema != other.schema or not one.equals(other, null_equal=True):
            yield f"the {name} are others"
        if _bytes(one) != _bytes(other):
            yield f"the bytes of the {name} are others"
    if dict(found.reports) != dict(wanted.reports):
        yield f"the reports are others: {found.reports} instead of {wanted.reports}"
    if found.notes != wanted.notes:
        yield "the notes are others"


def _settled(result: Result, name: str) -> pl.DataFrame:
    """A frame without the last digits that differ from run to run (a standard deviation's)."""
    table: pl.DataFrame = getattr(result, name)
    approximate = {each.removeprefix("t:") for each in result.plan.approximate} & {*table.columns}
    return table.with_columns(pl.col(c).round_sig_figs(9) for c in approximate if table[c].dtype.is_float())


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


def _bytes(table: pl.DataFrame) -> str:
    """The values as text, which tells -0.0 from 0.0."""
    return repr(table.rows())


class Edits:
    """A workspace in a folder that changes step by step, from a seed."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.random = random.Random(seed)
        self.case = case_of(seed)
        self.as_of = self.case.as_of
        self.done: list[str] = []
        self._before = copy.deepcopy(self.case)
        self._write()
        for source in self.case.tables:
            self._table(source)

    # --- files --------------------------------------------------------------------------------------

    def _write(self) -> None:
        """The rules, not the data."""
        for old in (self.folder / "rules").glob("*.yaml"):
            old.unlink()
        write(self.case.files, {}, {}, self.folder)

    def _table(self, source: str) -> None:
        path = self.folder / "data" / f"{source}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        frame(self.case.tables[source], self.case.dtypes[source]).write_parquet(path)

    # --- edits --------------------------------------------------------------------------------------

    def edit(self) -> str:
        """Make one random edit; says which."""
        kinds: list[tuple[int, Callable[[], str]]] = [
            (40, self._value),
            (10, self._operator),
            (10, self._removed),
            (12, self._renamed),
            (12, self._new_rule),
            (8, self._other_day),
            (4, self._zone),
            (6, self._rows),
            (3, self._touched),
            (2, self._truncated),
            (5, self.undo),
        ]
        before = copy.deepcopy(self.case)
        chosen = self.random.choices([make for _, make in kinds], [often for often, _ in kinds])[0]
        self.done.append(chosen())
        self._before = before
        self._write()
        return self.done[-1]

    def _nodes(self, node: Any, name: str = "") -> Iterator[tuple[Any, Any, Any]]:
        items: Any = ()
        if isinstance(node, dict):
            items = node.items()  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        elif isinstance(node, list):
            items = enumerate(node)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        for key, value in items:
            yield node, key, value
            yield from self._nodes(value)

    def _rules(self) -> dict[str, Any]:
        return {name: content for name, content in self.case.files.items() if name.startswith("rules/")}

    def _value(self) -> str:
        """Another threshold, number or window."""
        places = [
            (node, key, value)
            for node, key, value in self._nodes(self._rules())
            if (isinstance(value, (int, float)) and not isinstance(value, bool))
            or (isinstance(value, str) and value[:1].isdigit())
        ]
        if not places:
            return "nothing"
        node, key, value = self.random.choice(places)
        if isinstance(value, str):
            number = "".join(c for c in value if c.isdigit())[:2]
            node[key] = value.replace(number, str(int(number) % 28 + 1), 1)
        else:
            node[key] = value + self.random.choice((1, -1, 2))
        return f"{key}: {value} is {node[key]}"

    def _operator(self) -> str:
        swap = {
            "at_least": "at_most", "at_most": "more_than", "more_than": "less_than", "less_than": "at_least",
            "is": "is_not", "is_not": "is", "all": "any", "any": "none", "none": "all", "in": "not_in",
            "count": "count", "sum": "max", "max": "min", "min": "sum", "first": "last", "last": "first",
        }  # fmt: skip
        places = [(n, k) for n, k, _ in self._nodes(self._rules()) if isinstance(k, str) and k in swap]
        if not places:
            return "nothing"
        node, key = self.random.choice(places)
        if swap[key] not in node:
            node[swap[key]] = node.pop(key)
        return f"{key} is {swap[key]}"

    def _removed(self) -> str:
        lists: list[Any] = [v for _, _, v in self._nodes(self._rules()) if _is_list(v) and len(v) > 1]
        if not lists:
            return "nothing"
        chosen = self.random.choice(lists)
        gone = chosen.pop(self.random.randrange(len(chosen)))
        return f"without {gone}"

    def _renamed(self) -> str:
        """A trait under another name, wherever it is named."""
        traits = self.case.files["rules/traits.yaml"]["traits"]
        trait = self.random.choice(traits)
        old, new = trait["id"], f"renamed_{len(self.done)}"
        trait["id"] = new
        for node, key, value in list(self._nodes(self._rules())):
            if value == old and key != "id":
                node[key] = new
            elif isinstance(value, str) and old in value:
                node[key] = value.replace(old, new)
        return f"{old} is named {new}"

    def _new_rule(self) -> str:
        """A trait or a segment more, of what there is with another number."""
        traits = self.case.files["rules/traits.yaml"]["traits"]
        if self.random.random() < 0.5:
            more = copy.deepcopy(self.random.choice(traits))
            more["id"] = f"more_{len(self.done)}"
            traits.append(more)
            return f"a trait more like {more}"
        name = self.random.choice([n for n in self._rules() if n != "rules/traits.yaml"])
        segments = self.case.files[name]["segments"]
        more = copy.deepcopy(self.random.choice(segments))
        more["id"] = f"more-{len(self.done)}"
        segments.insert(self.random.randrange(len(segments) + 1), more)
        return f"a segment more in {name}"

    def _other_day(self) -> str:
        days = ["2026-03-31", "2026-03-30", "2026-03-29T12:00", "2026-01-01", "2025-11-02T01:30"]
        self.as_of = self.random.choice(days)
        return f"as of {self.as_of}"

    def _zone(self) -> str:
        settings = self.case.files["segmentry.yaml"]
        if self.random.random() < 0.5:
            settings["week_starts"] = self.random.choice(("sunday", "monday", "saturday"))
            return f"weeks start on {settings['week_starts']}"
        settings["timezone"] = self.random.choice(("UTC", "Europe/Berlin", "America/New_York"))
        return f"in {settings['timezone']}"

    def _rows(self) -> str:
        """Rows that change, come and go; the file is written anew or another one takes its place."""
        source = self.random.choice(sorted(self.case.tables))
        rows = self.case.tables[source]
        path = self.folder / "data" / f"{source}.parquet"
        if rows and self.random.random() < 0.5:
            rows.pop(self.random.randrange(len(rows)))
        elif rows and source not in ("customers", "products", "regions"):
            rows.append(dict(self.random.choice(rows)))
        if self.random.random() < 0.3:
            other = path.with_name("other.parquet")
            frame(rows, self.case.dtypes[source]).write_parquet(other)
            other.replace(path)
        else:
            self._table(source)
        return f"{source} has {len(rows)} rows"

    def _touched(self) -> str:
        source = self.random.choice(sorted(self.case.tables))
        os.utime(self.folder / "data" / f"{source}.parquet")
        return f"{source} is touched"

    def _truncated(self) -> str:
        source = self.random.choice(sorted(self.case.tables))
        path = self.folder / "data" / f"{source}.parquet"
        content = path.read_bytes()
        path.write_bytes(content[: len(content) // 2])
        return f"{source} is cut short"

    def undo(self) -> str:
        """As it was before the last edit, the data written anew."""
        self.case = self._before
        for source in self.case.tables:
            self._table(source)
        self._write()
        return "undone"
