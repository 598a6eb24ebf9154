"""Reading files: values and places."""

from __future__ import annotations

import json
import math
import pickle
import time
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from segmentry.engine.diagnostics.model import Span
from segmentry.engine.document import Comment, YamlFloat, YamlInt, locate_text, read_document
from tests.documents import FILE, at, faults, read

# --- values ---------------------------------------------------------------------------------------


_TEXTS_TO_SOME = [
    *("NO", "no", "yes", "on", "off", "y", "tRue", "12:30", "2026-01-01", "1_000", "0b11", "0o8", "0xg"),
    *("1.2.3", "+", ".", "--1", "1e", "٣", "inf", "nan", "+.nan", "<<", "="),
]


@pytest.mark.parametrize(
    ("plain", "value"),
    [
        *[(word, True) for word in ("true", "True", "TRUE")],
        *[(word, False) for word in ("false", "False", "FALSE")],
        *[(word, None) for word in ("null", "Null", "NULL", "~", "")],
        ("10", 10),
        ("010", 10),
        ("-3", -3),
        ("+3", 3),
        ("0o17", 15),
        ("0x1F", 31),
        ("0.10", 0.1),
        ("1e3", 1000.0),
        ("-.5", -0.5),
        ("1.", 1.0),
        (".inf", math.inf),
        ("-.Inf", -math.inf),
        *[(text, text) for text in _TEXTS_TO_SOME],
    ],
)
def test_plain_scalars_follow_the_core_schema(plain: str, value: Any) -> None:
    found = read(f"a: {plain}\n").data["a"]
    assert found == value
    assert isinstance(found, bool) == isinstance(value, bool)
    assert isinstance(found, str) == isinstance(value, str)
    if isinstance(found, YamlInt | YamlFloat):
        assert found.text == plain


def test_numbers_keep_their_text() -> None:
    data = read("[0.10, 010, 1e400, .NaN]").data
    assert [item.text for item in data] == ["0.10", "010", "1e400", ".NaN"]
    assert math.isnan(data[3])
    again = pickle.loads(pickle.dumps(data[:2]))
    assert again == data[:2]
    assert [item.text for item in again] == ["0.10", "010"]


def test_a_number_of_thousands_of_digits_is_text() -> None:
    assert read("a: " + "9" * 5000).data == {"a": "9" * 5000}


def test_quoted_and_block_scalars_are_text() -> None:
    assert read("a: '010'\nb: \"true\"\nc: |\n  12\nd: >-\n  x\n  y\n").data == {
        "a": "010",
        "b": "true",
        "c": "12\n",
        "d": "x y",
    }


def test_keys_are_text_and_merge_is_an_ordinary_key() -> None:
    data = read("010: a\ntrue: b\nnull: c\n1.50: d\n<<: {x: 1}\n").data
    assert list(data) == ["010", "true", "null", "1.50", "<<"]


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "---\n", "\ufeff"])
def test_a_file_without_values_holds_nothing(text: str) -> None:
    document = read(text)
    assert document.data is None
    assert document.value_span(()).line >= 1


def test_byte_order_mark_and_windows_line_ends() -> None:
    document = read("\ufeffa: 1\r\nb:\r\n  - x # why\r\n")
    assert document.data == {"a": 1, "b": ["x"]}
    assert document.text[0] == "a"
    assert document.key_span(("a",)) == Span(1, 1, 1, 2)
    assert document.value_span(("b", 0)) == Span(3, 5, 3, 6)
    assert document.comments == (Comment(3, 7, "# why"),)


def test_old_line_ends_are_ordinary_characters() -> None:
    document = read("a: one\u2028two\u0085three\nb: 'x\u2029y' # z\u2028\n")
    assert document.data == {"a": "one\u2028two\u0085three", "b": "x\u2029y"}
    assert document.value_span(("b",)) == Span(2, 4, 2, 9)
    assert document.comments[0].text == "# z"


_TEXTS = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Cn"), include_characters="\n\t\x01\x85"), max_size=12
)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3),
    max_leaves=8,
)


@given(_VALUES)
def test_what_json_writes_is_read_back(value: Any) -> None:
    """Every JSON text is YAML 1.2 (https://yaml.org/spec/1.2.2/#12-yaml-history)."""
    assert read(json.dumps(value, ensure_ascii=False)).data == value


# --- places ---------------------------------------------------------------------------------------

PLACES = """\
segmentation: motive   # why
segments:
  - id: "a b"
    when: {trait: x, in: [1, 'it''s']}
    note: |
      first
      second

    long: plain text
      goes on
    empty:
  - id: c
"""


def test_every_value_keeps_its_place() -> None:
    document = read(PLACES)
    item = ("segments", 0)
    expected = {
        ("segmentation",): "motive",
        (*item, "id"): '"a b"',
        (*item, "when"): "{trait: x, in: [1, 'it''s']}",
        (*item, "when", "in"): "[1, 'it''s']",
        (*item, "when", "in", 1): "'it''s'",
        (*item, "note"): "|\n      first\n      second",
        (*item, "long"): "plain text\n      goes on",
        (*item, "empty"): "",
        ("segments", 1): "id: c",
    }
    assert {path: at(document, document.value_span(path)) for path in expected} == expected
    assert at(document, document.value_span(("segments",))).startswith('- id: "a b"')
    assert at(document, document.value_span(())) == PLACES.rstrip()
    for path in document.spans:
        key = document.key_span(path)
        assert (key is None) == (not path or isinstance(path[-1], int))
        assert key is None or at(document, key) == path[-1]


def test_an_empty_value_stands_behind_its_key() -> None:
    assert read("a:\nb: 1\n").value_span(("a",)) == Span(1, 3, 1, 3)


def test_the_place_of_what_is_not_there_is_around_it() -> None:
    document = read("a:\n  b: 1\n")
    assert document.value_span(("a", "c", 0)) == document.value_span(("a",)) == Span(2, 3, 2, 7)
    assert document.key_span(("a", "c")) is None


def test_a_lacking_key_is_reported_at_the_holder() -> None:
    document = read("rules:\n  - id: a\n    when: x\nother:\n  deep: 1\n")
    assert document.holder_span(("other",)) == Span(4, 1, 4, 6)
    assert document.holder_span(("rules", 0)) == Span(2, 5, 2, 10)
    assert document.holder_span(()) == Span(1, 1, 1, 7)


def test_comments_are_those_that_yaml_sees() -> None:
    text = (
        "# one\na: 'no # comment'  # two\nb: | # three\n  # text\n  more # text\n# four\n"
        "c: x#y\nd: [1, # five\n 2]"
    )
    found = [(comment.line, comment.column, comment.text) for comment in read(text).comments]
    assert found == [(1, 1, "# one"), (2, 20, "# two"), (3, 6, "# three"), (6, 1, "# four"), (8, 8, "# five")]


# --- aliases --------------------------------------------------------------------------------------


def test_aliases_share_values_and_point_to_where_they_are_written() -> None:
    document = read("base: &b\n  x: [1, 2]\ncopy: *b\nlist: [*b, &t text, *t]\n")
    assert document.data == {
        "base": {"x": [1, 2]},
        "copy": {"x": [1, 2]},
        "list": [{"x": [1, 2]}, "text", "text"],
    }
    assert document.value_span(("copy",)) == Span(3, 7, 3, 9)
    assert (
        document.value_span(("copy", "x", 1)) == document.value_span(("base", "x", 1)) == Span(2, 10, 2, 11)
    )
    assert document.value_span(("base",)) == Span(2, 3, 2, 12)
    assert document.value_span(("list", 1)) == Span(4, 15, 4, 19)


def test_an_alias_takes_the_latest_anchor_of_its_name() -> None:
    assert read("a: &x [&x b, *x]\nc: *x\n").data == {"a": ["b", "b"], "c": "b"}


def test_aliases_may_not_explode() -> None:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    start = time.perf_counter()
    (found,) = [item for item in faults("\n".join(levels)) if item.severity == "error"]
    assert time.perf_counter() - start < 20
    assert (found.code, found.span.line) == ("yaml-syntax", 5)


def test_aliases_may_not_nest_too_deep() -> None:
    levels = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 70)]
    (found,) = [item for item in faults("\n".join(levels)) if item.severity == "error"]
    assert found.code == "yaml-syntax"
    assert 60 < found.span.line < 66


def test_a_text_lost_to_an_anchor_is_a_warning() -> None:
    document, found = read_document(FILE, b"name: &Co KG\n")
    assert document is not None
    assert [(item.severity, item.span, item.hint) for item in found] == [
        ("warning", Span(1, 7, 1, 10), "put it into quotes if it belongs to the text: `'&Co KG'`")
    ]


# --- places inside a text -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "start", "end", "place"),
    [
        ("f: a + bc\n", 4, 6, Span(1, 8, 1, 10)),
        ("f: 'a + bc'\n", 4, 6, Span(1, 9, 1, 11)),
        ("f: 'it''s + bc'\n", 7, 9, Span(1, 13, 1, 15)),
        ("f: 'it''s'\n", 2, 3, Span(1, 7, 1, 9)),
        ('f: "\\u00e9\\t + bc"\n', 5, 7, Span(1, 16, 1, 18)),
        ("f: a +\n   bc\n", 4, 6, Span(2, 4, 2, 6)),
        ("f: 'a\n\n  bc'\n", 2, 4, Span(3, 3, 3, 5)),
        ("f: |\n  a +\n  bc\n", 4, 6, Span(3, 3, 3, 5)),
        ("f: >-\n  a +\n  bc\n", 4, 6, Span(3, 3, 3, 5)),
        ("f: >\n  a\n\n    b\n  cd\n", 7, 9, Span(5, 3, 5, 5)),
        ("f: |\n\n  a +\n  bc\n", 5, 7, Span(4, 3, 4, 5)),
        ("f: a + bc\n", 6, 6, Span(1, 10, 1, 10)),
        ("f: a + bc\n", 90, 99, Span(1, 10, 1, 10)),
        ("f: 1.50\n", 2, 4, Span(1, 6, 1, 8)),
        ("x: &x a + bc\nf: *x\n", 4, 6, Span(2, 4, 2, 6)),
        ("f: |2\n  a + bc\n", 4, 6, Span(1, 4, 2, 9)),
    ],
)
def test_places_inside_a_scalar(text: str, start: int, end: int, place: Span) -> None:
    assert locate_text(read(text), ("f",), start, end) == place


@given(
    st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=30),
    st.sampled_from("'\"|>"),
)
def test_a_traced_character_is_the_character(value: str, style: str) -> None:
    document = read(yaml.safe_dump({"f": value}, default_style=style, allow_unicode=True, width=10_000))
    if document.data["f"] != value:
        return
    whole = document.value_span(("f",))
    places = [locate_text(document, ("f",), n, n + 1) for n in range(len(value))]
    if whole in places and len(value) > 1:
        return
    assert places == sorted(places)
    for char, place in zip(value, places, strict=True):
        source = at(document, place)
        assert source in (char, char * 2) or source.startswith("\\")


def test_a_long_run_of_spaces_is_traced_in_time() -> None:
    document = read(f"f: 'a{' ' * 100_000}b'\n")
    start = time.perf_counter()
    assert locate_text(document, ("f",), 100_001, 100_002) == Span(1, 100_006, 1, 100_007)
    assert time.perf_counter() - start < 20


# --- speed ----------------------------------------------------------------------------------------


def test_a_large_file_is_read_in_time() -> None:
    segment = """\
  - id: value-driven-{n}
    name: Value-driven {n}
    description: Buys on price and waits for the offer, which is never far away in this business.
    when:
      all:
        - {{trait: orders_12m, at_least: {n}}}
        - any:
            - {{trait: discount_share, at_least: 0.5}}
            - {{did: orders, where: {{column: coupon, known: true}}, times: {{at_least: 3}}}}
    positioning:
      needs: [a fair price without a hunt for codes, "to know: the offer is real"]
"""
    text = "segments:\n" + "".join(segment.format(n=n) for n in range(500))
    start = time.perf_counter()
    document = read(text)
    assert time.perf_counter() - start < 20
    assert len(document.data["segments"]) == 500


def test_the_pure_parser_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    fast = read(PLACES)
    monkeypatch.setattr(yaml, "__with_libyaml__", False)
    slow = read(PLACES)
    assert slow == fast
    assert [(item.span.line, item.span.column) for item in faults("a: {b: 1\nc: 2\n")] == [(1, 4)]
