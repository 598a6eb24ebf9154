"""The documentation of findings, a page each: ``python -m tests.finding_pages docs/findings``."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from segmentry.engine.diagnostics.findings import CATALOGUE, Finding

_FAMILIES = {
    "reading": "Reading files",
    "names": "Names and types",
    "logic": "Logic",
    "hygiene": "Hygiene",
    "data": "Data (`check --data`)",
    "briefs": "Briefs (`brief`, `brief --check`)",
}
_SEVERITIES = {"error": "an error", "warning": "a warning", "info": "a note"}


def page_of(entry: Finding) -> str:
    """The page of one finding."""
    return (
        f"# {entry.code}\n\n"
        f"**{entry.title}.** It is {_SEVERITIES[entry.severity]} of the family "
        f"[{entry.family}](README.md#{entry.family}).\n\n"
        f"{_fix_of(entry)}"
        f"## What is wrong\n\n{entry.what}\n\n"
        f"## Why it matters\n\n{entry.why}\n\n"
        f"## Instead of this\n\n```yaml\n{entry.bad}```\n\n"
        f"## Write this\n\n```yaml\n{entry.good}```\n"
    )


def _fix_of(entry: Finding) -> str:
    if not entry.fixable:
        return ""
    return "`segmentry check --fix` mends it where it is [sure what was meant](../how-to/fix.md).\n\n"


def index() -> str:
    """The page that lists all findings by family."""
    lines = [
        "# Findings",
        "",
        "What `segmentry check` and `segmentry brief --check` can find. `segmentry check --explain CODE`",
        "shows the same on a terminal.",
        "`# segmentry: ignore[CODE] reason` at the end of a line suppresses a finding there, and",
        "`# segmentry: snooze[CODE] 2026-12-01` does so until that day.",
    ]
    for family, title in _FAMILIES.items():
        lines += ["", f'## {title} <a id="{family}"></a>', "", "| finding | severity | |", "|---|---|---|"]
        entries = [e for e in CATALOGUE.values() if e.family == family]
        lines += [f"| [{e.code}]({e.code}.md) | {e.severity} | {e.title} |" for e in entries]
    return "\n".join(lines) + "\n"


def pages() -> Mapping[str, str]:
    """All pages by their file's name."""
    return {"README.md": index()} | {f"{code}.md": page_of(entry) for code, entry in CATALOGUE.items()}


def main(arguments: list[str]) -> None:
    """Write the pages into a folder."""
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
