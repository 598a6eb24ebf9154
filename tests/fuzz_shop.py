"""The workspaces that the fuzzers damage: small, and with every kind of file that Segmentry reads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from importlib import import_module
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from segmentry.engine.starter.sample import write_sample
from segmentry.engine.starter.scaffold import make_workspace
from tests.command_line import call
from tests.llm_server import serving

PEOPLE = 80
SAMPLE = 60
"""So many customers has the starter's sample; the whole one has thousands."""

NOWHERE = "http://127.0.0.1:9"
"""Where the model would be, if anybody asked it."""

FILES = {
    "segmentry.yaml": """\
version: 1
name: Corner Shop
timezone: Europe/Berlin
as_of: 2026-03-01
rules: rules
output: out
locales: [en]
llm: {base_url: "http://127.0.0.1:9", model: tiny}
privacy: {min_cell: 2}
sources:
  customers:
    path: data/customers.parquet
    key: id
    columns:
      id: {type: string}
      city: {type: string, values: [Bern, Köln, Graz], pii: quasi}
      joined_on: {type: date}
      club: {type: boolean}
      tags: {type: list}
  orders: # paid only
    path: data/orders.csv
    customer: id
    time: at
    where: {column: state, is: paid}
    lookup: [{from: products, on: article, columns: [kind]}]
    columns:
      id: {type: string}
      at: {type: datetime}
      state: {type: string, values: [paid, open]}
      amount: {type: decimal, scale: 2, unit: EUR}
      article: {type: string}
  visits:
    path: data/visits.ndjson
    customer: id
    time: at
    columns: {id: {type: string}, at: {type: datetime}, pages: {type: integer}}
  products:
    path: data/products.xlsx
    lookup_key: article
    columns: {article: {type: string}, kind: {type: string, values: [boots, tents]}}
  baskets: {from: orders, group_by: article, columns: {value: {sum: amount}}}
""",
    "rules/traits.yaml": """\
traits:
  - {id: spend, description: Money spent, sum: orders.amount, value: true}
  - id: orders_n
    count: orders
    within_last: 12 months
  - {id: pages, mean: visits.pages}
  - {id: boots_share, share: orders, that: {column: kind, is: boots}}
  - {id: average, formula: spend / orders_n if orders_n > 0 else 0}
  - {id: size, band: {of: spend, edges: {small: 0, large: 40}}}
  - {id: biggest, max: baskets.value}
""",
    "rules/tier.yaml": """\
segmentation: tier
description: How much somebody buys
owner: crm
assign: first_match
otherwise: {id: rest, name: All others}
segments:
  - id: big
    name: Big
    description: Spends most.
    when:
      any:
        - {trait: spend, top: 30%, as: top_spender}
        - {trait: size, is: large}
    expected: {share: {at_most: 0.9}}
    positioning: {promise: Good things at a fair price}
  - id: active
    when:
      all:
        - {trait: orders_n, at_least: 1}
        - not: {trait: city, is: Graz}
""",
    "rules/topics.yaml": """\
segmentation: topics
owner: crm
assign: every_match
segments:
  - {id: boots, when: {trait: boots_share, more_than: 0.3}}
  - {id: late, status: draft, when: {trait: joined_on, within_last: 2 years}}
  - {id: tagged, status: draft, when: {all: [{trait: tags, includes: ski}, {segment: big}]}}
""",
    "rules/tier.test.yaml": """\
rules: tier.yaml
as_of: 2026-03-01
defaults: {spend: 10, orders_n: 1, size: small, city: Bern, top_spender: false}
tests:
  - name: large ones are big
    segment: big
    cases:
      - {given: {size: large}, expect: in}
      - {given: {size: null}, expect: out}
  - {name: active, segment: active, cases: active.cases.csv}
""",
    "rules/active.cases.csv": "name,orders_n,city,expect\nonce,1,,in\nnever,0,,out\n,null,Graz,out\n",
    "brand.yaml": """\
name: Corner Shop
promise: Good things nearby
voice: {adjectives: [warm, plain]}
never_say: [cheap]
claims: [{text: repaired for free, proof: Own workshop since 2019}]
required_lines: {sms: Reply STOP to opt out.}
products: [{id: boots, name: Boots, text: Boots that last}]
offers: [{id: autumn-10, text: 10% off boots, code: AUTUMN10, discount: 10%, ends: 2026-11-15}]
""",
    "templates/brief.md.j2": """\
{% extends "base:brief.md.j2" %}
{% block head %}
# {{ brief.label }}, {{ i.size }} customers

{{ brief.summary }}{% for one in apart %} {{ one.label }}{% endfor %}
{% endblock %}
""",
    "templates/channels/sms.md.j2": "{{ variant.sms.body }} ({{ limits.sms_parts }})\n",
}


def _tables() -> dict[str, pl.DataFrame]:
    n = range(PEOPLE)
    day = datetime(2026, 2, 20)
    order = [(who, which) for who in n for which in range(who % 4)]
    return {
        "customers": pl.DataFrame(
            {
                "id": [f"c{k:02}" for k in n],
                "city": [("Bern", "Köln", "Graz", None)[k % 4] for k in n],
                "joined_on": [date(2023, 1, 1) + timedelta(days=40 * k) for k in n],
                "club": [None if k % 5 == 4 else k % 2 == 0 for k in n],
                "tags": [(["ski", "boots"], ["ski"], [], None)[k % 4] for k in n],
            }
        ),
        "orders": pl.DataFrame(
            {
                "id": [f"c{who:02}" for who, _ in order],
                "at": [day - timedelta(days=31 * which + who) for who, which in order],
                "state": ["open" if (who + which) % 5 == 4 else "paid" for who, which in order],
                "amount": pl.Series([Decimal(195 * who + 1000 * which) / 100 for who, which in order]),
                "article": [f"a{(who + which) % 3}" for who, which in order],
            }
        ),
        "visits": pl.DataFrame(
            {
                "id": [f"c{k % 70:02}" for k in range(90)],
                "at": [f"2026-01-{k % 28 + 1:02}T0{k % 10}:30:00" for k in range(90)],
                "pages": [k % 7 or None for k in range(90)],
            }
        ),
    }


def products_book() -> bytes:
    """A workbook with the articles. The time of creation is in the file: it has to be the same each time."""
    xlsxwriter: Any = import_module("xlsxwriter")

    content = BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        book.set_properties({"created": datetime(2026, 1, 1)})
        sheet = book.add_worksheet("Range")
        rows = [("article", "kind"), *((f"a{k}", ("boots", "tents")[k % 2]) for k in range(3))]
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)
    return content.getvalue()


def contents_of(root: Path) -> dict[str, bytes]:
    """Every file below a folder, by its name relative to it."""
    files = (path for path in sorted(root.rglob("*")) if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


def write(root: Path, contents: Mapping[str, bytes]) -> None:
    """Write the files below a folder."""
    for name, content in contents.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)


@cache
def shop() -> Mapping[str, bytes]:
    """A small workspace after a model has written its briefs and a run its outputs."""
    with TemporaryDirectory() as name:
        root = Path(name)
        write(root, {file: text.encode() for file, text in FILES.items()})
        (root / "data").mkdir()
        tables = _tables()
        tables["customers"].write_parquet(root / "data" / "customers.parquet")
        tables["orders"].write_csv(root / "data" / "orders.csv")
        tables["visits"].write_ndjson(root / "data" / "visits.ndjson")
        (root / "data" / "products.xlsx").write_bytes(products_book())
        with serving() as server:
            head = FILES["segmentry.yaml"].replace(NOWHERE, server.address)
            (root / "segmentry.yaml").write_text(head, "utf-8")
            call("brief", "--llm", "-w", root)
        (root / "segmentry.yaml").write_text(FILES["segmentry.yaml"], "utf-8")
        call("run", "--traits", "--csv", "-w", root)
        return _timeless(contents_of(root))


@cache
def starter() -> Mapping[str, bytes]:
    """What `segmentry init` makes, with a sample of fewer people."""
    with TemporaryDirectory() as name:
        root = Path(name)
        make_workspace(root, data=False)
        head = (root / "segmentry.yaml").read_text("utf-8")
        (root / "segmentry.yaml").write_text(head.replace("at_least: 1000", "at_least: 10"), "utf-8")
        write_sample(root / "data", customers=SAMPLE)
        return contents_of(root)


def _timeless(contents: dict[str, bytes]) -> dict[str, bytes]:
    """Without what is different each time, so that equal seeds give equal workspaces."""
    rungs = re.sub(rb"127\.0\.0\.1:\d+", b"127.0.0.1:9", contents[".segmentry/llm/rungs.json"])
    contents[".segmentry/llm/rungs.json"] = rungs
    contents["out/run.log.json"] = b'{"version": 1}\n'
    calls = contents[".segmentry/llm/calls.jsonl"].splitlines(keepends=True)
    contents[".segmentry/llm/calls.jsonl"] = re.sub(rb'"at": "[^"]*"', b'"at": ""', calls[0])
    return contents
