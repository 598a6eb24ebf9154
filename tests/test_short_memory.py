"""Memory that does not suffice, met by whatever layer: exit 2 and one sentence, with what did not fit."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.command_line import call, in_json
from tests.small_shop import make_shop
from tests.test_full_disk import contents

SAID = "there is not enough memory"
FIX = "; give the command more, or fewer columns, rows and traits to hold"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return make_shop(tmp_path / "shop")


def short_from(monkeypatch: pytest.MonkeyPatch, error: BaseException, *places: tuple[Any, str]) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise error

    for owner, name in places:
        monkeypatch.setattr(owner, name, fail)


@pytest.mark.parametrize(
    ("error", "size"),
    [
        (MemoryError(), ""),
        (
            MemoryError("Unable to allocate 74.5 GiB for an array with shape (10000000000,)"),
            " for 74.5 GiB more",
        ),
        (MemoryError("malloc of size 3221225472 failed"), " for 3 GiB more"),
        (OSError(errno.ENOMEM, os.strerror(errno.ENOMEM)), ""),
        (pl.exceptions.ComputeError("Cannot allocate memory (os error 12)"), ""),
        (pl.exceptions.ComputeError("memory allocation of 1610612736 bytes failed"), " for 1.5 GiB more"),
        (pl.exceptions.PanicException("capacity overflow"), ""),
    ],
)
def test_evaluating_that_does_not_fit_is_one_sentence(
    shop: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, size: str
) -> None:
    call("run", "-w", shop)
    before = contents(shop)
    with monkeypatch.context() as short:
        short_from(short, error, (pl, "collect_all"), (pl.LazyFrame, "collect"))
        said = call("run", "-w", shop, code=2).stderr
        document = in_json("run", "-w", shop, code=2)
    assert said == f"error: {SAID}{size}{FIX}\n"
    assert document["error"] == {"exit_code": 2, "message": f"{SAID}{size}{FIX}"}
    assert contents(shop) == before


def test_writing_that_does_not_fit_leaves_the_old_outputs(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call("run", "-w", shop)
    before = contents(shop)
    error = pl.exceptions.ComputeError("parquet: Cannot allocate memory (os error 12)")
    with monkeypatch.context() as short:
        short_from(short, error, (pl.DataFrame, "write_parquet"))
        said = call("run", "-w", shop, code=2).stderr
    assert f"error: {SAID}{FIX}\n" in said
    assert contents(shop) == before


def test_data_of_another_encoding_that_do_not_fit_are_named(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = shop / "segmentry.yaml"
    settings.write_text(
        settings.read_text("utf-8").replace("orders.csv\n", "orders.csv\n    encoding: cp1252\n"), "utf-8"
    )
    read = Path.read_bytes

    def fail(path: Path) -> bytes:
        if path.name == "orders.csv":
            raise MemoryError
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", fail)
    said = call("preview", "-w", shop, code=2).stderr
    assert said == f"error: {SAID} for data/orders.csv (138 bytes){FIX}\n"


@pytest.mark.skipif(sys.platform != "linux", reason="the memory of a process is not bounded everywhere")
def test_a_file_that_really_does_not_fit_is_named(shop: Path) -> None:
    import resource

    with (shop / "rules/tier.yaml").open("r+b") as rules:
        rules.truncate(3 << 30)
    done = subprocess.run(
        [sys.executable, "-c", "from segmentry.cli import main; main()", "check", "-w", str(shop)],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30)),
    )
    said = f"error: {SAID} for rules/tier.yaml (3 GiB){FIX}\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", said)
