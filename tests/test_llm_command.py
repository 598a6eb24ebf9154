"""`brief --llm` and `cache` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command_line import call, in_json
from tests.llm_case import KEY
from tests.llm_server import Received, Sent, completion, failing, serving, well

WORKSPACE = """version: 1
name: Corner Shop
as_of: 2026-03-01
sources:
  customers:
    path: data/customers.csv
    key: id
    columns:
      id: {type: integer}
      orders_12m: {type: integer, description: Orders in a year}
      discount_share: {type: number, description: Share of orders with a discount}
"""
RULES = """segmentation: motive
owner: crm
assign: first_match
otherwise: {id: everyone-else, name: Everyone else}
segments:
  - id: value-driven
    name: Value-driven
    description: Buys at a discount.
    when: {trait: discount_share, at_least: 0.5}
    positioning: {promise: Good things at a fair price}
"""
BRAND = "name: Corner Shop\nrequired_lines: {sms: Reply STOP to opt out.}\n"


def _discount(number: int) -> float:
    return number % 5 / 20 if number % 3 else 0.6 + number % 4 / 10


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    rows = "".join(f"{n},{n % 4 if n % 3 else n % 9},{_discount(n)}\n" for n in range(240))
    for name, text in {
        "segmentry.yaml": WORKSPACE,
        "rules/motive.yaml": RULES,
        "brand.yaml": BRAND,
        "data/customers.csv": f"id,orders_12m,discount_share\n{rows}",
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def with_model(shop: Path, address: str, more: str = "") -> Path:
    """The workspace with a model at the address."""
    llm = f"llm: {{base_url: '{address}', model: tiny{more}}}\n"
    (shop / "segmentry.yaml").write_text(WORKSPACE + llm, "utf-8")
    return shop


def not_value_driven(request: Received) -> Sent:
    return completion(None, refusal="No.") if request.segment == "value-driven" else well(request)


def test_the_models_briefs_are_written_and_made_again_without_it(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEGMENTRY_API_KEY", KEY)
    with serving() as server:
        with_model(shop, server.address, ", prices: {input: 1, output: 10}")
        said = call("brief", "--llm", "-w", shop)
    assert "2 by the model: 2 calls, 8,000 tokens sent, 2,000 received, cost 0.0280." in said.stdout
    assert {request.headers["authorization"] for request in server.received} == {f"Bearer {KEY}"}
    again = in_json("brief", "--llm", "--cache", "replay", "-o", tmp_path / "again", "-w", shop)
    assert (again["llm"]["calls"], again["llm"]["briefs"]) == (0, 2)
    for path in (shop / "briefs").iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes()
    call("brief", "--check", "-w", shop)
    call("cache", "verify", "-w", shop)
    assert KEY not in said.output + (shop / ".segmentry/llm/calls.jsonl").read_text("utf-8")


def test_a_fallback_is_a_finding_and_ends_with_one(shop: Path) -> None:
    with serving(not_value_driven) as server:
        with_model(shop, server.address)
        reported = in_json("brief", "--llm", "--write", "json", "-w", shop, code=1)
    (finding,) = [item for item in reported["findings"] if item["code"] == "model-fallback"]
    assert (finding["segment"], finding["severity"]) == ("value-driven", "error")
    assert finding["file"] == "briefs/value-driven.json"
    assert (reported["llm"]["briefs"], reported["llm"]["fallbacks"]) == (1, 1)


def test_show_prompt_prints_the_bytes_and_sends_nothing(shop: Path) -> None:
    with serving() as server:
        with_model(shop, server.address)
        shown = call("brief", "value-driven", "--show-prompt", "-w", shop).stdout
        reported = in_json("brief", "--show-prompt", "-w", shop)
        assert server.received == []
        call("brief", "value-driven", "--llm", "-w", shop)
        assert shown.encode() == server.received[0].raw + b"\n"
    assert [item["segment"] for item in reported["requests"]] == ["value-driven", "everyone-else"]
    assert reported["requests"][0]["request"] == json.loads(shown)


def test_no_server_and_no_recorded_reply_end_with_five(shop: Path) -> None:
    with serving() as server:
        with_model(shop, server.address)
    missing = call("brief", "--llm", "--cache", "replay", "-w", shop, code=5)
    assert "2 replies are not recorded" in missing.stderr
    assert "no server answers" in call("brief", "--llm", "-w", shop, code=5).stderr


@pytest.mark.parametrize(
    "options",
    [
        ("--llm",),
        ("--llm", "--check"),
        ("--cache", "live"),
        ("--llm", "--cache", "rewind"),
        ("--show-prompt",),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_read(shop: Path, options: tuple[str, ...]) -> None:
    (shop / "data/customers.csv").unlink()
    call("brief", *options, "-w", shop, code=2)


@pytest.mark.parametrize(
    "more",
    [
        ", basse_url: x",
        ", max_calls: many",
        ", prices: {input: 1}",
        ", prices: 1",
        ", seed: []",
        ", max_calls: .inf",
    ],
)
@pytest.mark.parametrize("words", ["brief --llm", "brief --show-prompt", "cache prune"])
def test_settings_that_are_wrong_are_findings(shop: Path, words: str, more: str) -> None:
    with_model(shop, "http://127.0.0.1:9", more)
    (finding,) = in_json(*words.split(), "-w", shop, code=3)["findings"]
    assert (finding["file"], finding["severity"]) == ("segmentry.yaml", "error")
    assert finding["line"] == len(WORKSPACE.splitlines()) + 1


def test_several_languages_share_one_budget(shop: Path) -> None:
    with serving() as server:
        with_model(shop, server.address, ", max_calls: 3, concurrency: 1")
        with (shop / "segmentry.yaml").open("a", encoding="utf-8") as file:
            file.write("locales: [en, de]\n")
        reported = in_json("brief", "--llm", "--write", "json", "-w", shop, code=1)
    assert len(server.received) == 3
    assert (reported["llm"]["briefs"], reported["llm"]["fallbacks"], reported["llm"]["calls"]) == (3, 1, 3)
    systems = [request.body["messages"][0]["content"] for request in server.received]
    assert ["Write in German" in system for system in systems] == [False, False, True]


def test_what_stops_one_language_stops_the_next(shop: Path) -> None:
    with serving(lambda _: failing(429, "no credit", code="insufficient_quota")) as server:
        with_model(shop, server.address, ", concurrency: 1")
        with (shop / "segmentry.yaml").open("a", encoding="utf-8") as file:
            file.write("locales: [en, de]\n")
        reported = in_json("brief", "--llm", "--write", "json", "-w", shop, code=1)
    assert len(server.received) == 1
    assert reported["llm"]["fallbacks"] == 4


def test_prune_keeps_the_replies_of_every_language(shop: Path) -> None:
    with serving() as server:
        with_model(shop, server.address)
        with (shop / "segmentry.yaml").open("a", encoding="utf-8") as file:
            file.write("locales: [en, de]\n")
        call("brief", "--llm", "-w", shop)
        assert in_json("cache", "prune", "-w", shop)["removed"] == []
        (shop / "brand.yaml").write_text(BRAND + "promise: Fair prices\n", "utf-8")
        assert len(in_json("cache", "prune", "-w", shop)["removed"]) == 4


def test_a_tampered_reply_is_found(shop: Path) -> None:
    with serving() as server:
        with_model(shop, server.address)
        call("brief", "value-driven", "--llm", "-w", shop)
    (path,) = (shop / "llm-cache").iterdir()
    path.write_text(path.read_text("utf-8").replace("marketing brief", "love letter"), "utf-8")
    reported = in_json("cache", "verify", "-w", shop, code=1)
    assert [item["file"] for item in reported["wrong"]] == [f"llm-cache/{path.name}"]
    call("cache", "burn", "-w", shop, code=2)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"completion_tokens": 1000', '"completion_tokens": "many"'),
        ('"model": "tiny-1"', '"model": []'),
        ('"model": "tiny"', '"model": "tiny", "seed": 1e999'),
        ('"model": "tiny"', '"model": "tiny", "seed": NaN'),
        ('"model": "tiny-1"', '"model": "\\ud800"'),
        ('"version": 1', '"version": ' + "[" * 100_000),
    ],
)
def test_a_damaged_reply_is_found_and_is_as_none(shop: Path, old: str, new: str) -> None:
    with serving() as server:
        with_model(shop, server.address)
        call("brief", "value-driven", "--llm", "-w", shop)
    (path,) = (shop / "llm-cache").iterdir()
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    (wrong,) = in_json("cache", "verify", "-w", shop, code=1)["wrong"]
    assert wrong["file"] == f"llm-cache/{path.name}"
    said = call("brief", "value-driven", "--llm", "--cache", "replay", "-w", shop, code=5)
    assert "1 reply is not recorded" in said.stderr


def test_a_key_is_in_no_message_of_a_failing_run(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGMENTRY_API_KEY", KEY)
    monkeypatch.setenv("SEGMENTRY_TRACEBACK", "1")
    monkeypatch.setenv("OPENAI_LOG", "debug")
    with serving(lambda request: failing(401, f"wrong key {request.headers['authorization']}")) as server:
        with_model(shop, server.address)
        said = call("brief", "--llm", "-w", shop, code=1)
    assert KEY not in said.output
    assert "did not accept the key" in said.stderr
