"""The sizes of segments as a table: of `preview`, and at the end of `run`."""

from __future__ import annotations

from segmentry.engine.answers.summary import SegmentSize, Summary, counted
from segmentry.engine.console.tables import Part, instant_words, percent, plain_table, rendered

_ASSIGN = {
    "first_match": "the first that fits",
    "every_match": "every one that fits",
    "best_score": "the best score",
}


def render_sizes(summary: Summary) -> str:
    """A block per segmentation, a line per segment: customers, shares, and what should be looked at."""
    parts: list[Part] = [f"{counted(summary.customers, 'customer')} as of {instant_words(summary.as_of)}"]
    for segmentation, sizes in summary.segmentations:
        parts += ["", f"{segmentation.name or segmentation.id}: {_ASSIGN[segmentation.assign]}"]
        values = summary.value_traits[:2]
        table = plain_table(
            "Segment", "Customers", "Share", *values, "", right=("Customers", "Share", *values)
        )
        for size in sizes:
            shares = [percent(size.value[name]) for name in values]
            table.add_row(_name(size), f"{size.size:,}", percent(size.share), *shares, _remark(size))
        parts.append(table)
    return rendered(*parts)


def _name(size: SegmentSize) -> str:
    return size.segment.id


def _remark(size: SegmentSize) -> str:
    remarks = ["draft"] if size.draft else []
    if any(not result.held for result in size.budgets):
        remarks.append("out of its budget")
    return ", ".join(remarks)
