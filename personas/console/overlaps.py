"""`profile --overlaps`: how many customers each two segments share."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

from segmentry.engine.console.tables import plain_table, rendered

if TYPE_CHECKING:
    from segmentry.engine.answers.summary import Summary

SHOWN = 40
"""Pairs that are shown as text; JSON and CSV have the whole matrix."""


def render_overlaps(summary: Summary, form: str) -> str:
    """The matrix as one JSON document or CSV, as text the pairs that share most."""
    ids = [size.segment.id for size in summary.segments]
    match form:
        case "json":
            document = {"version": 1, "customers": summary.customers, "overlap": summary.overlaps()}
            return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
        case "csv":
            out = io.StringIO()
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow(["segment", *ids])
            writer.writerows([id_, *row] for id_, row in zip(ids, summary.overlap, strict=True))
            return out.getvalue()
        case _:
            return _pairs(summary, ids)


def _pairs(summary: Summary, ids: list[str]) -> str:
    sizes = [size.size for size in summary.segments]
    pairs = [
        (number, ids[i], ids[j], max(number / sizes[i], number / sizes[j]))
        for i, row in enumerate(summary.overlap)
        for j, number in enumerate(row[:i])
        if number
    ]
    pairs.sort(key=lambda pair: (-pair[0], pair[1:]))
    if not pairs:
        return "No customer is in two segments.\n"
    table = plain_table(
        "Segment", "Segment", "Customers", "Of the smaller", right=("Customers", "Of the smaller")
    )
    for number, one, other, share in pairs[:SHOWN]:
        table.add_row(one, other, f"{number:,}", f"{share:.0%}")
    more = len(pairs) - SHOWN
    rest = [f"… and {more:,} more pairs: `segmentry profile --overlaps --format csv`"] if more > 0 else []
    return rendered(table, *rest)
