"""What in a template makes far more than it is given, and what that takes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sized
from typing import Any, Final, cast

from segmentry.personas.render.budget import PageBudget

Cost = Callable[..., int]
"""What a call takes, from the budget and its arguments, which have the names that Jinja gives them."""


def cost_of_operator(budget: PageBudget, operator: str, left: Any, right: Any) -> int:
    """What an operator takes. Raises TooMuch where a whole number would be too long."""
    match operator, left, right:
        case "%", str(), _:
            return _formatted(budget, left, right)
        case "*", int(), int():
            budget.whole(left.bit_length() + right.bit_length())
        case "**", int(), int():
            budget.whole(left.bit_length() * _number(right))
        case "*", int(), _:
            return _length(right) * _number(left)
        case "*", _, int():
            return _length(left) * _number(right)
        case _:
            pass
    return 1


def _number(value: Any) -> int:
    return value if isinstance(value, int) and value > 0 else 0


def _length(value: Any) -> int:
    return len(cast("Sized", value)) if isinstance(value, (str, list, tuple)) else 1


def _filled(_: PageBudget, value: Any, width: Any = 80, *__: Any) -> int:
    return _length(value) + _number(width)


def _tabs(_: PageBudget, text: str, tabsize: Any = 8) -> int:
    return len(text) + text.count("\t") * _number(tabsize)


def _replaced(_: PageBudget, s: Any, old: Any = "", new: Any = "", *__: Any, **___: Any) -> int:
    text = str(s)
    return len(text) + text.count(str(old)) * len(str(new))


def _between(budget: PageBudget, d: Any, value: Any = ()) -> int:
    return budget.weigh(value) + _length(value) * len(str(d))


def _joined(budget: PageBudget, value: Any, d: Any = "", *_: Any, **__: Any) -> int:
    return _between(budget, d, value)


_DIGITS: Final = re.compile(r"[0-9]+")
_WIDTH_FROM_A_VALUE: Final = re.compile(r"\*|:[^}]*{")


def _formatted(budget: PageBudget, value: Any, *args: Any, **kwargs: Any) -> int:
    """Each place may take all values, and the widths are those in the text, or values themselves."""
    text = str(value)
    places = text.count("%") + text.count("{")
    widths = sum(int(digits[:12]) for digits in _DIGITS.findall(text))
    if _WIDTH_FROM_A_VALUE.search(text):
        widths += places * sum(map(_number, [*args, *kwargs.values(), *_held(args)]))
    return widths + places * budget.weigh([*args, kwargs])


def _held(args: tuple[Any, ...]) -> list[Any]:
    """What the one argument of `%` and of `format_map` leads to."""
    match args:
        case (tuple(),):
            return [*args[0]]
        case (dict(),):
            return [*args[0].values()]
        case _:
            return []


def _indented(_: PageBudget, s: Any, width: Any = 4, *__: Any, **___: Any) -> int:
    text = str(s)
    return len(text) + (1 + len(text.splitlines())) * (_number(width) or _length(width))


def _filled_up(_: PageBudget, value: Any, count: Any = 0, *__: Any, **named: Any) -> int:
    return _length(value) + _number(named.get("linecount", named.get("slices", count)))


def _rounded(_: PageBudget, value: Any, precision: Any = 0, *__: Any, **___: Any) -> int:
    return _number(precision) ** 2


def _with_places(_: PageBudget, value: Any, places: Any = 0) -> int:
    return _number(places)


def _as_json(budget: PageBudget, value: Any, indent: Any = 0) -> int:
    return budget.weigh(value) * (1 + _number(indent))


def _wrapped(
    _: PageBudget, s: Any, width: Any = 79, break_long_words: Any = True, wrapstring: Any = None, **__: Any
) -> int:
    return len(str(s)) * (1 + _length(wrapstring))


def _added(budget: PageBudget, iterable: Any, attribute: Any = None, start: Any = 0) -> int:
    return 1 if isinstance(start, (int, float)) else _length(iterable) * budget.weigh(iterable)


def _looked_through(_: PageBudget, value: Any, *__: Any, **___: Any) -> int:
    """What is looked through again from many of its places on."""
    return len(str(value)) ** 2 // 1000


OF_FILTERS: Final[Mapping[str, Cost]] = {
    "batch": _filled_up,
    "center": _filled,
    "format": _formatted,
    "indent": _indented,
    "join": _joined,
    "number": _with_places,
    "replace": _replaced,
    "round": _rounded,
    "slice": _filled_up,
    "striptags": _looked_through,
    "sum": _added,
    "tojson": _as_json,
    "urlize": _looked_through,
    "wordwrap": _wrapped,
}
"""Filters that can make far more than they are given, or take far longer."""

OF_TEXTS: Final[Mapping[str, Cost]] = {
    "center": _filled,
    "expandtabs": _tabs,
    "format": _formatted,
    "format_map": _formatted,
    "join": _between,
    "ljust": _filled,
    "replace": _replaced,
    "rjust": _filled,
    "striptags": _looked_through,
    "zfill": _filled,
}
"""Methods of texts that can."""

PLAIN: Final = frozenset(
    {
        "capitalize", "casefold", "count", "endswith", "find", "index", "isalnum", "isalpha", "isascii",
        "isdecimal", "isdigit", "islower", "isnumeric", "isprintable", "isspace", "istitle", "isupper",
        "lower", "lstrip", "partition", "removeprefix", "removesuffix", "rfind", "rindex", "rpartition",
        "rsplit", "rstrip", "split", "splitlines", "startswith", "strip", "swapcase", "title", "unescape",
        "upper",
    }
)  # fmt: skip
"""Methods of texts that can't. There are no others in a template."""
