"""What the cases cover: segments seen in and out, leaves seen true and false, decisive, and missing."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from segmentry.engine.diagnostics.errors import UsageError
from segmentry.engine.files.condition_model import Place
from segmentry.engine.files.model import Segment
from segmentry.engine.language.suggest import did_you_mean
from segmentry.engine.ruletests.because import rule_text
from segmentry.engine.ruletests.chain import Chain
from segmentry.engine.ruletests.prepared import Prepared, RuleLeaf

Measure = Literal["segment", "leaf", "decisive", "missing"]

MEASURES: Mapping[Measure, str] = {
    "segment": "segments seen in and out",
    "leaf": "conditions seen true and false",
    "decisive": "conditions that decided a case alone",
    "missing": "conditions seen with their value missing",
}
"""What is measured, in words."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that no case covers, at its place in the rules."""

    measure: Measure
    segment: str
    what: str
    at: Place


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many of how many are covered, by measure, and what is not, by file and line."""

    covered: Mapping[Measure, int]
    total: Mapping[Measure, int]
    gaps: tuple[Gap, ...]

    def percent(self, measure: Measure) -> int:
        """The share covered in percent, rounded down; of nothing it is 100."""
        total = self.total[measure]
        return 100 if total == 0 else 100 * self.covered[measure] // total


@dataclass
class Observed:
    """What the cases showed. Leaves are by the identity of their conditions, segments by id."""

    seen_in: set[str] = field(default_factory=set[str])
    seen_out: set[str] = field(default_factory=set[str])
    true: set[int] = field(default_factory=set[int])
    false: set[int] = field(default_factory=set[int])
    decisive: set[int] = field(default_factory=set[int])
    missing: set[int] = field(default_factory=set[int])

    def add(self, chain: Chain, row: Mapping[str, Any], given: Container[str]) -> None:
        """One evaluated case with an expectation; ``given`` are the definitions that it states outright."""
        if chain.target is not None:
            member = bool(row[f"m:{chain.target.id}"])
            (self.seen_in if member else self.seen_out).add(chain.target.id)
        elif chain.rules:
            assigned = chain.assigned(row)
            if assigned is not None:
                self.seen_in.add(assigned)  # `LATER` and an `otherwise` are no segments of a rule
            self.seen_out.update(chain.others(assigned))
        for leaf in chain.leaves:
            at = id(leaf.condition)
            (self.true if row[leaf.column] else self.false).add(at)
            if at not in self.missing and leaf.column not in given and chain.is_missing(leaf, row):
                self.missing.add(at)
        self.decisive.update(id(leaf.condition) for leaf in chain.decisive(row))


def measure(prepared: Prepared, observed: Observed, files: Iterable[str] | None) -> Coverage:
    """The coverage of the segments of some rule files (None: all)."""
    chosen = None if files is None else set(files)
    segments = [
        s for sg in prepared.plan.segmentations for s in sg.segments if chosen is None or sg.file in chosen
    ]
    gaps: list[Gap] = []
    total: dict[Measure, int] = dict.fromkeys(MEASURES, 0)
    for segment in segments:
        total["segment"] += 1
        gaps += _segment_gaps(segment, observed)
        for leaf in prepared.leaves_of(segment):
            total["leaf"] += 1
            total["decisive"] += 1
            can_miss = _can_miss(prepared, leaf)
            total["missing"] += can_miss
            gaps += _leaf_gaps(leaf, observed, can_miss=can_miss)
    covered = dict(total)
    for gap in gaps:
        covered[gap.measure] -= 1
    gaps.sort(key=lambda gap: (gap.at.file, gap.at.span))
    return Coverage(covered, total, tuple(gaps))


def _segment_gaps(segment: Segment, observed: Observed) -> list[Gap]:
    sides = [
        side
        for side, seen in (("in", observed.seen_in), ("out", observed.seen_out))
        if segment.id not in seen
    ]
    if not sides:
        return []
    return [Gap("segment", segment.id, f"`{segment.id}` is never seen {' or '.join(sides)}", segment.at)]


def _leaf_gaps(leaf: RuleLeaf, observed: Observed, *, can_miss: bool) -> list[Gap]:
    at, text = id(leaf.condition), rule_text(leaf.condition)
    found: list[Gap] = []

    def add(measure: Measure, what: str) -> None:
        found.append(Gap(measure, leaf.segment.id, f"`{text}` {what}", leaf.condition.at))

    sides = [s for s, seen in (("true", observed.true), ("false", observed.false)) if at not in seen]
    if sides:
        add("leaf", f"is never seen {' or '.join(sides)}")
    if at not in observed.decisive:
        add("decisive", "decides no case alone")
    if can_miss and at not in observed.missing:
        add("missing", "is never seen with its value missing")
    return found


def _can_miss(prepared: Prepared, leaf: RuleLeaf) -> bool:
    traced = prepared.plan.trace[id(leaf.condition)]
    values = (traced.value, *traced.compared)
    return any(value is not None and prepared.may_be_missing(value) for value in values)


def read_minimums(texts: Iterable[str]) -> dict[Measure, int]:
    """`leaf=80` as a measure with its percentage. Raises UsageError."""
    found: dict[Measure, int] = {}
    for text in texts:
        name, _, number = (part.strip() for part in text.partition("="))
        known: Measure | None = next((m for m in MEASURES if m == name), None)
        if known is None:
            hint = did_you_mean(name, MEASURES) or f"choose from {', '.join(MEASURES)}"
            raise UsageError(f"--min-coverage knows no `{name}`; {hint}")
        percent = number.removesuffix("%").strip()
        if not percent.isdigit() or int(percent) > 100:
            raise UsageError(f"--min-coverage takes a percentage like {name}=80, not `{text}`")
        found[known] = int(percent)
    return found
