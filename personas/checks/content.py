"""Checks on the brief as a document: its schema, its evidence, and whether its figures still hold."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from typing import Any, cast

from segmentry.personas.brief.schema import brief_schema
from segmentry.personas.channels import Limit
from segmentry.personas.checks.finding import BriefFinding, Checked
from segmentry.personas.checks.language import found

_LENGTHS = frozenset({"maxLength", "minLength", "maxItems", "minItems"})


def schema_findings(segment: str, brief: Any) -> tuple[list[BriefFinding], bool]:
    """Where a brief departs from its published schema, and whether only in lengths.

    Then it can be read all the same; the other checks need a brief of the right shape.
    """
    from jsonschema import Draft202012Validator

    validator: Any = Draft202012Validator(brief_schema())
    errors: Iterable[Any] = validator.iter_errors(brief)
    ordered = sorted(errors, key=lambda error: [str(part) for part in error.absolute_path])
    findings = [
        BriefFinding(
            "brief-schema", "error", segment, _json_path(error.absolute_path), _plain(error),
            error.instance if isinstance(error.instance, str) else "", _fix(error),
        )
        for error in ordered
    ]  # fmt: skip
    return findings, all(error.validator in _LENGTHS for error in ordered)


def _plain(error: Any) -> str:
    """A schema error in plain words."""
    match error.validator:
        case "maxLength":
            return f"{len(error.instance)} characters, {error.validator_value} fit"
        case "minLength":
            return "there is no text here"
        case "minItems" | "maxItems":
            bound = "at least" if error.validator == "minItems" else "at most"
            return f"{len(error.instance)} entries, {bound} {error.validator_value} are expected"
        case "required":
            return f"`{_lacking(error)}` is missing"
        case "enum":
            return f"`{error.instance}` is none of {_choices(error)}"
        case "additionalProperties":
            unknown = [key for key in error.instance if key not in error.schema["properties"]]
            return f"no key of this name belongs here: {', '.join(f'`{key}`' for key in unknown)}"
        case _:
            return str(error.message)[:200]


def _fix(error: Any) -> str:
    match error.validator:
        case "maxLength":
            return f"shorten it to {error.validator_value} characters"
        case "minLength":
            return "write one"
        case "minItems":
            return f"write {error.validator_value} or more"
        case "maxItems":
            return f"keep {error.validator_value}"
        case "required":
            return f"add `{_lacking(error)}`"
        case "enum":
            return f"write one of {_choices(error)}"
        case "additionalProperties":
            return "take it out; `segmentry schema brief` has all keys"
        case _:
            return "see `segmentry schema brief`"


def _lacking(error: Any) -> str:
    # An error lists every required key, and there is one error for each that is missing.
    keys: list[str] = error.validator_value
    return next(key for key in keys if error.message.startswith(f"'{key}' "))


def _choices(error: Any) -> str:
    return ", ".join(str(value) for value in error.validator_value)


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
