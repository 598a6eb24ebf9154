"""A fault at one call of a command that writes: it ends in words, and no file is half-written.

Run as a module it is the process that is killed: it reads what to do from stdin, a JSON document a line, and
answers with an exit code.
"""

from __future__ import annotations

import atexit
import errno
import json
import os
import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from pathlib import Path, PurePosixPath
from pkgutil import walk_packages
from typing import Any
from unittest.mock import patch

from typer.testing import CliRunner, Result

import segmentry
from segmentry.cli import app
from tests.faults import SHORT, Fault, faults
from tests.fuzz_shop import contents_of, write
from tests.fuzz_workspaces import INTERNAL, LEFTOVERS, assert_outputs
from tests.small_shop import FILES, make_shop

BASE = "base"
"""In a command: a folder with the workspace as it was, for `diff`."""

SCRATCH = "scratch"
"""Beside the workspace: where the system's temporary files go."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command that writes, and how often it is drawn."""

    often: int
    words: tuple[str, ...]


def _command(often: int, words: str) -> Command:
    return Command(often, tuple(words.split()))


COMMANDS = (
    _command(7, "run --traits --csv"),
    _command(4, "run -o shop/results/deep"),
    _command(6, "fmt"),
    _command(3, "check --fix"),
    _command(3, "clean"),
    _command(3, "init new/shop --no-data"),
    _command(2, "init there --no-data"),
    _command(2, "schema -o schemas"),
    _command(3, "brief big --write md,json"),
    _command(1, f"diff {BASE}"),
)

HERE = ("init", "schema")
"""Commands that are called without `-w`; they are about a folder that they are told."""

FOLDERS = (BASE, "new/shop", "there", "schemas", "shop/results/deep")
"""Words of commands that are folders below the root of a case."""

BRAND = "name:   Käse & Brot\nrequired_lines: {sms: Reply STOP.}\n"
UNTIDY = FILES["rules/topics.yaml"].replace("owner: crm\n", "owner:   crm\n")
MISSPELLED = UNTIDY.replace("when: {trait: seen", "wehn: {trait: seen")
CHANGED = FILES["rules/tier.yaml"].replace("at_least: 20}", "at_least: 1}").replace("most: 0.4", "most: 1")
THERE = {"there/brand.yaml": b"name: Ours\n", "there/.gitignore": b"notes/\n"}

TIMED = re.compile(r"(.*/)?(run\.log\.json|\.segmentry/cache/(\.gitignore|[0-9a-f]+\.columns))")
"""Files that are different each time."""

ERRORS = (errno.ENOSPC, errno.EIO, errno.EACCES, errno.EROFS)
KINDS = (*(f"{errno.errorcode[number]} {length}" for number in ERRORS for length in ("once", "for good")),
         "short", "interrupt", "impatient interrupt", "kill")  # fmt: skip
"""What happens at a call; each as often as another."""


READING = ("read", "scandir")
"""Calls that a disk without space, or one that is only for reading, does not mind."""


def fault_of(kind: str, at: int) -> Fault:
    """The fault of a kind from a call on."""

    def met(name: str, number: int) -> str | None:
        beyond = number - at
        if beyond < 0 or (name in READING and kind.startswith(("ENOSPC", "EROFS"))):
            return None
        match kind.split():
            case ["short"]:
                return SHORT
            case ["interrupt"] if beyond == 0:
                raise KeyboardInterrupt
            case ["impatient", _] if beyond < 2:
                raise KeyboardInterrupt
            case ["kill"]:
                os._exit(9)
            case [error, "once"] if beyond == 0:
                raise _os_error(error)
            case [error, "for", "good"]:
                raise _os_error(error)
            case _:
                return None

    return met


def _os_error(name: str) -> OSError:
    number = int(getattr(errno, name))
    return OSError(number, os.strerror(number))


# --- the workspace --------------------------------------------------------------------------------


@cache
def before(command: Command) -> Mapping[str, bytes]:
    """The workspace before a command, by name below the root of a case."""
    topics = MISSPELLED if "--fix" in command.words else UNTIDY
    base = {f"{BASE}/{name}": text.encode() for name, text in FILES.items() if BASE in command.words}
    return {**_run_and_changed(), **THERE, **base, "shop/rules/topics.yaml": topics.encode()}


@cache
def _run_and_changed() -> Mapping[str, bytes]:
    """A workspace with outputs and briefs of before its rules have changed."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        make_shop(root / "shop")
        _invoke(root, ("run", "--long"))
        _invoke(root, ("brief", "--write", "md,json"))
        changed = {
            "out/run.log.json": "{}",
            "out/notes.txt": "mine",
            "rules/tier.yaml": CHANGED,
            "brand.yaml": BRAND,
            ".segmentry/cache.bin": "prepared",
        }
        return {**contents_of(root), **{f"shop/{file}": text.encode() for file, text in changed.items()}}


@cache
def after(command: Command) -> tuple[Mapping[str, bytes], int]:
    """What a command makes of it where all goes well, and how many calls that takes."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        write(root, before(command))
        result, made = _met(root, command, _nothing)
        assert result.exit_code in (0, 1), result.output
        if command.words[0] == "run":
            assert_outputs(contents_of(root), "shop/results/deep/" if "-o" in command.words else "shop/out/")
        return contents_of(root), len(made)


def _nothing(_: str, __: int) -> None:
    """All goes well."""


def _invoke(root: Path, words: tuple[str, ...]) -> Result:
    told = [str(root / word) if word in FOLDERS else word for word in words]
    return CliRunner().invoke(app, told if words[0] in HERE else [*told, "-w", str(root / "shop")])


def _met(root: Path, command: Command, fault: Fault) -> tuple[Result, list[str]]:
    (root / SCRATCH).mkdir(exist_ok=True)
    with patch.object(tempfile, "tempdir", str(root / SCRATCH)), faults(fault, within=root) as made:
        result = _invoke(root, command.words)
    return result, made


# --- the case -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Case:
    """A command, what happens to it at which of its calls, what comes next, and whether it is given again."""

    command: Command
    kind: str
    at: int
    following: str
    again: bool

    @property
    def hopeless(self) -> bool:
        """Whether nobody could tidy up: the process is gone, or the disk refuses that, too."""
        return self.kind == "kill" or self.kind.endswith("for good")


def case_of(seed: int) -> Case:
    """The case of a seed."""
    chance = random.Random(seed)
    command = chance.choices(COMMANDS, [each.often for each in COMMANDS])[0]
    kind = chance.choice([each for each in KINDS if each != "kill" or sys.platform != "win32"])
    following = "check" if "--fix" in command.words else chance.choice(FOLLOWING)
    case = Case(command, kind, chance.randrange(after(command)[1]), following, chance.random() < 0.2)
    return replace(case, again=case.again or case.hopeless)


def assert_withstands(seed: int, root: Path) -> None:
    """Assert what holds when a command meets the fault of a seed, in an empty folder."""
    case = case_of(seed)
    write(root, before(case.command))
    try:
        if case.kind == "kill":
            _killed(root, case)
        else:
            _assert_told(case, _met(root, case.command, fault_of(case.kind, case.at))[0])
        result = _invoke(root, (case.following,))
        said = f"then {case.following} ends with {result.exit_code}: {result.stderr}"
        assert result.exit_code in ((0, 1) if case.following == "check" else (0,)), said
        _assert_whole(case, root)
        _assert_again(case, root) if case.again else None
    except AssertionError as failure:
        failure.add_note(f"`{' '.join(case.command.words)}` with {case.kind} at call {case.at}")
        raise


FOLLOWING = ("list", "list", "check", "preview")
"""What may be called next."""

CODES: Mapping[str, tuple[int, ...]] = {"short": (0, 1), "interrupt": (130, 0, 1), "impatient": (130, 0, 1)}
"""What a command may end with; other faults are errors of the system."""


def _assert_told(case: Case, result: Result) -> None:
    said = f"ended with {result.exit_code}: {result.output[-500:]}{result.stderr[-500:]} {result.exception!r}"
    assert not any(word in result.output for word in INTERNAL), said
    assert result.exception is None or isinstance(result.exception, SystemExit), said
    full = case.kind.startswith("ENOSPC")
    assert result.exit_code in CODES.get(case.kind.split()[0], (0, 1, 2) if full else (0, 1, 2, 3, 4)), said
    if result.exit_code in (2, 4):
        (line,) = [line for line in result.stderr.splitlines() if line]
        assert line.startswith("error: "), said
        assert not full or "no space on" in line, said
    if result.exit_code == 130:
        assert "Nothing half-written is left behind" in result.stderr, said


def _assert_whole(case: Case, root: Path) -> None:
    """Each file is the old one or the new one; the outputs of a run all together."""
    found, old, (new, _) = contents_of(root), before(case.command), after(case.command)
    empty = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_dir()}
    beyond = (found.keys() - old.keys() - new.keys()) | (empty - _folders(found) - _folders(old))
    left = sorted(name for name in beyond if not TIMED.fullmatch(name) and not _is_excused(case, name))
    assert not left, f"left behind: {left}"
    sides = {name: _sides(name, found, old, new) for name in old.keys() | new.keys()}
    torn = sorted(name for name, side in sides.items() if not side)
    assert not torn, f"neither old nor new: {torn}"
    for name in found:
        if name.endswith("/run.json"):
            assert_outputs(found, name.removesuffix("run.json"))
    told = {name: side for name, side in sides.items() if len(side) == 1 and _is_output(name)}
    if case.command.words[0] == "run":
        one_side = any(all(side in sides for sides in told.values()) for side in ("old", "new"))
        assert one_side, f"old and new outputs together: {told}"


def _is_excused(case: Case, name: str) -> bool:
    """Whether a file or an empty folder may be left, as it could not be removed. The next run tidies up."""
    if case.hopeless and (LEFTOVERS.fullmatch(name) or name in _folders(after(case.command)[0])):
        return True
    # A lock file that nobody holds is no lock, and temporary files are the system's.
    refused = case.hopeless or case.kind.startswith("E")
    return name == SCRATCH or (refused and name.endswith("/.lock")) or (refused and name.startswith(SCRATCH))


def _folders(contents: Iterable[str]) -> set[str]:
    """The folders that files are in."""
    return {parent.as_posix() for name in contents for parent in PurePosixPath(name).parents}


def _sides(
    name: str, found: Mapping[str, bytes], old: Mapping[str, bytes], new: Mapping[str, bytes]
) -> set[str]:
    if TIMED.fullmatch(name):
        return {"old", "new"}
    return {side for side, files in (("old", old), ("new", new)) if files.get(name) == found.get(name)}


def _is_output(name: str) -> bool:
    return name.startswith(("shop/out/", "shop/results/")) and not name.endswith(".gitignore")


def _assert_again(case: Case, root: Path) -> None:
    """Given again it does all that it should, and tidies up."""
    again = _invoke(root, case.command.words)
    assert again.exit_code in (0, 1), f"again it ends with {again.exit_code}: {again.stderr}"
    new, _ = after(case.command)
    found = contents_of(root)
    names = {name for name in found.keys() | new.keys() if not TIMED.fullmatch(name)}
    # Runs into other folders may write the list at the same time, each under a name of its own.
    names = {name for name in names if not re.fullmatch(r"shop/\.segmentry/\.outputs\.json\.\d+", name)}
    wrong = sorted(n for n in names if found.get(n) != new.get(n) and not n.startswith(f"{SCRATCH}/"))
    assert not wrong, f"given again it leaves other files: {wrong}"


# --- a process that is killed ---------------------------------------------------------------------


@cache
def _killer() -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.fuzz_faults"]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join((".dev", "."))}
    folder = Path(__file__).parents[1]
    made = subprocess.Popen(
        command, cwd=folder, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    atexit.register(_ended, made)
    return made


def _ended(process: subprocess.Popen[str]) -> None:
    for stream in (process.stdin, process.stdout):
        assert stream is not None
        stream.close()
    process.wait()


def _killed(root: Path, case: Case) -> None:
    process = _killer()
    assert process.stdin is not None
    assert process.stdout is not None
    order = {"root": str(root), "command": COMMANDS.index(case.command), "at": case.at}
    process.stdin.write(json.dumps(order) + "\n")
    process.stdin.flush()
    code = int(process.stdout.readline())
    assert code in (9, 0, 1), f"the process to be killed ended with {code}"


def _serve() -> None:
    """Fork for each order, so that nothing but the command's own process dies.

    What a command needs is imported once; nothing else is done here, as threads would not come along.
    """
    for module in walk_packages(segmentry.__path__, "segmentry."):
        with suppress(ModuleNotFoundError):  # what only an extra brings
            import_module(module.name)
    for line in sys.stdin:
        order: dict[str, Any] = json.loads(line)
        child = os.fork()
        if child == 0:
            command: Command = COMMANDS[int(order["command"])]
            result, _ = _met(Path(order["root"]), command, fault_of("kill", order["at"]))
            os._exit(result.exit_code)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _serve()
