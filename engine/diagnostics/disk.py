"""A full disk, whatever layer met it."""

from __future__ import annotations

import errno
import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from segmentry.engine.diagnostics.errors import UsageError

_FULL: Final = (errno.ENOSPC, errno.EDQUOT)
_OS_ERROR: Final = re.compile(r"\(os error ([0-9]+)\)")


def is_full(error: BaseException) -> bool:
    """Whether a disk without space is what an error comes from."""
    return any(
        (isinstance(cause, OSError) and cause.errno in _FULL) or os_error(cause) in _FULL
        for cause in causes(error)
    )


def no_space(where: Path | str | None) -> str:
    """What to say of it; ``where`` is what was to be written, as far as that is known."""
    return f"no space on {where or 'the disk'}; make room there and give the command again"


def in_utf8(path: Path) -> bool:
    """Whether the engine below can open a path: it takes none that is not written in UTF-8."""
    try:
        str(path.absolute()).encode()
    except UnicodeEncodeError:
        return False
    return True


@contextmanager
def writing_to(where: Path) -> Generator[None]:
    """Around whatever writes there: a full disk is a UsageError that names the place."""
    try:
        yield
    except BaseException as error:
        if isinstance(error, UsageError) or not is_full(error):
            raise
        raise UsageError(no_space(where)) from error


def causes(error: BaseException) -> Iterator[BaseException]:
    """An error and those that it comes from."""
    seen: set[int] = set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        yield following
        seen.add(id(following))
        following = following.__cause__ or following.__context__


def from_below(error: BaseException) -> bool:
    """Whether the engine below raised an error, in words of its own."""
    return type(error).__module__.startswith(("polars", "pyo3"))


def os_error(error: BaseException) -> int | None:
    """The number of a system's error that the engine below tells of."""
    if not isinstance(error, OSError) and not from_below(error):
        return None
    number = _OS_ERROR.search(str(error))
    return int(number[1]) if number else None
