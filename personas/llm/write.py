"""The door: briefs with a language model, written as files; and the requests that it would get."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from segmentry.engine.errors import ProviderError, UsageError
from segmentry.personas.brand import Brand
from segmentry.personas.brief import compose_briefs
from segmentry.personas.checks import BriefFinding, check_brief
from segmentry.personas.facts import SegmentFacts, published_facts
from segmentry.personas.facts.model import readable
from segmentry.personas.inputs import Audience, SegmentInfo
from segmentry.personas.llm.budget import Budget, Spent
from segmentry.personas.llm.cache import FOLDER, Cache, prune_files
from segmentry.personas.llm.failure import Failure
from segmentry.personas.llm.journal import Call, Journal
from segmentry.personas.llm.settings import CacheMode, LlmSettings
from segmentry.personas.llm.writing import Job, Progress, ask_for_briefs, first_requests
from segmentry.personas.render import IndexEntry, Renderer
from segmentry.personas.select import selected

BriefFormat = Literal["md", "html", "json"]
FORMATS: tuple[BriefFormat, ...] = ("md", "html", "json")

PRIVATE = Path(".segmentry/llm")
"""Beside the workspace's other derived files: the rung that a server takes, the log of calls."""


@dataclass(frozen=True, slots=True)
class FallbackFinding:
    """A finding: the brief is the template's because the model's could not be had or did not pass."""

    segment: str
    message: str
    fix: str
    kind: str
    code: Literal["model-fallback"] = "model-fallback"
    severity: Literal["error", "info"] = "error"
    path: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class LlmResult:
    """What was written: briefs by segment, files, findings (of the texts, and of fallbacks), calls, money.

    ``by_model`` names the segments whose brief is the model's.
    """

    briefs: Mapping[str, Mapping[str, Any]]
    by_model: tuple[str, ...]
    written: tuple[Path, ...]
    findings: tuple[BriefFinding | FallbackFinding, ...]
    calls: tuple[Call, ...]
    spent: Spent

    @property
    def exit_code(self) -> int:
        """1 where a finding is an error (a fallback is one), else 0."""
        return 1 if any(finding.severity == "error" for finding in self.findings) else 0


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
        budget=Budget(settings),
        journal=Journal(private / "calls.jsonl"),
        templates=templates,
        memory=private / "rungs.json",
    )


def write_llm_briefs(
    audience: Audience,
    brand: Brand,
    job: Job,
    segments: Sequence[str] = (),
    out: Path = Path("briefs"),
    formats: Sequence[BriefFormat] = FORMATS,
    progress: Progress = lambda _: None,
) -> LlmResult:
    """Write the briefs of the named segments (default: all) with the model that the job names.

    What a model writes is only written to a file when it passes every check; else the template's brief is,
    and a finding says why. Raises ProviderError where replies are missing in replay or no server is reached
    (then nothing is written), UsageError for an unknown segment, a folder that can't be written or settings
    that can't work, DataError where a text in the data holds personal data, TemplateError for a template.
    """
    wanted = selected(audience, segments)
    _make_folder(out)
    facts = published_facts(audience)
    chosen = [facts[segment.id] for segment in wanted if segment.id in facts]
    outcome = ask_for_briefs(audience, chosen, brand, job, progress)
    by_template = compose_briefs(audience, facts, brand)
    failures = {fallback.segment: fallback.failure for fallback in outcome.fallbacks}
    briefs: dict[str, Mapping[str, Any]] = {}
    findings: dict[str, list[BriefFinding | FallbackFinding]] = {}
    for found in chosen:
        id_ = found.segment.id
        if id_ in outcome.briefs:
            briefs[id_], findings[id_] = outcome.briefs[id_], list(outcome.findings[id_])
        else:
            briefs[id_], findings[id_] = _fallen_back(
                by_template[id_], found, failures.get(id_), audience, brand
            )
    files = _rendered([f.segment for f in chosen], briefs, findings, Renderer(
        audience.workspace, brand.name, job.templates), formats)  # fmt: skip
    written = tuple(_write(out / name, text) for name, text in files.items())
    everything = tuple(finding for part in findings.values() for finding in part)
    return LlmResult(briefs, tuple(outcome.briefs), written, everything, outcome.calls, outcome.spent)


def prompt_requests(
    audience: Audience, brand: Brand, job: Job, segments: Sequence[str] = ()
) -> dict[str, bytes]:
    """The exact bytes of the first request for each named segment, by its id; nothing is sent.

    Segments of which privacy lets nothing be told have none. Raises as `write_llm_briefs` does.
    """
    wanted = selected(audience, segments)
    facts = published_facts(audience)
    return first_requests(audience, [facts[s.id] for s in wanted if s.id in facts], brand, job)


def prune_cache(audience: Audience, brand: Brand, job: Job) -> list[str]:
    """Remove the recorded replies that no request of today leads to; returns their keys. Asks no server."""
    cache = Cache(job.cache.folder, "replay")
    facts = published_facts(audience)
    replay = replace(job, cache=cache, journal=Journal())
    # That a reply is missing is no reason to keep those that nothing uses.
    with suppress(ProviderError):
        ask_for_briefs(audience, list(facts.values()), brand, replay, lambda _: None)
    return prune_files(cache.folder, cache.used)


def _fallen_back(
    brief: Mapping[str, Any],
    found: SegmentFacts,
    failure: Failure | None,
    audience: Audience,
    brand: Brand,
) -> tuple[Mapping[str, Any], list[BriefFinding | FallbackFinding]]:
    """The template's brief, which says why it is one, with every finding about it."""
    id_ = found.segment.id
    why = (
        _no_facts(id_)
        if failure is None
        else FallbackFinding(id_, _by_template(failure), failure.fix, failure.kind)
    )
    of_text = check_brief(brief, found, brand, audience, id_)
    told = [{"code": why.code, "severity": why.severity, "path": "", "message": why.message}] + [
        {"code": item.code, "severity": item.severity, "path": item.path, "message": item.message}
        for item in of_text
    ]
    return {**brief, "provenance": {**brief["provenance"], "checks": told}}, [why, *of_text]


def _by_template(failure: Failure) -> str:
    return f"{failure.message}. The brief is the template's"


def _no_facts(segment: str) -> FallbackFinding:
    """Too few customers is no fault, so it is said and changes no exit code."""
    return FallbackFinding(
        segment,
        "no figure of so few customers may leave the machine: the brief is the template's",
        "nothing to mend; a larger segment gets a model's brief", "no-facts", severity="info",
    )  # fmt: skip


def _rendered(
    segments: Sequence[SegmentInfo],
    briefs: Mapping[str, Mapping[str, Any]],
    findings: Mapping[str, Sequence[BriefFinding | FallbackFinding]],
    renderer: Renderer,
    formats: Sequence[BriefFormat],
) -> dict[str, str]:
    """The texts of the files by name."""
    files: dict[str, str] = {}
    entries: list[IndexEntry] = []
    for segment in segments:
        brief = briefs[segment.id]
        of_text = [finding for finding in findings[segment.id] if isinstance(finding, BriefFinding)]
        entries.append(IndexEntry(segment.id, readable(segment.segmentation), brief, len(of_text)))
        if "json" in formats:
            files[f"{segment.id}.json"] = json.dumps(brief, ensure_ascii=False, indent=2) + "\n"
        if "md" in formats:
            files[f"{segment.id}.md"] = renderer.markdown(brief, of_text)
        if "html" in formats:
            files[f"{segment.id}.html"] = renderer.html(brief, of_text)
    if "html" in formats and entries:
        files["index.html"] = renderer.index(entries)
    return files


def _make_folder(out: Path) -> None:
    """Raises UsageError, before any money is spent, where files can't be written."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        probe = out / ".writable.part"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise UsageError(f"can't write to {out}: {error.strerror or error}") from error


def _write(path: Path, text: str) -> Path:
    """Write the file whole or not at all."""
    partial = path.with_name(f".{path.name}.part")
    partial.write_bytes(text.encode("utf-8"))
    return partial.replace(path)
