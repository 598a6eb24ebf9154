"""`diff` over one merged frame against two evaluations apart, on random workspaces and random changes."""

from __future__ import annotations

import copy
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from segmentry.engine import Result, Workspace, evaluate
from segmentry.engine.backends.registry import BACKENDS
from segmentry.engine.diagnostics.errors import DataError, RuleError
from segmentry.engine.diff.compare import DiffOptions, compare
from segmentry.engine.diff.comparison import NOT_A_CUSTOMER
from tests.random_models.dump import to_yaml
from tests.strategies import Case, case_to_files, workspaces

CHANGES = ("negate", "drop", "swap", "loosen", "trait", "filter")


def changed(draw: Any, files: dict[str, Any]) -> dict[str, Any]:
    """The files with one or two changes: of a rule, of the order, of a trait, of a source."""
    new = copy.deepcopy(files)
    for _ in range(draw(st.integers(1, 2))):
        rules = draw(st.sampled_from([f for _, f in sorted(new.items()) if "segmentation" in f]))
        segments: list[Any] = rules["segments"]
        one = draw(st.sampled_from(segments))
        match draw(st.sampled_from(CHANGES)):
            case "negate" if "when" in one:
                one["when"] = {"not": one["when"]}
            case "drop" if len(segments) > 1:
                segments.remove(one)
            case "swap":
                segments.reverse()
            case "loosen" if "when" in one:
                one["when"] = {"any": [one["when"], {"trait": "count_all", "at_least": 2}]}
            case "trait":
                trait = next(t for t in new["rules/traits.yaml"]["traits"] if t["id"] == "count_all")
                trait["within_last"] = "40 days"
            case "filter":
                every = new["segmentry.yaml"]["sources"].values()
                timed = [s for s in every if isinstance(s.get("time"), str) and "where" not in s]
                for source in timed[:1]:
                    source["where"] = {
                        "column": source["time"],
                        "weekday_in": ["monday", "tuesday", "friday"],
                    }
            case _:
                pass
    return new


@st.composite
def pairs(draw: Any) -> tuple[Case, dict[str, Any]]:
    """A workspace and its files after a change."""
    case = draw(workspaces())
    return case, changed(draw, case.files)


def evaluated(folder: Path, as_of: str | None, engine: str) -> Result:
    """The memberships that a run gives."""
    return evaluate(Workspace(folder, engine=engine), as_of=as_of)


def places(result: Result) -> dict[str, dict[Any, Any]]:
    """Per segmentation with one place for everybody, and per segment: where each customer is."""
    keys = result.memberships[result.plan.key].to_list()
    found: dict[str, dict[Any, Any]] = {}
    for name in result.memberships.columns[1:]:
        values = result.memberships[name].to_list()
        found[name] = {k: (name if v is True else v or None) for k, v in zip(keys, values, strict=True)}
    return found


@pytest.mark.parametrize("engine", BACKENDS)
@settings(max_examples=15, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(pair=pairs())
def test_moves_are_those_of_two_evaluations(engine: str, pair: tuple[Case, dict[str, Any]]) -> None:
    case, files = pair
    with TemporaryDirectory() as scratch:
        base, head = Path(scratch, "base"), Path(scratch, "head")
        for folder in (base, head):
            folder.mkdir()
            case_to_files(case, folder)
        for name, content in files.items():
            (head / name).write_text(to_yaml(content), "utf-8")
        try:
            after = evaluated(head, case.as_of, engine)
            before = evaluated(base, after.plan.calendar.as_of.isoformat(), engine)
        except (RuleError, DataError):
            return  # a change may leave a reference without its segment
        new, old = places(after), places(before)
        diff = compare(Workspace(head, engine=engine), str(base), None, DiffOptions(as_of=case.as_of))
        for table in diff.tables:
            name = table.segment or table.segmentation
            if name not in old or name not in new:
                continue
            keys = old[name].keys() | new[name].keys()
            expected = Counter(
                tuple(side[name].get(key, NOT_A_CUSTOMER) for side in (old, new)) for key in keys
            )
            assert {(f.source, f.target): f.customers for f in table.flows} == expected
        if len(diff.causes) == 1 and diff.causes[0].traced:
            assert all(e.explained == e.moved for e in diff.causes[0].explains)
        unmoved = {s.id for s in diff.segments if s.sizes and not s.sizes.came and not s.sizes.went}
        assert {s.id for s in diff.segments if s.kind in ("unchanged", "equivalent") and s.sizes} <= unmoved
        widened = {s.id for s in diff.segments if s.rule == "widened" and s.kind == "widened"}
        narrowed = {s.id for s in diff.segments if s.rule == "narrowed" and s.kind == "narrowed"}
        lone = {table.segment for table in diff.tables}
        assert not any(s.sizes.went for s in diff.segments if s.sizes and s.id in widened & lone)
        assert not any(s.sizes.came for s in diff.segments if s.sizes and s.id in narrowed & lone)
