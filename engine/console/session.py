"""What every command shares: its common options, its three ways of speaking, and how it ends.

A command opens a `session`, makes one call of the library in it and hands the result to the session. Whatever
goes wrong inside ends in a message and an exit code, never in a traceback.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import tzinfo
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from segmentry.engine.backends.registry import DEFAULT
from segmentry.engine.console.interrupt import interrupted
from segmentry.engine.console.streams import LostError, flush, tell_lost, write
from segmentry.engine.diagnostics.disk import from_below, is_full, no_space
from segmentry.engine.diagnostics.errors import DataError, RuleError, SegmentryError, UsageError
from segmentry.engine.diagnostics.memory import is_short, no_memory, parse_size
from segmentry.engine.diagnostics.model import Diagnostic
from segmentry.engine.diagnostics.steering import harmless, harmless_json

if TYPE_CHECKING:
    from segmentry.engine.files.model import Model
    from segmentry.engine.store.columns import CacheMode
    from segmentry.engine.workspace import Workspace

INTERRUPTED = 130
TRACEBACK = "SEGMENTRY_TRACEBACK"
"""The environment variable that asks for the traceback of an unexpected error."""

WorkspaceOption = Annotated[
    Path | None,
    typer.Option(
        "--workspace",
        "-w",
        metavar="DIR",
        help="The workspace. Default: the nearest folder upward with a segmentry.yaml.",
    ),
]
AsOfOption = Annotated[
    str | None,
    typer.Option("--as-of", metavar="DATE", help="Look at everything as of this date or ISO datetime."),
]
QuietOption = Annotated[bool, typer.Option("--quiet", help="Only results and errors.")]
FormatOption = Annotated[
    str, typer.Option("--format", metavar="FORMAT", help="text, or json: one document on stdout.")
]

ReportOption = Annotated[
    str, typer.Option("--format", metavar="FORMAT", help="text, json, github, junit or sarif.")
]
CacheOption = Annotated[
    str,
    typer.Option(
        "--cache",
        metavar="MODE",
        help="Columns that earlier evaluations left: off, read, or on (use and add to them).",
    ),
]
MemoryOption = Annotated[
    str | None,
    typer.Option(
        "--memory",
        metavar="SIZE",
        help="The memory to stay below, such as 4GB. Default: 2 GB, or what is free.",
    ),
]
RawOption = Annotated[
    bool,
    typer.Option(
        "--raw", help="Leave texts in a CSV that a spreadsheet would take for formulas as they are."
    ),
]


@dataclass
class Session:
    """One call of a command. ``code`` is what it ends with, ``engine`` evaluates in ``memory`` bytes."""

    folder: Path | None
    as_of: str | None
    quiet: bool
    format: str
    code: int = 0
    engine: str = DEFAULT
    cache: CacheMode = "off"
    memory: int | None = None
    _loaded: list[Workspace] = field(default_factory=list["Workspace"])

    @cached_property
    def workspace(self) -> Workspace:
        """The workspace that the options name. Raises RuleError where there is none."""
        from segmentry.engine.outputs.known_folders import recover_outputs
        from segmentry.engine.workspace import Workspace, find_workspace

        found = Workspace.load(find_workspace(Path.cwd()) if self.folder is None else self.folder)
        found.engine, found.cache, found.memory = self.engine, self.cache, self.memory
        recover_outputs(found.root)
        self._loaded.append(found)
        return found

    def close(self) -> None:
        """End what the workspaces hold open."""
        for workspace in self._loaded:
            workspace.close()

    def adopt(self, workspace: Workspace) -> None:
        """Speak of this workspace from now on: the files as they are after a change."""
        self.close()
        self._loaded[:] = [workspace]

    def loaded_model(self) -> Model:
        """What the files say. Raises RuleError for mistakes in reading, names and types.

        An error of logic is no reason not to list or show a rule.
        """
        if wrong := self.workspace.mistakes():
            raise RuleError(wrong)
        return self.workspace.model

    @property
    def zone(self) -> tzinfo:
        """The workspace's time zone, in which people read times."""
        from zoneinfo import ZoneInfo

        return ZoneInfo(self.workspace.model.timezone)

    @property
    def json(self) -> bool:
        """Whether the result is wanted as one JSON document."""
        return self.format == "json"

    # --- speaking ---------------------------------------------------------------------------------

    def show(self, text: str) -> None:
        """The result, on stdout. Nothing in a name or a value steers the terminal that shows it as text."""
        match self.format:
            case "text" | "junit":
                text = harmless(text, colour=colour_on(sys.stdout))
            case "json" | "sarif":
                text = harmless_json(text)
            case _:
                pass  # others have rules of their own for what may stand in them
        write(sys.stdout, text if text.endswith("\n") else f"{text}\n")

    def document(self, data: Any) -> None:
        """The result as the one JSON document on stdout."""
        import json

        self.show(json.dumps(data, ensure_ascii=False, indent=2))

    def done(self, text: str) -> None:
        """A line that says what was done: on stdout, where that is not wanted clean."""
        if not self.quiet and not self.json:
            self.show(text)

    def note(self, text: str) -> None:
        """A remark, on stderr."""
        if not self.quiet:
            write(sys.stderr, f"{harmless(text)}\n")

    def findings(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Findings as text, on stderr."""
        from segmentry.engine.reporters import report_text

        found = list(diagnostics)
        colour, width = colour_on(sys.stderr), width_of(sys.stderr)
        text = report_text(found, self._texts_of(found), colour=colour, width=width)
        write(sys.stderr, harmless(text, colour=colour))

    def report(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Findings as the result, in the format that is wanted."""
        from segmentry.engine.reporters import REPORTERS

        found = list(diagnostics)
        reporter, folder = REPORTERS[self.format], self.folder_in_repository
        colour, width = colour_on(sys.stdout), width_of(sys.stdout)
        self.show(reporter(found, self._texts_of(found), colour=colour, width=width, folder=folder))

    @property
    def folder_in_repository(self) -> str:
        """The workspace's folder as seen from the root of its repository; empty without a workspace."""
        from segmentry.engine.reporters.repository import folder_in_repository

        return folder_in_repository(self._loaded[0].root) if self._loaded else ""

    def _texts_of(self, diagnostics: Iterable[Diagnostic]) -> Mapping[str, str]:
        """The texts of the files in which something was found, also of those that only one command reads."""
        if not self._loaded:
            return {}
        workspace = self._loaded[0]
        texts = dict(workspace.texts)
        for name in {item.file for item in diagnostics} - texts.keys():
            with suppress(OSError):
                texts[name] = (workspace.root / name).read_bytes().decode("utf-8", errors="replace")
        return texts

    def failed(self, message: str, code: int, *more: str) -> None:
        """An error or several, on stderr, and as the JSON document where one is wanted."""
        for each in (message, *more):
            write(sys.stderr, f"error: {harmless(each)}\n")
        self._failure("\n".join((message, *more)), code)

    def _failure(self, message: str, code: int, **more: Any) -> None:
        self.code = code
        if self.json:
            self.document({"version": 1, "error": {"exit_code": code, "message": message}, **more})

    def rules_failed(self, error: RuleError, **more: Any) -> None:
        """Rules that can't be loaded: the findings on stderr, and in the document that is wanted.

        ``more`` stands in the document, too: what was done all the same.
        """
        import json

        from segmentry.engine.reporters import SERVERS, report_json

        self.findings(error.diagnostics)
        if self.format in SERVERS:
            self.report(error.diagnostics)
        found = json.loads(report_json(error.diagnostics, {}))["findings"]
        self._failure(str(error), error.exit_code, findings=found, **more)


@contextmanager
def session(
    workspace: Path | None,
    as_of: str | None,
    quiet: bool,
    format: str,
    formats: Iterable[str] = ("text", "json"),
    *,
    cache: str = "off",
    memory: str | None = None,
) -> Generator[Session]:
    """A session around the body of a command; leaving it ends the command with the session's code."""
    this = Session(workspace, as_of, quiet, format)
    try:
        with _reported(this):
            choice("--format", format, formats)
            this.cache = _cache_mode(cache)
            this.memory = None if memory is None else parse_size(memory)
            _check_as_of(as_of)
            yield this
            flush(sys.stdout)
    except LostError as error:
        this.code = tell_lost(error)
    finally:
        this.close()
    if this.code:
        raise typer.Exit(this.code)


@contextmanager
def _reported(this: Session) -> Generator[None]:
    """Whatever goes wrong inside is told, and the session's code says which end it was."""
    try:
        yield
    except (typer.Exit, LostError):
        raise
    except BaseException as error:
        if interrupted(error):
            write(sys.stderr, "\nStopped. Nothing half-written is left behind.\n")
            raise typer.Exit(INTERRUPTED) from None
        _failed(this, error)


def _failed(this: Session, error: BaseException) -> None:
    match error:
        case RuleError():
            this.rules_failed(error)
        case UsageError():
            this.failed(str(error), error.exit_code)
        case _ if is_full(error):
            this.failed(no_space(getattr(error, "filename", None)), UsageError.exit_code)
        case _ if is_short(error):
            traceback.clear_frames(error.__traceback__)  # what they hold is needed to tell of it
            this.failed(no_memory(error), UsageError.exit_code)
        case DataError():
            this.failed(error.messages[0], error.exit_code, *error.messages[1:])
        case SegmentryError():
            this.failed(str(error), error.exit_code)
        case FileNotFoundError() if error.filename is None and not _stands_somewhere():
            this.failed("the folder that you are in is gone; change into another one", UsageError.exit_code)
        case RuntimeError() if str(error).startswith(_LOOP):
            found = str(error).removeprefix(_LOOP)
            this.failed(f"the link {found} leads back to itself; mend or remove it", UsageError.exit_code)
        case OSError():
            this.failed(_words_of(error), 4)
        case _:
            _unexpected(this, error)


def _check_as_of(as_of: str | None) -> None:
    if as_of is None:
        return
    from zoneinfo import ZoneInfo

    from segmentry.engine.language.calendar import parse_as_of

    if parse_as_of(as_of, ZoneInfo("UTC")) is None:
        raise UsageError(f"--as-of takes a date like 2026-11-01 or an ISO datetime, not `{as_of}`")


def _cache_mode(mode: str) -> CacheMode:
    """The mode as a workspace has it. Raises UsageError for one that there is none of."""
    choice("--cache", mode, ("off", "read", "on"))
    return cast("CacheMode", mode)


def choice(name: str, value: str, choices: Iterable[str]) -> None:
    """Raise UsageError with a suggestion where a value is none of the choices."""
    from segmentry.engine.language.suggest import did_you_mean

    known = list(choices)
    if value not in known:
        hint = did_you_mean(value, known) or f"choose from {', '.join(known)}"
        raise UsageError(f"{name} can't be `{value}`; {hint}")


def colour_on(stream: Any) -> bool:
    """Whether a stream shows colours: a terminal, and nobody said NO_COLOR."""
    return bool(stream.isatty()) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def width_of(stream: Any) -> int | None:
    """The cells of a line on a terminal. Elsewhere lines stay whole, for whatever reads them."""
    from shutil import get_terminal_size

    return get_terminal_size().columns if stream.isatty() else None


def wrapped(text: str, width: int | None) -> str:
    """A text whose lines are no longer than the width: broken between words, and indented a little deeper."""
    from textwrap import TextWrapper

    if width is None:
        return text
    wrapper = TextWrapper(width, break_long_words=False, break_on_hyphens=False)
    lines: list[str] = []
    for line in text.split("\n"):
        wrapper.initial_indent = line[: len(line) - len(line.lstrip())]
        wrapper.subsequent_indent = f"{wrapper.initial_indent}  "
        lines.append(wrapper.fill(line.strip()))
    return "\n".join(lines)


_LOOP = "Symlink loop from "
"""How Python up to 3.12 begins to tell of a link that can't be followed."""


def _stands_somewhere() -> bool:
    try:
        return Path.cwd().exists()
    except FileNotFoundError:
        return False


def _words_of(error: OSError) -> str:
    what = (error.strerror or str(error)).lower()
    return f"{error.filename}: {what}" if error.filename else what


def _unexpected(this: Session, error: BaseException) -> None:
    """A panic of the engine below, or a fault of ours: told in a line."""
    if isinstance(error, (SystemExit, GeneratorExit)):
        raise error
    if os.environ.get(TRACEBACK):
        write(sys.stderr, "".join(traceback.format_exception(error)))
    kind = type(error).__name__
    first = (str(error).splitlines() or [""])[0]
    if from_below(error):
        this.failed(f"the data can't be evaluated ({kind}: {first})", 4)
        return
    this.failed(f"something went wrong in Segmentry itself ({kind}: {first}); {TRACEBACK}=1 shows where", 1)
