"""Committed briefs of every wrong shape: a finding of that file, no traceback, no entry in the index."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from segmentry.engine.document import is_list, is_mapping
from segmentry.personas.brief.brand import Brand
from segmentry.personas.briefs import BriefResult, check_briefs, write_briefs
from segmentry.personas.facts import published_facts
from tests.command_line import call
from tests.populations import population

PEOPLE = population()
FACTS = published_facts(PEOPLE)
BRAND = Brand("Corner Shop")
BROKEN, OTHER = "value-driven", "quality-focused"
ANYTHING: list[Any] = [
    None, True, -1, 1.5, 10**400, 1e999, "", "xx", "\ud800", "{{i.x}}", "\x1b[31m", "a" * 3000,
    [], [1], {}, {"a": 1}, [[]], "2026-99-99", "../x",
]  # fmt: skip


@pytest.fixture(scope="module")
def briefs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("committed") / "briefs"
    write_briefs(PEOPLE, BRAND, out=folder, facts=FACTS)
    return folder


@pytest.fixture(scope="module")
def sound(briefs: Path) -> Any:
    return json.loads((briefs / f"{BROKEN}.json").read_text("utf-8"))


def checked(folder: Path) -> BriefResult:
    return check_briefs(PEOPLE, BRAND, folder, [BROKEN], described=PEOPLE, facts=FACTS)


def indexed(folder: Path) -> tuple[BriefResult, str]:
    """What writing another brief finds, and the index that it writes."""
    result = write_briefs(PEOPLE, BRAND, [OTHER], folder, ["html"], None, FACTS)
    return result, (folder / "index.html").read_text("utf-8")


def with_value(brief: Any, path: str, value: Any) -> str:
    """The brief as JSON, with something in the place of the part at a path."""
    changed = copy.deepcopy(brief)
    *parents, last = path.split(".")
    part = changed
    for key in parents:
        part = part[int(key) if key.isdigit() else key]
    part[last] = value
    return json.dumps(changed)


@pytest.mark.parametrize(
    ("path", "value", "where", "message", "fix"),
    [
        ("label", 3, "label", "this is a number, a text belongs here", "see `segmentry schema brief`"),
        ("tone", "calm", "tone", "this is a text, a list belongs here", ""),
        ("journey", None, "journey", "this is nothing, a group of keys belongs here", ""),
        ("facts.0.value", "5", "facts[0].value", "this is a text, a number or nothing belongs here", ""),
        ("facts.0.value", 10**400, "facts[0].value", "no number can be as large", "write the brief again"),
        ("traits.0.basis", [1], "traits[0].basis", "`[1]` is none of observed", "write one of observed"),
        ("summary", "\ud800", "summary", "the text holds half a character", "write the text again"),
        ("provenance.language", "xx", "provenance.language", "there is no language `xx`", "write one of"),
        ("provenance.locale", "xx-XX", "provenance.locale", "no words for the locale", "write one of"),
        ("provenance.as_of", "soon", "provenance.as_of", "`soon` begins with no date", "write a date"),
        ("provenance", {}, "provenance", "`generator` is missing", "add `generator`"),
        ("provenance.checks", 3, "provenance.checks", "this is a number, a list belongs here", ""),
        ("extra", 3, "", "no key of this name belongs here: `extra`", "take it out"),
    ],
)
def test_a_wrong_part_is_told_with_its_place_and_fix(
    briefs: Path, sound: Any, path: str, value: Any, where: str, message: str, fix: str
) -> None:
    (briefs / f"{BROKEN}.json").write_text(with_value(sound, path, value), "utf-8")
    for findings in (checked(briefs).findings, indexed(briefs)[0].findings):
        (first, *_) = (item for item in findings if item.segment == BROKEN)
        assert (first.code, first.severity, first.path) == ("brief-schema", "error", where)
        assert message in first.message
        assert fix in first.fix
    assert f"{BROKEN}.html" not in indexed(briefs)[1]
    assert f"{OTHER}.html" in indexed(briefs)[1]


@pytest.mark.parametrize(
    "text", ["", "[]", "3", "null", '"brief"', "{", "NaN", '{"label": Infinity}', "\ud83d"]
)
def test_what_is_no_brief_is_told_of_its_file(briefs: Path, text: str) -> None:
    (briefs / f"{BROKEN}.json").write_bytes(text.encode("utf-8", "surrogatepass"))
    for findings in (checked(briefs).findings, indexed(briefs)[0].findings):
        (found,) = (item for item in findings if item.segment == BROKEN)
        assert (found.code, found.path, found.fix) == ("brief-schema", "", "mend it or write it again")
        assert f"{BROKEN}.json" in found.message
    assert f"{BROKEN}.html" not in indexed(briefs)[1]


def test_a_sound_brief_stays_in_the_index(briefs: Path, sound: Any) -> None:
    (briefs / f"{BROKEN}.json").write_text(json.dumps(sound), "utf-8")
    result, index = indexed(briefs)
    assert not [item for item in result.findings if item.segment == BROKEN]
    assert f"{BROKEN}.html" in index


def test_a_text_that_is_too_long_does_not_keep_a_brief_out(briefs: Path, sound: Any) -> None:
    (briefs / f"{BROKEN}.json").write_text(with_value(sound, "label", "long " * 20), "utf-8")
    assert f"{BROKEN}.html" in indexed(briefs)[1]


def paths_in(part: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something is in a document, by the keys that lead to it."""
    below: Iterable[Any] = ()
    if is_mapping(part):
        below = part.items()
    elif is_list(part):
        below = enumerate(part)
    for key, value in below:
        yield (*path, key)
        yield from paths_in(value, (*path, key))


def damaged(brief: Any, dice: random.Random) -> Any:
    """A brief with one part gone, one too many, or one of another kind."""
    changed = copy.deepcopy(brief)
    *parents, last = dice.choice(list(paths_in(changed)))
    part = changed
    for key in parents:
        part = part[key]
    match dice.randrange(4):
        case 0:
            del part[last]
        case 1 if is_mapping(part):
            part["another"] = dice.choice(ANYTHING)
        case _:
            part[last] = dice.choice(ANYTHING)
    return changed


@pytest.mark.parametrize("seed", range(60))
def test_whatever_a_brief_holds_it_is_checked_and_listed_or_told(briefs: Path, sound: Any, seed: int) -> None:
    (briefs / f"{BROKEN}.json").write_text(json.dumps(damaged(sound, random.Random(seed))), "utf-8")
    of_check = checked(briefs).findings
    result, index = indexed(briefs)
    left_out = [item for item in result.findings if item.segment == BROKEN]
    assert bool(left_out) == (f"{BROKEN}.html" not in index)
    assert all(item.message and item.fix for item in of_check)
    assert {item.code for item in left_out} <= {"brief-schema"}
    assert not left_out or {item.message for item in left_out} <= {item.message for item in of_check}


def test_the_command_tells_it_and_writes_the_others(tmp_path: Path) -> None:
    call("init", tmp_path)
    call("brief", "-w", tmp_path, "--write", "json,html")
    committed = tmp_path / "briefs/value-driven.json"
    brief = json.loads(committed.read_text("utf-8"))
    committed.write_text(with_value(brief, "provenance.language", "tlh"), "utf-8")
    said = call("brief", "quality-focused", "-w", tmp_path, code=1).stderr
    place = "  --> briefs/value-driven.json: provenance.language"
    assert f"error[brief-schema] there is no language `tlh`\n{place}\n" in said
    assert "value-driven.html" not in (tmp_path / "briefs/index.html").read_text("utf-8")
    assert place in call("brief", "--check", "-w", tmp_path, code=1).stdout
