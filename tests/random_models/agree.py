"""Holding the engine's result against the reference's."""

from __future__ import annotations

import math
import re
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segmentry.engine.backends.registry import DEFAULT
from tests import reference
from tests.random_models.reduce import reduce
from tests.strategies import Case, case_to_files

if TYPE_CHECKING:
    import polars as pl


def disagreements(case: Case, engine: str = DEFAULT) -> list[str]:
    """What an engine says differently of a case, a line each; none if the two agree."""
    from segmentry.engine import Workspace, evaluate

    with tempfile.TemporaryDirectory() as name:
        case_to_files(case, Path(name))
        found = evaluate(Workspace(Path(name), engine=engine), as_of=case.as_of, traits="all")
    return differences(case, found.traits, found.memberships)


def differences(case: Case, traits: pl.DataFrame, memberships: pl.DataFrame) -> list[str]:
    """Where two frames, laid out as `run` writes them, are not what the reference gives."""
    expected = reference.evaluate(case.files, case.tables, case.as_of)
    sources = case.files["segmentry.yaml"]["sources"].values()
    key = next(spec["key"] for spec in sources if "key" in spec)
    return [*_of_traits(case, expected, traits, key), *_of_memberships(case, expected, memberships, key)]


def assert_agreement(case: Case, engine: str = DEFAULT) -> None:
    """Fails where the two disagree or the engine gives up, with a small case that does so, its files and both
    sides' values."""

    def fails(case: Case) -> str | None:
        return failure(case, engine)

    if fails(case) is None:
        return
    small = reduce(case, fails)
    try:
        lines = disagreements(small, engine)
    except Exception as error:
        error.add_note(str(small))
        raise
    raise AssertionError("\n".join(["engine and reference disagree:", *lines, str(small)]))


def failure(case: Case, engine: str = DEFAULT) -> str | None:
    """How a case fails: the values disagree, or the engine gives up; None if they agree, or if the reference
    finds no meaning in it."""
    try:
        reference.evaluate(case.files, case.tables, case.as_of)
    except Exception:
        return None
    try:
        return "disagreement" if disagreements(case, engine) else None
    except Exception as error:
        codes = sorted({found.code for found in getattr(error, "diagnostics", ())})
        # Names and numbers aside, or another fault of the same class would pass for this one.
        words = re.sub(r"`[^`]*`|\S*[\d_/]\S*", "", str(error))[:60]
        return " ".join([type(error).__name__, *codes, words])


def _of_traits(case: Case, expected: reference.Result, frame: pl.DataFrame, key: str) -> Iterator[str]:
    defined = [trait["id"] for trait in case.files["rules/traits.yaml"]["traits"]]
    yield from (f"trait {name} is not there" for name in defined if name not in frame.columns)
    yield from _of_keys(expected, frame, key)
    for name in frame.columns:
        if name == key:
            continue
        close = name in expected.approximate
        for customer, value in zip(frame[key], frame[name].to_list(), strict=True):
            wanted = expected.traits[name].get(customer)
            if not same(value, wanted, close):
                yield f"trait {name} of {customer!r}: engine {value!r}, reference {wanted!r}"


def _of_keys(expected: reference.Result, frame: pl.DataFrame, key: str) -> Iterator[str]:
    if frame[key].to_list() != expected.customers:
        yield f"customers: engine {frame[key].to_list()}, reference {expected.customers}"


def _of_memberships(case: Case, expected: reference.Result, frame: pl.DataFrame, key: str) -> Iterator[str]:
    yield from _of_keys(expected, frame, key)
    wanted: dict[str, list[Any]] = {}
    for name, members in expected.memberships.items():
        spec = case.files[f"rules/{name}.yaml"]
        if spec["assign"] != "every_match":
            wanted[name] = list(members.values())
            continue
        for segment in spec["segments"]:
            if segment.get("status") != "draft":
                wanted[segment["id"]] = [segment["id"] in ids for ids in members.values()]
    if set(frame.columns) != {key, *wanted}:
        yield f"columns: engine {frame.columns}, reference {[key, *wanted]}"
        return
    for name, values in wanted.items():
        found = dict(zip(frame[key], frame[name].cast(str).to_list(), strict=True))
        for customer, value in zip(expected.customers, values, strict=True):
            if found.get(customer) != (str(value).lower() if isinstance(value, bool) else value):
                yield f"{name} of {customer!r}: engine {found.get(customer)!r}, reference {value!r}"


def same(found: Any, wanted: Any, close: bool) -> bool:
    """Whether two values are one: approximate ones within 10⁻⁹ relative, all others exactly."""
    if found is None or wanted is None:
        return found is wanted
    kinds = (_kind(found), _kind(wanted))
    if kinds == ("list", "list"):
        return len(found) == len(wanted) and all(map(partial(same, close=close), found, wanted))
    if close and set(kinds) <= {"exact", "number"}:
        return math.isclose(found, wanted, rel_tol=1e-9, abs_tol=1e-12)
    return kinds[0] == kinds[1] and (Fraction(found) if kinds[0] == "exact" else found) == wanted


def _kind(value: object) -> str:
    """What a value is an example of; integers and decimals are both exact numbers."""
    match value:
        case bool():
            return "boolean"
        case int() | Fraction() | Decimal():
            return "exact"
        case float():
            return "number"
        case list():
            return "list"
        case _:
            return type(value).__name__
