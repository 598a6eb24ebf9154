"""Checks on the brief as a document: its segment, its evidence, and whether its figures still hold."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any, cast

from segmentry.personas.channels import Limit
from segmentry.personas.checks.finding import BriefFinding, Checked
from segmentry.personas.checks.language import found


def statements(checked: Checked) -> Iterator[tuple[str, dict[str, Any]]]:
    """The statements of the brief with their JSON paths."""
    for part in ("traits", "needs", "barriers"):
        for at, item in enumerate(checked.brief[part]):
            yield f"{part}[{at}]", cast("dict[str, Any]", item)
    yield "value_proposition.because", checked.brief["value_proposition"]["because"]


STALE_TOLERANCE = Limit(
    0.1, "part", "how far a cited figure may have moved, relative to its value", "our own"
)


def check_segment(checked: Checked) -> Iterator[BriefFinding]:
    """A brief that lies where another segment's should."""
    named = str(checked.brief["segment"])
    if named != checked.segment:
        yield found(
            checked, "brief-schema", "segment", f"this is the brief of `{named}`, not of `{checked.segment}`",
            named, f"call the file {named}.json, or write the brief of `{checked.segment}` again",
        )  # fmt: skip


def check_evidence(checked: Checked) -> Iterator[BriefFinding]:
    """An observed statement without evidence, and evidence that is no insight of this segment."""
    named = {fact["id"] for fact in checked.brief["facts"]}
    for path, item in statements(checked):
        if item["basis"] == "observed" and not item["evidence"]:
            yield found(
                checked, "no-evidence", path, "this calls itself observed and names no fact", item["text"],
                "name the fact's id under `evidence`, or call it a hypothesis",
            )  # fmt: skip
        for at, id_ in enumerate(item["evidence"]):
            place = f"{path}.evidence[{at}]"
            if id_.startswith("offer."):
                message, fix = f"{id_} is an offer, which proves nothing about people", "name an insight"
                yield found(checked, "wrong-pool", place, message, item["text"], fix)
            elif id_ not in named:
                message = f"there is no fact {id_}"
                fix = "name a fact that this brief lists under `facts`"
                yield found(checked, "unknown-fact", place, message, item["text"], fix)


def check_stale(checked: Checked) -> Iterator[BriefFinding]:
    """A figure that is cited or told that moved by more than the tolerance since, or is not told any more."""
    cited = {id_ for _, item in statements(checked) for id_ in item["evidence"]} | _reported_sizes(checked)
    tolerance = STALE_TOLERANCE.value
    for at, fact in enumerate(checked.brief["facts"]):
        if fact["id"] not in cited or fact["value"] is None or not checked.measured:
            continue
        now = checked.ids.get(fact["id"])
        if now is None:
            yield found(
                checked, "stale", f"facts[{at}]",
                f"{fact['label']}: the brief says {fact['text']}, today nothing may be told of it",
                fact["text"], "write the brief again, and read what changes",
            )  # fmt: skip
            continue
        before, after = float(fact["value"]), float(now["value"])
        if not math.isclose(before, after, rel_tol=tolerance, abs_tol=1e-12):
            yield found(
                checked, "stale", f"facts[{at}]",
                f"{fact['label']}: the brief says {fact['text']}, today it is {now['text']}", fact["text"],
                "write the brief again, and read what changes",
            )  # fmt: skip


def _reported_sizes(checked: Checked) -> set[str]:
    """Sizes and shares that stand in the summary, which cites no evidence."""
    summary = str(checked.brief["summary"])
    return {
        fact["id"]
        for fact in checked.brief["facts"]
        if (fact["handle"] in ("i.size", "i.share") or fact["handle"].endswith(".value_share"))
        and re.search(rf"(?<!\w){re.escape(fact['text'])}(?!\w)", summary)
    }
