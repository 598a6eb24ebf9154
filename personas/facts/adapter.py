"""From an evaluated workspace to the population that facts and briefs are made of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import cast
from zoneinfo import ZoneInfo

import polars as pl

from segmentry.engine.answers.evaluation import Result, evaluate
from segmentry.engine.checks.languages import missing_languages
from segmentry.engine.diagnostics.errors import RuleError
from segmentry.engine.files.model import Column, Model, Segment, Segmentation, Trait
from segmentry.engine.language.calendar import parse_as_of
from segmentry.engine.privacy import PrivacySettings
from segmentry.engine.privacy.pii import PiiOf
from segmentry.engine.workspace import Workspace
from segmentry.personas.facts.population import Population, SegmentInfo, TraitInfo, TraitKind


def load_population(workspace: Workspace, *, as_of: str | None = None) -> Population:
    """Evaluate a workspace with all traits that its rules use, as a population; drafts take no part.

    ``as_of`` is a date or ISO datetime and goes before the workspace's. Raises RuleError, UnsupportedError,
    DataError and UsageError as `evaluate` does, and RuleError for a locale in whose language there are no
    words.
    """
    _require_languages(workspace)
    result = evaluate(workspace, as_of=as_of, traits="used")
    return population_of_result(result, rules_sha256=_rules_hash(workspace))


def described_population(workspace: Workspace, *, as_of: str | None = None) -> Population:
    """What the files alone say: the population without a customer, for checks of copy where no data is.

    ``as_of`` goes before the workspace's; where neither is a date it is now. Its traits have descriptions
    and no kinds of their own. Raises RuleError where `segmentry.yaml` can't be read, or names a locale in
    whose language there are no words.
    """
    _require_languages(workspace)
    model = workspace.model
    reported = as_of if as_of is not None else model.as_of
    instant = parse_as_of(reported, ZoneInfo(model.timezone)) if reported is not None else None
    infos = tuple(TraitInfo(trait.id, "string", description=trait.description) for trait in model.traits)
    nobody = pl.DataFrame({"customer": []})
    return _population(model, nobody, nobody, infos, instant or datetime.now(UTC), _rules_hash(workspace))


def has_data(workspace: Workspace) -> bool:
    """Whether the data of every source is at hand."""
    return all(reader.available() for reader in workspace.readers.values())


def _require_languages(workspace: Workspace) -> None:
    wrong = list(missing_languages(workspace, workspace.model))
    if wrong:
        raise RuleError(wrong)


def _rules_hash(workspace: Workspace) -> str:
    from segmentry.engine.outputs.manifest import rules_entry

    return str(rules_entry(workspace.texts)["sha256"])


def population_of_result(result: Result, *, rules_sha256: str = "") -> Population:
    """The population of an evaluation that returned its traits (``traits="used"``, without drafts).

    ``rules_sha256`` is kept in the provenance of briefs; "" where it is not known. Only traits that the
    evaluation returned can become facts.
    """
    plan = result.plan
    infos = tuple(_infos(result))
    return _population(
        plan.model, result.traits, result.memberships, infos, plan.calendar.as_of, rules_sha256
    )


def _population(
    model: Model,
    traits: pl.DataFrame,
    memberships: pl.DataFrame,
    infos: tuple[TraitInfo, ...],
    as_of: datetime,
    rules_sha256: str,
) -> Population:
    return Population(
        traits=traits,
        memberships=memberships,
        trait_infos=infos,
        segments=tuple(_segments(model)),
        as_of=as_of,
        workspace=model.name,
        currency=model.currency or "EUR",
        locale=model.locale,
        timezone=model.timezone,
        privacy=PrivacySettings(
            min_cell=model.privacy.min_cell,
            dominance=model.privacy.dominance,
            sensitive_allowed=frozenset(model.privacy.sensitive_allowed),
        ),
        rules_sha256=rules_sha256,
    )


def _segments(model: Model) -> Iterator[SegmentInfo]:
    for segmentation in model.segmentations:
        for segment in segmentation.segments:
            if segment.status == "live":
                yield _segment(segmentation, segment, is_otherwise=False)
        if segmentation.otherwise is not None:
            yield _segment(segmentation, segmentation.otherwise, is_otherwise=True)


def _segment(segmentation: Segmentation, segment: Segment, *, is_otherwise: bool) -> SegmentInfo:
    return SegmentInfo(
        id=segment.id,
        name=segment.name or segment.id.replace("-", " ").capitalize(),
        description=segment.description,
        segmentation=segmentation.id,
        assign=segmentation.assign,
        is_otherwise=is_otherwise,
        positioning=segment.positioning,
        segmentation_name=segmentation.name,
    )


def _infos(result: Result) -> Iterator[TraitInfo]:
    plan = result.plan
    reported = PiiOf(plan)
    defined = {trait.id: trait for trait in plan.model.traits}
    for name in result.traits.columns[1:]:
        trait = defined.get(name)
        kind = plan.traits[name] if trait is not None else plan.types[f"c:{name}"]
        if kind.kind in ("unknown", "unsupported"):
            continue
        source: Trait | Column | None = trait or reported.contract(name)
        yield TraitInfo(
            id=name,
            kind=cast(TraitKind, kind.kind),  # pyright: ignore[reportUnnecessaryCast]
            scale=kind.scale if kind.kind == "decimal" else None,
            unit=None if source is None else source.unit,
            description=None if source is None else source.description,
            pii=reported.trait(name),
            value=trait.value if trait is not None else False,
            approximate=f"t:{name}" in plan.approximate,
            purpose=None if source is None else source.purpose,
            rank_of=None if trait is None else trait.of,
        )
