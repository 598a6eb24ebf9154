"""Checks on the brief as a document: its schema, its evidence, and whether its figures still hold."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any, cast

from segmentry.personas.brief.schema import brief_schema
from segmentry.personas.checks.finding import BriefFinding, Checked
from segmentry.personas.checks.language import found
from segmentry.personas.checks.lengths import limits


def schema_findings(segment: str, brief: Any) -> list[BriefFinding]:
    """Where a brief departs from its published schema. The other checks need one that does not."""
    from jsonschema import Draft202012Validator

    validator: Any = Draft202012Validator(brief_schema())
    errors: Iterable[Any] = validator.iter_errors(brief)
    ordered = sorted(errors, key=lambda error: [str(part) for part in error.absolute_path])
    return [
        BriefFinding(
            "brief-schema", "error", segment, _json_path(error.absolute_path), _plain(error),
            error.instance if isinstance(error.instance, str) else "", "see `segmentry schema brief`",
        )
        for error in ordered
    ]  # fmt: skip


def _plain(error: Any) -> str:
    """A schema error in plain words."""
    match error.validator:
        case "maxLength":
            return f"{len(error.instance)} characters, {error.validator_value} fit"
        case "minItems" | "maxItems":
            bound = "at least" if error.validator == "minItems" else "at most"
            return f"{len(error.instance)} entries, {bound} {error.validator_value} are expected"
        case "required":
            lacking = [key for key in error.validator_value if key not in error.instance]
            return f"`{lacking[0]}` is missing"
        case "enum":
            return f"`{error.instance}` is none of {', '.join(str(value) for value in error.validator_value)}"
        case _:
            return str(error.message)[:200]


def _json_path(parts: Iterable[str | int]) -> str:
    path = ""
    for part in parts:
        path += f"[{part}]" if isinstance(part, int) else (f".{part}" if path else part)
    return path


def statements(checked: Checked) -> Iterator[tuple[str, dict[str, Any]]]:
    """The statements of the brief with their JSON paths."""
    for part in ("traits", "needs", "barriers"):
        for at, item in enumerate(checked.brief[part]):
            yield f"{part}[{at}]", cast("dict[str, Any]", item)
    yield "value_proposition.because", checked.brief["value_proposition"]["because"]


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
    """A cited figure that has moved by more than the tolerance since, or is not told any more."""
    cited = {id_ for _, item in statements(checked) for id_ in item["evidence"]}
    tolerance = limits()["stale_tolerance"].value
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
