"""What a model may not do and only its own words show: write a figure itself, or name what it was not given.

The checks on every brief see the text as people read it, with its figures in place; these see it before.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

from segmentry.engine.language.languages import words
from segmentry.personas.checks import BriefFinding, check_brief
from segmentry.personas.checks.claims import copy, prose, references, without_references, word_pattern
from segmentry.personas.checks.finding import CheckCode
from segmentry.personas.facts.population import Population
from segmentry.personas.llm.draft import Brief, Draft
from segmentry.personas.llm.material import Material


def check_draft(draft: Draft, brief: Brief, material: Material, population: Population) -> list[BriefFinding]:
    """Every finding about a draft and the brief that it makes, each place and code once."""
    found = [*_own_findings(draft, material)]
    found += check_brief(brief, material.found, material.brand, population, material.segment.id)
    once: dict[tuple[str, str], BriefFinding] = {}
    for finding in found:
        once.setdefault((finding.code, finding.path), finding)
    return list(once.values())


def _own_findings(draft: Draft, material: Material) -> Iterator[BriefFinding]:
    customers = {path for path, _ in copy(draft)}
    for path, text in prose(draft):
        yield from _references(path, text, material, for_customers=path in customers)
        yield from _figures(path, text, material)


def _finding(
    material: Material, code: CheckCode, path: str, message: str, text: str, fix: str
) -> BriefFinding:
    return BriefFinding(code, "error", material.segment.id, path, message, text, fix)


def _references(path: str, text: str, material: Material, *, for_customers: bool) -> Iterator[BriefFinding]:
    for handle in references(text):
        if handle not in material.references:
            yield _finding(
                material, "unknown-fact", path, f"there is no fact {{{{{handle}}}}} in the data", text,
                "use a reference exactly as the data gives it",
            )  # fmt: skip
        elif for_customers and handle.startswith("i."):
            yield _finding(
                material, "wrong-pool", path, f"{{{{{handle}}}}} is internal, and customers read this", text,
                "in messages refer only to what stands under `approved`",
            )  # fmt: skip
    if re.search(r"[{}]", without_references(text)):
        yield _finding(
            material, "unknown-fact", path, "braces stand here that are no reference", text,
            "write references like {{o.brand.name}}, and no other braces",
        )  # fmt: skip


def _figures(path: str, text: str, material: Material) -> Iterator[BriefFinding]:
    plain = without_references(text)
    figure = next((mark for mark in plain if unicodedata.category(mark).startswith("N")), None)
    if figure is not None:
        yield _finding(
            material, "literal-number", path, f"the figure “{_around(plain, figure)}” is written out", text,
            "put the reference of a fact or an approved text in its place, or leave the figure out",
        )  # fmt: skip
    pattern = _number_words(material.language)
    word = pattern.search(plain) if pattern is not None else None
    if word is not None:
        yield _finding(
            material, "literal-number", path, f"“{word[0]}” claims a figure", text,
            "put the reference of a fact in its place, or use words that claim no number",
        )  # fmt: skip


def _around(text: str, mark: str) -> str:
    return next((word for word in text.split() if mark in word), mark)[:20]


@cache
def _number_words(language: str) -> re.Pattern[str] | None:
    lists = words(language)
    return word_pattern([*lists.numbers, *lists.number_words])
