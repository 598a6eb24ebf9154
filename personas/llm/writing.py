"""All segments' briefs: asked for side by side, checked, and made by template where the model's won't do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from segmentry.engine.diagnostics.errors import ProviderError
from segmentry.personas.brief.brand import Brand
from segmentry.personas.briefs import in_short
from segmentry.personas.checks import BriefFinding
from segmentry.personas.facts import SegmentFacts
from segmentry.personas.facts.population import Population
from segmentry.personas.llm.budget import Spent, TokenBudget, price_of
from segmentry.personas.llm.cache import Cache
from segmentry.personas.llm.caller import Caller, Patience
from segmentry.personas.llm.conversation import Conversation, Talk
from segmentry.personas.llm.draft import Brief
from segmentry.personas.llm.failure import Failure
from segmentry.personas.llm.journal import Journal, ModelCall
from segmentry.personas.llm.ladder import Ladder
from segmentry.personas.llm.material import Material, material_of
from segmentry.personas.llm.prompt import VERSION, prompt_of
from segmentry.personas.llm.provider import Sender, opened, request_bytes
from segmentry.personas.llm.request import Prompt, build_request
from segmentry.personas.llm.settings import LlmSettings, key_for

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Job:
    """What one run needs beside the population: the settings and every place that it reads and writes.

    ``environ`` is where the key is looked up; ``memory`` is a file that is derived and may be lost;
    ``templates`` may override the prompt's. Several languages are one run: they share budget and journal.
    """

    settings: LlmSettings
    cache: Cache
    environ: Mapping[str, str]
    budget: TokenBudget
    journal: Journal
    templates: Path | None = None
    memory: Path | None = None
    patience: Patience = field(default_factory=Patience)


@dataclass(frozen=True, slots=True)
class Fallback:
    """A segment whose brief is the template's, and why."""

    segment: str
    failure: Failure


@dataclass(frozen=True, slots=True)
class Outcome:
    """The briefs that passed every check by segment, and for all others why they are the template's.

    ``calls`` are those of these briefs, ``spent`` is what the whole run has used so far.
    """

    briefs: Mapping[str, Brief]
    findings: Mapping[str, Sequence[BriefFinding]]
    fallbacks: tuple[Fallback, ...]
    calls: tuple[ModelCall, ...]
    spent: Spent


Progress = Callable[[str], None]


def ask_for_briefs(
    population: Population, found: Sequence[SegmentFacts], brand: Brand, job: Job, progress: Progress
) -> Outcome:
    """Ask the model for the briefs of these segments.

    Raises ProviderError where replies are missing in replay (all of them named), or where no server gave any
    reply at all; UsageError for settings that can't work.
    """
    return _run(_ask_for_all(population, found, brand, job, progress))


def first_requests(
    population: Population, found: Sequence[SegmentFacts], brand: Brand, job: Job
) -> dict[str, bytes]:
    """The bytes of each segment's first request, by its id. Nothing is sent."""
    ladder = Ladder(job.settings, job.memory)

    async def all_bytes() -> dict[str, bytes]:
        reported: dict[str, bytes] = {}
        for material in _reported_of(population, found, brand):
            prompt = prompt_of(material, population, job.settings, job.templates)
            request = build_request(job.settings, prompt, ladder.start)
            reported[material.segment.id] = await request_bytes(job.settings, request)
        return reported

    return _run(all_bytes())


def _run(task: Coroutine[Any, Any, _T]) -> _T:
    """Run to the end, also where the caller is inside a running loop (a notebook)."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(task)
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(asyncio.run, task).result()


def _reported_of(population: Population, found: Sequence[SegmentFacts], brand: Brand) -> list[Material]:
    """The material of the segments of which anything may be told."""
    all_ = [material_of(population, facts, brand) for facts in found]
    return [material for material in all_ if material.insight]


async def _ask_for_all(
    population: Population, found: Sequence[SegmentFacts], brand: Brand, job: Job, progress: Progress
) -> Outcome:
    materials = _reported_of(population, found, brand)
    prompts = [prompt_of(material, population, job.settings, job.templates) for material in materials]
    replaying, before = job.cache.mode == "replay", len(job.journal.calls)
    ladder = Ladder(job.settings, None if replaying else job.memory)
    async with AsyncExitStack() as open_:
        send: Sender | None = None
        if not replaying:
            key = key_for(job.settings, job.environ)
            send = await open_.enter_async_context(opened(job.settings, key))
        caller = Caller(send, job.budget, job.cache, job.journal, job.patience)
        talks = await _side_by_side(
            [
                Conversation(material, prompt, population, job.settings, caller, ladder)
                for material, prompt in zip(materials, prompts, strict=True)
            ],
            job.settings.concurrency,
            progress,
        )
    _raise_missing(materials, talks)
    _raise_unreached(talks, caller)
    made = list(zip(materials, prompts, talks, strict=True))
    return Outcome(
        briefs={m.segment.id: _signed(p, t, job) for m, p, t in made if t.written is not None},
        findings={m.segment.id: t.written.findings for m, _, t in made if t.written is not None},
        fallbacks=tuple(Fallback(m.segment.id, t.failure) for m, _, t in made if t.failure is not None),
        calls=tuple(job.journal.calls[before:]),
        spent=job.budget.spent(),
    )


async def _side_by_side(
    conversations: Sequence[Conversation], at_once: int, progress: Progress
) -> list[Talk]:
    """Hold the conversations, so many at once; the talks in the order of the conversations."""
    room, done = asyncio.Semaphore(at_once), 0

    async def one(conversation: Conversation) -> Talk:
        nonlocal done
        async with room:
            talk = await conversation.hold()
        done += 1
        progress(f"Writing briefs: {done} of {len(conversations)}")
        return talk

    return list(await asyncio.gather(*(one(conversation) for conversation in conversations)))


def _raise_missing(materials: Sequence[Material], talks: Sequence[Talk]) -> None:
    """Raises ProviderError where replay found no reply: with every key, so that one run names them all."""
    missing = [(m.segment.id, t.missing) for m, t in zip(materials, talks, strict=True) if t.missing]
    if missing:
        listed = "\n".join(f"  {segment}  {key}" for segment, key in missing)
        what = "1 reply is" if len(missing) == 1 else f"{len(missing)} replies are"
        raise ProviderError(
            f"{what} not recorded:\n{listed}\n"
            "the facts, the rules, the brand or the prompt have changed since; record with "
            "`segmentry brief --llm --cache record` and commit the new files"
        )


def _raise_unreached(talks: Sequence[Talk], caller: Caller) -> None:
    """Raises ProviderError where no server was reached and no recorded reply helped."""
    stopped = caller.budget.stopped
    if stopped is None or stopped.kind != "unreachable" or caller.answered:
        return
    if not any(talk.replies for talk in talks):
        raise ProviderError(f"{stopped.message}: {stopped.fix}. No brief was written")


def _signed(prompt: Prompt, talk: Talk, job: Job) -> Brief:
    """The brief with how it was made. Of repaired faults only code and place are told, never the words."""
    assert talk.written is not None
    brief = talk.written.brief
    sent = sum(usage.prompt_tokens for usage in talk.usage)
    received = sum(usage.completion_tokens for usage in talk.usage)
    usage: dict[str, Any] = {"prompt_tokens": sent, "completion_tokens": received}
    if job.settings.prices is not None:
        usage["cost"] = float(round(price_of(job.settings.prices, sent, received), 6))
    checks: list[dict[str, Any]] = [in_short(finding) for finding in talk.written.findings]
    checks += [{"code": code, "path": path, "repaired_in": turn} for turn, code, path in talk.repaired]
    made = {
        **brief["provenance"],
        "generator": "llm",
        "version": VERSION,
        "model_asked": job.settings.model,
        "model_answered": talk.model,
        "prompt_sha256": prompt.sha256,
        "attempts": talk.replies,
        "usage": usage if talk.usage else None,
        "checks": checks,
    }
    return {**brief, "provenance": made}
