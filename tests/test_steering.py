"""Authors' words that steer: refused by the schema at their place, and harmless wherever they are shown."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from segmentry.engine.diagnostics.steering import harmless, harmless_json
from tests.command_line import call, in_json
from tests.small_shop import FILES, make_shop

MARKS = ["\x1b[2J", "\x07", "\x9b31m", "\u202e", "\u200f", "\u2028", "\x7f"]
PLACES = {
    "the name of a segment": ("rules/tier.yaml", "name: Größte", "name: "),
    "the id of a segment": ("rules/tier.yaml", "id: small", "id: "),
    "the description of a trait": ("rules/traits.yaml", "description: Money spent", "description: "),
    "the owner": ("rules/topics.yaml", "owner: crm", "owner: "),
    "the name of the workspace": ("segmentry.yaml", "name: Käse & Brot", "name: "),
    "the name of a column": ("segmentry.yaml", "Straße:", ""),
}


def shop_with(folder: Path, place: str, text: str) -> Path:
    file, before, key = PLACES[place]
    shop = make_shop(folder)
    colon = ":" if not key else ""
    content = FILES[file].replace(before, f"{key}{json.dumps(text)}{colon}", 1)
    (shop / file).write_text(content, "utf-8")
    return shop


@pytest.mark.parametrize(
    ("place", "mark"),
    [
        (place, mark)
        for place in PLACES
        for mark in (*MARKS, "\n::error::owned")
        if mark in MARKS or "description" not in place  # which may have several lines
    ],
)
def test_the_schema_refuses_them_at_their_place(tmp_path: Path, place: str, mark: str) -> None:
    shop = shop_with(tmp_path, place, f"a{mark}b")
    found = in_json("check", "-w", shop, code=1)["findings"]
    file, before, _ = PLACES[place]
    line = next(n for n, text in enumerate(FILES[file].splitlines(), 1) if before in text)
    assert (file, line) in {(item["file"], item["line"]) for item in found if item["code"] == "schema"}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("form", ["text", "json", "github", "junit", "sarif"])
def test_no_report_hands_them_on(tmp_path: Path, place: str, form: str) -> None:
    shop = shop_with(tmp_path, place, "a" + "".join(MARKS) + "\n::error::owned\n##[error]owned")
    result = call("check", "--format", form, "-w", shop, code=1)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200f\u2028\u202e]", result.output)
    assert not re.search(r"(?m)^\s*(::error::owned|##\[)", result.output)
    match form:
        case "json" | "sarif":
            json.loads(result.stdout)
        case "junit":
            ElementTree.fromstring(result.stdout)
        case _:
            pass


def test_a_description_of_several_lines_gives_no_command(tmp_path: Path) -> None:
    shop = shop_with(tmp_path, "the description of a trait", "a\n::error::owned\n ##[error]owned")
    shown = [call(*command, "-w", shop).output for command in (["list"], ["show", "spend"], ["check"])]
    assert not [text for text in shown if re.search(r"(?m)^\s*(::|##\[)", text)]


def test_a_value_from_data_gives_no_command() -> None:
    assert harmless("x\n::error::y\n\t::set-env::\n##[error]z\na::b") == (
        "x\n�::error::y\n\t�::set-env::\n�##[error]z\na::b"
    )


def test_json_says_the_same_with_escapes() -> None:
    text = "".join(MARKS)
    document = harmless_json(json.dumps({"a": text}, ensure_ascii=False))
    assert json.loads(document) == {"a": text}
    assert not [mark for mark in text if ord(mark) > 126 and mark in document]
