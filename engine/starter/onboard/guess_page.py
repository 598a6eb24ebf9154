"""What was guessed and how sure, as a page for people: Markdown and HTML, without a value of anybody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from segmentry.engine.answers.summary import Summary
from segmentry.engine.starter.onboard.draft_rules import thresholds
from segmentry.engine.starter.onboard.draft_sources import customers_name
from segmentry.engine.starter.onboard.guesses import GuessedTable, Shop

_SURE: Final = {"certain": "certain", "likely": "likely", "asked": "please look"}


@dataclass(frozen=True)
class Section:
    """A heading, sentences, and a table whose first row names its columns."""

    title: str
    sentences: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


def guess_sections(shop: Shop, answers: Sequence[tuple[str, str]], summary: Summary | None) -> list[Section]:
    """The page, part by part; ``summary`` are the sizes, None where they could not be counted."""
    found = [
        Section(
            "The tables",
            (),
            (("table", "rows", "part", "customer", "time"), *map(_table_row, _ordered(shop))),
        ),
        Section("Who the customers are, and what an order is", tuple(_sentences(shop))),
        Section("What to look at", (), (("about", "guess", "how sure"), *_notes(shop))),
    ]
    if answers:
        found.append(Section("Questions", (), (("question", "answer"), *answers)))
    found.append(
        Section(
            "What is personal",
            ("Never shown in a report or a brief.",),
            (("column", "level", "why"), *_personal(shop)),
        )
    )
    found.append(_sizes(summary))
    return found


def _ordered(shop: Shop) -> list[GuessedTable]:
    return sorted(shop.tables, key=lambda table: ("customers", "facts", "lookup", "unused").index(table.part))


_PARTS: Final = {
    "customers": "the customers",
    "facts": "linked to customers",
    "lookup": "looked up",
    "unused": "left out",
}


def _table_row(table: GuessedTable) -> tuple[str, ...]:
    kind = f", {table.known.title}" if table.known else ""
    return (
        table.name,
        f"{table.rows:,}",
        _PARTS[table.part] + kind,
        table.customer or table.key or "",
        table.time or "",
    )


def _sentences(shop: Shop) -> Iterator[str]:
    if shop.customers is not None:
        why = shop.customers.evidence["key"]
        yield f"{customers_name(shop)} has a row for each customer: {shop.key}, {why}."
    else:
        found = f"the different {shop.key} in {shop.derived_from}"
        yield f"No table has a row for each customer: they are {found}."
    sales = shop.sales
    if sales is None:
        yield "No table holds orders, so the rules are about who people are, not about what they buy."
        if shop.busiest is not None and shop.gap_days:
            quiet, gone = thresholds(shop)
            gap = f"Half of the gaps between two days of a customer in {shop.busiest.name} are "
            yield f"{gap}{shop.gap_days:g} days or shorter: {quiet} days are quiet, {gone} days are gone."
        return
    amount = sales.evidence.get("amount")
    yield f"Orders are in {sales.table.name}: {sales.evidence.get('grain', 'a row each')}."
    yield f"Their amount is {amount}." if amount else "No column is an amount of money."
    risk, lapsed = thresholds(shop)
    if shop.gap_days:
        gap = f"Half of the gaps between two orders are {shop.gap_days:g} days or shorter"
        yield f"{gap}: quiet for {risk} days is at risk, quiet for {lapsed} days is lapsed."


def _notes(shop: Shop) -> Iterator[tuple[str, ...]]:
    ranks = list(_SURE)[::-1]
    for note in sorted(shop.notes, key=lambda note: ranks.index(note.sure)):
        yield note.about, note.text, _SURE[note.sure]


def _personal(shop: Shop) -> Iterator[tuple[str, ...]]:
    for table in shop.tables:
        for column in table.columns.values():
            if column.pii is not None:
                yield f"{table.name}.{column.name}", column.pii, column.evidence.split(";")[0]


def _sizes(summary: Summary | None) -> Section:
    if summary is None:
        return Section("Sizes", ("Not counted yet: `segmentry preview` does.",))
    rows = [
        (segmentation.name or segmentation.id, size.segment.id, f"{size.size:,}", f"{size.share or 0:.1%}")
        for segmentation, sizes in summary.segmentations
        for size in sizes
    ]
    text = f"{summary.customers:,} customers."
    return Section("Sizes", (text,), (("segmentation", "segment", "customers", "share"), *rows))


# --- as text --------------------------------------------------------------------------------------


def page_markdown(title: str, sections: Sequence[Section]) -> str:
    """The page as Markdown."""
    lines = [f"# {title}", ""]
    for section in sections:
        lines += [f"## {section.title}", ""]
        for sentence in section.sentences:
            lines += [sentence, ""]
        if len(section.rows) > 1:
            head, *rows = section.rows
            lines += [_line(head), _line(["---"] * len(head)), *map(_line, rows), ""]
    return "\n".join(lines)


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


_STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 "
    "1rem;color:#222;background:#fff}table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:"
    ".6rem;border-bottom:1px solid "
    "#ddd;vertical-align:top}th{font-weight:600}@media(prefers-color-scheme:dark){body{color:#ddd;background:#1b1b1b}th,td{border-color:#444}}"
)


def page_html(title: str, sections: Sequence[Section]) -> str:
    """The page as HTML that loads nothing from elsewhere."""
    parts = [
        (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{escape(title)}</h1>\n"
        )
    ]
    for section in sections:
        parts.append(f"<h2>{escape(section.title)}</h2>\n")
        parts += [f"<p>{escape(sentence)}</p>\n" for sentence in section.sentences]
        if len(section.rows) > 1:
            parts.append(_html_table(section.rows))
    return "".join([*parts, "</body>\n</html>\n"])


def _html_table(rows: Sequence[Sequence[str]]) -> str:
    head, *body = rows
    cells = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    lines = ["<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>\n" for row in body]
    return f"<table>\n<thead><tr>{cells}</tr></thead>\n<tbody>\n{''.join(lines)}</tbody>\n</table>\n"
