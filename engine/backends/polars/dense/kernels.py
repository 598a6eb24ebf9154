"""The compiled kernels. Each walks a batch once; its customers are places of the state arrays.

``at`` are the rows' places. The last place of every state array is of nobody: rows of unknown customers go
there and are forgotten. Masks are of truths; of a row that is masked out nothing is read. Importing this
module imports numba.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import numpy as np

Array = np.ndarray[Any, Any]
_numba: Any = numba


def cache_folder() -> Path:
    """Where compiled kernels are kept: in the user's cache folder."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "segmentry" / "kernels"


def _compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """A kernel that runs without the interpreter's lock; kept on disk where the cache can be written."""
    before, _numba.config.CACHE_DIR = _numba.config.CACHE_DIR, str(cache_folder())
    try:
        kernel: Callable[..., Any] = _numba.njit(nogil=True, cache=True)(function)
    except (RuntimeError, OSError):
        kernel = _numba.njit(nogil=True)(function)
    finally:
        _numba.config.CACHE_DIR = before
    return kernel


# --- customers ------------------------------------------------------------------------------------


@_compiled
def places(keys: Array, part: Array, first: int, table: Array, nobody: int, out: Array) -> int:
    """Each key's place by a table that begins with the key ``first``; how many have none.

    Rows that take no part are nobody's.
    """
    unknown = 0
    for i in range(len(keys)):
        if not part[i]:
            out[i] = nobody
            continue
        at = keys[i] - first
        place = nobody
        if 0 <= at < len(table):
            place = table[at]
        out[i] = place
        if place == nobody:
            unknown += 1
    return unknown


@_compiled
def bucketed(at: Array, shift: int, sizes: Array, order: Array, out: Array) -> None:
    """The rows' ``order`` by buckets of 2^shift places, and their places in it: neighbours lie together.

    ``sizes`` is zero and has a number for each bucket and one more.
    """
    for i in range(len(at)):
        sizes[(at[i] >> shift) + 1] += 1
    for bucket in range(1, len(sizes)):
        sizes[bucket] += sizes[bucket - 1]
    for i in range(len(at)):
        bucket = at[i] >> shift
        j = sizes[bucket]
        order[j], out[j] = i, at[i]
        sizes[bucket] = j + 1


@_compiled
def reordered(values: Array, order: Array, out: Array) -> None:
    """Values in another order."""
    for i in range(len(order)):
        out[i] = values[order[i]]


# --- counts, sums, extremes -----------------------------------------------------------------------


@_compiled
def count_rows(at: Array, out: Array) -> None:
    """Rows."""
    for i in range(len(at)):
        out[at[i]] += 1


@_compiled
def count(at: Array, mask: Array, out: Array) -> None:
    """Rows where the mask holds."""
    for i in range(len(at)):
        if mask[i]:
            out[at[i]] += 1


@_compiled
def total(at: Array, mask: Array, values: Array, out: Array) -> None:
    """The sum of values."""
    for i in range(len(at)):
        if mask[i]:
            out[at[i]] += values[i]


@_compiled
def least(at: Array, mask: Array, values: Array, rank: Array, out: Array, seen: Array) -> None:
    """The smallest value; where ``rank`` is not empty, the value of the smallest rank."""
    ranked = len(rank) > 0
    for i in range(len(at)):
        if mask[i]:
            c, v = at[i], values[i]
            if not seen[c]:
                seen[c], out[c] = True, v
            elif ranked:
                if rank[int(v)] < rank[int(out[c])]:
                    out[c] = v
            elif v < out[c]:
                out[c] = v


@_compiled
def greatest(at: Array, mask: Array, values: Array, rank: Array, out: Array, seen: Array) -> None:
    """The greatest value; where ``rank`` is not empty, the value of the greatest rank."""
    ranked = len(rank) > 0
    for i in range(len(at)):
        if mask[i]:
            c, v = at[i], values[i]
            if not seen[c]:
                seen[c], out[c] = True, v
            elif ranked:
                if rank[int(v)] > rank[int(out[c])]:
                    out[c] = v
            elif v > out[c]:
                out[c] = v


# --- first and last -------------------------------------------------------------------------------


@_compiled
def latest(
    at: Array,
    mask: Array,
    times: Array,
    values: Array,
    rank: Array,
    time: Array,
    out: Array,
    seen: Array,
) -> None:
    """The value of the greatest time; a tie goes to the greatest value (or rank)."""
    ranked = len(rank) > 0
    for i in range(len(at)):
        if mask[i]:
            c, t, v = at[i], times[i], values[i]
            later = not seen[c] or t > time[c]
            if not later and t == time[c]:
                later = rank[int(v)] > rank[int(out[c])] if ranked else v > out[c]
            if later:
                seen[c], time[c], out[c] = True, t, v


@_compiled
def earliest(
    at: Array,
    mask: Array,
    times: Array,
    values: Array,
    rank: Array,
    time: Array,
    out: Array,
    seen: Array,
) -> None:
    """The value of the smallest time; a tie goes to the greatest value (or rank)."""
    ranked = len(rank) > 0
    for i in range(len(at)):
        if mask[i]:
            c, t, v = at[i], times[i], values[i]
            earlier = not seen[c] or t < time[c]
            if not earlier and t == time[c]:
                earlier = rank[int(v)] > rank[int(out[c])] if ranked else v > out[c]
            if earlier:
                seen[c], time[c], out[c] = True, t, v


# --- values by customer ---------------------------------------------------------------------------


@_compiled
def present(at: Array, mask: Array, values: Array, out: Array) -> None:
    """Codes below 64 as bits of one number."""
    for i in range(len(at)):
        if mask[i]:
            out[at[i]] |= np.uint64(1) << np.uint64(values[i])


@_compiled
def kept(at: Array, mask: Array, values: Array, nobody: int, out_at: Array, out: Array) -> int:
    """The places and values of known customers' rows where the mask holds; how many they are."""
    n = 0
    for i in range(len(at)):
        if mask[i] and at[i] != nobody:
            out_at[n], out[n] = at[i], values[i]
            n += 1
    return n


@_compiled
def sorted_into(at: Array, values: Array, ends: Array, out: Array) -> None:
    """Values laid into their customer's run; ``ends`` begins as the runs' starts and ends as their ends."""
    for i in range(len(at)):
        c = at[i]
        out[ends[c]] = values[i]
        ends[c] += 1


@_compiled
def sort_runs(starts: Array, values: Array, first: int, last: int) -> None:
    """Each run of the customers [first, last) sorted in place."""
    for c in range(first, last):
        low, high = starts[c], starts[c + 1]
        if high - low > 24:
            values[low:high].sort()
            continue
        for i in range(low + 1, high):
            v = values[i]
            j = i - 1
            while j >= low and values[j] > v:
                values[j + 1] = values[j]
                j -= 1
            values[j + 1] = v


@_compiled
def twice_medians(starts: Array, values: Array, out: Array) -> None:
    """The sum of the two middle values of each run (twice the one, of an odd number)."""
    for c in range(len(starts) - 1):
        n = starts[c + 1] - starts[c]
        if n:
            out[c] = values[starts[c] + (n - 1) // 2] + values[starts[c] + n // 2]


@_compiled
def distinct(starts: Array, values: Array, out: Array) -> None:
    """The number of distinct values of each run."""
    for c in range(len(starts) - 1):
        n = 0
        for i in range(starts[c], starts[c + 1]):
            if i == starts[c] or values[i] != values[i - 1]:
                n += 1
        out[c] = n


@_compiled
def most_common(starts: Array, values: Array, out: Array) -> None:
    """The most frequent value of each run; ties go to the smallest."""
    for c in range(len(starts) - 1):
        best, n = 0, 0
        for i in range(starts[c], starts[c + 1]):
            n = n + 1 if i > starts[c] and values[i] == values[i - 1] else 1
            if n > best:
                best, out[c] = n, values[i]


@_compiled
def longest_gaps(starts: Array, values: Array, out: Array) -> None:
    """The greatest difference of consecutive values of each run; 0 where there is none."""
    for c in range(len(starts) - 1):
        for i in range(starts[c] + 1, starts[c + 1]):
            gap = values[i] - values[i - 1]
            if gap > out[c]:
                out[c] = gap
