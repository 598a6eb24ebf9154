"""Social ads: a text above the picture and a headline below it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from segmentry.personas.channels.entry import (
    Channel,
    ChannelFault,
    CopyWriter,
    Limit,
    Message,
    as_sentence,
    one,
    text,
    too_long,
)

_SOURCE = (
    "Meta Ads Guide, image ads in the Facebook feed: "
    "facebook.com/business/ads-guide/update/image/facebook-feed"
)
LIMITS = {
    "social_primary": Limit(125, "characters", "the primary text of a social ad before it is cut", _SOURCE),
    "social_headline": Limit(27, "characters", "the headline of a social ad", _SOURCE),
}


def write(copy: CopyWriter) -> dict[str, Any]:
    """Text and headline."""
    headline = copy.short("social_headline", 27)
    primary = copy.with_required("primary", "social_ad", lambda text: len(text) <= 125, but=[headline])
    return {"primary": primary, "headline": headline}


def check(message: Message) -> Iterator[ChannelFault]:
    """What the feed cuts."""
    for part in ("primary", "headline"):
        there, limit = message.parts[part], LIMITS[f"social_{part}"]
        if len(there) > limit.value:
            yield too_long("social-ad-limits", part, there, len(there), limit)


CHANNEL = Channel(
    id="social_ad",
    schema=one(primary=text(125), headline=text(27)),
    write=write,
    check=check,
    check_doc="social ads are not cut",
    main="primary",
    add_required=as_sentence,
    limits=LIMITS,
    from_the_start=True,
)
