"""Whether rows are aggregated by kernels: if numba is there and the data is worth its start."""

from __future__ import annotations

import os
from collections.abc import Iterable
from importlib.util import find_spec

from segmentry.engine.diagnostics.errors import DataError
from segmentry.engine.sources.read import SourceReader

SWITCH = "SEGMENTRY_KERNELS"
"""The environment variable that says `on` (however little data there is) or `off`."""

_WORTH = 8_000_000
"""Bytes of files from which on a second of loading and compiling pays."""


def wants_kernels(readers: Iterable[SourceReader], switch: str | None = None) -> bool:
    """Whether the rows of these sources go through kernels; `switch` goes before the environment."""
    said = (switch or os.environ.get(SWITCH, "")).lower()
    if said == "off" or find_spec("numba") is None:
        return False
    return said == "on" or sum(reader.bytes for reader in readers) >= _WORTH


class UnfitError(Exception):
    """Numbers that the kernels' 64 bits do not hold: the work is done again without them."""


KERNEL_FAILURES = (UnfitError, DataError)
"""Upon these the work is done again without kernels, which either can do it or says exactly why not."""
