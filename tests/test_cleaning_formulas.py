"""Functions that clean texts, and tell numbers and dates from them: every value worked out by hand."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from segmentry.engine import Workspace, check, evaluate
from segmentry.engine.language.text_forms import folded

WORKSPACE = """\
version: 1
timezone: Europe/Berlin
as_of: 2026-11-01
sources:
  customers:
    path: customers.parquet
    key: id
    columns:
      id: {type: string}
      n: {type: integer}
      m: {type: decimal, scale: 2}
      x: {type: number}
      yes: {type: boolean}
      on: {type: date}
      at: {type: datetime}
      s: {type: string}
      t: {type: string}
      none: {type: string}
"""

ROW: dict[str, Any] = {
    "id": "C1",
    "n": 7,
    "m": -0.5,
    "x": 1.5,
    "yes": True,
    "on": date(2026, 3, 29),
    "at": datetime(2026, 3, 29, 1, 30),
    "s": "ab-cd-ü",
    "t": "-",
    "none": None,
}


def values_of(folder: Path, formulas: list[str], row: dict[str, Any]) -> list[Any]:
    """What formulas come to for one customer, as traits."""
    (folder / "rules").mkdir(exist_ok=True)
    (folder / "segmentry.yaml").write_text(WORKSPACE, "utf-8")
    lines = ["traits:"]
    for number, formula in enumerate(formulas):
        quoted = formula.replace("'", "''")
        lines.append(f"  - {{id: f_{number}, formula: '{quoted}'}}")
    (folder / "rules" / "traits.yaml").write_text("\n".join(lines) + "\n", "utf-8")
    frames = {"customers": pl.DataFrame([row], schema_overrides={"none": pl.String})}
    (found,) = evaluate(Workspace.load(folder, frames=frames), traits="all").traits.rows(named=True)
    return [found[f"f_{number}"] for number in range(len(formulas))]


VALUES: tuple[tuple[str, Any], ...] = (
    # +
    ("s + '!'", "ab-cd-ü!"),
    ("'n' + text(n) + t", "n7-"),
    ("s + none", None),
    # text
    ("text(n)", "7"),
    ("text(m)", "-0.50"),
    ("text(m * 1.000)", "-0.50000"),
    ("text(12.50)", "12.50"),
    ("text(yes)", "true"),
    ("text(false)", "false"),
    ("text(on)", "2026-03-29"),
    ("text(at)", "2026-03-29T01:30:00"),
    ("text(s)", "ab-cd-ü"),
    ("text(none)", None),
    # replace
    ("replace(s, '-', '$1')", "ab$1cd$1ü"),
    ("replace('aaaa', 'aa', 'b')", "bb"),
    ("replace(s, t, '')", "abcdü"),
    ("replace(s, strip(' '), 'x')", "ab-cd-ü"),
    ("replace('a-b', t, s)", "aab-cd-üb"),
    ("replace(s, 'ab', none)", None),
    ("replace(s, none, 'x')", None),
    # slice
    ("slice(s, 0, 2)", "ab"),
    ("slice(s, 3)", "cd-ü"),
    ("slice(s, -1)", "ü"),
    ("slice(s, -4, -2)", "cd"),
    ("slice(s, n - 2, 99)", "-ü"),
    ("slice(s, -99, 1)", "a"),
    ("slice(s, 5, 2)", ""),
    ("slice('abc', n - 6)", "bc"),
    ("slice(s, length(none))", None),
    ("slice(s, 1, length(none))", None),
    # split_part
    ("split_part(s, '-', 1)", "ab"),
    ("split_part(s, '-', -1)", "ü"),
    ("split_part(s, '-', 4)", None),
    ("split_part(s, '-', -4)", None),
    ("split_part(s, t, n - 5)", "cd"),
    ("split_part(s, t, n - 7)", None),
    ("split_part(s, strip(' '), 1)", None),
    ("split_part(s, ';', 1)", "ab-cd-ü"),
    ("split_part('a--b', '--', 2)", "b"),
    ("split_part('', '-', 1)", ""),
    ("split_part(none, '-', 1)", None),
    # number
    ("number('1234.5')", 1234.5),
    ("number(' -1e3 ')", -1000.0),
    ("number('1,5')", None),
    ("number('1 000')", None),
    ("number('nan')", None),
    ("number('1e999')", None),
    ("number(replace(s, s, '12.5'))", 12.5),
    ("number(s)", None),
    ("number(replace(s, s, '1e999'))", None),
    ("number(replace(s, s, 'inf'))", None),
    # dates
    ("date('2026-01-31')", date(2026, 1, 31)),
    ("date('31.01.2026', 'day_first')", date(2026, 1, 31)),
    ("date('01/31/26', '%m/%d/%y')", date(2026, 1, 31)),
    ("date(replace(s, s, '20260131'))", date(2026, 1, 31)),
    ("date(replace(s, s, '5.4.2026'), 'day_first')", date(2026, 4, 5)),
    ("date(replace(s, s, '4/5/2026'), 'month_first')", date(2026, 4, 5)),
    ("date(replace(s, s, '31.02.2026'), 'day_first')", None),
    ("date(s)", None),
    ("date(at)", date(2026, 3, 29)),
    ("date('2026-03-29') == on", True),
    ("datetime('2026-03-29T01:30') == at", True),
    ("datetime(replace(s, s, '2026-03-29 01:30')) == at", True),
    ("datetime(replace(s, s, '2026-03-29T01:30+0200'))", datetime(2026, 3, 28, 23, 30, tzinfo=UTC)),
    ("datetime(on)", datetime(2026, 3, 28, 23, tzinfo=UTC)),
    ("datetime(s)", None),
    # truths
    ("yes == true", True),
    ("not false", True),
    ("true if n > 5 else false", True),
    # case and form
    ("casefold('Straße ΑΣ')", "strasse ασ"),
    ("casefold(replace(s, s, 'Straße ΑΣ ſ'))", "strasse ασ s"),
    ("nfc('e\u0301')", "é"),
    ("nfc(replace(s, s, 'e\u0301'))", "é"),
    ("casefold(none)", None),
    # hash
    ("hash(id, 1)", 0),
    ("hash(id, 1000)", int(hashlib.sha256(b"C1").hexdigest()[:15], 16) % 1000),
    ("hash('C1', 1000)", int(hashlib.sha256(b"C1").hexdigest()[:15], 16) % 1000),
    ("hash(m, 1000)", int(hashlib.sha256(b"-0.50").hexdigest()[:15], 16) % 1000),
    ("hash(s, 1152921504606846976)", int(hashlib.sha256("ab-cd-ü".encode()).hexdigest()[:15], 16)),
    ("hash(none, 10)", None),
)


def test_every_value_is_the_one_worked_out_by_hand(tmp_path: Path) -> None:
    found = values_of(tmp_path, [formula for formula, _ in VALUES], ROW)
    assert dict(zip([f for f, _ in VALUES], found, strict=True)) == dict(VALUES)


MISTAKES = (
    ("«n» + s", "a text is expected, this is a whole number", "text(…)"),
    ("s + «on»", "a text is expected, this is a date", "text(…)"),
    ("text(«x»)", "a number that is not exact can be written in many ways", "decimal"),
    ("replace(s, «''», 'x')", "an empty text can't be replaced", "replaced"),
    ("replace(s, «n», 'x')", "a text is expected", None),
    ("slice(s, «m»)", "a whole number is expected", None),
    ("slice(«n», 1)", "a text is expected", None),
    ("split_part(s, «''», 1)", "an empty text separates nothing", "parts"),
    ("split_part(s, '-', «0»)", "the parts are counted from 1", "-1"),
    ("number(«n»)", "a text is expected", None),
    ("date(«'31.01.2026'»)", "`31.01.2026` is no date", "2026-01-31"),
    ("date(«'2026-02-30'»)", "`2026-02-30` is no date", "2026-01-31"),
    ("date(s, «'day_frist'»)", "is no way to write dates", "`day_first`"),
    ("date(s, «s»)", "a form of dates is expected", "'day_first'"),
    ("date(«on», 'day_first')", "a text is expected", "only a text"),
    ("datetime(«'soon'»)", "`soon` is no date with a time", "2026-01-31T18:30"),
    ("datetime(«n»)", "a date is expected", None),
    ("hash(id, «0»)", "a whole number from 1 to", "hash("),
    ("hash(id, «n»)", "a whole number from 1 to", "hash("),
    ("hash(«x», 10)", "a number that is not exact", "decimal"),
    ("casefold(«n»)", "a text is expected", None),
    ("«true(1)»", "a value, not a function", "parentheses"),
)


@pytest.mark.parametrize(("formula", "message", "hint"), MISTAKES, ids=[m[0] for m in MISTAKES])
def test_a_mistake_is_shown_at_the_part_that_has_it(
    tmp_path: Path, formula: str, message: str, hint: str | None
) -> None:
    plain = formula.replace("«", "").replace("»", "")
    head = 'traits:\n  - {id: f, formula: "'
    (tmp_path / "rules").mkdir()
    (tmp_path / "segmentry.yaml").write_text(WORKSPACE, "utf-8")
    (tmp_path / "rules" / "traits.yaml").write_text(f'{head}{plain}"}}\n', "utf-8")
    (found,) = [d for d in check(Workspace.load(tmp_path)) if d.code == "bad-formula"]
    assert message in found.message
    assert hint is None or hint in (found.hint or "")
    if plain != "true(1)":
        start = len(head.rpartition("\n")[2]) + 1 + formula.index("«")
        assert (found.span.line, found.span.column) == (2, start)


def test_a_sample_is_a_rule_of_rows_and_of_customers(tmp_path: Path) -> None:
    """A formula of each row, over keys that stand once and keys that stand often."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "segmentry.yaml").write_text(
        "version: 1\nas_of: 2026-11-01\nsources:\n"
        "  customers: {from: lines, key: id}\n"
        "  lines:\n    path: lines.csv\n    customer: id\n"
        "    columns: {id: {type: string}, sku: {type: string}, part: {formula: 'hash(sku, 4)'}}\n",
        "utf-8",
    )
    (tmp_path / "rules" / "traits.yaml").write_text(
        "traits:\n  - {id: parts, values: lines.part}\n  - {id: share, formula: 'hash(id, 10)'}\n", "utf-8"
    )
    rows = [(f"C{number}", f"S{place % 3}") for number in range(40) for place in range(30)]
    frame = pl.DataFrame(rows, ["id", "sku"], orient="row")
    traits = evaluate(Workspace.load(tmp_path, frames={"lines": frame}), traits="all").traits

    def hashed(text: str, count: int) -> int:
        return int(hashlib.sha256(text.encode()).hexdigest()[:15], 16) % count

    parts = sorted({hashed(f"S{n}", 4) for n in range(3)})
    assert traits["parts"].to_list() == [parts] * 40
    assert traits["share"].to_list() == [hashed(key, 10) for key in traits["id"]]
    assert len(set(traits["share"])) > 5


@pytest.mark.parametrize(
    "formula",
    ["split_part(id, '-', 2)", "number(id)", "date(id)", "datetime(id, 'day_first')"],
)
def test_what_a_text_may_not_say_can_be_missing(tmp_path: Path, formula: str) -> None:
    """A key is never missing, its parts may be: a condition that forgets those is met with a warning."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "segmentry.yaml").write_text(WORKSPACE, "utf-8")
    trait = f'traits:\n  - {{id: f, formula: "{formula}"}}\n  - {{id: whole, formula: "casefold(id)"}}\n'
    (tmp_path / "rules" / "traits.yaml").write_text(trait, "utf-8")
    rules = "segmentation: s\nowner: crm\nassign: every_match\nsegments:\n"
    rules += "  - {id: part, when: {not: {trait: f, is: {trait: f}}}}\n"
    rules += "  - {id: all, when: {not: {trait: whole, is: x}}}\n"
    (tmp_path / "rules" / "s.yaml").write_text(rules, "utf-8")
    found = [d.span.line for d in check(Workspace.load(tmp_path)) if d.code == "missing-unhandled"]
    assert found == [5]


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("Straße", "strasse"),
        ("STRASSE", "strasse"),
        ("ＤＥ", "de"),
        ("D\u200bE\ufeff", "de"),
        ("ﬁn", "fin"),
        ("e\u0301", "é"),
        ("ΟΔΟΣ", "οδοσ"),
        ("İ", "i\u0307"),
    ],
)
def test_a_folded_text_is_folded_for_good(text: str, form: str) -> None:
    assert folded(text) == form
    assert folded(form) == form
