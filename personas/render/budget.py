"""What filling a template may take: so many steps and characters, and so many seconds."""

from __future__ import annotations

import time
from collections.abc import Iterator, MappingView, Sized
from typing import Any, Final, cast

MOST: Final = 10_000_000
"""Characters that one page may take, with all that is made on the way. Ours take a hundredth of it."""

STEP: Final = 10
"""The characters that a step counts for: a turn of a loop, a call, an operation."""

SECONDS: Final = 10.0
"""How long one page may take: the last resort, since `MOST` means the same on every machine."""

_MOST_BITS: Final = 10_000
"""Of a whole number; Python itself prints none of many more."""

LESS: Final = "repeat less, loop over less, and calculate with smaller numbers"


class TooMuch(Exception):
    """A template takes more than it may."""


class PageBudget:
    """What is left for a page. Every step, every printed character and every value that is made is paid for.

    What may be large is asked for before it is made.
    """

    def __init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Begin a page."""
        self._left = MOST
        self._ends = time.monotonic() + SECONDS
        self._weights: dict[int, tuple[int, object]] = {}

    def spend(self, cost: int) -> None:
        """Pay. Raises TooMuch."""
        self.afford(cost)
        self._left -= cost
        if time.monotonic() > self._ends:
            raise TooMuch(f"the page is not ready after {SECONDS:g} seconds")

    def afford(self, cost: int) -> None:
        """Ask before something is made that is paid for afterwards. Raises TooMuch."""
        if cost > self._left:
            raise TooMuch(_over(cost))

    def made(self, value: Any) -> Any:
        """A value that was made: paid for by what it holds itself, and by what it leads to within bounds.

        What gives one value after the other becomes a list. Raises TooMuch.
        """
        if isinstance(value, (Iterator, MappingView)):
            value = [self._taken(each) for each in cast("Any", value)]
        if isinstance(value, (str, list, tuple, dict)):
            held: Sized = cast("Any", value)
            self.spend(STEP + len(held))
            self.weigh(held)
        elif isinstance(value, int):
            self.whole(value.bit_length())
        else:
            self.spend(STEP)
        return cast("Any", value)

    def _taken(self, value: Any) -> Any:
        self.spend(STEP)
        return value

    def whole(self, bits: int) -> None:
        """Pay for a whole number. Raises TooMuch."""
        self.spend(STEP)
        if bits > _MOST_BITS:
            raise TooMuch(f"this is a number of more than {_MOST_BITS * 3 // 10:,} digits")

    def weigh(self, value: Any) -> int:
        """All that a value leads to, and what is in it several times as often. Raises TooMuch."""
        match value:
            case str():
                return 1 + len(value)
            case list() | tuple() | dict():
                known = self._weights.get(id(cast("Any", value)))
                if known is not None:
                    return known[0]
                held = cast("Any", [*value, *value.values()] if isinstance(value, dict) else value)
                weight = 1 + sum(map(self.weigh, held))
                if weight > MOST:
                    raise TooMuch(_over(weight))
                self._weights[id(cast("Any", value))] = weight, value
                return weight
            case _:
                return 1


def _over(cost: int) -> str:
    """The words for what takes too much; numbers that nobody reads are left out."""
    more = f"{cost:,} characters" if MOST < cost < 10**15 else f"more than {MOST:,} characters"
    return f"this takes {more}, a step counting for {STEP}; one page may take {MOST:,}"
