"""The dimensions that conditions speak of, each cut into the cells between which they can't tell apart.

Dimensions are collected first, with every bound and literal that is compared with them, and then cut.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal

from segmentry.engine.language.expr import Expr
from segmentry.engine.planning.logic.domains import Domain, Key, Span
from segmentry.engine.planning.logic.formulas import Cells

Kind = Literal["ordered", "text", "flag", "order", "presence"]
"""Ordered keys · texts · true or false · less, equal, greater · there or not."""


@dataclass
class Dimension:
    """One independent unknown: the value of ``expr`` (for ``order``: how its two arguments compare).

    ``cells`` are half-open stretches of keys, texts (None: any other text), truths, or the three orders; a
    nullable dimension has one more cell at the end, for missing.
    """

    kind: Kind
    expr: Expr
    domain: Domain
    cuts: set[Key] = field(default_factory=set[Key])
    texts: set[str] = field(default_factory=set[str])
    spans: list[Span] = field(default_factory=list[Span])
    values: list[str | None] = field(default_factory=list["str | None"])
    known: Cells = 0
    """All cells but that of missing."""
    full: Cells = 0

    def cut(self) -> None:
        """Settle the cells."""
        if self.kind == "ordered":
            self._cut_ordered()
        elif self.kind == "text":
            allowed = self.domain.values
            self.values = [*sorted(self.texts), None] if allowed is None else list(allowed)
        count = {"flag": 2, "order": 3, "presence": 1}.get(self.kind, len(self.spans) or len(self.values))
        self.known = (1 << count) - 1
        self.full = (1 << count + 1) - 1 if self.domain.nullable else self.known

    @property
    def missing(self) -> Cells:
        """The cell of missing, where there is one."""
        return self.full & ~self.known

    def _cut_ordered(self) -> None:
        inside = self.domain.spans
        ends = {k for span in inside for k in span if k is not None}
        cuts: list[Key | None] = [None, *sorted(self.cuts | ends), None]
        stretches = [(cuts[n], cuts[n + 1]) for n in range(len(cuts) - 1)]
        self.spans = [s for s in stretches if any(_within(s, span) for span in inside)]

    def within(self, spans: Iterable[Span]) -> Cells:
        """The cells that lie in some of the spans; their ends were all collected as cuts."""
        found = 0
        for low, high in spans:
            start = 0 if low is None else bisect_left(self.spans, low, key=_start)
            end = len(self.spans) if high is None else bisect_left(self.spans, high, key=_start)
            if end > start:
                found |= (1 << end) - (1 << start)
        return found

    def where(self, holds: Callable[[str], bool]) -> Cells:
        """The cells of the texts for which something holds; any other text is left out."""
        return sum(1 << n for n, text in enumerate(self.values) if text is not None and holds(text))

    @property
    def other(self) -> Cells:
        """The cell of any other text, where there is one."""
        return 1 << len(self.values) - 1 if self.values and self.values[-1] is None else 0


def _start(span: Span) -> Key:
    return -float("inf") if span[0] is None else span[0]


def _within(inner: Span, outer: Span) -> bool:
    low = outer[0] is None or (inner[0] is not None and inner[0] >= outer[0])
    return low and (outer[1] is None or (inner[1] is not None and inner[1] <= outer[1]))


FLAG_FALSE: Cells = 1
FLAG_TRUE: Cells = 2
LESS: Cells = 1
EQUAL: Cells = 2
GREATER: Cells = 4


@dataclass
class Space:
    """All dimensions, by what they are the value of."""

    dimensions: list[Dimension] = field(default_factory=list[Dimension])
    numbers: dict[tuple[Kind, Expr], int] = field(default_factory=dict[tuple[Kind, Expr], int])

    def number(self, kind: Kind, expr: Expr, domain: Domain) -> int:
        """The number of a dimension, which is added if it is new."""
        key = (kind, expr)
        found = self.numbers.get(key)
        if found is None:
            found = len(self.dimensions)
            self.numbers[key] = found
            self.dimensions.append(Dimension(kind, expr, domain))
        return found

    def cut(self) -> None:
        """Settle the cells of all dimensions."""
        for dimension in self.dimensions:
            dimension.cut()
