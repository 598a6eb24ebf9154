"""Responsive search ads: headlines and descriptions, of which the platform shows some."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from segmentry.personas.channels.entry import (
    Channel,
    ChannelFault,
    CopyWriter,
    Limit,
    Message,
    one,
    several,
    text,
    too_long,
)
from segmentry.personas.channels.lengths import columns

_MANY = "Google Ads Help, About responsive search ads"
_LONG = "Google Ads Help, About text ads: character limits, double-width languages"
LIMITS = {
    "search_headlines_least": Limit(3, "headlines", "headlines of a responsive search ad, at least", _MANY),
    "search_headlines_most": Limit(15, "headlines", "headlines of a responsive search ad, at most", _MANY),
    "search_headline": Limit(
        30, "columns", "a headline of a responsive search ad (wide characters count two)", _LONG
    ),
    "search_descriptions_least": Limit(
        2, "descriptions", "descriptions of a responsive search ad, at least", _MANY
    ),
    "search_descriptions_most": Limit(
        4, "descriptions", "descriptions of a responsive search ad, at most", _MANY
    ),
    "search_description": Limit(
        90, "columns", "a description of a responsive search ad (wide characters count two)", _LONG
    ),
}


def write(copy: CopyWriter) -> dict[str, Any]:
    """Headlines and descriptions; a required line is a description of its own."""
    headlines = copy.several("headlines", 3, 5, 30, columns)
    descriptions = copy.several("descriptions", 2, 3, 90, columns)
    required = copy.required("search_ad")
    if required and columns(required) <= LIMITS["search_description"].value:
        descriptions = add_required(descriptions, required)
    return {"headlines": headlines, "descriptions": descriptions}


def check(message: Message) -> Iterator[ChannelFault]:
    """How many there are, and how many columns each has."""
    for part, single in (("headlines", "headline"), ("descriptions", "description")):
        texts = message.parts[part]
        least, most = (int(LIMITS[f"search_{part}_{end}"].value) for end in ("least", "most"))
        if not least <= len(texts) <= most:
            many = f"{len(texts)} {part}, a search ad takes {least} to {most}"
            yield ChannelFault("search-ad-limits", part, many, "", "add or drop some")
        limit = LIMITS[f"search_{single}"]
        for at, there in enumerate(texts):
            if columns(there) > limit.value:
                yield too_long("search-ad-limits", f"{part}[{at}]", there, columns(there), limit)


def add_required(texts: list[str], line: str) -> list[str]:
    """There is no room for a second sentence: the line is a description of its own."""
    return [*texts[:2], line]


CHANNEL = Channel(
    id="search_ad",
    schema=one(headlines=several(text(30), 3, 5), descriptions=several(text(90), 2, 3)),
    write=write,
    check=check,
    check_doc="search ads keep the platform's limits",
    main="descriptions",
    add_required=add_required,
    limits=LIMITS,
    from_the_start=True,
)
