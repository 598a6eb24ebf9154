"""Damaged workspaces: each command ends in words, and leaves nothing half-written."""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from segmentry.cli import app
from segmentry.engine.outputs.entries import OUTPUT_FILES
from tests.fuzz_damage import Entry, Link, damage
from tests.fuzz_shop import contents_of, shop, starter, write

BESIDE = {"notes.yaml": b"b:   1\na:   [1,2]\n", "rules/notes.yaml": b"b:   1\n"}
"""What lies around the workspace, and is nobody's business."""

BASE = "base"
"""Beside the damaged workspace: it as it was, for `diff`."""

NOTHING = re.compile(r"(?!)")
OUTPUTS = re.compile(
    rf"(?!data/|rules/|briefs/)(.*/)({'|'.join(map(re.escape, OUTPUT_FILES))}|\.gitignore)"
    r"|\.segmentry/outputs\.json"
)
"""What runs write, into whatever folder `output:` has come to name."""

KEPT = r"\.segmentry/cache/.*"
"""Columns that evaluations leave for later ones."""

RULES = re.compile(r"(segmentry|brand|rules/.*)\.ya?ml")


@dataclass(frozen=True, slots=True)
class Command:
    """A call: how often it is drawn, the codes that it may end with, the files that it may change."""

    often: int
    words: tuple[str, ...]
    codes: frozenset[int]
    may: re.Pattern[str] = NOTHING


def _command(often: int, words: str, codes: str, may: str | re.Pattern[str] = NOTHING) -> Command:
    return Command(often, tuple(words.split()), frozenset(map(int, codes.split())), re.compile(may))


COMMANDS = (
    _command(8, "check --format json", "0 1 3"),
    _command(4, "check", "0 1 3"),
    _command(8, "check --data --format json", "0 1 3 4"),
    _command(3, "check --data", "0 1 3 4"),
    _command(2, "check --fix", "0 1 3", RULES),
    _command(1, "check --format sarif", "0 1 3"),
    _command(6, "run --format json", "0 1 2 3 4 6", OUTPUTS),
    _command(3, "run --traits --csv --long", "0 1 2 3 4 6", OUTPUTS),
    _command(2, "run --plan", "0 2 3 4 6"),
    _command(4, "preview --format json", "0 3 4 6", KEPT),
    _command(4, "explain c07", "0 2 3 4 6", KEPT),
    _command(2, "explain c13 --format json", "0 2 3 4 6", KEPT),
    _command(6, "test", "0 1 3 6"),
    _command(4, "test --format json", "0 1 3 6"),
    _command(4, "list", "0 3 6"),
    _command(1, "list --format json", "0 3 6"),
    _command(2, "show big", "0 2 3"),
    _command(2, "waterfall big", "0 2 3 4", KEPT),
    _command(3, "fmt", "0 3", RULES),
    _command(2, "fmt --check --diff --format json", "0 1 3"),
    _command(1, "clean", "0 2 3", r"out/.*|\.segmentry/.*"),
    _command(2, "cache verify", "0 1 3"),
    _command(1, "cache prune", "0 2 3 4", r"llm-cache/.*"),
    _command(2, "profile", "0 3 4 6", KEPT),
    _command(2, "profile big --format json", "0 2 3 4 6", KEPT),
    _command(4, "brief --check --format json", "0 1 2 3 4 6"),
    _command(4, "brief --check", "0 1 2 3 4 6"),
    _command(1, "brief big --format json", "0 1 2 3 4 6", r"briefs/.*"),
    _command(1, "brief --llm --cache replay", "0 1 2 3 4 5 6", r"briefs/.*|\.segmentry/llm/.*"),
    _command(1, "brief --show-prompt", "0 2 3 4 6"),
    _command(1, f"diff {BASE}", "0 1 2 3 4 6", KEPT),
)

LEFTOVERS = re.compile(
    r"(.*/)?(\..*\.(part|new|\d+)|.*\.part|\.lock|\.staging|\.publishing|\.sample-.*)(/.*)?"
)
"""Names that only files on their way have."""

INTERNAL = ("went wrong in Segmentry", "Traceback")
READERS: Mapping[str, tuple[str, ...]] = {
    "briefs/": ("brief",),
    "templates/": ("brief",),
    "llm-cache/": ("cache", "brief"),
    "brand.yaml": ("brief", "check", "fmt"),
    "data/": ("run", "preview", "explain", "check", "profile", "waterfall", "diff"),
    "out/": ("run", "clean", "diff"),
}
"""The commands that read what."""

SLOW_KINDS = ("brief", "profile", "diff", "cache")
STARTERS = 0.08
"""The share of cases in the starter's workspace; the others are in the small one."""


@dataclass(frozen=True, slots=True)
class Case:
    """A damaged workspace, and what is called in it."""

    contents: Mapping[str, Entry]
    damage: tuple[str, ...]
    commands: tuple[Command, ...]


def case_of(seed: int) -> Case:
    """The case of a seed."""
    chance = random.Random(seed)
    large = chance.random() < STARTERS
    contents: dict[str, Entry] = dict(starter() if large else shop())
    done = tuple(damage(contents, chance) for _ in range(chance.choice((1, 1, 2, 3))))
    drawn = tuple(_drawn(done, large, chance) for _ in range(chance.choice((1, 1, 1, 2))))
    return Case(contents, done, drawn)


def _drawn(done: tuple[str, ...], large: bool, chance: random.Random) -> Command:
    """A command; mostly one that reads a file that was damaged."""
    known = [c for c in COMMANDS if not large or c.words[0] not in SLOW_KINDS]
    if chance.random() < 0.7:
        readers = next((words for start, words in READERS.items() if done[0].startswith(start)), ())
        known = [c for c in known if c.words[0] in readers] or known
    return chance.choices(known, [c.often for c in known])[0]


def lay_out(root: Path, contents: Mapping[str, Entry]) -> None:
    """Write files, folders and links below a folder."""
    write(root, {name: content for name, content in contents.items() if isinstance(content, bytes)})
    for name, content in contents.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            path.mkdir(exist_ok=True)
        elif isinstance(content, Link):
            path.symlink_to(content.target)


def assert_withstands(seed: int, root: Path) -> None:
    """Assert what holds for each command in the workspace of a seed, made in an empty folder."""
    case = case_of(seed)
    around, damaged = root / "around", root / "around" / "here" / "shop"
    write(around, BESIDE)
    lay_out(damaged, case.contents)
    for command in case.commands:
        if BASE in command.words:
            write(root / BASE, shop())
        words = [str(root / BASE) if word == BASE else word for word in command.words]
        before = contents_of(damaged)
        result = CliRunner().invoke(app, [*words, "-w", str(damaged)])
        try:
            _assert_told(command, result)
            _assert_places(command, result, damaged)
            _assert_whole(command, result, damaged, before)
            assert _besides(around, damaged) == BESIDE, "something outside the workspace has changed"
        except AssertionError as failure:
            failure.add_note(f"damage: {'; '.join(case.damage)}")
            failure.add_note(f"command: {' '.join(command.words)}, which ended with {result.exit_code}")
            failure.add_note(f"stderr: {result.stderr[:1000]}")
            raise


def _assert_told(command: Command, result: Result) -> None:
    """It ended with a code of its own, in words, and as one JSON document where that was wanted."""
    said = result.output + result.stderr
    assert not any(word in said for word in INTERNAL), said[:2000]
    assert result.exception is None or isinstance(result.exception, SystemExit), repr(result.exception)
    assert result.exit_code in command.codes, f"ended with {result.exit_code}"
    steering = {ch for ch in said if (ch < " " and ch not in "\n\t") or "\x7f" <= ch <= "\x9f"}
    assert not steering, f"control characters in the output: {steering}"
    if "json" in command.words or "sarif" in command.words:
        document = strict_json(result.stdout)
        if "json" in command.words and result.exit_code in (2, 3, 4, 5):
            assert document["error"]["exit_code"] == result.exit_code
            assert document["error"]["message"].strip()
    if result.exit_code in (2, 3, 4, 5):
        assert "error" in result.stderr, "no error was told"


def strict_json(text: str) -> Any:
    """The document, which holds nothing that JSON does not know."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    return json.loads(text, parse_constant=refuse)


def _assert_places(command: Command, result: Result, root: Path) -> None:
    """Each finding of `check` names a file, and a line that is in it."""
    if command.words[0] != "check" or "json" not in command.words:
        return
    document = strict_json(result.stdout)
    for item in document.get("findings", ()):
        assert item["file"], item
        assert not Path(item["file"]).is_absolute(), item
        path = root / item["file"]
        lines = (
            len(re.split(r"\r\n|\r|\n", path.read_bytes().decode("utf-8", "replace")))
            if path.is_file()
            else 1
        )
        assert 1 <= item["line"] <= lines, (item, lines)
        assert item["column"] >= 1, item


def _assert_whole(command: Command, result: Result, root: Path, before: Mapping[str, bytes]) -> None:
    """Only what the command may write has changed, whole, and nothing is left that was on its way."""
    after = contents_of(root)
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    beyond = sorted(name for name in changed if not command.may.fullmatch(name))
    assert not beyond, f"changed files that are not its own: {beyond}"
    left = sorted(name for name in _names(root) if LEFTOVERS.fullmatch(name))
    assert not left, f"left behind: {left}"
    # `fmt` lays out what it can, and names what it can't read.
    if command.words[0] != "fmt" and result.exit_code > 1:
        gone = changed - {".segmentry/outputs.json", ".segmentry/llm/calls.jsonl"}
        assert not gone, f"a command that failed has changed {sorted(gone)}"
    if command.words[0] == "run" and "--plan" not in command.words and result.exit_code <= 1:
        (log,) = [name for name in changed if name.endswith("/run.log.json")]
        assert_outputs(after, log.removesuffix("run.log.json"))


def assert_outputs(contents: Mapping[str, bytes], folder: str) -> None:
    """Assert that the outputs in a folder are those that its manifest names."""
    for name, entry in json.loads(contents[f"{folder}run.json"])["outputs"].items():
        content = contents.get(folder + name)
        assert content is not None, f"{name} is not there"
        assert hashlib.sha256(content).hexdigest() == entry["sha256"], f"{name} is not what run.json names"


def _besides(around: Path, damaged: Path) -> dict[str, bytes]:
    own = damaged.relative_to(around).as_posix()
    return {name: content for name, content in contents_of(around).items() if not name.startswith(f"{own}/")}


def _names(root: Path) -> Iterator[str]:
    return (path.relative_to(root).as_posix() for path in root.rglob("*"))
