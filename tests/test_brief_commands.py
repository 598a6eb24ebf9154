"""`profile` and `brief` on the command line."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import jsonschema
import pytest

from segmentry.personas.brief import brief_schema
from tests.command_line import call, in_json

WORKSPACE = """version: 1
name: Corner Shop
as_of: 2026-03-01
sources:
  customers:
    path: data/customers.csv
    key: id
    columns:
      id: {type: integer}
      orders_12m: {type: integer, description: Orders in the last 12 months}
      discount_share: {type: number, description: Share of orders with a discount}
      country: {type: string, description: Country}
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
    positioning: {promise: Good things at a fair price, tone: [plain], offer: spring}
  - id: vip
    name: Very few
    description: A handful.
    when: {trait: orders_12m, at_least: 50}
"""
BRAND = """name: Corner Shop
required_lines: {sms: Reply STOP to opt out.}
offers: [{id: spring, text: 5 % off the spring range, code: SPRING5, ends: 2026-04-15}]
"""


def _row(number: int) -> str:
    value = number % 3 == 0
    orders = 60 if number < 2 else number % (4 if value else 9)
    return (
        f"{number},{orders},{0.6 + number % 4 / 10 if value else number % 5 / 20},{'DE' if value else 'AT'}"
    )


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    rows = "\n".join(_row(number) for number in range(240))
    for name, text in {
        "segmentry.yaml": WORKSPACE,
        "rules/motive.yaml": RULES,
        "brand.yaml": BRAND,
        "data/customers.csv": f"id,orders_12m,discount_share,country\n{rows}\n",
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


# --- profile --------------------------------------------------------------------------------------


def test_profile_tells_every_figure_beside_that_of_all(shop: Path) -> None:
    reported = in_json("profile", "-w", shop)
    assert reported["customers"] == 240
    rows = {row["fact"]: row for row in reported["rows"]}
    size = rows["value_driven.size"]
    assert (size["value"], size["base"]) == (80, 240)
    mean = rows["value_driven.discount_share.mean"]
    assert mean["value"] == pytest.approx(sum(0.6 + n % 4 / 10 for n in range(0, 240, 3)) / 80)
    assert mean["rank"] == 1
    assert mean["index"] > 200
    assert rows["vip.size"]["value"] == 1  # exact, however few


def test_profile_as_csv_and_as_a_table(shop: Path) -> None:
    result = call("profile", "value-driven", "-w", shop, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert {row["segment"] for row in rows} == {"value-driven"}
    assert "internal" in result.stderr
    table = call("profile", "-w", shop).stdout
    assert "value-driven: 80 customers (33% of all)" in table
    assert "internal" in table
    assert "median" not in table
    whole = call("profile", "motive", "-w", shop).stdout
    assert "the highest tenth begins at high" in whole
    assert max(map(len, whole.splitlines())) <= 82


@pytest.mark.parametrize("command", ["profile", "brief"])
def test_a_segment_that_there_is_not_is_wrong_usage(shop: Path, command: str) -> None:
    assert "value-driven" in call(command, "value-drven", "-w", shop, code=2).stderr


@pytest.mark.parametrize("command", ["profile", "brief"])
def test_broken_rules_and_missing_data_have_their_codes(shop: Path, command: str) -> None:
    rules = shop / "rules" / "motive.yaml"
    rules.write_text(RULES.replace("discount_share", "discont_share"))
    call(command, "-w", shop, code=3)
    rules.write_text(RULES)
    (shop / "data" / "customers.csv").unlink()
    call(command, "-w", shop, code=4)


# --- brief ----------------------------------------------------------------------------------------


def test_brief_writes_three_files_a_segment_and_an_index(shop: Path) -> None:
    reported = in_json("brief", "-w", shop)
    assert sorted(reported["written"]) == sorted(
        ["briefs/index.html"]
        + [f"briefs/{id_}.{form}" for id_ in ("value-driven", "vip", "everyone-else") for form in FORMS]
    )
    assert reported["findings"] == []
    written = json.loads((shop / "briefs" / "value-driven.json").read_text("utf-8"))
    jsonschema.validate(written, brief_schema())
    assert "SPRING5" in json.dumps(written["variants"])
    before = {path.name: path.read_bytes() for path in (shop / "briefs").iterdir()}
    call("brief", "-w", shop)
    assert {path.name: path.read_bytes() for path in (shop / "briefs").iterdir()} == before


FORMS = ("md", "html", "json")


def test_brief_writes_what_is_asked_for_where_it_is_asked_for(shop: Path, tmp_path: Path) -> None:
    call("brief", "vip", "--write", "md", "-o", tmp_path / "here", "-w", shop)
    assert [path.name for path in (tmp_path / "here").iterdir()] == ["vip.md"]
    assert "html" in call("brief", "--write", "htm", "-w", shop, code=2).stderr
    (tmp_path / "file").write_text("")
    assert "can't write" in call("brief", "-o", tmp_path / "file" / "x", "-w", shop, code=2).stderr


def test_several_locales_are_several_folders(shop: Path) -> None:
    (shop / "segmentry.yaml").write_text(f"{WORKSPACE}locales: [de_DE, en]\n")
    call("brief", "-w", shop)
    german = (shop / "briefs" / "de_DE" / "value-driven.md").read_text("utf-8")
    english = (shop / "briefs" / "en" / "value-driven.md").read_text("utf-8")
    assert german != english
    assert "kaufen" in german or "Bestellungen" in german
    call("brief", "--check", "-w", shop)


def test_a_finding_ends_with_1_and_says_where_and_what_to_do(shop: Path) -> None:
    call("brief", "-w", shop)
    path = shop / "briefs" / "value-driven.json"
    written = json.loads(path.read_text("utf-8"))
    written["variants"][0]["sms"]["body"] = "The best prices, guaranteed"
    path.write_text(json.dumps(written))
    reported = in_json("brief", "--check", "-w", shop, code=1)
    found = {(item["code"], item["file"], item["path"]) for item in reported["findings"]}
    sms = ("briefs/value-driven.json", "variants[0].sms.body")
    assert found == {("unproved-claim", *sms), ("required-line", *sms)}
    text = call("brief", "--check", "value-driven", "-w", shop, code=1).stdout
    assert "error[unproved-claim]" in text
    assert "--> briefs/value-driven.json: variants[0].sms.body" in text
    assert "fix: " in text


def test_what_is_wrong_in_several_places_is_reported_once_with_all_of_them(shop: Path) -> None:
    file = shop / "brand.yaml"
    file.write_text(f"{file.read_text()}never_say: [spring]\n")
    call("brief", "value-driven", "-w", shop, code=1)
    text = call("brief", "--check", "-w", shop, code=1).stdout
    found = in_json("brief", "--check", "-w", shop, code=1)["findings"]
    messages = {item["message"] for item in found}
    assert len(found) > len(messages)
    assert text.count("error[banned-word]") == len(messages)
    assert all(item["path"] in text for item in found)


def test_check_finds_figures_that_have_moved(shop: Path) -> None:
    call("brief", "-w", shop)
    call("brief", "--check", "-w", shop)
    data = shop / "data" / "customers.csv"
    data.write_text(data.read_text().replace(",0.6,DE", ",0.99,DE").replace(",0.7,DE", ",0.98,DE"))
    reported = in_json("brief", "--check", "-w", shop, code=1)
    assert {item["code"] for item in reported["findings"]} == {"stale"}


def test_check_works_without_the_data_and_says_what_it_then_leaves_out(shop: Path) -> None:
    call("brief", "-w", shop)
    (shop / "data" / "customers.csv").unlink()
    result = call("brief", "--check", "-w", shop)
    assert "3 briefs checked: nothing to mend." in result.stdout
    assert "figures that have moved" in result.stderr


def test_nothing_to_check(shop: Path) -> None:
    call("brief", "--check", "-w", shop, code=2)
    (shop / "briefs").mkdir()
    call("brief", "--check", "-w", shop, code=6)
    found = in_json("brief", "--check", "vip", "-w", shop, code=1)["findings"]
    assert [item["code"] for item in found] == ["brief-missing"]


def test_a_brand_that_is_wrong_stops_briefs_with_its_place(shop: Path) -> None:
    (shop / "brand.yaml").write_text(BRAND.replace("id: spring", "id: sprung"))
    result = call("brief", "-w", shop, code=3)
    assert "rules/motive.yaml:10" in result.stderr
    assert "did you mean `sprung`?" in result.stderr


@pytest.mark.parametrize(
    ("text", "why"), [("[" * 100_000, "nested too deep"), ('{"a": ' + "9" * 5000 + "}", "too many digits")]
)
def test_a_brief_that_can_not_be_read_is_a_finding(shop: Path, text: str, why: str) -> None:
    call("brief", "value-driven", "-w", shop)
    (shop / "briefs" / "value-driven.json").write_text(text, "utf-8")
    (finding,) = in_json("brief", "--check", "-w", shop, code=1)["findings"]
    assert finding["file"] == "briefs/value-driven.json"
    assert why in finding["message"]


def test_half_a_character_in_a_brief_is_shown_as_a_sign(shop: Path) -> None:
    call("brief", "value-driven", "-w", shop)
    path = shop / "briefs" / "value-driven.json"
    path.write_text(
        path.read_text("utf-8").replace('"summary": "', '"summary": "{{i.nobody}} \\ud800'), "utf-8"
    )
    document = in_json("brief", "--check", "-w", shop, code=1)
    assert "\ud800" in json.dumps(document, ensure_ascii=False)
    assert "\ufffd" in call("brief", "--check", "-w", shop, code=1).stdout
