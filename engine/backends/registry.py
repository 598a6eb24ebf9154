"""The engines by name: one entry each, loaded when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from segmentry.engine.backends.protocol import Backend

DEFAULT = "polars"


def _polars(memory: int | None) -> Backend:
    from segmentry.engine.backends.polars.backend import PolarsBackend

    return PolarsBackend(memory)


BACKENDS: Mapping[str, Callable[[int | None], Backend]] = {DEFAULT: _polars}
"""What `run --engine` chooses from."""


def backend_named(name: str = DEFAULT, memory: int | None = None) -> Backend:
    """The engine of that name, which is to take so many bytes of memory; None lets it choose.

    Raises KeyError for one that there is none of.
    """
    return BACKENDS[name](memory)
