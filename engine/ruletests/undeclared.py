"""Types of columns that neither a file nor a contract describes: from the values that tests give them, else
from what the rules do with them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Final, assert_never

from segmentry.engine.files.condition_model import Formula, Leaf, Sequence
from segmentry.engine.files.model import Aggregate, Lookup, Model, Source, Trait
from segmentry.engine.language.formula import names_in
from segmentry.engine.language.kinds import TRAIT_KINDS
from segmentry.engine.language.operators import OPERATORS
from segmentry.engine.language.types import (
    BOOLEAN,
    DATE,
    DATETIME,
    INTEGER,
    NUMBER,
    STRING,
    UNKNOWN,
    Type,
    list_of,
)
from segmentry.engine.ruletests.rule_test import RuleTestFile
from segmentry.engine.ruletests.values import natural_kind

_PREFERRED: Final = (STRING, NUMBER, DATE, DATETIME, BOOLEAN, list_of(STRING))


def written_values(files: Iterable[RuleTestFile], customers: str) -> dict[str, dict[str, list[Any]]]:
    """All values that tests give, by source and column; what traits are given counts as of the customers."""
    found: dict[str, dict[str, list[Any]]] = {}

    def add(source: str, values: Mapping[str, Any]) -> None:
        for name, written in values.items():
            found.setdefault(source, {}).setdefault(name, []).append(written.raw)

    for file in files:
        add(customers, file.defaults)
        for case in file.cases:
            add(customers, case.given)
            for row in case.customers or ():
                add(customers, row)
            for source, rows in case.sources.items():
                for row in rows:
                    add(source, row)
    return found


def used_kinds(model: Model) -> dict[str, Type]:
    """Every name that the rules use as a column or trait, with a type that what they do with it takes."""
    found: dict[str, Type] = {}

    def use(name: str | None, kind: Type) -> None:
        if name is not None and found.get(name, UNKNOWN) == UNKNOWN:
            found[name] = kind

    for node in _every_node(model):
        match node:
            case Leaf(subject=subject, tests=tests):
                for test in tests:
                    use(subject, _kind_for(test.operator, test.operand))
            case Formula(tree=tree):
                for part in names_in(tree):
                    use(part.name, NUMBER)
            case Trait(kind=kind, column=column, of=of):
                use(column, _kind_of_column(kind))
                use(of, NUMBER)
            case Aggregate(kind=kind, column=column):
                use(column, _kind_of_column(kind))
            case Lookup() | Sequence():
                for name in _columns_named(node):
                    use(name, UNKNOWN)
            case Source(time=time):
                use(time, DATETIME)
                for name in _columns_named(node):
                    use(name, UNKNOWN)
            case _:
                pass
    return found


def _columns_named(node: Lookup | Sequence | Source) -> tuple[str | None, ...]:
    match node:
        case Lookup(here=here, there=there, columns=columns):
            return (*here, *there, *columns)
        case Sequence(same=same):
            return same
        case Source(key=key, customer=customer, group_by=keys, lookup_key=lookup_key):
            return (key, customer, *lookup_key, *keys)
        case _:
            assert_never(node)


def _every_node(node: Any) -> Iterator[Any]:
    if is_dataclass(node):
        yield node
        for part in fields(node):
            if part.compare:
                yield from _every_node(getattr(node, part.name))
    elif isinstance(node, tuple):
        for item in node:  # pyright: ignore[reportUnknownVariableType]
            yield from _every_node(item)


def _kind_of_column(kind: str) -> Type:
    """A type that the kind of trait takes."""
    return NUMBER if TRAIT_KINDS[kind].values == "numbers" else UNKNOWN


def _kind_for(operator: str, operand: Any) -> Type:
    """A type that the operator takes with this operand."""
    kinds = OPERATORS[operator].kinds
    usable = [kind for kind in _PREFERRED if kind.kind in kinds]
    if STRING in usable and len(usable) > 1:
        match operand:
            case [*operands]:
                natural = natural_kind(operands)
            case _:
                natural = natural_kind([operand])
        natural = NUMBER if natural == INTEGER else natural
        return natural if natural in usable else STRING
    return usable[0] if usable else UNKNOWN
