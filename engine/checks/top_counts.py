"""`top-count`: `top: 10` takes ten customers of thousands, where a tenth of them may be meant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from segmentry.engine.checks.context import Context
from segmentry.engine.checks.counts import Counts, Report
from segmentry.engine.files.condition_model import Condition, Leaf, Test
from segmentry.engine.files.condition_words import parts_of
from segmentry.engine.language.expr import Expr, all_true, is_known, is_true
from segmentry.engine.language.operators import RANKS
from segmentry.engine.planning.plan import Plan

_MOST: Final = 50
"""A greater number is seldom meant as a share."""
_FROM: Final = 1000
"""Among fewer customers a few of them are a list that somebody reads."""


def ask_top_counts(context: Context, counts: Counts) -> Iterator[Report]:
    """Of each `top` and `bottom` with a small number, but for those within the values of a trait (`per`)."""
    for leaf in (leaf for condition in _conditions(counts.plan) for leaf in _leaves(condition)):
        tests = [test for test in leaf.tests if _may_be_share(test)]
        ranked = _ranked(counts, leaf) if tests and leaf.per is None else None
        if ranked is None:
            continue
        customers = counts.ask(ranked)

        def report(leaf: Leaf = leaf, tests: list[Test] = tests, customers: str = customers) -> None:
            for test in tests if counts.found[customers] >= _FROM else ():
                _add(context, leaf, test, counts.found[customers])

        yield report


def _may_be_share(test: Test) -> bool:
    number = test.operand
    is_number = isinstance(number, int) and not isinstance(number, bool)
    return test.operator in RANKS and is_number and 0 < number <= _MOST


def _ranked(counts: Counts, leaf: Leaf) -> Expr | None:
    """Whether a customer takes part in the ranking."""
    traced = counts.plan.trace.get(id(leaf))
    if traced is None or traced.value is None:
        return None
    if leaf.among is None:
        return is_known(traced.value)
    among = counts.plan.trace.get(id(leaf.among))
    return None if among is None else all_true(is_known(traced.value), is_true(among.truth))


def _add(context: Context, leaf: Leaf, test: Test, customers: int) -> None:
    number = int(test.operand)
    written = f"{test.operator}: {number}"
    message = f"`{written}` takes {number} of the {customers:,} customers who are ranked by `{leaf.subject}`"
    hint = f"if a share of them is meant, write `{written}%`"
    context.findings.add("top-count", message, test.value_at, hint)


def _conditions(plan: Plan) -> Iterator[Condition]:
    for trait in plan.model.traits:
        yield from () if trait.among is None else (trait.among,)
        yield from (entry.when for entry in trait.points)
    for segment in (segment for each in plan.segmentations for segment in plan.segments(each)):
        yield from () if segment.when is None else (segment.when,)
        yield from (entry.when for entry in (segment.score if isinstance(segment.score, tuple) else ()))


def _leaves(condition: Condition) -> Iterator[Leaf]:
    for part in parts_of(condition):
        yield from _leaves(part)
    if isinstance(condition, Leaf):
        yield condition
        if condition.among is not None:
            yield from _leaves(condition.among)
