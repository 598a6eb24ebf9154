"""What names mean: traits and customers columns, or the columns of one source's rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from segmentry.engine.diagnostics.model import Fix
from segmentry.engine.files.condition_model import Place
from segmentry.engine.files.model import Column, Source
from segmentry.engine.files.parse.reader import Findings
from segmentry.engine.language.calendar import Calendar
from segmentry.engine.language.comparisons import parse_comparison
from segmentry.engine.language.expr import Expr, Field
from segmentry.engine.language.operands import Rejected
from segmentry.engine.language.suggest import did_you_mean, nearest
from segmentry.engine.language.types import UNKNOWN, Type

_SLIP = 0.75
"""How alike two names are when one is taken for a misspelling of the other."""


@dataclass
class Columns:
    """The columns a source has at one step of its work.

    ``open`` says that no file is at hand, so that a name that no contract declares may be a column too;
    ``origin`` is the source whose file it would be in.
    ``never_null`` are columns that every row taking part has.
    """

    types: dict[str, Type] = field(default_factory=dict[str, Type])
    open: bool = False
    contracts: dict[str, Column] = field(default_factory=dict[str, Column])
    never_null: set[str] = field(default_factory=set[str])
    approximate: set[str] = field(default_factory=set[str])
    origin: Source | None = None

    def copy(self) -> Columns:
        """An independent copy."""
        return Columns(
            dict(self.types),
            self.open,
            dict(self.contracts),
            set(self.never_null),
            set(self.approximate),
            self.origin,
        )

    def get(self, name: str) -> Type | None:
        """The type of a column, None where none of that name is known."""
        return self.types.get(name)

    def may_have(self, name: str, *others: str) -> bool:
        """Whether an unknown name may be a column of the file that is not at hand.

        A name that is nearly one that is known (or one of ``others``) is taken for a slip.
        """
        return self.open and nearest(name, [*self.types, *others], _SLIP) is None


@dataclass
class KnownNames:
    """Everything that a workspace defines, as far as it is resolved."""

    findings: Findings
    calendar: Calendar
    broken: frozenset[str]
    partial: bool = False
    sources: dict[str, Columns] = field(default_factory=dict[str, Columns])
    customers: Columns = field(default_factory=Columns)
    traits: dict[str, Type] = field(default_factory=dict[str, Type])
    trait_ids: frozenset[str] = frozenset()
    nullable: dict[str, bool] = field(default_factory=dict[str, bool])
    approximate: set[str] = field(default_factory=set[str])
    without_contract: set[str] = field(default_factory=set[str])

    def warn_no_contract(self, columns: Columns) -> None:
        """Warn, once per source, that columns can't be checked as no file and no contract describes them."""
        source = columns.origin
        if source is None or source.name in self.without_contract:
            return
        self.without_contract.add(source.name)
        message = f"not all columns of `{source.name}` can be checked: no file can be read, and no contract"
        self.findings.add("no-contract", message, source.at, "declare them under `columns:`")

    def may_be_left_out(self, identity: str) -> bool:
        """Whether an unknown id may be that of something that holds a mistake: then it is no second one."""
        return self.partial or identity in self.broken

    def reject(
        self, code: str, message: str, at: Place, hint: str | None = None, fix: Fix | None = None
    ) -> NoReturn:
        """Report a mistake and give up what is around it."""
        self.findings.add(code, message, at, hint, fix=fix)
        raise Rejected


@dataclass(frozen=True)
class RowScope:
    """The columns of one source's rows; ``source`` is its name."""

    names: KnownNames
    source: str
    columns: Columns

    word = "column"

    def field(self, name: str, at: Place) -> Expr:
        """The column of that name; an unknown one is reported."""
        kind = self.columns.get(name)
        if kind is None and self.columns.may_have(name):
            self.names.warn_no_contract(self.columns)
            kind = UNKNOWN
        if kind is None:
            types = self.columns.types
            hint = _one_column(types) or did_you_mean(name, types) or _listed(types)
            fix = None if _one_column(types) else self.names.findings.respelt(at, name, types)
            hint = _as_condition(name, self.word) or hint
            message = f"the source `{self.source}` has no column `{name}`"
            self.names.reject("unknown-column", message, at, hint, fix)
        self._usable(name, kind, at)
        return Field(name, kind)

    def _usable(self, name: str, kind: Type, at: Place) -> None:
        if kind.kind == "unsupported":
            self.names.reject(
                "operator-type",
                f"the column `{name}` is of a type that rules can't use",
                at,
                "declare a type for it under `columns`, or leave it out",
            )

    def contract(self, name: str) -> Column | None:
        """The column's contract, where it has one."""
        return self.columns.contracts.get(name)

    def nullable(self, name: str) -> bool:
        """Whether the column may be missing."""
        return name not in self.columns.never_null


@dataclass(frozen=True)
class CustomerScope:
    """Traits, and the columns of the customers table."""

    names: KnownNames

    word = "trait"

    def field(self, name: str, at: Place) -> Expr:
        """The trait or customers column of that name; an unknown one is reported."""
        names = self.names
        if name in names.traits:
            return Field(f"t:{name}", names.traits[name])
        if name in names.trait_ids or name in names.broken:
            return Field(f"t:{name}", UNKNOWN)
        kind = names.customers.get(name)
        if kind is None and names.may_be_left_out(name):
            return Field(f"t:{name}", UNKNOWN)
        if kind is None:
            kind = self._undeclared(name, at)
        if kind.kind == "unsupported":
            names.reject("operator-type", f"the column `{name}` is of a type that rules can't use", at)
        return Field(f"c:{name}", kind)

    def _undeclared(self, name: str, at: Place) -> Type:
        """An unknown name: a mistake, unless no file and no contract says which columns customers have."""
        columns = self.names.customers
        if not columns.contracts and columns.may_have(name, *self.names.trait_ids):
            return UNKNOWN
        known = [*self.names.trait_ids, *columns.types]
        close = nearest(name, known)
        hint = f"did you mean `{close}`?" if close else _listed(dict.fromkeys(known))
        if columns.open and close is None:
            hint = "define it, or declare it under the `columns:` of the customers table"
        hint = _as_condition(name, self.word) or hint
        fix = self.names.findings.respelt(at, name, known)
        self.names.reject("unknown-trait", f"no trait named `{name}`", at, hint, fix)

    def contract(self, name: str) -> Column | None:
        """The contract of the customers column of that name, where it is no trait."""
        return None if name in self.names.trait_ids else self.names.customers.contracts.get(name)

    def nullable(self, name: str) -> bool:
        """Whether the definition may be missing; ``name`` has its prefix."""
        if name.startswith("c:"):
            return name[2:] not in self.names.customers.never_null
        return self.names.nullable.get(name, True)


Scope = RowScope | CustomerScope


def _as_condition(name: str, subject: str) -> str | None:
    """What to write where a name is a whole comparison."""
    comparison = parse_comparison(name)
    return None if comparison is None else f"write `{comparison.written(subject)}`"


def _one_column(known: Mapping[str, Any]) -> str | None:
    """What to do where a header was read as a single column."""
    only = next(iter(known), "")
    mark = next((mark for mark in ";\t|" if mark in only), None)
    if len(known) != 1 or mark is None:
        return None
    written = "tab" if mark == "\t" else f'"{mark}"'
    return f"the header is read as one column; say what separates the columns: `separator: {written}`"


def _listed(known: Mapping[str, Any]) -> str | None:
    """The first known names, when there are few enough to read."""
    names = sorted(known)
    if not names or len(names) > 12:
        return None
    return "there are " + ", ".join(f"`{n}`" for n in names)
