"""Findings of logic: what conditions imply, alone and together."""

from __future__ import annotations

from typing import Final

from segmentry.engine.diagnostics.findings.entry import Finding

LOGIC: Final = (
    Finding(
        code="unsatisfiable",
        severity="error",
        family="logic",
        title="A condition that nobody can meet",
        what=(
            "Two parts of a condition exclude each other, so that the segment (or one branch of it) can "
            "hold for no customer. Both parts are shown."
        ),
        why="The segment stays empty for ever, whatever the data.",
        bad=(
            "when:\n  all:\n    - {trait: orders_12m, at_least: 4}\n    - {trait: orders_12m, less_than: 2}\n"
        ),
        good=(
            "when:\n  all:\n    - {trait: orders_12m, at_least: 2}\n    - {trait: orders_12m, less_than: 4}\n"
        ),
    ),
    Finding(
        code="always-true",
        severity="warning",
        family="logic",
        title="A condition that everybody meets",
        what="The condition holds for every possible customer.",
        why="It selects nothing. In a first-match segmentation nobody is left for the segments after it.",
        bad=("# a count is never below zero\nwhen: {trait: orders_12m, at_least: 0}\n"),
        good="when: {trait: orders_12m, at_least: 1}\n",
    ),
    Finding(
        code="unreachable",
        severity="error",
        family="logic",
        title="A segment that never gets its turn",
        what=(
            "In a first-match segmentation the earlier segments, taken together, hold for every customer "
            "for whom this one does."
        ),
        why="The segment stays empty: whoever would belong to it has been assigned before.",
        bad=(
            "assign: first_match\n"
            "segments:\n"
            "  - {id: active, when: {trait: orders_12m, at_least: 1}}\n"
            "  - {id: loyal, when: {trait: orders_12m, at_least: 4}}\n"
        ),
        good=(
            "assign: first_match\n"
            "segments:\n"
            "  - {id: loyal, when: {trait: orders_12m, at_least: 4}}\n"
            "  - {id: active, when: {trait: orders_12m, at_least: 1}}\n"
        ),
        fixable=True,
    ),
    Finding(
        code="equivalent",
        severity="warning",
        family="logic",
        title="Two segments with the same condition",
        what=(
            "Two segments of the workspace hold for exactly the same customers, however differently they "
            "are written."
        ),
        why=(
            "The same people get two names and two owners, and sooner or later one is changed without the "
            "other. `{rule: ID}` or `extends:` says it once."
        ),
        bad=(
            "segments:\n"
            "  - {id: loyal, when: {trait: orders_12m, at_least: 4}}\n"
            "  - {id: regular, when: {trait: orders_12m, more_than: 3}}\n"
        ),
        good=(
            "segments:\n"
            "  - {id: loyal, when: {trait: orders_12m, at_least: 4}}\n"
            "  - {id: regular, when: {trait: orders_12m, between: [2, 3]}}\n"
        ),
    ),
    Finding(
        code="subsumed",
        severity="info",
        family="logic",
        title="A segment inside another",
        what=(
            "Whoever meets this segment's condition also meets the one of another segment of the "
            "segmentation."
        ),
        why=(
            "Often it is meant so; if not, a threshold is wrong. With `every_match` these customers are "
            "in both segments."
        ),
        bad=(
            "assign: every_match\n"
            "segments:\n"
            "  - {id: buyers, when: {trait: spend_12m, at_least: 100}}\n"
            "  - {id: big-spenders, when: {trait: spend_12m, at_least: 500}}\n"
        ),
        good=(
            "assign: every_match\n"
            "segments:\n"
            "  - {id: buyers, when: {trait: spend_12m, between: [100, 499.99]}}\n"
            "  - {id: big-spenders, when: {trait: spend_12m, at_least: 500}}\n"
        ),
    ),
    Finding(
        code="redundant-leaf",
        severity="info",
        family="logic",
        title="A part that changes nothing",
        what=(
            "The rest of the condition already implies this part: without it the same customers belong to "
            "the segment."
        ),
        why="It makes the rule longer and looks as if it mattered.",
        bad=(
            "when:\n  all:\n    - {trait: orders_12m, at_least: 4}\n    - {trait: orders_12m, at_least: 1}\n"
        ),
        good="when: {trait: orders_12m, at_least: 4}\n",
    ),
    Finding(
        code="gap",
        severity="warning",
        family="logic",
        title="Somebody falls through",
        what=(
            "The segmentation says `complete: true`, and yet there is a possible customer whom no segment "
            "takes. The message shows one, as a combination of trait values."
        ),
        why="Such customers get no segment, and no message.",
        bad=(
            "complete: true\n"
            "segments:\n"
            "  - {id: small, when: {trait: spend_12m, less_than: 100}}\n"
            "  - {id: big, when: {trait: spend_12m, more_than: 100}}\n"
        ),
        good=(
            "complete: true\n"
            "segments:\n"
            "  - {id: small, when: {trait: spend_12m, less_than: 100}}\n"
            "  - {id: big, when: {trait: spend_12m, at_least: 100}}\n"
        ),
    ),
    Finding(
        code="overlap",
        severity="warning",
        family="logic",
        title="Somebody is in two segments",
        what=(
            "The segmentation says `disjoint: true`, and yet there is a possible customer for whom two of "
            "its conditions hold. The message shows one, as a combination of trait values."
        ),
        why="The customer gets the messages of both segments, or only the order of the list decides which.",
        bad=(
            "disjoint: true\n"
            "segments:\n"
            "  - {id: small, when: {trait: spend_12m, at_most: 100}}\n"
            "  - {id: big, when: {trait: spend_12m, at_least: 100}}\n"
        ),
        good=(
            "disjoint: true\n"
            "segments:\n"
            "  - {id: small, when: {trait: spend_12m, less_than: 100}}\n"
            "  - {id: big, when: {trait: spend_12m, at_least: 100}}\n"
        ),
    ),
    Finding(
        code="opaque",
        severity="info",
        family="logic",
        title="A part that logic can't see into",
        what=(
            "The condition uses something that can't be reasoned about without data: a regular "
            "expression, a rank (`top`, `bottom`) or behaviour (`did`). It counts as equal to itself "
            "only."
        ),
        why="Nothing wrong is reported because of it, but a contradiction that involves it stays unseen too.",
        bad="when: {trait: email, matches: '@example[.]com$'}\n",
        good="when: {trait: email, ends_with: '@example.com'}\n",
        for_engineers=True,
    ),
    Finding(
        code="undecided",
        severity="info",
        family="logic",
        title="Too large to be decided",
        what=(
            "A question of logic took more steps than the budget allows, so it was left unanswered. The "
            "budget is a number of steps, not of seconds: the answer is the same on every machine."
        ),
        why=(
            "The segment may have a fault that is not reported. Named parts of a smaller size make it "
            "decidable."
        ),
        bad=(
            "# one condition with dozens of nested alternatives over dozens of traits\n"
            "when:\n"
            "  any:\n"
            "    - all:\n"
            "        - any: [{trait: orders_12m, at_least: 4}, {trait: spend_12m, at_least: 500}]\n"
            "        - any: [{trait: country, is: DE}, {trait: visits_90d, at_least: 3}]\n"
        ),
        good=(
            "# each part is a segment of its own\n"
            "when:\n"
            "  all:\n"
            "    - {rule: strong-buyer}\n"
            "    - {rule: close-to-us}\n"
        ),
        for_engineers=True,
    ),
)
