"""What an evaluation need not do, because an earlier one has left the columns.

What a run reports of its data is left beside the columns, in facts that hold for a source or one of its
columns, and put together here: as if everything had been read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import polars as pl

from segmentry.engine.backends.polars.sequences import followed_customers
from segmentry.engine.backends.polars.source_frames import SourceFrames
from segmentry.engine.backends.protocol import KEY, Fact, Kept, LookupCount, SourceReport, Unmatched
from segmentry.engine.language.expr import Expr, Field
from segmentry.engine.planning.order import Reached, columns_of, reached, type_of
from segmentry.engine.planning.plan import Computed, Followed, LookupStep, Plan, Ranked, RowAggregate
from segmentry.engine.sources.read import ReadCount
from segmentry.engine.sources.read_columns import FAULTS

KEPT = "\x00kept "

Reports = dict[str, SourceReport]


@dataclass
class Reuse:
    """What is known of the wanted expressions of a plan; nothing where nothing is ``kept``.

    ``columns`` are there already, ``needed`` is under the expressions and not only under those, ``rows`` of
    that has to be taken from rows.
    """

    plan: Plan
    wanted: Mapping[str, Expr]
    kept: Kept | None
    frames: Callable[[], SourceFrames]
    columns: dict[str, pl.Series] = field(default_factory=dict[str, pl.Series])

    def __post_init__(self) -> None:
        if self.kept is not None:
            self.columns = self._taken(self.kept)
            if self.columns and any(self._fact(fact) is None for fact in self._unread()):
                self.columns = {}
                del self.needed, self.rows

    def _taken(self, kept: Kept) -> dict[str, pl.Series]:
        key = f"c:{self.plan.key}"
        while True:
            needed = reached(self.plan, self.wanted.values(), kept.holds)
            names = [name for name in dict.fromkeys((key, *needed)) if kept.holds(name)]
            columns = kept.take(names)
            if len(columns) == len(names):
                break
        if len({column.len() for column in columns.values()}) > 1:
            return {}
        return columns

    def holds(self, name: str) -> bool:
        """Whether a column is there already."""
        return name in self.columns

    @cached_property
    def everything(self) -> Reached:
        """All that is under the wanted expressions."""
        return reached(self.plan, self.wanted.values())

    @cached_property
    def needed(self) -> Reached:
        """What is under them, without what is only under columns that are there."""
        return reached(self.plan, self.wanted.values(), self.holds) if self.columns else self.everything

    @cached_property
    def rows(self) -> Reached:
        """What has to be taken from rows, customers columns included."""
        return {
            name: definition
            for name, definition in self.needed.items()
            if not isinstance(definition, (Computed, Ranked)) and not self.holds(name)
        }

    @property
    def reads(self) -> bool:
        """Whether rows have to be read at all, if only those of the customers."""
        return bool(self.rows) or not self.holds(f"c:{self.plan.key}")

    def base(self, collected: Callable[[Reached], pl.DataFrame]) -> pl.DataFrame:
        """The customers with what is there and what was ``collected`` from rows."""
        own = {name: column for name, column in self.columns.items() if name in self.needed}
        if self.reads:
            read = collected(self.rows)
            return read.hstack([column for name, column in own.items() if name not in read.columns])
        return pl.DataFrame([self.columns[f"c:{self.plan.key}"].alias(KEY), *own.values()])

    def is_stale(self) -> bool:
        """Whether the data has changed since columns were taken that now stand beside newer ones."""
        return self.kept is not None and bool(self.columns) and self.reads and self.kept.changed

    # --- leaving ------------------------------------------------------------------------------------

    def also(self, steps: list[list[str]]) -> dict[str, Expr]:
        """What of the definitions to be computed is worth keeping, as more wanted expressions."""
        if self.kept is None:
            return {}
        asked = {expr.name for expr in self.wanted.values() if isinstance(expr, Field)}
        names = [name for level in steps for name in level if self.kept.wants(name)]
        names.sort(key=lambda name: name not in asked)  # what is asked for together is kept together
        return {f"{KEPT}{name}": Field(name, type_of(self.plan, name)) for name in names}

    def leave(self, base: pl.DataFrame, frame: pl.DataFrame, reports: Reports) -> Reports:
        """Keep what was taken and computed, and give the reports of everything."""
        if self.kept is None:
            return reports
        facts = _facts(self.plan, self.pieces(self.rows), reports) if self.reads else {}
        rows = {name: base[name] for name in self.rows if name in base.columns}
        if self.reads:
            rows[f"c:{self.plan.key}"] = base[KEY]
        computed = {name.removeprefix(KEPT): frame[name] for name in frame.columns if name.startswith(KEPT)}
        whole = reports
        if self.columns:
            known = {fact: self._fact(fact) for fact in self.told}
            whole = self._reports({fact: facts.get(fact, value) for fact, value in known.items()})
        self.kept.keep(rows | computed, facts)
        return whole

    # --- reports ------------------------------------------------------------------------------------

    def pieces(self, needed: Reached) -> list[Fact]:
        """The facts that reading for these definitions tells."""
        frames = self.frames()
        columns = sorted({name[2:] for name in needed if name.startswith("c:")} | {self.plan.key})
        frames.table(self.plan.customers, columns, keys=())
        read: dict[str, set[str]] = {}
        for definition in needed.values():
            if isinstance(definition, RowAggregate):
                wanted = columns_of(definition.expressions)
                read.setdefault(definition.source, set()).update(wanted)
        for source, wanted in read.items():
            frames.rows(source, wanted)
        for definition in needed.values():
            if isinstance(definition, Followed):
                followed_customers(definition, frames)
        found: list[Fact] = []
        for source, names in frames.read_columns.items():
            # What is counted of one column depends on whether any of those read beside it has to be audited.
            audited = frames.readers[source].audit(sorted(names)) is not None
            kind = "audited" if audited else "read"
            found += [(kind, source, column) for column in sorted(names)]
        found += [("counts", source) for source in frames.used]
        found += [("linked", source) for source in read]
        found += [("lookup", source, _place(self.plan, source, step)) for source, step in frames.misses]
        return found

    @cached_property
    def told(self) -> list[Fact]:
        """The facts that reading everything anew would tell."""
        return self.pieces(self.everything)

    def _unread(self) -> list[Fact]:
        """The facts that what has to be read does not tell."""
        read = self.pieces(self.rows) if self.reads else []
        return [fact for fact in self.told if fact not in set(read)]

    def _fact(self, fact: Fact) -> Any:
        assert self.kept is not None
        return [] if fact[0] == "read" else self.kept.fact(fact)

    def _reports(self, facts: Mapping[Fact, Any]) -> Reports:
        reports: Reports = {}
        lookups: dict[str, list[LookupCount]] = {}
        for (kind, source, *rest), value in facts.items():
            name = str(source)
            report = reports.setdefault(name, SourceReport())
            match kind:
                case "read" | "audited":
                    report.columns = (*report.columns, str(rest[0]))
                    report.counts = (*report.counts, *(ReadCount(**count) for count in value))
                case "counts":
                    report.seen, report.unlikely = value["seen"], dict(value["unlikely"])
                    report.left_out = dict(value["left_out"]) | report.left_out
                    newest = value.get("newest")
                    report.newest = None if newest is None else date.fromisoformat(newest)
                case "linked":
                    report.linked = value["linked"]
                    if value["unknown"]:
                        report.left_out["unknown_customer"] = value["unknown"]
                        report.unknown = _unmatched(value["keys"])
                case _:
                    step = _steps(self.plan, name)[int(rest[0])]
                    count = LookupCount(
                        step.source, step.here, step.there, value["asked"], value["found"],
                        _unmatched(value["keys"]),
                    )  # fmt: skip
                    lookups.setdefault(name, []).append(count)
        for name, counts in lookups.items():
            reports[name].lookups = tuple(counts)
        for name, report in reports.items():
            report.counts = in_order(self.plan, name, report.counts)
        return reports


def in_order(plan: Plan, source: str, counts: Iterable[ReadCount]) -> tuple[ReadCount, ...]:
    """Counts of values that do not fit, those of the source's first column first."""
    places = {column: place for place, column in enumerate(plan.sources[source].columns)}
    return tuple(sorted(counts, key=lambda c: (places.get(c.column, 0), c.column, FAULTS.index(c.fault))))


def _facts(plan: Plan, pieces: list[Fact], reports: Reports) -> dict[Fact, Any]:
    """What reports say, fact by fact."""
    found: dict[Fact, Any] = {}
    for fact in pieces:
        kind, source, *rest = fact
        report = reports.get(str(source), SourceReport())
        match kind:
            case "read":
                pass  # then nothing is counted
            case "audited":
                found[fact] = [asdict(count) for count in report.counts if count.column == rest[0]]
            case "counts":
                left = {reason: n for reason, n in report.left_out.items() if reason != "unknown_customer"}
                newest = None if report.newest is None else report.newest.isoformat()
                found[fact] = {
                    "seen": report.seen,
                    "left_out": left,
                    "unlikely": dict(report.unlikely),
                    "newest": newest,
                }
            case "linked":
                unknown = report.left_out.get("unknown_customer", 0)
                keys = None if report.unknown is None else asdict(report.unknown)
                found[fact] = {"linked": report.linked, "unknown": unknown, "keys": keys}
            case _:
                found[fact] = _lookup(_steps(plan, str(source))[int(rest[0])], report)
    return found


def _lookup(step: LookupStep, report: SourceReport) -> dict[str, Any]:
    asked = (step.source, step.here, step.there)
    count = next(c for c in report.lookups if (c.source, c.here, c.there) == asked)
    keys = None if count.unmatched is None else asdict(count.unmatched)
    return {"asked": count.asked, "found": count.found, "keys": keys}


def _unmatched(keys: Mapping[str, Any] | None) -> Unmatched | None:
    if keys is None:
        return None
    alike = keys["alike"]
    return Unmatched(keys["keys"], tuple(keys["examples"]), None if alike is None else (alike[0], alike[1]))


def _steps(plan: Plan, source: str) -> tuple[LookupStep, ...]:
    found = plan.sources[source]
    return (*found.lookups, *(found.group.lookups if found.group is not None else ()))


def _place(plan: Plan, source: str, step: LookupStep) -> int:
    return _steps(plan, source).index(step)
