"""Replies as committed files: one request, one file, reviewed as a diff and used again as it is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from segmentry.engine.diagnostics.whole import write_whole
from segmentry.engine.document import is_mapping
from segmentry.personas.llm.budget import Usage
from segmentry.personas.llm.reply import Reply
from segmentry.personas.llm.request import key_of
from segmentry.personas.llm.settings import CacheMode

FOLDER = "llm-cache"
"""Where replies lie in a workspace. To be committed: they are what a brief was written with."""

_VERSION = 1
_NAME = re.compile(r"[0-9a-f]{64}\.json")


@dataclass(slots=True)
class Cache:
    """The replies of one workspace.

    ``record`` uses what is there and adds what is asked for; ``live`` asks for everything again and adds it;
    ``replay`` only uses what is there; ``off`` leaves the folder alone. ``used`` are the keys of this run.
    """

    folder: Path
    mode: CacheMode = "record"
    used: set[str] = field(default_factory=set[str])

    @property
    def reads(self) -> bool:
        """Whether a reply that is there is used."""
        return self.mode in ("record", "replay")

    @property
    def writes(self) -> bool:
        """Whether a new reply is kept."""
        return self.mode in ("record", "live")

    def find(self, key: str) -> Reply | None:
        """The reply of that key, or None. A file that can't be read is as if it were not there."""
        if not self.reads:
            return None
        entry = read_entry(self.folder / f"{key}.json")
        if isinstance(entry, str):
            return None
        self.used.add(key)
        return _reply(entry["reply"])

    def keep(self, segment: str, request: Mapping[str, Any], reply: Reply) -> None:
        """File a new reply, whole or not at all."""
        if not self.writes:
            return
        key = key_of(request)
        self.used.add(key)
        entry = {
            "version": _VERSION,
            "key": key,
            "segment": segment,
            "request": request,
            "reply": _reported(reply),
        }
        self.folder.mkdir(parents=True, exist_ok=True)
        write_whole({self.folder / f"{key}.json": entry_bytes(entry)})

    def forget(self, keys: Iterable[str]) -> None:
        """Drop replies that newer ones have taken the place of."""
        for key in keys:
            if self.writes and key not in self.used:
                (self.folder / f"{key}.json").unlink(missing_ok=True)


def entry_bytes(entry: Mapping[str, Any]) -> bytes:
    """A file's bytes: keys sorted, one value a line, so that a changed word is a changed line."""
    return (json.dumps(entry, sort_keys=True, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def read_entry(path: Path) -> dict[str, Any] | str:
    """What a file holds, or in words why it is no reply that was recorded here."""
    try:
        raw = path.read_bytes()
        entry: Any = json.loads(raw)
    except FileNotFoundError:
        return "is not there"
    except (OSError, ValueError, RecursionError):
        return "is no JSON"
    if not is_mapping(entry) or entry.get("version") != _VERSION or not is_mapping(entry.get("request")):
        return "is no recorded reply"
    reply = entry.get("reply")
    if not is_mapping(reply) or not _is_reply(reply):
        return "holds no reply"
    try:
        key = key_of(entry["request"])
        json.dumps(entry, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        return "holds what JSON does not know: NaN, an endless number, or half a character"
    if key != path.stem:
        return "does not belong to its request: the name is the sha256 of another one"
    return entry


def _is_reply(reply: Mapping[str, Any]) -> bool:
    usage, texts = reply.get("usage"), (reply.get(name) for name in ("model", "finish_reason", "refusal"))
    counted = is_mapping(usage) and all(
        type(usage.get(name)) is int for name in ("prompt_tokens", "completion_tokens")
    )
    known = all(text is None or isinstance(text, str) for text in texts)
    return "content" in reply and known and (usage is None or counted)


def entries(folder: Path) -> Iterator[Path]:
    """The files of a cache, in the order of their names."""
    return iter(sorted(path for path in folder.glob("*.json") if _NAME.fullmatch(path.name)))


def verify_cache(folder: Path) -> dict[str, str]:
    """What is wrong with the files of a cache, by file name; empty where nothing is.

    A reply may be edited by hand (its words are then checked like a model's); a request may not.
    """
    wrong: dict[str, str] = {}
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else []:
        entry = read_entry(path) if _NAME.fullmatch(path.name) else "has a name that is no key"
        if isinstance(entry, str):
            wrong[path.name] = entry
        elif entry_bytes(entry) != path.read_bytes():
            wrong[path.name] = "is not laid out as it would be written: keys sorted, one value a line"
    return wrong


def prune_files(folder: Path, used: Iterable[str]) -> list[str]:
    """Remove the replies that no request of today asks for; returns their keys."""
    keep = set(used)
    gone = [path for path in entries(folder) if path.stem not in keep]
    for path in gone:
        path.unlink()
    return [path.stem for path in gone]


def _reported(reply: Reply) -> dict[str, Any]:
    usage = reply.usage
    return {
        "model": reply.model,
        "content": reply.content,
        "finish_reason": reply.finish_reason,
        "refusal": reply.refusal,
        "usage": None
        if usage is None
        else {"prompt_tokens": usage.prompt_tokens, "completion_tokens": usage.completion_tokens},
    }


def _reply(reported: Mapping[str, Any]) -> Reply:
    usage, content = reported.get("usage"), reported["content"]
    return Reply(
        model=reported.get("model"),
        content=content if is_mapping(content) else str(content),
        finish_reason=reported.get("finish_reason"),
        refusal=reported.get("refusal"),
        usage=None if usage is None else Usage(int(usage["prompt_tokens"]), int(usage["completion_tokens"])),
    )
