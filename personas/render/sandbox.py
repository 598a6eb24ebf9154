"""Jinja's sandbox, in which every step of a template and everything that it makes is paid for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from types import CodeType
from typing import Any, Final

from jinja2 import TemplateSyntaxError, nodes, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace
from jinja2.visitor import NodeTransformer

from segmentry.personas.render.budget import STEP, PageBudget
from segmentry.personas.render.growth import OF_FILTERS, OF_TEXTS, PLAIN, cost_of_operator

_BY_CHANCE: Final = frozenset({"lipsum", "random"})
"""What gives something else each time: the same inputs have to give the same page."""

_DEEPEST: Final = 80
"""So deep may a template be nested, a loop counting for more."""


class BoundedEnvironment(ImmutableSandboxedEnvironment):
    """A sandbox with a `budget`, which has to be started for each page. ``folder`` holds the templates.

    Templates can't change lists and dicts, so a value is never more than it was when it was made.
    """

    filters: dict[str, Any]
    intercepted_binops: frozenset[str] = frozenset({"+", "-", "*", "/", "//", "**", "%"})

    def __init__(
        self, folder: Path | None, *, finalize: Callable[[Any], Any] | None = None, **options: Any
    ) -> None:
        self.folder = folder
        self.budget = PageBudget()

        @pass_context  # with a context nothing is worked out beforehand
        def printed(_: Context, value: Any) -> Any:
            shown = value if finalize is None else finalize(value)
            self.budget.spend(self.budget.weigh(shown))
            return shown

        super().__init__(finalize=printed, optimized=False, **options)
        self.globals = {name: value for name, value in self.globals.items() if name not in _BY_CHANCE}
        self.globals |= {"range": self._range, "namespace": _Names}
        built_in, self.filters = self.filters, {}
        self.add_filters({name: each for name, each in built_in.items() if name not in _BY_CHANCE})

    def add_filters(self, filters: Mapping[str, Callable[..., Any]]) -> None:
        """Let templates use these filters too."""
        for name, each in filters.items():
            self.filters[name] = self._paid(name, each)

    def _paid(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        cost = OF_FILTERS.get(name)
        first = 1 if hasattr(function, "jinja_pass_arg") else 0

        @wraps(function)
        def paid(*args: Any, **kwargs: Any) -> Any:
            if cost is not None:
                self.budget.afford(cost(self.budget, *args[first:], **kwargs))
            return self.budget.made(function(*args, **kwargs))

        return paid

    def _range(self, *args: int) -> range:
        found = range(*args)
        self.budget.spend(max(0, (found.stop - found.start) // found.step))
        return found

    # --- what compiled templates call ----------------------------------------------------------------

    def step(self, cost: int) -> None:
        """Pay for what begins here."""
        self.budget.spend(cost)

    def keep(self, value: Any) -> Any:
        """A value as it is; `call` has it paid for."""
        return value

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:
        """A call in a template."""
        text = getattr(getattr(__obj, "__wrapped__", __obj), "__self__", None)
        budget = __self.budget
        if isinstance(text, str) and (cost := OF_TEXTS.get(__obj.__name__)) is not None:
            budget.afford(cost(budget, text, *args, **kwargs))
        return budget.made(super().call(__context, __obj, *args, **kwargs))

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """`left operator right` in a template."""
        self.budget.afford(cost_of_operator(self.budget, operator, left, right))
        return self.budget.made(super().call_binop(context, operator, left, right))

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Whether a template may use this: of texts and numbers only what is known."""
        match obj:
            case str():
                return attr in PLAIN or attr in OF_TEXTS
            case bytes() | int() | float():
                return False
            case _:
                return super().is_safe_attribute(obj, attr, value)

    # --- compiling ------------------------------------------------------------------------------------

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        from jinja2.parser import Parser

        parser = Parser(self, source, name, filename)
        try:
            return parser.parse()
        except RecursionError:
            raise _too_deep(parser.stream.current.lineno, name, filename) from None

    def _generate(
        self, source: nodes.Template, name: str | None, filename: str | None, defer_init: bool = False
    ) -> str:
        try:
            paying = _Paying().visit(source)
        except _TooDeep as error:
            raise _too_deep(error.line, name, filename) from None
        return super()._generate(paying, name, filename, defer_init)

    def _compile(self, source: str, filename: str) -> CodeType:
        try:
            return super()._compile(source, filename)
        except (SyntaxError, RecursionError, MemoryError):
            raise _too_deep(1, None, filename) from None


class _Names(Namespace):
    """`namespace()`; printing one does not print all that it leads to."""

    def __repr__(self) -> str:
        return "<namespace>"


class _TooDeep(Exception):
    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line


def _too_deep(line: int, name: str | None, filename: str | None) -> TemplateSyntaxError:
    return TemplateSyntaxError("this is nested too deep; take a part of it out", line, name, filename)


class _Paying(NodeTransformer):
    """Begins every body with a step, and keeps every value that neither a call nor an operator makes."""

    def __init__(self) -> None:
        self._depth = 0

    def generic_visit(self, node: nodes.Node, *args: Any, **kwargs: Any) -> nodes.Node:
        """The node with all below it as it has to be."""
        deeper = 4 if isinstance(node, nodes.For) else 1
        self._depth += deeper
        if self._depth > _DEEPEST:
            raise _TooDeep(node.lineno)
        super().generic_visit(node)
        self._depth -= deeper
        match node:
            case nodes.Template() | nodes.Block() | nodes.For() | nodes.Macro() | nodes.CallBlock():
                node.body.insert(0, nodes.ExprStmt(_call("step", _cost(node)), lineno=node.lineno))
            case nodes.Concat():
                return _in_pairs(node.nodes)
            case nodes.List() | nodes.Dict() | nodes.Tuple(ctx="load") if _varies(node):
                return _call("keep", node)
            case nodes.Getitem(ctx="load", arg=nodes.Slice()):
                return _call("keep", node)
            case _:
                pass
        return node


def _call(name: str, value: nodes.Expr) -> nodes.Call:
    """A call of one of the environment's own methods."""
    method = nodes.EnvironmentAttribute(name, lineno=value.lineno)
    return nodes.Call(method, [value], [], None, None, lineno=value.lineno)


def _cost(body: nodes.Node) -> nodes.Const:
    """A step, and the characters that stand in a body as they are."""
    characters = sum(len(each.data) for each in body.find_all(nodes.TemplateData))
    return nodes.Const(STEP + characters, lineno=body.lineno)


def _in_pairs(parts: list[nodes.Expr]) -> nodes.Expr:
    """Texts put together two by two, so that each pair is paid for before there are more."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    pair = [_in_pairs(parts[:middle]), _in_pairs(parts[middle:])]
    return _call("keep", nodes.Concat(pair, lineno=parts[0].lineno))


def _varies(node: nodes.Node) -> bool:
    """Whether what a node holds is not written out in the template."""
    fixed = (nodes.Const, nodes.Pair, nodes.List, nodes.Tuple, nodes.Dict)
    return any(not isinstance(child, fixed) for child in node.find_all(nodes.Node))
