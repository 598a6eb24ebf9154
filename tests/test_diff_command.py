"""`segmentry diff`: revisions and folders, the three forms, and how it ends."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from segmentry.cli import app
from tests.two_versions import at_least, motive, segment, write

BASE = motive(segment("top", at_least("n", 80)), segment("middle", at_least("n", 50)))
WIDER = motive(segment("top", at_least("n", 70)), segment("middle", at_least("n", 50)))


def diff(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["diff", "-w", str(folder), *arguments])


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=Sample", "-c", "user.email=sample@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A repository with the workspace in a folder of its own, and data that is not in it."""
    git(tmp_path, "init", "-b", "main")
    (tmp_path / "other.yaml").write_text("not: ours\n", "utf-8")
    folder = write(tmp_path / "crm" / "shop", BASE, customers=100)
    (tmp_path / ".gitignore").write_text("data\n", "utf-8")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "first")
    return folder


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Two folders: the rules before, and after with the data."""
    return write(tmp_path / "before", BASE), write(tmp_path / "after", WIDER, customers=100)


def document(result: Result) -> Any:
    return json.loads(result.stdout)


def by_id(result: Result) -> dict[str, Any]:
    return {one["id"]: one for one in document(result)["segments"]}


# --- revisions --------------------------------------------------------------------------------------


def test_what_is_not_committed_yet_against_a_branch(shop: Path) -> None:
    assert by_id(diff(shop, "main", "--format", "json"))["top"]["class"] == "unchanged"
    write(shop, WIDER)
    result = diff(shop, "main", "--format", "json")
    assert result.exit_code == 0
    top = by_id(result)["top"]
    assert [top[key] for key in ("class", "base", "head", "change", "in", "out")] == [
        "widened",
        20,
        30,
        10,
        10,
        0,
    ]


def test_two_revisions_whatever_lies_there(shop: Path) -> None:
    write(shop, WIDER)
    git(shop, "commit", "-am", "wider")
    write(shop, motive(segment("nobody", at_least("n", 1000))))
    found = by_id(diff(shop, "HEAD~1", "HEAD", "--format", "json"))
    assert set(found) == {"top", "middle"}
    assert found["top"]["class"] == "widened"
    back = by_id(diff(shop, "HEAD", "HEAD~1", "--format", "json"))
    assert back["top"]["class"] == "narrowed"


def test_a_file_that_a_revision_has_or_lacks(shop: Path) -> None:
    (shop / "rules" / "motive.yaml").rename(shop / "rules" / "renamed.yaml")
    assert by_id(diff(shop, "main", "--format", "json"))["top"]["class"] == "unchanged"


@pytest.mark.parametrize("name", ["nowhere", "--output=x", "main:rules", "HEAD~7", "crm"])
def test_a_name_that_is_no_revision_is_wrong_usage(shop: Path, name: str) -> None:
    result = diff(shop, "--", name)
    assert result.exit_code == 2
    assert name in result.stderr


def test_outside_a_repository_only_folders_can_be_compared(tmp_path: Path) -> None:
    result = diff(write(tmp_path / "shop", BASE, customers=10), "main")
    assert result.exit_code == 2
    assert "no git repository" in result.stderr


def test_a_revision_without_the_workspace(shop: Path) -> None:
    git(shop, "rm", "-r", "--cached", ".")
    git(shop, "commit", "-m", "away")
    result = diff(shop, "HEAD")
    assert result.exit_code == 3
    assert "segmentry.yaml" in result.stderr


def test_a_revision_that_does_not_load_says_which(shop: Path) -> None:
    write(shop, motive(segment("top", at_least("nothing", 1))))
    git(shop, "commit", "-am", "broken")
    write(shop, BASE)
    result = diff(shop, "HEAD")
    assert result.exit_code == 3
    assert "HEAD:rules/motive.yaml" in result.stderr
    assert "unknown-trait" in result.stderr


def test_faults_of_the_files_that_lie_there_are_shown_with_their_lines(shop: Path) -> None:
    write(shop, motive(segment("top", at_least("nothing", 1))))
    result = diff(shop, "main", "--format", "json")
    assert result.exit_code == 3
    assert [f["file"] for f in document(result)["findings"]] == ["rules/motive.yaml"]
    assert "trait: nothing" in result.stderr


# --- forms ------------------------------------------------------------------------------------------


def test_text_says_who_went_where_and_why(folders: tuple[Path, Path]) -> None:
    before, after = folders
    result = diff(after, str(before))
    assert result.exit_code == 0
    assert "widened" in result.stdout
    assert "middle → top: 10 (spend 100 EUR)" in result.stdout
    assert "`n is at least 80` → `n is at least 70`" in result.stdout
    assert "explains all of the 10 moves in motive" in result.stdout


def test_text_says_what_a_segment_rests_on_and_what_was_edited(tmp_path: Path) -> None:
    before = write(tmp_path / "before", BASE)
    high = segment("high", at_least("n", 90))
    renamed = {**BASE["segments"][1], "id": "centre", "owner": "crm"}
    after = write(tmp_path / "after", motive(high, BASE["segments"][0], renamed), customers=100)
    text = diff(after, str(before)).stdout
    assert "top rests on the new segment `high`" in text
    assert "new (was middle)" in text
    (line,) = (line for line in text.splitlines() if line.startswith("high "))
    assert line.split() == ["high", "0", "10", "+10", "10", "0", "new"]
    markdown = diff(after, str(before), "--format", "markdown").stdout
    assert "| `middle` | 30 | 0 | -30 | 0 | 30 | gone (now centre) |" in markdown


def test_json_is_one_document_without_people(folders: tuple[Path, Path]) -> None:
    before, after = folders
    result = diff(after, str(before), "--format", "json")
    found = document(result)
    assert found["customers"] == {"base": 100, "head": 100}
    assert found["moves"] == [
        {
            "segmentation": "motive",
            "from": "middle",
            "to": "top",
            "customers": 10,
            "value": {"spend": 100.0},
            "ids": [],
        }
    ]
    assert found["changes"][0]["explains"] == [
        {"segmentation": "motive", "segment": None, "part": "all", "customers": 10, "moved": 10}
    ]
    named = document(diff(after, str(before), "--format", "json", "--show-ids", "2"))
    assert named["moves"][0]["ids"] == [70, 71]


def test_a_comment_has_its_mark_one_table_and_folded_details(folders: tuple[Path, Path]) -> None:
    before, after = folders
    text = diff(after, str(before), "--format", "markdown").stdout
    assert text.startswith("<!-- segmentry-diff -->\n")
    open_part = text.split("<details>")[0]
    assert "| `top` | 20 | 30 | +10 | 10 | 0 | widened |" in open_part
    assert text.count("<details>") == text.count("</details>") >= 2


def test_names_from_rules_are_no_markup(tmp_path: Path) -> None:
    evil = {"trait": "n", "is_not": 7, "missing": "include"}
    text = {"trait": "word", "is": "a|b`<img src=x>@all https://example.org\n![x](y)"}
    traits: list[dict[str, Any]] = [{"id": "word", "formula": "'x' if n > 5 else 'y'"}]
    before = write(tmp_path / "before", motive(segment("top", evil)), traits=traits)
    after = write(tmp_path / "after", motive(segment("top", evil, text)), traits=traits, customers=100)
    lines = diff(after, str(before), "--format", "markdown").stdout.splitlines()
    reported = [line for line in lines if "img src" in line]
    assert reported
    for line in reported:
        outside = "".join(line.split("`")[::2])
        assert not any(mark in outside for mark in ("<img", "@all", "https://", "!["))


def test_a_unit_calls_nobody_and_links_nowhere(folders: tuple[Path, Path]) -> None:
    before, after = folders
    evil = [
        {"id": "spend", "sum": "orders.amount", "value": True, "unit": "@all www.example.org <b>https://x|y"}
    ]
    write(after, WIDER, traits=evil)
    text = diff(after, str(before), "--format", "markdown").stdout
    (line,) = (line for line in text.splitlines() if "example.org" in line)
    assert not any(mark in line for mark in ("@all", "www.", "<b>", "https://", "x|y"))


# --- ends -------------------------------------------------------------------------------------------


def test_too_much_change_fails(folders: tuple[Path, Path]) -> None:
    before, after = folders
    result = diff(after, str(before), "--max-change", "40%")
    assert result.exit_code == 1
    assert "more than 40% of `top` came or went" in result.stdout
    assert diff(after, str(before), "--max-change", "50%").exit_code == 0
    wrong = diff(after, str(before), "--max-change", "half")
    assert wrong.exit_code == 2
    assert "20%" in wrong.stderr


def test_a_broken_budget_fails(tmp_path: Path) -> None:
    before = write(tmp_path / "before", BASE)
    budget = {"size": {"at_most": 25}}
    rules = motive(segment("top", at_least("n", 70), expected=budget), BASE["segments"][1])
    result = diff(write(tmp_path / "after", rules, customers=100), str(before))
    assert result.exit_code == 1
    assert "the size of `top` is outside its budget, which is at most 25" in result.stdout


def test_without_data_it_ends_well_and_says_so(tmp_path: Path) -> None:
    before, after = write(tmp_path / "before", BASE), write(tmp_path / "after", WIDER)
    result = diff(after, str(before))
    assert result.exit_code == 0
    assert "No data is at hand" in result.stdout
    assert "widened" in result.stdout
    assert "--max-change" in diff(after, str(before), "--max-change", "1%").stdout
    assert diff(after, str(before), "--data", str(after)).exit_code == 4
    assert diff(after, str(before), "--data", str(after / "none")).exit_code == 2


def test_nobody_can_be_reported_of_few(tmp_path: Path) -> None:
    before = write(tmp_path / "before", BASE)
    rules = motive(segment("top", at_least("n", 77)), segment("middle", at_least("n", 50)))
    after = write(tmp_path / "after", rules, customers=100)
    found = document(diff(after, str(before), "--format", "json"))
    top = next(one for one in found["segments"] if one["id"] == "top")
    assert (top["base"], top["head"], top["in"], top["out"]) == (20, 20, None, None)
    assert found["moves"] == []
    assert found["withheld"] == ["motive"]
    assert found["changes"][0]["explains"][0]["moved"] is None
