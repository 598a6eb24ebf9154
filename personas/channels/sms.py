"""Text messages: one of them, with the sender's name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from segmentry.personas.channels.entry import Channel, ChannelFault, CopyWriter, Message, as_sentence, one
from segmentry.personas.channels.lengths import SMS_LIMITS, fits_one_sms, limit, sms_length


def write(copy: CopyWriter) -> dict[str, Any]:
    """The message, in plain marks: a typographic one would make two messages of it."""
    return {"body": copy.with_required("sms", "sms", fits_one_sms, plain=True)}


def check(message: Message) -> Iterator[ChannelFault]:
    """More than one message, brand and required line included; and nobody who signs it."""
    body = message.parts["body"]
    length = sms_length(body)
    if length.parts > limit("sms_parts"):
        instead = f", or do without {length.outside[0]}" if length.outside else ""
        why = f" because of {' '.join(length.outside[:5])}" if length.outside else ""
        single = limit("sms_ucs2_single" if length.outside else "sms_gsm7_single")
        sent = f"{length.units} units in {length.coding}{why} are sent as {length.parts} messages"
        yield ChannelFault("sms-length", "body", sent, body, f"shorten it to {single}{instead}")
    if message.brand not in body:
        name = f"name {message.brand}"
        yield ChannelFault("required-line", "body", "an SMS must say whom it is from", body, name)


def prompt(required: str | None) -> str:
    """What a text message may hold beside its required line."""
    taken = sms_length(f". {required}").units if required else 0
    room = max(40, limit("sms_gsm7_single") - taken)
    return (
        f"The text message names {{{{o.brand.name}}}} and has at most {room} characters as it is read: plain "
        "letters and\n  marks, no emoji, no typographic quotes or dashes."
    )


CHANNEL = Channel(
    id="sms",
    schema=one(body={"type": "string", "minLength": 1}),
    write=write,
    check=check,
    check_doc="an SMS is one message, and says whom it is from",
    main="body",
    add_required=as_sentence,
    limits=SMS_LIMITS,
    prompt=prompt,
    from_the_start=True,
)
