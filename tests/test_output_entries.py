"""The files of a run are a registry: an entry has every part, and one more entry is all that a file needs."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from segmentry.engine.outputs import entries
from segmentry.engine.outputs import run as runs
from segmentry.engine.outputs.entries import OPTIONS, OUTPUT_FILES, OUTPUTS, OutputEntry
from tests.command_line import call
from tests.small_shop import make_shop

OF_EVERYBODY = set(OUTPUT_FILES) - {entry.file for entry in OUTPUTS if entry.of_people}
"""What is written where people are not made of records."""


def lacking(entry: OutputEntry) -> list[str]:
    """What an entry lacks, in words."""
    found = [part for part in ("file", "doc") if not getattr(entry, part).strip()]
    found += [] if callable(entry.write) else ["write"]
    found += ["help"] if entry.option is not None and not entry.help.endswith(".") else []
    return found


@pytest.mark.parametrize("entry", OUTPUTS, ids=lambda entry: entry.file)
def test_an_entry_has_every_part(entry: OutputEntry) -> None:
    assert lacking(entry) == []


def test_a_part_that_is_not_there_is_seen() -> None:
    bare = OutputEntry("", " ", None, option="bare")  # type: ignore[arg-type]
    assert lacking(bare) == ["file", "doc", "write", "help"]


def test_a_run_with_every_option_writes_every_file(tmp_path: Path) -> None:
    shop = make_shop(tmp_path)
    call("run", *(f"--{option}" for option in OPTIONS), "-w", shop)
    assert {path.name for path in (shop / "out").iterdir()} == {".gitignore", *OF_EVERYBODY}
    manifest = json.loads((shop / "out" / "run.json").read_text("utf-8"))
    assert set(manifest["outputs"]) == {entry.file for entry in OUTPUTS if not entry.of_people}
    assert set(manifest["options"]) == {"only", "raw", *OPTIONS}


def test_a_run_without_options_writes_the_rest_and_takes_away_what_was_written_on_demand(
    tmp_path: Path,
) -> None:
    shop = make_shop(tmp_path)
    call("run", *(f"--{option}" for option in OPTIONS), "-w", shop)
    call("run", "-w", shop)
    on_demand = {entry.file for entry in OPTIONS.values()}
    assert {path.name for path in (shop / "out").iterdir()} == {".gitignore", *OF_EVERYBODY} - on_demand


def test_an_entry_says_whether_every_trait_is_evaluated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[int] = []

    def count(contents: entries.RunContents, path: Path) -> None:
        written.append(contents.result.traits.width)
        path.write_bytes(b"")

    for all_traits in (False, True):
        long = tuple(
            replace(entry, write=count, all_traits=all_traits) if entry.option == "long" else entry
            for entry in OUTPUTS
        )
        monkeypatch.setattr(entries, "OUTPUTS", long)
        monkeypatch.setattr(runs, "OUTPUTS", long)
        call("run", "--long", "-w", make_shop(tmp_path / str(all_traits)))
    assert written[0] < written[1]


_ONE_MORE = """
import sys
from dataclasses import replace
from segmentry.engine.outputs import entries
def write(contents, path):
    path.write_text(str(contents.summary.customers))
more = entries.OutputEntry("sizes.txt", "How many customers", write, "sizes", "Write it.")
entries.OUTPUTS += (more,)
entries.OUTPUT_FILES = (*(e.file for e in entries.OUTPUTS), *entries.RECORDS)
entries.OPTIONS["sizes"] = more
from segmentry import cli
sys.argv = ["segmentry", *sys.argv[1:]]
cli.main()
"""


def test_one_more_entry_is_all_that_a_file_needs(tmp_path: Path) -> None:
    shop = make_shop(tmp_path)
    for arguments in (["run", "--sizes"], ["clean"]):
        done = subprocess.run(
            [sys.executable, "-c", _ONE_MORE, *arguments, "-w", shop],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        there = shop / "out" / "sizes.txt"
        assert (there.read_text("utf-8") == "3") if arguments[0] == "run" else not there.exists()


def test_a_key_may_not_be_named_like_a_column_of_a_file(tmp_path: Path) -> None:
    entry = next(entry for entry in OUTPUTS if entry.columns)
    assert replace(entry, columns=()).columns == ()
    shop = make_shop(tmp_path)
    for path in shop.rglob("*"):
        if path.is_file():
            path.write_text(path.read_text("utf-8").replace("Kunden Nr", entry.columns[0]), "utf-8")
    assert entry.columns[0] in call("run", f"--{entry.option}", "-w", shop, code=2).stderr
    call("run", "-w", shop)
