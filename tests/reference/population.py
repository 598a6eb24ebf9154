"""The customers: their traits, and who is in which segment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from tests.reference import formulas
from tests.reference.aggregates import (
    OF_ROWS,
    Aggregate,
    Row,
    Table,
    aggregate_rows,
    approximate,
    newest,
    result_type,
)
from tests.reference.clock import Clock, duration, shift_date
from tests.reference.compare import Typed
from tests.reference.conditions import Condition, holds, number_tests
from tests.reference.ranks import Peers, peers
from tests.reference.sources import Sources, matching, row_test
from tests.reference.values import (
    INTEGER,
    NUMBER,
    STRING,
    Type,
    Unsupported,
    coerce,
    exact,
    literal_number,
    unify,
)

Column = tuple[Type, dict[Any, Any]]
"""The type of a trait, and its values by customer."""

KINDS = ("formula", "points", "band", "bucket", "percentile", *OF_ROWS)
"""The kinds of traits that are known here."""


@dataclass(frozen=True, slots=True)
class CustomerScope:
    """A condition asked of one customer."""

    population: Population
    key: Any

    @property
    def clock(self) -> Clock:
        return self.population.clock

    def subject(self, leaf: Condition) -> Typed:
        return self.trait(leaf["trait"])

    def trait(self, name: str) -> Typed:
        kind, values = self.population.trait(name)
        return kind, values[self.key]

    def ranked(self, leaf: Condition, operator: str) -> str:
        peer = self.population.peers(leaf["trait"], leaf)[self.key]
        if isinstance(peer, str):
            return peer
        return "in" if peer.in_edge(operator, leaf[operator]) else "out"

    def atom(self, condition: Condition) -> bool:
        if "segment" in condition:
            return self.population.is_member(condition["segment"], self.key)
        if "rule" in condition:
            return self.population.rule(condition["rule"], self.key)
        source = condition.get("did") or condition["did_not"]
        table = self.population.sources.table(source)
        rows = self.population.rows(table, self.key, condition)
        if "did_not" in condition:
            return not rows
        if "then" in condition or "then_not" in condition:
            return any(self.population.begins(condition, table, row, self.key) for row in rows)
        last = newest(table, rows, condition)
        return last is not None and number_tests(len(last), condition.get("times", {"at_least": 1}), self)


@dataclass(frozen=True, slots=True)
class Population:
    """Everybody in the customers table, under a workspace's traits and segmentations."""

    sources: Sources
    key: str
    base: Table
    definitions: Mapping[str, Mapping[str, Any]]
    segmentations: Mapping[str, Mapping[str, Any]]
    known_traits: dict[str, Column] = field(default_factory=dict[str, Column])
    known_rules: dict[tuple[str, Any], bool] = field(default_factory=dict[tuple[str, Any], bool])

    @property
    def clock(self) -> Clock:
        return self.sources.clock

    @property
    def keys(self) -> list[Any]:
        return [row.cells[self.key] for row in self.base.rows]

    # Traits

    def trait(self, name: str) -> Column:
        """A column of the customers table, or a defined trait with its default in place."""
        if name not in self.known_traits:
            self.known_traits[name] = self._trait(name)
        return self.known_traits[name]

    def _trait(self, name: str) -> Column:
        if name not in self.definitions:
            return self.base.types[name], {row.cells[self.key]: row.cells[name] for row in self.base.rows}
        spec = self.definitions[name]
        kind, values = self._computed(spec)
        if "default" in spec:
            default = self._literal(spec["default"], kind)
            values = {key: default if value is None else value for key, value in values.items()}
        return kind, {key: coerce(value, kind) for key, value in values.items()}

    def _literal(self, value: Any, kind: Type) -> Any:
        if kind.kind in ("date", "datetime"):
            moment = self.clock.moment(value)[1]
            return self.clock.date_of(moment) if kind.kind == "date" else self.clock.instant_of(moment)
        return coerce(exact(value), kind) if kind.numeric else value

    def _computed(self, spec: Mapping[str, Any]) -> Column:
        if "formula" in spec:
            return self._formula(spec["formula"])
        if "points" in spec:
            return self._points(spec["points"])
        if "band" in spec:
            return self._band(spec["band"])
        for name in ("bucket", "percentile"):
            if name in spec:
                return self._rank(name, spec[name])
        return self._of_rows(next(kind for kind in OF_ROWS if kind in spec), spec)

    def _formula(self, text: str) -> Column:
        parsed = formulas.parse(text)
        kind, _ = formulas.evaluate(parsed, lambda name: (self.trait(name)[0], None), self.clock)
        return kind, {
            key: formulas.evaluate(parsed, CustomerScope(self, key).trait, self.clock)[1] for key in self.keys
        }

    def _points(self, points: list[Mapping[str, Any]]) -> Column:
        kind = unify(literal_number(each["points"])[0] for each in points)
        return kind, {
            key: sum(
                exact(each["points"]) for each in points if holds(each["when"], CustomerScope(self, key))
            )
            for key in self.keys
        }

    def _band(self, spec: Mapping[str, Any]) -> Column:
        kind, values = self.trait(spec["of"])
        return STRING, {
            key: None if value is None else self._label(value, kind, spec["edges"])
            for key, value in values.items()
        }

    @staticmethod
    def _label(value: Any, kind: Type, edges: Mapping[str, Any]) -> str | None:
        found = None
        for label, edge in edges.items():
            limit = float(exact(edge)) if kind == NUMBER else exact(edge)
            if limit <= value:
                found = label
        return found

    def _rank(self, name: str, spec: Mapping[str, Any]) -> Column:
        ranked = self.peers(spec["of"], spec)
        ties, ascending = spec.get("ties", "highest"), spec.get("ascending", True)
        if name == "percentile":
            return NUMBER, {
                key: peer.percentile(ascending, ties) if isinstance(peer, Peers) else None
                for key, peer in ranked.items()
            }
        return INTEGER, {
            key: peer.bucket(spec["into"], ascending, ties) if isinstance(peer, Peers) else None
            for key, peer in ranked.items()
        }

    def peers(self, name: str, spec: Mapping[str, Any]) -> dict[Any, Peers | str]:
        """Per customer whom a trait's value is ranked with, by `among` and `per`."""
        groups = self.trait(spec["per"])[1] if "per" in spec else None
        among = spec.get("among")
        return peers(
            self.trait(name)[1], groups, lambda key: among is None or holds(among, CustomerScope(self, key))
        )

    # Rows

    def _of_rows(self, kind: str, spec: Mapping[str, Any]) -> Column:
        table, aggregate = self._aggregate(kind, spec)
        taken = {key: newest(table, self.rows(table, key, spec), spec) for key in self.keys}
        return result_type(aggregate, table), {
            key: None if rows is None else aggregate_rows(aggregate, table, rows, self.clock)
            for key, rows in taken.items()
        }

    def _aggregate(self, kind: str, spec: Mapping[str, Any]) -> tuple[Table, Aggregate]:
        source, _, column = spec[kind].partition(".")
        table = self.sources.table(source)
        return table, Aggregate(kind, column or None, row_test(spec.get("that"), table, self.clock), spec)

    def rows(self, table: Table, key: Any, spec: Mapping[str, Any]) -> list[Row]:
        """A customer's rows that match a `where` and lie in a window."""
        assert table.customer is not None
        own = [row for row in table.rows if row.cells[table.customer] == key]
        own = matching(table, own, spec.get("where"), self.clock)
        if table.time is None:
            return own
        low, high = self.clock.window(spec)
        instants = [(self.clock.instant_of(row.cells[table.time]), row) for row in own]
        return [row for instant, row in instants if (low is None or low <= instant) and instant < high]

    def begins(self, spec: Condition, first: Table, row: Row, key: Any) -> bool:
        """`then`: the row is followed by another; `then_not`: its whole period is over, and it is not. Where
        the later row says `then` or `then_not` again, only one counts that begins that."""
        wanted: Condition = spec.get("then") or spec["then_not"]
        second = self.sources.table(wanted["did"])
        later = self.rows(second, key, {"where": wanted.get("where")})
        if "then" in wanted or "then_not" in wanted:
            later = [other for other in later if self.begins(wanted, second, other, key)]
        in_dates = "date" in (first.types[first.time or ""].kind, second.types[second.time or ""].kind)
        start = self._moment(first, row, in_dates)
        end = self._end(start, spec.get("within"))
        followed = any(
            self._follows(start, self._moment(second, other, in_dates), end)
            and other.identity != row.identity
            and all(same(row.cells[each], other.cells[each]) for each in spec.get("same", []))
            for other in later
        )
        over = end is not None and end < (self.clock.today if in_dates else self.clock.instant)
        return followed if "then" in spec else (over and not followed)

    def _moment(self, table: Table, row: Row, in_dates: bool) -> date | datetime:
        moment = row.cells[table.time or ""]
        return self.clock.date_of(moment) if in_dates else moment

    def _end(self, start: date | datetime, within: str | None) -> date | datetime | None:
        if within is None:
            return None
        if isinstance(start, datetime):
            return self.clock.shift(start, duration(within), 1)
        return shift_date(start, duration(within), 1)

    @staticmethod
    def _follows(start: date | datetime, moment: date | datetime, end: date | datetime | None) -> bool:
        after = moment > start if isinstance(start, datetime) else moment >= start
        return after and (end is None or moment <= end)

    def approximate(self) -> set[str]:
        """The traits that sum or average a number column, use `std`, `exp`, `log`, `sqrt` or a power that is
        not whole, or read one that does."""
        found = set(self.base.approximate)
        waiting = dict(self.definitions)
        while True:
            more = {name for name, spec in waiting.items() if self._is_approximate(spec, found)} - found
            if not more:
                return found
            found |= more

    def _is_approximate(self, spec: Mapping[str, Any], found: set[str]) -> bool:
        if "formula" in spec:
            parsed = formulas.parse(spec["formula"])
            return parsed.inexact or bool(parsed.names & found)
        kind = next((kind for kind in OF_ROWS if kind in spec), None)
        if kind is None:
            return False
        table, aggregate = self._aggregate(kind, spec)
        return approximate(aggregate, table)

    # Segments

    def rule(self, segment: str, key: Any) -> bool:
        """A segment's `when` alone, with what it extends."""
        if (segment, key) not in self.known_rules:
            spec = self._home(segment)[1]
            self.known_rules[segment, key] = ("extends" not in spec or self.rule(spec["extends"], key)) and (
                "when" not in spec or holds(spec["when"], CustomerScope(self, key))
            )
        return self.known_rules[segment, key]

    def _home(self, segment: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """The segmentation that defines a segment (or has it as its `otherwise`), and the segment."""
        for segmentation in self.segmentations.values():
            for spec in [*segmentation["segments"], segmentation.get("otherwise", {})]:
                if spec.get("id") == segment:
                    return segmentation, spec
        raise Unsupported(f"no segment {segment}")

    def is_member(self, segment: str, key: Any) -> bool:
        """Final membership."""
        segmentation, spec = self._home(segment)
        if segmentation["assign"] == "every_match":
            return spec.get("status") != "draft" and self.rule(segment, key)
        if segmentation["assign"] == "best_score":
            return self.assigned(segmentation, key) == segment
        for each in live(segmentation):
            if self.rule(each["id"], key):
                return each["id"] == segment
            if each["id"] == segment:
                return False
        return segmentation.get("otherwise", {}).get("id") == segment

    def assigned(self, segmentation: Mapping[str, Any], key: Any) -> str | None:
        """The one segment that a first-match or best-score segmentation gives a customer."""
        matched = [each for each in live(segmentation) if self.rule(each["id"], key)]
        if segmentation["assign"] == "best_score":
            matched = self._best(segmentation, matched, key)
        return matched[0]["id"] if matched else segmentation.get("otherwise", {}).get("id")

    def _best(self, segmentation: Mapping[str, Any], matched: list[Any], key: Any) -> list[Any]:
        columns = {each["id"]: self._score(each["score"]) for each in live(segmentation)}
        common = unify(kind for kind, _ in columns.values()) if columns else NUMBER
        scores = {each["id"]: coerce(columns[each["id"]][1][key], common) for each in matched}
        scored = [each for each in matched if scores[each["id"]] is not None]
        return sorted(scored, key=lambda each: scores[each["id"]], reverse=True)

    def _score(self, score: Any) -> Column:
        return self._formula(score) if isinstance(score, str) else self._points(score)


def live(segmentation: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The segments that take part: drafts do not."""
    return [segment for segment in segmentation["segments"] if segment.get("status") != "draft"]


def same(a: Any, b: Any) -> bool:
    """Equal and known."""
    return a is not None and a == b
