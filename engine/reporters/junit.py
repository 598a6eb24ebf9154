"""Findings as JUnit XML, which CI servers show beside test results."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from segmentry.engine.diagnostics.model import Diagnostic, sorted_diagnostics
from segmentry.engine.diagnostics.steering import SHOWN, without_steering

_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 can't hold (https://www.w3.org/TR/xml/#charsets)."""


def report_junit(
    diagnostics: Iterable[Diagnostic],
    sources: Mapping[str, str],
    *,
    colour: bool = False,
    width: int | None = None,
    folder: str = "",
) -> str:
    """A suite per file and a case per finding. Errors are failures; warnings and notes pass, with their text.

    Where nothing was found there is one case that passes.
    """
    found = sorted_diagnostics(diagnostics)
    root = Element("testsuites", name="segmentry check")
    _count(root, found)
    for file, items in groupby(found, key=lambda item: item.file):
        _suite(root, file, list(items), folder)
    if not found:
        suite = SubElement(root, "testsuite", name="segmentry check", tests="1", failures="0", errors="0")
        SubElement(suite, "testcase", classname="segmentry", name="no findings")
        root.set("tests", "1")
    indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _suite(root: Element, file: str, items: list[Diagnostic], folder: str) -> None:
    suite = SubElement(root, "testsuite", name=_clean(file))
    _count(suite, items)
    for item in items:
        name = _clean(f"{item.code} at {item.span.line}:{item.span.column}")
        case = SubElement(suite, "testcase", classname=_clean(file), name=name, file=_clean(folder + file))
        case.set("line", str(item.span.line))
        if item.severity == "error":
            failure = SubElement(case, "failure", type=item.code, message=_clean(item.message))
            failure.text = _text(item)
        else:
            SubElement(case, "system-out").text = f"{item.severity}: {_text(item)}"


def _count(element: Element, items: list[Diagnostic]) -> None:
    failures = sum(item.severity == "error" for item in items)
    element.attrib.update(tests=str(len(items)), failures=str(failures), errors="0")


def _text(item: Diagnostic) -> str:
    lines = [f"{item.file}:{item.span.line}:{item.span.column}: {item.message}"]
    if item.hint is not None:
        lines.append(item.hint)
    lines += [f"{other.file}:{other.span.line}: {other.message}" for other in item.related]
    return _clean("\n".join(lines))


def _clean(text: str) -> str:
    return _NOT_XML.sub(SHOWN, without_steering(text))
