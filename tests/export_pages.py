"""Writes a page for each known export from its entry: `python -m tests.export_pages`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from textwrap import fill

from segmentry.engine.starter.onboard.known import KNOWN
from segmentry.engine.starter.onboard.known.entry import READ_ON, KnownExport

FOLDER = Path(__file__).parents[1] / "docs" / "how-to" / "exports"
_MADE = (
    "<!-- Written by `python -m tests.export_pages` from the registry; change the entry, not this page. -->"
)
_GRAINS = {
    "customers": "a row for each customer",
    "orders": "a row for each order",
    "lines": "a row for each article of an order",
    "events": "a row for each event",
}
_ROLES = {
    "key": "tells the customers apart",
    "customer": "whose row it is",
    "time": "when it was",
    "order": "the number of the order",
    "amount": "what was paid",
    "quantity": "how many pieces",
    "price": "the price of a piece",
    "since": "since when somebody is known",
}


def page(entry: KnownExport) -> str:
    """The page of an entry."""
    return "\n\n".join(_parts(entry)) + "\n"


def _parts(entry: KnownExport) -> Iterator[str]:
    yield f"# {entry.title}"
    yield _MADE
    yield _filled(f"**How the export is made.** {entry.made}")
    yield f"```text\nsegmentry init my-shop --from {entry.id}.csv\n```"
    known = "`, `".join(entry.signs)
    yield _filled(f"It has {_GRAINS[entry.grain]}, and is known by its headings (`{known}`).")
    yield _filled(f"**What is known beside the headings.** {entry.adds}")
    if entry.roles:
        rows = "\n".join(f"| `{heading}` | {_ROLES[role]} |" for heading, role in entry.roles.items())
        yield f"| heading | taken for |\n|---|---|\n{rows}"
    for heading, (yes, no) in entry.truths.items():
        yield _filled(f"`{heading}`: {', '.join(yes)} is yes, {', '.join(no)} is no, nothing is unknown.")
    for heading in entry.inverted:
        yield _filled(
            f"`{heading}` says the opposite of consent: whoever it is true for must not be written to."
        )
    if entry.pages:
        read = "\n".join(f"- <{address}>: {what}" for address, what in entry.pages)
        yield f"**Where that was read**, on {READ_ON}:\n\n{read}"
    if entry.unconfirmed:
        yield _filled(f"**Not confirmed.** {entry.unconfirmed}")
    whole = "[Your own data](../../your-own-data.md)"
    yield f"All exports that are known: [the list](README.md). The whole way: {whole}."


def index() -> str:
    """The page that lists them."""
    rows = "\n".join(f"| [{e.title}]({e.id}.md) | {_GRAINS[e.grain]} |" for e in KNOWN)
    text = (
        "`segmentry init DIR --from FILES` knows these exports by their headings. That only adds what "
        "headings can't tell; every other export is read by the same guesses, and what is wrong is a line "
        "to change. Where an export writes dates or numbers in a way that can't be read yet, `segmentry "
        "check` names the lines of the draft: [what that is](../../your-own-data.md)."
    )
    return f"# Known exports\n\n{_MADE}\n\n{_filled(text)}\n\n| export | it has |\n|---|---|\n{rows}\n"


def _filled(text: str) -> str:
    return fill(text, 120, break_long_words=False, break_on_hyphens=False)


def pages() -> dict[str, str]:
    """All pages by their names."""
    return {"README.md": index(), **{f"{entry.id}.md": page(entry) for entry in KNOWN}}


if __name__ == "__main__":
    for name, text in pages().items():
        (FOLDER / name).write_text(text, "utf-8")
