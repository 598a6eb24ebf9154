"""The public surface as it stands in the source: the exported names, and the classes that they lead to.

Read from the source, not from the objects: annotations name what is imported for type checkers alone, and
what a function raises stands nowhere else.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("segmentry.engine", "segmentry.personas")

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Definition:
    """A class or function of a module, at its top or in a class; ``name`` is dotted from the module on."""

    module: str
    name: str
    node: ast.ClassDef | Function

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"

    @property
    def doc(self) -> str:
        """Its docstring, on one line."""
        return " ".join((ast.get_docstring(self.node) or "").split())


@cache
def _tree(module: str) -> ast.Module | None:
    path = ROOT / Path(*module.split(".")[1:])
    for file in (path.with_suffix(".py"), path / "__init__.py"):
        if file.is_file():
            return ast.parse(file.read_text("utf-8"))
    return None


@cache
def _names(module: str) -> dict[str, tuple[str, str]]:
    """Where the names of a module come from: the module that defines them and their name there."""
    tree = _tree(module)
    found: dict[str, tuple[str, str]] = {}
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("segmentry."):
            found |= {alias.asname or alias.name: (node.module or "", alias.name) for alias in node.names}
    for node in tree.body if tree else ():
        if isinstance(node, (ast.ClassDef, *FUNCTIONS)):
            found[node.name] = (module, node.name)
    return found


@cache
def definition(module: str, name: str) -> Definition | None:
    """The class or function of that name, wherever it is imported from; None for anything else."""
    while (home := _names(module).get(name)) is not None:
        if home == (module, name):
            tree = _tree(module)
            named = (n for n in (tree.body if tree else ()) if getattr(n, "name", None) == name)
            node = next(named, None)
            return Definition(module, name, node) if isinstance(node, (ast.ClassDef, *FUNCTIONS)) else None
        module, name = home
    return None


def exported() -> list[Definition]:
    """The definitions behind the exported names."""
    names = [(package, name) for package in PACKAGES for name in import_module(package).__all__]
    found = [definition(package, name) for package, name in names]
    return [item for item in found if item is not None]


def functions_of(item: Definition) -> list[Definition]:
    """The function itself, or the public methods and properties of the class."""
    if not isinstance(item.node, ast.ClassDef):
        return [item]
    return [
        Definition(item.module, f"{item.name}.{node.name}", node)
        for node in item.node.body
        if isinstance(node, FUNCTIONS) and not node.name.startswith("_")
    ]


def fields_of(item: Definition) -> dict[str, str]:
    """The annotated public fields of a class, with their types as written."""
    body = item.node.body if isinstance(item.node, ast.ClassDef) else []
    return {
        node.target.id: ast.unparse(node.annotation)
        for node in body
        if isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and not node.target.id.startswith("_")
        and not ast.unparse(node.annotation).startswith("ClassVar")
    }


def reached() -> list[Definition]:
    """The exported definitions and the classes that their annotations lead to, sorted by name."""
    found: dict[str, Definition] = {}
    waiting = exported()
    while waiting:
        item = waiting.pop()
        if str(item) not in found:
            found[str(item)] = item
            waiting += [other for other in _annotated(item) if isinstance(other.node, ast.ClassDef)]
    return [found[name] for name in sorted(found)]


def _annotated(item: Definition) -> Iterator[Definition]:
    """What the annotations of a definition name."""
    texts = list(fields_of(item).values())
    for function in functions_of(item):
        assert isinstance(function.node, FUNCTIONS)
        arguments = function.node.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        texts += [ast.unparse(a.annotation) for a in every if a.annotation is not None]
        texts += [ast.unparse(function.node.returns)] if function.node.returns is not None else []
    for text in texts:
        for node in ast.walk(ast.parse(text, mode="eval")):
            name = node.id if isinstance(node, ast.Name) else None
            other = definition(item.module, name) if name and not name.startswith("_") else None
            if other is not None:
                yield other


# --- what is raised -------------------------------------------------------------------------------


def raised(item: Definition) -> set[str]:
    """The exceptions of the package's tree that a function raises, itself or in what it calls.

    Followed are functions by name, and methods of itself and of annotated arguments; nothing inside a `try`
    with handlers.
    """
    return _raised(item, set())


def _raised(item: Definition, seen: set[str]) -> set[str]:
    if str(item) in seen or not isinstance(item.node, FUNCTIONS):
        return set()
    seen.add(str(item))
    found: set[str] = set()
    for node in _unguarded(item.node):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            name = ast.unparse(node.exc.func)
            found |= {name} if _ancestors(item.module, name) else set()
        called = _called(item, node)
        found |= set() if called is None else _raised(called, seen)
    return found


def _unguarded(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes inside, but for the bodies of `try` statements with handlers."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Try) and child.handlers:
            for part in (*child.handlers, *child.orelse, *child.finalbody):
                yield from _unguarded(part)
        else:
            yield child
            yield from _unguarded(child)


def _called(item: Definition, node: ast.AST) -> Definition | None:
    """The function or method that a call leads to."""
    match node:
        case ast.Call(func=ast.Name(id=name)):
            return definition(item.module, name)
        case ast.Call(func=ast.Attribute(value=ast.Name(id=variable), attr=name)):
            owner = _class_of(item, variable)
            return None if owner is None else _member(owner, name)
        case _:
            return None


def _class_of(item: Definition, variable: str) -> Definition | None:
    """The class of `self`, or of an argument by its annotation."""
    if variable in ("self", "cls"):
        found = definition(item.module, item.name.partition(".")[0])
        return found if found is not None and isinstance(found.node, ast.ClassDef) else None
    assert isinstance(item.node, FUNCTIONS)
    arguments = (*item.node.args.args, *item.node.args.kwonlyargs)
    annotation = next((a.annotation for a in arguments if a.arg == variable), None)
    names = [n.id for n in ast.walk(annotation) if isinstance(n, ast.Name)] if annotation else []
    found = (definition(item.module, name) for name in names)
    return next((each for each in found if each and isinstance(each.node, ast.ClassDef)), None)


def _member(owner: Definition, name: str) -> Definition | None:
    assert isinstance(owner.node, ast.ClassDef)
    for node in owner.node.body:
        if isinstance(node, FUNCTIONS) and node.name == name:
            return Definition(owner.module, f"{owner.name}.{name}", node)
    return None


def _ancestors(module: str, name: str) -> list[str]:
    """The exception and what it derives from, up to the tree's root; nothing for one of another tree."""
    line: list[str] = []
    while name != "SegmentryError":
        item = definition(module, name)
        if item is None or not isinstance(item.node, ast.ClassDef) or not item.node.bases:
            return []
        line.append(name)
        module, name = item.module, ast.unparse(item.node.bases[0])
    return line


def names_for(item: Definition, exception: str) -> list[str]:
    """The names under which a docstring may speak of an exception: its own, or an ancestor's."""
    modules = [item.module, *(home for home, _ in _names(item.module).values())]
    return next((line for module in modules if (line := _ancestors(module, exception))), [exception])
