"""Conditions become truths that are never null; rows of sources become named definitions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, assert_never

from segmentry.engine.document import Document
from segmentry.engine.files.condition_model import (
    All,
    AnyOf,
    Condition,
    Did,
    Leaf,
    NoneOf,
    Not,
    Place,
    Rows,
    RuleRef,
    SegmentRef,
    Sequence,
)
from segmentry.engine.language.aggregates import (
    AGGREGATE_PRIMITIVES,
    RowAggregate,
    RowOptions,
    Rowwise,
)
from segmentry.engine.language.calendar import CalendarError
from segmentry.engine.language.expr import (
    FALSE,
    TRUE,
    Const,
    Expr,
    Field,
    all_true,
    any_true,
    call,
    negated,
)
from segmentry.engine.language.operands import Amount, Rejected
from segmentry.engine.language.suggest import did_you_mean
from segmentry.engine.language.types import BOOLEAN, DATE, INTEGER, Type
from segmentry.engine.planning.plan import Definition, Followed, Ranked, RowSet, Traced
from segmentry.engine.planning.resolve.formulas import locate_in
from segmentry.engine.planning.resolve.leaves import lower_leaf, number_tests
from segmentry.engine.planning.resolve.scope import CustomerScope, KnownNames, RowScope, Scope

_PLAIN = RowOptions()


@dataclass
class Definitions:
    """The growing table of definitions; equal ones are there once."""

    table: dict[str, Definition] = field(default_factory=dict[str, Definition])
    _known: dict[Definition, str] = field(default_factory=dict[Definition, str])

    def name_of(self, definition: Definition, prefix: str) -> str:
        """The name of a definition, which is added if it is new."""
        found = self._known.get(definition)
        if found is None:
            found = f"{prefix}:{len(self._known)}"
            self._known[definition] = found
            self.table[found] = definition
        return found


@dataclass
class Lowering:
    """Lowers conditions in a scope. One per workspace; row scopes share its definitions."""

    names: KnownNames
    documents: Mapping[str, Document]
    definitions: Definitions
    rules: Mapping[str, bool] = field(default_factory=dict[str, bool])
    """Segment ids that may be referred to; True for those that have a rule (no `otherwise`)."""
    members: frozenset[str] = frozenset()
    """Segment ids that take part."""

    def subplace(self, at: Place, path: tuple[str | int, ...]) -> Place:
        """The place of a part of a value."""
        document = self.documents.get(at.file)
        if document is None or not path:
            return at
        full = (*at.path, *path)
        return Place(at.file, document.value_span(full), full)

    def locate(self, at: Place, start: int, end: int) -> Place:
        """The place of some characters inside a text."""
        return locate_in(dict(self.documents))(at, start, end)

    def condition(self, condition: Condition, scope: Scope, *, odd: bool = False) -> Expr:
        """A truth that is never null. What was reported as a mistake is false."""
        truth = self._condition(condition, scope, odd=odd)
        if isinstance(scope, CustomerScope):
            known = self.trace.get(id(condition))
            self.trace[id(condition)] = replace(known, truth=truth) if known else Traced(truth)
        return truth

    def _condition(self, condition: Condition, scope: Scope, *, odd: bool) -> Expr:
        match condition:
            case All(conditions=items):
                return all_true(*[self.condition(c, scope, odd=odd) for c in items])
            case AnyOf(conditions=items):
                return any_true(*[self.condition(c, scope, odd=odd) for c in items])
            case NoneOf(conditions=items):
                return negated(any_true(*[self.condition(c, scope, odd=not odd) for c in items]))
            case Not(condition=item):
                return negated(self.condition(item, scope, odd=not odd))
            case _:
                try:
                    return self._atom(condition, scope, odd=odd)
                except Rejected:
                    return FALSE

    def _atom(self, atom: Leaf | SegmentRef | RuleRef | Did | Sequence, scope: Scope, *, odd: bool) -> Expr:
        match atom:
            case Leaf():
                return self._leaf(atom, scope, odd=odd)
            case SegmentRef(id=identity, at=at):
                return self._membership(identity, at)
            case RuleRef(id=identity, at=at):
                return self._rule(identity, at)
            case Did():
                return self._did(atom, scope)
            case Sequence():
                return self._sequence(atom)
            case _:
                assert_never(atom)

    def _leaf(self, leaf: Leaf, scope: Scope, *, odd: bool) -> Expr:
        if leaf.is_column != isinstance(scope, RowScope):
            word = scope.word
            message = f"`{word}:` is expected here, `{'column' if leaf.is_column else 'trait'}:` was found"
            self.names.reject("schema", message, leaf.at, f"write `{word}: {leaf.subject}`")

        def rank(subject: Expr, amount: Amount, from_the_greatest: bool) -> Expr:
            return self._rank(leaf, scope, subject, amount, from_the_greatest)

        compared: list[Expr] = []
        ranker = rank if not leaf.is_column else None
        truth = lower_leaf(scope, leaf, self.subplace, ranker, odd=odd, compared=compared)
        if not leaf.is_column:
            value = scope.field(leaf.subject, leaf.subject_at)
            self.trace[id(leaf)] = Traced(truth, value, tuple(compared))
        return truth

    def _rank(self, leaf: Leaf, scope: Scope, subject: Expr, amount: Amount, from_the_greatest: bool) -> Expr:
        among = None if leaf.among is None else self.condition(leaf.among, scope)
        per = None if leaf.per is None else scope.field(leaf.per, leaf.per_at)
        limit = amount.count if amount.share is None else amount.share
        how: Literal["top_count", "top_share"] = "top_count" if amount.share is None else "top_share"
        ranked = Ranked(how, subject, among, per, from_the_greatest, limit, BOOLEAN)
        return Field(self.definitions.name_of(ranked, "k"), BOOLEAN)

    def _membership(self, identity: str, at: Place) -> Expr:
        if identity not in self.rules and not self.names.may_be_left_out(identity):
            hint = did_you_mean(identity, self.rules)
            fix = self.names.findings.respelt(at, identity, self.rules)
            self.names.reject("unknown-segment", f"no segment named `{identity}`", at, hint, fix)
        return Field(f"m:{identity}", BOOLEAN) if identity in self.members else FALSE

    def _rule(self, identity: str, at: Place) -> Expr:
        if identity in self.names.broken:
            return FALSE
        if identity not in self.rules:
            if self.names.may_be_left_out(identity):
                return FALSE
            hint = did_you_mean(identity, self.rules)
            fix = self.names.findings.respelt(at, identity, self.rules)
            self.names.reject("unknown-segment", f"no segment named `{identity}`", at, hint, fix)
        if not self.rules[identity]:
            message = f"`{identity}` is an `otherwise`, which has no rule of its own"
            self.names.reject("unknown-segment", message, at, f"write `segment: {identity}`")
        return Field(f"r:{identity}", BOOLEAN)

    # --- rows -------------------------------------------------------------------------------------

    def row_scope(self, source: str, at: Place) -> RowScope:
        """The columns of a source that is linked to customers; an unknown one is reported."""
        columns = self.names.sources.get(source)
        if columns is None:
            if source in self.names.broken or not self.names.sources:
                raise Rejected
            known = f"there are {', '.join(f'`{name}`' for name in sorted(self.names.sources))}"
            hint = did_you_mean(source, self.names.sources) or known
            fix = self.names.findings.respelt(at, source, self.names.sources)
            self.names.reject("unknown-source", f"no source named `{source}`", at, hint, fix)
        return RowScope(self.names, source, columns)

    def row_set(self, rows: Rows) -> RowSet:
        """Which rows: the condition lowered, the window as literal bounds."""
        scope = self.row_scope(rows.source, rows.at)
        where = TRUE if rows.where is None else self.condition(rows.where, scope)
        start, end = self.window(rows)
        return RowSet(rows.source, None if where == TRUE else where, start, end)

    def window(self, rows: Rows) -> tuple[datetime | None, datetime | None]:
        """The bounds of the rows' window."""
        if rows.window is None:
            return None, None
        if rows.source not in self.timed:
            message = f"the source `{rows.source}` has no time, so it takes no window"
            self.names.reject(
                "operator-type", message, rows.window_at, "say `time:` in the source, or drop it"
            )
        try:
            return self.names.calendar.window(rows.window)
        except CalendarError as error:
            self.names.reject("value-type", str(error), rows.window_at)

    trace: dict[int, Traced] = field(default_factory=dict[int, Traced])
    """Every condition over customers, by its identity."""
    timed: Mapping[str, Type | None] = field(default_factory=dict[str, "Type | None"])
    """The sources that have a time, with its type."""
    time_columns: Mapping[str, str] = field(default_factory=dict[str, str])
    """The time column of each timed source."""
    linked: frozenset[str] = frozenset()
    """The sources whose rows belong to customers."""

    def aggregate(self, aggregate: RowAggregate) -> Field:
        """The field of an aggregate, which is added to the definitions."""
        name = self.definitions.name_of(aggregate, "a")
        self.names.nullable[name] = not AGGREGATE_PRIMITIVES[aggregate.kind].is_known
        return Field(name, aggregate.type)

    def check_linked(self, source: str, at: Place) -> None:
        """Report a source whose rows belong to no customer."""
        if source in self.names.sources and source not in self.linked:
            message = f"the rows of `{source}` belong to no customer"
            self.names.reject("unknown-source", message, at, "say `customer:` in the source")

    def _did(self, did: Did, scope: Scope) -> Expr:
        self.check_linked(did.rows.source, did.rows.at)
        rows = self.rowwise(did.rows)
        count = rows.primitive("count", None, INTEGER)
        self.trace[id(did)] = Traced(FALSE, count)
        if did.negated:
            return call("equal", count, Const(0, INTEGER))
        if did.times:
            truth = number_tests(scope, count, did.times, "times", self.subplace)
        else:
            truth = call("greater_or_equal", count, Const(1, INTEGER))
        return all_true(rows.are_enough(), truth)

    def rowwise(self, rows: Rows, options: RowOptions = _PLAIN) -> Rowwise:
        """The rows for primitives to be taken of, those of the newest steps where only these count."""
        where = self.row_set(rows)
        scope = self.row_scope(rows.source, rows.at)
        name = self.time_columns.get(rows.source)
        time = None if name is None else scope.field(name, rows.at)
        assert time is None or isinstance(time, Field)
        if time is None and (rows.last_rows is not None or rows.by is not None):
            message = f"the source `{rows.source}` has no time, so its rows have no order"
            hint = "say `time:` in the source, or drop it"
            self.names.reject("operator-type", message, rows.last_rows_at, hint)
        options = replace(options, by=self._by(rows, scope), last_rows=rows.last_rows, exactly=rows.exactly)
        today = Const(self.names.calendar.today, DATE)
        found = Rowwise(
            rows.source, where.where, where.start, where.end, time, today, self.aggregate, options=options
        )
        return found if rows.last_rows is None else found.of_steps(1, rows.last_rows, newest_first=True)

    def _by(self, rows: Rows, scope: RowScope) -> Expr | None:
        """The column whose values are the steps."""
        if rows.by is None:
            return None
        by = scope.field(rows.by, rows.by_at)
        if by.type.kind == "list":
            message = f"`{rows.by}` is {by.type.words()}, and steps are single values"
            self.names.reject("operator-type", message, rows.by_at)
        return by

    def _sequence(self, sequence: Sequence) -> Expr:
        for rows in sequence.rows:
            self.check_linked(rows.source, rows.at)
            if rows.source in self.names.sources and rows.source not in self.timed:
                message = f"the source `{rows.source}` has no time, so nothing can follow in it"
                self.names.reject("operator-type", message, rows.at)
        return Field(self.definitions.name_of(self._followed(sequence), "q"), BOOLEAN)

    def _followed(self, sequence: Sequence) -> Followed:
        first, then = self.row_set(sequence.first), self.row_set(sequence.then)
        for name, at in zip(sequence.same, sequence.same_at, strict=True):
            a = self.row_scope(first.source, sequence.first.at).field(name, at)
            b = self.row_scope(then.source, sequence.then.at).field(name, at)
            if a.type != b.type and "unknown" not in (a.type.kind, b.type.kind):
                message = (
                    f"`{name}` is {a.type.words()} in `{first.source}`, {b.type.words()} in `{then.source}`"
                )
                self.names.reject("value-type", message, at)
        kinds = (self.timed[first.source], self.timed[then.source])
        by_date = any(k is not None and k.kind == "date" for k in kinds)
        if by_date and sequence.within is not None and sequence.within.unit in ("minutes", "hours"):
            message = "the rows have dates without a time of day, so `within` takes days or longer"
            self.names.reject("value-type", message, sequence.at)
        further = None if sequence.further is None else self._followed(sequence.further)
        return Followed(first, then, sequence.within, sequence.same, sequence.negated, by_date, further)
