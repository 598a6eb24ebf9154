"""`check --fix`: the fixes that findings carry, applied to the files' texts, until none is left.

Nothing is written here: the new texts are checked as they would be, and handed back.
"""

from __future__ import annotations

import codecs
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from segmentry.engine.checks import check
from segmentry.engine.diagnostics.model import Diagnostic, TextEdit
from segmentry.engine.document.edits import EditedPlaces, apply_edits
from segmentry.engine.files.rewrite import difference
from segmentry.engine.workspace import Workspace

ROUNDS: Final = 100
"""No more rounds than this; each mends something or gives something up, so that few are needed."""


@dataclass(frozen=True, slots=True)
class Mended:
    """What fixing came to: the workspace with the new texts, and what was found before and is found after.

    ``fixed`` are the findings that were mended, in the order of mending, each at its place at that time.
    ``changes`` are the new contents of the files that differ, by name, and ``originals`` their old ones.
    """

    workspace: Workspace
    before: list[Diagnostic]
    after: list[Diagnostic]
    fixed: list[Diagnostic]
    changes: Mapping[str, bytes]
    originals: Mapping[str, bytes]

    def difference(self) -> str:
        """What the fixes change in the files, as a unified diff."""
        return "".join(
            difference(file, self.originals[file].decode("utf-8-sig"), content.decode("utf-8-sig"))
            for file, content in sorted(self.changes.items())
        )


def mend(
    workspace: Workspace,
    as_of: str | None = None,
    *,
    data: bool = False,
    only: Callable[[list[Diagnostic]], list[Diagnostic]] = list,
) -> Mended:
    """Apply the fixes that the findings of ``check`` carry, as far as each mends what it is for.

    Fixes that touch the same place are applied one after the other. A fix after which its finding is still
    there, or a file can't be read any more, is given up. ``only`` picks the findings to be mended; ``data``
    and ``as_of`` are those of `check`, and so is what is raised.
    """
    current, given_up, fixed = workspace, set[_Identity](), list[Diagnostic]()
    originals: dict[str, bytes] = {}
    found = before = check(workspace, as_of)
    for _ in range(ROUNDS):
        chosen = _chosen(d for d in only(found) if _identity(d) not in given_up)
        if not chosen:
            break
        originals.update({d.file: workspace.raw(d.file) for d in chosen if d.file not in originals})
        following = replace(current, unsaved={**current.unsaved, **_contents(current, chosen)})
        refound = check(following, as_of)
        if failed := _failed(chosen, found, refound):
            given_up.update(map(_identity, failed))
            continue
        current, found, fixed = following, refound, [*fixed, *chosen]
    if data:
        before, found = check(workspace, as_of, data=True), check(current, as_of, data=True)
    changes = {file: current.raw(file) for file, old in originals.items() if current.raw(file) != old}
    return Mended(current, before, found, fixed, changes, originals)


_Identity = tuple[str, str, str]


def _identity(item: Diagnostic) -> _Identity:
    """What a finding is known again by when lines have moved."""
    return item.code, item.file, item.message


def _chosen(found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Findings whose fixes can be applied at once: of those that touch the same place the first."""
    chosen: list[Diagnostic] = []
    taken: dict[str, EditedPlaces] = {}
    same: set[tuple[TextEdit, ...]] = set()
    for item in found:
        if item.fix is None:
            continue
        # the same edits again are those of one place that is used twice, by an alias
        if item.fix.edits in same or taken.setdefault(item.file, EditedPlaces()).take(item.fix.edits):
            same.add(item.fix.edits)
            chosen.append(item)
    return chosen


def _contents(workspace: Workspace, chosen: Sequence[Diagnostic]) -> dict[str, bytes]:
    """The new contents of the files; a byte order mark stays."""
    edits: dict[str, dict[TextEdit, None]] = {}
    for item in chosen:
        for edit in () if item.fix is None else item.fix.edits:
            edits.setdefault(edit.file, {})[edit] = None
    contents: dict[str, bytes] = {}
    for file, those in edits.items():
        raw = workspace.raw(file)
        mark = codecs.BOM_UTF8 if raw.startswith(codecs.BOM_UTF8) else b""
        contents[file] = mark + apply_edits(raw.decode("utf-8-sig"), those).encode("utf-8")
    return contents


def _failed(chosen: list[Diagnostic], before: list[Diagnostic], after: list[Diagnostic]) -> list[Diagnostic]:
    """The findings that are still there after their fixes, or whose file is less readable than before."""
    was, now = (Counter(map(_identity, found)) for found in (before, after))
    would = Counter(map(_identity, chosen))
    stopped, stops = ({(d.file, d.span) for d in found if _stops(d)} for found in (before, after))
    broken = {file for file, _ in stops} - {file for file, _ in stopped}
    # lines move with what is added above, columns don't: in another one it is a finding that was hidden
    places = {(_identity(d), d.span.column) for d in after}
    failed: list[Diagnostic] = []
    for item in chosen:
        name = _identity(item)
        there = now[name] > was[name] - would[name] and (name, item.span.column) in places
        still = (item.file, item.span) in stops if _stops(item) else there
        if still or item.file in broken:
            failed.append(item)
    return failed


def _stops(item: Diagnostic) -> bool:
    """Whether reading the file stops at the finding: what comes behind it is not known yet."""
    return item.code == "yaml-syntax" and item.severity == "error"
