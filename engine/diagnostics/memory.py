"""Memory that does not suffice, whatever layer met it."""

from __future__ import annotations

import errno
import re
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from segmentry.engine.diagnostics.disk import causes, from_below, os_error
from segmentry.engine.diagnostics.errors import UsageError

_WORDS: Final = re.compile(
    r"out of memory|capacity overflow|allocation of .* failed|unable to allocate", re.I
)
_SIZE: Final = re.compile(r"(?:allocate|allocation of|alloc of size) ([0-9.]+) ?([KMGTPE]iB)?")


def is_short(error: BaseException) -> bool:
    """Whether memory that does not suffice is what an error comes from."""
    return any(
        isinstance(cause, MemoryError)
        or (isinstance(cause, OSError) and cause.errno == errno.ENOMEM)
        or os_error(cause) == errno.ENOMEM
        or (from_below(cause) and _WORDS.search(str(cause)) is not None)
        for cause in causes(error)
    )


def no_memory(error: BaseException) -> str:
    """What to say of it, with the size of what was to be held, as far as an error tells it."""
    found = next(filter(None, (_SIZE.search(str(cause)) for cause in causes(error))), None)
    size = (
        "" if found is None else f" for {f'{found[1]} {found[2]}' if found[2] else _size(int(found[1]))} more"
    )
    return _said(size)


@contextmanager
def holding(path: Path, label: str) -> Generator[None]:
    """Around whatever holds a whole file: memory that does not suffice is a UsageError that names it."""
    try:
        yield
    except MemoryError as error:
        raise UsageError(_said(f" for {label} ({_size(path.stat().st_size)})")) from error


def _said(what: str) -> str:
    return (
        f"there is not enough memory{what}; give the command more, or fewer columns, rows and traits to hold"
    )


def _size(count: int) -> str:
    """Bytes as people read them."""
    size, units = float(count), iter(("bytes", "KiB", "MiB", "GiB", "TiB", "PiB"))
    unit = next(units)
    while size >= 1024 and (larger := next(units, None)) is not None:
        size, unit = size / 1024, larger
    return f"{size:.3g} {unit}"
