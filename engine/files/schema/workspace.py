"""The schema of segmentry.yaml: the workspace, its settings and its privacy. Sources: `sources.py`."""

from __future__ import annotations

from segmentry.engine.files.schema.conditions import condition_definitions
from segmentry.engine.files.schema.identity import identity, identity_definitions
from segmentry.engine.files.schema.names import Ids, name_definitions
from segmentry.engine.files.schema.parts import Schema, choice, mapping, number, ref, text, texts, whole
from segmentry.engine.files.schema.sources import source_definitions, sources
from segmentry.engine.language.calendar_names import MONTH_NAMES, WEEKDAY_NAMES


def workspace_schema(ids: Ids | None) -> Schema:
    """The file at the root of a workspace."""
    return {
        **mapping(
            "a workspace",
            {
                "version": {
                    "title": "the version of this format, which is 1",
                    "type": "integer",
                    "enum": [1],
                    "description": "The version of this format: 1.",
                },
                "name": text("The name of the workspace, for people."),
                "description": text("What the workspace is for."),
                "timezone": text(
                    "The time zone of dates and of times without a zone; UTC by default.", _ZONE
                ),
                "currency": text("The currency of money.", "a currency, like EUR", **_CODE),
                "locale": text(_WRITTEN, _LOCALE, pattern=_LOCALE_FORM),
                "locales": texts(
                    "The locales that briefs are written in.", "a list of locales, like `[de_DE, en]`"
                ),
                "fiscal_year_starts": _MONTH,
                "week_starts": _WEEKDAY,
                "as_of": _as_of(),
                "sources": sources(),
                "identity": identity(),
                "privacy": _privacy(),
                "llm": _llm(),
                "rules": text("The folder of the rule files; rules by default.", **_FOLDER),
                "output": text("The folder that `run` writes to; out by default.", **_FOLDER),
            },
            required=("version", "sources"),
        ),
        "$defs": {
            **name_definitions(ids),
            **condition_definitions(),
            **source_definitions(),
            **identity_definitions(),
        },
    }


_CODE: Schema = {"pattern": "^[A-Z]{3}$", "x-fix": "write its three capital letters"}
_NAME = r"(\.?[^./\\:\x00-\x1f][^/\\:\x00-\x1f]*)"
_FOLDER: Schema = {
    "title": "a folder in the workspace, like `rules`",
    "pattern": f"^(\\./)?{_NAME}(/{_NAME})*/?$",
    "x-fix": "name one below segmentry.yaml; `run -o` writes anywhere else",
}
_ZONE = "a time zone, like Europe/Berlin"
_WRITTEN = "How figures and dates are written; en by default."
_LOCALE = "a locale, like de_DE"
_LOCALE_FORM = "^[a-z]{2,3}([_-][A-Za-z0-9]+)*$"


def _name_or_number(title: str, names: tuple[str, ...], description: str) -> Schema:
    """A month or weekday by its name, the first three letters of it, or its number."""
    forms = "|".join(f"[{name[0].upper()}{name[0]}]{name[1:3]}({name[3:]})?" for name in names)
    return {
        "title": title,
        "type": ["string", "integer"],
        "pattern": f"^({forms})$".replace("()?", ""),
        "minimum": 1,
        "maximum": len(names),
        "description": description,
    }


_MONTH = _name_or_number(
    "a month, like april or 4",
    MONTH_NAMES,
    "The month in which the fiscal year starts; january by default.",
)
_WEEKDAY = _name_or_number(
    "a day of the week, like sunday",
    WEEKDAY_NAMES,
    "The day on which weeks start in windows and time words; monday by default.",
)


def _as_of() -> Schema:
    return {
        **mapping(
            "a date, or `{latest: SOURCE}`",
            {"latest": ref("source_name", "The midnight after the newest row of this source, up to today.")},
            required=("latest",),
            description="The moment at which everything is evaluated: a date, a date with a time, or "
            "`{latest: orders}`; now by default.",
        ),
        "type": ["string", "object"],
    }


def _privacy() -> Schema:
    return mapping(
        "the privacy settings",
        {
            "min_cell": whole("The smallest group whose figures are shown; 10 by default.", 1),
            "dominance": {
                **number(
                    "The share of a sum from which one customer dominates it; 0.5 by default.",
                    minimum=0,
                    maximum=1,
                ),
                "title": "a share between 0 and 1",
                "exclusiveMinimum": 0,
            },
            "sensitive_allowed": texts(
                "The sensitive traits that may become facts.", "a list of traits", empty=True
            ),
        },
        description="How small a group may be before its figures are hidden.",
    )


def _llm() -> Schema:
    return mapping(
        "the settings of the model",
        {
            "base_url": text("The address of the server, like `https://api.example.com/v1`.", "an address"),
            "model": text("The name of the model; there is no default."),
            "api_key_env": text(
                "The environment variable that holds the key.", "a variable's name, like SEGMENTRY_API_KEY"
            ),
            "token_param": choice(
                "What the server calls the limit of the answer.", "max_completion_tokens", "max_tokens"
            ),
            "schema": choice("Which form of the answer's schema is sent.", "wire", "full"),
            "temperature": number("How freely the model writes.", minimum=0, maximum=2),
            "seed": whole("A number that makes answers repeatable, where the server knows it.", 0),
            "max_calls": whole("No more calls than this in one run.", 0),
            "max_output_tokens": whole("No longer answer than this.", 1),
            "max_cost": number("No more money than this in one run.", minimum=0),
            "prices": _prices(),
            "concurrency": whole("How many calls run at the same time; 4 by default.", 1),
            "timeout_s": {
                **number("How many seconds to wait for an answer; 60 by default."),
                "minimum": 0,
                "exclusiveMinimum": 0,
            },
        },
        description="The language model that briefs may be written with. Off unless `--llm`.",
    )


def _prices() -> Schema:
    return mapping(
        "a price list, like `{input: 0.5, output: 2}`",
        {
            "input": number("For a million tokens sent.", minimum=0),
            "output": number("For a million tokens received.", minimum=0),
        },
        required=("input", "output"),
        description="What the model costs, for `max_cost`.",
    )
