"""What the documentation shows works: its rules pass the check, its commands print what it says."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any, cast

import polars as pl
import pytest

from segmentry.engine import Workspace, check
from segmentry.engine.document import read_document
from segmentry.engine.files.schema import json_schema, validate
from segmentry.engine.starter import sample
from tests import language_pages
from tests.docs_pages import PAGES, ROOT, Block, Reader, agrees, blocks, can_be_done
from tests.test_docs_online_retail import COLUMNS, LINES

pytestmark = pytest.mark.xdist_group("docs")

DONE = [page for page in PAGES if can_be_done(page)]
READ = [page for page in PAGES if page.parent.name != "findings"]  # those show mistakes
SETTINGS = set(json_schema("workspace")["properties"])
NEW = ("segmentry init", "segmentry demo")


def _name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs") / "data"
    sample.write_sample(folder)
    return folder


@pytest.fixture
def made_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The data sets that examples are about, as a few rows."""
    file = tmp_path / "online_retail.parquet"
    pl.DataFrame(LINES, COLUMNS, orient="row").write_parquet(file)
    monkeypatch.setenv("ONLINE_RETAIL", str(file))


def _starts_in(page: Path, steps: list[Block], data: Path, folder: Path) -> Path:
    """Where a reader of the page is: nowhere yet, in this repository, or in the starter workspace."""
    if "examples" in page.parts:
        return ROOT
    commands = [command for step in steps for command, _ in step.commands()]
    if any(c.startswith(NEW) for c in commands):
        return folder
    if any(step.option("file") == "segmentry.yaml" for step in steps):
        (folder / "rules").mkdir()
        return folder
    shop = folder / "shop"
    shutil.copytree(ROOT / "rules" / "starter", shop)
    (shop / "data").symlink_to(data)
    if any(c.startswith("segmentry diff") for c in commands):
        _commit(shop)
    return shop


def _commit(folder: Path) -> None:
    """The workspace as the branch `main` of a repository, here and on the server."""
    who = ["-c", "user.name=Reader", "-c", "user.email=reader@example.com"]
    for words in (
        ["init", "-q", "-b", "main"],
        ["add", "."],
        [*who, "commit", "-q", "-m", "The starter"],
        ["update-ref", "refs/remotes/origin/main", "main"],
    ):
        subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)


@pytest.mark.usefixtures("made_up")
@pytest.mark.parametrize("page", DONE, ids=_name)
def test_what_a_page_says_can_be_done(
    page: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def the_same_data(folder: Path) -> None:
        """What `init` makes is always the same; here it is made once."""
        shutil.copytree(data, folder, dirs_exist_ok=True)

    monkeypatch.setattr(sample, "write_sample", the_same_data)
    steps = blocks(page)
    folder = tmp_path / "reader"
    folder.mkdir()
    monkeypatch.chdir(_starts_in(page, steps, data, folder))
    reader = Reader(Path.cwd())
    for step in steps:
        reader.do(step)
    if any(step.option("file") or step.option("part") for step in steps):
        workspace = Workspace.load(reader.folder)
        found = [d for d in check(workspace) if d.severity != "info" and d.code != "untested-segment"]
        assert [f"{d.file}:{d.span.line} {d.code} {d.message}" for d in found] == []


@pytest.mark.parametrize("page", READ, ids=_name)
def test_every_block_of_yaml_can_be_read(page: Path) -> None:
    for block in blocks(page):
        if block.language in ("yaml", "yml"):
            document, findings = read_document(_name(page), block.text.encode())
            assert document is not None
            assert findings == []
            _check_settings(document.data)


def _check_settings(data: Any) -> None:
    """A piece of segmentry.yaml, like `llm:`, has to be one of its keys with a value that fits."""
    written = cast("dict[str, Any]", data) if isinstance(data, dict) else {"": data}
    if SETTINGS.issuperset(written):
        whole = {"version": 1, "sources": {"people": {"path": "people.csv", "key": "id"}}, **written}
        document, _ = read_document("segmentry.yaml", json.dumps(whole).encode())
        assert document is not None
        assert validate(document, "workspace")[0] == []


@pytest.mark.parametrize("page", sorted(language_pages.FOLDER.glob("*.md")), ids=lambda page: page.stem)
def test_the_tables_of_the_language_are_up_to_date(page: Path) -> None:
    text = page.read_text("utf-8")
    assert language_pages.filled(text) == text, "write them anew: python -m tests.language_pages"


def test_every_table_of_the_language_stands_on_a_page() -> None:
    texts = [page.read_text("utf-8") for page in language_pages.FOLDER.glob("*.md")]
    shown = [found[1] for text in texts for found in language_pages.MARKED.findall(text)]
    assert sorted(shown) == sorted(language_pages.TABLES)


def test_a_transcript_has_to_agree() -> None:
    assert agrees("a\nb\nc\n", "a\n…\nc\n")
    assert agrees("a\nc\n", "a\n…\nc\n")
    assert agrees("a\nb\n", "…\n")
    assert agrees("", "…\n")
    assert agrees("a\nb\nc", "a\n…\n")
    assert not agrees("a\nb\nc\n", "a\n…\nd\n")
    assert not agrees("a\nb\n", "a\n")
    assert not agrees("x\na\n", "a\n…\n")


def test_the_site_builds_and_its_links_hold(tmp_path: Path) -> None:
    mkdocs = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-d", str(tmp_path)]
    built = subprocess.run(
        mkdocs, cwd=ROOT, capture_output=True, text=True, env=os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    )
    assert built.returncode == 0, built.stderr
    page = (tmp_path / "semantics.html").read_text("utf-8")
    assert '<span class="filename">rules/missing.yaml</span>' in page
    address = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["urls"]["Documentation"]
    assert f'<link rel="canonical" href="{address}semantics.html">' in page


OUTSIDE = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")]


@pytest.mark.parametrize("page", OUTSIDE, ids=_name)
def test_links_outside_the_site_hold(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8"))
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_room_and_loose_module_stands_in_the_house() -> None:
    rooms = {
        p.parent.relative_to(ROOT).as_posix()
        for top in ("engine", "personas")
        for p in (ROOT / top).glob("*/**/__init__.py")
    }
    loose = {
        p.relative_to(ROOT).as_posix()
        for top in (".", "engine", "personas")
        for p in (ROOT / top).glob("*.py")
        if p.name != "__init__.py"
    }
    assert "cli.py" in loose
    cells = re.findall(r"^\| `([^|]+)` \|", (ROOT / "docs" / "house.md").read_text("utf-8"), re.M)
    reported = [name for cell in cells for name in cell.split("`, `")]
    assert (rooms | loose) - set(reported) == set()
    assert len(reported) == len(set(reported))
    assert [name for name in reported if not (ROOT / name).exists()] == []
