"""Findings that need data: ``check --data``."""

from __future__ import annotations

from typing import Final

from segmentry.engine.diagnostics.findings.entry import Finding

DATA: Final = (
    Finding(
        code="empty-segment",
        severity="warning",
        family="data",
        title="Nobody is in the segment",
        what="In the data at hand no customer belongs to the segment, though its condition could be met.",
        why=(
            "A campaign for it reaches nobody. Often a unit is wrong (50 for 50%), or a value is spelt "
            "differently in the data."
        ),
        bad=("# a share lies between 0 and 1\nwhen: {trait: discount_share, at_least: 50}\n"),
        good="when: {trait: discount_share, at_least: 0.5}\n",
    ),
    Finding(
        code="nearly-everyone",
        severity="warning",
        family="data",
        title="Nearly everybody is in the segment",
        what="More than 95% of the customers belong to the segment.",
        why="It hardly tells people apart; mostly a threshold is too low.",
        bad=("# nearly all customers have an order\nwhen: {trait: orders_12m, at_least: 1}\n"),
        good="when: {trait: orders_12m, at_least: 4}\n",
    ),
    Finding(
        code="inert-leaf",
        severity="info",
        family="data",
        title="A part that changes nothing in this data",
        what=(
            "In the data at hand every customer would be in or out all the same without this part of the "
            "condition."
        ),
        why="Either it guards against a case that does not occur, or it does not say what it was meant to.",
        bad=(
            "# all customers in the data are from DE, AT or CH\n"
            "when:\n"
            "  all:\n"
            "    - {trait: orders_12m, at_least: 4}\n"
            "    - {trait: country, in: [DE, AT, CH]}\n"
        ),
        good="when: {trait: orders_12m, at_least: 4}\n",
    ),
    Finding(
        code="budget",
        severity="error",
        family="data",
        title="The segment's size is out of bounds",
        what="The size or share of the segment lies outside what its `expected:` allows.",
        why="Either customers have changed or the rule has: somebody should look before the messages go out.",
        bad=(
            "# 62% of the customers are in it\n"
            "- id: value-driven\n"
            "  expected: {share: {at_least: 0.05, at_most: 0.4}}\n"
            "  when: {trait: discount_share, more_than: 0}\n"
        ),
        good=(
            "- id: value-driven\n"
            "  expected: {share: {at_least: 0.05, at_most: 0.4}}\n"
            "  when: {trait: discount_share, at_least: 0.5}\n"
        ),
    ),
    Finding(
        code="mostly-missing",
        severity="warning",
        family="data",
        title="Hardly anybody has the value",
        what="A trait that the rule reads is missing for most customers in the data.",
        why=(
            "The rule decides by a value that it mostly does not have. A column may be mapped wrongly, or "
            "a feed is late."
        ),
        bad=("# only one customer in ten has answered the survey\nwhen: {trait: nps_score, at_least: 9}\n"),
        good=(
            "when:\n  any:\n    - {trait: nps_score, at_least: 9}\n    - {trait: orders_12m, at_least: 6}\n"
        ),
    ),
)
