"""What only follows from another finding, and so is none of its own."""

from __future__ import annotations

import re

from segmentry.engine.checks.context import Context
from segmentry.engine.diagnostics.findings import CATALOGUE

_DEFINITION = re.compile(r"\bid:\s*\S+")
_COMMENT = re.compile(r"(?:^|\s)#.*")
_WORD = re.compile(r"\w+")
_SUGGESTED = re.compile(r"did you mean `([^`]+)`")


def misspelt(context: Context, key: str) -> set[str]:
    """The files with an unknown key that most likely was meant to be this one."""
    return {
        item.file
        for item in context.findings.items
        if item.code == "unknown-key" and key in _SUGGESTED.findall(item.hint or "")
    }


def perhaps_meant(context: Context) -> set[str]:
    """The words that may name what is used, had nothing been wrong.

    That are those of files in which something could not be read, definitions aside, and what is suggested for
    a name that does not exist.
    """
    found: set[str] = set()
    unread = {
        item.file
        for item in context.findings.items
        if item.severity == "error" and CATALOGUE[item.code].family == "reading"
    }
    for file in unread & context.workspace.texts.keys():
        for line in context.workspace.texts[file].splitlines():
            found.update(_WORD.findall(_DEFINITION.sub("", _COMMENT.sub("", line))))
    for item in context.findings.items:
        if item.code == "unknown-trait":
            found.update(_SUGGESTED.findall(item.hint or ""))
    return found
