"""Contenders for the rules alone: engines that evaluate one customer after the other.

`python -m bench.peers NAME TRAITS OUT SEGMENTS CUSTOMERS` evaluates the rules over the first so many of the
customers in a file of finished traits and writes their memberships; the last line is wall and CPU seconds
of the evaluation alone: customers are dictionaries, rules are compiled, before the clock starts. Ranks need
everybody, so they are given as finished flags; money is whole cents. Each package is asked in the quickest
way that was found. Ends with 3 where the package is not installed.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import polars as pl

from bench.conditions import (
    All,
    AnyOf,
    Condition,
    Did,
    Flag,
    Grown,
    Member,
    NoneOf,
    Number,
    Operator,
    Segmentation,
    Text,
    Top,
    rank_name,
    tops,
)
from bench.form import Form
from bench.naive import in_top
from bench.rules import ABSENT, PEERS
from bench.segments import segmentations
from bench.vocabulary import KEY, MONEY

SIGNS: dict[Operator, str] = {"at_least": ">=", "at_most": "<=", "more_than": ">", "less_than": "<"}
Row = dict[str, Any]
Evaluator = Callable[[Sequence[Row]], list[list[Any]]]
"""From customers to the outcome of every rule, in their order, for each."""


def sample(traits: Path, files: tuple[Segmentation, ...], count: int) -> pl.DataFrame:
    """The first customers with what the rules ask for; ranks are taken of everybody."""
    ranks = {top for file in files for segment in file.segments for top in tops(segment.when)}
    everybody = pl.scan_parquet(traits).with_columns(**{rank_name(top): in_top(top) for top in ranks})
    cents = [(pl.col(name) * 100).cast(pl.Int64) for name in MONEY]
    return everybody.with_columns(cents).sort(KEY).head(count).collect()


def figure(number: Number) -> float:
    """What the trait is compared with; of money whole cents."""
    return round(number.value * 100) if number.trait in MONEY else number.value


# --- one language for expressions that look alike -------------------------------------------------


def expression(condition: Condition, null: str, quote: Callable[[str], str]) -> str:
    """The condition in the language of zen-engine, which rule-engine's is like but for its null."""
    again = partial(expression, null=null, quote=quote)
    match condition:
        case Number(trait, operator, _):
            return f"({trait} != {null} and {trait} {SIGNS[operator]} {figure(condition)})"
        case Grown(tenths):
            return f"(spend_12m * 10 > spend_previous_12m * {tenths})"
        case Text(trait, values):
            listed = ", ".join(map(quote, values))
            return f"({trait} != {null} and {trait} in [{listed}])"
        case Flag(trait):
            return f"({trait} == true)"
        case Top():
            return f"({rank_name(condition)} == true)"
        case Member(segmentation, segment):
            return f"({column(segmentation)} == {quote(segment)})"
        case All(parts):
            return "(" + " and ".join(map(again, parts)) + ")"
        case AnyOf(parts):
            return "(" + " or ".join(map(again, parts)) + ")"
        case NoneOf(parts):
            return "(not (" + " or ".join(map(again, parts)) + "))"
        case Did():
            raise ValueError("finished traits have no behaviours")


def column(segmentation: str) -> str:
    """The id of a segmentation as a name of these languages."""
    return segmentation.replace("-", "_")


def quoted(text: str) -> str:
    """The text in double quotes."""
    return f'"{text}"'


def zen(conditions: Sequence[Condition]) -> Evaluator:
    """zen-engine: one compiled expression whose value is the list of all outcomes."""
    engine = import_module("zen")
    rules = ", ".join(expression(c, "null", quoted) for c in conditions)
    compiled = engine.compile_expression(f"[{rules}]")
    return lambda rows: [compiled.evaluate(row) for row in rows]


def rule_engine(conditions: Sequence[Condition]) -> Evaluator:
    """rule-engine: one compiled rule each."""
    engine = import_module("rule_engine")
    rules = [engine.Rule(expression(c, "null", quoted)) for c in conditions]
    return lambda rows: [[rule.matches(row) for rule in rules] for row in rows]


# --- JSON logic -----------------------------------------------------------------------------------


def logic(condition: Condition) -> Any:
    """The condition as JsonLogic."""
    match condition:
        case Number(trait, operator, _):
            value = {"var": trait}
            return {"and": [{"!==": [value, None]}, {SIGNS[operator]: [value, figure(condition)]}]}
        case Grown(tenths):
            sides = ({"*": [{"var": "spend_12m"}, 10]}, {"*": [{"var": "spend_previous_12m"}, tenths]})
            return {">": list(sides)}
        case Text(trait, values):
            return {"in": [{"var": trait}, list(values)]}
        case Flag(trait):
            return {"===": [{"var": trait}, True]}
        case Top():
            return {"===": [{"var": rank_name(condition)}, True]}
        case Member(segmentation, segment):
            return {"===": [{"var": column(segmentation)}, segment]}
        case All(parts):
            return {"and": [logic(part) for part in parts]}
        case AnyOf(parts):
            return {"or": [logic(part) for part in parts]}
        case NoneOf(parts):
            return {"!": [{"or": [logic(part) for part in parts]}]}
        case Did():
            raise ValueError("finished traits have no behaviours")


def json_logic(conditions: Sequence[Condition]) -> Evaluator:
    """datalogic: one compiled rule whose value is the list of all outcomes."""
    engine = import_module("datalogic_py").Engine()
    compiled, session = engine.compile([logic(c) for c in conditions]), engine.session()
    return lambda rows: [session.evaluate(compiled, row) for row in rows]


EVALUATORS = {"zen-engine": zen, "datalogic-py": json_logic, "rule-engine": rule_engine}


# --- the run --------------------------------------------------------------------------------------


def first(segmentation: Segmentation, outcomes: Sequence[Any]) -> str:
    """The first segment whose condition holds."""
    held = (segment.id for segment, holds in zip(segmentation.segments, outcomes, strict=True) if holds)
    return next(held, segmentation.otherwise)


def memberships(rows: list[Row], files: tuple[Segmentation, ...], peer: str) -> Callable[[], pl.DataFrame]:
    """What evaluates the rules over the customers: first-match files first, for the others refer to them."""
    chosen = [file for file in files if file.first_match]
    flags = [segment for file in files if not file.first_match for segment in file.segments]
    make = EVALUATORS[peer]
    early, late = make([s.when for file in chosen for s in file.segments]), make([s.when for s in flags])

    def evaluated() -> pl.DataFrame:
        columns: dict[str, list[Any]] = {KEY: [row[KEY] for row in rows]}
        outcomes = early(rows)
        at = 0
        for file in chosen:
            end = at + len(file.segments)
            columns[file.id] = [first(file, outcome[at:end]) for outcome in outcomes]
            for row, value in zip(rows, columns[file.id], strict=True):
                row[column(file.id)] = value
            at = end
        found = late(rows)
        flat = {segment.id: [bool(f[i]) for f in found] for i, segment in enumerate(flags)}
        return pl.DataFrame(columns | flat)

    return evaluated


def main() -> None:
    """Evaluate once, and say what it took."""
    peer, traits, out, segments, customers = sys.argv[1:]
    if find_spec(PEERS[peer]) is None:
        sys.exit(ABSENT)
    files = segmentations(int(segments), Form(rules=True))
    frame = sample(Path(traits), files, int(customers))
    rows = json.loads(frame.write_json())
    evaluate = memberships(rows, files, peer)
    wall, cpu = time.perf_counter(), time.process_time()
    found = evaluate()
    spent = time.perf_counter() - wall, time.process_time() - cpu
    Path(out).parent.mkdir(parents=True, exist_ok=True)
    found.write_parquet(out)
    print(f"{spent[0]:.4f} {spent[1]:.4f}")


if __name__ == "__main__":
    main()
