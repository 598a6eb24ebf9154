"""`fmt`: one layout for all files, and not a word of them lost."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from segmentry.engine.document import YamlFloat, YamlInt, is_list, is_mapping, read_document
from segmentry.engine.fmt.layout import Formatted, format_bytes

STARTER = Path(__file__).parent.parent / "rules" / "starter"


def formatted(text: str, file: str = "rules/motive.yaml") -> str:
    """The canonical form of a text that can be read; formatting twice changes nothing."""
    result = format_bytes(file, dedent(text).encode())
    assert result.findings == ()
    assert not result.left_alone
    again = format_bytes(file, result.text.encode())
    assert again.text == result.text
    return result.text


def spelled(data: Any) -> Any:
    """Data with the spelling of numbers, which the values alone don't show."""
    if is_mapping(data):
        return {key: spelled(value) for key, value in data.items()}
    if is_list(data):
        return [spelled(value) for value in data]
    return (type(data).__name__, data.text) if isinstance(data, (YamlInt, YamlFloat)) else data


@pytest.mark.parametrize("path", sorted(STARTER.rglob("*.yaml")), ids=lambda path: path.name)
def test_the_starter_is_in_its_canonical_form(path: Path) -> None:
    if not path.name.startswith("."):
        assert not format_bytes(path.relative_to(STARTER).as_posix(), path.read_bytes()).changed


def test_keys_come_in_order_and_one_operator_stands_in_a_line() -> None:
    text = """\
    segments:
    - {when: {all: [{at_least: 2, trait: n, at_most: 9}, {trait: country, in: [DE, AT]}]}, id: a, name: A}
    assign: first_match
    segmentation: motive
    """
    assert formatted(text) == dedent("""\
    segmentation: motive
    assign: first_match
    segments:
      - id: a
        name: A
        when:
          all:
            - trait: n
              at_least: 2
              at_most: 9
            - trait: country
              in: [DE, AT]
    """)


def test_names_that_an_author_chose_keep_their_order() -> None:
    text = """\
    traits:
      - band: {edges: {low: 0, high: 10, mid: 500}, of: spend}
        id: level
    """
    assert formatted(text) == dedent("""\
    traits:
      - id: level
        band:
          of: spend
          edges:
            low: 0
            high: 10
            mid: 500
    """)
    sources = "version: 1\nsources:\n  orders: {path: a.csv}\n  customers: {key: id, path: b.csv}\n"
    lines = formatted(sources, "segmentry.yaml").splitlines()
    assert lines[2:] == ["  orders:", "    path: a.csv", "  customers:", "    path: b.csv", "    key: id"]


def test_comments_go_where_their_line_goes() -> None:
    text = """\
    # yaml-language-server: $schema=x
    # about assigning
    assign: first_match  # the first that fits
    # the name
    segmentation:   motive
    segments:   # in order

    # who waits
    -   # for the offer
      when: # both
          all:
             - {trait: a, # the trait
                at_least: 2}   # two of them
             # nothing else
      # end of the segment
      id: some


    # the last word
    """
    assert formatted(text) == dedent("""\
    # yaml-language-server: $schema=x
    # the name
    segmentation: motive
    # about assigning
    assign: first_match # the first that fits
    segments: # in order
      # who waits
      # for the offer
      # end of the segment
      - id: some
        when: # both
          all:
            # two of them
            - trait: a # the trait
              at_least: 2
            # nothing else

    # the last word
    """)


def test_a_header_stays_at_the_top_and_blank_lines_come_alone() -> None:
    text = """\


    # The motive of a purchase.

    assign: every_match



    segmentation: motive

    segments: []


    """
    assert formatted(text) == dedent("""\
    # The motive of a purchase.

    segmentation: motive
    assign: every_match

    segments: []
    """)


def test_texts_that_only_look_like_something_else_stay_texts() -> None:
    text = """\
    traits: [{id: a, formula: 'x + 1'}]
    segments:
      - {id: s, tags: [NO, "no", 010, '010', 12:30, 1e3, 0x1F, ~, "null", 'it''s', "ümlaut\\t", -.5]}
    """
    out = formatted(text)
    assert """[NO, "no", 010, '010', 12:30, 1e3, 0x1F, ~, "null", 'it''s', "ümlaut\\t", -.5]""" in out
    assert "formula: 'x + 1'" in out


def test_long_texts_are_set_in_and_stay_what_they_are() -> None:
    text = """\
    segments:
    -   id: a
        description: |  # kept
              two

                lines
        name: >2-

            folded
          text

        owner: >+
          the last

        purpose: "in quotes
           over lines \\
           and on"
        tags:
          - plain over
            two lines

            and a third # done
          - |
            x
    """
    assert formatted(text) == dedent("""\
    segments:
      - id: a
        name: >2-

            folded
          text
        description: | # kept
          two

            lines

        owner: >+
          the last

        purpose: "in quotes
          over lines \\
          and on"
        tags:
          - plain over
            two lines

            and a third # done
          - |
            x
    """)


def test_a_list_of_values_stays_in_its_line_while_it_fits() -> None:
    short = "segments:\n  - id: a\n    positioning:\n      needs:\n        - x\n    tags: [one, two]\n"
    assert formatted(short) == short
    words = ", ".join(f"word{number}" for number in range(20))
    assert formatted(f"segments: [{{id: a, tags: [{words}]}}]").count("\n") == 23
    assert formatted("segments: [{id: a, tags: [one, # why\n two]}]").splitlines()[3] == "      - one # why"


def test_anchors_stay_before_their_aliases() -> None:
    text = """\
    segments:
      - when: &both {all: [{trait: a, known: true}]}
        id: one
      - &second
        # its id
        id: two
        when: *both
      - [*both, &e x, *e]
    """
    assert formatted(text) == dedent("""\
    segments:
      - when: &both
          all:
            - trait: a
              known: true
        id: one
      - &second
        # its id
        id: two
        when: *both
      - [*both, &e x, *e]
    """)


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        (b"assign: x\r\nsegmentation: y\r\n", b"segmentation: y\r\nassign: x\r\n"),
        (b"\xef\xbb\xbfa: 1\n", b"a: 1\n"),
        (b"a: |\n  no last line break", b"a: |-\n  no last line break\n"),
        (b"a: 1", b"a: 1\n"),
        (b"a: b\xe2\x80\xa8c # d\n", b"a: b\xe2\x80\xa8c # d\n"),
        (b"", b""),
        (b"# only this\n\n\n", b"# only this\n"),
        (b"---\n# a\nb: 1\n...\n# c\n", b"# a\nb: 1\n# c\n"),
        (b"? a\n: b\n? |\n  two\n  lines\n: c\n", b'a: b\n"two\\nlines\\n": c\n'),
        (b"{a: {}, b: [ # none\n ]} # all\n", b"a: {}\n# none\nb: [] # all\n"),
        (
            b"a: [] # x\nb:\n  # c\n  - 1\n  - # d\n    e: 2\n",
            b"a: [] # x\nb:\n  # c\n  - 1\n  # d\n  - e: 2\n",
        ),
        (b"a: # one\n  text # two\nb:\n# three\n  text\n", b"# one\na: text # two\n# three\nb: text\n"),
        (b"id: >+\n   one\nname: a\n\nwhen: 1\n", b"name: a\nid: >+\n  one\nwhen: 1\n"),
        (b"traits:\n- id: x\n# of b\nname: b\n", b"traits:\n  - id: x\n# of b\nname: b\n"),
        (b"- - - 1\n    - 2\n- [3]\n", b"- - - 1\n    - 2\n- [3]\n"),
    ],
)
def test_bytes_come_out(raw: bytes, wanted: bytes) -> None:
    result = format_bytes("rules/x.yaml", raw)
    assert result.text.encode() == wanted
    assert not format_bytes("rules/x.yaml", wanted).changed


@pytest.mark.parametrize(
    ("text", "code"), [("a: [1\nb: 2\n", "yaml-syntax"), ("a:   1\na: 2\n", "duplicate-key")]
)
def test_what_cannot_be_read_is_left_alone_with_the_finding(text: str, code: str) -> None:
    result = format_bytes("rules/x.yaml", text.encode())
    assert [finding.code for finding in result.findings] == [code]
    assert not result.changed


def test_what_has_no_canonical_form_is_left_alone() -> None:
    long = "k" * 1100
    result = format_bytes("rules/x.yaml", f"? {long}\n: 1\n".encode())
    assert result.left_alone
    assert not result.changed


# --- random files -----------------------------------------------------------------------------------

WORDS = (
    "a",
    "NO",
    "12:30",
    "010",
    "1e3",
    "~",
    "true",
    "x y",
    "ümlaut",
    "'it''s'",
    '"q # \\n"',
    '"a\n\n  b \\\n  c"',
)
KEYS = ("id", "when", "all", "trait", "at_least", "name", "segments", "assign", "traits", "x", "'q: #'")


class Writer:
    """Writes YAML as no author should: every style, odd indentation, comments everywhere."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw
        self.comments = 0

    def pick(self, *choices: Any) -> Any:
        return self.draw(st.sampled_from(choices))

    def comment(self) -> str:
        self.comments += 1
        return f"# c{self.comments}"

    def behind(self) -> str:
        return self.pick("", "", "  " + self.comment(), " ")

    def above(self, indent: int) -> str:
        return "".join(
            self.pick("\n", " " * self.pick(indent, indent, 0, indent + 1) + self.comment() + "\n")
            for _ in range(self.pick(0, 0, 0, 1, 2))
        )

    def flow(self, depth: int) -> str:
        kind = self.pick("word", "word", "list", "map") if depth else "word"
        if kind == "word":
            return self.pick(*WORDS)
        if kind == "list":
            items = (self.flow(depth - 1) + self.gap() for _ in range(self.pick(0, 1, 3)))
            return f"[{self.gap()}{', '.join(items)}]"
        keys = self.draw(st.lists(st.sampled_from(KEYS), max_size=3, unique=True))
        items = (f"{key}: {self.flow(depth - 1)}{self.gap()}" for key in keys)
        return f"{{{self.gap()}{', '.join(items)}}}"

    def gap(self) -> str:
        return self.pick(" ", "", f" {self.comment()}\n  ", "\n\n  ")

    def value(self, indent: int, depth: int) -> str:
        """What stands behind a colon or a dash, the line break included."""
        kind = self.pick("flow", "flow", "empty", "text", "map", "list", "map") if depth else "flow"
        if kind == "flow":
            indented = self.flow(2).replace("\n", "\n" + " " * (indent + 1))
            return " " + indented + self.behind() + "\n"
        if kind == "empty":
            return self.behind() + "\n"
        if kind == "text":
            body = self.pick("one\n", "one\n\n  # two\n", "one\nthree\n\n\n")
            margin = " " * (indent + 3)
            lines = "".join(margin + line if line.strip() else line for line in body.splitlines(True))
            return " " + self.pick("|", ">", "|-", ">+", "|+") + self.behind() + "\n" + lines
        inner = indent + self.pick(1, 2, 4)
        collect = self.mapping if kind == "map" else self.sequence
        return self.behind() + "\n" + collect(inner, depth - 1)

    def mapping(self, indent: int, depth: int) -> str:
        keys = self.draw(st.lists(st.sampled_from(KEYS), min_size=1, max_size=3, unique=True))
        return "".join(
            f"{self.above(indent)}{' ' * indent}{key}:{self.value(indent, depth)}" for key in keys
        ) + self.above(indent)

    def sequence(self, indent: int, depth: int) -> str:
        count = self.pick(1, 2, 3)
        return "".join(
            f"{self.above(indent)}{' ' * indent}-{self.value(indent, depth)}" for _ in range(count)
        ) + self.above(indent)


@st.composite
def files(draw: Any) -> str:
    """Texts, most of them YAML."""
    return Writer(draw).mapping(0, 3)


@given(files())
def test_random_files_say_the_same_keep_their_comments_and_settle_at_once(text: str) -> None:
    before, findings = read_document("rules/x.yaml", text.encode())
    assume(before is not None and not findings)
    assert before is not None
    result: Formatted = format_bytes("rules/x.yaml", text.encode())
    assert not result.left_alone
    after, _ = read_document("rules/x.yaml", result.text.encode())
    assert after is not None
    assert spelled(after.data) == spelled(before.data)
    assert Counter(c.text for c in after.comments) == Counter(c.text for c in before.comments)
    assert not format_bytes("rules/x.yaml", result.text.encode()).changed
    assert all(line == line.rstrip() for line in result.text.splitlines())
