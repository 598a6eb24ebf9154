"""The channels are a registry: an entry has every part, and an older brief stays whole when one is added."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from segmentry.engine.diagnostics.findings import CATALOGUE
from segmentry.engine.files.schema import json_schema
from segmentry.engine.language import channels as names
from segmentry.engine.language.languages import languages, phrases
from segmentry.personas.brief.schema import brief_schema, draft_schema
from segmentry.personas.channels import CHANNELS, Channel, ChannelFault, CopyWriter, Message
from segmentry.personas.checks import check_brief
from segmentry.personas.render import Renderer
from segmentry.personas.render.environment import TemplateError
from tests.test_copy_checks import BRAND, FACTS, GOOD, PEOPLE

COMMITTED = Path(__file__).parent / "cases/briefs/french/output/briefs/bargain.json"
BRIEF: dict[str, Any] = json.loads(COMMITTED.read_text("utf-8"))
VALIDATOR: Any = import_module("jsonschema").Draft202012Validator  # its types are partial
LONG = "a word and another one, " * 60


class Places:
    """A writer of copy that notes the places it is asked for."""

    def __init__(self) -> None:
        self.asked: set[str] = set()

    def _text(self, place: str) -> str:
        self.asked.add(place)
        return place

    def short(self, place: str, limit: int, *, turn: bool = False, but: Sequence[str] = ()) -> str:
        return self._text(place)

    def with_required(
        self,
        place: str,
        channel: str,
        fits: Callable[[str], bool],
        *,
        but: Sequence[str] = (),
        early: int | None = None,
        plain: bool = False,
    ) -> str:
        return self._text(place)

    def several(
        self,
        place: str,
        least: int,
        most: int,
        limit: int,
        length: Callable[[str], int],
        *,
        but: Sequence[str] = (),
    ) -> list[str]:
        return [self._text(place)] * least

    def letter(self) -> str:
        return f"{self._text('opening')} {self._text('closing')}"

    def slot(self, name: str) -> str:
        return ""

    def required(self, channel: str) -> str | None:
        return None


def lacking(channel: Channel) -> list[str]:
    """What an entry lacks, in words."""
    parts = channel.schema["properties"]
    found = [] if channel.main in parts else [f"no part {channel.main}"]
    found += [] if channel.check_doc.strip() else ["no word on its check"]
    found += [f"no source of {name}" for name, limit in channel.limits.items() if not limit.source]
    for kind in ("md", "html"):
        if not files("segmentry.templates").joinpath(f"channels/{channel.id}.{kind}.j2").is_file():
            found.append(f"no template for {kind}")
    places = Places()
    channel.write(places)
    for code in languages():
        words: Any = phrases(code)
        for angle, texts in words["copy"]["angles"].items():
            found += [f"no {place} of {angle} in {code}" for place in sorted(places.asked - set(texts))]
        for where in (words["channels"], words["page"]["channels"]):
            found += [] if where.get(channel.id) else [f"no name in {code}"]
    return found


@pytest.mark.parametrize("channel", CHANNELS.values(), ids=CHANNELS)
def test_an_entry_has_every_part(channel: Channel) -> None:
    assert lacking(channel) == []


def salute(writer: CopyWriter) -> dict[str, Any]:
    """Asks for a place that no language has words for."""
    return {"body": writer.short("salutation", 40)}


def test_a_part_that_is_not_there_is_seen() -> None:
    bare = replace(
        CHANNELS["email"],
        id="letter",
        main="envelope",
        check_doc=" ",
        write=salute,
    )
    assert {
        "no part envelope",
        "no word on its check",
        "no template for md",
        "no name in fr",
        "no salutation of offer in de",
    } <= set(lacking(bare))


def test_the_engine_and_the_briefs_know_the_same_channels() -> None:
    assert list(CHANNELS) == list(names.CHANNELS)
    rules = str(json_schema("rules"))
    assert all(f"'{name}'" in rules for name in CHANNELS)
    variant = brief_schema()["properties"]["variants"]["items"]
    assert list(variant["properties"]) == ["angle", *CHANNELS]


@pytest.mark.parametrize("channel", CHANNELS.values(), ids=CHANNELS)
def test_a_message_that_is_too_long_is_found_by_check_or_schema(channel: Channel) -> None:
    message: dict[str, Any] = copy.deepcopy(BRIEF["variants"][0][channel.id])
    for part, value in message.items():
        message[part] = [LONG] if isinstance(value, list) else LONG
    faults = list(channel.check(Message(message, "Alpine")))
    assert all(isinstance(fault, ChannelFault) and fault.code in CATALOGUE for fault in faults)
    assert faults or not VALIDATOR(channel.schema).is_valid(message)


def test_a_brief_from_before_a_channel_stays_whole_and_a_new_draft_has_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    newer = replace(CHANNELS["push"], id="in_app", from_the_start=False)
    monkeypatch.setitem(CHANNELS, "in_app", newer)  # type: ignore[arg-type]
    validator = VALIDATOR(brief_schema())
    assert validator.is_valid(BRIEF)
    extended = copy.deepcopy(BRIEF)
    extended["variants"][0]["in_app"] = dict(extended["variants"][0]["push"])
    assert validator.is_valid(extended)
    assert "in_app" in draft_schema()["properties"]["variants"]["items"]["required"]
    del extended["variants"][0]["sms"]
    assert not validator.is_valid(extended)


def test_a_new_channel_that_one_variant_alone_lacks_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    newer = replace(CHANNELS["push"], id="in_app", from_the_start=False)
    monkeypatch.setitem(CHANNELS, "in_app", newer)  # type: ignore[arg-type]
    brief = copy.deepcopy(GOOD)
    brief["variants"][1]["in_app"] = dict(brief["variants"][1]["push"])
    found = check_brief(brief, FACTS["value-driven"], BRAND, PEOPLE, "value-driven")
    assert [(item.code, item.path) for item in found] == [("brief-schema", "variants[0]")]
    del brief["variants"][1]["in_app"]
    assert check_brief(brief, FACTS["value-driven"], BRAND, PEOPLE, "value-driven") == []


def test_a_template_of_ones_own_for_a_channel_is_named_with_its_folder(tmp_path: Path) -> None:
    (tmp_path / "channels").mkdir()
    (tmp_path / "channels" / "sms.md.j2").write_text("{{ variant.smss.body }}", "utf-8")
    with pytest.raises(TemplateError) as raised:
        Renderer("Shop", "Alpine", tmp_path).markdown(GOOD)
    assert raised.value.diagnostics[0].file == "templates/channels/sms.md.j2"
