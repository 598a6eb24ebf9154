"""Checks on the channels: how long, how many, what has to be there, whether both variants say the same."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from segmentry.personas.channels.lengths import columns, limit, limits, reads_early, sms_length
from segmentry.personas.checks.claims import texts_in
from segmentry.personas.checks.finding import BriefFinding, CheckCode, Checked
from segmentry.personas.checks.language import found


def _variants(checked: Checked) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for at, variant in enumerate(checked.brief.get("variants") or ()):
        yield f"variants[{at}]", variant


def _too_long(
    checked: Checked, code: CheckCode, path: str, text: str, length: int, name: str, *, warning: bool = False
) -> BriefFinding:
    bound = limits()[name]
    message = f"{length} {bound.unit}, {limit(name)} fit: {bound.what}"
    return found(checked, code, path, message, text, f"shorten it to {limit(name)}", warning=warning)


def check_sms(checked: Checked) -> Iterator[BriefFinding]:
    """An SMS that goes out as more than one message, brand and required line included."""
    for path, variant in _variants(checked):
        text = variant["sms"]["body"]
        length = sms_length(text)
        if length.parts > limit("sms_parts"):
            instead = f", or do without {length.outside[0]}" if length.outside else ""
            why = f" because of {' '.join(length.outside[:5])}" if length.outside else ""
            single = limit("sms_ucs2_single" if length.outside else "sms_gsm7_single")
            yield found(
                checked, "sms-length", f"{path}.sms.body",
                f"{length.units} units in {length.coding}{why} are sent as {length.parts} messages", text,
                f"shorten it to {single}{instead}",
            )  # fmt: skip


def check_search_ad(checked: Checked) -> Iterator[BriefFinding]:
    """Headlines and descriptions of a search ad: how many, and how many columns each."""
    for path, variant in _variants(checked):
        for part, one in (("headlines", "headline"), ("descriptions", "description")):
            texts = variant["search_ad"][part]
            least, most = limit(f"search_{part}_least"), limit(f"search_{part}_most")
            if not least <= len(texts) <= most:
                yield found(
                    checked, "search-ad-limits", f"{path}.search_ad.{part}",
                    f"{len(texts)} {part}, a search ad takes {least} to {most}", "", "add or drop some",
                )  # fmt: skip
            for at, text in enumerate(texts):
                if columns(text) > limit(f"search_{one}"):
                    place = f"{path}.search_ad.{part}[{at}]"
                    yield _too_long(checked, "search-ad-limits", place, text, columns(text), f"search_{one}")


def check_social_ad(checked: Checked) -> Iterator[BriefFinding]:
    """Text and headline of a social ad."""
    for path, variant in _variants(checked):
        for part in ("primary", "headline"):
            text = variant["social_ad"][part]
            if len(text) > limit(f"social_{part}"):
                place = f"{path}.social_ad.{part}"
                yield _too_long(checked, "social-ad-limits", place, text, len(text), f"social_{part}")


def check_push(checked: Checked) -> Iterator[BriefFinding]:
    """A push message that lock screens cut: a warning on Android's one line, an error on iOS's four."""
    for path, variant in _variants(checked):
        title, body = variant["push"]["title"], variant["push"]["body"]
        whole = f"{title} {body}"
        if len(whole) > limit("push_body_ios"):
            yield _too_long(checked, "push-length", f"{path}.push.body", whole, len(whole), "push_body_ios")
        elif not reads_early(body, limit("push_body_android")):
            yield _too_long(
                checked,
                "push-length",
                f"{path}.push.body",
                body,
                len(body),
                "push_body_android",
                warning=True,
            )


def check_subject(checked: Checked) -> Iterator[BriefFinding]:
    """An e-mail subject that phones cut."""
    for path, variant in _variants(checked):
        text = variant["email"]["subject"]
        if len(text) > limit("email_subject"):
            place = f"{path}.email.subject"
            yield _too_long(checked, "subject-length", place, text, len(text), "email_subject", warning=True)


def check_same(checked: Checked) -> Iterator[BriefFinding]:
    """Two variants whose words are nearly the same (Jaccard, what both share ÷ what either has)."""
    words = [_words(variant) for _, variant in _variants(checked)]
    for second in range(1, len(words)):
        for first in range(second):
            either = words[first] | words[second]
            share = len(words[first] & words[second]) / len(either) if either else 1.0
            if share > limits()["same_variants"].value:
                yield found(
                    checked, "same-variants", f"variants[{second}]",
                    f"says the same as variants[{first}] (likeness {share:.2f})", "",
                    "write it from another angle, or drop it",
                )  # fmt: skip


def _words(variant: Mapping[str, Any]) -> set[str]:
    texts = " ".join(text for path, text in texts_in(variant) if path != "angle")
    return set(re.findall(r"\w+", texts.lower()))


_MAIN_TEXT = {
    "email": "email.body", "sms": "sms.body", "push": "push.body", "social_ad": "social_ad.primary",
    "search_ad": "search_ad.descriptions", "landing": "landing.subheadline",
}  # fmt: skip


def check_required(checked: Checked) -> Iterator[BriefFinding]:
    """A line that brand.yaml requires in a channel and that is not there; an SMS must name its sender."""
    for path, variant in _variants(checked):
        for channel, line in (checked.brand.required_lines or {}).items():
            texts = " \n ".join(text for _, text in texts_in(variant.get(channel, {})))
            if line not in texts:
                yield found(
                    checked, "required-line", f"{path}.{_MAIN_TEXT.get(channel, channel)}",
                    f"the line “{line}” is missing", "", "add it; it is in `required_lines` of brand.yaml",
                )  # fmt: skip
        if checked.brand.name not in variant["sms"]["body"]:
            yield found(
                checked, "required-line", f"{path}.sms.body", "an SMS must say whom it is from",
                variant["sms"]["body"], f"name {checked.brand.name}",
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
