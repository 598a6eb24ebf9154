"""Large arrays that give their memory back to the system as soon as nobody uses them.

An allocator keeps what is freed among what is not: of a run's states it held a quarter of a gigabyte in vain.
"""

from __future__ import annotations

import mmap
import sys

import numpy as np
import numpy.typing as npt

from segmentry.engine.backends.polars.dense.kernels import Array

_LARGE = 1_000_000


def zeros(size: int, dtype: npt.DTypeLike) -> Array:
    """An array of zeros; its memory is taken when it is first touched."""
    wanted = size * np.dtype(dtype).itemsize
    if wanted < _LARGE:
        return np.zeros(size, dtype=dtype)
    return np.frombuffer(_pages(wanted), dtype=dtype)


def _pages(size: int) -> mmap.mmap:
    if sys.platform == "win32":
        return mmap.mmap(-1, size)
    return mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)


def copied(values: Array) -> Array:
    """A copy that holds no more than the values."""
    out = zeros(len(values), values.dtype)
    out[:] = values
    return out
