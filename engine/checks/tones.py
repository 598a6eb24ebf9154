"""Tones that no language knows: they stand in the brief and set no style for its messages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from segmentry.engine.checks.brand import BRAND_FILE
from segmentry.engine.checks.context import Context
from segmentry.engine.files.condition_model import Place
from segmentry.engine.files.model import Segment
from segmentry.engine.language.languages import language_or_none, words
from segmentry.engine.language.suggest import did_you_mean

Tones = Mapping[str, tuple[str, ...]]


def check_tones(context: Context) -> None:
    """`unknown-tone`: of a positioning each word, of the brand's voice all where none is known."""
    model = context.model
    languages = [language_or_none(locale) for locale in model.locales or (model.locale,)]
    lists = [words(code).tones for code in dict.fromkeys(languages) if code is not None]
    known = dict.fromkeys(tone for tones in lists for listed in tones.values() for tone in listed)
    if not lists:
        return
    for place, tone in _named(context):
        if tone.lower() not in known:
            message = f"`{tone}` is no known tone, so it sets no style for the messages"
            fix = context.findings.respelt(place, tone, known)
            hint = _hint(lists[0], did_you_mean(tone, known))
            context.findings.add("unknown-tone", message, place, hint, fix=fix)
    _check_voice(context, lists[0], frozenset(known))


def _named(context: Context) -> Iterator[tuple[Place, str]]:
    """Every tone of a positioning."""
    for segmentation in context.model.segmentations:
        last = () if segmentation.otherwise is None else (segmentation.otherwise,)
        for segment in (*segmentation.segments, *last):
            yield from _tones_of(context, segment)


def _tones_of(context: Context, segment: Segment) -> Iterator[tuple[Place, str]]:
    tones = cast("list[str]", (segment.positioning or {}).get("tone", []))
    path = (*segment.at.path[:-1], "positioning", "tone")
    for at, tone in enumerate(tones):
        span = context.documents[segment.at.file].value_span((*path, at))
        yield Place(segment.at.file, span, (*path, at)), tone


def _check_voice(context: Context, listed: Tones, known: frozenset[str]) -> None:
    document = context.documents.get(BRAND_FILE)
    data: Mapping[str, Any] = {} if document is None else document.data
    adjectives: list[str] = data.get("voice", {}).get("adjectives", [])
    if document is None or not adjectives or any(word.lower() in known for word in adjectives):
        return
    path = ("voice", "adjectives")
    place = Place(BRAND_FILE, document.value_span(path), path)
    message = "none of the adjectives is a known tone, so the voice sets no style for the messages"
    near = next((hint for word in adjectives if (hint := did_you_mean(word, known))), None)
    context.findings.add("unknown-tone", message, place, _hint(listed, near))


def _hint(listed: Tones, near: str | None) -> str:
    """The tones that there are, a line for each style, below the one that was most likely meant."""
    first = near or "the tones that are known, by the style that they set:"
    return "\n".join([first, *(f"{style}: {', '.join(tones)}" for style, tones in listed.items())])
