"""One person from several records, through the command line: who is joined, and what is known of whom."""

from __future__ import annotations

import hashlib
import json
import os
import random
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from segmentry.engine import Workspace, check, evaluate
from segmentry.engine.diagnostics.errors import DataError
from tests.command_line import call, in_json
from tests.kernels import kernels as kernels
from tests.ranges import InRanges
from tests.ranges import in_ranges as in_ranges
from tests.several_records import FILES, make_people

CASES: dict[str, tuple[str, str, list[set[str]]]] = {
    # rows of the crm (no, email, phone, tax), of the shop (customer_id, email, phone, tax), who is one person
    "the same e-mail address": ("1,a@x.org,,", "1,a@x.org,,", [{"crm:1", "shop:1"}]),
    "capitals": ("1,Ann@X.org,,", "1,ann@x.ORG,,", [{"crm:1", "shop:1"}]),
    "spaces around": ("1, a@x.org ,,", "1,a@x.org,,", [{"crm:1", "shop:1"}]),
    "a typing error": ("1,anne@x.org,,", "1,ane@x.org,,", [{"crm:1"}, {"shop:1"}]),
    "no value is no value in common": ("1,,,\n2, ,,", "1,,,", [{"crm:1"}, {"crm:2"}, {"shop:1"}]),
    "an address of everybody": (
        "1,info@example.com,,\n2,Info@Example.com ,,",
        "",
        [{"crm:1"}, {"crm:2"}],
    ),
    "a household's address within the limit": (
        "1,h@x.org,,\n2,h@x.org,,",
        "1,h@x.org,,",
        [{"crm:1", "crm:2", "shop:1"}],
    ),
    "an address of more records than may have one": (
        "1,h@x.org,,\n2,h@x.org,,",
        "1,h@x.org,,\n2,h@x.org,,",
        [{"crm:1"}, {"crm:2"}, {"shop:1"}, {"shop:2"}],
    ),
    "one telephone number in four dresses": (
        "1,,+49 (0)170 12-34,\n2,,0049170 1234,",
        "",
        [{"crm:1", "crm:2"}],
    ),
    "a number without its country is another": (
        "1,,+49 170 1234,",
        "1,,0170 1234,",
        [{"crm:1"}, {"shop:1"}],
    ),
    "a chain of three": (
        "1,a@x.org,11,\n2,,22,",
        "1,a@x.org,,\n2,,11,\n3,b@x.org,22,\n4,b@x.org,,",
        [{"crm:1", "shop:1", "shop:2"}, {"crm:2", "shop:3", "shop:4"}],
    ),
    "a chain over both keys": (
        "1,a@x.org,11,\n2,c@x.org,22,",
        "1,b@x.org,11,\n2,b@x.org,22,",
        [{"crm:1", "crm:2", "shop:1", "shop:2"}],
    ),
    "two tax numbers are two people, and the strong key stays": (
        "1,a@x.org,11,T1\n2,b@x.org,,T2",
        "1,a@x.org,,\n2,b@x.org,11,",
        [{"crm:1", "shop:1"}, {"crm:2", "shop:2"}],
    ),
    "where the strong key conflicts too nobody is joined": (
        "1,a@x.org,11,T1",
        "1,a@x.org,11,T2\n2,,11,",
        [{"crm:1"}, {"shop:1"}, {"shop:2"}],
    ),
    "only the part in conflict loses the strong key": (
        "1,a@x.org,11,T1\n2,c@x.org,11,",
        "1,a@x.org,,T2\n2,c@x.org,,",
        [{"crm:1"}, {"shop:1"}, {"crm:2", "shop:2"}],
    ),
    "one tax number does not join": ("1,,,T1", "1,,,T1", [{"crm:1"}, {"shop:1"}]),
}

WORKSPACE = """\
version: 1
name: Two tables
as_of: 2026-03-01
sources:
  crm:
    path: crm.csv
    record: no
    columns: {no: {type: integer}, email: {type: string}, phone: {type: string}, tax: {type: string}}
  shop:
    path: shop.csv
    record: customer_id
    columns: {customer_id: {type: integer}, email: {type: string}, phone: {type: string}, tax: {type: string}}
identity:
  customers: [crm, shop]
  join_on:
    - {key: email, clean: [strip, lower], at_most: 3, ignore: [" INFO@example.com"]}
    - {key: phone, clean: phone, at_most: 4}
  apart: [tax]
"""
RULES = """\
traits:
  - {id: records_crm, count: crm}
  - {id: records_shop, count: shop}
"""


KNOWN = """\
segmentation: known
owner: crm
assign: every_match
segments:
  - {id: in-the-shop, description: Has an account, when: {trait: records_shop, at_least: 1}}
"""


def two_tables(folder: Path, crm: str, shop: str, workspace: str = WORKSPACE) -> Path:
    (folder / "rules").mkdir(parents=True, exist_ok=True)
    (folder / "segmentry.yaml").write_text(workspace, "utf-8")
    (folder / "rules/traits.yaml").write_text(RULES, "utf-8")
    (folder / "rules/known.yaml").write_text(KNOWN, "utf-8")
    (folder / "crm.csv").write_text(f"no,email,phone,tax\n{crm}\n", "utf-8")
    (folder / "shop.csv").write_text(f"customer_id,email,phone,tax\n{shop}\n", "utf-8")
    return folder


def people_of(folder: Path) -> list[set[str]]:
    """Who is one person, as a run writes it."""
    call("run", "-w", folder, "--traits")
    table = pl.read_parquet(folder / "out/identity.parquet")
    record = pl.concat_str("source", pl.lit(":"), "record").alias("record")
    groups = table.select(record, "person").group_by("person").agg("record")
    assert sorted(groups["person"]) == pl.read_parquet(folder / "out/traits.parquet")["person_id"].to_list()
    return [set(records) for records in groups["record"]]


@pytest.mark.parametrize("case", CASES)
def test_planted_records(tmp_path: Path, case: str) -> None:
    crm, shop, expected = CASES[case]
    assert sorted(map(sorted, people_of(two_tables(tmp_path, crm, shop)))) == sorted(map(sorted, expected))


def test_a_person_has_the_smallest_key_of_the_earliest_source(tmp_path: Path) -> None:
    people_of(two_tables(tmp_path, "10,a@x.org,,\n9,a@x.org,,", "1,a@x.org,,\n20,b@x.org,,\n3,b@x.org,,"))
    table = pl.read_parquet(tmp_path / "out/identity.parquet")
    assert table.rows() == [
        ("crm", "9", "crm:9"),
        ("crm", "10", "crm:9"),
        ("shop", "1", "crm:9"),
        ("shop", "3", "shop:3"),
        ("shop", "20", "shop:3"),
    ]


def test_the_order_of_rows_changes_no_byte(tmp_path: Path) -> None:
    chance = random.Random(5)
    values = [f"v{n}" for n in range(30)]
    rows = [f"{n},{chance.choice(values)},{chance.choice(values)},{n % 3 or ''}" for n in range(80)]
    written: list[dict[str, bytes]] = []
    for n in range(3):
        chance.shuffle(rows)
        crm, shop = sorted(rows[:0]), rows
        folder = two_tables(tmp_path / str(n), "\n".join(crm or rows), "\n".join(shop))
        call("run", "-w", folder, "--traits")
        files = ("identity.parquet", "identity.json", "memberships.parquet", "traits.parquet")
        written.append({name: (folder / "out" / name).read_bytes() for name in files})
    assert written[0] == written[1] == written[2]


# --- the table of people ----------------------------------------------------------------------------


def test_a_workspace_from_end_to_end(tmp_path: Path) -> None:
    folder = make_people(tmp_path)
    call("run", "-w", folder, "--traits")
    found = pl.read_parquet(folder / "out/traits.parquet").to_dicts()
    known = {row.pop("person_id"): (*row.values(),) for row in found}
    assert {person: tuple(map(str, values)) for person, values in known.items()} == {
        # spend, calls, accounts in the shop, consent by time, the country first known
        "crm:9": ("25.10", "1", "1", "False", "AT"),
        "crm:10": ("5.00", "2", "1", "True", "DE"),
        "crm:11": ("0.00", "0", "0", "None", "None"),
        "crm:12": ("0.00", "0", "0", "None", "None"),
        "shop:30": ("0.00", "0", "1", "True", "DE"),
        "shop:31": ("0.00", "0", "1", "True", "CH"),
        "newsletter:eve@example.com": ("0.00", "0", "0", "None", "FR"),
    }


def test_rows_of_nobody_are_told_apart_from_rows_without_anybody(tmp_path: Path) -> None:
    notes = in_json("run", "-w", make_people(tmp_path))["notes"]
    texts = [note["text"] for note in notes if note["source"] == "orders"]
    assert any(text.startswith("1 of 5 rows of `orders` has no customer") for text in texts)
    assert any(text.startswith("1 of 4 rows of `orders` belongs to no customer") for text in texts)
    assert any("is `orders.customer_id`" in n["fix"] or "`shop.customer_id`" in n["fix"] for n in notes)


def both(workspace: Workspace) -> list[pl.DataFrame]:
    result = evaluate(workspace, traits="all")
    return [result.memberships, result.traits]


def test_every_way_of_evaluating_gives_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_ranges: InRanges, request: pytest.FixtureRequest
) -> None:
    folder = make_people(tmp_path)
    monkeypatch.setenv("SEGMENTRY_KERNELS", "off")
    expected = both(Workspace.load(folder))
    for cache in ("on", "on", "read"):
        assert all(map(pl.DataFrame.equals, expected, both(Workspace.load(folder, cache=cache))))
    call("prepare", "--all", "-w", folder)
    assert all(map(pl.DataFrame.equals, expected, both(Workspace.load(folder))))
    in_ranges(3)
    assert all(map(pl.DataFrame.equals, expected, both(Workspace.load(folder))))
    in_ranges(1)
    request.getfixturevalue("kernels")
    assert all(map(pl.DataFrame.equals, expected, both(Workspace.load(folder))))


def test_what_is_kept_is_of_these_records_alone(tmp_path: Path) -> None:
    folder = make_people(tmp_path)
    for path in folder.rglob("*.csv"):
        os.utime(path, (1_700_000_000, 1_700_000_000))
    before = both(Workspace.load(folder, cache="on"))
    assert all(map(pl.DataFrame.equals, before, both(Workspace.load(folder, cache="on"))))
    letters = folder / "data/newsletter.csv"
    letters.write_text(letters.read_text("utf-8") + "bob@example.com,IT\n", "utf-8")
    after = both(Workspace.load(folder, cache="on"))
    assert after[1].height == before[1].height
    workspace = folder / "segmentry.yaml"
    workspace.write_text(workspace.read_text("utf-8").replace("ignore: [info@example.com]", "ignore: [no]"))
    assert both(Workspace.load(folder, cache="on"))[1].height == before[1].height - 1


def test_a_frame_can_stand_in_for_a_source_of_people(tmp_path: Path) -> None:
    folder = make_people(tmp_path)
    frame = pl.DataFrame({"address": ["bob@example.com"], "country": ["IT"]})
    people = evaluate(Workspace.load(folder, frames={"newsletter": frame}), traits="all").traits
    assert people.filter(pl.col("person_id") == "crm:10")["country"].to_list() == ["DE"]
    assert "newsletter:eve@example.com" not in people["person_id"]


def test_explain_takes_the_person(tmp_path: Path) -> None:
    folder = make_people(tmp_path)
    found = in_json("explain", "-w", folder, "crm:9")
    assert found["customer"] == "crm:9"
    assert found["assigned"] == {"tier": "big"}
    call("explain", "-w", folder, "shop:2", code=2)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    - key: phone\n      clean: [phone]\n      at_most: 2\n", ""),
        (
            "    path: data/shop.csv\n",
            "    path: data/shop.csv\n    where: {column: customer_id, less_than: 30}\n",
        ),
    ],
)
def test_two_versions_of_who_is_one_person_are_compared(tmp_path: Path, old: str, new: str) -> None:
    base, head = make_people(tmp_path / "base"), make_people(tmp_path / "head")
    text = FILES["segmentry.yaml"]
    assert old in text
    (head / "segmentry.yaml").write_text(text.replace(old, new), "utf-8")
    diff = in_json("diff", base, head, "-w", head)
    assert diff["notes"] == ["The customers table changed, so single changes can't be told apart."]
    assert "people" in [change["id"] for change in diff["changes"] if change["kind"] == "source"]


RULE_TESTS = """\
rules: tier.yaml
tests:
  - name: one person by her address
    segment: big
    sources:
      crm: [{no: 1, email: A@x.org, phone: null, consent: true, updated_at: 2026-01-01}]
      shop: [{customer_id: 5, email: a@x.org, phone: null, consent: false, updated_at: 2026-02-01}]
      newsletter: []
      orders: [{customer_id: 5, at: 2026-02-01, amount: 50}]
    expect: {"crm:1": in}
  - name: two people
    segment: big
    sources:
      crm: [{no: 1, email: A@x.org, phone: null, consent: true, updated_at: 2026-01-01}]
      shop: [{customer_id: 5, email: b@x.org, phone: null, consent: false, updated_at: 2026-02-01}]
      newsletter: []
      orders: [{customer_id: 5, at: 2026-02-01, amount: 50}]
    expect: {"crm:1": out, "shop:5": in}
  - name: by values
    segment: big
    cases:
      - given: {spend: 50, consent: false}
        expect: in
"""


def test_rule_tests_give_records(tmp_path: Path) -> None:
    folder = make_people(tmp_path)
    (folder / "rules/tier.test.yaml").write_text(RULE_TESTS, "utf-8")
    assert "3 passed" in call("test", "-w", folder).output
    short = RULE_TESTS.replace("email: A@x.org, ", "")
    (folder / "rules/tier.test.yaml").write_text(short, "utf-8")
    assert "`email` in every row of `crm`" in call("test", "-w", folder, code=1).output


def test_list_and_show_tell_of_people(tmp_path: Path) -> None:
    folder = make_people(tmp_path)
    assert "from crm, shop, newsletter" in " ".join(call("list", "-w", folder).output.split())
    told = call("show", "consent", "-w", folder).output
    assert "the known value with the newest updated_at of consent in crm, shop, newsletter" in told
    assert "the first known value of country" in call("show", "country", "-w", folder).output
    call("fmt", "--check", "-w", folder, code=1)
    call("fmt", "-w", folder)
    assert pl.DataFrame.equals(
        both(Workspace.load(folder))[1], both(Workspace.load(make_people(tmp_path / "2")))[1]
    )


# --- what is wrong ----------------------------------------------------------------------------------

WRONG: dict[str, tuple[str, str, str, str]] = {
    # in place of; what is written; the code of the finding; some of its words
    "an unknown source": ("[crm, shop, newsletter]", "[crm, shopp, newsletter]", "unknown-source", "shopp"),
    "a source twice": ("[crm, shop, newsletter]", "[crm, shop, crm]", "schema", "twice"),
    "no record": ("    record: no\n", "    lookup_key: no\n", "schema", "`crm` has no `record`"),
    "a key": ("    record: no\n", "    key: no\n", "schema", "`identity:` makes the customers"),
    "no such column": ("- key: email", "- key: emial", "unknown-column", "has a column `emial`"),
    "no such column apart": ("apart: customer_id", "apart: tax", "unknown-column", "`tax`"),
    "no such clock": ("newest: updated_at", "newest: changed", "unknown-column", "`changed`"),
    "no clock": ("newest: updated_at", "newest: email", "operator-type", "`crm.email` is"),
    "a key of days": ("- key: phone", "- key: updated_at", "value-type", "compared by texts"),
    "a record of truths": ("record: no", "record: consent", "value-type", "is true or false"),
    "a link to nobody": ("{shop: customer_id}", "{shops: customer_id}", "unknown-source", "`shops`"),
    "a link of another type": (
        "{crm: client}",
        "{newsletter: client}",
        "value-type",
        "`newsletter.address` is",
    ),
    "a column of two types": (
        "      country: {type: string}\n      consent",
        "      country: {type: integer}\n      consent",
        "value-type",
        "`country` is",
    ),
    "a name that is taken": ("  orders:\n", "  people:\n", "schema", "makes"),
    "one record too few": ("at_most: 2", "at_most: 1", "schema", "at least 2"),
    "an unknown word": ("clean: [phone]", "clean: [phon]", "schema", "phon"),
    "pairs without a score": (
        "  apart: customer_id\n",
        "  apart: customer_id\n  matches: m.csv\n",
        "schema",
        "at_least",
    ),
    "a score without pairs": (
        "  apart: customer_id\n",
        "  apart: customer_id\n  at_least: 0.9\n",
        "schema",
        "at_least",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_mistake_is_a_finding_at_its_place(tmp_path: Path, case: str) -> None:
    old, new, code, words = WRONG[case]
    folder = make_people(tmp_path)
    path = folder / "segmentry.yaml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    errors = [found for found in check(Workspace.load(folder)) if found.severity == "error"]
    found = next(found for found in errors if found.file == "segmentry.yaml")
    assert found.code == code
    assert words in f"{found.message} {found.hint}"


def test_record_without_identity_is_a_finding(tmp_path: Path) -> None:
    folder = make_people(tmp_path)
    path = folder / "segmentry.yaml"
    path.write_text(path.read_text("utf-8").partition("identity:")[0], "utf-8")
    codes = {found.code for found in check(Workspace.load(folder)) if found.severity == "error"}
    assert codes == {"schema", "unknown-source"}


@pytest.mark.parametrize(
    ("crm", "words"),
    [
        ("1,a@x.org,,\n1,b@x.org,,", "several rows for the same `no`"),
        (",a@x.org,,", "1 row of `crm` has no `no`"),
    ],
)
def test_a_record_has_a_key_of_its_own(tmp_path: Path, crm: str, words: str) -> None:
    with pytest.raises(DataError, match=words):
        evaluate(Workspace.load(two_tables(tmp_path, crm, "")))


def test_the_pieces_of_the_example_are_used() -> None:
    documents: dict[str, Any] = FILES
    assert all(old in documents["segmentry.yaml"] for old, *_ in WRONG.values())


# --- what a run says of people ------------------------------------------------------------------------


def report(folder: Path, *options: str) -> dict[str, Any]:
    call("run", "-w", folder, *options)
    found: dict[str, Any] = json.loads((folder / "out/identity.json").read_text("utf-8"))
    return found


def hashed(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()[:16]


CRM, SHOP = "1,a@x.org,11,T1\n2,h@x.org,,\n3,h@x.org,,", "1,a@x.org,11,T2\n2,h@x.org,,\n3,h@x.org,,"


def test_a_run_says_what_joined_and_what_did_not(tmp_path: Path) -> None:
    found = report(two_tables(tmp_path, f"{CRM}\n4,b@x.org,,", f"{SHOP}\n4,b@x.org,,"))
    one = [f"crm:{hashed('1')}", f"shop:{hashed('1')}"]
    assert found == {
        "version": 1,
        "records": {"crm": 4, "shop": 4},
        "people": 7,
        "of_several_records": 1,
        "joined": {"email": {"values": 1, "records": 2}, "phone": {"values": 0, "records": 0}},
        "refused": [{"key": "email", "value": hashed("h@x.org"), "records": 4, "at_most": 3}],
        "apart": [{"people": one, "records": 2, "without": ["phone", "email"]}],
        "merged": [],
        "split": [],
        "renamed": [],
    }


def test_notes_tell_of_values_that_join_nobody_and_of_people_kept_apart(tmp_path: Path) -> None:
    folder = two_tables(tmp_path, CRM, SHOP)
    expected = {("joins-nobody", "info", 4, 6), ("kept-apart", "warning", 2, 6)}
    notes = in_json("run", "-w", folder)["notes"]
    assert {(n["code"], n["severity"], n["rows"], n["of"]) for n in notes} == expected
    found = in_json("check", "--data", "-w", folder)["findings"]
    assert {"joins-nobody", "kept-apart"} <= {one["code"] for one in found}


def test_no_value_is_in_what_a_run_writes_and_says(tmp_path: Path) -> None:
    folder = two_tables(tmp_path, CRM, SHOP)
    told = call("run", "-w", folder).output + call("check", "--data", "-w", folder).output
    told += call("preview", "-w", folder).output
    told += "".join(path.read_text("utf-8") for path in (folder / "out").glob("*.json"))
    assert "joins-nobody" in told
    assert "x.org" not in told


def test_ids_are_named_in_full_on_demand(tmp_path: Path) -> None:
    found = report(two_tables(tmp_path, CRM, SHOP), "--show-ids")
    assert found["apart"][0]["people"] == ["crm:1", "shop:1"]


def test_a_run_lists_who_was_merged_split_and_renamed_since_the_last(tmp_path: Path) -> None:
    before = "1,a@x.org,,\n2,b@x.org,,\n3,c@x.org,,", "1,c@x.org,,\n2,d@x.org,,\n3,e@x.org,,\n4,E@x.org,,"
    folder = two_tables(tmp_path, *before)
    assert report(folder, "--show-ids")["merged"] == []
    again = report(folder, "--show-ids")
    assert (again["merged"], again["split"], again["renamed"]) == ([], [], [])
    # a and b have one number now, c has another address in the shop, d is new in the crm, e is of too many
    crm = "1,a@x.org,11,\n2,b@x.org,11,\n3,c@x.org,,\n5,d@x.org,,\n6,e@x.org,,\n7,e@x.org,,"
    shop = "1,z@x.org,,\n2,d@x.org,,\n3,e@x.org,,\n4,E@x.org,,"
    found = report(two_tables(folder, crm, shop), "--show-ids")
    number, address = {"key": "phone", "value": hashed("11")}, {"key": "email", "value": hashed("e@x.org")}
    assert found["merged"] == [{"before": ["crm:1", "crm:2"], "after": "crm:1", "because": [number]}]
    assert found["split"] == [
        {"before": "crm:3", "after": ["crm:3", "shop:1"], "because": []},
        {"before": "shop:3", "after": ["shop:3", "shop:4"], "because": [address]},
    ]
    assert found["renamed"] == [{"before": "shop:2", "after": "crm:5"}]


def test_a_new_record_that_joins_two_people_is_why_they_are_one(tmp_path: Path) -> None:
    folder = two_tables(tmp_path, "1,a@x.org,,\n2,,22,", "")
    report(folder)
    merged = report(two_tables(folder, "1,a@x.org,,\n2,,22,", "1,a@x.org,22,"), "--show-ids")["merged"]
    because = [{"key": "email", "value": hashed("a@x.org")}, {"key": "phone", "value": hashed("22")}]
    assert merged == [{"before": ["crm:1", "crm:2"], "after": "crm:1", "because": because}]


def test_without_identity_the_files_go(tmp_path: Path) -> None:
    folder = two_tables(tmp_path, CRM, SHOP)
    report(folder)
    workspace = WORKSPACE.partition("identity:")[0]
    workspace = workspace.replace("record: no", "key: no").replace("record:", "customer:")
    two_tables(folder, "1,,,", "1,,,", workspace)
    (folder / "rules/traits.yaml").write_text("traits:\n  - {id: records_shop, count: shop}\n", "utf-8")
    call("run", "-w", folder, "--traits")
    assert not list((folder / "out").glob("identity.*"))


def test_explain_shows_by_what_the_records_belong_together(tmp_path: Path) -> None:
    folder = two_tables(tmp_path, "1,a@x.org,11,\n2,c@x.org,22,", "1,a@x.org,,\n2,b@x.org,11,\n3,b@x.org,,")
    found = in_json("explain", "-w", folder, "crm:1")
    assert [(s["record"], s["of"], s["key"], s["value"]) for s in found["records"]] == [
        ("crm:1", None, None, None),
        ("shop:1", "crm:1", "email", hashed("a@x.org")),
        ("shop:2", "crm:1", "phone", hashed("11")),
        ("shop:3", "shop:2", "email", hashed("b@x.org")),
    ]
    told = call("explain", "-w", folder, "crm:1").output
    assert f"  shop:3, joined to shop:2 by email {hashed('b@x.org')}\n" in told


def test_pairs_that_somebody_else_has_matched_are_the_weakest_key(tmp_path: Path) -> None:
    workspace = WORKSPACE + "  matches: pairs.csv\n  at_least: 0.95\n"
    folder = two_tables(tmp_path, "1,,,T1\n2,,,\n3,,,T1", "1,,,T2\n2,,,\n3,,,", workspace)
    pairs = ["crm:1,shop:1,0.99", "crm:2,shop:2,0.95", "crm:3,shop:3,0.9499", "crm:2,shop:9,1"]
    (folder / "pairs.csv").write_text("left,right,score\n" + "\n".join(pairs) + "\n", "utf-8")
    call("run", "-w", folder, "--traits")
    assert {"crm:2", "shop:2"} in people_of(folder)
    assert len(people_of(folder)) == 5
    found = report(folder)
    assert found["joined"]["matches"] == {"values": 1, "records": 2}
    assert [one["without"] for one in found["apart"]] == [["matches"]]
    notes = in_json("run", "-w", folder)["notes"]
    lost = next(note for note in notes if note["code"] == "lookup-finds-nothing")
    assert (lost["source"], lost["rows"], lost["of"]) == ("matches", 1, 3)
