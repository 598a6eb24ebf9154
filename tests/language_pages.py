"""Fills the tables of docs/reference from the registries and schemas: `python -m tests.language_pages`.

A table stands between ``<!-- generated: NAME -->`` and ``<!-- end -->``; the words around it are written
by hand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from segmentry.engine.files.schema.conditions import WINDOWS
from segmentry.engine.files.schema.registry import SchemaName, json_schema
from segmentry.engine.language.functions import FUNCTIONS
from segmentry.engine.language.kinds import GROUP_KINDS, TRAIT_KINDS
from segmentry.engine.language.kinds.entry import RowKind, TraitKind
from segmentry.engine.language.languages import phrases
from segmentry.engine.language.operator_entry import (
    ANY,
    LISTS,
    NUMBERS,
    ORDERED,
    SCALARS,
    TEMPORAL,
    TEXT,
    Operator,
)
from segmentry.engine.language.operators import OPERATORS
from segmentry.engine.language.types import DECLARED_KINDS
from segmentry.personas.channels import CHANNELS

FOLDER = Path(__file__).parents[1] / "docs" / "reference"
MARKED = re.compile(r"(<!-- generated: (\S+) -->\n).*?(<!-- end -->)", re.S)

Row = tuple[str, ...]
Schema = Mapping[str, Any]


def _table(head: Row, rows: Iterable[Row]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


# --- conditions -----------------------------------------------------------------------------------

_KINDS = (
    (ANY, "anything"),
    (SCALARS, "anything but lists"),
    (NUMBERS, "numbers"),
    (TEMPORAL, "date, datetime"),
    (ORDERED, "numbers, date, datetime"),
    (TEXT, "text"),
    (LISTS, "lists"),
    (NUMBERS | {"date"}, "numbers, date"),
)


def _on(operator: Operator) -> str:
    """The types that an operator takes, in few words."""
    known = (name for kinds, name in _KINDS if operator.kinds == kinds)
    return next(known, ", ".join(kind for kind in DECLARED_KINDS if kind in operator.kinds))


def _operators() -> str:
    head = ("operator", "on", "takes", "true where", "example")
    rows = (
        (f"`{o.name}`", _on(o), o.shape.words, o.doc, f"`{o.name}: {o.example}`") for o in OPERATORS.values()
    )
    return _table(head, rows)


def _listed(which: Callable[[Operator], bool]) -> Callable[[], str]:
    return lambda: ", ".join(f"`{o.name}`" for o in OPERATORS.values() if which(o)) + "\n"


def _condition_keys(*names: str) -> Callable[[], str]:
    def table() -> str:
        properties = json_schema("rules")["$defs"]["condition"]["properties"]
        return _table(("key", "what it says"), ((f"`{n}`", properties[n]["description"]) for n in names))

    return table


# --- traits, windows, formulas --------------------------------------------------------------------

_VALUES = {
    "any": "",
    "numbers": "numbers",
    "ordered": "numbers or dates",
    "numbers or dates": "numbers or dates",
    "scalars": "anything but lists",
    "none": "",
}


def _kind(kind: TraitKind) -> Row:
    needs = [_VALUES[kind.values]]
    if isinstance(kind, RowKind):
        needs += ["`that`" if kind.needs_that else "", "a time" if kind.needs_time else ""]
    return (f"`{kind.name}`", kind.doc, kind.nothing, ", ".join(filter(None, needs)), f"`{kind.example}`")


def _kinds(which: Callable[[TraitKind], bool]) -> Callable[[], str]:
    head = ("kind", "value", "without a matching row", "needs", "example")
    return lambda: _table(head, (_kind(k) for k in TRAIT_KINDS.values() if which(k)))


def _of_rows(kind: TraitKind) -> bool:
    return isinstance(kind, RowKind)


def _group_kinds() -> str:
    return ", ".join(f"`{kind}`" for kind in GROUP_KINDS) + "\n"


def _windows() -> str:
    rows = ((f"`{n}`", part["title"], part["description"]) for n, part in WINDOWS.items())
    return _table(("window", "takes", "rows"), rows)


def _functions() -> str:
    rows = ((f"`{f.signature}`", f.doc, f"`{f.example}`") for f in FUNCTIONS.values())
    return _table(("function", "value", "example"), rows)


# --- keys of files --------------------------------------------------------------------------------

_TYPES = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
}


def _channels() -> str:
    names = phrases("en")["page"]["channels"]
    rows = (
        (f"`{id_}`", names[id_], ", ".join(f"`{part}`" for part in channel.schema["properties"]),
         f"`{channel.main}`", channel.check_doc)
        for id_, channel in CHANNELS.items()
    )  # fmt: skip
    return _table(("channel", "is", "a message has", "a required line stands in", "checked"), rows)


def _channel_limits() -> str:
    rows = (
        (f"`{id_}`", limit.what, f"{limit.value:g} {limit.unit}", limit.source)
        for id_, channel in CHANNELS.items()
        for limit in channel.limits.values()
    )
    return _table(("channel", "limit of", "is", "source"), rows)


def _resolved(part: Schema, definitions: Schema) -> dict[str, Any]:
    target: Schema = definitions.get(part.get("$ref", "").rpartition("/")[2], {})
    return {**target, **part}


def _takes(part: Schema) -> str:
    """What a key takes, in words."""
    choices = part.get("enum", ())
    if choices and all(isinstance(choice, str) for choice in choices):
        return ", ".join(f"`{choice}`" for choice in choices)
    if "title" in part:
        return str(part["title"])
    kinds: Any = part.get("type", "object")
    return _TYPES[kinds] if isinstance(kinds, str) else " or ".join(_TYPES[kind] for kind in kinds)


def _rows(schema: Schema, definitions: Schema, prefix: str = "") -> Iterator[Row]:
    """A row per key; those of a mapping inside it stand under the name of the outer one."""
    for name, written in schema["properties"].items():
        part = _resolved(written, definitions)
        if part.get("not") == {}:  # named only to say that it has no place here
            continue
        reported = part.get("description", "") + (
            " *Required.*" if name in schema.get("required", ()) else ""
        )
        yield f"`{prefix}{name}`", _takes(part), reported.strip()
        if "$ref" not in written:
            inner = part.get("items", part)
            if "properties" in inner:
                yield from _rows(inner, definitions, f"{prefix}{name}{'.' if inner is part else '[].'}")


def _keys(
    name: SchemaName, definition: str | None = None, *, without: Iterable[str] = ()
) -> Callable[[], str]:
    def table() -> str:
        schema = json_schema(name)
        definitions = schema.get("$defs", {})
        part = schema if definition is None else definitions[definition]
        skipped = {f"`{key}`" for key in without}
        rows = (row for row in _rows(part, definitions) if row[0] not in skipped)
        return _table(("key", "takes", "what it says"), rows)

    return table


def _identity_keys() -> str:
    schema = json_schema("workspace")
    part = schema["properties"]["identity"]
    return _table(("key", "takes", "what it says"), _rows(part, schema["$defs"]))


TABLES: Mapping[str, Callable[[], str]] = {
    "operators": _operators,
    "negative-operators": _listed(lambda o: o.negative),
    "operators-that-fold": _listed(lambda o: o.folds_case),
    "operators-of-customers": _listed(lambda o: not o.in_rows),
    "combinators": _condition_keys("all", "any", "none", "not"),
    "references": _condition_keys("segment", "rule"),
    "modifiers": _condition_keys("missing", "ignore_case", "fold", "among", "per", "as"),
    "behaviour": _condition_keys(
        *("did", "did_not", "where", "times", "last_rows", "exactly", "by"),
        *("then", "then_not", "within", "same"),
    ),
    "row-kinds": _kinds(_of_rows),
    "other-kinds": _kinds(lambda kind: not _of_rows(kind)),
    "group-kinds": _group_kinds,
    "windows": _windows,
    "functions": _functions,
    "workspace-keys": _keys("workspace"),
    "source-keys": _keys("workspace", "source"),
    "column-keys": _keys("workspace", "column", without=GROUP_KINDS),
    "lookup-keys": _keys("workspace", "lookup"),
    "identity-keys": _identity_keys,
    "join-keys": _keys("workspace", "join_key"),
    "rules-keys": _keys("rules"),
    "trait-keys": _keys("rules", "trait", without=(*TRAIT_KINDS, *WINDOWS)),
    "segment-keys": _keys("rules", "segment"),
    "positioning-keys": _keys("rules", "positioning"),
    "tests-keys": _keys("tests"),
    "test-keys": _keys("tests", "test"),
    "case-keys": _keys("tests", "case"),
    "brand-keys": _keys("brand"),
    "channels": _channels,
    "channel-limits": _channel_limits,
}
"""The generated parts by name."""


def filled(page: str) -> str:
    """A page with its generated parts written anew."""
    return MARKED.sub(lambda m: f"{m[1]}\n{TABLES[m[2]]()}\n{m[3]}", page)


if __name__ == "__main__":
    for path in sorted(FOLDER.glob("*.md")):
        path.write_text(filled(path.read_text("utf-8")), "utf-8")
