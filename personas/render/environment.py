"""The template environment: sandboxed, strict, with the workspace's templates before the built-in ones."""

from __future__ import annotations

import re
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    FileSystemLoader,
    FunctionLoader,
    PrefixLoader,
    StrictUndefined,
    TemplateNotFound,
    TemplateRuntimeError,
    TemplateSyntaxError,
    UndefinedError,
)
from jinja2.exceptions import SecurityError
from jinja2.utils import missing
from markupsafe import Markup

from segmentry.engine.diagnostics.errors import RuleError
from segmentry.engine.diagnostics.findings import diagnostic
from segmentry.engine.diagnostics.model import Span
from segmentry.engine.language.suggest import did_you_mean
from segmentry.personas.facts import Display
from segmentry.personas.render.budget import LESS, TooMuch
from segmentry.personas.render.charts import index_bar
from segmentry.personas.render.facts import FactNode
from segmentry.personas.render.sandbox import BoundedEnvironment


class TemplateError(RuleError):
    """A template that can't be read or filled; its diagnostic has file, line and, where it can, the fix."""

    def __init__(self, file: str, line: int, message: str, hint: str | None = None) -> None:
        shown = file if file.startswith("base:") else f"templates/{file}"
        super().__init__([diagnostic("template", message, shown, Span(line, 1, line, 1), hint=hint)])


class _Lacking(UndefinedError):
    """A name that is not there. ``known`` are those that are, beside it; None if it stands alone."""

    def __init__(self, message: str, name: str, known: Iterable[str] | None) -> None:
        super().__init__(message)
        self.name = name
        self.known = known


class _Strict(StrictUndefined):
    """A name that is not there, told in the words of templates."""

    def __init__(
        self,
        hint: str | None = None,
        obj: Any = missing,
        name: Any = None,
        exc: type[TemplateRuntimeError] = UndefinedError,
    ) -> None:
        super().__init__(hint, obj, str(name), exc)
        if exc is UndefinedError:
            self._undefined_exception = cast("Any", partial(_lacking, obj, str(name)))


def _lacking(obj: Any, name: str, message: str) -> _Lacking:
    if obj is missing:
        return _Lacking(f"there is nothing called `{name}`", name, None)
    if isinstance(obj, FactNode):
        return _Lacking(f"no fact, and nothing of a fact, is called `{name}` here", name, obj.all_names())
    if isinstance(obj, Mapping):
        return _Lacking(f"there is no `{name}` in this", name, [str(key) for key in cast("Any", obj)])
    return _Lacking(f"there is no `{name}` in this", name, ())


_FEW = 20
"""So many names can be listed in a hint."""

_MARKDOWN = re.compile(r"([\\`*_\[\]<>|])")


def escape_markdown(value: Any) -> Any:
    """A value as Markdown shows it letter for letter; what is no text stays."""
    if isinstance(value, Markup):
        return str(value)
    return _MARKDOWN.sub(r"\\\1", str(value))


def environment(folder: Path | None, display: Display, *, markdown: bool) -> BoundedEnvironment:
    """The environment for HTML (escapes) or Markdown (escapes differently). ``folder`` overrides by name."""
    built_in = FunctionLoader(_built_in)
    loaders: list[BaseLoader] = [built_in, PrefixLoader({"base": built_in}, delimiter=":")]
    if folder is not None and folder.is_dir():
        loaders.insert(0, FileSystemLoader(folder))
    made = BoundedEnvironment(
        folder,
        loader=ChoiceLoader(loaders),
        undefined=_Strict,
        autoescape=not markdown,
        finalize=escape_markdown if markdown else None,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.add_filters(_filters(display))
    return made


def _filters(display: Display) -> dict[str, Callable[..., str]]:
    """The filters of the locale: `{{ 0.5 | percent }}`, `{{ provenance.as_of | date }}`."""

    def number(value: float, places: int = 0) -> str:
        return display.number(float(value), places)

    def money(value: float, currency: str = "EUR") -> str:
        return display.money(float(value), currency)

    def percent(value: float) -> str:
        return display.percent(float(value))

    def days(value: float) -> str:
        return display.days(float(value))

    def day(value: date | str) -> str:
        return display.long_date(_day(value))

    def bar(index: int | None, label: str = "") -> Markup:
        return Markup(index_bar(index, label))

    return {"number": number, "money": money, "percent": percent, "days": days, "date": day, "index_bar": bar}


def _day(value: date | str) -> date:
    return date.fromisoformat(value[:10]) if isinstance(value, str) else value


_OF_OURS = re.compile(r"(channels/)?[\w.]+")
"""The names that templates of ours can have: never one that leads out of their folder."""


def _built_in(name: str) -> tuple[str, str, Any] | None:
    found = files("segmentry.templates").joinpath(name)
    if not _OF_OURS.fullmatch(name) or not found.is_file():
        return None
    return found.read_text(encoding="utf-8"), f"base:{name}", partial(bool, True)


def render(made: BoundedEnvironment, name: str, context: Mapping[str, Any]) -> str:
    """The filled template. Raises TemplateError with the place and a suggestion."""
    made.budget.start()
    try:
        return made.get_template(name).render(context)
    except TemplateSyntaxError as error:
        message, hint = _plainly(str(error.message), made)
        at = _inside(error.filename or error.name or name, made)
        raise TemplateError(at, error.lineno, message, hint) from error
    except Exception as error:
        if isinstance(error, (MemoryError, OSError)) and not isinstance(error, TemplateNotFound):
            raise
        raise TemplateError(*_place(error, name, made), *_words(error, context)) from error


_AGAIN = "this leads back to itself without an end", "take out the include, the block or the call that does"
_ASK = "ask first whether there is a value, as in `{% if number %}…{% endif %}`"


def _words(error: Exception, context: Mapping[str, Any]) -> tuple[str, str | None]:
    """What went wrong while a template was filled, and the fix."""
    match error:
        case TemplateNotFound():
            return (
                f"there is no template `{error.name}`",
                "put it into `templates/`, or name one that is there",
            )
        case _Lacking():
            return str(error), _suggestion(error, context)
        case TooMuch():
            return str(error), LESS
        case RecursionError():
            return _AGAIN
        case UnicodeError():
            return "this template, or one that is taken in here, is not in UTF-8", "save it in UTF-8"
        case UndefinedError() | SecurityError() | TypeError() | ValueError() | AttributeError():
            return str(error), None
        case _:
            said = str(error.args[-1]) if error.args else type(error).__name__
            return f"this can't be worked out: {said}", _ASK


def _suggestion(error: _Lacking, context: Mapping[str, Any]) -> str | None:
    """The name that may have been meant, else what there is."""
    known = sorted(context if error.known is None else error.known)
    near = did_you_mean(error.name, known)
    return near or (f"there is {', '.join(known)}" if 0 < len(known) <= _FEW else None)


def _plainly(message: str, made: BoundedEnvironment) -> tuple[str, str | None]:
    """A fault of syntax in plain words, and the filter or test that may have been meant."""
    unknown = re.fullmatch(r"No (filter|test) named '(.*)'\.", message)
    if unknown is None:
        return message, None
    kind, name = unknown.groups()
    known = made.filters if kind == "filter" else made.tests
    return f"there is no {kind} `{name}`", did_you_mean(name, known)


def _place(error: Exception, name: str, made: BoundedEnvironment) -> tuple[str, int]:
    """File and line in the template: the innermost or, where all goes round, the one met most often."""
    frames = traceback.extract_tb(error.__traceback__)
    found = [(f.filename, f.lineno or 1) for f in frames if _is_template(f.filename, made)]
    if not found:
        return name, 1
    file, line = Counter(found).most_common(1)[0][0] if isinstance(error, RecursionError) else found[-1]
    return _inside(file, made), line


def _is_template(file: str, made: BoundedEnvironment) -> bool:
    return file.startswith("base:") or _inside(file, made) != file


def _inside(file: str, made: BoundedEnvironment) -> str:
    """The file of a template as seen from the workspace's folder of templates."""
    if made.folder is None or not Path(file).is_relative_to(made.folder):
        return file
    return Path(file).relative_to(made.folder).as_posix()
