"""The command line: which groups of commands there are, and how the whole is started."""

from __future__ import annotations

import sys
from importlib import import_module
from io import StringIO
from itertools import pairwise
from typing import Annotated, Any

import typer

from segmentry.engine.console.interrupt import notice_interrupts
from segmentry.engine.console.streams import LostError, flush, prepare, tell_lost, write

COMMANDS = (
    "segmentry.engine.console.workspaces",
    "segmentry.engine.console.demo",
    "segmentry.engine.console.checking",
    "segmentry.engine.console.testing",
    "segmentry.engine.console.evaluation",
    "segmentry.engine.console.preparing",
    "segmentry.engine.console.explaining",
    "segmentry.engine.console.listing",
    "segmentry.personas.console.profiling",
    "segmentry.personas.console.briefs",
    "segmentry.personas.console.replies",
    "segmentry.personas.diff.command",
    "segmentry.engine.console.formatting",
    "segmentry.personas.console.schemas",
)
"""The modules of commands, in the order of the help. Each has a function ``register(app)``."""


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        write(sys.stdout, f"{version('segmentry')}\n")
        raise typer.Exit


def build() -> typer.Typer:
    """The app with all its commands."""
    app = typer.Typer(
        name="segmentry",
        help="Customer segments as readable rules: checked, explained, tested, and turned into briefs.",
        no_args_is_help=True,
        rich_markup_mode=None,  # Rich would double the time that --help takes
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["--help", "-h"]},
    )
    app.callback()(_options)
    for name in COMMANDS:
        import_module(name).register(app)
    return app


def _options(
    version: Annotated[
        bool,
        typer.Option("--version", help="Say the version and exit.", is_eager=True, callback=_show_version),
    ] = False,
) -> None:
    """What stands before a command."""


app = build()


def main() -> Any:
    """Run the command line; ends the process with the command's exit code."""
    prepare()
    notice_interrupts()
    try:
        code = _called()
        flush(sys.stdout)
    except LostError as error:
        code = tell_lost(error)
    sys.exit(code)


def _called() -> Any:
    try:
        return app(prog_name="segmentry", standalone_mode=False)
    except _NOT_UNDERSTOOD as error:
        return _refuse(error)
    except OSError as error:  # the help, or the version: a command tells of its own
        raise LostError((error.strerror or str(error)).lower()) from error


_NOT_UNDERSTOOD: Any = typer.BadParameter.__bases__[0]
"""The error of an unknown option, a missing argument and the like; typer has no public name for it."""


def _refuse(error: Any) -> int:
    """Say what of a call can't be understood; the exit code."""
    if _wants_json(sys.argv[1:]):
        from segmentry.engine.console.session import Session

        Session(None, None, quiet=False, format="json").failed(error.format_message(), error.exit_code)
    else:
        said = StringIO()
        error.show(said)
        write(sys.stderr, said.getvalue())
    return int(error.exit_code)


def _wants_json(arguments: list[str]) -> bool:
    """Whether a call that could not be understood asks for a JSON document all the same."""
    return "--format=json" in arguments or ("--format", "json") in pairwise(arguments)


if __name__ == "__main__":
    main()
