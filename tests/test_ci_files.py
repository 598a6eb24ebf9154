"""What is shipped for CI, run as far as that goes offline: commands for real, servers by stand-ins."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from segmentry.cli import app
from segmentry.engine.document import read_document
from segmentry.personas.diff.markdown import MARK

ROOT = Path(__file__).parent.parent
STARTER = ROOT / "rules" / "starter"
WORKFLOW = STARTER / ".github" / "workflows" / "segments.yml"
PIPELINE = STARTER / ".gitlab-ci.yml"

STAND_IN = '#!/bin/sh\nprintf "%s\\n" "$*" >> "$CALLS"\ncat "$ANSWER"\n'
"""A program that notes how it was called and gives a prepared answer."""


def loaded(path: Path) -> Any:
    document, findings = read_document(path.name, path.read_bytes())
    assert document is not None, findings
    return document.data


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=Sample", "-c", "user.email=sample@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The starter in a repository of its own, with a change of a rule on top."""
    folder = tmp_path / "shop"
    shutil.copytree(STARTER, folder)
    git(tmp_path, "init", "-b", "main", "shop")
    git(folder, "add", ".")
    git(folder, "commit", "-m", "first")
    rules = folder / "rules" / "lifecycle.yaml"
    rules.write_text(rules.read_text("utf-8").replace("more_than: 365", "more_than: 300"), "utf-8")
    git(folder, "commit", "-am", "earlier")
    return folder


@pytest.fixture
def shell(shop: Path, tmp_path: Path) -> Any:
    """Runs lines as a CI server does; `gh` and `curl` are stand-ins."""
    programs = tmp_path / "programs"
    programs.mkdir()
    segmentry = f'#!/bin/sh\nexec "{sys.executable}" "{ROOT / "cli.py"}" "$@"\n'
    for name, text in (("segmentry", segmentry), ("gh", STAND_IN), ("curl", STAND_IN)):
        (programs / name).write_text(text, "utf-8")
        (programs / name).chmod(0o755)
    (tmp_path / "answer").touch()
    (tmp_path / "calls").touch()
    paths = {
        "PATH": f"{programs}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT / ".dev"),
        "CALLS": str(tmp_path / "calls"),
        "ANSWER": str(tmp_path / "answer"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
    }

    def run(lines: str, **more: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, **paths, **more}
        command = ["bash", "-e", "-c", lines]
        return subprocess.run(command, cwd=shop, env=environment, capture_output=True, text=True, check=False)

    return run


def steps(job: str) -> dict[str, Any]:
    found = loaded(WORKFLOW)["jobs"][job]["steps"]
    return {step["name"]: step for step in found if "name" in step}


def calls(folder: Path) -> list[str]:
    return (folder / "calls").read_text("utf-8").splitlines()


# --- hooks ------------------------------------------------------------------------------------------


def test_hooks_run_commands_that_are_there_and_pass_on_the_starter(shop: Path) -> None:
    hooks = loaded(ROOT / ".pre-commit-hooks.yaml")
    own = loaded(STARTER / ".pre-commit-config.yaml")["repos"][0]["hooks"]
    assert {hook["id"] for hook in hooks} == {hook["id"] for hook in own}
    git(shop, "checkout", "HEAD~1")
    for hook in hooks:
        program, *arguments = hook["entry"].split()
        assert program == "segmentry"
        assert CliRunner().invoke(app, [*arguments, "-w", str(shop)]).exit_code == 0, hook["id"]


# --- GitHub -----------------------------------------------------------------------------------------


def test_the_workflow_checks_and_tests(shell: Any, shop: Path) -> None:
    named = steps("rules")
    assert shell(named["Layout"]["run"]).returncode == 0
    assert shell(named["Check, with findings beside the lines"]["run"]).returncode == 0
    tested = shell(named["Test, with what the tests cover"]["run"])
    assert tested.returncode == 1
    assert "lapsed" in tested.stdout
    shell(named["Test report"]["run"])
    assert (shop / "test-report.xml").read_text("utf-8").startswith("<?xml")


def test_the_workflow_writes_one_comment_and_updates_it(shell: Any, shop: Path, tmp_path: Path) -> None:
    named = steps("difference")
    assert shell(named["Compare"]["run"]).returncode == 0
    comment = (shop / "difference.md").read_text("utf-8")
    assert comment.startswith(MARK)
    assert "widened" in comment
    shell(named["Summary"]["run"])
    assert (tmp_path / "summary").read_text("utf-8") == comment
    step = named["One comment, written anew with every push"]
    assert MARK in step["run"]
    where = {"COMMENTS": "repos/a/b/issues", "PULL_REQUEST": "7"}
    assert shell(step["run"], **where).returncode == 0
    assert calls(tmp_path)[-1] == "api --silent -X POST repos/a/b/issues/7/comments -F body=@difference.md"
    (tmp_path / "answer").write_text("41\n42\n", "utf-8")
    assert shell(step["run"], **where).returncode == 0
    assert calls(tmp_path)[-1] == "api --silent -X PATCH repos/a/b/issues/comments/41 -F body=@difference.md"


def test_a_fork_writes_no_comment_and_names_go_by_the_environment() -> None:
    jobs = loaded(WORKFLOW)["jobs"]
    step = steps("difference")["One comment, written anew with every push"]
    assert "head.repo.full_name == github.repository" in step["if"]
    assert loaded(WORKFLOW)["permissions"] == {"contents": "read"}
    # what somebody outside can choose, like a branch's name, must not become a part of a script
    assert not any("${{" in step.get("run", "") for job in jobs.values() for step in job["steps"])


# --- GitLab -----------------------------------------------------------------------------------------


def test_the_pipeline_writes_one_note_and_updates_it(shell: Any, shop: Path, tmp_path: Path) -> None:
    job = loaded(PIPELINE)["difference"]
    base = subprocess.run(
        ["git", "-C", str(shop), "rev-parse", "HEAD~1"], capture_output=True, text=True, check=True
    ).stdout.strip()
    assert shell("\n".join(job["script"]), CI_MERGE_REQUEST_DIFF_BASE_SHA=base).returncode == 0
    after = "\n".join(job["after_script"])
    where = {"NOTES": "https://gitlab.example.org/notes", "SEGMENTRY_TOKEN": "token"}
    (tmp_path / "answer").write_text("[]", "utf-8")
    assert shell(after, NOTES=where["NOTES"]).returncode == 0
    assert calls(tmp_path) == []
    assert shell(after, **where).returncode == 0
    assert calls(tmp_path)[-1].endswith(
        "--request POST --data-urlencode body@difference.md https://gitlab.example.org/notes"
    )
    (tmp_path / "answer").write_text(f'[{{"id": 3, "body": "x"}}, {{"id": 5, "body": "{MARK} y"}}]', "utf-8")
    assert shell(after, **where).returncode == 0
    assert calls(tmp_path)[-1].endswith(
        "--request PUT --data-urlencode body@difference.md https://gitlab.example.org/notes/5"
    )


def test_the_pipeline_runs_what_the_workflow_runs() -> None:
    scripts = [line for job in ("check-rules", "difference") for line in loaded(PIPELINE)[job]["script"]]
    runs = [step["run"] for job in ("rules", "difference") for step in steps(job).values()]
    for command in ("fmt --check", "check", "test --coverage --min-coverage leaf=80", "diff "):
        assert any(line.startswith(f"segmentry {command}") for line in scripts)
        assert any(line.startswith(f"segmentry {command}") for line in runs)
