"""A disk without space, met by each layer that writes: exit 2, `no space on …`, and nothing half-written."""

from __future__ import annotations

import errno
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.command_line import call, in_json
from tests.faults import faults
from tests.small_shop import FILES, make_shop

FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return make_shop(tmp_path / "shop")


def contents(root: Path) -> dict[str, bytes]:
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}


@contextmanager
def filled(after: int = 0) -> Generator[None]:
    """The disk has no space after this many writes more."""
    written: list[str] = []

    def full(name: str, _: int) -> None:
        if name == "write":
            written.append(name)
            if len(written) > after:
                raise FULL

    with faults(full):
        yield


def fail(*_: Any, **__: Any) -> None:
    raise FULL


def fail_in_polars(*_: Any, **__: Any) -> None:
    raise pl.exceptions.ComputeError("parquet: underlying IO error: No space left (os error 28)")


@pytest.mark.parametrize(
    ("owner", "name", "by"),
    [
        (Path, "write_bytes", fail),
        (os, "fsync", fail),
        (pl.DataFrame, "write_parquet", fail_in_polars),
        (pl.DataFrame, "write_parquet", fail),
    ],
)
def test_run_leaves_the_old_outputs(
    shop: Path, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, by: Any
) -> None:
    call("run", "-w", shop)
    before = contents(shop)
    with monkeypatch.context() as full:
        full.setattr(owner, name, by)
        said = call("run", "-w", shop, code=2).stderr
    assert f"error: no space on {shop / 'out'};" in said
    assert contents(shop) == before


def test_reading_that_needs_the_disk_is_told_the_same(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pl.LazyFrame, "collect", fail_in_polars)
    monkeypatch.setattr(pl, "collect_all", fail_in_polars)
    document = in_json("preview", "-w", shop, code=2)
    assert document["error"]["message"].startswith("no space on ")


@pytest.mark.parametrize("after", [0, 3, 9, 11, None])
@pytest.mark.parametrize("there", [False, True])
def test_an_init_that_fails_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int | None, there: bool
) -> None:
    folder = tmp_path / "deep" / "shop"
    if there:
        folder.mkdir(parents=True)
        (folder / "brand.yaml").write_text("name: Ours\n", "utf-8")
        (folder / ".gitignore").write_text("notes/\n", "utf-8")
    before = contents(tmp_path)
    if after is None:
        monkeypatch.setattr(pl.DataFrame, "write_parquet", fail_in_polars)
        said = call("init", folder, code=2).stderr
    else:
        with filled(after):
            said = call("init", folder, "--no-data", code=2).stderr
    assert f"error: no space on {folder};" in said
    assert contents(tmp_path) == before
    assert (tmp_path / "deep").exists() is there


def test_an_init_that_is_stopped_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from segmentry.engine.starter import sample

    def stopped(_: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sample, "write_sample", stopped)
    call("init", tmp_path / "shop", code=130)
    assert not (tmp_path / "shop").exists()


UNTIDY = {
    "rules/tier.yaml": FILES["rules/tier.yaml"].replace(
        "owner: crm\nassign: first_match", "assign: first_match\nowner:   crm"
    ),
    "rules/topics.yaml": FILES["rules/topics.yaml"].replace("owner: crm\n", "owner:   crm\n"),
}


@pytest.mark.parametrize("after", [0, 1])
def test_fmt_changes_no_file_unless_all_fit(shop: Path, after: int) -> None:
    for name, text in UNTIDY.items():
        (shop / name).write_text(text, "utf-8")
    before = contents(shop)
    with filled(after):
        said = call("fmt", "-w", shop, code=2).stderr
    assert f"error: no space on {shop / 'rules'}" in said
    assert contents(shop) == before
    call("fmt", "-w", shop)
    assert contents(shop) != before


def test_fixes_are_all_written_or_none(shop: Path) -> None:
    for name in ("rules/tier.yaml", "rules/topics.yaml"):
        (shop / name).write_text(FILES[name].replace("when:", "wehn:"), "utf-8")
    before = contents(shop)
    with filled(1):
        said = call("check", "--fix", "-w", shop, code=2).stderr
    assert "error: no space on " in said
    assert contents(shop) == before


@pytest.mark.parametrize(
    ("words", "call_"), [("fmt", "open"), ("brief", "replace"), ("clean", "unlink"), ("run", "mkdir")]
)
def test_what_may_not_be_written_is_wrong_usage(shop: Path, words: str, call_: str) -> None:
    call("run", "-w", shop)
    (shop / "rules" / "tier.yaml").write_text(UNTIDY["rules/tier.yaml"], "utf-8")

    def refuse(name: str, _: int) -> None:
        if name == call_:
            raise OSError(errno.EACCES, os.strerror(errno.EACCES))

    with faults(refuse, within=shop):
        (line,) = call(words, "-w", shop, code=2).stderr.splitlines()
    assert line.startswith("error: ")
    assert "(permission denied)" in line


@pytest.mark.parametrize("after", [0, 1, 5])
def test_briefs_are_all_written_or_none(shop: Path, after: int) -> None:
    call("brief", "big", "-w", shop)
    (shop / "brand.yaml").write_text("name: Käse\n", "utf-8")
    before = contents(shop)
    with filled(after):
        said = call("brief", "-w", shop, code=2).stderr
    assert f"error: no space on {shop / 'briefs'};" in said
    assert contents(shop) == before
    (shop / "briefs" / "rest.json").mkdir()
    assert "rest.json can't be written (it is a folder)" in call("brief", "-w", shop, code=2).stderr
    assert contents(shop) == before


def test_the_folder_of_outputs_is_kept_out_of_the_repository_after_a_full_disk(shop: Path) -> None:
    for start in range(5, 16):

        def full_from(name: str, nth: int, start: int = start) -> None:
            if nth >= start and name not in ("read", "scandir"):
                raise FULL

        folder = shop / "results" / str(start)
        with faults(full_from, within=shop):
            call("run", "-o", folder, "-w", shop, code=2)
        call("run", "-o", folder, "-w", shop)
        assert (folder / ".gitignore").read_text("utf-8") == "*\n"
