"""brand.yaml: read, checked, and held against the positionings."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from segmentry.engine import check
from segmentry.engine.diagnostics.errors import RuleError
from segmentry.engine.workspace import Workspace
from segmentry.personas.brief.brand import load_brand
from tests.command_line import call
from tests.small_shop import make_shop

GOOD = b"""name: Sample
promise: Good things.
voice: {adjectives: [warm]}
never_say: [cheap]
claims: [{text: repaired for free, proof: Own workshop}, {text: loved by all}]
required_lines: {sms: Reply STOP.}
products: [{id: shoe, name: Shoes}]
offers:
  - {id: autumn-10, text: 10 % off, code: A10, ends: 2026-11-15}
  - {id: fitting, text: A free fitting}
  - {id: summer-5, text: 5 % off, ends: 2026-01-31}
"""

TALK = """segmentation: talk
owner: crm
assign: every_match
segments:
  - id: shoppers
    description: Sample
    when: {trait: orders_n, at_least: 2}
    positioning:
"""


def test_a_brand_is_read(tmp_path: Path) -> None:
    brand = load_brand(_workspace(tmp_path, "      {offer: fitting}\n"))
    offer = brand.offer("autumn-10")
    assert offer is not None
    assert offer.ends == date(2026, 11, 15)
    assert brand.required("sms") == "Reply STOP."
    assert brand.offer(None) is None
    assert len(brand.sha256) == 64


def test_mistakes_are_reported_with_their_place(tmp_path: Path) -> None:
    workspace = _workspace(tmp_path, "      {promise: Good boots}\n")
    for raw, code, line in [
        (GOOD.replace(b"promise", b"promisse"), "unknown-key", 2),
        (GOOD.replace(b"id: fitting", b"id: autumn-10"), "duplicate-id", 10),
        (GOOD.replace(b"2026-11-15", b"soon"), "schema", 9),
        (b"promise: x\n", "schema", 1),
    ]:
        (tmp_path / "brand.yaml").write_bytes(raw)
        found = [item for item in check(Workspace.load(workspace.root)) if item.file == "brand.yaml"]
        assert [(item.code, item.span.line) for item in found] == [(code, line)]
        with pytest.raises(RuleError):
            load_brand(Workspace.load(workspace.root))


@pytest.mark.parametrize("word", ["010", "1e999", ".inf", "0x1F"])
def test_what_looks_like_a_number_is_a_text(tmp_path: Path, word: str) -> None:
    raw = f"""name: {word}
promise: {word}
voice: {{adjectives: [{word}], do: [{word}]}}
never_say: [cheap]
claims: [{{text: {word}, proof: {word}}}]
required_lines: {{sms: {word}}}
products: [{{id: {word}, name: {word}, text: {word}}}]
offers: [{{id: {word}, text: {word}, code: {word}, discount: {word}}}]
"""
    talk = f"      {{promise: {word}, offer: {word}}}\n"
    workspace = _workspace(tmp_path, talk, raw.encode())
    found = check(workspace)
    assert {item.severity for item in found if item.code != "ambiguous-scalar"} <= {"warning", "info"}
    brand = load_brand(workspace)
    assert (brand.name, brand.claims[0].text, brand.offers[0].code) == (word, word, word)
    call("brief", "shoppers", "-w", tmp_path)
    assert word in (tmp_path / "briefs" / "shoppers.md").read_text("utf-8")


# --- held against the rules -----------------------------------------------------------------------


def _workspace(folder: Path, positioning: str, brand: bytes | None = GOOD) -> Workspace:
    make_shop(folder)
    (folder / "rules" / "talk.yaml").write_text(TALK + positioning, "utf-8")
    if brand is not None:
        (folder / "brand.yaml").write_bytes(brand)
    return Workspace.load(folder)


CODES = {"unknown-offer", "offer-ended", "banned-word", "unproved-claim", "urgency", "unknown-tone"}


def _found(workspace: Workspace) -> list[tuple[str, str, int, int, str]]:
    return [
        (item.code, item.file, item.span.line, item.span.column, item.severity)
        for item in check(workspace)
        if item.code in CODES or item.file == "brand.yaml"
    ]


@pytest.mark.parametrize(
    ("positioning", "code", "column", "severity"),
    [
        ("      offer: autum-10\n", "unknown-offer", 14, "error"),
        ("      offer: summer-5\n", "offer-ended", 14, "warning"),
        ("      promise: Cheap and good\n", "banned-word", 16, "warning"),
        ("      needs: [Good boots, cheap boots]\n", "banned-word", 27, "warning"),
        ("      proof: [Loved by all of us]\n", "unproved-claim", 15, "warning"),
        ("      promise: The best in town\n", "unproved-claim", 16, "warning"),
        ("      promise: Last chance to see us\n", "urgency", 16, "warning"),
        ("      {offer: fitting, proof: [Only today]}\n", "urgency", 32, "warning"),
        ("      tone: [sassy]\n", "unknown-tone", 14, "warning"),
        ("      tone: [Warm, freindly]\n", "unknown-tone", 20, "warning"),
    ],
)
def test_what_a_positioning_says_against_the_brand_is_reported_where_it_stands(
    tmp_path: Path, positioning: str, code: str, column: int, severity: str
) -> None:
    found = _found(_workspace(tmp_path, positioning))
    assert found == [(code, "rules/talk.yaml", 9, column, severity)]


def test_what_goes_with_the_brand_is_no_finding(tmp_path: Path) -> None:
    positioning = (
        "      {offer: autumn-10, promise: Repaired for free, needs: [To be loved by all], channels: [sms]}\n"
    )
    assert _found(_workspace(tmp_path, positioning)) == []
    assert (
        _found(_workspace(tmp_path, "      {offer: autumn-10, promise: Last chance, needs: [The best]}\n"))
        == []
    )


def test_claims_are_reported_in_the_language_of_the_workspace_and_without_a_brand(tmp_path: Path) -> None:
    workspace = _workspace(tmp_path, "      {promise: Die besten Stiefel}\n", None)
    assert _found(workspace) == []
    settings = tmp_path / "segmentry.yaml"
    settings.write_text(settings.read_text("utf-8") + "locale: de_AT\n", "utf-8")
    assert [code for code, *_ in _found(Workspace.load(tmp_path))] == ["unproved-claim"]


def _hints(workspace: Workspace) -> list[str]:
    return [item.hint or "" for item in check(workspace) if item.code == "unknown-tone"]


def test_an_unknown_tone_is_met_with_those_that_are_known(tmp_path: Path) -> None:
    far, near = _hints(_workspace(tmp_path, "      tone: [sassy, freindly]\n"))
    assert not far.startswith("did you mean")
    assert near.startswith("did you mean `friendly`?")
    for hint in (far, near):
        assert "\nplain: plain, clear, calm" in hint
        assert "\nlively: lively, upbeat" in hint


def test_a_tone_is_known_in_any_language_of_the_briefs(tmp_path: Path) -> None:
    workspace = _workspace(tmp_path, "      tone: [freundlich, honest]\n")
    assert [column for _, _, _, column, _ in _found(workspace)] == [14]
    settings = tmp_path / "segmentry.yaml"
    bare = settings.read_text("utf-8")
    settings.write_text(bare + "locale: de_AT\n", "utf-8")
    assert [column for _, _, _, column, _ in _found(Workspace.load(tmp_path))] == [26]
    settings.write_text(bare + "locales: [de_AT, en]\n", "utf-8")
    assert _found(Workspace.load(tmp_path)) == []


def test_the_tones_of_otherwise_are_looked_at_too(tmp_path: Path) -> None:
    workspace = _workspace(tmp_path, "      tone: [warm]\n")
    path = tmp_path / "rules" / "talk.yaml"
    text = path.read_text("utf-8").replace("every_match", "first_match")
    path.write_text(text + "otherwise: {id: rest, positioning: {tone: [sassy]}}\n", "utf-8")
    assert [item[:4] for item in _found(Workspace.load(workspace.root))] == [
        ("unknown-tone", "rules/talk.yaml", 10, 44)
    ]


def test_a_voice_may_have_any_adjectives_beside_one_that_sets_its_style(tmp_path: Path) -> None:
    free = GOOD.replace(b"[warm]", b"[alpine, warm]")
    assert _found(_workspace(tmp_path / "a", "      tone: [warm]\n", free)) == []
    none = GOOD.replace(b"[warm]", b"[alpine, snowy]")
    found = _found(_workspace(tmp_path / "b", "      tone: [warm]\n", none))
    assert found == [("unknown-tone", "brand.yaml", 3, 21, "warning")]


def test_the_brand_may_not_forbid_what_it_offers(tmp_path: Path) -> None:
    brand = GOOD.replace(b"A free fitting", b"A cheap fitting")
    found = _found(_workspace(tmp_path, "      {offer: fitting}\n", brand))
    assert found == [("banned-word", "brand.yaml", 10, 25, "warning")]


def test_a_control_in_brand_yaml_suppresses_a_finding_there(tmp_path: Path) -> None:
    line = b"  - {id: fitting, text: A cheap fitting} # segmentry: ignore[banned-word] a name\n"
    brand = GOOD.replace(b"  - {id: fitting, text: A free fitting}\n", line)
    assert _found(_workspace(tmp_path, "      {offer: fitting}\n", brand)) == []


def test_mistakes_in_brand_yaml_are_found_by_check_and_stop_briefs(tmp_path: Path) -> None:
    workspace = _workspace(tmp_path, "      {offer: fitting}\n", b"name: Sample\nvoise: {}\n")
    assert _found(workspace) == [("unknown-key", "brand.yaml", 2, 1, "error")]
    with pytest.raises(RuleError, match="voise"):
        load_brand(workspace)


def test_without_a_brand_there_are_no_offers(tmp_path: Path) -> None:
    assert load_brand(_workspace(tmp_path / "a", "      {promise: Cheap}\n", None)).name
    workspace = _workspace(tmp_path / "b", "      {offer: fitting}\n", None)
    assert [item[:3] for item in _found(workspace)] == [("unknown-offer", "rules/talk.yaml", 9)]
    with pytest.raises(RuleError, match="no offer named"):
        load_brand(workspace)
