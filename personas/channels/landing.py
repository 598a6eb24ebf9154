"""Landing pages: a headline, what stands below it, three points and the button of the mail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from segmentry.personas.channels.entry import (
    Channel,
    ChannelFault,
    CopyWriter,
    Message,
    as_sentence,
    one,
    several,
    text,
)


def write(copy: CopyWriter) -> dict[str, Any]:
    """The page, which says nothing twice."""
    headline = copy.short("landing_headline", 60)
    below = copy.with_required("subheadline", "landing", lambda text: len(text) <= 120, but=[headline])
    bullets = copy.several("bullets", 3, 3, 90, len, but=[headline, below])
    return {"headline": headline, "subheadline": below, "bullets": bullets, "cta": copy.short("cta", 25)}


def check(message: Message) -> Iterator[ChannelFault]:
    """Nothing beyond the schema."""
    del message
    yield from ()


CHANNEL = Channel(
    id="landing",
    schema=one(headline=text(60), subheadline=text(120), bullets=several(text(90), 3, 3), cta=text(25)),
    write=write,
    check=check,
    check_doc="landing pages keep to the schema",
    main="subheadline",
    add_required=as_sentence,
    from_the_start=True,
)
