"""From exports to a workspace: read, guessed, asked, written, and counted once to show the sizes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from segmentry.engine.answers.preview import preview_workspace
from segmentry.engine.answers.summary import Summary
from segmentry.engine.diagnostics.errors import SegmentryError, UsageError
from segmentry.engine.diagnostics.whole import write_whole
from segmentry.engine.starter.onboard.draft_brand import draft_brand
from segmentry.engine.starter.onboard.draft_rules import draft_rules
from segmentry.engine.starter.onboard.draft_sources import FILE, draft_sources
from segmentry.engine.starter.onboard.draft_tests import draft_tests
from segmentry.engine.starter.onboard.exports import open_exports
from segmentry.engine.starter.onboard.guess_page import guess_sections, page_html, page_markdown
from segmentry.engine.starter.onboard.guesses import GuessNote, Shop
from segmentry.engine.starter.onboard.proposal import PROPOSAL, kept_draft, known_answers, propose
from segmentry.engine.starter.onboard.questions import Ask, ask_all
from segmentry.engine.starter.onboard.seen import Progress, look_at_all
from segmentry.engine.starter.onboard.shop import guess
from segmentry.engine.starter.scaffold import Scaffold, make_drafted
from segmentry.engine.workspace import Workspace

TITLE: Final = "What was guessed, and how sure"
_COUNTED: Final = 500_000_000
"""Bytes of exports up to which the sizes of segments are counted at once; `preview` counts them of more."""
PAGES: Final = ("guesses.md", "guesses.html")


@dataclass
class Drafted:
    """What came of it: the workspace that was made, or the diff for the one that is there."""

    folder: Path
    shop: Shop
    answers: list[tuple[str, str]]
    made: Scaffold | None = None
    proposal: str | None = None
    summary: Summary | None = None
    failure: str | None = None
    """Why the sizes could not be counted."""
    notes: list[GuessNote] = field(default_factory=list[GuessNote])

    @property
    def addresses(self) -> dict[str, str]:
        """The addresses of databases that were named, by the variables that stand for them."""
        exports = [table.seen.export for table in self.shop.tables]
        return {export.database: export.address for export in exports if export.database is not None}

    @property
    def variables(self) -> list[str]:
        """The variables that have to be set before the workspace can be read."""
        return [name for name, address in self.addresses.items() if os.environ.get(name) != address]


def draft_workspace(
    folder: Path, named: Sequence[str], *, ask: Ask | None = None, progress: Progress = lambda _: None
) -> Drafted:
    """Draft a workspace in a folder from exports: files, folders and patterns.

    ``ask`` answers what is open; without it the best guesses are taken. ``progress`` is told a line per
    table. Where the folder has a workspace already, nothing in it changes, and a diff is proposed. Raises
    UsageError for what is not there and where nothing says who the customers are, DataError for files that
    can't be read.
    """
    shop = guess(look_at_all(open_exports(named), progress), _name(folder))
    before = known_answers(folder)
    asked = ask_all(shop, ask, before)
    answers = [(question.text, answer) for question, answer in asked]
    files = drafted_files(shop, folder)
    done = Drafted(folder, shop, answers, notes=shop.notes)
    if (folder / FILE).exists():
        done.proposal = propose(folder, files)
        if done.proposal:
            write_whole({folder / PROPOSAL: done.proposal.encode()})
        return done
    taken = [name for name in files if (folder / name).exists()]
    if taken:
        raise UsageError(f"{folder} has {', '.join(taken)} already; name a new folder, or move them away")
    given = {question.about: answer for question, answer in asked if ask is not None}
    kept = kept_draft(files, {**before, **given})
    done.made = make_drafted(folder, {**files, **kept}, shown=tuple(files))
    if sum(table.seen.export.bytes for table in shop.tables) <= _COUNTED:
        _count(done)
    sections = guess_sections(shop, answers, done.summary)
    pages = (page_markdown(TITLE, sections), page_html(TITLE, sections))
    write_whole({folder / name: text.encode() for name, text in zip(PAGES, pages, strict=True)})
    done.made.written += PAGES
    return done


def drafted_files(shop: Shop, folder: Path) -> dict[str, str]:
    """The texts of all drafted files, by their names in the workspace."""
    return {
        FILE: draft_sources(shop, folder),
        **draft_rules(shop),
        **draft_tests(shop),
        "brand.yaml": draft_brand(shop),
    }


def _name(folder: Path) -> str:
    words = folder.absolute().name.replace("-", " ").replace("_", " ").strip()
    return words[:1].upper() + words[1:] or "My shop"


def _count(done: Drafted) -> None:
    try:
        workspace = replace(Workspace.load(done.folder), environ={**os.environ, **done.addresses})
        done.summary = preview_workspace(workspace)
    except SegmentryError as error:
        done.failure = str(error)
