"""E-mail: subject, preheader, body, button."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from segmentry.personas.channels.entry import (
    Channel,
    ChannelFault,
    CopyWriter,
    Limit,
    Message,
    as_paragraph,
    one,
    text,
    too_long,
)

SUBJECT = Limit(
    50,
    "characters",
    "an e-mail subject that phones show whole",
    "our own, after what mail programs on phones show (about 40 to 55 characters)",
)
PREHEADER = Limit(
    90, "characters", "an e-mail preheader", "our own, after what mail programs show beside the subject"
)
BODY = Limit(900, "characters", "the text of an e-mail", "our own: the brief's schema")


def write(copy: CopyWriter) -> dict[str, Any]:
    """The mail; the preheader does not say the subject again, nor a day that stands in it."""
    subject = copy.short("subject", int(SUBJECT.value), turn=True)
    short_day = copy.slot("ends_short")
    dated = [copy.slot("ends")] if short_day and short_day in subject else []
    preheader = copy.short("preheader", int(PREHEADER.value), but=[subject, *dated])
    cta = copy.short("cta", 25)
    return {"subject": subject, "preheader": preheader, "body": copy.letter(), "cta": cta}


def check(message: Message) -> Iterator[ChannelFault]:
    """A subject that phones cut."""
    subject = message.parts["subject"]
    if len(subject) > SUBJECT.value:
        yield too_long("subject-length", "subject", subject, len(subject), SUBJECT, warning=True)


CHANNEL = Channel(
    id="email",
    schema=one(subject=text(50), preheader=text(90), body=text(900), cta=text(25)),
    write=write,
    check=check,
    check_doc="subjects are not cut on phones",
    main="body",
    add_required=as_paragraph,
    limits={"email_subject": SUBJECT, "email_preheader": PREHEADER, "email_body": BODY},
    from_the_start=True,
)
