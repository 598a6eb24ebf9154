"""Checks on the channels: how long, how many, what has to be there, whether both variants say the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from segmentry.personas.channels import CHANNELS, Channel, Limit, Message
from segmentry.personas.checks.claims import texts_in
from segmentry.personas.checks.finding import BriefFinding, Checked
from segmentry.personas.checks.language import found


def _variants(checked: Checked) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for at, variant in enumerate(checked.brief.get("variants") or ()):
        yield f"variants[{at}]", variant


def check_of(channel: Channel) -> Callable[[Checked], Iterator[BriefFinding]]:
    """The check of a channel's messages, of those variants that have one."""

    def check(checked: Checked) -> Iterator[BriefFinding]:
        for path, variant in _variants(checked):
            if channel.id in variant:
                for fault in channel.check(Message(variant[channel.id], checked.brand.name)):
                    yield found(
                        checked,
                        fault.code,
                        f"{path}.{channel.id}.{fault.part}",
                        fault.message,
                        fault.text,
                        fault.fix,
                        warning=fault.warning,
                    )

    return check


def check_alike(checked: Checked) -> Iterator[BriefFinding]:
    """A channel that one variant has and another lacks: it was lost on the way."""
    variants = dict(_variants(checked))
    written = [
        name
        for name, channel in CHANNELS.items()
        if not channel.from_the_start and any(name in variant for variant in variants.values())
    ]
    for path, variant in variants.items():
        for name in written:
            if name not in variant:
                yield found(
                    checked, "brief-schema", path, f"`{name}` is missing, and another variant has it", "",
                    f"add `{name}`, or take it out of every variant",
                )  # fmt: skip


SAME_VARIANTS = Limit(
    0.8,
    "Jaccard",
    "likeness of two variants' words from which on they say the same",
    "Jaccard, Bulletin de la Société Vaudoise des Sciences Naturelles 37 (1901)",
)


def check_same(checked: Checked) -> Iterator[BriefFinding]:
    """Two variants whose words are nearly the same (Jaccard, what both share ÷ what either has)."""
    words = [_words(variant) for _, variant in _variants(checked)]
    for second in range(1, len(words)):
        for first in range(second):
            either = words[first] | words[second]
            share = len(words[first] & words[second]) / len(either) if either else 1.0
            if share > SAME_VARIANTS.value:
                yield found(
                    checked, "same-variants", f"variants[{second}]",
                    f"says the same as variants[{first}] (likeness {share:.2f})", "",
                    "write it from another angle, or drop it",
                )  # fmt: skip


def _words(variant: Mapping[str, Any]) -> set[str]:
    texts = " ".join(text for path, text in texts_in(variant) if path != "angle")
    return set(re.findall(r"\w+", texts.lower()))


def check_required(checked: Checked) -> Iterator[BriefFinding]:
    """A line that brand.yaml requires in a channel and that is not there."""
    for path, variant in _variants(checked):
        for channel, line in (checked.brand.required_lines or {}).items():
            texts = " \n ".join(text for _, text in texts_in(variant.get(channel, {})))
            if channel in variant and line not in texts:
                yield found(
                    checked, "required-line", f"{path}.{channel}.{CHANNELS[channel].main}",
                    f"the line “{line}” is missing", "", "add it; it is in `required_lines` of brand.yaml",
                )  # fmt: skip


def check_offers(checked: Checked) -> Iterator[BriefFinding]:
    """A message that names the code or the words of an offer that is over."""
    today = date.fromisoformat(checked.today)
    over = [offer for offer in checked.brand.offers if offer.ends is not None and offer.ends < today]
    for path, variant in _variants(checked):
        for place, text in texts_in(variant):
            for offer in over:
                if offer.text.rstrip(".") in text or (offer.code is not None and offer.code in text):
                    yield found(
                        checked, "offer-ended", f"{path}.{place}",
                        f"the offer `{offer.id}` ended on {offer.ends}", text, "name one that still holds",
                    )  # fmt: skip
