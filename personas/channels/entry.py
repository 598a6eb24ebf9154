"""What a channel is: everything that briefs, checks, pages and the language model know of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit of a channel, with where it comes from."""

    value: float
    unit: str
    what: str
    source: str


class CopyWriter(Protocol):
    """What a channel may ask of whoever writes a variant.

    A place is a key below `copy.angles` in the phrases of a language; ``but`` are texts that are not to be
    repeated.
    """

    def short(self, place: str, limit: int, *, turn: bool = False, but: Sequence[str] = ()) -> str:
        """A text of so many characters at most."""
        ...

    def with_required(
        self,
        place: str,
        channel: str,
        fits: Callable[[str], bool],
        *,
        but: Sequence[str] = (),
        early: int | None = None,
        plain: bool = False,
    ) -> str:
        """A text with the line that the brand requires in the channel after it.

        With ``early`` what makes sense within so many characters goes first; ``plain`` takes no typographic
        marks.
        """
        ...

    def several(
        self,
        place: str,
        least: int,
        most: int,
        limit: int,
        length: Callable[[str], int],
        *,
        but: Sequence[str] = (),
    ) -> list[str]:
        """So many texts, each within the limit."""
        ...

    def letter(self) -> str:
        """A whole letter: greeting, message, closing, name and required line, in paragraphs."""
        ...

    def slot(self, name: str) -> str:
        """What a slot of the phrases stands for; empty for nothing."""
        ...

    def required(self, channel: str) -> str | None:
        """The line that the brand requires in a channel."""
        ...


@dataclass(frozen=True, slots=True)
class Message:
    """The message of one channel in one variant as a check sees it; ``brand`` is the sender's name."""

    parts: Mapping[str, Any]
    brand: str


@dataclass(frozen=True, slots=True)
class ChannelFault:
    """What is wrong with a message: at which of its parts (`headlines[2]`), in which text, and the mend."""

    code: str
    part: str
    message: str
    text: str
    fix: str
    warning: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One channel. Its title stands in the phrases of each language, its pages in `templates/channels`.

    ``schema`` is that of its message, ``write`` makes one, ``check`` finds what is wrong with one
    (``check_doc`` says what it looks for), ``main`` names the part that carries a required line, which
    ``add_required`` puts there. ``limits`` are its limits by name, ``prompt`` gives what a language model has
    to know beside the schema's bounds, from the required line. A brief without the channel is whole unless it
    was there ``from_the_start``.
    """

    id: str
    schema: Schema
    write: Callable[[CopyWriter], dict[str, Any]]
    check: Callable[[Message], Iterator[ChannelFault]]
    check_doc: str
    main: str
    add_required: Callable[[Any, str], Any]
    limits: Mapping[str, Limit] = field(default_factory=dict[str, Limit])
    prompt: Callable[[str | None], str | None] = lambda _: None
    from_the_start: bool = False


# --- schemas ----------------------------------------------------------------------------------------


def one(**properties: Schema) -> Schema:
    """An object with exactly these properties."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def several(items: Schema, least: int, most: int) -> Schema:
    """A list of so many."""
    return {"type": "array", "items": items, "minItems": least, "maxItems": most}


def text(longest: int) -> Schema:
    """A text of so many characters at most."""
    return {"type": "string", "minLength": 1, "maxLength": longest}


# --- required lines ---------------------------------------------------------------------------------


def as_paragraph(there: str, line: str) -> str:
    """The line as a paragraph of its own."""
    return f"{there}\n\n{line}"


def as_sentence(there: str, line: str) -> str:
    """The line as the next sentence."""
    end = "" if there.endswith((".", "!", "?", "…")) else "."
    return f"{there}{end} {line}"


# --- checks -----------------------------------------------------------------------------------------


def too_long(
    code: str, part: str, there: str, length: int, limit: Limit, *, warning: bool = False
) -> ChannelFault:
    """The fault of a text that is longer than a limit."""
    message = f"{length} {limit.unit}, {limit.value:g} fit: {limit.what}"
    return ChannelFault(code, part, message, there, f"shorten it to {limit.value:g}", warning)
