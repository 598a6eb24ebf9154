"""The command line: which groups of commands there are, and how the whole is started."""

from __future__ import annotations

import sys
from importlib import import_module
from io import TextIOWrapper
from typing import Annotated, Any

import typer

COMMANDS = (
    "segmentry.engine.console.workspaces",
    "segmentry.engine.console.demo",
    "segmentry.engine.console.checking",
    "segmentry.engine.console.testing",
    "segmentry.engine.console.evaluation",
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


def _say_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(version("segmentry"))
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
        typer.Option("--version", help="Say the version and exit.", is_eager=True, callback=_say_version),
    ] = False,
) -> None:
    """What stands before a command."""


app = build()


def main() -> Any:
    """Run the command line; ends the process with the command's exit code."""
    for stream in (sys.stdout, sys.stderr):
        # A name that the terminal's encoding lacks must not end a command.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="replace")
    app(prog_name="segmentry")


if __name__ == "__main__":
    main()
