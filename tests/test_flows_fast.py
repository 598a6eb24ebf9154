"""What is protected of a comparison, computed fast, against the same rule written plainly; long chains."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from segmentry.engine.answers.explain import waterfall
from segmentry.engine.privacy.flows import Figure, few, kept_together
from segmentry.engine.workspace import Workspace

OUTSIDE = "gone"
Cells = dict[tuple[str | None, str | None], int]
ORDER = {"move": 0, "stay": 1, "in": 1, "out": 1, "before": 2, "after": 2}


def plainly(cells: Cells, told: set[Figure], min_cell: int) -> set[Figure]:
    """The rule by sets of figures and of points, each ring looked for along the figures one by one."""
    counts = figures(cells)
    told = set(told)

    def open_ways(without: Figure) -> list[tuple[object, object]]:
        all_moves_told = all(f in told for f, n in counts.items() if f.kind == "move" and n)
        ways: list[tuple[object, object]] = []
        for one, n in counts.items():
            known_to_be_empty = not n and (one.kind in ("before", "after") or all_moves_told)
            if one not in told and one != without and not known_to_be_empty:
                ways += both(one, n)
        return ways

    def reached(ways: list[tuple[object, object]], start: object) -> set[object]:
        seen = {start}
        while more := {head for tail, head in ways if tail in seen} - seen:
            seen |= more
        return seen

    for one in [f for f, n in counts.items() if few(n, min_cell) and f not in told]:
        while told:
            ways = open_ways(one)
            back = [(head, tail) for tail, head in ways]
            ends = [(reached(ways, head), reached(back, tail), tail) for tail, head in both(one, counts[one])]
            if any(tail in after for after, _, tail in ends):
                break
            ranked = sorted(told, key=lambda f: (ORDER[f.kind], counts[f], str(f)))
            closing = [
                f for f in ranked for tail, head in both(f, counts[f])
                if any(tail in after and head in before for after, before, _ in ends)
            ]  # fmt: skip
            hidden = (closing or ranked)[0]
            told.discard(hidden)
            if hidden.kind != "move":
                told -= {
                    Figure("in", hidden.source, hidden.source),
                    Figure("out", hidden.source, hidden.source),
                }
    return told


def figures(cells: Cells) -> dict[Figure, int]:
    """Every figure of a table with its count, in the order in which they are protected."""
    places = list(dict.fromkeys(place for cell in cells for place in cell))
    found = {Figure("move", a, b): cells.get((a, b), 0) for a in places for b in places if a != b}
    for place in places:
        stay = cells.get((place, place), 0)
        before = sum(n for (a, _), n in cells.items() if a == place)
        after = sum(n for (_, b), n in cells.items() if b == place)
        found[Figure("before", place, place)] = before
        found[Figure("stay", place, place)] = stay
        found[Figure("out", place, place)] = before - stay
        found[Figure("in", place, place)] = after - stay
        found[Figure("after", place, place)] = after
    return found


def both(one: Figure, count: int) -> list[tuple[object, object]]:
    """A figure's way, and the one against it where somebody is."""
    a, b = one.source, one.target
    ends: Mapping[str, tuple[object, object]] = {
        "before": ("nobody" if a == OUTSIDE else "all", ("before", a)),
        "stay": (("before", a), ("after", a)),
        "out": (("before", a), ("out", a)),
        "move": (("out", a), ("in", b)),
        "in": (("in", a), ("after", a)),
        "after": (("after", a), "nobody" if a == OUTSIDE else "all after"),
    }
    tail, head = ends[one.kind]
    return [(tail, head), (head, tail)] if count else [(tail, head)]


@pytest.mark.parametrize("seed", range(150))
def test_what_is_kept_is_what_the_plain_rule_keeps(seed: int) -> None:
    draw = random.Random(seed)
    places = [*(f"s{n}" for n in range(draw.randrange(1, 6))), *draw.choice([[], [None], [OUTSIDE, None]])]
    cells: Cells = {}
    for _ in range(draw.randrange(len(places) ** 2 + 2)):
        cells[draw.choice(places), draw.choice(places)] = draw.choice([0, 0, 1, 3, 8, 12, 40])
    told = {f for f, n in figures(cells).items() if not few(n, 10) and draw.random() < 0.8}
    assert kept_together(cells, set(told), OUTSIDE, 10) == plainly(cells, told, 10)


def test_a_comparison_of_300_segments_is_protected_in_time() -> None:
    draw = random.Random(3)
    places = [f"s{n}" for n in range(300)]
    cells: Cells = {(place, place): draw.randrange(400) for place in places}
    for _ in range(300):
        cells[draw.choice(places), draw.choice(places)] = draw.randrange(60)
    told = {f for f, n in figures(cells).items() if n >= 20}
    start = time.process_time()
    kept = kept_together(cells, set(told), OUTSIDE, 20)
    assert time.process_time() - start < 2
    assert set() < kept < told


def test_a_chain_of_600_segments_falls_step_by_step_in_time(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "customers.csv").write_text("id,x\n" + "".join(f"{n},{n}\n" for n in range(1000)))
    source = "customers: {path: customers.csv, key: id, columns: {id: {type: integer}, x: {type: integer}}}"
    head = f"version: 1\nname: Long\ntimezone: UTC\nas_of: 2026-01-01\nsources:\n  {source}\n"
    (tmp_path / "segmentry.yaml").write_text(head)
    segments = [
        f"  - {{id: s{n}, {f'extends: s{n - 1}, ' if n else ''}when: {{trait: x, at_least: {n}}}}}\n"
        for n in range(600)
    ]
    rules = "segmentation: chain\nassign: every_match\nsegments:\n" + "".join(segments)
    (tmp_path / "rules" / "chain.yaml").write_text(rules)
    workspace = Workspace.load(tmp_path)
    start = time.process_time()
    found = waterfall(workspace, "s599")
    assert time.process_time() - start < 4  # reading the rules is most of it
    assert [(step.left, step.alone) for step in found.steps] == [(1000 - n, 1000 - n) for n in range(600)]
    assert found.members == 401
