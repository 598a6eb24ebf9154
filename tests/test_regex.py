"""Regular expressions: what the portable ones find, in Polars and in DuckDB, and what is refused."""

from __future__ import annotations

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentry.engine.language.regex import Pattern, RegexError, for_engine, parse_regex

FINDS: list[tuple[str, list[str], list[str]]] = [
    ("cat", ["cat", "a cat!", "concatenate"], ["CAT", "c at", ""]),
    ("^cat$", ["cat"], ["cat\n", "\ncat", "a cat"]),
    (r"\Acat\z", ["cat"], ["cat\n"]),
    ("^$", [""], ["\n", " "]),
    ("a.b", ["a-b", "aéb", "a\rb", "a\u2028b"], ["a\nb", "ab"]),
    (r"^\d+$", ["0123456789"], ["٣", "²", "", "1\n"]),
    (r"^\D$", ["٣", "x", "\n"], ["3"]),
    (r"^\w+$", ["aZ_9"], ["é", "ſ", "a-b"]),
    (r"^\W$", ["é", "-", "\n"], ["e", "_"]),
    (r"^\s$", [" ", "\t", "\n", "\x0b", "\x0c", "\r"], ["\u00a0", "\u2003", "x"]),
    (r"^\S$", ["\u00a0", "x"], [" "]),
    (r"caf\b", ["caf", "café", "a caf!"], ["cafe"]),
    (r"\bx", ["x", "éx"], ["ax"]),
    (r"\Bx", ["ax"], ["x", "éx"]),
    (r"^[\w-]+$", ["a-b"], ["a b"]),
    (r"^[^\w\s]$", ["é", "-"], ["a", " "]),
    (r"^[\W\d]$", ["é", "5", "-"], ["s", "k", "_"]),
    (r"^[^\W_]$", ["a", "5"], ["_", "é"]),
    (r"^[]a]$", ["]", "a"], ["b"]),
    (r"^[^]a]$", ["b"], ["]", "a"]),
    (r"^[-a]$", ["-", "a"], ["b"]),
    (r"^[a-]$", ["-", "a"], ["b"]),
    (r"^[+\--/]$", ["+", "-", ".", "/"], [",", "0"]),
    (r"^[&~^\[]$", ["&", "~", "^", "["], ["a", "\\"]),
    (r"^[à-ü]$", ["é"], ["e", "É"]),
    (r"^a{2}$", ["aa"], ["a", "aaa"]),
    (r"^a{2,}$", ["aa", "aaaa"], ["a"]),
    (r"^a{1,2}?$", ["a", "aa"], ["aaa", ""]),
    (r"^(ab)+$", ["abab"], ["abb"]),
    (r"^(ab|c)+$", ["ab", "cab"], ["a", ""]),
    (r"^(?:a|b)?c$", ["c", "ac"], ["abc"]),
    (r"^(a{2}){3}$", ["aaaaaa"], ["aaaaa"]),
    (r"^(|a)b$", ["b", "ab"], ["aab"]),
    (r"^(a*)*$", ["", "aaa"], ["b"]),
    (r"^\x41\x{20AC}\u00e9\u{62}$", ["A€éb"], ["A"]),
    (r"^\(\)\[\]\{\}\.\*\+\?\|\^\$\\\/\-\"\ $", ['()[]{}.*+?|^$\\/-" '], ["()"]),
    (r"^]}$", ["]}"], ["]"]),
    ("^#a b$", ["#a b"], ["ab"]),
]


def found_by_polars(pattern: str, texts: list[str]) -> list[str]:
    hits = pl.Series(texts, dtype=pl.String).str.contains(pattern, strict=True)
    return [text for text, hit in zip(texts, hits, strict=True) if hit]


def found_by_duckdb(pattern: str, texts: list[str]) -> list[str]:
    query = "SELECT regexp_matches(?, ?)"
    hits = [duckdb.execute(query, [text, pattern]).fetchall()[0][0] for text in texts]
    return [text for text, hit in zip(texts, hits, strict=True) if hit]


@pytest.mark.parametrize(("text", "found", "not_found"), FINDS, ids=[case[0] for case in FINDS])
def test_a_pattern_finds_the_same_in_both_engines(text: str, found: list[str], not_found: list[str]) -> None:
    pattern = parse_regex(text)
    assert pattern.text == text
    assert found_by_polars(pattern.canonical, [*found, *not_found]) == found
    assert found_by_duckdb(for_engine(pattern, "re2"), [*found, *not_found]) == found


IGNORING_CASE: list[tuple[str, list[str], list[str]]] = [
    ("straße", ["STRAßE", "strasse und Straße"], ["STRASSE"]),
    ("^é|z$", ["Éa", "aZ"], ["ea"]),
    (r"^[\Wx]$", ["é", "X"], ["s", "S", "k", "K", "5"]),
    (r"^[à-ü]$", ["É"], ["E"]),
    (r"\bA", ["é a"], ["ba"]),
]


@pytest.mark.parametrize(("text", "found", "not_found"), IGNORING_CASE)
def test_case_is_ignored_when_asked(text: str, found: list[str], not_found: list[str]) -> None:
    pattern = parse_regex(text)
    assert found_by_polars(for_engine(pattern, "polars", ignore_case=True), [*found, *not_found]) == found
    assert found_by_duckdb(for_engine(pattern, "re2", ignore_case=True), [*found, *not_found]) == found


def test_the_text_for_each_engine() -> None:
    pattern = parse_regex(r"^(a|b).\b\d$")
    assert pattern == Pattern(r"^(a|b).\b\d$", r"\A(?:a|b)[^\n](?-u:\b)[0-9]\z")
    assert for_engine(pattern, "polars") == pattern.canonical
    assert for_engine(pattern, "re2") == r"\A(?:a|b)[^\n]\b[0-9]\z"
    word = "[0-9A-Za-z_]"
    edge = f"(?:(?<={word})(?!{word})|(?<!{word})(?={word}))"
    assert for_engine(pattern, "java", ignore_case=True) == rf"(?iu)\A(?:a|b)[^\n]{edge}[0-9]\z"


REFUSED: list[tuple[str, int, str]] = [
    ("", 0, "empty"),
    ("a(?=b)", 1, "ahead or behind"),
    ("a(?!b)", 1, "ahead or behind"),
    ("(?<=a)b", 0, "ahead or behind"),
    ("(?<!a)b", 0, "ahead or behind"),
    (r"(a)\1", 3, "refer back"),
    (r"(?P=a)", 0, "refer back"),
    (r"a\p{L}", 1, "Unicode"),
    (r"\PL", 0, "Unicode"),
    ("(?i)a", 0, "flags"),
    ("(?s:a)", 0, "flags"),
    ("(?P<n>a)", 0, "names"),
    ("(?<n>a)", 0, "names"),
    ("(?>a)", 0, "atomic"),
    ("(?#a)", 0, "comments"),
    ("a*+", 2, "possessive"),
    ("a{2}+", 4, "possessive"),
    ("a**", 2, "repetition"),
    ("a+?*", 3, "repetition"),
    ("*a", 0, "nothing before"),
    ("a|?", 2, "nothing before"),
    ("(+)", 1, "nothing before"),
    ("{2}", 0, "nothing before"),
    ("^*", 1, "place"),
    (r"\b{2}", 2, "place"),
    ("a{", 1, "no repetition"),
    ("a{,3}", 1, "no repetition"),
    ("a{1, 2}", 1, "no repetition"),
    ("a{3,2}", 1, "smaller"),
    ("a{1001}", 1, "1000 times"),
    ("(a{100}b*){11}", 10, "1000 times"),
    ("((a{50,}){5}){5}", 13, "1000 times"),
    (".{1000}" * 3, 0, "too large"),
    ("(a", 0, "never closed"),
    ("(?:a|(b)", 0, "never closed"),
    ("a)", 1, "never opened"),
    ("a[b", 1, "never closed"),
    ("[]", 0, "never closed"),
    ("[^]", 0, "never closed"),
    ("[a-", 0, "never closed"),
    ("[z-a]", 1, "backwards"),
    (r"[a-\d]", 1, "from one character"),
    (r"[\w-z]", 1, "from one character"),
    ("[a-c-e]", 4, "hyphen"),
    ("[a&&b]", 2, "combined"),
    ("[a--b]", 2, "combined"),
    ("[a~~b]", 2, "combined"),
    ("[[:alpha:]]", 1, "named classes"),
    ("[a[b]]", 2, "inside a class"),
    (r"[\b]", 1, "not places"),
    ("a\\", 1, "backslash"),
    ("[a\\", 2, "backslash"),
    (r"\Z", 0, "escape"),
    (r"\<a", 0, "edge of a word"),
    (r"\é", 0, "escape"),
    (r"\x1", 0, "number"),
    (r"\x{110000}", 0, "no character"),
    (r"\uD800", 0, "no character"),
    ("(" * 51 + "a" + ")" * 51, 50, "deep"),
    ("a" * 4001, 4000, "characters"),
]


@pytest.mark.parametrize(
    ("text", "position", "message"), REFUSED, ids=[repr(case[0][:20]) for case in REFUSED]
)
def test_what_is_not_portable_is_refused_at_its_place(text: str, position: int, message: str) -> None:
    with pytest.raises(RegexError) as caught:
        parse_regex(text)
    assert caught.value.position == position
    assert message in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    "text", [".{1000}.{1000}.{400}", "[à-öø-ž]{1000}[α-ω]{600}", r"[\Wé]{700}", "(a|b){1000}"]
)
def test_the_largest_patterns_compile(text: str) -> None:
    pattern = parse_regex(text)
    for ignore_case in (False, True):
        assert found_by_polars(for_engine(pattern, "polars", ignore_case=ignore_case), ["none"]) == []
        assert found_by_duckdb(for_engine(pattern, "re2", ignore_case=ignore_case), ["none"]) == []


_PIECES = st.sampled_from(
    [
        *"ab-&~^$.|?*+()[]{}\\ ,1",
        r"\d",
        r"\W",
        r"\b",
        "(?:",
        "{2}",
        "{1,2}",
        "[^",
        "a-c",
        "é",
        "\n",
        r"\x{e9}",
    ]
)


@given(st.lists(_PIECES, min_size=1, max_size=10).map("".join))
def test_whatever_is_read_compiles_and_agrees_in_both_engines(text: str) -> None:
    samples = ["", "a", "b", "ab", "aab c", "é", "a\n", "1-a", "&~^", "(a)", "[b]{2}", "\\", "é a"]
    try:
        pattern = parse_regex(text)
    except RegexError as error:
        mistake = error
    else:
        expected = found_by_polars(pattern.canonical, samples)
        assert found_by_duckdb(for_engine(pattern, "re2"), samples) == expected
        return
    assert 0 <= mistake.position <= len(text)
