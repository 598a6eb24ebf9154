"""A tree as text in the canonical layout: block style, two blanks a level, one key a line."""

from __future__ import annotations

import json
from typing import Final

from segmentry.engine.files.fmt.comments import BLANK
from segmentry.engine.files.fmt.tree import BLOCK, Collection, Entry, Node, Scalar

WIDTH: Final = 100
"""A list of single values that its author wrote in one line stays there if the line is no longer."""

STEP: Final = 2


def emit(root: Collection, header: list[str]) -> str:
    """The text of a file, its lines ended by LF."""
    opening = _comments(header, 0, tight=True)
    body = _collection(root, 0) if root.entries else [_empty(root), *_comments(root.foot, 0, tight=False)]
    return "".join(f"{line}\n" for line in (*opening, *body))


def _comments(texts: list[str], indent: int, *, tight: bool) -> list[str]:
    """Comments at their indentation; blank lines don't come twice, nor first where that is ``tight``."""
    lines: list[str] = []
    for text in texts:
        if text != BLANK:
            lines.append(" " * indent + text)
        elif lines[-1:] != [BLANK] and (lines or not tight):
            lines.append(BLANK)
    return lines


def _collection(node: Collection, indent: int) -> list[str]:
    lines: list[str] = []
    tight = True
    for entry in node.entries:
        _hoist(entry, indent)
        lines += _comments(entry.leading, indent, tight=tight)
        lines += _entry(entry, indent)
        tight = _takes_blanks(entry.node)
    return [*lines, *_comments(node.foot, indent, tight=tight)]


def _takes_blanks(node: Node) -> bool:
    """Whether blank lines after a value would be a part of it: a text that keeps its end (`|+`)."""
    if isinstance(node, Scalar):
        return node.style in BLOCK and "+" in _marks(node)
    return not node.foot and bool(node.entries) and _takes_blanks(node.entries[-1].node)


def _hoist(entry: Entry, indent: int) -> None:
    """Comments between a dash and what it opens go above the dash, the one behind it into its line."""
    if not _opens_block(entry, indent):
        return
    assert isinstance(entry.node, Collection)
    first = entry.node.entries[0]
    if entry.head is not None and first.head is None:
        first.head = entry.head
    elif entry.head is not None:
        entry.leading.append(entry.head)
    entry.head = None
    _hoist(first, indent + STEP)
    entry.leading += [text for text in first.leading if text != BLANK]
    first.leading = []


def _opens_block(entry: Entry, indent: int) -> bool:
    """Whether an item of a list has its first key or item in the line of its dash."""
    node = entry.node
    if entry.key is not None or not isinstance(node, Collection) or not node.entries:
        return False
    # `- &name key:` would name the key, not the mapping
    return node.anchor is None and not _fits_line(node, indent + 1)


def _entry(entry: Entry, indent: int) -> list[str]:
    node = entry.node
    if _opens_block(entry, indent):
        assert isinstance(node, Collection)
        first, *rest = _collection(node, indent + STEP)
        return [f"{' ' * indent}- {first[indent + STEP :]}", *rest]
    start = " " * indent + ("-" if entry.key is None else f"{_key(entry.key)}:")
    if isinstance(node, Collection) and node.entries and not _fits_line(node, len(start)):
        return [_joined(start, _anchor(node), entry.head), *_collection(node, indent + STEP)]
    first, *rest = _scalar(node, indent + STEP) if isinstance(node, Scalar) else [_inline(node)]
    if isinstance(node, Scalar) and node.style in BLOCK:
        return [_joined(start, first, entry.head), *rest]
    lines = [_joined(start, first, None), *rest]
    return [*lines[:-1], _joined(lines[-1], "", entry.head)]


def _joined(start: str, text: str, comment: str | None) -> str:
    return " ".join(part for part in (start, text, comment) if part)


# --- lists in one line ------------------------------------------------------------------------------


def _fits_line(node: Collection, used: int) -> bool:
    if not node.entries:
        return True
    if node.is_mapping or not node.is_flow or any(node.foot):
        return False
    return all(map(_is_bare, node.entries)) and used + 1 + len(_inline(node)) <= WIDTH


def _is_bare(entry: Entry) -> bool:
    """Whether an item is a single value in one line, without a comment."""
    node = entry.node
    if not isinstance(node, Scalar) or node.style in BLOCK or "\n" in node.text:
        return False
    return entry.head is None and not any(entry.leading)


def _inline(node: Collection) -> str:
    if not node.entries:
        return _empty(node)
    items = [_scalar(item.node, 0)[0] for item in node.entries if isinstance(item.node, Scalar)]
    text = f"[{', '.join(items)}]"
    return f"{_anchor(node)} {text}" if node.anchor is not None else text


def _empty(node: Collection) -> str:
    text = "{}" if node.is_mapping else "[]"
    return f"{_anchor(node)} {text}" if node.anchor is not None else text


# --- single values ----------------------------------------------------------------------------------


def _anchor(node: Node) -> str:
    return "" if node.anchor is None else f"&{node.anchor}"


def _key(key: Scalar) -> str:
    text = key.text
    if key.style in BLOCK or "\n" in text:
        text = json.dumps(key.value, ensure_ascii=False)
    if text.startswith("*") and not key.style:
        text += " "  # a colon may be part of an alias
    return f"{_anchor(key)} {text}" if key.anchor is not None else text


def _scalar(node: Scalar, indent: int) -> list[str]:
    """The lines of a value; the first goes behind its key or dash."""
    first, *rest = _block(node, indent) if node.style in BLOCK else _flowing(node, indent)
    return [" ".join(part for part in (_anchor(node), first) if part), *rest]


def _flowing(node: Scalar, indent: int) -> list[str]:
    """Plain and quoted texts: what stands at the ends of their lines is no part of them."""
    first, *rest = [_trimmed(line, node.style) for line in node.text.split("\n")]
    return [first, *(" " * indent + line.lstrip(" \t") if line.strip() else "" for line in rest)]


def _trimmed(line: str, style: str) -> str:
    kept = line.rstrip(" \t")
    if style == '"' and kept.endswith("\\") and kept != line:
        kept += line[len(kept)]  # an escaped blank
    return kept


def _block(node: Scalar, indent: int) -> list[str]:
    _, *body = node.text.split("\n")
    if body and not body[-1]:
        body.pop()
    marks = _marks(node)
    chomping = "".join(mark for mark in marks if mark in "+-")
    if node.value and not node.value.endswith("\n"):
        chomping = "-"  # a file that ends inside the text has no last line break
    explicit = str(STEP) if any(mark.isdigit() for mark in marks) else ""
    cut = _indentation(body, node.value)
    lines = [line[cut:] for line in body]
    return [node.style + explicit + chomping, *(" " * indent + line if line else "" for line in lines)]


def _marks(node: Scalar) -> str:
    """What stands behind `|` or `>`: an indentation, `+` or `-`."""
    return node.text.partition("\n")[0].partition("#")[0].strip()[1:]


def _indentation(body: list[str], value: str) -> int:
    """By how much a block text is indented: what its first line has more in the file than in its value."""
    written = next((line for line in body if line.strip(" ")), "")
    meant = next((line for line in value.split("\n") if line.strip(" ")), "")
    return _blanks(written) - _blanks(meant)


def _blanks(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
