"""What is at a path; nothing is at one that can't be, like a name that is too long or holds a NUL.

`Path.exists` and the like raise for those.
"""

from __future__ import annotations

import stat
from pathlib import Path


def is_there(path: Path) -> bool:
    """Whether a file, a folder or the like is there."""
    return _mode(path) != 0


def is_file(path: Path) -> bool:
    """Whether a file is there, or a link to one."""
    return stat.S_ISREG(_mode(path))


def is_folder(path: Path) -> bool:
    """Whether a folder is there, or a link to one."""
    return stat.S_ISDIR(_mode(path))


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode
    except (OSError, ValueError):
        return 0
