"""What a library's user reads: every exported name, and what it leads to, says what it gives and raises."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from tests.public_surface import (
    PACKAGES,
    Definition,
    definition,
    exported,
    fields_of,
    functions_of,
    names_for,
    raised,
    reached,
)

REACHED = reached()
FRAME = re.compile(r"\b(DataFrame|LazyFrame)\b")
NUMBER = re.compile(r"\b(float|Decimal)\b")


def _lacks(item: Definition, around: str = "") -> list[str]:
    """What the docstring does not say; what a method raises its class may say, with ``around``."""
    if not item.doc:
        return ["has no docstring"]
    return _of_fields(item) if isinstance(item.node, ast.ClassDef) else _of_result(item, around)


def _of_fields(item: Definition) -> list[str]:
    """Frames have columns and rows, numbers a unit: both only the docstring can say."""
    fields = fields_of(item)
    asked = [name for name, kind in fields.items() if FRAME.search(kind) or NUMBER.search(kind)]
    lacking = [f"does not say what `{name}` holds" for name in asked if f"``{name}``" not in item.doc]
    if any(FRAME.search(fields[name]) for name in asked) and not _tells_a_shape(item.doc):
        lacking.append("does not say the columns and rows of its frames")
    return lacking


def _of_result(item: Definition, around: str) -> list[str]:
    assert isinstance(item.node, (ast.FunctionDef, ast.AsyncFunctionDef))
    returned = "" if item.node.returns is None else ast.unparse(item.node.returns)
    lacking: list[str] = []
    if FRAME.search(returned) and not _tells_a_shape(item.doc):
        lacking.append("does not say the columns and rows of the frame")
    for exception in sorted(raised(item)):
        names = "|".join(names_for(item, exception))
        if not re.search(rf"\b[Rr]aises\b.*\b({names})\b", f"{item.doc} {around}"):
            lacking.append(f"does not say that it raises {exception}")
    return lacking


def _tells_a_shape(doc: str) -> bool:
    return re.search(r"\bcolumns?\b", doc) is not None and re.search(r"\brows?\b", doc) is not None


@pytest.mark.parametrize("item", REACHED, ids=str)
def test_a_docstring_says_what_the_source_cannot(item: Definition) -> None:
    checked = {str(each): each for each in (item, *functions_of(item))}.values()
    assert [f"{each}: {fault}" for each in checked for fault in _lacks(each, item.doc)] == []


@pytest.mark.parametrize("item", exported(), ids=str)
def test_an_exported_function_names_what_may_be_left_out(item: Definition) -> None:
    """An argument with a default is named in the docstring: the signature tells its type alone."""
    if isinstance(item.node, ast.ClassDef):
        return
    arguments = item.node.args
    positional = arguments.args[len(arguments.args) - len(arguments.defaults) :]
    named = [*positional, *(a for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if d)]
    assert [a.arg for a in named if f"``{a.arg}``" not in item.doc] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_the_exported_names_are_there_for_people_and_type_checkers(package: str) -> None:
    module = import_module(package)
    assert module.__all__ == sorted(module.__all__)
    for name in module.__all__:
        found = definition(package, name)
        assert found is not None, f"type checkers don't find {name}"
        assert getattr(module, name).__module__ == found.module
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = module.nothing


@pytest.mark.parametrize("package", PACKAGES)
def test_importing_costs_nothing(package: str) -> None:
    code = f"import sys, {package}; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"polars", "babel", "jinja2", "yaml"} & set(done.stdout.split())


def test_the_surface_leads_to_what_it_is_made_of() -> None:
    names = {str(item) for item in REACHED}
    assert "segmentry.engine.planning.plan.Plan" in names  # by Result.plan
    assert "segmentry.personas.brief.brand.Offer" in names  # by Brand.offers


# --- that it can fail -----------------------------------------------------------------------------

_SOURCE = '''
class Table:
    """Something."""
    frame: "pl.DataFrame"
    share: float

def table(name: str) -> "pl.DataFrame":
    """The table."""
    return _read(name)

def _read(name: str) -> "pl.DataFrame":
    raise DataError(name)

def guarded(name: str) -> None:
    """Tries."""
    try:
        _read(name)
    except DataError:
        pass
'''


def test_what_is_not_said_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sample.py").write_text(
        f"from segmentry.engine.diagnostics.errors import DataError\n{_SOURCE}", "utf-8"
    )
    (tmp_path / "engine").symlink_to(Path(__file__).parents[1] / "engine")
    monkeypatch.setattr("tests.public_surface.ROOT", tmp_path)

    def faults(name: str) -> list[str]:
        item = definition("segmentry.sample", name)
        assert item is not None
        return _lacks(item)

    assert faults("Table") == [
        "does not say what `frame` holds",
        "does not say what `share` holds",
        "does not say the columns and rows of its frames",
    ]
    assert faults("table") == [
        "does not say the columns and rows of the frame",
        "does not say that it raises DataError",
    ]
    assert faults("_read") == ["has no docstring"]
    assert faults("guarded") == []
