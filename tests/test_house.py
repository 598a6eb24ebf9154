"""The limits that keep the code readable at one look."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
MOST_LINES, MOST_LINES_OF_A_FUNCTION = 400, 42
"""The habit is 40; a signature that is broken over lines may cost two more."""


def modules() -> Iterator[tuple[str, str]]:
    for top in ("engine", "personas"):
        for path in sorted((ROOT / top).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), path.read_text("utf-8")


def long_functions(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            assert node.end_lineno is not None
            if node.end_lineno - node.lineno >= MOST_LINES_OF_A_FUNCTION:
                yield node.name


def test_modules_and_functions_are_short() -> None:
    assert [name for name, text in modules() if text.count("\n") > MOST_LINES] == []
    assert [f"{name}: {f}" for name, text in modules() for f in long_functions(text)] == []
    assert list(long_functions("def f():\n" + "    pass\n" * MOST_LINES_OF_A_FUNCTION)) == ["f"]


def test_no_class_name_stands_for_two_things() -> None:
    homes: dict[str, list[str]] = {}
    for name, text in modules():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ClassDef):
                homes.setdefault(node.name, []).append(name)
    assert {name: there for name, there in homes.items() if len(there) > 1} == {}


def test_the_engine_is_few_rooms() -> None:
    entries = [
        p for p in (ROOT / "engine").iterdir() if p.name not in ("__init__.py", "py.typed", "__pycache__")
    ]
    assert len(entries) <= 24
