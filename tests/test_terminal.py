"""What people see in a terminal of 80 columns: no word torn apart, and colour only where it is wanted."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from segmentry.engine.diagnostics.findings import CATALOGUE
from segmentry.engine.starter.scaffold import make_workspace
from tests.command_line import call

if sys.platform == "win32":
    pytest.skip("needs terminals as Unix has them", allow_module_level=True)

import pty

pytestmark = pytest.mark.xdist_group("terminal")

ROOT = Path(__file__).parents[1]
COLUMNS = 80
WORDY = max(CATALOGUE, key=lambda code: len(CATALOGUE[code].why))


def in_terminal(*words: str | Path, **settings: str) -> str:
    """What a command prints in a terminal of 80 columns."""
    near, far = pty.openpty()
    inherited = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS")}
    env = {**inherited, "PYTHONPATH": str(ROOT / ".dev"), "TERM": "xterm-256color", "COLUMNS": str(COLUMNS)}
    command = [sys.executable, "-m", "segmentry.cli", *map(str, words)]
    with subprocess.Popen(command, stdin=far, stdout=far, stderr=far, env=env | settings):
        os.close(far)
        printed = b"".join(iter(lambda: _read(near), b""))
    os.close(near)
    return printed.decode().replace("\r\n", "\n")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # how Linux says that nobody is at the other end any more
        return b""


def test_prose_fits_the_terminal_and_loses_nothing() -> None:
    shown = in_terminal("check", "--explain", WORDY)
    whole = call("check", "--explain", WORDY).stdout
    assert max(map(len, whole.splitlines())) > COLUMNS
    assert shown.split() == whole.split()
    prose = [line for line in shown.splitlines() if not line.startswith("    ")]
    assert max(map(len, prose)) <= COLUMNS


def test_colour_is_for_terminals_whose_owner_wants_it(tmp_path: Path) -> None:
    make_workspace(tmp_path, data=False)
    coloured = in_terminal("check", "--notes", "-w", tmp_path)
    plain = in_terminal("check", "--notes", "-w", tmp_path, NO_COLOR="1")
    assert "\x1b[" in coloured
    assert "\x1b" not in plain
    whole = call("check", "-w", tmp_path).stdout
    assert max(map(len, whole.splitlines())) > COLUMNS >= max(map(len, plain.splitlines()))
    assert [word for word in plain.split() if word != "="] == whole.split()


def test_a_terminal_counts_the_notes_for_engineers_and_what_can_be_mended(tmp_path: Path) -> None:
    make_workspace(tmp_path / "shop", data=False)
    rules = tmp_path / "shop" / "rules" / "lifecycle.yaml"
    rules.write_text(rules.read_text("utf-8") + "# segmentry: ignore[gap]\n", "utf-8")
    command = ("check", "-w", tmp_path / "shop")
    shown, whole = in_terminal(*command, NO_COLOR="1"), in_terminal(*command, "--notes", NO_COLOR="1")
    opaque = call(*command).stdout.count("info[opaque]")
    assert opaque > 0
    assert "info[opaque]" not in shown
    assert f"{opaque} opaque" in " ".join(shown.split())
    assert whole.count("info[opaque]") == opaque
    assert "check --notes" not in whole
    for printed in (shown, whole):
        assert "can be mended by `segmentry check --fix`" in " ".join(printed.split())
    assert "1 of" in shown
    assert "check --fix" not in in_terminal(*command, "--quiet", NO_COLOR="1")
