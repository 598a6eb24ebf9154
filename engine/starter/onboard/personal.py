"""What is personal in an export: told where a heading and the values agree.

Values of some shapes are personal whatever their column is called: e-mail addresses, phone numbers, account
and card numbers. Values that only may be (two capitalised words, a first name) are never shown, and are left
to a person to judge.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import polars as pl

from segmentry.engine.privacy.safe_text import personal_data_in
from segmentry.engine.starter.onboard.seen import SeenColumn
from segmentry.engine.starter.onboard.words import CUSTOMER, LABELS, has, is_identity, vocabulary, words

Level = Literal["direct", "quasi", "sensitive"]
_SHARE: Final = 0.5
_LONGEST: Final = 60
"""Characters of a label; longer ones are texts."""


@dataclass(frozen=True)
class Personal:
    """How personal a column is and why; without a level it is a note for a person to judge."""

    level: Level | None
    reason: str


@dataclass(frozen=True)
class _Kind:
    name: str
    level: Level
    words: frozenset[str]
    agrees: Callable[[SeenColumn], bool]
    but: frozenset[str] = frozenset()


def _share(seen: SeenColumn, pattern: str) -> float:
    if seen.sample is None or not len(seen.sample) or seen.sample.dtype != pl.String:
        return 0.0
    return float(seen.sample.str.contains(pattern).mean() or 0.0)  # type: ignore[arg-type]


def _is_text(seen: SeenColumn) -> bool:
    return seen.dress.type == "string" and not seen.dtype.is_nested()


def _mails(seen: SeenColumn) -> bool:
    return _share(seen, r"@.+\.\w{2,}$") >= _SHARE


def _phones(seen: SeenColumn) -> bool:
    return _share(seen, r"^\W*\d(?:\W*\d){5,}\W*(?:x\d+)?$") >= _SHARE


def _names(seen: SeenColumn) -> bool:
    return _is_text(seen) and _share(seen, r"^[^\d@_]*\p{L}[^\d@_]*$") >= _SHARE


def _streets(seen: SeenColumn) -> bool:
    return _is_text(seen) and _share(seen, r"\p{L}{2,}") >= _SHARE


def _letters(seen: SeenColumn) -> bool:
    return _is_text(seen) and _share(seen, r"\p{L}") >= _SHARE


def _addresses_of_computers(seen: SeenColumn) -> bool:
    return _share(seen, r"^\d{1,3}(\.\d{1,3}){3}$|^[0-9a-fA-F]*:[0-9a-fA-F:]+$") >= _SHARE


def _any(seen: SeenColumn) -> bool:
    return seen.filled > 0


def _births(seen: SeenColumn) -> bool:
    if seen.dress.type in ("date", "datetime"):
        return seen.least is not None and 1850 < seen.least.year < 2020
    return seen.least is None or 1850 <= seen.least <= 2020 or seen.dress.type == "string"


_POSITION: Final = vocabulary("latitude longitude lat lon lng")
_KINDS: Final = (
    _Kind("an e-mail address", "direct", vocabulary("email mail emails"), _mails),
    _Kind(
        "a phone number",
        "direct",
        vocabulary("phone mobile tel telephone telefon handy fax cell whatsapp msisdn"),
        _phones,
    ),
    _Kind("an account or card number", "direct", vocabulary("iban bic kontonummer"), _any),
    _Kind(
        "a part of a card number",
        "quasi",
        vocabulary("card pan suffix"),
        lambda s: _share(s, r"^\d{4}$") >= _SHARE,
    ),
    _Kind("a number of a document", "direct", vocabulary("ssn passport ausweis steuernummer"), _any),
    _Kind(
        "a birth date",
        "quasi",
        vocabulary("birth birthdate birthday dob geburtsdatum geburtstag geburtsjahr naissance born"),
        _births,
    ),
    _Kind("an address of a computer", "direct", vocabulary("ip ipaddress"), _addresses_of_computers),
    _Kind("a postcode", "quasi", vocabulary("zip zipcode postcode postal plz postleitzahl"), _any),
    _Kind("a place", "quasi", vocabulary("city town ort stadt ville wohnort suburb"), _letters),
    _Kind("a position", "quasi", _POSITION, _any),
    _Kind(
        "a street",
        "direct",
        vocabulary("address address1 address2 street strasse adresse addr anschrift hausnummer"),
        _streets,
        vocabulary("email mail ip web url website country code company province state"),
    ),
    _Kind("a gender", "quasi", vocabulary("gender sex geschlecht anrede salutation civilite"), _any),
    _Kind("an age", "quasi", vocabulary("age alter"), _any),
    _Kind(
        "health, belief or origin",
        "sensitive",
        vocabulary(
            "religion ethnicity race health diagnosis disability pregnancy allergy allergies konfession"
        ),
        _any,
    ),
    _Kind(
        "an account of a network",
        "direct",
        vocabulary("instagram facebook twitter linkedin username nickname"),
        _letters,
    ),
    _Kind(
        "what somebody wrote",
        "quasi",
        vocabulary("note notes comment comments message remarks bemerkung bemerkungen notiz query memo"),
        _letters,
    ),
    _Kind("what a browser is", "quasi", vocabulary("agent useragent fingerprint"), _letters),
)
_FULL_NAMES: Final = vocabulary(
    "surname firstname lastname fname lname forename vorname nachname prenom familienname initials"
)
_NAMED: Final = vocabulary(
    "first last full given family middle customer billing shipping contact buyer recipient bill ship client "
    "member staff employee owner person user guest assistant sales owner kunden cardholder to account holder"
)
_STAFF: Final = vocabulary(
    "employee cashier salesperson seller verkaeufer mitarbeiter agent rep advisor berater owner"
)
_NO_PERSON: Final = vocabulary(
    "product item event campaign store company shop category account lineitem tier brand plan list "
    "segment tax file domain source method province country region state code group method"
)


def personal(seen: SeenColumn, table: str) -> Personal | None:
    """How personal a column of a table is, if it is."""
    heading = seen.heading
    if not seen.filled or seen.dress.type in ("boolean", "nested", "list"):
        return None
    found = set(words(heading))
    if seen.dress.type == "decimal":
        return Personal("quasi", "a position, by its name and its values") if found & _POSITION else None
    for kind in _KINDS:
        if found & kind.words and not found & kind.but and kind.agrees(seen) and seen.dress.type != "boolean":
            return Personal(kind.level, f"{kind.name}, by its name and its values")
    if _is_a_name(found, table) and _names(seen):
        return Personal("direct", "a person's name, by its name and its values")
    if found & _STAFF and "id" not in found and _names(seen):
        return Personal("quasi", "somebody who works for you, by its name and its values")
    if {"pseudo", "cookie", "device"} & found and "id" in found:
        return Personal("quasi", "what follows a browser around")
    return _by_values(seen)


def _is_a_name(found: set[str], table: str) -> bool:
    if found & _FULL_NAMES:
        return True
    if not found & {"name", "names", "nom"} or found & _NO_PERSON:
        return False
    return bool(found & _NAMED) or (found <= {"name", "nom"} and has(table, CUSTOMER))


def _by_values(seen: SeenColumn) -> Personal | None:
    """Shapes that are personal by themselves, in a column whose name does not say so."""
    if seen.sample is None or seen.sample.dtype != pl.String or not _is_text(seen):
        return None
    some = [str(value) for value in seen.sample.head(400)]
    kinds = [kind for kind in map(personal_data_in, some) if kind]
    if is_identity(seen.heading):  # numbers of all lengths look like phones and cards
        kinds = [kind for kind in kinds if "mail" in kind or "IBAN" in kind]
    if len(kinds) >= max(1, 0.2 * len(some)):
        return Personal("direct", f"{max(set(kinds), key=kinds.count)}, by its values alone")
    if kinds:
        return Personal("quasi", "texts in which personal data stands, by some of the values")
    if (
        _share(seen, r"^\p{Lu}[\p{L}'’-]+(?:\s\p{Lu}\.?)?\s\p{Lu}[\p{L}'’-]+$") >= 0.8
        or first_names(seen.sample) >= 0.3
    ):
        return Personal(None, "its values may be people's names")
    return None


def may_be_shown(seen: SeenColumn) -> bool:
    """Whether labels may be quoted: none of them may be a name, or hold a number that leads to somebody.

    A word with a capital may be a surname; it is shown only where the heading says what kind of label it is.
    """
    if seen.labels is None or seen.sample is None:
        return False
    shown = pl.Series(seen.labels, dtype=pl.String)
    if any(personal_data_in(text) for text in seen.labels) or shown.str.contains(r"@|\d{6,}").any():
        return False
    if first_names(shown) >= 0.1 or max(map(len, seen.labels), default=0) > _LONGEST:
        return False
    return has(seen.heading, LABELS) or not shown.str.contains(r"^\p{Lu}\p{Ll}").any()


def first_names(values: pl.Series) -> float:
    """The share of texts that begin with a common first name."""
    if values.dtype != pl.String or not len(values):
        return 0.0
    first = values.str.extract(r"^(\p{L}[\p{L}'’-]+)").str.to_lowercase()
    return float(first.is_in(list(FIRST_NAMES)).sum() / len(values))


FIRST_NAMES: Final = vocabulary(
    "adam ahmed alan albert alex alexander alexandra alice amanda andrea andreas andrew angela anna anne "
    "anthony antonio barbara ben benjamin bernd birgit bob brian camille carl carlos carmen carol "
    "caroline catherine charles charlotte chloe christian christina christine christoph christopher "
    "claire claudia clara daniel daniela david deborah denise dennis diana dieter donald donna doris "
    "edward elena elias elisabeth elizabeth ella emily emma eric erik esther ethan eva fabian felix "
    "florian francesca frank franz françois friedrich gabriel gabriele george georg gerhard giulia "
    "giuseppe greta günter hanna hannah hans harald heidi heike heinz helen helena helga helmut henri "
    "henry herbert hugo ines ingrid irene isabel isabella jack jacob james jan jana jane janet jason jean "
    "jennifer jens jessica joachim johann johanna john jonas jonathan jörg jose josef joseph juan judith "
    "julia julian julie jürgen karen karin karl katharina katja katrin kevin klaus kurt lara lars laura "
    "lea lena leon liam linda lisa louis louise lucas lucia luis lukas manfred manuel marc marco margaret "
    "maria marie mario marion mark markus marta martha martin martina mary matthew matthias max maya "
    "melanie melissa mia michael michaela michelle miguel mike mohamed monika nancy natalie nathan "
    "nicholas nicole nina noah nora oliver olivia otto patricia patrick paul paula pedro peter petra "
    "philip philipp pia pierre rachel rainer ralf rebecca renate richard rita robert roland rolf ruth "
    "ryan sabine samuel sandra sara sarah sebastian silke silvia simon simone sofia sophia sophie stefan "
    "stefanie stephanie steven susan susanne sven sylvia tanja teresa thomas tim tina tobias tom ulrich "
    "ulrike ursula ute uwe vera victor victoria walter werner wilhelm william wolfgang zoe"
)
"""First names that are common in Europe and America; a hint, and no more."""
