"""Characters that steer what shows a text instead of being seen: a terminal, a page, a CI server's log."""

from __future__ import annotations

import re
from typing import Final

SHOWN: Final = "�"
"""What stands for such a character."""

_CONTROLS: Final = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff"
"""Control characters but tab and line feed, line separators, the marks that turn the direction, and halves of
pairs that stand alone, which no file or terminal can hold."""

_STEERING: Final = re.compile(f"[{_CONTROLS}]")
_STEERING_BUT_COLOUR: Final = re.compile(rf"(?!\x1b\[[0-9;]*m)[{_CONTROLS}]")
_COMMAND: Final = re.compile(r"^([^\S\n]*)(?=::(?!:)|##\[)", re.MULTILINE)
"""Where a line begins that GitHub's runner (`::error`) or Azure's (`##[error]`) takes for a command."""


def steering_in(text: str) -> str | None:
    """The first such character of a text, as `U+001B`; None without one. A line break is none."""
    found = _STEERING.search(text)
    return None if found is None else f"U+{ord(found[0]):04X}"


def without_steering(text: str) -> str:
    """The text with a sign in the place of each such character."""
    return _STEERING.sub(SHOWN, text)


def harmless(text: str, *, colour: bool = False) -> str:
    """A text that can't move a cursor, set a title, turn the direction or give a CI server a command.

    ``colour`` lets colours pass.
    """
    seen = (_STEERING_BUT_COLOUR if colour else _STEERING).sub(SHOWN, text)
    return _COMMAND.sub(rf"\1{SHOWN}", seen)


def harmless_json(text: str) -> str:
    """A JSON document that says the same with such characters escaped."""
    return _STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
