"""Documents by their schema: findings, and which values are wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

from segmentry.engine.diagnostics.findings import diagnostic
from segmentry.engine.diagnostics.model import Diagnostic, sorted_diagnostics
from segmentry.engine.document import Document, Path
from segmentry.engine.files.schema.checker import compile_schema
from segmentry.engine.files.schema.context import mistakes
from segmentry.engine.files.schema.faults import SchemaFault
from segmentry.engine.files.schema.messages import finding
from segmentry.engine.files.schema.noise import without_noise
from segmentry.engine.files.schema.other_tools import foreign, tool_hint
from segmentry.engine.files.schema.registry import SchemaName, json_schema


def validate(document: Document, name: SchemaName) -> tuple[list[Diagnostic], frozenset[Path]]:
    """The findings of a document, sorted, and the paths of the values with an error.

    The codes are unknown-key, schema, value-type, naming and ambiguous-scalar; the latter two are warnings
    and their values are not wrong. A path may be the way to a mapping that lacks a key.
    """
    faults = without_noise(_checker(name)(document.data))
    reported = [(fault, finding(document, fault)) for fault in faults]
    wrong: set[Path] = {_path(fault) for fault, item in reported if item.severity == "error"}
    findings = _of_other_tools(reported) if name == "rules" else [item for _, item in reported]
    for mistake in tuple(mistakes(document.data, name, wrong)):
        key = document.key_span(mistake.path) if mistake.at_key else None
        span = key or document.value_span(mistake.path)
        findings.append(diagnostic(mistake.code, mistake.message, document.file, span, hint=mistake.hint))
        wrong.add(mistake.path)
    return sorted_diagnostics(findings), frozenset(wrong)


def _of_other_tools(reported: list[tuple[SchemaFault, Diagnostic]]) -> list[Diagnostic]:
    """The findings, of which the first that comes from the format of another tool says so.

    A key of theirs that is like one of ours is no slip of the pen, so none of them is mended.
    """
    known = foreign(fault for fault, _ in reported)
    if known is None:
        return [item for _, item in reported]
    tool, showing = known
    shown = {id(fault) for fault in showing}
    begins = min(item.span for fault, item in reported if id(fault) in shown)
    findings: list[Diagnostic] = []
    for fault, item in reported:
        if id(fault) in shown and item.span == begins:
            hints = [tool_hint(tool, fault), *([] if item.hint is None else [item.hint])]
            item = replace(item, hint="\n".join(hints))
        findings.append(replace(item, fix=None) if id(fault) in shown else item)
    return findings


@cache
def _checker(name: SchemaName) -> Callable[[Any], list[SchemaFault]]:
    return compile_schema(json_schema(name))


def _path(fault: SchemaFault) -> Path:
    return fault.path if fault.key is None else (*fault.path, fault.key)
