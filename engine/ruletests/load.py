"""Test files: which there are, and what reading them finds."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from segmentry.engine.diagnostics.errors import UsageError
from segmentry.engine.diagnostics.findings import diagnostic
from segmentry.engine.diagnostics.model import Diagnostic
from segmentry.engine.diagnostics.there import is_there
from segmentry.engine.document import Document, read_document
from segmentry.engine.files.parse.reader import Cursor, Findings
from segmentry.engine.files.schema import validate
from segmentry.engine.files.unreadable import look_through
from segmentry.engine.language.suggest import did_you_mean
from segmentry.engine.ruletests.parse import parse_tests
from segmentry.engine.ruletests.rule_test import RuleTestFile
from segmentry.engine.ruletests.table import read_tables
from segmentry.engine.workspace import Workspace

ENDINGS = (".test.yaml", ".test.yml")


@dataclass(frozen=True, slots=True)
class LoadedTests:
    """The test files that could be read, the findings of reading; texts and documents are by file."""

    files: tuple[RuleTestFile, ...]
    findings: tuple[Diagnostic, ...]
    texts: Mapping[str, str]
    documents: Mapping[str, Document]


def find_tests(workspace: Workspace) -> list[str]:
    """The test files below the rules folder, relative to the workspace, sorted."""
    folder = workspace.root / workspace.model.rules
    found = (path for path in look_through(folder, named=False).files if path.name.endswith(ENDINGS))
    return sorted(path.relative_to(workspace.root).as_posix() for path in found)


def choose_tests(workspace: Workspace, paths: Iterable[str | Path]) -> list[str]:
    """The test files that paths name: test files, rule files with tests beside them, or folders.

    Raises UsageError for a path that names none.
    """
    every = find_tests(workspace)
    chosen: list[str] = []
    for path in paths:
        named = _named(workspace, Path(path), every)
        if not named:
            hint = did_you_mean(str(path), every)
            raise UsageError(f"no rule tests in `{path}`" + (f"; {hint}" if hint else ""))
        chosen += [file for file in named if file not in chosen]
    return sorted(chosen)


def _named(workspace: Workspace, path: Path, every: list[str]) -> list[str]:
    """The test files behind one path, which is relative to the current folder or to the workspace."""
    for candidate in (Path.cwd() / path, workspace.root / path):
        whole = Path(os.path.realpath(candidate))
        if not is_there(whole) or not whole.is_relative_to(workspace.root):
            continue
        name = whole.relative_to(workspace.root).as_posix()
        stem = name.removesuffix(whole.suffix)
        inside = "" if name == "." else f"{name}/"
        found = [f for f in every if f == name or (f.startswith(inside) and whole.is_dir())]
        found = found or [f for f in every if f in {stem + ending for ending in ENDINGS}]
        if found:
            return found
    return []


def load_tests(workspace: Workspace, files: Iterable[str] | None = None) -> LoadedTests:
    """The tests of a workspace, or those of the named files."""
    loaded: list[RuleTestFile] = []
    findings: list[Diagnostic] = []
    texts: dict[str, str] = {}
    documents: dict[str, Document] = {}
    for file in find_tests(workspace) if files is None else files:
        raw = workspace.raw(file)
        texts[file] = raw.decode("utf-8", errors="replace")
        document, found = read_document(file, raw)
        findings += found
        if document is None:
            continue
        documents[file] = document
        faults, _ = validate(document, "tests")
        findings += faults
        if any(item.severity == "error" for item in (*found, *faults)):
            continue
        tables = read_tables(workspace.root, document)
        texts.update(tables.texts)
        findings += tables.findings
        if tables.findings:
            continue
        tests = parse_tests(document, tables.tables)
        lacking = _without_rules(workspace, tests)
        if lacking is None:
            loaded.append(tests)
        else:
            findings.append(lacking)
    return LoadedTests(tuple(loaded), tuple(findings), texts, documents)


def _without_rules(workspace: Workspace, tests: RuleTestFile) -> Diagnostic | None:
    """The finding for a file whose `rules:` is no file, or one without rules."""
    document = workspace.documents.get(tests.rules)
    if document is None and tests.rules in workspace.texts:
        return None  # what is wrong with the rule file is told there
    root = None if document is None else Cursor(document, Findings(), document.data)
    if root is not None and (root.has("segmentation") or root.has("traits")):
        return None
    message = f"there is no rule file `{tests.rules}`"
    if document is not None:
        message = f"`{tests.rules}` holds no rules"
    # As `rules:` names them: seen from the test file.
    folder = posixpath.dirname(tests.at.file)
    known = [f for f in workspace.documents if f.startswith(f"{workspace.model.rules}/")]
    names = [posixpath.relpath(file, folder) for file in known]
    near = did_you_mean(posixpath.relpath(tests.rules, folder), names)
    hint = near or "`rules:` names the rule file beside this one"
    return diagnostic("test-without-rules", message, tests.at.file, tests.at.span, hint=hint)
