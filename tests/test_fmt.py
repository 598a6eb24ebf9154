"""`fmt`: one layout for all files, and not a word of them lost."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from segmentry.engine.files.fmt.layout import format_bytes

STARTER = Path(__file__).parent.parent / "rules" / "starter"


def formatted(text: str, file: str = "rules/motive.yaml") -> str:
    """The canonical form of a text that can be read; formatting twice changes nothing."""
    result = format_bytes(file, dedent(text).encode())
    assert result.findings == ()
    assert not result.left_alone
    again = format_bytes(file, result.text.encode())
    assert again.text == result.text
    return result.text


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


COMMENTED = """\
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
COMMENTS_SET = """\
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
"""


def test_comments_go_where_their_line_goes() -> None:
    assert formatted(COMMENTED) == COMMENTS_SET


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


LONG_TEXTS = """\
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
LONG_TEXTS_SET = """\
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
"""


def test_long_texts_are_set_in_and_stay_what_they_are() -> None:
    assert formatted(LONG_TEXTS) == LONG_TEXTS_SET


@pytest.mark.parametrize("marks", ["|", ">", "|-", ">-", "|+"])
def test_blanks_at_the_end_of_a_long_text_are_a_part_of_it(marks: str) -> None:
    text = f"segmentation: a\ndescription: {marks}\n    one  \n    two   \n\nowner: crm\n"
    assert "\n  two   \n" in formatted(text)


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
