"""Examples at the end of a command's help."""

from __future__ import annotations


def examples(*commands: str) -> str:
    """The epilogue that shows these commands, each on a line of its own."""
    # \b keeps the lines from being wrapped into one paragraph.
    return "\b\nExamples:\n" + "\n".join(f"  {command}" for command in commands)
