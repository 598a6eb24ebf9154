"""What a command meets at its edges: names in no encoding, the last of all days, a folder that is gone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command_line import call, in_json
from tests.small_shop import make_shop

NOT_UTF8 = os.fsdecode(b"K\xe4se")
AS_OF = "--as-of takes a date like 2026-11-01 or an ISO datetime, not `"

only_linux = pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return make_shop(tmp_path / "shop")


@only_linux
@pytest.mark.parametrize("command", [("preview",), ("run",), ("check", "--data")])
def test_data_under_a_name_that_is_not_in_utf8_is_named(shop: Path, command: tuple[str, ...]) -> None:
    (shop / "data/orders.csv").rename(shop / f"data/orders-{NOT_UTF8}.csv")
    settings = shop / "segmentry.yaml"
    settings.write_text(settings.read_text("utf-8").replace("orders.csv", "orders*.csv"), "utf-8")
    said = call(*command, "-w", shop, code=4).stderr
    assert "this path is not written in UTF-8, so it can't be read; rename the file or its folder" in said


@only_linux
def test_a_workspace_under_a_name_that_is_not_in_utf8_is_named(tmp_path: Path) -> None:
    root = make_shop(tmp_path / NOT_UTF8)
    assert "this path is not written in UTF-8" in call("preview", "-w", root, code=4).stderr
    assert "is not written in UTF-8" in call("init", tmp_path / f"new-{NOT_UTF8}", code=2).stderr
    assert not (tmp_path / f"new-{NOT_UTF8}").exists()


@only_linux
def test_an_output_folder_that_is_not_in_utf8_is_refused(shop: Path) -> None:
    said = call("run", "-o", shop / NOT_UTF8, "-w", shop, code=2).stderr
    assert "is not written in UTF-8; name another one with -o" in said
    assert not (shop / NOT_UTF8).exists()


@only_linux
def test_findings_in_a_rule_file_under_such_a_name_are_reported_in_every_format(shop: Path) -> None:
    shutil.copy(shop / "rules/tier.yaml", shop / f"rules/{NOT_UTF8}.yaml")
    for form in ("text", "json", "github", "junit", "sarif"):
        said = call("check", "--format", form, "-w", shop, code=1).stdout
        assert "duplicate-id" in said
    json.loads(said)


@pytest.mark.parametrize("command", ["preview", "run", "check"])
@pytest.mark.parametrize("as_of", ["9999-12-31", "9999-12-31T23:59:59"])
def test_the_last_of_all_days_is_no_as_of_date(shop: Path, command: str, as_of: str) -> None:
    document = in_json(command, "--as-of", as_of, "-w", shop, code=2)
    assert document["error"]["message"] == f"{AS_OF}{as_of}`"
    call(command, "--as-of", "9999-12-29", "-w", shop)


def test_the_last_of_all_days_is_no_setting(shop: Path) -> None:
    settings = shop / "segmentry.yaml"
    settings.write_text(settings.read_text("utf-8").replace("2026-03-01", "9999-12-31"), "utf-8")
    said = call("preview", "-w", shop, code=3).stderr
    assert "segmentry.yaml:4:8" in said


def test_more_customers_than_can_be_named_is_wrong_usage(shop: Path) -> None:
    assert (
        "less than or equal to 1000000"
        in call("diff", shop, "--show-ids", "9" * 20, "-w", shop, code=2).output
    )


STOPPED = """
import signal
import polars as pl
from segmentry.cli import main

def collect(*_, **__):
    try:
        signal.raise_signal(signal.SIGINT)
    except KeyboardInterrupt:
        raise pl.exceptions.ComputeError("an error of Python") from None

pl.collect_all = pl.LazyFrame.collect = collect
main()
"""


@pytest.mark.parametrize("arguments", [("run",), ("preview", "--format", "json")])
def test_ctrl_c_that_the_engine_takes_for_a_damaged_file_stops(
    shop: Path, arguments: tuple[str, ...]
) -> None:
    command = [sys.executable, "-c", STOPPED, *arguments, "-w", str(shop)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr.endswith("\nStopped. Nothing half-written is left behind.\n")
    assert not (shop / "out").exists()


DEEP = "[" * 100_000


@pytest.mark.parametrize("content", ["[]", "{}", '{"folders": 3}', DEEP, "\0"])
def test_a_damaged_list_of_folders_is_none(shop: Path, content: str) -> None:
    (shop / ".segmentry").mkdir()
    (shop / ".segmentry/outputs.json").write_text(content, "utf-8")
    call("run", "-w", shop)
    assert json.loads((shop / ".segmentry/outputs.json").read_text("utf-8"))["folders"] == ["out"]


@pytest.mark.parametrize("content", ["[]", "{}", '{"outputs": 3}', DEEP, "\0"])
def test_what_a_stopped_run_left_in_damage_is_named(shop: Path, content: str) -> None:
    call("run", "-w", shop)
    left = shop / "out/.publishing"
    left.mkdir()
    (left / "run.json").write_text(content, "utf-8")
    for command in ("list", "run"):
        assert f"{left / 'run.json'} is damaged" in call(command, "-w", shop, code=2).stderr
    shutil.rmtree(left)
    call("run", "-w", shop)


def test_a_brief_that_is_nested_without_an_end_is_a_finding(tmp_path: Path) -> None:
    call("init", tmp_path)
    call("brief", "value-driven", "-w", tmp_path)
    (tmp_path / "briefs/value-driven.json").write_text(DEEP, "utf-8")
    said = call("brief", "--check", "value-driven", "-w", tmp_path, code=1).stdout
    assert "error[brief-schema] value-driven.json can't be read: it is nested too deep" in said


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_an_output_folder_that_is_a_link_to_itself_is_told(shop: Path) -> None:
    (shop / "out").symlink_to("out")
    assert f"{shop / 'out'}" in call("run", "-w", shop, code=2).stderr


@pytest.mark.skipif(sys.platform == "win32", reason="a folder in use can't be removed there")
@pytest.mark.parametrize(("command", "code"), [("list", 2), ("init", 2), ("list -w {}", 0)])
def test_a_folder_that_is_gone_is_told(shop: Path, tmp_path: Path, command: str, code: int) -> None:
    here = tmp_path / "here"
    here.mkdir()
    start = f'{sys.executable} -c "from segmentry.cli import main; main()"'
    line = f"rmdir {here} && exec {start} {command.format(shop)}"
    done = subprocess.run(["sh", "-c", line], cwd=here, capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert done.stderr == (
        "" if code == 0 else "error: the folder that you are in is gone; change into another one\n"
    )
