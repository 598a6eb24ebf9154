"""Standard streams that are closed, or whose reader goes away: no traceback, and the command's exit code."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.small_shop import FILES, make_shop

if sys.platform == "win32":
    pytest.skip("needs streams as Unix has them", allow_module_level=True)

START = f'exec {sys.executable} -c "from segmentry.cli import main; main()"'


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_shop(tmp_path_factory.mktemp("streams") / "shop")


@pytest.fixture(scope="module")
def wrong(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a segment that names no trait."""
    text = FILES["rules/tier.yaml"].replace("trait: spend", "trait: spent")
    return make_shop(tmp_path_factory.mktemp("streams") / "wrong", tier=text)


def ended(folder: Path, command: str, streams: str) -> tuple[int, str]:
    """The exit code of a command with these redirections, and what it says on the streams that are left.

    The stream 0 is a pipe whose reader has gone.
    """
    reader, unread = os.pipe()
    os.close(reader)
    line = ["sh", "-c", f"{START} {command} {streams}"]
    done = subprocess.run(line, cwd=folder, stdin=unread, capture_output=True, text=True, check=False)
    os.close(unread)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("command", "streams", "code"),
    [
        ("list", ">&-", 0),
        ("preview --format json --quiet", ">&0", 0),
        ("check --fail-level info", ">&0", 1),
        ("check --fail-level info --format json", "<&- >&-", 1),
        ("check --fail-level info --format sarif", ">&- 2>&-", 1),
        ("diff nowhere", ">&0 2>&0", 2),
        ("--version", ">&0", 0),
    ],
)
def test_a_command_that_nobody_reads_keeps_its_exit_code(
    shop: Path, command: str, streams: str, code: int
) -> None:
    assert ended(shop, command, streams) == (code, "")


@pytest.mark.parametrize(
    ("command", "streams", "code"),
    [
        ("list", "2>&0", 3),
        ("run --format json", "2>&-", 3),
        ("run --format json", "2>&- >&-", 3),
        ("check --as-of never", "2>/dev/full", 2),
        ("chekc", "2>&0", 2),
    ],
)
def test_a_failure_that_nobody_reads_keeps_its_exit_code(
    wrong: Path, command: str, streams: str, code: int
) -> None:
    found, said = ended(wrong, command, streams)
    assert found == code
    assert "Traceback" not in said
    if "json" in command and ">&-" not in streams.split():
        assert json.loads(said)["error"]["exit_code"] == code


@pytest.mark.parametrize("streams", [">&-", "<&- >&- 2>&-"])
def test_a_run_whose_streams_are_closed_writes_the_same_files(
    shop: Path, tmp_path: Path, streams: str
) -> None:
    """Were a closed stream's number free, a file would get it, and messages would end up in the file."""
    folder = tmp_path / "shop"
    shutil.copytree(shop, folder)
    codes: list[int] = []
    written: list[dict[str, bytes]] = []
    for each in ("", streams):
        codes.append(ended(folder, "run --csv --traits", each)[0])
        out = folder / "out"
        written.append(
            {path.name: path.read_bytes() for path in out.iterdir() if path.name != "run.log.json"}
        )
    assert codes[0] == codes[1]
    assert written[0] == written[1]
    assert "memberships.parquet" in written[0]


@pytest.mark.parametrize("command", ["--help", "list"])
def test_what_can_not_be_shown_is_one_sentence(shop: Path, command: str) -> None:
    code, said = ended(shop, command, "1<segmentry.yaml")
    assert (code, said) == (2, "error: the result can't be shown (bad file descriptor)\n")
