"""A check that stands in no registry finds nothing: those of logic and of briefs are all listed."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from segmentry.engine.diagnostics.findings import CATALOGUE
from segmentry.engine.planning import logic
from segmentry.engine.planning.logic.check import CHECKS as LOGIC_CHECKS
from segmentry.personas import checks


def checks_in(package: ModuleType, taken: str) -> set[Callable[..., Any]]:
    """The functions of a package's modules that are named as checks and take one thing of that type."""
    modules = [import_module(f"{package.__name__}.{each.name}") for each in iter_modules(package.__path__)]
    functions = [each for module in modules for _, each in inspect.getmembers(module, inspect.isfunction)]
    named = {each for each in functions if each.__name__.startswith("check_")}
    return {
        each
        for each in named
        if [parameter.annotation for parameter in inspect.signature(each).parameters.values()] == [taken]
    }


def test_every_check_of_logic_is_listed() -> None:
    assert checks_in(logic, "State") == {look for _, look in LOGIC_CHECKS}


def test_every_finding_of_logic_has_its_check() -> None:
    codes = {code for code, entry in CATALOGUE.items() if entry.family == "logic"}
    assert {code for code, _ in LOGIC_CHECKS} == codes


def test_every_check_of_briefs_is_listed() -> None:
    found = checks_in(checks, "Checked")
    assert found
    assert found <= {entry.run for entry in checks.CHECKS.values()}
