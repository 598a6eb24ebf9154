"""Files that are broken: what is said of them, and where."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentry.engine.diagnostics.model import Span
from segmentry.engine.document import read_document
from tests.documents import FILE, faults, read

BROKEN = [
    # left open
    ("a: 'x\nb: 1\n", 1, 4, "never closed"),
    ('a: "x\nb: 1\n', 1, 4, "never closed"),
    ("a: 'b\n---\nc", 1, 4, "never closed"),
    ('a: "x\n  b: "y"\nc: 1\n', 1, 4, "not closed in its line"),
    ('name: "A\nowner: "crm"\nnote: "n"\n', 1, 7, "not closed in its line"),
    ("[a\n", 1, 1, "`[` is never closed"),
    ("a: [1, 2}\n", 1, 4, "`[` is never closed"),
    ("a: {b: 1, c: 2\nd: 3\n", 1, 4, "`{` is never closed"),
    ("a: [b, c\nd: e\n", 1, 4, "`[` is never closed"),
    ("all:\n  - {trait: x, at_least: 5\n  - {trait: y, at_least: 5}\n", 2, 5, "`{` is never closed"),
    ("a: [\n  {trait: x\n  {trait: y}\n]\n", 2, 3, "`{` is never closed"),
    ("a: {b: [1, 2, c: 3}\n", 1, 8, "`[` is never closed"),
    # closed brackets with a fault inside
    ("a: {\n  b: 1\n  c: 2\n}\n", 3, 4, "second `:`"),
    ("a: {b: 1 c: 2}\n", 1, 11, "second `:`"),
    ("{\n'a': 1\n'b': 2\n}\n", 3, 4, "second `:`"),
    ("a: [{b: 1} {c: 2}]\n", 1, 12, "`,` is missing"),
    ("a: {b: 1,, c: 2}\n", 1, 10, "nothing stands before"),
    ("a: {b: 1}}\n", 1, 10, "closes nothing"),
    # tabs
    ("\ta: 1\n", 1, 1, "tab"),
    ("a:\n\tb: 1\n", 2, 1, "tab"),
    ("a:\n  b: 1\n  \tc: 1\n", 3, 3, "tab"),
    ("a: 1\n\tb: 2\n", 2, 1, "tab"),
    ("a: |\n\tfoo\n", 2, 1, "tab"),
    # texts that need quotes
    ("a: b: c\n", 1, 5, "second `: `"),
    ("- name: 50% off: today\n", 1, 16, "second `: `"),
    ("a: @x\n", 1, 4, "can't start with `@`"),
    ("a: %x\n", 1, 4, "can't start with `%`"),
    ("a: `x`\n", 1, 4, "can't start with a backquote"),
    ("a: , x\n", 1, 4, "can't start with `,`"),
    ("a: ]\n", 1, 4, "closes nothing"),
    ("a: *x\n", 1, 4, "`*x` refers to"),
    ("a: *x y\n", 1, 4, "`*x` refers to"),
    ("a: *\n", 1, 5, "can't start with `*`"),
    ("b: &x 1\na: *x y\n", 2, 7, "takes for a reference"),
    ("a: >x\n", 1, 5, "announces a text"),
    ("a: - b\n", 1, 4, "list can't start behind a key"),
    ("%FOO\na: 1\n", 1, 1, "instruction"),
    ("a: 'Anna's'\n", 1, 10, "after the quote was closed"),
    ('a: "x" y\n', 1, 8, "after the quote was closed"),
    ('a: "abc\\q"\n', 1, 8, "`\\q` means nothing"),
    ("a: {{ name }}\n", 1, 5, "key must be a text"),
    ("a: [>x]\n", 1, 5, "can't start with `>`"),
    ("a: {b:[1]}\n", 1, 6, "missing after a `:`"),
    ("a: [plain:, b]\n", 1, 10, "missing after a `:`"),
    ("a: {b: 1}? \n", 1, 10, "can't start with `? `"),
    # structure
    ("a: 1\n b: 2\n", 2, 3, "indented deeper"),
    ("a:b\nc: 1\n", 2, 2, "space is missing after the `:`"),
    ("a: 1\nfoo\nb: 2\n", 3, 1, "`:` is missing after `foo`"),
    ("a:\n  - 1\n - 2\n", 3, 2, "list item stands"),
    ("a: 1\n- b\n", 2, 1, "list item stands"),
    ("k:\n  - a\n  b: 1\n", 3, 3, "starts with no `-`"),
    ("k:\n  - a:x # c: d\n    b: 1\n", 3, 5, "space is missing after the `:`"),
    ("k:\n  >=: 5\n", 2, 3, "a key can't be `>=`"),
    ("  a: 1\nb: 2\n", 2, 1, "can't follow"),
    ("? [a]\n: 1\n", 1, 3, "key must be a text"),
    # limits of rules
    ("a: 1\n---\nb: 2\n", 2, 1, "second document"),
    ("a: !%\n", 1, 4, "can't start with `!`"),
    ("a: !foo x\n", 1, 4, "`!foo` is a YAML tag"),
    ("!!map {a: 1}\n", 1, 1, "`!!map` is a YAML tag"),
    ("a: &x !y z\nb: *x\n", 1, 7, "`!y` is a YAML tag"),
    ("a: &x [*x]\n", 1, 8, "stands inside"),
    ("a: " + "[" * 64 + "]" * 64, 1, 67, "deeper than 64"),
    ("a: x\x07y\n", 1, 5, "U+0007"),
]


@pytest.mark.parametrize(("text", "line", "column", "words"), BROKEN)
def test_broken_files_are_explained_at_their_place(text: str, line: int, column: int, words: str) -> None:
    document, found = read_document(FILE, text.encode())
    assert document is None
    errors = [item for item in found if item.severity == "error"]
    assert [(item.code, item.span.line, item.span.column) for item in errors] == [
        ("yaml-syntax", line, column)
    ]
    assert words in errors[0].message
    assert errors[0].hint


def test_nesting_of_64_levels_is_fine() -> None:
    assert read("[" * 64 + "]" * 64).data


def test_all_tags_and_double_keys_are_reported_at_once() -> None:
    found = faults("a: !x 1\nb: 1\nb: 2\nc: !y 2\n")
    assert [(item.code, item.span.line) for item in found] == [
        ("yaml-syntax", 1),
        ("duplicate-key", 3),
        ("yaml-syntax", 4),
    ]


def test_a_double_key_does_not_hide_a_fault_in_its_line() -> None:
    assert {item.code for item in faults("{a: 1, a: 2, b: ")} == {"duplicate-key", "yaml-syntax"}


def test_a_double_key_points_to_the_first_which_counts() -> None:
    document, found = read_document(FILE, b"a:\n  k: 1\n  'k': {x: 2}\n  k: 3\n")
    assert document is not None
    assert document.data == {"a": {"k": 1}}
    assert document.value_span(("a", "k")) == Span(2, 6, 2, 7)
    assert [(item.code, item.span, item.related[0].span) for item in found] == [
        ("duplicate-key", Span(3, 3, 3, 6), Span(2, 3, 2, 4)),
        ("duplicate-key", Span(4, 3, 4, 4), Span(2, 3, 2, 4)),
    ]


@pytest.mark.parametrize(
    ("raw", "span", "words"),
    [
        (b"a: 1\nname: M\xfcller\n", Span(2, 8, 2, 9), "byte 13, 0xFC in line 2"),
        ("ä: ü".encode() + b"\xff", Span(1, 5, 1, 6), "byte 7, 0xFF in line 1"),
        ("a: 1".encode("utf-16"), Span(1, 1, 1, 1), "UTF-16"),
    ],
)
def test_other_encodings_are_named(raw: bytes, span: Span, words: str) -> None:
    (found,) = faults(raw)
    assert (found.code, found.span) == ("yaml-syntax", span)
    assert words in found.message


@given(st.text(alphabet="ab1 :-,[]{}'\"#&*!|>%@`\\\n\t?\u2028é", max_size=40))
def test_no_text_makes_reading_fail(text: str) -> None:
    document, found = read_document(FILE, text.encode())
    assert (document is None) == any(
        item.code == "yaml-syntax" and item.severity == "error" for item in found
    )
    lines = text.split("\n")
    for item in found:
        assert 1 <= item.span.line <= len(lines)
        assert 1 <= item.span.column <= len(lines[item.span.line - 1]) + 1
        assert (item.span.line, item.span.column) <= (item.span.end_line, item.span.end_column)


@given(st.binary(max_size=30))
def test_no_bytes_make_reading_fail(raw: bytes) -> None:
    read_document(FILE, raw)
