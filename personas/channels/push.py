"""Push messages: a title and a text, of which lock screens show the beginning."""

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
from segmentry.personas.channels.lengths import reads_early

ANDROID = Limit(
    49,
    "characters",
    "a push message that Android's lock screen shows whole",
    "our own, after what a collapsed notification shows in one line (about 50: Batch, Optimal length of push "
    "notifications, doc.batch.com)",
)
IOS = Limit(
    160,
    "characters",
    "title and text of a push message on the iOS lock screen",
    "our own, after what a collapsed notification shows in four lines (140 to 180: Batch, Optimal length of "
    "push notifications, doc.batch.com)",
)


def write(copy: CopyWriter) -> dict[str, Any]:
    """Title and text; what the lock screen shows whole goes before what says more."""
    title = copy.short("push_title", 40)
    body = copy.with_required(
        "push_body", "push", lambda text: len(text) <= 120, but=[title], early=int(ANDROID.value)
    )
    return {"title": title, "body": body}


def check(message: Message) -> Iterator[ChannelFault]:
    """What lock screens cut: a warning on Android's one line, an error on iOS's four."""
    title, body = message.parts["title"], message.parts["body"]
    whole = f"{title} {body}"
    if len(whole) > IOS.value:
        yield too_long("push-length", "body", whole, len(whole), IOS)
    elif not reads_early(body, int(ANDROID.value)):
        yield too_long("push-length", "body", body, len(body), ANDROID, warning=True)


CHANNEL = Channel(
    id="push",
    schema=one(title=text(40), body=text(120)),
    write=write,
    check=check,
    check_doc="push messages are not cut",
    main="body",
    add_required=as_sentence,
    limits={"push_body_android": ANDROID, "push_body_ios": IOS},
    from_the_start=True,
)
