"""Fingerprints of definitions: two that have one give the same column, whatever they are called.

A fingerprint is the hash of a definition's kind and parameters and of the fingerprints of all it uses (a
Merkle tree: R. C. Merkle, A Digital Signature Based on a Conventional Encryption Function, 1987), down to the
identity of the files. Where one of these can't be told, nothing above it has a fingerprint.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache, cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, assert_never

from segmentry.engine.files.model import Duplicates
from segmentry.engine.language.expr import Call, Const, Expr, Field
from segmentry.engine.language.types import Type
from segmentry.engine.planning.order import used_by
from segmentry.engine.planning.plan import (
    Computed,
    Definition,
    Followed,
    GroupStep,
    LookupStep,
    PeopleStep,
    PersonStep,
    Plan,
    Ranked,
    RowAggregate,
    RowSet,
    SourcePlan,
    Steps,
)
from segmentry.engine.store.identity import Identity

LAYOUT: Final = 1
"""Of the fingerprints and of the files that hold columns; it grows when either changes."""

Fingerprint = str
Resolve = Callable[[str], "Fingerprint | None"]
Text = str | None


class Fingerprints:
    """The fingerprints of a plan's definitions, over data of these identities, for an engine by its name."""

    def __init__(self, plan: Plan, identities: Mapping[str, Identity], engine: str) -> None:
        self.plan = plan
        self._identities = identities
        calendar = plan.calendar
        starts = (calendar.fiscal_month, calendar.week_day)
        self._base = _hash(LAYOUT, engine, code_stamp(), calendar.zone.key, starts)
        self._known: dict[str, Fingerprint | None] = {}
        self._sources: dict[tuple[str, bool], Fingerprint | None] = {}

    # --- definitions --------------------------------------------------------------------------------

    def of(self, name: str) -> Fingerprint | None:
        """The fingerprint of a definition or of a customers column, None for one that has none."""
        stack = [name]
        while stack:
            top = stack[-1]
            definition = self.plan.definitions.get(top)
            waiting = [used for used in used_by(definition) if used not in self._known]
            if top in self._known or not waiting:
                self._known.setdefault(top, self._of(top, definition))
                stack.pop()
            else:
                stack.extend(waiting)
        return self._known[name]

    def _of(self, name: str, definition: Definition | None) -> Fingerprint | None:
        customers = self.customers
        if customers is None:
            return None
        match definition:
            case Computed(expr=Field(name=same)):
                return self._known[same]
            case Computed(expr=expr):
                return _hash_of("computed", customers, self._text(expr))
            case Ranked(of=of, among=among, per=per):
                texts = [self._text(of), self._maybe(among), self._maybe(per)]
                how = (definition.kind, definition.descending, definition.amount, definition.type)
                return _hash_of("ranked", customers, *texts, _plain((*how, definition.ties)))
            case RowAggregate(source=source):
                return _hash_of("rows", customers, self.rows(source), _aggregate_text(definition))
            case Followed():
                sides = [part for rows in definition.sides for part in self._row_set(rows)]
                links = tuple((f.within, f.same, f.negated, f.by_date) for f in definition.links)
                return _hash_of("followed", customers, *sides, _plain(links))
            case None:
                kind = _plain(self.plan.types.get(name))
                return _hash_of("column", customers, name.removeprefix("c:"), kind)
            case _:
                assert_never(definition)

    def _row_set(self, rows: RowSet) -> list[Text]:
        return [self.rows(rows.source), _maybe_text(rows.where), _plain((rows.start, rows.end))]

    def _text(self, expr: Expr) -> Text:
        return text_of(expr, self._known.__getitem__)

    def _maybe(self, expr: Expr | None) -> Text:
        return "" if expr is None else self._text(expr)

    # --- sources ------------------------------------------------------------------------------------

    @cached_property
    def customers(self) -> Fingerprint | None:
        """Which customers there are, and in which order: that of their keys, each once."""
        return _hash_of("customers", self.rows(self.plan.customers), self.plan.key)

    def rows(self, source: str, *, cut: bool = True) -> Fingerprint | None:
        """The rows of a source that take part; without ``cut`` also those at or after the as-of instant.

        A clock that runs on gives nothing that could be used again.
        """
        known = self._sources.get((source, cut), "")
        if known == "":
            known = self._sources[source, cut] = self._rows(self.plan.sources[source], cut=cut)
        return known

    def _rows(self, plan: SourcePlan, *, cut: bool) -> Fingerprint | None:
        as_of = self.plan.calendar.as_of
        cuts = cut and plan.time is not None
        if cuts and as_of.microsecond:
            return None
        if plan.people is not None:
            origin: Text = self._records(plan.people, cut=cut)
        elif plan.parent is None:
            origin = self._identities.get(plan.name)
        else:
            origin = self.rows(plan.parent, cut=cut)
        return _hash_of(
            "source",
            self._base,
            origin,
            *self._lookups(plan.lookups, cut=cut),
            *self._named(plan.formulas),
            _maybe_text(plan.where),
            _plain(_choice(plan.source.duplicates)),
            *self._group(plan.group, cut=cut),
            *self._person(plan.person, cut=cut),
            _plain((plan.customer, plan.time, plan.days_since_previous, as_of if cuts else None)),
            _plain(tuple((name, kind) for name, kind in plan.columns.items())),
            _plain(_reported(plan)),
        )

    def _records(self, people: PeopleStep, *, cut: bool) -> Text:
        """The records that people are made of, apart from whose they are."""
        names = [source for source, _ in people.records]
        names += [] if people.matches is None else [people.matches]
        plans = [replace(self.plan.sources[name], customer=None, person=None) for name in names]
        return _hash_of("people", _plain(people), *[self._rows(plan, cut=cut) for plan in plans])

    def _person(self, step: PersonStep | None, *, cut: bool) -> list[Text]:
        return [] if step is None else [_plain(step), self.rows(self.plan.customers, cut=cut)]

    def _lookups(self, steps: Iterable[LookupStep], *, cut: bool) -> list[Text]:
        texts: list[Text] = ["lookups"]
        for step in steps:
            texts.append(self.rows(step.source, cut=cut))
            texts.append(_plain((step.here, step.there, step.columns)))
        return texts

    def _named(self, named: Iterable[tuple[str, Expr]]) -> list[Text]:
        return ["columns", *(part for name, expr in named for part in (name, text_of(expr)))]

    def _group(self, group: GroupStep | None, *, cut: bool) -> list[Text]:
        if group is None:
            return []
        made = [part for name, one in group.aggregates for part in (name, _aggregate_text(one))]
        columns = self._named(group.columns)
        keys = _plain((group.keys, group.time))
        return ["group", keys, *made, *columns, *self._lookups(group.lookups, cut=cut)]

    def fact(self, source: str, *parts: Any, cut: bool) -> Fingerprint | None:
        """The fingerprint of something that is known of the rows of a source, told by its parts."""
        return _hash_of("fact", self.rows(source, cut=cut), _plain(parts))


def _choice(duplicates: Duplicates | None) -> tuple[str | None, ...]:
    """Which of several rows counts, without the places where that is written."""
    return () if duplicates is None else (duplicates.keep, duplicates.by)


def _reported(plan: SourcePlan) -> tuple[Any, ...]:
    """How the columns of a derived source come from its parent's: their names there."""
    return tuple((c.name, c.source_name) for c in plan.source.columns) if plan.parent is not None else ()


def _aggregate_text(one: RowAggregate) -> Text:
    """All of an aggregate but its source."""
    value, where = _maybe_text(one.value), _maybe_text(one.where)
    rest = _plain((one.kind, one.start, one.end, one.type))
    steps = "" if one.steps is None else _steps_text(one.steps)
    texts = (value, where, rest, steps)
    return None if None in texts else repr(texts)


def _steps_text(steps: Steps) -> Text:
    where, by = _maybe_text(steps.where), _maybe_text(steps.by)
    rest = _plain((steps.newest_first, steps.first, steps.last))
    return None if None in (where, by, rest) else repr((where, by, rest))


# --- texts ------------------------------------------------------------------------------------------


def _itself(name: str) -> str:
    return name


def _maybe_text(expr: Expr | None) -> Text:
    return "" if expr is None else text_of(expr)


def text_of(expr: Expr, resolve: Resolve = _itself) -> Text:
    """An expression as text, equal for equal ones only; fields stand as what ``resolve`` gives for them.

    None where that or a value in it is nothing that could be told.
    """
    found: list[str] = []
    stack: list[Expr] = [expr]
    while stack:
        match stack.pop():
            case Const(value=value, type=kind):
                part = _plain((value, kind))
            case Field(name=name, type=kind):
                target = resolve(name)
                part = None if target is None else f"{target!r}{_type_text(kind)}"
            case Call(op=op, args=args, type=kind, params=params):
                rest = _plain(params)
                part = None if rest is None else f"{op}/{len(args)}{_type_text(kind)}{rest}"
                stack.extend(args)
        if part is None:
            return None
        found.append(part)
    return "\n".join(found)


@cache
def _type_text(kind: Type) -> str:
    return repr(kind)


_VALUES: Final = (type(None), bool, int, float, str, bytes, date, datetime, timedelta, Fraction, Decimal)


def _plain(value: Any) -> Text:
    """A settled value as text, equal for equal values of one type only; None for one of unknown kind."""
    if isinstance(value, Type):
        return _type_text(value)
    if isinstance(value, (tuple, list)):
        parts: list[Text] = [_plain(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
        return None if None in parts else f"({','.join(str(part) for part in parts)})"
    if isinstance(value, (set, frozenset)):
        parts = [_plain(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
        return None if None in parts else f"{{{','.join(sorted(str(part) for part in parts))}}}"
    if type(value) in _VALUES:
        return repr(value)
    if not is_dataclass(value) or isinstance(value, type):
        return None
    inner = _plain(tuple(getattr(value, field.name) for field in fields(value)))
    return None if inner is None else f"{type(value).__name__}{inner}"


def _hash_of(*parts: Text) -> Fingerprint | None:
    """The hash of all parts, None where one of them can't be told."""
    return None if None in parts else _hash(*parts)


def _hash(*parts: object) -> Fingerprint:
    return hashlib.blake2b(repr(parts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


_CODE: Final = ("backends", "language", "planning", "sources", "store")
"""The rooms whose code decides what a column holds."""


@cache
def code_stamp() -> str:
    """What tells this version of Segmentry from another one, one that is being written included."""
    engine = Path(__file__).parents[1]
    files = sorted(file for room in _CODE for file in (engine / room).rglob("*.py"))
    stats = [(file.relative_to(engine).as_posix(), file.stat()) for file in files]
    return _hash(version("segmentry"), [(name, stat.st_size, stat.st_mtime_ns) for name, stat in stats])
