"""Reports for servers and terminals: their published form, paths that a server finds, lines that fit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from email.message import Message
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from jsonschema import Draft202012Validator

from segmentry.engine.diagnostics.findings import CATALOGUE, diagnostic
from segmentry.engine.diagnostics.model import Related, Span
from segmentry.engine.reporters import (
    REPORTERS,
    documentation,
    report_github,
    report_junit,
    report_sarif,
    report_text,
)
from segmentry.engine.reporters.repository import folder_in_repository
from tests.command_line import call
from tests.sarif_shape import SARIF
from tests.small_shop import make_shop

ROOT = Path(__file__).parents[1]
FILE = "rules/a b.yaml"
LONG = "`one is at least 5` and `one is less than 5` exclude each other: nobody can be in `value-driven`"
FOUND = [
    diagnostic("unsatisfiable", LONG, FILE, Span(2, 3, 2, 6), related=[Related("x", FILE, Span(1, 1, 1, 2))])
]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A workspace in a folder of a repository, with a mistake of logic and one of hygiene."""
    (tmp_path / ".git").mkdir()
    return make_shop(tmp_path / "crm" / "shop")


def broken(shop: Path) -> Path:
    rules = shop / "rules" / "tier.yaml"
    rules.write_text(rules.read_text("utf-8").replace("trait: spend", "trait: spent"), "utf-8")
    return shop


# --- published forms ------------------------------------------------------------------------------


VALIDATOR: Any = Draft202012Validator(SARIF, format_checker=Draft202012Validator.FORMAT_CHECKER)


def valid_sarif(text: str) -> dict[str, Any]:
    log: dict[str, Any] = json.loads(text)
    VALIDATOR.validate(log)
    return log


def test_sarif_of_every_finding_is_as_the_standard_says() -> None:
    everything = [
        diagnostic(code, f"{code}: 100 %", FILE, Span(n, 1, n, 5), hint="do <this>")
        for n, code in enumerate(CATALOGUE, start=1)
    ]
    log = valid_sarif(report_sarif([*everything, *FOUND], {}))
    assert len(log["runs"][0]["results"]) == len(CATALOGUE) + 1
    assert {rule["id"] for rule in log["runs"][0]["tool"]["driver"]["rules"]} == set(CATALOGUE)
    valid_sarif(report_sarif([], {}))


def test_sarif_leads_to_the_page_of_each_finding() -> None:
    """Pages that are there: the site is built from docs/ for the address that pyproject.toml names."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    driver = valid_sarif(report_sarif(FOUND, {}))["runs"][0]["tool"]["driver"]
    assert driver["informationUri"] == project["urls"]["Documentation"]
    (rule,) = driver["rules"]
    page = rule["helpUri"].removeprefix(driver["informationUri"])
    assert page == "findings/unsatisfiable.html"
    assert (ROOT / "docs" / page).with_suffix(".md").is_file()


def test_sarif_without_an_address_has_no_links(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_metadata(_: str) -> Message:
        return Message()

    monkeypatch.setattr(documentation, "metadata", no_metadata)
    documentation.documentation.cache_clear()
    try:
        text = report_sarif(FOUND, {})
    finally:
        documentation.documentation.cache_clear()
    valid_sarif(text)
    assert "helpUri" not in text
    assert "informationUri" not in text


def test_sarif_of_check_and_test_is_as_the_standard_says(shop: Path) -> None:
    valid_sarif(call("check", "-w", shop, "--format", "sarif").stdout)
    valid_sarif(call("test", "-w", shop, "--format", "sarif", code=6).stdout)


def test_the_shape_of_sarif_refuses_what_is_not_in_it() -> None:
    log = json.loads(report_sarif(FOUND, {}))
    faults: list[dict[str, Any]] = [
        {"line": 3},
        {"level": "info"},
        {"message": "x"},
        {"locations": [{"at": 1}]},
    ]
    for wrong in faults:
        changed = json.loads(json.dumps(log))
        changed["runs"][0]["results"][0].update(wrong)
        assert not VALIDATOR.is_valid(changed)


@pytest.mark.parametrize("command", ["check", "test"])
def test_junit_counts_what_it_holds(shop: Path, command: str) -> None:
    """As Jenkins and GitLab read it: suites of cases, each with name and class, and counts that add up."""
    result = call(command, "-w", broken(shop), "--format", "junit", code=1 if command == "check" else 3)
    root = ElementTree.fromstring(result.stdout)
    assert root.tag == "testsuites"
    for suite in (*root, root):
        cases = list(suite.iter("testcase"))
        assert suite.get("tests") == str(len(cases))
        for kind in ("failure", "error"):
            assert suite.get(f"{kind}s") == str(len(list(suite.iter(kind)))), kind
    assert {suite.tag for suite in root} == {"testsuite"}
    for case in root.iter("testcase"):
        assert case.get("name")
        assert case.get("classname")
        assert {child.tag for child in case} <= {"failure", "error", "skipped", "system-out"}
    assert root.get("failures") == "1"


# --- where a server looks for a file --------------------------------------------------------------


def test_the_folder_is_seen_from_the_root_of_the_repository(tmp_path: Path) -> None:
    inner = tmp_path / "repo" / "crm" / "rules"
    inner.mkdir(parents=True)
    nowhere: dict[str, str] = {}
    assert folder_in_repository(inner, nowhere) == ""
    assert folder_in_repository(inner, {"GITHUB_WORKSPACE": str(tmp_path / "repo")}) == "crm/rules/"
    assert folder_in_repository(inner, {"GITHUB_WORKSPACE": str(tmp_path / "other")}) == ""
    (tmp_path / "repo" / ".git").write_text("gitdir: elsewhere\n")  # as in a linked work tree
    assert folder_in_repository(inner, {"GITHUB_WORKSPACE": str(tmp_path)}) == "crm/rules/"
    assert folder_in_repository(tmp_path / "repo", nowhere) == ""


def test_servers_find_the_files_and_programs_see_the_workspace() -> None:
    github = report_github(FOUND, {}, folder="crm/")
    assert github.startswith("::error file=crm/rules/a b.yaml,")
    assert "%0Acrm/rules/a b.yaml:1: x" in github
    (result,) = json.loads(report_sarif(FOUND, {}, folder="crm/"))["runs"][0]["results"]
    for place in (*result["locations"], *result["relatedLocations"]):
        assert place["physicalLocation"]["artifactLocation"]["uri"] == "crm/rules/a%20b.yaml"
    (case,) = ElementTree.fromstring(report_junit(FOUND, {}, folder="crm/")).iter("testcase")
    assert (case.get("file"), case.get("classname")) == ("crm/rules/a b.yaml", FILE)
    assert json.loads(REPORTERS["json"](FOUND, {}, folder="crm/"))["findings"][0]["file"] == FILE
    assert f"--> {FILE}:2:3" in report_text(FOUND, {}, folder="crm/")


def test_commands_put_the_folder_before_the_files(shop: Path) -> None:
    for command, code in (("check", 1), ("test", 3)):
        result = call(command, "-w", broken(shop), "--format", "github", code=code)
        assert "::error file=crm/shop/rules/tier.yaml,line=" in result.stdout


# --- why a run of a server failed -----------------------------------------------------------------


@pytest.mark.parametrize("format", ["github", "junit", "sarif"])
@pytest.mark.parametrize("command", ["check", "test"])
def test_a_folder_without_a_workspace_is_a_finding_in_every_format(
    tmp_path: Path, command: str, format: str
) -> None:
    result = call(command, "-w", tmp_path, "--format", format, code=3)
    assert "segmentry.yaml" in result.stdout
    assert "segmentry.yaml" in result.stderr


def test_too_little_coverage_is_said_beside_every_format(shop: Path) -> None:
    tests = (
        "rules: tier.yaml\ntests:\n  - {name: t, segment: big, cases: [{given: {spend: 90}, expect: in}]}\n"
    )
    (shop / "rules" / "tier.test.yaml").write_text(tests, "utf-8")
    for format in ("github", "junit", "sarif"):
        result = call(
            "test", "-w", shop, "--coverage", "--min-coverage", "leaf=99", "--format", format, code=1
        )
        assert "error: leaf coverage is 0%, at least 99% is asked for" in result.stderr
        assert "is never seen out" in result.stderr
        assert "overage" not in result.stdout


def test_one_is_no_plural(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    assert report_github(FOUND, {}).endswith("\nSegmentry found 1 error.\n")
    many = [diagnostic("gap", f"g{n}", FILE, Span(n, 1, n, 2)) for n in range(1, 12)]
    assert "1 more warning is not shown." in report_github(many, {})


@pytest.mark.parametrize("words", [["check", "--nope"], ["diff"], ["nosuch"], ["check", "--show-ids=x"]])
@pytest.mark.parametrize("wanted", [["--format", "json"], ["--format=json"]])
def test_a_call_that_is_not_understood_is_a_document_too(words: list[str], wanted: list[str]) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "segmentry.cli", *words, *wanted],
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT / ".dev")},
    )
    assert result.returncode == 2
    error = json.loads(result.stdout)["error"]
    assert error["exit_code"] == 2
    assert error["message"] in result.stderr.decode()


# --- lines that fit a page ------------------------------------------------------------------------

SOURCES = {FILE: "when:\n  one: " + "x" * 90 + "\n"}


def test_no_word_is_torn_apart_where_lines_have_an_end() -> None:
    hint = "move `value-driven` up, or ask more above it, so that somebody is left for it"
    found = [diagnostic("unreachable", LONG, FILE, Span(2, 8, 2, 90), hint=hint)]
    shown = report_text(found, SOURCES, width=60)
    assert max(map(len, shown.splitlines())) <= 60
    assert {*LONG.split(), *hint.split()} <= set(shown.split())
    assert shown.splitlines()[1].startswith("  ")
    assert f"error[unreachable] {LONG}\n" in report_text(found, SOURCES)


def test_a_short_note_stays_beside_its_mark() -> None:
    found = [diagnostic("gap", "short", FILE, Span(1, 1, 1, 5), hint="like this")]
    assert report_text(found, SOURCES, width=60) == report_text(found, SOURCES)
    assert "  | ^^^^ like this\n" in report_text(found, SOURCES, width=60)
