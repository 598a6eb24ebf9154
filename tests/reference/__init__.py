"""A naive interpreter of the rule language, row by row in plain Python: the oracle of the engine's tests.

It is written from the language's description alone and shares no code with the engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.reference.population import Population, live
from tests.reference.sources import Sources, Tables, clock_of
from tests.reference.values import DataFault, Unsupported

__all__ = ["DataFault", "Result", "Unsupported", "evaluate"]


@dataclass(frozen=True, slots=True)
class Result:
    """`traits` by id and key, the customers' columns too (None: missing; decimals as fractions, datetimes in
    UTC); `memberships` by segmentation and key: a segment or None, of an every-match one the set of them."""

    customers: list[Any]
    traits: dict[str, dict[Any, Any]]
    memberships: dict[str, dict[Any, Any]]
    approximate: set[str]


def evaluate(files: Mapping[str, Any], tables: Tables, as_of: str | None = None) -> Result:
    """Everything that a workspace's rules say of the rows of its root sources.

    `files` is the parsed YAML by file name, `tables` the rows by source as they'd stand in a Parquet file.
    Raises DataFault for a data error, and Unsupported for rules that `check` would not let pass.
    """
    workspace = files["segmentry.yaml"]
    sources = Sources(workspace["sources"], tables, clock_of(workspace, tables, as_of))
    key, base = sources.customers()
    rules = [content for name, content in files.items() if name.startswith("rules/")]
    definitions = {trait["id"]: trait for content in rules for trait in content.get("traits", [])}
    segmentations = {content["segmentation"]: content for content in rules if "segmentation" in content}
    population = Population(sources, key, base, definitions, segmentations)
    names = [*(name for name in base.types if name != key), *definitions]
    return Result(
        customers=population.keys,
        traits={name: population.trait(name)[1] for name in names},
        memberships={name: _memberships(population, each) for name, each in segmentations.items()},
        approximate=population.approximate(),
    )


def _memberships(population: Population, segmentation: Mapping[str, Any]) -> dict[Any, Any]:
    if segmentation["assign"] == "every_match":
        ids = [segment["id"] for segment in live(segmentation)]
        return {key: {each for each in ids if population.rule(each, key)} for key in population.keys}
    return {key: population.assigned(segmentation, key) for key in population.keys}
