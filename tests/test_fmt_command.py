"""`segmentry fmt`: what it writes, what it says, and how it ends."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from segmentry.cli import app

STARTER = Path(__file__).parent.parent / "rules" / "starter"
SLOPPY = (
    "segments: [{when: {trait: orders_12m, at_least: 2}, id: a}]\nassign: every_match\nsegmentation: other\n"
)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    shutil.copytree(STARTER, folder)
    (folder / "rules" / "other.yaml").write_text(SLOPPY, "utf-8")
    return folder


def fmt(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["fmt", "-w", str(folder), *arguments])


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_it_writes_what_changes_and_nothing_else(shop: Path) -> None:
    before = contents(shop)
    result = fmt(shop)
    assert result.exit_code == 0
    assert "rules/other.yaml" in result.stdout
    after = contents(shop)
    assert before.keys() == after.keys()
    assert [name for name in after if after[name] != before[name]] == [str(shop / "rules" / "other.yaml")]
    assert fmt(shop, "--check").exit_code == 0


def test_check_and_diff_write_nothing(shop: Path) -> None:
    before = contents(shop)
    assert fmt(shop, "--check").exit_code == 1
    result = fmt(shop, "--diff")
    assert result.exit_code == 0
    assert result.stdout.startswith("--- a/rules/other.yaml\n+++ b/rules/other.yaml\n@@")
    assert "+      at_least: 2\n" in result.stdout
    assert fmt(shop, "--check", "--diff").exit_code == 1
    assert contents(shop) == before


def test_the_ends_of_lines_are_no_difference(shop: Path) -> None:
    (shop / "rules" / "other.yaml").write_bytes(SLOPPY.replace("\n", "\r\n").encode())
    shown = fmt(shop, "--diff").stdout
    assert "+" in shown
    assert "\ufffd" not in shown
    assert "\r" not in shown


def test_paths_limit_it(shop: Path) -> None:
    assert fmt(shop, "--check", str(shop / "rules" / "lifecycle.yaml")).exit_code == 0
    assert fmt(shop, "--check", str(shop / "rules")).exit_code == 1
    result = fmt(shop, str(shop / "no-such.yaml"))
    assert result.exit_code == 2
    assert "no-such.yaml" in result.stderr


def test_json_is_one_document(shop: Path) -> None:
    result = fmt(shop, "--check", "--format", "json")
    assert json.loads(result.stdout) == {
        "version": 1,
        "files": 10,
        "changed": ["rules/other.yaml"],
        "left_alone": [],
    }


def test_a_file_with_a_fault_stays_and_the_others_are_laid_out(shop: Path) -> None:
    broken = shop / "rules" / "broken.test.yaml"
    broken.write_text("tests:   [\n", "utf-8")
    result = fmt(shop)
    assert result.exit_code == 3
    assert "rules/broken.test.yaml:1:10" in result.stderr
    assert broken.read_text("utf-8") == "tests:   [\n"
    assert "at_least: 2\n" in (shop / "rules" / "other.yaml").read_text("utf-8")


def test_json_names_the_fault_and_what_was_laid_out_all_the_same(shop: Path) -> None:
    (shop / "rules" / "broken.test.yaml").write_text("tests:   [\n", "utf-8")
    result = fmt(shop, "--format", "json")
    document = json.loads(result.stdout)
    assert result.exit_code == document["error"]["exit_code"] == 3
    assert [(item["file"], item["line"]) for item in document["findings"]] == [("rules/broken.test.yaml", 1)]
    assert document["changed"] == ["rules/other.yaml"]
    assert document["left_alone"] == ["rules/broken.test.yaml"]


def test_a_link_and_the_mode_of_a_file_survive(shop: Path) -> None:
    target = shop / "shared.txt"
    (shop / "rules" / "other.yaml").rename(target)
    target.chmod(0o640)
    (shop / "rules" / "other.yaml").symlink_to(target)
    assert fmt(shop).exit_code == 0
    assert (shop / "rules" / "other.yaml").is_symlink()
    assert target.stat().st_mode & 0o777 == 0o640
    assert target.read_text("utf-8").startswith("segmentation: other\n")
