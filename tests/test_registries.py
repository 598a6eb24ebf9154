"""Every entry of a registry is whole: it is evaluated as the reference does, worded, bounded and documented.

What an entry lacks is found by functions that are held against broken entries, too.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from fractions import Fraction
from functools import partial
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType, SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from segmentry.engine import Workspace, check, checks, evaluate
from segmentry.engine.checks import Check
from segmentry.engine.diagnostics.findings import CATALOGUE
from segmentry.engine.files.model import Trait
from segmentry.engine.language import functions, kinds, operators
from segmentry.engine.language.functions import FUNCTIONS, Function
from segmentry.engine.language.kinds.entry import Bounds, RowKind, TraitKind
from segmentry.engine.language.operator_entry import Operator
from segmentry.engine.privacy.pii import PiiOf
from tests.command_line import call, in_json
from tests.example_shop import MANY_ORDERS, TABLES, example_keys, example_shop
from tests.random_models.agree import disagreements
from tests.reference import conditions as reference_conditions
from tests.reference import functions as reference_functions
from tests.reference import population as reference_population
from tests.reference.clock import Clock
from tests.strategies import Case, case_to_files

REFERENCE_PAGES = Path(__file__).parents[1] / "docs" / "reference"
AS_OF = "2026-03-01"


def has_row(page: str, cell: str) -> bool:
    """Whether a page of the reference has a table with that first cell."""
    return f"\n| `{cell}` |" in (REFERENCE_PAGES / page).read_text("utf-8")


def problem(what: str, attempt: Callable[[], object]) -> Iterator[str]:
    """What goes wrong, or what is said to, in words."""
    try:
        found = attempt()
    except Exception as error:
        yield f"{what}: {type(error).__name__} {error}"
        return
    if found:
        yield f"{what}: {found}"


def errors_of(case: Case, folder: Path) -> list[str]:
    """The errors that `check` finds."""
    case_to_files(case, folder)
    return [d.message for d in check(Workspace(folder), AS_OF) if d.severity == "error"]


# --- kinds of traits ------------------------------------------------------------------------------


def lacking_in_kind(kind: TraitKind, folder: Path) -> Iterator[str]:
    """What an entry of the kinds of traits lacks, a line each."""
    trait = {"id": "x", **yaml.safe_load(kind.example), **example_keys(kind)}
    case = example_shop(trait, {"trait": "x", "known": True})
    if not has_row("traits.md", kind.name):
        yield "docs: no row in docs/reference/traits.md (python -m tests.language_pages)"
    if kind.name not in reference_population.KINDS:
        yield "reference: tests/reference does not know it"
    yield from problem("check", lambda: errors_of(case, folder))
    yield from problem("value", lambda: disagreements(case))
    yield from problem("run", lambda: call("run", "--traits", "--as-of", AS_OF, "-w", folder) and None)
    yield from problem("phrase", lambda: _badly_worded(folder))
    yield from problem("bounds", lambda: _outside(kind, folder))
    yield from problem("copies", lambda: _badly_copied(kind, folder))
    yield from problem("scaffold", lambda: _scaffolded(trait, folder))
    if isinstance(kind, RowKind) and kind.in_groups:
        yield from problem("groups", lambda: _badly_grouped(kind, trait))


def _badly_worded(folder: Path) -> str | None:
    text = in_json("show", "x", "-w", folder)["rule"][0]["text"]
    return None if text and "{" not in text else f"`{text}` is what show says"


def _trait(folder: Path) -> Trait:
    return next(trait for trait in Workspace(folder).model.traits if trait.id == "x")


def _values(folder: Path) -> Mapping[Any, Any]:
    found = evaluate(Workspace(folder), as_of=AS_OF, traits="all").traits
    return dict(zip(found["id"], found["x"].to_list(), strict=True))


def _outside(kind: TraitKind, folder: Path) -> str | None:
    """Values that the bounds say there can't be, and bounds that are of another type than the values."""
    bounds = kind.bounds(_trait(folder))
    values = [value for value in _values(folder).values() if value is not None]
    whole = Workspace(folder).plan(AS_OF).traits["x"].is_exact
    for end in (bounds.least, bounds.most):
        if end is not None and isinstance(end, int) is not whole:
            return f"{end!r} is of another type than the values"
    for value in values:
        below = bounds.least is not None and value < bounds.least
        above = bounds.most is not None and value > bounds.most
        if below or above or (bounds.labels is not None and value not in bounds.labels):
            return f"{value!r} is not within {bounds}"
    return None


def _badly_copied(kind: TraitKind, folder: Path) -> str | None:
    """Whether it hands on values of rows, and is as personal as they are, differs from what it says."""
    column = _trait(folder).column
    if column is not None:
        cells = [row[column] for row in TABLES["orders"]]
        value = _values(folder)[MANY_ORDERS]
        listed = Workspace(folder).plan(AS_OF).traits["x"].kind == "list"
        hands_on = set(value if listed else [value]) <= set(cells)
        if hands_on is not kind.copies:
            return f"{value!r} is {'' if hands_on else 'no '}value of a row"
    pii = PiiOf(Workspace(folder).plan(AS_OF)).trait("x")
    return None if (pii == "quasi") is kind.copies else f"pii is {pii}"


def _scaffolded(trait: Mapping[str, Any], folder: Path) -> str | None:
    """Cases below what there can be."""
    if not Workspace(folder).plan(AS_OF).traits["x"].is_number:
        return None if "x:" in call("test", "--scaffold", "chosen", "-w", folder).stdout else "no case"
    bounds = kinds.TRAIT_KINDS[_trait(folder).kind].bounds(_trait(folder))
    edge = 1 if bounds.least is None else max(0, round(bounds.least))
    case_to_files(example_shop(trait, {"trait": "x", "at_least": edge}), folder)
    cases = yaml.safe_load(call("test", "--scaffold", "chosen", "-w", folder).stdout)
    given = [c["given"]["x"] for t in cases["tests"] for c in t["cases"] if "x" in c["given"]]
    below = [v for v in given if v is not None and bounds.least is not None and v < bounds.least]
    return f"{below} are below {bounds.least}" if below else None if given else "no case"


def _badly_grouped(kind: RowKind, trait: Mapping[str, Any]) -> list[str]:
    """What is wrong in a grouped source that lists it."""
    _, point, column = trait[kind.name].partition(".")
    listed = {kind.name: column if point else True, **{k: v for k, v in trait.items() if k == "that"}}
    group = {"from": "orders", "group_by": "channel", "time": {"max": "ordered_at"}, "columns": {"y": listed}}
    return disagreements(example_shop({"id": "x", "values": "grouped.y"}, sources={"grouped": group}))


@pytest.mark.parametrize("name", kinds.TRAIT_KINDS)
def test_a_kind_of_trait_is_whole(tmp_path: Path, name: str) -> None:
    assert list(lacking_in_kind(kinds.TRAIT_KINDS[name], tmp_path)) == []


def _lowers_nothing(*_: object) -> Any:
    raise NotImplementedError


def _two_at_least(_: object) -> Bounds:
    return Bounds(2)


def _in_doubles(_: object) -> Bounds:
    return Bounds(0.0)


def _only_low(_: object) -> Bounds:
    return Bounds(labels=("low",))


Broken = tuple[str, str, dict[str, Any]]
"""The name of an entry, the part that is wrong and what it has in its place."""


BROKEN_KINDS: list[Broken] = [
    ("min", "value", {"lower": kinds.ROW_KINDS["max"].lower}),
    ("min", "check", {"lower": _lowers_nothing}),
    ("bucket", "run", {"lower": _lowers_nothing}),
    ("min", "phrase", {"phrase": "the {smallest} of {rows}"}),
    ("min", "phrase", {"phrase": ""}),
    ("count", "bounds", {"bounds": _two_at_least}),
    ("count", "bounds", {"bounds": _in_doubles}),
    ("band", "bounds", {"bounds": _only_low}),
    ("min", "copies", {"copies": False}),
    ("sum", "copies", {"copies": True}),
    ("sum", "check", {"example": "sum: orders.category"}),
    ("percentile", "check", {"example": "percentile: {from: spend}"}),
    ("sum", "groups", {"lower": kinds.ROW_KINDS["max"].lower}),
]


@pytest.mark.parametrize(("name", "part", "changes"), BROKEN_KINDS)
def test_a_kind_that_is_not_whole_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, part: str, changes: dict[str, Any]
) -> None:
    broken = _broken(kinds.TRAIT_KINDS[name], **changes)
    for registry in (kinds.TRAIT_KINDS, kinds.ROW_KINDS, kinds.GROUP_KINDS):
        if name in registry:
            monkeypatch.setitem(registry, name, broken)  # type: ignore[arg-type]
    assert part in {line.partition(":")[0] for line in lacking_in_kind(broken, tmp_path)}


def test_a_kind_without_reference_and_row_is_found(tmp_path: Path) -> None:
    unknown = _broken(kinds.TRAIT_KINDS["min"], name="smallest")
    found = {line.partition(":")[0] for line in lacking_in_kind(unknown, tmp_path)}
    assert found >= {"docs", "reference"}


def _broken(entry: Any, **changes: Any) -> Any:
    return dataclasses.replace(entry, **changes)


# --- operators ------------------------------------------------------------------------------------

_SUBJECTS = {
    "string": "city",
    "integer": "nps",
    "number": "rate",
    "decimal": "balance",
    "boolean": "vip",
    "date": "birth_date",
    "datetime": "signed_up_at",
    "list": "tags",
}
_ELSEWHERE = {"known", "blank", "top", "bottom"}
"""Operators that the reference has beside its table: they look at missing values, or at other customers."""


def lacking_in_operator(operator: Operator, folder: Path) -> Iterator[str]:
    """What an entry of the operators lacks, a line each."""
    if not has_row("conditions.md", operator.name):
        yield "docs: no row in docs/reference/conditions.md (python -m tests.language_pages)"
    if operator.name not in {*reference_conditions.OPERATORS, *_ELSEWHERE}:
        yield "reference: tests/reference does not know it"
    if "{}" not in operator.phrase and operator.phrase_of_false is None:
        yield "phrase: it has no place for the operand, and no words for a false one"
    operand = yaml.safe_load(operator.example)
    tests = {operator.name: str(operand) if isinstance(operand, date) else operand}
    cases = [example_shop(when={"trait": _SUBJECTS[kind], **tests}) for kind in sorted(operator.kinds)]
    fitting = [case for case in cases if not list(problem("", partial(errors_of, case, folder)))]
    if not fitting:
        yield "check: the example fits no kind of subject that it takes"
    yield from problem("keeps", lambda: _badly_kept(operator))
    for case in fitting:
        case_to_files(case, folder)
        yield from problem("value", partial(disagreements, case))
        yield from problem("show", lambda: call("show", "chosen", "-w", folder) and None)
        yield from problem("explain", lambda: call("explain", "1", "-w", folder) and None)


def _badly_kept(operator: Operator) -> list[int]:
    """The numbers of which it says otherwise than the reference, by themselves."""
    if operator.keeps is None:
        return []
    operand = [10, 20] if operator.example.startswith("[") else 10
    numbers = [Fraction(n) for n in (operand if isinstance(operand, list) else [operand])]
    scope: Any = SimpleNamespace(clock=Clock(ZoneInfo("UTC"), 1, datetime(2026, 3, 1, tzinfo=UTC)))
    return [
        n
        for n in range(30)
        if operator.keeps(Fraction(n), numbers)
        is not reference_conditions.number_tests(n, {operator.name: operand}, scope)
    ]


@pytest.mark.parametrize("name", operators.OPERATORS)
def test_an_operator_is_whole(tmp_path: Path, name: str) -> None:
    assert list(lacking_in_operator(operators.OPERATORS[name], tmp_path)) == []


BROKEN_OPERATORS: list[Broken] = [
    ("at_least", "value", {"lower": operators.OPERATORS["at_most"].lower}),
    ("at_least", "check", {"lower": _lowers_nothing}),
    ("at_least", "check", {"example": "many"}),
    ("at_least", "keeps", {"keeps": operators.OPERATORS["more_than"].keeps}),
    ("at_least", "phrase", {"phrase": "is enough"}),
    ("at_least", "docs", {"name": "no_less_than"}),
    ("at_least", "reference", {"name": "no_less_than"}),
]


@pytest.mark.parametrize(("name", "part", "changes"), BROKEN_OPERATORS)
def test_an_operator_that_is_not_whole_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, part: str, changes: dict[str, Any]
) -> None:
    broken = _broken(operators.OPERATORS[name], **changes)
    monkeypatch.setitem(operators.OPERATORS, name, broken)  # type: ignore[arg-type]
    assert part in {line.partition(":")[0] for line in lacking_in_operator(broken, tmp_path)}


# --- functions ------------------------------------------------------------------------------------


def lacking_in_function(function: Function, folder: Path) -> Iterator[str]:
    """What an entry of the functions of formulas lacks, a line each."""
    if not has_row("formulas.md", function.signature):
        yield "docs: no row in docs/reference/formulas.md (python -m tests.language_pages)"
    if function.name not in reference_functions.FUNCTIONS:
        yield "reference: tests/reference does not know it"
    if not function.example.startswith(f"{function.name}("):
        yield "example: it calls another function"
    case = example_shop({"id": "x", "formula": function.example})
    yield from problem("check", lambda: errors_of(case, folder))
    yield from problem("value", lambda: disagreements(case))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_is_whole(tmp_path: Path, name: str) -> None:
    assert list(lacking_in_function(FUNCTIONS[name], tmp_path)) == []


BROKEN_FUNCTIONS: list[Broken] = [
    ("floor", "value", {"lower": FUNCTIONS["ceil"].lower}),
    ("floor", "check", {"lower": _lowers_nothing}),
    ("floor", "check", {"example": "floor(city)"}),
    ("floor", "example", {"example": "ceil(spend)"}),
    ("floor", "docs", {"signature": "trunc(x)"}),
    ("floor", "reference", {"name": "trunc"}),
]


@pytest.mark.parametrize(("name", "part", "changes"), BROKEN_FUNCTIONS)
def test_a_function_that_is_not_whole_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, part: str, changes: dict[str, Any]
) -> None:
    broken = _broken(FUNCTIONS[name], **changes)
    monkeypatch.setitem(functions.FUNCTIONS, name, broken)  # type: ignore[arg-type]
    assert part in {line.partition(":")[0] for line in lacking_in_function(broken, tmp_path)}


# --- findings and checks --------------------------------------------------------------------------

ROOT = Path(__file__).parents[1]


def _texts(place: str, *without: str) -> str:
    """The text files of a folder, without those whose path has one of some parts."""
    files = [file for file in sorted((ROOT / place).rglob("*.*")) if file.suffix in (".py", ".yaml", ".txt")]
    kept = [file for file in files if not any(part in file.as_posix() for part in without)]
    return "\n".join(file.read_text("utf-8") for file in kept)


def unraised(codes: Iterable[str]) -> list[str]:
    """The findings that no check reports."""
    sources = _texts("engine", "diagnostics/findings") + _texts("personas", "checks/finding.py")
    return [code for code in codes if f'"{code}"' not in sources]


def untested(codes: Iterable[str]) -> list[str]:
    """The findings that no test and no case expects (the list of all severities is none)."""
    tests = _texts("tests", "test_diagnostics.py")
    return [code for code in codes if not re.search(rf"[\"'\[(]{code}[\"'\])]", tests)]


def test_every_finding_is_reported_somewhere_and_expected_by_a_test() -> None:
    assert unraised(CATALOGUE) == []
    assert untested(CATALOGUE) == []
    nothing = "no-such-" + "finding"
    assert unraised([*CATALOGUE, nothing]) == untested([*CATALOGUE, nothing]) == [nothing]


def checks_in(module: ModuleType) -> Iterator[Check]:
    """The public functions of a module that are checks: they take the context, and give nothing."""
    for name, function in vars(module).items():
        if inspect.isfunction(function) and function.__module__ == module.__name__ and name[0] != "_":
            signature = inspect.signature(function)
            taken = [parameter.annotation for parameter in signature.parameters.values()]
            if (taken, signature.return_annotation) == (["Context"], "None"):
                yield function


def test_every_check_is_listed_and_documented() -> None:
    modules = [import_module(f"{checks.__name__}.{m.name}") for m in iter_modules(checks.__path__)]
    found = {check for module in modules for check in checks_in(module)}
    assert found == set(checks.CHECKS)
    assert [each for each in checks.CHECKS if not each.__doc__] == []
