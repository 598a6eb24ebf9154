"""Memory: how much is free, how people write sizes of it, and what is said where it does not suffice."""

from __future__ import annotations

import errno
import os
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


# --- how much there is ------------------------------------------------------------------------------

_WRITTEN: Final = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([KMGT]?)(i?)B?\s*", re.I)
_POWERS: Final = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4}
_GROUPS: Final = Path("/sys/fs/cgroup")
_OWN_GROUPS: Final = Path("/proc/self/cgroup")


def parse_size(text: str) -> int:
    """Bytes from a size as people write it: `4GB` (10^9), `4GiB` (2^30), `500 MB`. Raises UsageError."""
    found = _WRITTEN.fullmatch(text)
    size = 0
    if found is not None:
        base = 1024 if found[3] else 1000
        size = int(float(found[1]) * base ** _POWERS[found[2].upper()])
    if size <= 0:
        raise UsageError(f"`{text}` is no size of memory; write one like `4GB` or `500MB`")
    return size


def size_words(count: int) -> str:
    """Bytes as they can be written for `parse_size`, to two digits or to the megabyte."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{max(1, round(count / 1e6))} MB"


def free_memory() -> int | None:
    """The bytes that can be had without others giving way; None where the system does not say.

    What a container or a service may take counts as well: the limits of its control groups (Linux).
    """
    found = [size for size in (_free_of_machine(), *_free_of_groups()) if size is not None]
    return min(found, default=None)


def _free_of_machine() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration, ValueError):
        pass
    try:
        # Elsewhere: half of what is built in.
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (AttributeError, OSError, ValueError):
        return None


def _free_of_groups() -> Generator[int]:
    """What is left of the limits of this process's control groups (version 2, or 1)."""
    try:
        lines = _OWN_GROUPS.read_text(encoding="ascii").splitlines()
    except (OSError, ValueError):
        return
    for line in lines:
        number, controllers, name = line.split(":", 2)
        inside = Path(name.lstrip("/"))
        if number == "0":
            root, names = _GROUPS, ("memory.max", "memory.current", "inactive_file")
        elif "memory" in controllers.split(","):
            root = _GROUPS / "memory"
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
        else:
            continue
        for folder in (root / inside, *(root / parent for parent in inside.parents)):
            left = _left(folder, *names)
            if left is not None:
                yield left


def _left(folder: Path, limit: str, used: str, given_back: str) -> int | None:
    """A group's limit without what is used; pages of files that nobody uses are given back on demand."""
    try:
        most = int((folder / limit).read_text(encoding="ascii"))
        now = int((folder / used).read_text(encoding="ascii"))
        stat = dict(line.split() for line in (folder / "memory.stat").read_text("ascii").splitlines())
        return max(0, most - now + int(stat.get(given_back, 0)))
    except (OSError, ValueError):
        return None
