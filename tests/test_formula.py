"""Formulas: Python's precedence, exact numbers, and mistakes that say where they are and what helps."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentry.engine.language.formula import (
    Binary,
    CallNode,
    Compare,
    FormulaError,
    IfElse,
    Logic,
    Name,
    Node,
    NotNode,
    Number,
    Text,
    Today,
    Truth,
    Unary,
    dump_formula,
    names_in,
    parse_formula,
)

A, B, C, D = (Name(letter) for letter in "abcd")
ONE, TWO = Number(Decimal(1)), Number(Decimal(2))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a + b * c", Binary("+", A, Binary("*", B, C))),
        ("a - b - c", Binary("-", Binary("-", A, B), C)),
        ("a / b // c % d", Binary("%", Binary("//", Binary("/", A, B), C), D)),
        ("-2 ** 2", Unary("-", Binary("**", TWO, TWO))),
        ("2 ** -1", Binary("**", TWO, Unary("-", ONE))),
        ("a ** b ** c", Binary("**", A, Binary("**", B, C))),
        ("-a * b", Binary("*", Unary("-", A), B)),
        ("a - -+b", Binary("-", A, Unary("-", Unary("+", B)))),
        ("not a == b", NotNode(Compare("==", A, B))),
        ("not not a", NotNode(NotNode(A))),
        ("a or b and not c", Logic("or", A, Logic("and", B, NotNode(C)))),
        ("a < b + 1", Compare("<", A, Binary("+", B, ONE))),
        ("a < b <= c", Logic("and", Compare("<", A, B), Compare("<=", B, C))),
        ("(a < b) != c", Compare("!=", Compare("<", A, B), C)),
        ("a if b else c if d else 1", IfElse(A, B, IfElse(C, D, ONE))),
        ("(a if b else c) if d else 1", IfElse(IfElse(A, B, C), D, ONE)),
        ("a or b if c and d else not a", IfElse(Logic("or", A, B), Logic("and", C, D), NotNode(A))),
        ("round(a / b, 2)", CallNode("round", (Binary("/", A, B), TWO))),
        ("f()", CallNode("f", ())),
        ("days_between(a, today)", CallNode("days_between", (A, Today()))),
        ("`Unit Price` * `today`", Binary("*", Name("Unit Price"), Name("today"))),
        ("`a``b`", Name("a`b")),
        ("größe\n  + wahr", Binary("+", Name("größe"), Name("wahr"))),
        ("a == true or false", Logic("or", Compare("==", A, Truth(True)), Truth(False))),
        ("`true` + trues", Binary("+", Name("true"), Name("trues"))),
    ],
)
def test_a_formula_is_read_by_pythons_precedence(text: str, tree: Node) -> None:
    assert parse_formula(text) == tree


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("'it''s'", "it's"),
        ('"say ""hi"""', 'say "hi"'),
        (r"'it\'s'", "it's"),
        (r"'C:\new\\'", "C:\\new\\"),
        ("''", ""),
        ("'a)'", "a)"),
    ],
)
def test_quotes_in_texts_are_doubled_or_escaped(text: str, value: str) -> None:
    assert parse_formula(text) == Text(value)


@pytest.mark.parametrize("text", ["0.10", "10", "1e3", "2.50e-3", "007", ".5"])
def test_a_number_keeps_its_digits(text: str) -> None:
    tree = parse_formula(text)
    assert isinstance(tree, Number)
    assert tree.value.as_tuple() == Decimal(text).as_tuple()


MISTAKES = [
    ("", 0, "spend"),
    ("  \n", 0, "spend"),
    ("a = b", 2, "`==`"),
    ("a && b", 2, "`and`"),
    ("a || b", 2, "`or`"),
    ("!a", 0, "`not`"),
    ("a ^ 2", 2, "`**`"),
    ("a <> b", 2, "`!=`"),
    ("a => b", 2, "`>=`"),
    ("a === b", 2, "`==`"),
    ("a AND b", 2, "`and`"),
    ("a is b", 2, "`==`"),
    ("a in b", 2, "=="),
    ("a.b", 1, "backquotes"),
    ("a[0]", 1, "alone"),
    ("lambda x: x", 7, "take"),
    ("import os", 7, "take"),
    ("(a + b", 0, "`)`"),
    ("round(a, 2", 5, "`)`"),
    ("a)", 1, "`(`"),
    ("a == 'b", 5, "'"),
    ("`a", 0, "`"),
    ("``", 0, "name"),
    ("1,5 * a", 1, "`1.5`"),
    ("1.000,50", 5, "`1000.50`"),
    ("1,000", 1, "`1000`"),
    ("a, b", 1, "take it out"),
    ("20% * a", 0, "`0.2`"),
    ("a * 12.5%", 4, "`0.125`"),
    ("a == “b”", 5, "straight"),
    ("a − b", 2, "`-`"),
    ("1_000", 0, "`1000`"),
    ("2x", 0, "`2 * x`"),
    ("5.", 0, "1234.5"),
    ("1e999", 0, "308"),
    ("1e999999999999", 0, "308"),
    ("a +", 3, "value"),
    ("* a", 0, "value"),
    ("()", 1, "value"),
    ("f(a,)", 4, "value"),
    ("f(a b)", 4, "`+`"),
    ("a 'b'", 2, "`==`"),
    ("a + not b", 4, "parentheses"),
    ("if a then b", 0, "else"),
    ("a if b", 2, "else"),
    ("a else b", 2, "if"),
    ("today()", 5, "without parentheses"),
    ("true()", 4, "without parentheses"),
    ("`f`(a)", 3, "without"),
    ("€5", 0, "unit"),
    ("a\u200b", 1, "take it out"),
]


@pytest.mark.parametrize(("text", "start", "hint"), MISTAKES, ids=[repr(case[0]) for case in MISTAKES])
def test_a_mistake_has_its_place_and_a_fix(text: str, start: int, hint: str) -> None:
    with pytest.raises(FormulaError) as caught:
        parse_formula(text)
    error = caught.value
    assert error.start == start
    assert error.start <= error.end <= len(text)
    assert error.message
    assert error.hint is not None
    assert hint in error.hint


def test_places_are_offsets_in_the_text() -> None:
    text = "  (a + `b c`) * round(d, 2)"
    tree = parse_formula(text)
    assert isinstance(tree, Binary)
    assert (text[tree.left.start : tree.left.end], text[tree.right.start : tree.right.end]) == (
        "(a + `b c`)",
        "round(d, 2)",
    )
    assert [(name.name, text[name.start : name.end]) for name in names_in(tree)] == [
        ("a", "a"),
        ("b c", "`b c`"),
        ("d", "d"),
    ]


def test_a_name_in_the_middle_of_a_chain_stands_there_once() -> None:
    names = names_in(parse_formula("a < b < c or b"))
    assert [(name.name, name.start) for name in names] == [("a", 0), ("b", 4), ("c", 8), ("b", 13)]


@pytest.mark.parametrize(
    "text",
    [
        "(" * 65 + "a" + ")" * 65,
        "f(" * 65 + "a" + ")" * 65,
        "-" * 65 + "a",
        "not " * 65 + "a",
        "2 ** " * 65 + "a",
        "a if b else " * 65 + "a",
        "a + " * 201 + "a",
        "1 < (" * 40 + "a" + " < 2)" * 40,
        "a" * 4001,
    ],
    ids=["groups", "calls", "signs", "nots", "powers", "choices", "sums", "chains", "length"],
)
def test_too_much_is_refused_with_words(text: str) -> None:
    with pytest.raises(FormulaError, match=r"levels deep|operators|characters"):
        parse_formula(text)


def test_as_much_as_is_allowed_can_be_written_again() -> None:
    for text in ("(" * 64 + "a" + ")" * 64, "a + " * 200 + "a", "not " * 64 + "a"):
        tree = parse_formula(text)
        assert parse_formula(dump_formula(tree)) == tree


@pytest.mark.parametrize(
    "text",
    [
        "(-a) ** b",
        "(a ** b) ** c",
        "a ** -b ** c",
        "a - (b - c)",
        "a / (b * c)",
        "(a + b) * -(c - d)",
        "(a < b) == (c < d)",
        "a and (b and c)",
        "(a or b) and not (c or d)",
        "-(a if b else c)",
        "(a if b else c) if (a if b else c) else a if b else c",
        "f((a if b else c) + 1, not a, 'it''s')",
        r"'C:\\' == 'a\\''b'",
        "`a``b` + `not` + today",
    ],
)
def test_only_needed_parentheses_are_dumped(text: str) -> None:
    assert dump_formula(parse_formula(text)) == text


_NAMES = st.one_of(
    st.sampled_from(["a", "spend_12m", "größe", "today", "true", "if", "lambda", "1st", "Unit Price"]),
    st.text(min_size=1, max_size=5),
)
_ATOMS: st.SearchStrategy[Node] = st.one_of(
    st.builds(Number, st.decimals(0, 10**6, allow_nan=False, allow_infinity=False)),
    st.builds(Text, st.text("a'\"\\é ", max_size=4)),
    st.builds(Name, _NAMES),
    st.just(Today()),
    st.builds(Truth, st.booleans()),
)


def _compound(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    functions = st.sampled_from(["round", "coalesce", "year"])
    return st.one_of(
        st.builds(Unary, st.sampled_from(["-", "+"]), inner),
        st.builds(Binary, st.sampled_from(["+", "-", "*", "/", "//", "%", "**"]), inner, inner),
        st.builds(Compare, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), inner, inner),
        st.builds(Logic, st.sampled_from(["and", "or"]), inner, inner),
        st.builds(NotNode, inner),
        st.builds(IfElse, inner, inner, inner),
        st.builds(CallNode, functions, st.lists(inner, max_size=3).map(tuple)),
    )


@given(st.recursive(_ATOMS, _compound, max_leaves=12))
def test_a_dumped_tree_is_parsed_to_the_same(tree: Node) -> None:
    parsed = parse_formula(dump_formula(tree))
    assert parsed == tree
    assert dump_formula(parsed) == dump_formula(tree)


_FRAGMENTS = st.sampled_from(
    [
        "a",
        "1",
        "'x'",
        "(",
        ")",
        ",",
        "-",
        "**",
        "<",
        "=",
        "not ",
        " and ",
        " if ",
        " else ",
        "`b`",
        ".",
        "%",
        "f(",
    ]
)


@given(st.one_of(st.text(max_size=30), st.lists(_FRAGMENTS, max_size=12).map("".join)))
def test_any_text_is_a_formula_or_a_mistake_within_it(text: str) -> None:
    try:
        tree = parse_formula(text)
    except FormulaError as error:
        mistake = error
    else:
        assert parse_formula(dump_formula(tree)) == tree
        return
    assert 0 <= mistake.start <= mistake.end <= len(text)
