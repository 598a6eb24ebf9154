"""An evaluation in ranges of keys, so that it fits the memory: the same frame, bit for bit.

Everything is read again for each range, but of the rows only the range's own. Polars reads the column of the
key first and of the others what it needs; whole row groups are skipped in files that are ordered by customer.
Reading again costs a tenth of the work on rows. Parting the rows into files of their own, one for each
range, would read once, but write people's data to a disk that may be full, or memory by another name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import polars as pl

from segmentry.engine.backends.polars.evaluate import Evaluation
from segmentry.engine.backends.polars.selection import ranges_of
from segmentry.engine.backends.protocol import SourceReport
from segmentry.engine.language.expr import Expr
from segmentry.engine.planning.order import levels, reached
from segmentry.engine.planning.stages import staged


def frame_by_ranges(whole: Evaluation, wanted: Mapping[str, Expr], count: int) -> pl.DataFrame:
    """What `Evaluation.frame` gives, in so many ranges of keys; its reports are filled likewise.

    Each range is evaluated up to the ranks, of which all customers are needed; what they and the rules above
    them use is kept. Raises what `Evaluation.frame` raises.
    """
    plan = whole.plan
    keys = whole.customer_keys()
    whole.look_over(reached(plan, wanted.values()))
    stages = staged(plan, wanted)
    parts: list[pl.DataFrame] = []
    evaluated: list[Evaluation] = []
    for selection in ranges_of(keys, count, plan.types[f"c:{plan.key}"]):
        part = replace(whole, plan=stages.plan, keys=selection, reports={}, strangers={})
        parts.append(part.frame(stages.kept))
        evaluated.append(part)
    _link(whole, evaluated, keys)
    frame = _joined(parts)
    last = replace(whole, plan=stages.plan)
    needed = reached(stages.plan, stages.wanted.values(), stages.kept.__contains__)
    return last.computed([frame], levels(needed, stages.kept.__contains__), stages.wanted)


def _joined(parts: list[pl.DataFrame]) -> pl.DataFrame:
    """The parts below each other, column by column: of one column both are held at a time."""
    names = parts[0].columns
    return pl.DataFrame([pl.concat([part.drop_in_place(n) for part in parts], rechunk=True) for n in names])


def _link(whole: Evaluation, parts: list[Evaluation], keys: pl.Series) -> None:
    """The reports of how many rows are linked, of all ranges together."""
    for source in dict.fromkeys(name for part in parts for name in part.reports):
        reports = [part.reports.get(source, SourceReport()) for part in parts]
        linked = [report.linked for report in reports if report.linked is not None]
        if linked:
            unknown = sum(report.left_out.get("unknown_customer", 0) for report in reports)
            strangers = [part.strangers[source] for part in parts if source in part.strangers]
            whole.link(source, sum(linked), unknown, partial(pl.concat, strangers), keys)
