"""`check --fix`: what findings offer is sure, safe, and changes nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from segmentry.engine import Workspace, check
from segmentry.engine.checks.fixing import mend
from segmentry.engine.diagnostics.findings import CATALOGUE
from segmentry.engine.diagnostics.model import Diagnostic
from segmentry.engine.document import read_document
from tests.command_line import call, in_json
from tests.sarif_shape import SARIF

HEAD: Final = """\
version: 1
name: Shop
timezone: Europe/Berlin
as_of: 2026-03-01
sources:
  customers:
    path: data/customers.csv
    key: customer_id
    columns:
      customer_id: {type: string}
      country: {type: string, values: [DE, AT, CH]}
      postal_code: {type: string}
  orders:
    path: data/orders.csv
    customer: customer_id
    time: ordered_at
    columns:
      customer_id: {type: string}
      ordered_at: {type: datetime}
      amount: {type: decimal, scale: 2}
      discount: {type: decimal, scale: 2}
"""
TRAITS: Final = """\
traits:
  - {id: orders_12m, count: orders, within_last: 12 months}
  - {id: discount_share, share: orders, that: {column: discount, more_than: 0}, within_last: 12 months}
"""
BRAND: Final = "name: Shop\noffers:\n  - {id: autumn-10, text: 10% off, ends: 2026-11-15}\n"
SEGMENTS: Final = "segmentation: sample\nowner: crm\nassign: every_match\nsegments:\n"
SEGMENT: Final = f"{SEGMENTS}  - id: one\n    description: Somebody.\n"
LAPSED: Final = "  - {id: lapsed, when: {trait: orders_12m, is: 0}}\n"

PLACES: Final[Mapping[str, tuple[str, int]]] = {
    "yaml-syntax": (f"{SEGMENTS}  - id: one\n    when: {{trait: orders_12m, at_least: 1}}\n", 4),
    "unknown-key": (SEGMENTS, 2),
    "schema": (SEGMENT, 4),
    "ambiguous-scalar": (SEGMENT, 4),
    "unknown-trait": (SEGMENT, 4),
    "unknown-source": ("", 0),
    "unknown-column": ("", 0),
    "unknown-segment": (SEGMENTS + LAPSED + "  - id: one\n", 4),
    "unknown-offer": (f"{SEGMENT}    when: {{trait: orders_12m, at_least: 1}}\n", 4),
    "unknown-tone": (f"{SEGMENT}    when: {{trait: orders_12m, at_least: 1}}\n", 4),
    "value-type": (SEGMENT, 4),
    "bad-formula": ("", 0),
    "value-not-allowed": (SEGMENT, 4),
    "missing-unhandled": (SEGMENT, 4),
    "unreachable": ("segmentation: sample\nowner: crm\n", 0),
    "unused-control": (SEGMENTS, 2),
}
"""Where the bad example of a finding stands: the text above it, and how far it is indented."""
BELOW: Final = {"unused-control": "    when: {trait: orders_12m, at_least: 1}\n"}
"""What stands below it."""


def shop(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """A workspace with these files beside its own."""
    own = {"segmentry.yaml": HEAD, "rules/traits.yaml": TRAITS, "brand.yaml": BRAND}
    for name, text in {**own, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def rules(when: str) -> str:
    """A rule file with one condition."""
    return f"{SEGMENT}    when: {when}\n"


def mended(folder: Path, text: str, name: str = "rules/sample.yaml") -> str:
    """The text of a file after fixing, as the library has it."""
    result = mend(Workspace.load(shop(folder, {name: text})))
    return result.changes.get(name, text.encode()).decode()


def found_in(folder: Path) -> list[Diagnostic]:
    """The findings of a workspace but for those that only a whole shop has not."""
    return check(Workspace.load(folder))


# --- the catalogue --------------------------------------------------------------------------------


def test_every_fixable_finding_has_a_place_for_its_example() -> None:
    assert set(PLACES) == {code for code, entry in CATALOGUE.items() if entry.fixable}


@pytest.mark.parametrize("code", PLACES)
def test_the_fix_of_the_bad_example_takes_the_finding_away(tmp_path: Path, code: str) -> None:
    above, indent = PLACES[code]
    example = "".join(" " * indent + line for line in CATALOGUE[code].bad.splitlines(keepends=True))
    example += BELOW.get(code, "")
    folder = shop(tmp_path, {"rules/sample.yaml": above + example})
    before = [d for d in found_in(folder) if d.code == code]
    assert before
    assert all(d.fix is not None for d in before)
    call("check", "--fix", "-w", folder, code=_code_after(folder))
    document, _ = read_document("x", (folder / "rules/sample.yaml").read_bytes())
    assert document is not None
    assert code not in {d.code for d in found_in(folder)}
    assert _comments(above + example) == _comments(document.text) or code == "unused-control"


def _code_after(folder: Path) -> int:
    return int(any(d.severity == "error" for d in mend(Workspace.load(folder)).after))


def _comments(text: str) -> list[str]:
    return [line.partition("#")[2] for line in text.splitlines() if "#" in line]


CASES: Final = Path(__file__).parent / "cases"


@pytest.mark.parametrize(
    "folder", sorted(p.name for p in (CASES / "check").iterdir() if (p / "input").is_dir())
)
def test_only_fixable_findings_carry_a_fix(tmp_path: Path, folder: str) -> None:
    files = {
        path.relative_to(base).as_posix(): path.read_bytes()
        for base in (CASES / "shop", CASES / "check" / folder / "input")
        for path in base.rglob("*")
        if path.is_file()
    }
    workspace = Workspace.load(shop(tmp_path, files))
    found = check(workspace)
    assert {d.code for d in found if d.fix is not None} <= set(PLACES)
    result = mend(workspace)
    still = {(d.code, d.message) for d in result.after if d.severity == "error"}
    for item in result.fixed:
        assert (item.code, item.message) not in still


# --- one kind of fix after the other --------------------------------------------------------------

MENDED: Final = (
    ("{trait: orders_12, at_least: 1}", "{trait: orders_12m, at_least: 1}"),
    ("{trait: 'orders_12', at_least: 1}", "{trait: 'orders_12m', at_least: 1}"),
    ("{trait: orders_12m, at_lest: 1}", "{trait: orders_12m, at_least: 1}"),
    ("{trait: orders_12m, 'at-least': 1}", "{trait: orders_12m, 'at_least': 1}"),
    ("{trait: orders_12m, between: [ 7 , 2 ]}", "{trait: orders_12m, between: [ 2 , 7 ]}"),
    ("{trait: postal_code, in: ['1', 010]}", "{trait: postal_code, in: ['1', '010']}"),
    ("{trait: country, is_not: DE }", "{trait: country, is_not: DE, missing: exclude }"),
    ("{trait: country, is_not: DE, missing: exlude}", "{trait: country, is_not: DE, missing: exclude}"),
    ("{trait: postal_code, known: 'yes'}", "{trait: postal_code, known: true}"),
    ("{all: {trait: orders_12m, is: 1}}", "{all: [{trait: orders_12m, is: 1}]}"),
    (
        "{did: orders, since: 2026-02-01, until: 2026-01-01}",
        "{did: orders, since: 2026-01-01, until: 2026-02-01}",
    ),
    ("{did: orders, between_ago: [1 day, 9 days]}", "{did: orders, between_ago: [9 days, 1 day]}"),
    ("{did: order}", "{did: orders}"),
    ("{trait: country, is: de}", "{trait: country, is: DE}"),
    ("{trait: orders_12m >= 5}", "{trait: orders_12m, at_least: 5}"),
    ("{trait: 'orders_12m>5', missing: exclude}", "{trait: orders_12m, more_than: 5, missing: exclude}"),
    ("{trait: orders_12m <= 2.5}", "{trait: orders_12m, at_most: 2.5}"),
    ("{all: [{trait: orders_12m < 5}]}", "{all: [{trait: orders_12m, less_than: 5}]}"),
    ("{trait: orders_12m == 5}", "{trait: orders_12m, is: 5}"),
    ("{trait: orders_12m != 5}", "{trait: orders_12m, is_not: 5}"),
    ("{trait: country = 'DE'}", "{trait: country, is: DE}"),
    ("{trait: postal_code = '01067'}", "{trait: postal_code, is: '01067'}"),
    ("{trait: country != null}", "{trait: country, known: true}"),
    ("{did: orders, where: {column: amount > 5}}", "{did: orders, where: {column: amount, more_than: 5}}"),
    (
        "{did: orders, where: {column: ordered_at >= 2026-01-01}}",
        "{did: orders, where: {column: ordered_at, on_or_after: 2026-01-01}}",
    ),
    (
        "{did: orders, where: {column: ordered_at < 90 days ago}}",
        "{did: orders, where: {column: ordered_at, before: 90 days ago}}",
    ),
    ("orders_12m >= 5", "{trait: orders_12m, at_least: 5}"),
)
KEPT: Final = (
    "{trait: orders, at_least: 1}",  # as near to one as to the other
    "{trait: orders_12m, between: [*x, 2]}",
    "{trait: orders_12m, like: 1}",  # a word of other tools, with another meaning
    "{trait: country, is: Germany}",
    "{trait: orders_12m, between: 4}",
    "{trait: orders_13m, at_least: 1}",
    "{did: orders, between_ago: [18 onths, 6 months]}",
    "{trait: postal_code, matches: '(a'}",
    "{trait: country = city}",  # a text, or a trait
    "{trait: orders_12m >= 5 and country = DE}",
    "{trait: 5 < orders_12m}",
    "{trait: orders_12m >= 5, at_most: 9}",
)


@pytest.mark.parametrize(("bad", "good"), MENDED)
def test_what_is_sure_is_mended(tmp_path: Path, bad: str, good: str) -> None:
    assert mended(tmp_path, rules(f"{bad}  # why")) == rules(f"{good}  # why")


@pytest.mark.parametrize("bad", KEPT)
def test_what_is_not_sure_is_left(tmp_path: Path, bad: str) -> None:
    traits = TRAITS + "  - {id: orders_6m, count: orders, within_last: 6 months}\n"
    result = mend(
        Workspace.load(shop(tmp_path, {"rules/sample.yaml": rules(bad), "rules/traits.yaml": traits}))
    )
    assert not result.changes
    assert any(d.severity != "info" for d in result.after)


def test_a_comparison_in_a_mapping_of_lines_is_written_out(tmp_path: Path) -> None:
    leaf = "\n      trait: orders_12m >= 5  # often\n      missing: include\n"
    after = "\n      trait: orders_12m  # often\n      at_least: 5\n      missing: include\n"
    text = f"{SEGMENT}    when:{leaf}"
    assert mended(tmp_path, text) == f"{SEGMENT}    when:{after}"


@pytest.mark.parametrize(
    ("bad", "good"),
    [
        ("{trait: country = AT}", "{trait: country, is: AT}"),
        ("{trait: country = New York}", "{trait: country, is: New York}"),
        ("{trait: orders_12m > orders_6m}", "{trait: orders_12m, more_than: {trait: orders_6m}}"),
        ("{trait: orders_12m >= 5, at_most: 9}", "{trait: orders_12m, at_least: 5}"),
    ],
)
def test_a_comparison_that_is_not_sure_is_quoted_as_it_would_be_written(
    tmp_path: Path, bad: str, good: str
) -> None:
    (found,) = (
        d for d in found_in(shop(tmp_path, {"rules/sample.yaml": rules(bad)})) if d.severity == "error"
    )
    assert (found.span.line, found.span.column) == (7, 19)
    assert found.hint == f"write `{good}`"


def test_missing_is_added_to_a_mapping_of_lines(tmp_path: Path) -> None:
    leaf = "\n      trait: country\n      not_in:   # home\n        - DE  # Germany\n        - AT\n"
    after = leaf + "      missing: exclude\n"
    text = f"{SEGMENT}    when:{leaf}    owner: crm\n"
    assert mended(tmp_path, text) == f"{SEGMENT}    when:{after}    owner: crm\n"


@pytest.mark.parametrize(
    ("bad", "good"),
    [
        ("rond(orders_12m / 3, 1)", "round(orders_12m / 3, 1)"),
        ("averaging(orders_12m)", "averaging(orders_12m)"),  # no function is near
        ("rond(rond(orders_12m, 1), 1)", "round(round(orders_12m, 1), 1)"),
        ("orders_12 / 3", "orders_12m / 3"),
    ],
)
def test_names_and_functions_of_a_formula(tmp_path: Path, bad: str, good: str) -> None:
    text = TRAITS + '  - {id: third, formula: "%s"}  # why\n'
    assert mended(tmp_path, text % bad, "rules/traits.yaml") == text % good


def test_a_negation_keeps_its_meaning(tmp_path: Path) -> None:
    text = rules("{not: {trait: country, is: DE}}")
    assert mended(tmp_path, text) == rules("{not: {trait: country, is: DE, missing: exclude}}")


FIRST: Final = """\
segmentation: sample
owner: crm
assign: first_match
segments:
  # Whoever came.
  - id: active  # often
    when: {trait: orders_12m, at_least: 1}
    # (still of active)

  - id: other
    when: {trait: country, is: DE}

  # The best of them.
  # They stay.
  - id: loyal
    when: {trait: orders_12m, at_least: 4}
"""
MOVED: Final = """\
segmentation: sample
owner: crm
assign: first_match
segments:
  # The best of them.
  # They stay.
  - id: loyal
    when: {trait: orders_12m, at_least: 4}

  # Whoever came.
  - id: active  # often
    when: {trait: orders_12m, at_least: 1}
    # (still of active)

  - id: other
    when: {trait: country, is: DE}
"""


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("last", [True, False])
def test_a_segment_moves_up_with_its_comments(tmp_path: Path, newline: str, last: bool) -> None:
    before, after = FIRST.replace("\n", newline), MOVED.replace("\n", newline)
    assert mended(tmp_path, before if last else before.removesuffix(newline)) == after


def test_a_segment_stays_where_moving_would_not_mend(tmp_path: Path) -> None:
    same = FIRST.replace("at_least: 4", "more_than: 0")  # then nobody would be left for `active`
    assert mended(tmp_path, same) == same
    two = FIRST.replace("trait: orders_12m, at_least: 1", "trait: orders_12m, between: [1, 5]")
    union = two.replace("trait: country, is: DE", "trait: orders_12m, more_than: 5")
    assert mended(tmp_path, union) == union


@pytest.mark.parametrize(
    ("bad", "good"),
    [
        ("description: Now: new ones # so", "description: 'Now: new ones' # so"),
        ("description: @home's best", "description: '@home''s best'"),
        ("description: %-fans", "description: '%-fans'"),
        ("description: `x`", "description: '`x`'"),
        ("description: > 5 orders", "description: '> 5 orders'"),
        ("owner:crm", "owner: crm"),
    ],
)
def test_quotes_and_spaces_that_yaml_needs(tmp_path: Path, bad: str, good: str) -> None:
    def text(line: str) -> str:
        return f"{SEGMENTS}  - id: one\n    {line}\n    when: {{trait: orders_12m, is: 1}}\n"

    assert mended(tmp_path, text(bad)) == text(good)


def test_a_second_key_in_a_line_is_no_text(tmp_path: Path) -> None:
    text = f"{SEGMENT}    when:\n      trait: orders_12m at_least: 4\n"
    assert mended(tmp_path, text) == text


def test_faults_that_hide_each_other_are_mended_one_after_the_other(tmp_path: Path) -> None:
    bad = "    description: @a\n    name: %b\n    wehn: {trait: ordrs_12m, at_lest: 1}\n"
    good = "    description: '@a'\n    name: '%b'\n    when: {trait: orders_12m, at_least: 1}\n"
    bad, good = (f"{SEGMENTS}  - id: one\n{text}" for text in (bad, good))
    assert mended(tmp_path, bad) == good


@pytest.mark.parametrize(
    ("bad", "good"),
    [
        ("owner: crm  # segmentry: ignore[expired] not yet", "owner: crm"),
        ("owner: crm  # kept # segmentry: ignore[expired]", "owner: crm  # kept"),
        ("owner: crm  # segmentry: ignore[gap, naming]", "owner: crm"),
        ("# segmentry: ignore[expired]\n    owner: crm", "owner: crm"),
        (
            "id: x # segmentry: ignore[untested-segmet] later",
            "id: x # segmentry: ignore[untested-segment] later",
        ),
    ],
)
def test_controls(tmp_path: Path, bad: str, good: str) -> None:
    def text(line: str) -> str:
        first = line if line.startswith("id") else f"id: one\n    {line}"
        return f"{SEGMENTS}  - {first}\n    when: {{trait: orders_12m, is: 1}}\n"

    assert mended(tmp_path, text(bad)) == text(good)


# --- bytes ----------------------------------------------------------------------------------------


def test_everything_else_stays_byte_for_byte(tmp_path: Path) -> None:
    text = (
        "# Käse 🧀 { [ '\r\n"
        + SEGMENT.replace("\n", "\r\n").replace("Somebody.", "&who 'Größe 🧀'")
        + "    name: *who   # 🧀 behind\r\n"
        "    when: {all: [&a {trait: ordrs_12m , at_least:   1}, *a ]}\t# 🧀\r\n\r\n"
    )
    raw = b"\xef\xbb\xbf" + text.encode()
    folder = shop(tmp_path, {"rules/sample.yaml": raw})
    path = folder / "rules/sample.yaml"
    path.chmod(0o640)
    link = folder / "rules/linked.yaml"
    target = folder / "elsewhere.txt"
    target.write_text(rules("{trait: ordrs_12m, is: 2}").replace("sample", "more").replace("one", "two"))
    link.symlink_to(target)
    call("check", "--fix", "-w", folder)
    assert path.read_bytes() == raw.replace(b"ordrs", b"orders")
    assert path.stat().st_mode & 0o777 == 0o640
    assert link.is_symlink()
    assert "{trait: orders_12m, is: 2}" in target.read_text()
    assert sorted(p.name for p in (folder / "rules").iterdir()) == [
        "linked.yaml",
        "sample.yaml",
        "traits.yaml",
    ]


# --- the command ----------------------------------------------------------------------------------

BAD: Final = rules("{trait: ordrs_12m, at_least: 1}")
GOOD: Final = rules("{trait: orders_12m, at_least: 1}")


def test_the_code_is_that_of_check_afterwards(tmp_path: Path) -> None:
    folder = shop(tmp_path, {"rules/sample.yaml": BAD})
    call("check", "-w", folder, code=1)
    shown = call("check", "--fix", "-w", folder).stdout
    assert "rules/sample.yaml:7:19" in shown
    assert "1 fixed in 1 file." in shown
    assert (folder / "rules/sample.yaml").read_text() == GOOD
    assert "Nothing to fix." in call("check", "--fix", "-w", folder).stdout


def test_diff_writes_nothing(tmp_path: Path) -> None:
    folder = shop(tmp_path, {"rules/sample.yaml": BAD})
    result = call("check", "--fix", "--diff", "-w", folder, code=1)
    lines = result.stdout.splitlines()
    assert lines[:2] == ["--- a/rules/sample.yaml", "+++ b/rules/sample.yaml"]
    assert [line for line in lines[2:] if line[0] in "+-"] == [
        "-    when: {trait: ordrs_12m, at_least: 1}",
        "+    when: {trait: orders_12m, at_least: 1}",
    ]
    assert (folder / "rules/sample.yaml").read_text() == BAD
    call("check", "--diff", "-w", folder, code=2)


def test_paths_limit_what_is_mended(tmp_path: Path) -> None:
    other = BAD.replace("sample", "other").replace("one", "two")
    folder = shop(tmp_path, {"rules/sample.yaml": BAD, "rules/other.yaml": other})
    call("check", "--fix", "-w", folder, folder / "rules/sample.yaml")
    assert (folder / "rules/sample.yaml").read_text() == GOOD
    assert (folder / "rules/other.yaml").read_text() == other
    call("check", "--fix", "-w", folder, tmp_path / "nowhere.yaml", code=2)


def test_programs_get_the_edits(tmp_path: Path) -> None:
    folder = shop(tmp_path, {"rules/sample.yaml": BAD})
    found = in_json("check", "-w", folder, code=1)["findings"]
    fixes = {item["code"]: item["fix"] for item in found}
    place = {"line": 7, "column": 19, "end_line": 7, "end_column": 28}
    assert fixes["unknown-trait"]["edits"] == [{"file": "rules/sample.yaml", **place, "text": "orders_12m"}]
    assert {code for code, fix in fixes.items() if fix is None} >= {"unused-trait"}
    dry = in_json("check", "--fix", "--diff", "-w", folder, code=1)
    assert (dry["written"], dry["files"]) == (False, ["rules/sample.yaml"])
    assert dry["findings"] == found
    assert dry["diff"].startswith("--- a/rules/sample.yaml")
    log = _valid_sarif(call("check", "--format", "sarif", "-w", folder, code=1).stdout)
    (offered,) = [fix for result in log["runs"][0]["results"] for fix in result.get("fixes", ())]
    (change,) = offered["artifactChanges"]
    assert change["artifactLocation"] == {"uri": "rules/sample.yaml"}
    region = {"startLine": 7, "startColumn": 19, "endLine": 7, "endColumn": 28}
    assert change["replacements"] == [{"deletedRegion": region, "insertedContent": {"text": "orders_12m"}}]
    done = in_json("check", "--fix", "-w", folder)
    assert [item["code"] for item in done["fixed"]] == ["unknown-trait"]
    assert "unknown-trait" not in {item["code"] for item in done["findings"]}


def _valid_sarif(text: str) -> Any:
    log = json.loads(text)
    validator: Any = Draft202012Validator(SARIF)
    validator.validate(log)
    return log


def test_a_server_gets_its_format_and_nothing_else(tmp_path: Path) -> None:
    folder = shop(tmp_path, {"rules/sample.yaml": BAD})
    result = call("check", "--fix", "--format", "sarif", "-w", folder)
    assert json.loads(result.stdout)["version"] == "2.1.0"
    assert "1 fixed" in result.stderr


# --- random slips ---------------------------------------------------------------------------------

WHOLE: Final = """\
# What people do, in a few groups.
segmentation: sample   # 🧀
owner: crm
assign: every_match
segments:
  # First of all.
  - id: one
    description: 'Käse: yes'
    when:   # all of it
      all:
        - {trait: orders_12m, at_least: 3}   # often
        - trait: discount_share
          less_than: 0.5
  - {id: two, description: Two, when: {segment: one}}  # one again
"""
WORDS: Final = (
    "description",
    "when:",
    "trait: orders_12m",
    "at_least",
    "discount_share",
    "less_than",
    "segment: one",
)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_slip_is_mended_and_nothing_else_changes(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    text = data.draw(st.sampled_from((WHOLE, WHOLE.replace("\n", "\r\n"))))
    word = data.draw(st.sampled_from(WORDS[:-1]))
    name = word.split()[-1].strip(":")
    at = data.draw(st.integers(1, len(name) - 2))
    slip = name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    start = text.index(word) + word.index(name)
    assume("21" not in slip)  # another figure is no slip of the pen
    broken = text[:start] + slip + text[start + len(name) :]
    assert mended(tmp_path_factory.mktemp("slip"), broken) == text
