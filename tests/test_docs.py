"""The rules in the docs are rules: every block of a page, put into the starter workspace, passes the check.

A block's fence says what it is: ``yaml file=NAME`` is a whole file of the workspace, ``yaml part=trait``,
``part=segment``, ``part=condition`` and ``part=source`` are pieces, put where they belong. Pieces of a page
add up, so a segment may use the trait above it; a source that is there already gets the lines added.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest

from segmentry.engine import Workspace
from segmentry.engine.document import read_document
from segmentry.engine.sample import write_sample

ROOT = Path(__file__).parent.parent
FENCE = re.compile(r"^```yaml (file|part)=(\S+)\n(.*?)^```$", re.M | re.S)
PAGES = sorted(page for page in (ROOT / "docs").rglob("*.md") if FENCE.search(page.read_text("utf-8")))
HEAD = "segmentation: page\nowner: crm\nassign: every_match\nsegments:\n"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs") / "data"
    write_sample(folder, customers=60)
    return folder


def _data_of(raw: str) -> Any:
    document, findings = read_document("page", raw.encode())
    assert document is not None, findings
    return document.data


def _with_sources(workspace: str, parts: list[str]) -> str:
    """The workspace file with these sources added, as JSON, which is YAML too."""
    whole = _data_of(workspace)
    for name, lines in (item for part in parts for item in _data_of(part).items()):
        whole["sources"].setdefault(name, {}).update(lines)
    return json.dumps(whole)


def _lay_out(page: str, folder: Path) -> None:
    parts: dict[str, list[str]] = {"trait": [], "segment": [], "condition": [], "source": []}
    for kind, name, text in FENCE.findall(page):
        if kind == "file":
            (folder / name).write_text(text, "utf-8")
        else:
            parts[name].append(text)
    conditions = [
        f"  - id: condition-{number}\n    when:\n{indent(text, ' ' * 6)}"
        for number, text in enumerate(parts["condition"], start=1)
    ]
    segments = [*parts["segment"], *conditions]
    if parts["trait"]:
        (folder / "rules" / "page-traits.yaml").write_text("traits:\n" + "".join(parts["trait"]), "utf-8")
    if segments:
        (folder / "rules" / "page.yaml").write_text(HEAD + "".join(segments), "utf-8")
    head = folder / "segmentry.yaml"
    head.write_text(_with_sources(head.read_text("utf-8"), parts["source"]), "utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_blocks_of_a_page_pass_the_check(page: Path, data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    shutil.copytree(ROOT / "rules" / "starter", folder)
    (folder / "data").symlink_to(data)
    _lay_out(page.read_text("utf-8"), folder)
    workspace = Workspace.load(folder)
    assert [f"{d.file}:{d.span.line} {d.message}" for d in workspace.check()] == []
    assert workspace.plan() is not None


def test_the_pages_are_there() -> None:
    assert {"tutorial", "everyday-segments", "sequences", "crm-with-lookups"} <= {page.stem for page in PAGES}
