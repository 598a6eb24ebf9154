"""Tables as people read them: to the last space those of Rich, whose layout costs a hundred times as much."""

from __future__ import annotations

from io import StringIO

from hypothesis import given, settings
from hypothesis import strategies as st
from rich import box
from rich.console import Console
from rich.table import Table as RichTable

from segmentry.engine.console.tables import plain_table, rendered

WORDS = st.sampled_from(
    ["a", "bb", "ccc", "customers", "the-long-hyphened-word", "über", "Schweiz", "東京都", "emoji🎉", "x=1",
     "—", "supercalifragilisticexpialidocious"]
)  # fmt: skip
TEXTS = st.lists(WORDS, max_size=14).map(" ".join)
NUMBERS = st.integers(0, 10**7).map("{:,}".format)


def of_rich(heads: list[str], right: tuple[str, ...], rows: list[list[str]], width: int) -> list[str]:
    table = RichTable(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for name in heads:
        number = name in right
        table.add_column(name, justify="right" if number else "left", no_wrap=number, overflow="fold")
    for row in rows:
        table.add_row(*row)
    out = StringIO()
    Console(file=out, width=width, highlight=False, markup=False, emoji=False).print(table)
    return [line.rstrip() for line in out.getvalue().splitlines()]


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_a_table_is_laid_out_as_rich_does_it(data: st.DataObject) -> None:
    count = data.draw(st.integers(2, 5))
    numbers = data.draw(st.lists(st.booleans(), min_size=count, max_size=count))
    heads = [f"N{at}" if number else f"{data.draw(TEXTS)} {at}" for at, number in enumerate(numbers)]
    right = tuple(head for head, number in zip(heads, numbers, strict=True) if number)
    rows = data.draw(
        st.lists(st.tuples(*[NUMBERS if number else TEXTS for number in numbers]).map(list), max_size=5)
    )
    width = data.draw(st.sampled_from([60, 80, 100]))
    table = plain_table(*heads, right=right)
    for row in rows:
        table.add_row(*row)
    found = [line.rstrip() for line in table.lines(width)]
    assert found == of_rich(heads, right, rows, width)


def test_a_table_stands_between_lines_and_steers_no_terminal() -> None:
    table = plain_table("Name", "Left", right=("Left",))
    table.add_row("red\tgreen\a", "12")
    assert rendered("One line.\a ", "", table).splitlines() == [
        "One line.",
        "",
        "Name            Left",
        "─" * 20,
        "red     green     12",
    ]
