"""The template environment: sandboxed, strict, with the workspace's templates before the built-in ones."""

from __future__ import annotations

import re
import traceback
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
from jinja2.sandbox import SandboxedEnvironment
from jinja2.utils import missing
from markupsafe import Markup

from segmentry.engine.diagnostics.errors import RuleError
from segmentry.engine.diagnostics.findings import diagnostic
from segmentry.engine.diagnostics.model import Span
from segmentry.engine.language.suggest import did_you_mean
from segmentry.personas.facts import Display
from segmentry.personas.render.charts import index_bar
from segmentry.personas.render.facts import FactNode


class TemplateError(RuleError):
    """A template that can't be read or filled; its diagnostic has file, line and, where it can, the fix."""

    def __init__(self, file: str, line: int, message: str, hint: str | None = None) -> None:
        path = Path(file)
        name = f"channels/{path.name}" if path.parent.name == "channels" else path.name
        shown = file if file.startswith("base:") else f"templates/{name}"
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


def environment(folder: Path | None, display: Display, *, markdown: bool) -> SandboxedEnvironment:
    """The environment for HTML (escapes) or Markdown (escapes differently). ``folder`` overrides by name."""
    built_in = FunctionLoader(_built_in)
    loaders: list[BaseLoader] = [built_in, PrefixLoader({"base": built_in}, delimiter=":")]
    if folder is not None and folder.is_dir():
        loaders.insert(0, FileSystemLoader(folder))
    made = SandboxedEnvironment(
        loader=ChoiceLoader(loaders),
        undefined=_Strict,
        autoescape=not markdown,
        finalize=escape_markdown if markdown else None,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(_filters(display))
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


def render(made: SandboxedEnvironment, name: str, context: Mapping[str, Any]) -> str:
    """The filled template. Raises TemplateError with the place and a suggestion."""
    try:
        return made.get_template(name).render(context)
    except TemplateSyntaxError as error:
        message, hint = _plainly(str(error.message), made)
        raise TemplateError(error.filename or error.name or name, error.lineno, message, hint) from error
    except TemplateNotFound as error:
        raise TemplateError(*_place(error, name), f"there is no template `{error.name}`") from error
    except _Lacking as error:
        raise TemplateError(*_place(error, name), str(error), _suggestion(error, context)) from error
    except (UndefinedError, SecurityError, TypeError, ValueError, AttributeError) as error:
        raise TemplateError(*_place(error, name), str(error)) from error


def _suggestion(error: _Lacking, context: Mapping[str, Any]) -> str | None:
    """The name that may have been meant, else what there is."""
    known = sorted(context if error.known is None else error.known)
    near = did_you_mean(error.name, known)
    return near or (f"there is {', '.join(known)}" if 0 < len(known) <= _FEW else None)


def _plainly(message: str, made: SandboxedEnvironment) -> tuple[str, str | None]:
    """A fault of syntax in plain words, and the filter or test that may have been meant."""
    unknown = re.fullmatch(r"No (filter|test) named '(.*)'\.", message)
    if unknown is None:
        return message, None
    kind, name = unknown.groups()
    known = made.filters if kind == "filter" else made.tests
    return f"there is no {kind} `{name}`", did_you_mean(name, known)


def _place(error: Exception, name: str) -> tuple[str, int]:
    """File and line in the template: the innermost frame of one."""
    frames = traceback.extract_tb(error.__traceback__)
    found = [frame for frame in frames if frame.filename.endswith(".j2")]
    return (found[-1].filename, found[-1].lineno or 1) if found else (name, 1)
