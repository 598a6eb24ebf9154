"""`fmt` on random files: the same data, the same comments, and settled at once."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from segmentry.engine.document import YamlFloat, YamlInt, is_list, is_mapping, read_document
from segmentry.engine.files.fmt.layout import Formatted, format_bytes


def spelled(data: Any) -> Any:
    """Data with the spelling of numbers, which the values alone don't show."""
    if is_mapping(data):
        return {key: spelled(value) for key, value in data.items()}
    if is_list(data):
        return [spelled(value) for value in data]
    return (type(data).__name__, data.text) if isinstance(data, (YamlInt, YamlFloat)) else data


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
