"""The canonical layout of one file. What the file says, and every comment in it, stays."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from segmentry.engine.diagnostics.model import Diagnostic
from segmentry.engine.document import Document, YamlFloat, YamlInt, is_list, is_mapping, read_document
from segmentry.engine.files.fmt.comments import attach_comments
from segmentry.engine.files.fmt.emit import emit
from segmentry.engine.files.fmt.order import in_order
from segmentry.engine.files.fmt.tree import Collection, read_tree
from segmentry.engine.files.schema import SchemaName


@dataclass(frozen=True, slots=True)
class Formatted:
    """A file and its canonical form.

    ``text`` is the new text, the old one where the file can't be read (then ``findings`` says why) or can't
    be laid out without a change of what it says (``left_alone``).
    """

    file: str
    before: str
    text: str
    findings: tuple[Diagnostic, ...] = ()
    left_alone: bool = False

    @property
    def changed(self) -> bool:
        """Whether the file is not in its canonical form."""
        return self.text != self.before


def schema_of(file: str) -> SchemaName:
    """The schema by which a file of a workspace is ordered."""
    name = PurePosixPath(file).name
    match name:
        case "segmentry.yaml":
            return "workspace"
        case "brand.yaml":
            return "brand"
        case _:
            return "tests" if name.endswith((".test.yaml", ".test.yml")) else "rules"


def format_bytes(file: str, raw: bytes) -> Formatted:
    """The canonical form of a file's bytes; ``file`` is its name in the workspace.

    Lines end as the first one does (LF or CR LF), and there is no byte order mark. Keys keep their order in a
    file with anchors, which have to come before their aliases.
    """
    document, findings = read_document(file, raw)
    if document is None:
        shown = raw.decode("utf-8", errors="replace")
        return Formatted(file, shown, shown, tuple(d for d in findings if d.severity == "error"))
    before = raw.decode("utf-8")
    errors = tuple(d for d in findings if d.severity == "error")
    if errors:  # of two equal keys only one would be left
        return Formatted(file, before, before, errors)
    lines = document.text.replace("\r\n", "\n").replace("\r", "\n")
    text = _laid_out(lines, document, schema_of(file))
    if not _means_the_same(file, document, text):
        return Formatted(file, before, before, left_alone=True)
    windows = document.text.partition("\n")[0].endswith("\r")
    return Formatted(file, before, text.replace("\n", "\r\n") if windows else text)


def _laid_out(lines: str, document: Document, name: SchemaName) -> str:
    root = read_tree(lines)
    if root is None:
        return "".join(f"{line.rstrip()}\n" for line in lines.strip().split("\n") if lines.strip())
    if not isinstance(root, Collection):
        return lines
    header = attach_comments(lines, root, document.comments)
    if not _has_anchor(root):
        in_order(root, name)
    return emit(root, header)


def _has_anchor(node: Collection) -> bool:
    return any(
        entry.node.anchor is not None
        or (entry.key is not None and entry.key.anchor is not None)
        or (isinstance(entry.node, Collection) and _has_anchor(entry.node))
        for entry in node.entries
    )


def _means_the_same(file: str, before: Document, text: str) -> bool:
    after, _ = read_document(file, text.encode("utf-8"))
    if after is None or not same_data(before.data, after.data):
        return False
    return Counter(c.text for c in before.comments) == Counter(c.text for c in after.comments)


def same_data(one: Any, other: Any) -> bool:
    """Whether two files' data are equal, numbers in their spelling too."""
    if is_mapping(one) and is_mapping(other):
        return one.keys() == other.keys() and all(same_data(one[key], other[key]) for key in one)
    if is_list(one) and is_list(other):
        return len(one) == len(other) and all(map(same_data, one, other))
    if isinstance(one, (YamlInt, YamlFloat)):
        return type(one) is type(other) and bool(one.text == other.text)
    return type(one) is type(other) and bool(one == other)
