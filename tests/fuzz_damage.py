"""Damage to files, drawn from a seed: bytes, lines, words, parts of zips, and the file itself."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePosixPath
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

from tests.fuzz_values import JSON_VALUES, TEMPLATE_PIECES, YAML_VALUES

TEXTS = (
    b'"',
    b'""',
    b",",
    b";",
    b"\n",
    b"\r\n",
    b"\x00",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"sep=;\n",
    b"{",
    b"[" * 2000,
)
TOKENS = (
    *TEXTS,
    b"}",
    b"null",
    b"NaN",
    b"1e999",
    b"9" * 40,
    b"-",
    b"\\ud800",
    b"</c>",
    b"<f>",
    b't="e"',
    b"<!--",
)

Chance = random.Random


def damaged(content: bytes, chance: Chance) -> bytes:
    """The bytes with one to four changes."""
    changed = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(changed) + 1)
        end = min(len(changed), at + chance.choice((1, 2, 8, 64, 512)))
        match chance.randrange(6):
            case 0 if at < len(changed):
                changed[at] ^= 1 << chance.randrange(8)
            case 1:
                del changed[at:end]
            case 2:
                changed[at:at] = chance.choice(TOKENS)
            case 3:
                changed[at:at] = changed[at:end]
            case 4:
                changed[at:end] = chance.randbytes(end - at)
            case _:
                del changed[at + chance.randrange(1, 200) :]
    return bytes(changed)


def damaged_part(content: bytes, chance: Chance) -> bytes:
    """A zip of which one part is damaged, so that it can be opened; or a damaged zip."""
    if chance.random() < 0.2:
        return damaged(content, chance)
    with ZipFile(BytesIO(content)) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    name = chance.choice([*parts, *["xl/worksheets/sheet1.xml"] * len(parts)])
    parts[name] = damaged(parts[name], chance)
    changed = BytesIO()
    with ZipFile(changed, "w") as book:
        for part, text in parts.items():
            # Without a time, so that equal seeds give equal bytes.
            book.writestr(ZipInfo(part), text, ZIP_DEFLATED)
    return changed.getvalue()


# --- texts ----------------------------------------------------------------------------------------

_YAML_VALUE = re.compile(r"(?<=: )[^\s,{}\[\]#][^,{}\[\]#\n]*|(?<=[\[,] )[^\s,{}\[\]#:]+(?=[,\]])")
_JSON_VALUE = re.compile(r'(?<=: )("(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null)')
_KEY = re.compile(r'"?[\w-]+"?(?=:)')
_KEYS = (
    "nobody",
    "id",
    "when",
    "all",
    "true",
    '""',
    "null",
    "<<",
    "1",
    "2026-01-01",
    "name ",
    "Id",
    "ｉｄ",
    "extends",
    "[a]",
)


def _replaced(pattern: re.Pattern[str], values: tuple[str, ...]) -> Callable[[str, Chance], str]:
    def replaced(text: str, chance: Chance) -> str:
        found = list(pattern.finditer(text))
        if not found:
            return text + chance.choice(values)
        one = chance.choice(found)
        return text[: one.start()] + chance.choice(values) + text[one.end() :]

    return replaced


def _lines(text: str, chance: Chance) -> str:
    """A line doubled, taken out, moved, indented otherwise, or put in the place of another."""
    lines = text.split("\n")
    at, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    match chance.randrange(6):
        case 0:
            lines.insert(at, lines[at])
        case 1:
            del lines[at]
        case 2:
            lines[at], lines[other] = lines[other], lines[at]
        case 3:
            lines[at] = chance.choice((" ", "  ", "\t", "      ", "# ", "- ")) + lines[at]
        case 4:
            lines[at] = lines[at].lstrip(" -")
        case _:
            lines[at] = lines[other]
    return "\n".join(lines)


def _typed(text: str, chance: Chance) -> str:
    """What editors and exports do to a text, and what a slip of the keyboard does."""
    at = chance.randrange(len(text) + 1)
    match chance.randrange(8):
        case 0:
            return f"\ufeff{text}"
        case 1:
            return text.replace("\n", "\r\n")
        case 2:
            return text.replace("\n", "\r")
        case 3:
            return text.replace("  ", "\t", chance.randint(1, 3))
        case 4:
            return f"{text}---\n{text}"
        case 5:
            odd = (
                "\x00",
                "\x1b[2J",
                "\x85",
                "\u2028",
                "\u202e",
                "\x7f",
                "\U0010ffff",
                "ü",
                "\t",
                "\ufeff",
                "'",
                '"',
                ":",
                "#",
            )
            return text[:at] + chance.choice(odd) + text[at:]
        case 6:
            return text[:at]
        case _:
            return text[:at] + text[at + chance.randint(1, 30) :]


def _piece(text: str, chance: Chance) -> str:
    """A piece of a template put in somewhere."""
    at = chance.randrange(len(text) + 1)
    return text[:at] + chance.choice(TEMPLATE_PIECES) + text[at:]


TextDamage = Callable[[str, Chance], str]
_ANY_TEXT: tuple[TextDamage, ...] = (_lines, _typed)
_OF_YAML: TextDamage = _replaced(_YAML_VALUE, YAML_VALUES)
_OF_JSON: TextDamage = _replaced(_JSON_VALUE, JSON_VALUES)
_OF_KEYS: TextDamage = _replaced(_KEY, _KEYS)
_BY_ENDING: Mapping[str, tuple[TextDamage, ...]] = {
    ".yaml": (*_ANY_TEXT, _OF_YAML, _OF_YAML, _OF_YAML, _OF_KEYS),
    ".json": (*_ANY_TEXT, _OF_JSON, _OF_JSON, _OF_JSON, _OF_KEYS),
    ".j2": (*_ANY_TEXT, _piece, _piece),
}


def _damaged_text(name: str, content: bytes, chance: Chance) -> bytes:
    ways = _BY_ENDING.get(PurePosixPath(name).suffix, _ANY_TEXT)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return damaged(content, chance)
    for _ in range(chance.choice((1, 1, 2))):
        text = chance.choice(ways)(text, chance)
    return text.encode("utf-8", errors="surrogatepass")


# --- files ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Link:
    """A link in the place of a file."""

    target: str


FOLDER = None
Entry = bytes | Link | None
"""What is under a name: a file's content, a link, or None for a folder."""

_TEXT_ENDINGS = (".yaml", ".json", ".jsonl", ".j2", ".md", ".csv", ".ndjson", ".gitignore")


def _changed_whole(name: str, chance: Chance) -> tuple[str, Entry | bool]:
    """Another file, or none: its name for people, and what stands there (True: nothing)."""
    ways: tuple[tuple[str, Entry | bool], ...] = (
        ("removed", True),
        ("emptied", b""),
        ("a folder in its place", FOLDER),
        ("a link to nowhere", Link("nowhere")),
        ("a link to itself", Link(PurePosixPath(name).name)),
        ("a link to its folder", Link(".")),
        ("one byte", b"\xff"),
        ("blank lines", b"\n \n\t\n"),
    )
    return chance.choice(ways)


KINDS: Mapping[str, int] = {
    r"segmentry\.yaml": 5,
    r"rules/.*\.test\.yaml|rules/.*\.csv": 3,
    r"rules/.*\.yaml": 6,
    r"brand\.yaml": 3,
    r"briefs/.*\.json": 4,
    r"llm-cache/.*": 2,
    r"templates/.*": 2,
    r"data/.*\.(parquet|xlsx)": 2,
    r"data/.*": 2,
    r"out/.*": 1,
    r"\.segmentry/(?!schema/).*": 1,
    r".*": 1,
}
"""How often a file of which kind is damaged; the first pattern that fits is its kind."""


def _chosen(contents: Mapping[str, Entry], chance: Chance) -> tuple[str, bytes]:
    kinds: dict[str, list[tuple[str, bytes]]] = {}
    for name, content in contents.items():
        if isinstance(content, bytes):
            kind = next(pattern for pattern in KINDS if re.fullmatch(pattern, name))
            kinds.setdefault(kind, []).append((name, content))
    there = [kind for kind in KINDS if kind in kinds]
    return chance.choice(kinds[chance.choices(there, [KINDS[kind] for kind in there])[0]])


def damage(contents: dict[str, Entry], chance: Chance) -> str:
    """Damage one file, the kinds of files as often as `KINDS` says; what was done, in words."""
    name, content = _chosen(contents, chance)
    if chance.random() < 0.1:
        how, changed = _changed_whole(name, chance)
        if isinstance(changed, bool):
            del contents[name]
        else:
            contents[name] = changed
        return f"{name}: {how}"
    if name.endswith(_TEXT_ENDINGS) and chance.random() < 0.85:
        contents[name] = _damaged_text(name, content, chance)
        return f"{name}: words or lines"
    if name.endswith(".xlsx"):
        try:
            contents[name] = damaged_part(content, chance)
        except BadZipFile:
            contents[name] = damaged(content, chance)
        return f"{name}: a part of the zip"
    contents[name] = damaged(content, chance)
    return f"{name}: bytes"
