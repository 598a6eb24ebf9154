"""The how-to about reviews shows what the commands print, on the starter in a repository."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from typer.testing import CliRunner

from segmentry.cli import app
from segmentry.engine.starter.sample import write_sample
from segmentry.personas.diff.markdown import MARK

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "how-to" / "review-rules.md").read_text("utf-8")


def test_the_comparison_on_the_page_is_what_comes_out(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    shutil.copytree(ROOT / "rules" / "starter", shop)
    write_sample(shop / "data")
    identity = ["-c", "user.name=Sample", "-c", "user.email=sample@example.org", "-c", "commit.gpgsign=false"]
    for command in (["init", "-b", "main"], ["add", "."], ["commit", "-m", "first"]):
        subprocess.run(["git", "-C", str(shop), *identity, *command], check=True, capture_output=True)
    rules = shop / "rules" / "buying-motive.yaml"
    text = rules.read_text("utf-8")
    assert text.count("at_least: 0.5\n") > 1
    rules.write_text(text.replace("at_least: 0.5\n", "at_least: 0.4\n", 1), "utf-8")
    shown = next(
        block for block in re.findall(r"^```text\n\$ (.*?)^```", PAGE, re.M | re.S) if "Segment " in block
    )
    command, *lines = shown.splitlines()
    assert command == "segmentry diff main"
    printed = iter(CliRunner().invoke(app, ["diff", "main", "-w", str(shop)]).stdout.splitlines())
    for line in lines:
        assert line.strip() == "…" or line in printed, line  # in this order, with others between


def test_the_page_names_the_mark_that_comments_have() -> None:
    assert f"`{MARK}`" in PAGE
