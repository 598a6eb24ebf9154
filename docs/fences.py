"""A hook for the site: what a fence says to the tests becomes a title, or nothing."""

from __future__ import annotations

import re
from typing import Any

_FENCE = re.compile(r"^```(\w+) ([^\n]+)$", re.M)
_FILE = re.compile(r"\b(?:file|from)=(\S+)")


def on_page_markdown(markdown: str, **_: Any) -> str:
    """The page with fences as the site knows them: ``yaml file=NAME`` has the name as its title."""
    return _FENCE.sub(_plain, markdown)


def _plain(fence: re.Match[str]) -> str:
    name = _FILE.search(fence[2])
    return f"```{fence[1]}" if name is None else f'```{fence[1]} title="{name[1]}"'
