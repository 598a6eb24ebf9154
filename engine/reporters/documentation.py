"""Where the documentation is to be read: what `[project.urls]` of pyproject.toml says, and nowhere else."""

from __future__ import annotations

from functools import cache
from importlib.metadata import metadata


@cache
def documentation() -> str | None:
    """The absolute address of the documentation, ending in `/`, as the installed package's metadata has it.

    None where it names none: then a report has no links, which SARIF allows.
    """
    named = (entry.partition(",") for entry in metadata("segmentry").get_all("Project-URL") or ())
    found = next((address.strip() for label, _, address in named if label == "Documentation"), None)
    return found and found.rstrip("/") + "/"


def page_of_finding(code: str) -> str | None:
    """The absolute address of the page of a finding; None where the metadata names no documentation."""
    start = documentation()
    return start and f"{start}findings/{code}.html"
