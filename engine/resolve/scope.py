"""What names mean: traits and customers columns, or the columns of one source's rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from segmentry.engine.expr import Expr, Field
from segmentry.engine.language.calendar import Calendar
from segmentry.engine.language.operands import Rejected
from segmentry.engine.language.types import UNKNOWN, Type
from segmentry.engine.model import Column, Place
from segmentry.engine.parse.reader import Findings
from segmentry.engine.resolve.suggest import did_you_mean, nearest


@dataclass
class Columns:
    """The columns a source has at one step of its work.

    ``open`` says that neither a file nor a contract is at hand, so that any further name may be a column.
    ``never_null`` are columns that every row taking part has.
    """

    types: dict[str, Type] = field(default_factory=dict[str, Type])
    open: bool = False
    contracts: dict[str, Column] = field(default_factory=dict[str, Column])
    never_null: set[str] = field(default_factory=set[str])
    approximate: set[str] = field(default_factory=set[str])

    def copy(self) -> Columns:
        """An independent copy."""
        return Columns(
            dict(self.types),
            self.open,
            dict(self.contracts),
            set(self.never_null),
            set(self.approximate),
        )

    def get(self, name: str) -> Type | None:
        """The type of a column; unknown where anything may be a column; None where there is none."""
        return self.types.get(name, UNKNOWN if self.open else None)


@dataclass
class Names:
    """Everything that a workspace defines, as far as it is resolved."""

    findings: Findings
    calendar: Calendar
    broken: frozenset[str]
    sources: dict[str, Columns] = field(default_factory=dict[str, Columns])
    customers: Columns = field(default_factory=Columns)
    traits: dict[str, Type] = field(default_factory=dict[str, Type])
    trait_ids: frozenset[str] = frozenset()
    nullable: dict[str, bool] = field(default_factory=dict[str, bool])
    approximate: set[str] = field(default_factory=set[str])

    def reject(self, code: str, message: str, at: Place, hint: str | None = None) -> NoReturn:
        """Report a mistake and give up what is around it."""
        self.findings.add(code, message, at, hint)
        raise Rejected


@dataclass(frozen=True)
class RowScope:
    """The columns of one source's rows; ``source`` is its name."""

    names: Names
    source: str
    columns: Columns

    word = "column"
    unknown_code = "unknown-column"

    def field(self, name: str, at: Place) -> Expr:
        """The column of that name; an unknown one is reported."""
        kind = self.columns.get(name)
        if kind is None:
            hint = did_you_mean(name, self.columns.types) or _listed(self.columns.types)
            self.names.reject(
                "unknown-column", f"the source `{self.source}` has no column `{name}`", at, hint
            )
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

    names: Names

    word = "trait"
    unknown_code = "unknown-trait"

    def field(self, name: str, at: Place) -> Expr:
        """The trait or customers column of that name; an unknown one is reported."""
        names = self.names
        if name in names.traits:
            return Field(f"t:{name}", names.traits[name])
        if name in names.trait_ids or name in names.broken:
            return Field(f"t:{name}", UNKNOWN)
        kind = names.customers.get(name)
        if kind is None or (kind is UNKNOWN and name not in names.customers.types):
            kind = self._undeclared(name, at, kind)
        if kind.kind == "unsupported":
            names.reject("operator-type", f"the column `{name}` is of a type that rules can't use", at)
        return Field(f"c:{name}", kind)

    def _undeclared(self, name: str, at: Place, kind: Type | None) -> Type:
        """An unknown name: a mistake, unless the customers table may have any column."""
        known = [*self.names.trait_ids, *self.names.customers.types]
        close = nearest(name, known)
        if kind is not None:
            return kind
        hint = f"did you mean `{close}`?" if close else _listed(dict.fromkeys(known))
        self.names.reject("unknown-trait", f"no trait named `{name}`", at, hint)

    def contract(self, name: str) -> Column | None:
        """The contract of the customers column of that name, where it is no trait."""
        return None if name in self.names.trait_ids else self.names.customers.contracts.get(name)

    def nullable(self, name: str) -> bool:
        """Whether the definition may be missing; ``name`` has its prefix."""
        if name.startswith("c:"):
            return name[2:] not in self.names.customers.never_null
        return self.names.nullable.get(name, True)


Scope = RowScope | CustomerScope
FieldLookup = Callable[[str, Place], Expr]


def _listed(known: Mapping[str, Any]) -> str | None:
    """The first known names, when there are few enough to read."""
    names = sorted(known)
    if not names or len(names) > 12:
        return None
    return "there are " + ", ".join(f"`{n}`" for n in names)
