"""What `identity:` and the sources have to agree on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from segmentry.engine.document import Path, is_list, is_mapping
from segmentry.engine.files.identity import MATCHES, PEOPLE
from segmentry.engine.files.schema.mistake import Mistake
from segmentry.engine.language.suggest import did_you_mean

_IDENTITY: Final[Path] = ("identity",)


def known_people(data: Mapping[str, Any], wrong: frozenset[Path]) -> Iterator[Mistake]:
    """The sources of people are there and have `record`; records and links are of such sources alone."""
    sources, identity = data.get("sources"), data.get("identity")
    if not is_mapping(sources):
        return
    members: list[Any] = []
    if is_mapping(identity):
        named = identity.get("customers")
        members = list(named) if is_list(named) else []
        yield from _members(sources, members)
        yield from _reserved(sources, identity)
    sound = len(set(members)) == len(members) and all(name in sources for name in members)
    for name, source in sources.items():
        if is_mapping(source):
            yield from _source(name, source, members if sound else list(sources), known="identity" in data)


def _members(sources: Mapping[str, Any], members: list[Any]) -> Iterator[Mistake]:
    for n, name in enumerate(members):
        path: Path = (*_IDENTITY, "customers", n)
        source = sources.get(name)
        if name in members[:n]:
            yield Mistake(path, f"`{name}` stands there twice", "leave one of the two out")
        elif name not in sources:
            near = did_you_mean(str(name), sources)
            yield Mistake(path, f"no source named `{name}`", near, "unknown-source")
        elif is_mapping(source) and "record" not in source and "key" not in source:
            hint = f"add `record: COLUMN` to `{name}`, the column that tells its records apart"
            yield Mistake(path, f"the source `{name}` has no `record`", hint)
        elif ":" in str(name):
            message = f"the name `{name}` has a colon, and a person is named `SOURCE:KEY`"
            yield Mistake(path, message, "give the source a name without a colon")


def _reserved(sources: Mapping[str, Any], identity: Mapping[str, Any]) -> Iterator[Mistake]:
    for name in (PEOPLE, *((MATCHES,) if "matches" in identity else ())):
        if name in sources:
            message = f"`{name}` is the name of the table that `identity:` makes"
            yield Mistake(("sources", name), message, "give this source another name", at_key=True)


def _source(name: str, source: Mapping[str, Any], members: list[Any], *, known: bool) -> Iterator[Mistake]:
    if "record" in source and name not in members:
        message = f"`{name}` has `record`, and is not among the `customers` of `identity:`"
        hint = "name it there" if known else "write `key:`, or add `identity: {customers: […], join_on: […]}`"
        yield Mistake(("sources", name, "record"), message, hint, at_key=True)
    customer = source.get("customer")
    for other in customer if is_mapping(customer) else ():
        if other not in members:
            near = did_you_mean(str(other), [str(m) for m in members])
            near = near or "name a source that `identity:` has among its `customers`"
            message = f"`{other}` is no source of people's records"
            yield Mistake(("sources", name, "customer", other), message, near, "unknown-source", at_key=True)
