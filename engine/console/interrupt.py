"""Ctrl-C, told from what breaks because of it: the engine below makes errors of its own of it."""

from __future__ import annotations

import signal
from types import FrameType
from typing import Final

_SEEN: Final[list[int]] = []


def notice_interrupts() -> None:
    """Remember Ctrl-C from now on, where it is not ignored anyway; it is a KeyboardInterrupt as before."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _noticed)


def interrupted(error: BaseException) -> bool:
    """Whether Ctrl-C is what an error comes from."""
    return isinstance(error, KeyboardInterrupt) or bool(_SEEN)


def _noticed(number: int, frame: FrameType | None) -> None:
    _SEEN.append(number)
    signal.default_int_handler(number, frame)
