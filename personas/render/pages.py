"""The pages: one brief as Markdown or as one self-contained HTML file, and the index over all of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segmentry.engine.language.languages import phrases
from segmentry.personas.channels import CHANNELS
from segmentry.personas.channels.lengths import columns, sms_length
from segmentry.personas.checks import BriefFinding
from segmentry.personas.checks.claims import resolved
from segmentry.personas.facts import Display
from segmentry.personas.render.environment import environment, render
from segmentry.personas.render.facts import fact_tree
from segmentry.personas.render.sandbox import BoundedEnvironment


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """One brief on the index page."""

    segment: str
    segmentation: str
    brief: Mapping[str, Any]
    findings: int


class Renderer:
    """Renders briefs for one workspace. ``folder`` may hold templates that go before the built-in ones."""

    def __init__(self, workspace: str, brand: str, folder: Path | None = None) -> None:
        self.workspace = workspace
        self.brand = brand
        self.folder = folder
        self._environments: dict[tuple[str, bool], BoundedEnvironment] = {}

    def _environment(self, locale: str, *, markdown: bool) -> BoundedEnvironment:
        """The environment of a locale, made once: it keeps the templates that it has read."""
        key = (locale, markdown)
        if key not in self._environments:
            self._environments[key] = environment(self.folder, Display(locale), markdown=markdown)
        return self._environments[key]

    def markdown(self, brief: Mapping[str, Any], findings: Sequence[BriefFinding] = ()) -> str:
        """The brief as Markdown. Raises TemplateError."""
        return self._page("brief.md.j2", brief, findings, markdown=True)

    def html(self, brief: Mapping[str, Any], findings: Sequence[BriefFinding] = ()) -> str:
        """The brief as one HTML file that needs no other. Raises TemplateError."""
        return self._page("brief.html.j2", brief, findings, markdown=False)

    def index(self, entries: Sequence[IndexEntry]) -> str:
        """The page that leads to all briefs. Raises TemplateError; needs at least one brief."""
        first = entries[0].brief["provenance"]
        groups: dict[str, list[dict[str, Any]]] = {}
        for entry in entries:
            shown = _shown(entry.brief)
            facts = {fact["handle"]: fact["text"] for fact in shown["facts"]}
            groups.setdefault(entry.segmentation, []).append(
                {
                    "brief": shown,
                    "size": facts.get("i.size"),
                    "share": facts.get("i.share"),
                    "findings": entry.findings,
                }
            )
        context = {**self._common(first), "groups": groups}
        return render(self._environment(first["locale"], markdown=False), "index.html.j2", context)

    def _page(
        self, name: str, brief: Mapping[str, Any], findings: Sequence[BriefFinding], *, markdown: bool
    ) -> str:
        shown = _shown(brief)
        made = shown["provenance"]
        by_id = {fact["id"]: fact for fact in shown["facts"]}
        context = {
            **self._common(made),
            **fact_tree(shown["facts"]),
            "brief": shown,
            "by_id": by_id,
            "apart": _apart(shown, by_id),
            "figures": _figures(shown, by_id),
            "spreads": _spreads(shown),
            "findings": findings,
            "sms_length": sms_length,
            "columns": columns,
            "channels": list(CHANNELS),
            "limits": {
                name: limit.value for channel in CHANNELS.values() for name, limit in channel.limits.items()
            },
        }
        return render(self._environment(made["locale"], markdown=markdown), name, context)

    def _common(self, made: Mapping[str, Any]) -> dict[str, Any]:
        language = made["language"]
        words = phrases(language)
        return {
            "words": words["page"], "language": language, "workspace": self.workspace, "brand": self.brand,
            "provenance": made,
        }  # fmt: skip


def _shown(brief: Mapping[str, Any]) -> dict[str, Any]:
    """The brief with references to facts replaced by what they show."""
    shown: dict[str, Any] = resolved(brief, {fact["handle"]: fact["text"] for fact in brief["facts"]})
    return shown


def _apart(brief: Mapping[str, Any], by_id: Mapping[str, Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The facts that set the segment apart: those that the traits cite in their order, then the others."""
    effects = {id_: fact for id_, fact in by_id.items() if fact["effect"] and fact["index"] is not None}
    cited = [id_ for item in brief["traits"] for id_ in item["evidence"] if id_ in effects]
    return [
        effects[id_] for id_ in dict.fromkeys([*cited, *sorted(effects, key=lambda id_: _rank(effects[id_]))])
    ]


_SIZES = ("i.size", "i.share")
_SPREAD = ("p10", "median", "p90")


def _measure(fact: Mapping[str, Any]) -> str:
    return str(fact["handle"]).rsplit(".", 1)[-1]


def _figures(brief: Mapping[str, Any], by_id: Mapping[str, Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The facts about people as they are worth reading: the sizes, what sets them apart, then the rest.

    Without percentiles: how a figure is spread is another table.
    """
    reported = [
        fact for fact in brief["facts"] if fact["pool"] == "insight" and _measure(fact) not in _SPREAD
    ]
    sizes = [fact for fact in reported if fact["handle"] in _SIZES or _measure(fact) == "value_share"]
    ordered = [fact["id"] for fact in (*sizes, *_apart(brief, by_id), *reported)]
    known = {fact["id"]: fact for fact in reported}
    return [known[id_] for id_ in dict.fromkeys(ordered) if id_ in known]


def _spreads(brief: Mapping[str, Any]) -> list[dict[str, Any]]:
    """How traits are spread, one entry for each that has all three: label, p10, median and p90 as texts."""
    found: dict[str, dict[str, Any]] = {}
    for fact in brief["facts"]:
        if fact["pool"] == "insight" and _measure(fact) in _SPREAD:
            trait = str(fact["id"]).rsplit(".", 1)[0]
            found.setdefault(trait, {"label": fact["label"]})[_measure(fact)] = fact["text"]
    return [entry for entry in found.values() if len(entry) == 1 + len(_SPREAD)]


def _rank(fact: Mapping[str, Any]) -> tuple[float, str]:
    """The strongest first, as correlations: Cohen's d is one of d ÷ √(d² + 4) for two equal halves."""
    effect = abs(fact["effect"])
    strength = effect / math.sqrt(effect * effect + 4) if fact["effect_kind"] == "cohens_d" else effect
    return -strength, fact["id"]
