"""The door: briefs with a language model, written as files; and the requests that it would get."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from segmentry.engine.diagnostics.errors import ProviderError
from segmentry.personas.brief import compose_briefs
from segmentry.personas.brief.brand import Brand
from segmentry.personas.briefs import (
    FORMATS,
    BriefFormat,
    BriefResult,
    Made,
    checked_brief,
    writable,
    write_made,
)
from segmentry.personas.checks import BriefFinding
from segmentry.personas.facts import SegmentFacts, published_facts
from segmentry.personas.facts.population import Population
from segmentry.personas.facts.select import selected
from segmentry.personas.llm.budget import Spent, TokenBudget
from segmentry.personas.llm.cache import FOLDER, Cache, prune_files
from segmentry.personas.llm.failure import Failure
from segmentry.personas.llm.journal import Journal, ModelCall
from segmentry.personas.llm.settings import CacheMode, LlmSettings
from segmentry.personas.llm.writing import Fallback, Job, Outcome, Progress, ask_for_briefs, first_requests

PRIVATE = Path(".segmentry/llm")
"""Beside the workspace's other derived files: the rung that a server takes, the log of calls."""

Facts = Mapping[str, SegmentFacts]


@dataclass(frozen=True, slots=True)
class LlmResult(BriefResult):
    """What `brief --llm` did in one folder.

    ``by_model`` names the segments whose brief is the model's; ``fallbacks`` say why others are not (each is
    a finding `model-fallback` too). ``calls`` are this folder's, ``spent`` is the whole run's so far.
    """

    by_model: tuple[str, ...] = ()
    fallbacks: tuple[Fallback, ...] = ()
    calls: tuple[ModelCall, ...] = ()
    spent: Spent = Spent(0, 0, 0, None)


def job_of(
    workspace: Path,
    settings: LlmSettings,
    *,
    cache: CacheMode = "record",
    templates: Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> Job:
    """What a run in this workspace needs: replies in llm-cache/, derived files in .segmentry/llm/.

    The key comes from ``environ``, by default the process's environment.
    """
    private = workspace / PRIVATE
    return Job(
        settings=settings,
        cache=Cache(workspace / FOLDER, cache),
        environ=os.environ if environ is None else environ,
        budget=TokenBudget(settings),
        journal=Journal(private / "calls.jsonl"),
        templates=templates,
        memory=private / "rungs.json",
    )


def write_llm_briefs(
    population: Population,
    brand: Brand,
    job: Job,
    segments: Sequence[str] = (),
    out: Path = Path("briefs"),
    formats: Sequence[BriefFormat] = FORMATS,
    facts: Facts | None = None,
    progress: Progress = lambda _: None,
) -> LlmResult:
    """Write the briefs of the named segments (default: all) with the model that the job names.

    What a model writes is only written to a file when it passes every check; else the template's brief is,
    and a finding says why. ``facts`` are the published facts where they are known. Raises ProviderError where
    replies are missing in replay or no server is reached (then nothing is written), UsageError for an unknown
    segment, a folder that can't be written or settings that can't work, DataError where a text in the data
    holds personal data, TemplateError for a faulty template.
    """
    wanted = selected(population, segments)
    writable(out)
    facts = published_facts(population) if facts is None else facts
    chosen = [facts[segment.id] for segment in wanted if segment.id in facts]
    outcome = ask_for_briefs(population, chosen, brand, job, progress)
    made = _made(population, brand, facts, chosen, outcome)
    result = write_made(population, brand, made, out, formats, job.templates)
    return LlmResult(
        result.folder,
        result.briefs,
        result.written,
        result.findings,
        by_model=tuple(outcome.briefs),
        fallbacks=outcome.fallbacks,
        calls=outcome.calls,
        spent=outcome.spent,
    )


def _made(
    population: Population, brand: Brand, facts: Facts, chosen: Sequence[SegmentFacts], outcome: Outcome
) -> dict[str, Made]:
    """The model's brief of each segment, or the template's with a finding that says why."""
    failures = {fallback.segment: fallback.failure for fallback in outcome.fallbacks}
    by_template = {} if len(outcome.briefs) == len(chosen) else compose_briefs(population, facts, brand)
    made: dict[str, Made] = {}
    for found in chosen:
        id_ = found.segment.id
        if id_ in outcome.briefs:
            made[id_] = outcome.briefs[id_], outcome.findings[id_]
        else:
            why = _fallback(id_, failures.get(id_))
            made[id_] = checked_brief(by_template[id_], found, brand, population, [why])
    return made


def prompt_requests(
    population: Population, brand: Brand, job: Job, segments: Sequence[str] = (), facts: Facts | None = None
) -> dict[str, bytes]:
    """The exact bytes of the first request for each named segment, by its id; nothing is sent.

    Segments of which privacy lets nothing be told have none. Raises as `write_llm_briefs` does.
    """
    wanted = selected(population, segments)
    facts = published_facts(population) if facts is None else facts
    return first_requests(population, [facts[s.id] for s in wanted if s.id in facts], brand, job)


def prune_cache(populations: Sequence[Population], brand: Brand, job: Job) -> list[str]:
    """Remove the recorded replies that no request of today leads to; returns their keys. Asks no server.

    ``populations`` are the workspace's, one for each language of its briefs.
    """
    replay = replace(job, cache=Cache(job.cache.folder, "replay"), journal=Journal())
    for population in populations:
        # That a reply is missing is no reason to keep those that nothing uses.
        with suppress(ProviderError):
            ask_for_briefs(
                population, list(published_facts(population).values()), brand, replay, lambda _: None
            )
    return prune_files(job.cache.folder, replay.cache.used)


def _fallback(segment: str, failure: Failure | None) -> BriefFinding:
    """Why a brief is the template's. Too few customers is no fault: that is told and changes no exit code."""
    if failure is None:
        return BriefFinding(
            "model-fallback", "info", segment, "",
            "no figure of so few customers may leave the machine: the brief is the template's", "",
            "nothing to mend; a larger segment gets a model's brief",
        )  # fmt: skip
    message = f"{failure.message}. The brief is the template's"
    return BriefFinding("model-fallback", "error", segment, "", message, "", failure.fix)
