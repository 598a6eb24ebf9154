"""What below the folder of the rules can't be read, so that it is told and not passed over."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

RULE_ENDINGS = (".yaml", ".yml")


def unreadable(folder: Path) -> Iterator[tuple[Path, str]]:
    """Paths below a folder that should hold rules and can't be read, each with the reason in words.

    A folder that does not exist is none: a workspace may have no rules yet.
    """
    if folder.is_symlink() and not folder.exists():
        yield folder, "the link leads nowhere"
    elif folder.exists() and not folder.is_dir():
        yield folder, "it is a file, and should be a folder"
    refused: list[OSError] = []
    for here, _, names in os.walk(folder, onerror=refused.append):
        for name in names:
            path = Path(here) / name
            if name.endswith(RULE_ENDINGS) and path.is_symlink() and not path.exists():
                yield path, "the link leads nowhere, or to itself"
    for error in refused:
        if error.filename is not None and Path(error.filename).is_dir():
            yield Path(error.filename), (error.strerror or str(error)).lower()
