"""A run that is stopped while it publishes: the next command leaves old or new outputs whole."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest.mock import patch

import pytest
from typer.testing import CliRunner

from segmentry.cli import app
from segmentry.engine.outputs.entries import OUTPUT_FILES
from segmentry.engine.outputs.folder import OutputFolder
from tests.command_line import call
from tests.faults import faults
from tests.fuzz_shop import contents_of
from tests.small_shop import FILES, make_shop

ROOT = Path(__file__).parents[1]


@contextmanager
def stops_at(number: int, stop: Callable[[int], None]) -> Generator[list[str]]:
    """From the start of publishing on, ``stop`` is asked before each system call from this one on."""
    made: list[str] = []
    publish = OutputFolder.publish

    def stops(name: str, nth: int) -> None:
        made.append(name)
        if nth >= number:
            stop(nth - number + 1)

    def publish_counted(self: OutputFolder) -> None:
        counting.enter_context(faults(stops))
        publish(self)

    with ExitStack() as counting, patch.object(OutputFolder, "publish", publish_counted):
        yield made


def once(nth: int) -> None:
    """Ctrl-C, and then nothing more."""
    if nth == 1:
        raise KeyboardInterrupt


def twice(nth: int) -> None:
    """An impatient Ctrl-C."""
    if nth in (1, 2):
        raise KeyboardInterrupt


def for_good(_: int) -> None:
    """A disk that fails from now on."""
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def out_of(shop: Path) -> dict[str, bytes]:
    """The outputs, but for the log, which is different in each run. They are the ones that run.json names."""
    out = shop / "out"
    manifest = json.loads((out / "run.json").read_bytes())
    for name, entry in manifest["outputs"].items():
        assert hashlib.sha256((out / name).read_bytes()).hexdigest() == entry["sha256"], name
    # A lock file that nobody holds is no lock: the next run takes it.
    left = {path.name for path in out.iterdir()} - {".lock"}
    assert left == {*manifest["outputs"], "run.json", "run.log.json", ".gitignore", "notes.txt"}
    return {name: (out / name).read_bytes() for name in (*manifest["outputs"], "run.json")}


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, bytes], dict[str, bytes], Path]:
    """The outputs of a first and a second run of one workspace, and the workspace after the first."""
    shop = make_shop(tmp_path_factory.mktemp("sides") / "shop")
    call("run", "-w", shop, "--long", "--csv")
    (shop / "out" / "notes.txt").write_text("mine", "utf-8")
    old, before = out_of(shop), {p.name: p.read_bytes() for p in (shop / "out").iterdir()}
    make_shop(shop, tier=CHANGED)
    call("run", "-w", shop, "--traits")
    new = out_of(shop)
    for path in (shop / "out").iterdir():
        path.unlink()
    for name, content in before.items():
        (shop / "out" / name).write_bytes(content)
    return old, new, shop


CHANGED = (
    FILES["rules/tier.yaml"].replace("at_least: 20}", "at_least: 1}").replace("at_most: 0.4", "at_most: 1")
)


def put_back(shop: Path, old: dict[str, bytes], log: bytes) -> None:
    for name in {*OUTPUT_FILES} - {*old, "run.log.json"}:
        (shop / "out" / name).unlink(missing_ok=True)
    for name, content in {**old, "run.log.json": log}.items():
        (shop / "out" / name).write_bytes(content)


@pytest.mark.parametrize("stop", [once, twice, for_good])
def test_a_stop_at_any_system_call_leaves_old_or_new_outputs_whole(
    sides: tuple[dict[str, bytes], dict[str, bytes], Path], stop: Callable[[int], None]
) -> None:
    old, new, shop = sides
    log = (shop / "out" / "run.log.json").read_bytes()
    seen: list[bool] = []
    for number in range(200):
        with stops_at(number, stop) as made:
            result = CliRunner().invoke(app, ["run", "-w", str(shop), "--traits"])
        assert result.exit_code in (0, 2, 130), result.output
        call("list", "-w", shop)
        found = out_of(shop)
        assert found in (old, new), number
        seen.append(found == new)
        put_back(shop, old, log)
        if len(made) <= number:
            break
    assert len(seen) > 20
    assert seen == sorted(seen)
    assert {False, True} == {*seen}


_KILLED = """
import os, sys
from pathlib import Path
from segmentry.engine.outputs.folder import output_folder
from tests.test_publishing import stops_at
new = {path.name: path.read_bytes() for path in Path(sys.argv[1]).iterdir()}
for shop in sys.argv[2:]:
    if os.fork() == 0:
        with stops_at(int(Path(shop).name), lambda nth: os._exit(9)):
            with output_folder(Path(shop, "out")) as folder:
                for name, content in new.items():
                    folder.write(name, content)
                folder.publish()
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.wait()[1]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork")
def test_a_kill_at_any_system_call_leaves_old_or_new_outputs_whole(
    sides: tuple[dict[str, bytes], dict[str, bytes], Path], tmp_path: Path
) -> None:
    old, new, shop = sides
    staged = tmp_path / "new"
    staged.mkdir()
    for name, content in {**new, "run.log.json": b"{}"}.items():
        (staged / name).write_bytes(content)
    shops = [shutil.copytree(shop, tmp_path / str(number)) for number in range(50)]
    command = [sys.executable, "-c", _KILLED, staged, *shops]
    codes = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    seen: list[bool] = []
    for copy in shops:
        call("list", "-w", copy)
        found = out_of(copy)
        assert found in (old, new), copy.name
        seen.append(found == new)
    assert seen == sorted(seen)
    assert {False, True} == {*seen}
    assert {"9", "0"} == {*codes}


@pytest.mark.parametrize("words", [["fmt", "-w"], ["init", "--no-data"]])
def test_ctrl_c_at_any_call_leaves_old_or_new_files_and_nothing_beside_them(
    tmp_path: Path, words: list[str]
) -> None:
    """However impatient: of two in a row the second may meet the tidying up."""
    untidy = FILES["rules/topics.yaml"].replace("owner: crm\n", "owner:   crm\n")
    shop = make_shop(tmp_path / "shop", topics=untidy)
    fresh = shutil.copytree(shop, tmp_path / "fresh")
    call(*words, fresh)
    old, new = contents_of(shop), contents_of(fresh)
    number, found = 0, old
    for number in range(500):
        copy = shutil.copytree(shop, tmp_path / str(number))
        with faults(twice_at(number), within=copy) as made:
            code = CliRunner().invoke(app, [*words, str(copy)]).exit_code
        found = contents_of(copy)
        if len(made) <= number:
            break
        assert (code, found) == (130, old) or (words[0] == "fmt" and found.keys() == old.keys()), number
        assert all(content in (old.get(name), new.get(name)) for name, content in found.items()), number
    assert number > 20
    assert found == new


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_while_a_run_begins_leaves_nothing(tmp_path: Path, times: int) -> None:
    """From the first call on until the lock is signed and the folder is noted."""
    for number in range(28):
        shop = make_shop(tmp_path / str(number))
        stop = twice_at(number) if times == 2 else twice_at(number, number)
        with faults(stop, within=shop):
            call("run", "-o", shop / "results" / "deep", "-w", shop, code=130)
        left = contents_of(shop).keys() - FILES.keys()
        assert left <= {".segmentry/outputs.json"}, number
        assert not (shop / "results").exists(), number


@pytest.mark.parametrize("words", [["diff", "base"], ["schema", "-o", "schemas"]])
def test_ctrl_c_leaves_no_folder_that_was_made_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    shop, scratch = make_shop(tmp_path / "shop"), tmp_path / "scratch"
    make_shop(tmp_path / "base")
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    *before, folder = words
    for number in range(200):
        with faults(twice_at(number), within=tmp_path) as made:
            CliRunner().invoke(app, [*before, str(tmp_path / folder), "-w", str(shop)])
        assert not [*scratch.iterdir()], number
        if len(made) <= number:
            break
        assert folder == "base" or not (tmp_path / folder).exists() or [*(tmp_path / folder).iterdir()], (
            number
        )


def twice_at(number: int, then: int | None = None) -> Callable[[str, int], None]:
    """Ctrl-C at a call and at another one, which is the next where it is not named."""
    second = number + 1 if then is None else then

    def stop(_: str, nth: int) -> None:
        if nth in (number, second):
            raise KeyboardInterrupt

    return stop
