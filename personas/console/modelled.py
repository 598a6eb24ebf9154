"""What `brief` does with a language model: write, or show what would be sent."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from segmentry.engine.console.session import Session, choice

if TYPE_CHECKING:
    from segmentry.personas.briefs import BriefResult
    from segmentry.personas.llm import CacheMode, Job

TEMPLATES = "templates"


def model_job(this: Session, cache: str) -> Job:
    """What the workspace says of its model, and where its replies lie. Raises UsageError, RuleError."""
    from segmentry.personas.llm import CACHE_MODES, job_of, parse_settings

    choice("--cache", cache, CACHE_MODES)
    root, settings = this.workspace.root, parse_settings(this.loaded_model().llm)
    modes: dict[str, CacheMode] = {mode: mode for mode in CACHE_MODES}
    return job_of(root, settings, cache=modes[cache], templates=root / TEMPLATES)


def show_requests(this: Session, requests: Sequence[Mapping[str, bytes]]) -> None:
    """The requests, one a line and byte for byte; as JSON a list with the segments' names."""
    if this.json:
        bodies = [
            {"segment": segment, "request": json.loads(body)}
            for group in requests
            for segment, body in group.items()
        ]
        this.document({"version": 1, "requests": bodies})
        return
    for body in (body for group in requests for body in group.values()):
        this.show(body.decode("utf-8"))
    if not any(requests):
        this.note("note: of so few customers nothing may be told, so nothing would be sent")


def usage_document(results: Iterable[BriefResult]) -> dict[str, Any] | None:
    """What the model was asked for and what it cost, for the JSON document; None where it was not."""
    from segmentry.personas.llm import LlmResult

    modelled = [result for result in results if isinstance(result, LlmResult)]
    if not modelled:
        return None
    spent = modelled[-1].spent
    return {
        "briefs": sum(len(result.by_model) for result in modelled),
        "fallbacks": sum(len(result.fallbacks) for result in modelled),
        "calls": spent.calls,
        "prompt_tokens": spent.prompt_tokens,
        "completion_tokens": spent.completion_tokens,
        "cost": spent.cost,
    }


def usage_line(usage: Mapping[str, Any]) -> str:
    """The same in a line."""
    calls = usage["calls"]
    if not calls:
        return f"{usage['briefs']} by the model, from recorded replies."
    cost = "" if usage["cost"] is None else f", cost {usage['cost']:.4f}"
    return (
        f"{usage['briefs']} by the model: {calls} {'call' if calls == 1 else 'calls'}, "
        f"{usage['prompt_tokens']:,} tokens sent, {usage['completion_tokens']:,} received{cost}."
    )
