"""What the Tab key offers in bash, zsh and fish: by the protocol of each, and in those that are installed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from segmentry.cli import app
from segmentry.engine.starter.scaffold import make_workspace
from tests.parts_at_hand import lacking

pytestmark = pytest.mark.xdist_group("shells")

ROOT = Path(__file__).parents[1]
SHELLS = ("bash", "zsh", "fish")

CASES = [
    ("preview val", {"value-driven", "value-tier"}),
    ("waterfall qu", {"quality-focused"}),
    ("explain C000197 uncl", {"unclear-motive"}),
    ("show orders_1", {"orders_12m"}),
    ("show discount_s", {"discount_share"}),
    ("run --only lif", {"lifecycle"}),
    ("prev", {"preview"}),
    ("preview no-such", set[str]()),
]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shells") / "shop"
    make_workspace(folder, data=False)
    return folder


def asked(shell: str, words: str) -> dict[str, str]:
    """What a shell puts into the environment when Tab is pressed behind these words."""
    by_shell = {
        "bash": {"COMP_WORDS": "\n".join(words.split()), "COMP_CWORD": str(len(words.split()) - 1)},
        "zsh": {"_TYPER_COMPLETE_ARGS": words},
        "fish": {"_TYPER_COMPLETE_ARGS": words, "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
    }
    return {"_SEGMENTRY_COMPLETE": f"complete_{shell}", **by_shell[shell]}


def words_in(shell: str, printed: str) -> set[str]:
    """The words that are offered; zsh and fish show a help text behind some."""
    if shell == "zsh":
        return set(re.findall(r'[(\s]"([^"]+)"', printed))
    return {line.split("\t")[0] for line in printed.splitlines() if line}


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(("typed", "expected"), CASES)
def test_each_shell_is_reported_the_ids(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, shell: str, typed: str, expected: set[str]
) -> None:
    monkeypatch.chdir(workspace)
    env = asked(shell, f"segmentry {typed}")
    result = CliRunner().invoke(app, [], env=env, prog_name="segmentry")
    assert words_in(shell, result.stdout) == expected


# --- in the shells themselves -----------------------------------------------------------------------

IN_SHELL = {
    "bash": (
        ("--norc", "--noprofile", "-c"),
        """
        eval "$(_SEGMENTRY_COMPLETE=source_bash segmentry)"
        complete -p segmentry > /dev/null || exit 3
        COMP_WORDS=(segmentry $TYPED); COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))
        _segmentry_completion segmentry
        printf '%s\\n' "${COMPREPLY[@]}"
        """,
    ),
    "zsh": (
        ("-f", "-c"),
        """
        compdef() { known=$2 }
        _arguments() { print -r -- "$@" }
        eval "$(_SEGMENTRY_COMPLETE=source_zsh segmentry)"
        [[ $known == segmentry ]] || exit 3
        words=(segmentry ${=TYPED}); CURRENT=$#words
        _segmentry_completion
        """,
    ),
    "fish": (
        ("--no-config", "-c"),
        """
        env _SEGMENTRY_COMPLETE=source_fish segmentry | source
        complete -C "segmentry $TYPED"
        """,
    ),
}
"""How each is started without anybody's settings, and what it does there as if Tab was pressed."""


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(("typed", "expected"), [CASES[0], CASES[3]])
def test_a_real_shell_completes(
    workspace: Path, tmp_path: Path, shell: str, typed: str, expected: set[str]
) -> None:
    program = shutil.which(shell)
    if program is None:
        lacking(f"{shell} is not installed")
    command = tmp_path / "segmentry"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m segmentry.cli "$@"\n', "utf-8")
    command.chmod(0o755)
    path = os.pathsep.join((str(tmp_path), os.environ["PATH"]))
    env = os.environ | {"PATH": path, "PYTHONPATH": str(ROOT / ".dev"), "TYPED": typed}
    options, script = IN_SHELL[shell]
    ran = subprocess.run(
        [program, *options, script], cwd=workspace, env=env, capture_output=True, text=True, timeout=60
    )
    assert ran.returncode == 0, ran.stderr
    assert words_in(shell, ran.stdout) == expected
