"""Findings of what was seen while data was read: ``check --data``; ``run`` and ``preview`` note them too."""

from __future__ import annotations

from typing import Final

from segmentry.engine.diagnostics.findings.entry import Finding

READ_NOTES: Final = (
    Finding(
        code="long-field",
        severity="warning",
        family="data",
        title="A field of a CSV file runs over very many lines",
        what="One field is longer than 100 lines or 64 kB.",
        why=(
            "A stray double quote, such as that of 27 inches, opens a field that the next stray one closes: "
            "by the rules of CSV all rows between them are text of one field, and their customers are gone."
        ),
        bad='# row 52 of the file reads: 50,gold,"27 inch\ncustomers:\n  path: customers.csv\n',
        good='# it reads: 50,gold,"27"" inch"\ncustomers:\n  path: customers.csv\n',
    ),
    Finding(
        code="long-number",
        severity="warning",
        family="data",
        title="A number of a workbook has lost its last digits",
        what="A whole number in a cell of a workbook has more than 15 digits.",
        why=(
            "Excel keeps 15 digits of a number and makes the rest zeros, so that different customers may "
            "have become one. A cell that is formatted as text before it is filled keeps all of them."
        ),
        bad="# the cells are numbers: two cards of 16 digits are one\ncards:\n  path: cards.xlsx\n",
        good="# the cells are texts\ncards:\n  path: cards.xlsx\n",
    ),
    Finding(
        code="repeated-file",
        severity="warning",
        family="data",
        title="A file of the source is there twice",
        what="Files that the `path` of one source names are equal to the last byte.",
        why="Each of their rows counts twice: orders, spend, and whatever is computed of them.",
        bad="# the folder holds 2026-10.csv and `2026-10 (1).csv`\norders:\n  path: data/*.csv\n",
        good="orders:\n  path: data/2026-??.csv\n",
    ),
    Finding(
        code="repeated-rows",
        severity="warning",
        family="data",
        title="Files of the source have rows in common",
        what=(
            "One row in a thousand or more stands in several files of a source with a time, equal in every "
            "column. Files of more than 32 MB together are not compared."
        ),
        why=(
            "The periods of two exports overlap, so that the orders of these days count twice. Equal rows of "
            "one file are not told: two of a thing may have been bought."
        ),
        bad="# january-march.csv and march-may.csv both have March\norders:\n  path: data/*.csv\n",
        good="# one file a month\norders:\n  path: data/2026-??.csv\n",
    ),
    Finding(
        code="undeclared-numeric",
        severity="info",
        family="data",
        title="A column of exact decimals in a database has no type",
        what="A `numeric` column of a database is read, and `columns` says nothing of its type.",
        why=(
            "Such a column may hold more digits than any number has here, so without a type its values are "
            "read as texts, and nothing can be summed or compared. With a scale they are exact decimals."
        ),
        bad="# orders.amount is numeric(12, 2)\norders:\n  database: ${SHOP_DB}\n  table: shop.orders\n",
        good=(
            "orders:\n  database: ${SHOP_DB}\n  table: shop.orders\n  columns:\n"
            "    amount: {type: decimal, scale: 2}\n"
        ),
    ),
    Finding(
        code="late-future",
        severity="warning",
        family="data",
        title="Rows of the future are there beside `as_of: {latest: …}`",
        what=(
            "The source that gives the as-of date has rows after today. They are passed over: the newest row "
            "up to today gives the date."
        ),
        why=(
            "One order of the year 2062 would make everybody lapsed. Where such rows are meant, as bookings "
            "are, the as-of date is to be said."
        ),
        bad="# one order is dated 2062-01-05\nas_of: {latest: orders}\n",
        good="as_of: 2026-11-01\n",
    ),
)
