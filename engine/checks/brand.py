"""brand.yaml, and what the rules' `positioning` says against it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from segmentry.engine.checks.context import Context
from segmentry.engine.diagnostics.findings import diagnostic
from segmentry.engine.diagnostics.model import Diagnostic, Related, Span
from segmentry.engine.document import Document, as_texts, read_document
from segmentry.engine.document import Path as DataPath
from segmentry.engine.document.edits import respelt
from segmentry.engine.files.condition_model import Place
from segmentry.engine.files.model import Model, Segment
from segmentry.engine.files.schema import validate
from segmentry.engine.language.languages import Words, language_or_none, words
from segmentry.engine.language.suggest import did_you_mean, sure
from segmentry.engine.language.wording import first_bare, word_pattern

BRAND_FILE = "brand.yaml"

_SPOKEN = ("promise", "proof")
"""Parts of a positioning that become copy as they are; the others are for those who write."""


def read_brand_document(file: str, raw: bytes) -> tuple[Document | None, list[Diagnostic]]:
    """The file of a brand with every finding in it; no document where one is an error."""
    document, findings = read_document(file, raw)
    if document is None:
        return None, findings
    found, _ = validate(document, "brand")
    findings = [*findings, *found]
    if not _has_error(findings):
        findings += [*_duplicates(document, "offers"), *_duplicates(document, "products")]
    # Whatever stands in a brand is a text.
    return (None if _has_error(findings) else replace(document, data=as_texts(document.data))), findings


@dataclass(frozen=True)
class BrandCheck:
    """brand.yaml as it was read: its document (None where it lacks or is wrong), its text, and findings."""

    document: Document | None = None
    text: str | None = None
    findings: tuple[Diagnostic, ...] = ()


def check_brand_file(
    root: Path,
    model: Model,
    documents: Mapping[str, Document],
    today: date,
    *,
    unsaved: bytes | None = None,
) -> BrandCheck:
    """Read a workspace's brand.yaml and hold the positionings against it.

    Finds mistakes in the file, `unknown-offer`, `offer-ended` (as of ``today``), `banned-word`,
    `unproved-claim` and `urgency`. ``documents`` are the rule files.
    ``unsaved`` is read in place of the file.
    """
    path = root / BRAND_FILE
    locales = model.locales or (model.locale,)
    languages = tuple(dict.fromkeys(code for locale in locales if (code := language_or_none(locale))))
    if unsaved is None and not path.is_file():
        return BrandCheck(findings=tuple(_contradictions(model, documents, _Demands(None, today, languages))))
    raw = path.read_bytes() if unsaved is None else unsaved
    document, findings = read_brand_document(BRAND_FILE, raw)
    if document is not None:
        findings += _contradictions(model, documents, _Demands(document, today, languages))
    return BrandCheck(document, raw.decode("utf-8", errors="replace"), tuple(findings))


def check_brand(context: Context) -> None:
    """brand.yaml, and what the rules say against it."""
    workspace = context.workspace
    unsaved = workspace.unsaved.get(BRAND_FILE)
    found = check_brand_file(workspace.root, context.model, context.documents, context.today, unsaved=unsaved)
    context.findings.items.extend(found.findings)
    if found.text is not None:
        context.texts[BRAND_FILE] = found.text
    if found.document is not None:
        context.documents[BRAND_FILE] = found.document


def _contradictions(
    model: Model, documents: Mapping[str, Document], demands: _Demands
) -> Iterator[Diagnostic]:
    yield from demands.own_words()
    for segmentation in model.segmentations:
        otherwise = () if segmentation.otherwise is None else (segmentation.otherwise,)
        for segment in (*segmentation.segments, *otherwise):
            if segment.positioning is not None:
                yield from demands.contradictions(segment, documents[segment.at.file])


@dataclass(frozen=True)
class _Demands:
    """What a brand demands of every text; without a brand.yaml, what every brand does."""

    document: Document | None
    today: date
    languages: tuple[str, ...]

    @property
    def _data(self) -> Mapping[str, Any]:
        return {} if self.document is None else self.document.data

    @cached_property
    def _offers(self) -> Mapping[str, tuple[int, Mapping[str, Any]]]:
        return {offer["id"]: (at, offer) for at, offer in enumerate(self._data.get("offers") or ())}

    @cached_property
    def _banned(self) -> re.Pattern[str] | None:
        return word_pattern(self._data.get("never_say") or ())

    @cached_property
    def _claims(self) -> tuple[re.Pattern[str] | None, re.Pattern[str] | None]:
        """What claims something, as everywhere or by brand.yaml, and what of that has a proof."""
        listed = self._data.get("claims") or ()
        unproved = [claim["text"] for claim in listed if "proof" not in claim]
        proved = word_pattern(claim["text"] for claim in listed if "proof" in claim)
        return word_pattern([*(word for lists in self._lists for word in lists.claims), *unproved]), proved

    @cached_property
    def _listed(self) -> set[str]:
        return {claim["text"].lower() for claim in self._data.get("claims") or ()}

    @cached_property
    def _urgent(self) -> re.Pattern[str] | None:
        return word_pattern(word for lists in self._lists for word in lists.urgency)

    @property
    def _lists(self) -> Iterator[Words]:
        """The word lists of the languages of the briefs."""
        return map(words, self.languages)

    def own_words(self) -> Iterator[Diagnostic]:
        """What brand.yaml lets copy say and at the same time forbids."""
        if self.document is None:
            return
        for path in _spoken_paths(self._data):
            place = Place(BRAND_FILE, self.document.value_span(path))
            yield from self._of_text(_at(self._data, path), place, spoken=True)
            if not (path[0] == "offers" and "ends" in self._data["offers"][path[1]]):
                yield from self._of_hurry(_at(self._data, path), place)

    def contradictions(self, segment: Segment, document: Document) -> Iterator[Diagnostic]:
        """What a segment's positioning says against the brand."""
        assert segment.positioning is not None
        start = (*segment.at.path[:-1], "positioning")
        _, offer = self._offers.get(str(segment.positioning.get("offer")), (0, {}))
        dated = "ends" in offer
        for key, value in segment.positioning.items():
            place = Place(document.file, document.value_span((*start, key)))
            if key == "offer":
                yield from self._of_offer(str(value), place, document)
            elif isinstance(value, str):
                yield from self._of_text(value, place, spoken=key in _SPOKEN)
                if key in _SPOKEN and not dated:
                    yield from self._of_hurry(value, place)
            elif key != "channels":
                for at, text in enumerate(cast("Iterable[str]", value)):
                    span = document.value_span((*start, key, at))
                    yield from self._of_text(text, Place(document.file, span), spoken=key in _SPOKEN)
                    if key in _SPOKEN and not dated:
                        yield from self._of_hurry(text, Place(document.file, span))

    def _of_offer(self, name: str, place: Place, document: Document) -> Iterator[Diagnostic]:
        known = self._offers
        if name not in known:
            hint = did_you_mean(name, known) or (
                f"brand.yaml has {', '.join(known)}" if known else "list it under `offers` in brand.yaml"
            )
            message = f"no offer named `{name}`"
            fix = respelt(document, place.span, name, sure(name, known))
            yield diagnostic("unknown-offer", message, place.file, place.span, hint=hint, fix=fix)
            return
        at, offer = known[name]
        ends = offer.get("ends")
        if ends is not None and date.fromisoformat(ends) < self.today:
            assert self.document is not None
            where = Related("its last day", BRAND_FILE, self.document.value_span(("offers", at, "ends")))
            yield diagnostic(
                "offer-ended", f"the offer `{name}` ended on {ends}", place.file, place.span,
                hint="name one that still holds; briefs leave this one out", related=[where],
                severity="warning",
            )  # fmt: skip

    def _of_text(self, text: str, place: Place, *, spoken: bool) -> Iterator[Diagnostic]:
        banned = None if self._banned is None else self._banned.search(text)
        if banned is not None:
            yield self._worded(
                "banned-word", f"“{banned[0]}” is among the words that we never say", place,
                "say it in other words", "never_say",
            )  # fmt: skip
        claims, proved = self._claims
        claim = first_bare(claims, proved, text) if spoken and claims is not None else None
        if claim is not None:
            yield self._worded(
                "unproved-claim", f"“{claim[0]}” is a claim that has no proof", place,
                "leave it out, or list it under `claims` in brand.yaml with its `proof`",
                "claims" if claim[0].lower() in self._listed else None,
            )  # fmt: skip

    def _of_hurry(self, text: str, place: Place) -> Iterator[Diagnostic]:
        """Hurry where no offer with a last day stands beside it."""
        word = None if self._urgent is None else self._urgent.search(text)
        if word is not None:
            yield diagnostic(
                "urgency", f"“{word[0]}” hurries people without an end date", place.file, place.span,
                hint="name an `offer` with `ends`, or leave the hurry out", severity="warning",
            )  # fmt: skip

    def _worded(self, code: str, message: str, place: Place, hint: str, part: str | None) -> Diagnostic:
        span = None if self.document is None or part is None else self.document.key_span((part,))
        related = [] if span is None else [Related("brand.yaml says so", BRAND_FILE, span)]
        return diagnostic(
            code, message, place.file, place.span, hint=hint, related=related, severity="warning"
        )


def _spoken_paths(data: Mapping[str, Any]) -> Iterator[DataPath]:
    """Where brand.yaml holds texts that copy may use as they are."""
    if "promise" in data:
        yield ("promise",)
    lines: Mapping[str, Any] = data.get("required_lines") or {}
    for channel in lines:
        yield ("required_lines", channel)
    for part, keys in (("products", ("name", "text")), ("offers", ("text", "proof"))):
        for at, entry in enumerate(data.get(part) or ()):
            yield from ((part, at, key) for key in keys if key in entry)


def _at(data: Any, path: DataPath) -> str:
    for part in path:
        data = data[part]
    return str(data)


def _duplicates(document: Document, part: str) -> Iterator[Diagnostic]:
    seen: dict[str, Span] = {}
    for at, item in enumerate(document.data.get(part) or []):
        span = document.value_span((part, at, "id"))
        if item["id"] in seen:
            first = Related("the first is here", document.file, seen[item["id"]])
            what = f"two {part} have the id `{item['id']}`"
            hint = "give one of them another id"
            yield diagnostic("duplicate-id", what, document.file, span, hint=hint, related=[first])
        else:
            seen[item["id"]] = span


def _has_error(findings: Iterable[Diagnostic]) -> bool:
    return any(item.severity == "error" for item in findings)
