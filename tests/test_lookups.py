"""Tables as they come: lookups by computed and by several columns, several rows of a customer, and customers
who are made of the rows of another table.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from segmentry.engine import Workspace, evaluate
from segmentry.engine.store import identity
from tests.command_line import call, in_json
from tests.kernels import kernels as kernels
from tests.ranges import InRanges
from tests.ranges import in_ranges as in_ranges

HEAD = "version: 1\nas_of: 2026-11-01\ntimezone: Europe/Berlin\nsources:\n"
RULES = """\
segmentation: asked
assign: every_match
owner: crm
segments:
  - {id: chosen, description: Chosen, when: %s}
"""


def write(folder: Path, sources: str, when: str, traits: str = "", **tables: str) -> Path:
    """A workspace; a table's lines go without their breaks at the ends. What is equal stays untouched."""
    contents = {f"{name}.csv": text.strip() + "\n" for name, text in tables.items()}
    contents |= {"segmentry.yaml": HEAD + sources, "rules/asked.yaml": RULES % when}
    contents |= {"rules/traits.yaml": f"traits:\n{traits}"} if traits else {}
    (folder / "rules").mkdir(parents=True, exist_ok=True)
    for name, text in contents.items():
        if not (folder / name).exists() or (folder / name).read_text("utf-8") != text:
            (folder / name).write_text(text, "utf-8")
    return folder


def chosen(folder: Path) -> list[Any]:
    """The keys of those whom the rule takes."""
    found = evaluate(Workspace(folder)).memberships
    return found.filter(found["chosen"])["id"].to_list()


def trait(folder: Path, name: str) -> list[Any]:
    return evaluate(Workspace(folder, cache="on"), traits=[name]).traits[name].to_list()


# --- lookups --------------------------------------------------------------------------------------

SUPPRESSED = """\
  customers:
    path: customers.csv
    key: id
    lookup: [{from: blocked, on: %s, columns: [reason]}]
    columns:
      id: {type: string}
      email: {type: string, pii: direct}
      address: {formula: lower(strip(email)), pii: direct}
      is_blocked: {formula: "1 if reason == 'unsubscribed' else 0"}
  blocked:
    path: blocked.csv
    lookup_key: %s
    columns:
      email: {type: string, pii: direct}
      reason: {type: string}
      address: {formula: lower(strip(email)), pii: direct}
"""
ADDRESSES = 'id,email\n1,Ann@Shop.example\n2,"ann@shop.example "\n3,bob@shop.example\n4,'
BLOCKED = "email,reason\nANN@shop.example,unsubscribed"


@pytest.mark.parametrize(
    ("on", "key"),
    [
        ("address", "address"),
        ("{address: address}", "email"),
        ("[address]", "address"),
        ("{address: address}", "[email, address]"),
    ],
)
def test_what_is_computed_may_be_looked_up_by(on: str, key: str, tmp_path: Path) -> None:
    when = "{trait: reason, known: false}"
    folder = write(tmp_path, SUPPRESSED % (on, key), when, customers=ADDRESSES, blocked=BLOCKED)
    call("check", "--data", "-w", folder)
    assert chosen(folder) == ["3", "4"]
    call("run", "-w", folder)
    counted = json.loads((folder / "out/run.json").read_text("utf-8"))["sources"]["customers"]["lookups"]
    assert counted == [{"from": "blocked", "on": {"address": "address"}, "asked": 3, "found": 2}]


def test_what_is_looked_up_may_be_computed_with(tmp_path: Path) -> None:
    folder = write(
        tmp_path, SUPPRESSED % ("address", "address"), "{trait: is_blocked, is: 1}", customers=ADDRESSES,
        blocked=BLOCKED,
    )  # fmt: skip
    assert chosen(folder) == ["1", "2"]
    assert "is_blocked is 1" in call("explain", "1", "chosen", "-w", folder).output


def test_a_lookup_by_what_is_looked_up_is_a_cycle(tmp_path: Path) -> None:
    sources = SUPPRESSED.replace("lower(strip(email)), pii: direct}\n      is", "strip(reason)}\n      is")
    folder = write(
        tmp_path, sources % ("address", "address"), "{trait: id, known: true}", customers=ADDRESSES,
        blocked=BLOCKED,
    )  # fmt: skip
    text = " ".join(call("check", "-w", folder, code=1).output.split())
    assert "error[cycle] `address` is computed from a column that is looked up" in text
    assert "compute it in a source below, and take the customers from that: `customers: {from: …}`" in text


CHAINED = """\
  customers: {path: customers.csv, key: id, columns: {id: {type: string}}}
  orders:
    path: orders.csv
    customer: who
    lookup: [%s, %s]
    columns: {sku: {type: string}}
  articles: {path: articles.csv, lookup_key: sku, columns: {sku: {type: string}, maker: {type: string}}}
  makers: {path: makers.csv, lookup_key: maker, columns: {maker: {type: string}, land: {type: string}}}
"""
ARTICLES = "{from: articles, on: sku, columns: [maker]}"
MAKERS = "{from: makers, on: maker, columns: [land]}"


def test_lookups_go_in_the_order_listed(tmp_path: Path) -> None:
    tables = {
        "customers": "id\n1\n2", "orders": "who,sku\n1,a\n2,b", "articles": "sku,maker\na,m\nb,n",
        "makers": "maker,land\nm,DE\nn,AT",
    }  # fmt: skip
    when = "{did: orders, where: {column: land, is: DE}}"
    folder = write(tmp_path, CHAINED % (MAKERS, ARTICLES), when, **tables)
    text = " ".join(call("check", "-w", folder, code=1).output.split())
    assert "`maker` is looked up in `articles`, and that only after `makers`" in text
    assert "put the one from `articles` before this one" in text
    assert chosen(write(tmp_path, CHAINED % (ARTICLES, MAKERS), when, **tables)) == ["1"]


PRICED = """\
  customers: {path: customers.csv, key: id, columns: {id: {type: string}}}
  orders:
    path: orders.csv
    customer: who
    time: at
    lookup: [{from: prices, on: %s, columns: [price]}]
    columns:
      at: {type: date}
      number: {type: integer}
      worth: {formula: price * number}
  prices:
    path: prices.csv
    lookup_key: %s
    columns: {price: {type: decimal, scale: 2}}
"""
PRICES = "sku,country,price\na,DE,1.00\na,AT,2.00\nb,DE,4.00\nb,,8.00"
ORDERS = (
    "who,at,sku,country,number\n1,2026-10-01,a,DE,1\n1,2026-10-02,a,AT,2\n2,2026-10-01,b,DE,3\n"
    "2,2026-10-03,b,AT,9\n2,2026-10-03,b,,9"
)
WORTH = "  - {id: worth, description: Worth, sum: orders.worth}\n"


@pytest.mark.parametrize(
    ("on", "key", "prices"),
    [
        ("[sku, country]", "[sku, country]", PRICES),
        ("[country, sku]", "[sku, country]", PRICES),
        ("{sku: article, country: land}", "[land, article]", PRICES.replace("sku,country", "article,land")),
        ("{sku: article, country: land}", "article", PRICES.replace("sku,country", "article,land")),
    ],
)
def test_columns_that_are_equal_together(on: str, key: str, prices: str, tmp_path: Path) -> None:
    folder = write(
        tmp_path, PRICED % (on, key), "{trait: worth, at_least: 12}", WORTH,
        customers="id\n1\n2\n3", orders=ORDERS, prices=prices,
    )  # fmt: skip
    assert trait(folder, "worth") == [5, 12, 0]
    call("run", "-w", folder)
    counted = json.loads((folder / "out/run.json").read_text("utf-8"))["sources"]["orders"]["lookups"][0]
    # A row of which a part of the key is missing does not ask.
    assert (counted["asked"], counted["found"]) == (4, 3)


def test_pairs_that_find_nothing_are_told_column_by_column(tmp_path: Path) -> None:
    folder = write(
        tmp_path, PRICED % ("{sku: article, country: land}", "[article, land]"),
        "{trait: worth, at_least: 12}", WORTH,
        customers="id\n1", orders=ORDERS, prices="article,land,price\nA,DE,1.00",
    )  # fmt: skip
    text = " ".join(call("check", "--data", "-w", folder, code=1).output.split())
    assert "error[lookup-finds-nothing] 4 of 4 rows of `orders` find nothing in `prices`" in text
    assert "is `orders.sku` like `prices.article` and `orders.country` like `prices.land` written" in text


def test_the_same_key_twice_is_told_of_all_its_columns(tmp_path: Path) -> None:
    folder = write(
        tmp_path, PRICED % ("[sku, country]", "[sku, country]"), "{trait: worth, at_least: 12}", WORTH,
        customers="id\n1", orders=ORDERS, prices=PRICES + "\na,DE,3.00",
    )  # fmt: skip
    error = call("run", "-w", folder, code=4).stderr
    assert "several rows for the same `sku` and `country`" in error
    assert "make `sku` and `country` unique together, or group the table by `sku` and `country`" in error


@pytest.mark.parametrize(
    ("on", "key", "code", "words"),
    [
        ("[sku]", "[sku, country]", "value-type", "on: {COLUMN HERE: COLUMN THERE, …}"),
        ("[sku, land]", "[sku, country]", "value-type", "`prices` is looked up by `sku` and `country`"),
        ("[sku, number]", "[sku, price]", "value-type", "is looked up by"),
        ("[]", "sku", "schema", "the list is empty: expected a column, a list of columns"),
    ],
)
def test_mistakes_in_lookups(on: str, key: str, code: str, words: str, tmp_path: Path) -> None:
    folder = write(
        tmp_path, PRICED % (on, key), "{trait: worth, at_least: 12}", WORTH,
        customers="id\n1", orders=ORDERS, prices=PRICES,
    )  # fmt: skip
    text = " ".join(call("check", "-w", folder, code=1).output.split())
    assert f"error[{code}]" in text
    assert words in text


TESTS = """\
rules: asked.yaml
as_of: 2026-11-01
tests:
  - name: What is looked up by two columns
    segment: chosen
    customers: [{id: "1"}, {id: "2"}]
    sources:
      prices: [{sku: a, country: DE, price: 1}, {sku: a, country: AT, price: 20}]
      orders:
        - {who: "1", at: 2026-10-01, sku: a, country: DE, number: 1}
        - {who: "2", at: 2026-10-01, sku: a, country: AT, number: 1}
    expect: {"1": out, "2": in}
    expect_traits: {"1": {worth: 1}, "2": {worth: 20}}
"""


def test_rule_tests_look_up(tmp_path: Path) -> None:
    folder = write(
        tmp_path, PRICED % ("[sku, country]", "[sku, country]"), "{trait: worth, at_least: 12}", WORTH,
        customers="id\n1", orders=ORDERS, prices=PRICES,
    )  # fmt: skip
    (folder / "rules/asked.test.yaml").write_text(TESTS, "utf-8")
    call("test", "-w", folder)
    (folder / "rules/asked.test.yaml").write_text(TESTS.replace("worth: 20", "worth: 21"), "utf-8")
    assert "found 20" in call("test", "-w", folder, code=1).output


# --- several rows of a customer -------------------------------------------------------------------

TWICE = """\
  customers:
    path: customers.csv
    key: id
%s    columns: {id: {type: integer}, updated: {type: date}, country: {type: string}, ok: {type: boolean}}
"""
ROWS = """\
id,updated,country,ok
1,2026-03-01,DE,true
2,2026-01-01,AT,true
1,2026-02-01,CH,true
2,,FR,true
1,2026-03-01,NO,true
1,2026-04-01,SE,false
"""


@pytest.mark.parametrize(
    ("duplicates", "expected"),
    [
        ("{keep: latest, by: updated}", ["NO", "AT"]),  # of the same day that which stands last
        ("{keep: latest, by: country}", ["NO", "FR"]),
        ("{keep: first}", ["DE", "AT"]),
        ("{keep: last}", ["NO", "FR"]),
    ],
)
def test_one_row_of_several_counts(
    duplicates: str, expected: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "SETTLED", 0)
    choice = "    where: {column: ok, is: true}\n    duplicates: %s\n"
    when = "{trait: country, is: NO}"
    other = write(tmp_path, TWICE % choice % "{keep: first}", when, customers=ROWS)
    call("run", "--traits", "-w", other)  # what is kept of another choice is no answer to this one
    folder = write(tmp_path, TWICE % choice % duplicates, when, customers=ROWS)
    for _ in range(2):
        assert trait(folder, "country") == expected
        call("run", "--traits", "-w", folder)
    assert chosen(folder) == ([1] if expected[0] == "NO" else [])


def test_without_a_choice_several_rows_are_an_error_that_names_it(tmp_path: Path) -> None:
    folder = write(tmp_path, TWICE % "", "{trait: country, is: NO}", customers=ROWS)
    error = call("run", "-w", folder, code=4).stderr
    assert "has several rows for the same `id`" in error
    assert "say which one counts: `duplicates: {keep: latest, by: updated}`" in " ".join(error.split())


@pytest.mark.parametrize(
    ("key", "code", "words"),
    [
        ("duplicates: {keep: latest}", "schema", "like `by: updated_at`"),
        ("duplicates: {keep: first, by: updated}", "schema", "`by` belongs to `keep: latest`"),
        ("duplicates: {keep: newest}", "schema", "expected `latest`, `first` or `last`"),
        ("duplicates: {keep: latest, by: update}", "unknown-column", "did you mean `updated`?"),
        ("duplicates: {keep: latest, by: ok}", "operator-type", "which has no latest"),
    ],
)
def test_mistakes_in_a_choice(key: str, code: str, words: str, tmp_path: Path) -> None:
    folder = write(tmp_path, TWICE % f"    {key}\n", "{trait: country, is: NO}", customers=ROWS)
    text = " ".join(call("check", "-w", folder, code=1).output.split())
    assert f"error[{code}]" in text
    assert words in text


# --- customers made of rows -----------------------------------------------------------------------

MADE = """\
  customers:
    from: contacts
    key: id
    lookup: [{from: regions, on: country, columns: [region]}]
    columns:
      country: {last: country}
      contacts: {count: true}
      spoke: {share: true, that: {column: kind, is: call}}
  contacts:
    path: contacts.csv
    customer: id
    time: at
    columns: {id: {type: integer}, at: {type: datetime}, country: {type: string}, kind: {type: string}}
  regions: {path: regions.csv, lookup_key: country, columns: {region: {type: string}}}
"""
CONTACTS = """\
id,at,country,kind
2,2026-01-01T10:00,DE,mail
1,2026-03-01T10:00,DE,call
1,2026-02-01T10:00,NO,mail
1,2026-04-01T10:00,,mail
3,2026-12-01T10:00,DE,call
"""


def test_customers_made_of_rows_have_columns(tmp_path: Path) -> None:
    folder = write(
        tmp_path, MADE, "{all: [{trait: region, is: middle}, {trait: contacts, at_least: 2}]}",
        "  - {id: more, description: More, formula: contacts + 1}\n",
        contacts=CONTACTS, regions="country,region\nDE,middle\nNO,north",
    )  # fmt: skip
    call("check", "--data", "-w", folder)
    # The latest by time, which is not the greatest; the third is only seen after the as-of time.
    assert trait(folder, "country") == ["DE", "DE"]
    assert trait(folder, "spoke") == [1 / 3, 0]
    assert trait(folder, "more") == [4, 2]
    assert chosen(folder) == [1]
    assert "contacts is at least 2" in call("show", "chosen", "-w", folder).output
    assert "yes" in call("explain", "1", "chosen", "-w", folder).output


@pytest.mark.parametrize(
    ("old", "new", "code", "words"),
    [
        ("key: id\n", "key: id\n    duplicates: {keep: last}\n", "schema", "{country: {last: country}}"),
        ("key: id\n", "key: id\n    group_by: id\n", "schema", "has no place in the customers table"),
        ("country: {last: country}", "id: {last: kind}", "duplicate-id", "give this column another name"),
        ("{last: country}", "{last: city}", "unknown-column", "has no column `city`"),
        ("key: id\n", "key: id\n    time: {max: at}\n", "schema", "write the column alone"),
    ],
)
def test_mistakes_in_customers_made_of_rows(
    old: str, new: str, code: str, words: str, tmp_path: Path
) -> None:
    folder = write(
        tmp_path, MADE.replace(old, new), "{trait: country, is: DE}", contacts=CONTACTS,
        regions="country,region\nDE,middle",
    )  # fmt: skip
    text = " ".join(call("check", "-w", folder, code=1).output.split())
    assert f"error[{code}]" in text
    assert words in text


def test_no_way_of_evaluation_gives_another_result(
    kernels: None, in_ranges: InRanges, tmp_path: Path
) -> None:
    priced = write(
        tmp_path / "priced", PRICED % ("[sku, country]", "[sku, country]"), "{trait: worth, at_least: 12}",
        WORTH, customers="id\n1\n2\n3", orders=ORDERS, prices=PRICES,
    )  # fmt: skip
    made = write(
        tmp_path / "made", MADE, "{trait: region, is: middle}", contacts=CONTACTS,
        regions="country,region\nDE,middle",
    )  # fmt: skip
    twice = write(
        tmp_path / "twice", TWICE % "    duplicates: {keep: first}\n", "{trait: country, is: DE}",
        customers=ROWS,
    )  # fmt: skip
    for ranges in (None, 1, 3):
        if ranges is not None:
            in_ranges(ranges)
        assert trait(priced, "worth") == [5, 12, 0]
        assert trait(made, "country") == ["DE", "DE"]
        assert chosen(made) == [1, 2]
        assert trait(twice, "country") == ["DE", "AT"]


def test_the_columns_of_customers_are_listed(tmp_path: Path) -> None:
    folder = write(
        tmp_path, MADE, "{trait: country, is: DE}", contacts=CONTACTS, regions="country,region\nDE,middle"
    )
    found = in_json("show", "country", "-w", folder)
    assert found["what"] == "customers column"
    assert found["rule"][0]["text"] == "the latest known country of contacts"
