"""The exceptions of Segmentry. Authors' mistakes are diagnostics; exceptions are for the caller.

::

    SegmentryError                  1
    ├── UsageError                  2   a wrong argument
    ├── RuleError(diagnostics)      3   the workspace or its rules can't be loaded
    ├── UnsupportedError            3   the engine chosen can't do what the rules ask
    ├── DataError                   4   a missing file or column, a bad value, a late feed
    ├── ProviderError               5   a cached reply is missing, or no server was reached
    ├── NothingRan                  6   there was nothing to do
    └── LockedError                 7   another run holds the output folder

The number is ``exit_code``, with which the command line ends.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from segmentry.engine.diagnostics.model import Diagnostic, sorted_diagnostics


class SegmentryError(Exception):
    """The root of the tree: whatever Segmentry raises on purpose."""

    exit_code: ClassVar[int] = 1


class UsageError(SegmentryError):
    """A wrong argument: one that names nothing, or an output folder that can't be written."""

    exit_code: ClassVar[int] = 2


class RuleError(SegmentryError):
    """The workspace or its rules can't be loaded; ``diagnostics`` says why, sorted."""

    exit_code: ClassVar[int] = 3

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(sorted_diagnostics(diagnostics))
        super().__init__(_summary(self.diagnostics))


class UnsupportedError(SegmentryError):
    """The engine that was chosen can't do something that the rules ask for."""

    exit_code: ClassVar[int] = 3


class DataError(SegmentryError):
    """The data does not fit what the rules say of it.

    Each of the ``messages`` alone names file, row, column and the fix; as a text the error is all of them, a
    line each. The attributes repeat the place of the first for programs.
    """

    exit_code: ClassVar[int] = 4

    def __init__(
        self, *messages: str, file: str | None = None, row: int | None = None, column: str | None = None
    ) -> None:
        self.messages = messages
        self.file = file
        self.row = row
        self.column = column
        super().__init__("\n".join(messages))


class ProviderError(SegmentryError):
    """The language model gave no reply: none is cached, or no server was reached."""

    exit_code: ClassVar[int] = 5


class NothingRan(SegmentryError):
    """Nothing was left to do, so there is no result."""

    exit_code: ClassVar[int] = 6


class LockedError(SegmentryError):
    """Another run holds the output folder."""

    exit_code: ClassVar[int] = 7


def _summary(diagnostics: tuple[Diagnostic, ...]) -> str:
    if not diagnostics:
        return "the rules can't be loaded"
    first = diagnostics[0]
    text = f"{first.file}:{first.span.line}:{first.span.column}: {first.message} [{first.code}]"
    more = len(diagnostics) - 1
    return text if more == 0 else f"{text} (and {more} more)"
