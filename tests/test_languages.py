"""The languages of briefs: each a whole folder, found by its locale, and added without a line of code."""

from __future__ import annotations

import copy
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from segmentry.engine import Workspace, check
from segmentry.engine.diagnostics.errors import UsageError
from segmentry.engine.document import read_document
from segmentry.engine.language.language_check import FILES, check_keys, check_language
from segmentry.engine.language.languages import language_of, languages, phrases, read_file
from segmentry.engine.starter.sample import write_sample
from segmentry.personas.brief.brand import load_brand
from segmentry.personas.brief.words import theme_of
from segmentry.personas.briefs import write_briefs
from segmentry.personas.channels.lengths import columns, plain_marks, sms_length
from segmentry.personas.facts import Display, Fact
from segmentry.personas.facts.adapter import load_population
from tests.command_line import call, in_json
from tests.small_shop import make_shop

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "templates" / "languages"
LISTED = f"write one of {', '.join(languages())}"


# --- whole folders --------------------------------------------------------------------------------


@pytest.mark.parametrize("language", languages())
def test_every_language_is_whole(language: str) -> None:
    assert check_language(language) == []


def test_every_folder_is_a_language() -> None:
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted(languages())
    assert {path.name for folder in FOLDER.iterdir() for path in folder.iterdir()} == set(FILES)


def test_a_folder_without_its_files_says_which() -> None:
    assert check_language("xx") == [
        "languages/xx/phrases.yaml: the file is missing",
        "languages/xx/words.yaml: the file is missing",
    ]


@pytest.mark.parametrize(
    ("file", "key", "value", "message"),
    [
        ("words.yaml", "urgency", None, "`urgency` is missing"),
        ("words.yaml", "protected.health", None, "`protected.health` is missing"),
        ("words.yaml", "claims", [], "`claims` is empty"),
        ("words.yaml", "offer", "offre", "`offer` takes a list of texts, not `offre`"),
        (
            "words.yaml",
            "numbers",
            ["half", True],
            "`numbers` holds a yes or no (true): write a text, in quotes",
        ),
        ("words.yaml", "units.days.other", None, "`units.days.other` is missing"),
        ("words.yaml", "urgencies", ["vite"], "`urgencies` is no key of a language: did you mean `urgency`?"),
        ("phrases.yaml", "copy.greeting.warm", None, "`copy.greeting.warm` is missing"),
        ("phrases.yaml", "copy.greeting.warm", "", "`copy.greeting.warm` is empty"),
        ("phrases.yaml", "summary.size", ["They are {share}."], "`summary.size` lacks the slot {size}"),
        (
            "phrases.yaml",
            "summary.apart",
            ["{leads} {lead}"],
            "`summary.apart` has a slot {lead} that nothing fills: did you mean `leads`?",
        ),
    ],
)
def test_what_lacks_or_is_unknown_is_reported_by_its_key(
    file: str, key: str, value: Any, message: str
) -> None:
    reference = read_file("en", file)
    changed = copy.deepcopy(reference)
    *above, last = key.split(".")
    part = changed
    for name in above:
        part = part[name]
    if value is None:
        del part[last]
    else:
        part[last] = value
    assert check_keys(reference, changed) == [message]
    assert check_keys(reference, reference) == []


def test_a_language_may_have_plural_forms_of_its_own() -> None:
    reference = read_file("en", "words.yaml")
    changed = copy.deepcopy(reference)
    changed["units"]["days"] |= {"few": "dni", "many": "dni"}
    assert check_keys(reference, changed) == []


_LIMITS = {
    "subject": 50, "preheader": 90, "cta": 25, "push_title": 40, "push_body": 120, "headlines": 30,
    "descriptions": 90, "primary": 125, "social_headline": 27, "landing_headline": 60, "subheadline": 120,
    "bullets": 90,
}  # fmt: skip
"""The characters that fit into each place of the messages."""


@pytest.mark.parametrize("language", languages())
def test_every_line_without_a_slot_fits_its_place(language: str) -> None:
    """Such a line stands in where a segment's own texts are too long: if it were too, there would be none."""
    for angle, places in phrases(language)["copy"]["angles"].items():
        for place, limit in _LIMITS.items():
            lines = [line for line in _texts(places[place]) if "{" not in line]
            wide = [line for line in lines if columns(line) > limit]
            assert wide == [], (angle, place)
        texts = [plain_marks(line.replace("{brand}", "Alpine Outfitters")) for line in _texts(places["sms"])]
        assert sms_length(texts[-1]).coding == "GSM-7", (angle, texts[-1])


def _texts(part: Any) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    else:
        values: Any = cast("dict[str, Any]", part).values() if isinstance(part, dict) else part
        for value in values:
            yield from _texts(value)


def test_no_code_names_a_language() -> None:
    """But the reference's: what is said in a language stands in its folder."""
    others = "|".join(sorted(set(languages()) - {"en"}))
    named = re.compile(rf"[\"'](?:{others})[\"']")
    files = [path for room in ("engine", "personas") for path in (ROOT / room).rglob("*.py")]
    found = [path for path in files if named.search(path.read_text("utf-8")) and "starter" not in path.parts]
    assert found == []


# --- found by its locale --------------------------------------------------------------------------


def test_a_locale_uses_the_folder_of_its_language() -> None:
    assert [language_of(locale) for locale in ("de_CH", "de-AT", "en_GB", "fr", "FR_ca")] == [
        "de", "de", "en", "fr", "fr",
    ]  # fmt: skip


@pytest.mark.parametrize("locale", ["xx", "nl_BE", "zh-Hant"])
def test_nothing_is_english_by_silence(locale: str) -> None:
    with pytest.raises(UsageError, match=f"no words for the locale `{locale}`: {LISTED}"):
        language_of(locale)
    with pytest.raises(UsageError):
        Display(locale)


@pytest.mark.parametrize(
    ("line", "column", "hint"),
    [
        ("locale: xx", 9, LISTED),
        ("locales: [de_CH, xx_YY]", 18, LISTED),
        ("locale: fr_XX", 9, "write `fr`, or `fr` with a region: `fr_FR`"),
        ("locale: de-foo", 9, "write `de`, or `de` with a region: `de_DE`"),
        ("locales: [deu]", 11, f"did you mean `de`? Else {LISTED}"),
    ],
)
def test_a_locale_without_a_language_is_an_error_of_check(
    tmp_path: Path, line: str, column: int, hint: str
) -> None:
    shop = make_shop(tmp_path / "shop")
    settings = shop / "segmentry.yaml"
    text = settings.read_text("utf-8")
    settings.write_text(f"{text}{line}\n", "utf-8")
    (found,) = [item for item in check(Workspace.load(shop)) if item.code == "language-missing"]
    place = (found.file, found.span.line, found.span.column)
    assert (*place, found.severity, found.hint) == (
        "segmentry.yaml", len(text.splitlines()) + 1, column, "error", hint,
    )  # fmt: skip
    assert "language-missing" in call("brief", "-w", shop, code=3).stderr
    assert not list(shop.glob("briefs/**/*.json"))


def test_regions_of_a_language_are_no_error(tmp_path: Path) -> None:
    shop = make_shop(tmp_path / "shop")
    with (shop / "segmentry.yaml").open("a", encoding="utf-8") as file:
        file.write("locales: [de_CH, fr_CH, en_GB]\n")
    assert [item for item in check(Workspace.load(shop)) if item.code == "language-missing"] == []


# --- what is data and not grammar in code ---------------------------------------------------------


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("en", "0 days, 1 day, 1.5 days, 41 days, 20 months"),
        ("de", "0 Tage, 1 Tag, 1,5 Tage, 41 Tage, 20 Monate"),
        ("fr", "0 jour, 1 jour, 1,5 jour, 41 jours, 20 mois"),
    ],
)
def test_units_take_the_plural_of_their_language(locale: str, expected: str) -> None:
    display = Display(locale)
    assert ", ".join(display.days(days) for days in (0, 1, 1.5, 41, 610)) == expected


def test_the_first_of_a_month_is_written_as_the_language_does() -> None:
    first, second = date(2026, 11, 1), date(2026, 11, 2)
    french = Display("fr")
    assert [french.long_date(first), french.short_date(first)] == ["1er novembre 2026", "1er nov."]
    assert french.long_date(second) == "2 novembre 2026"
    assert [Display(locale).long_date(first) for locale in ("en_GB", "de")] == [
        "1 November 2026", "1. November 2026",
    ]  # fmt: skip


def _trait(name: str, unit: Any) -> Fact:
    return Fact(
        id=f"s.{name}.mean", handle=f"i.{name}.mean", segment="s", measure="mean", trait=name, category=None,
        label=name, unit=unit, value=0.5, base=0.4, effect=0.4, effect_kind="cohens_d",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "unit", "theme"),
    [
        ("discount_share", "share", "discount"),
        ("rabatt_anteil", "share", "discount"),
        ("part_de_remise", "share", "discount"),
        ("bestellungen_12m", "number", "frequency"),
        ("jours_depuis_derniere_commande", "number", "recency"),
        ("panier_moyen", "number", "basket"),
        ("schuhgroesse", "number", None),
    ],
)
def test_traits_are_known_by_their_ids_in_every_language(name: str, unit: str, theme: str | None) -> None:
    found = theme_of(_trait(name, unit))
    assert (None if found is None else found.id) == theme


# --- French ---------------------------------------------------------------------------------------


_BEFORE_VOWEL = re.compile(
    r"\b(?:[Dd]e|[Qq]ue|[Nn]e|[Ss]e|[Jj]e|[Ll][ea]|jusque|lorsque)\s[aàâeéèêiîoôuùûœAÉIOU]"
)
_PLAIN_SPACE = re.compile(r" [:;!?»]|« ")


def test_french_is_spelt_before_vowels_whatever_fills_a_slot() -> None:
    lines = [re.sub(r"\{\w+\}", "Alpine", line) for line in _texts(phrases("fr"))]
    assert [line for line in lines if _BEFORE_VOWEL.search(line)] == []


def test_french_has_no_break_before_its_marks() -> None:
    read = phrases("fr")
    assert [line for line in _texts(read) if _PLAIN_SPACE.search(line)] == []
    assert "\u00a0:" in read["statements"]["mean"][0]
    assert "\u00a0" not in "".join(_texts(phrases("en")))


def _french_starter(folder: Path) -> Workspace:
    """The starter as a French shop would have it: its author's texts are French, too."""
    texts: dict[str, str] = yaml.safe_load((ROOT / "tests/cases/french_starter.yaml").read_text("utf-8"))
    unused = set(texts)

    def translated(part: Any) -> Any:
        if isinstance(part, dict):
            return {key: translated(below) for key, below in cast("dict[str, Any]", part).items()}
        if isinstance(part, list):
            return [translated(item) for item in cast("list[Any]", part)]
        unused.discard(str(part))
        return texts.get(part, part) if isinstance(part, str) else part

    for path in (ROOT / "rules" / "starter").rglob("*.yaml"):
        document, _ = read_document(path.name, path.read_bytes())
        assert document is not None
        data = translated(document.data)
        if path.name == "segmentry.yaml":
            data["locale"] = "fr_FR"
        goal = folder / path.relative_to(ROOT / "rules" / "starter")
        goal.parent.mkdir(parents=True, exist_ok=True)
        goal.write_text(json.dumps(data, ensure_ascii=False, indent=1), "utf-8")
    assert unused == set()
    write_sample(folder / "data", customers=1500)
    return Workspace.load(folder)


def test_a_french_shop_has_french_briefs_that_keep_every_check(tmp_path: Path) -> None:
    workspace = _french_starter(tmp_path / "shop")
    assert [item for item in check(workspace) if item.severity != "info"] == []
    people, out = load_population(workspace), tmp_path / "shop" / "briefs"
    result = write_briefs(people, load_brand(workspace), out=out)
    assert result.findings == ()
    assert set(result.briefs) == {segment.id for segment in people.segments}
    others = {line for language in ("en", "de") for line in _texts(phrases(language)) if len(line) > 12}
    for segment, brief in result.briefs.items():
        shown = (out / f"{segment}.md").read_text("utf-8")
        page = (out / f"{segment}.html").read_text("utf-8")
        assert "## Qui ils sont" in shown
        assert '<html lang="fr">' in page
        assert [line for line in shown.splitlines() if _BEFORE_VOWEL.search(line)] == []
        said = set(_texts([brief[part] for part in ("summary", "journey", "traits", "needs", "variants")]))
        assert not said & others
        assert all(variant["email"]["body"].startswith("Bonjour") for variant in brief["variants"])
        assert all(sms_length(variant["sms"]["body"]).parts == 1 for variant in brief["variants"])
    call("brief", "--check", "-w", tmp_path / "shop")


def test_the_starters_briefs_in_french_keep_every_check(tmp_path: Path) -> None:
    """What its author wrote stays as it stands, and the frame around it is French."""
    folder = tmp_path / "shop"
    shutil.copytree(ROOT / "rules" / "starter", folder)
    write_sample(folder / "data", customers=1500)
    settings = folder / "segmentry.yaml"
    settings.write_text(settings.read_text("utf-8").replace("locale: en", "locale: fr"), "utf-8")
    call("brief", "-w", folder)
    call("brief", "--check", "-w", folder)


def test_french_claims_hurry_and_people_are_found(tmp_path: Path) -> None:
    shop = make_shop(tmp_path / "shop")
    with (shop / "segmentry.yaml").open("a", encoding="utf-8") as file:
        file.write("locale: fr\n")
    call("brief", "--quiet", "-w", shop)
    path = next(path for path in sorted((shop / "briefs").glob("*.json")))
    text = path.read_text("utf-8")
    body = re.search(r'"summary": "([^"]*)"', text)
    assert body is not None
    path.write_text(text.replace(body[1], "La moitié des femmes aujourd’hui", 1), "utf-8")
    found = {item["code"] for item in in_json("brief", "--check", "-w", shop, code=1)["findings"]}
    assert found >= {"literal-number", "protected-attribute"}


# --- adding one -----------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_language_is_added_without_touching_code(tmp_path: Path) -> None:
    """A copy of the package with one folder more: `check`, `brief` and `brief --check` know it."""
    package = tmp_path / "package" / "segmentry"
    for part in ("engine", "personas", "templates", "rules"):
        shutil.copytree(ROOT / part, package / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "cli.py", package / "cli.py")
    shutil.copytree(FOLDER / "fr", package / "templates" / "languages" / "eo")
    lists = package / "templates" / "languages" / "eo" / "words.yaml"
    lists.write_text(lists.read_text("utf-8").replace("other: jours", "other: giorni"), "utf-8")
    shop = make_shop(tmp_path / "shop")
    with (shop / "segmentry.yaml").open("a", encoding="utf-8") as file:
        file.write("locale: eo\n")
    for command in (["check"], ["brief"], ["brief", "--check"]):
        done = _in(package.parent, *command, "-w", str(shop))
        assert done.returncode == 0, done.stderr
    assert _in(ROOT / ".dev", "check", "-w", str(shop)).returncode == 1


def _in(path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    code = "from segmentry.cli import app; app()"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(path)},
    )  # fmt: skip
