"""A spinner for what takes its time: on a terminal only."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager


@contextmanager
def progress(quiet: bool) -> Generator[Callable[[str], None]]:
    """A function that tells of each stage; on stderr, gone afterwards, and silent without a terminal."""
    if quiet or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield lambda _: None
        return
    from rich.console import Console

    console = Console(stderr=True, highlight=False, markup=False)
    with console.status("Starting …") as status:
        yield lambda stage: status.update(f"{stage} …")
