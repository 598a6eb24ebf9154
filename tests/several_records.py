"""A workspace in which people have several records: three sources of people, and orders of two shops."""

from __future__ import annotations

from pathlib import Path

FILES = {
    "segmentry.yaml": """\
version: 1
name: Alpine
as_of: 2026-03-01
sources:
  crm:
    path: data/crm.csv
    record: no
    columns:
      no: {type: integer}
      email: {type: string, pii: direct}
      phone: {type: string, pii: direct}
      name: {type: string, pii: direct}
      consent: {type: boolean}
      updated_at: {type: date}
  shop:
    path: data/shop.csv
    record: customer_id
    columns:
      customer_id: {type: integer}
      email: {type: string, pii: direct}
      phone: {type: string, pii: direct}
      country: {type: string}
      consent: {type: boolean}
      updated_at: {type: date}
  newsletter:
    path: data/newsletter.csv
    record: address
    columns:
      address: {type: string, pii: direct}
      email: {type: string, pii: direct, formula: address}
      country: {type: string}
  orders:
    path: data/orders.csv
    customer: {shop: customer_id}
    time: at
    columns:
      customer_id: {type: integer}
      at: {type: date}
      amount: {type: decimal, scale: 2}
  calls:
    path: data/calls.csv
    customer: {crm: client}
    time: at
    columns:
      client: {type: integer}
      at: {type: date}
identity:
  customers: [crm, shop, newsletter]
  join_on:
    - key: email
      clean: [strip, lower]
      at_most: 3
      ignore: [info@example.com]
    - key: phone
      clean: [phone]
      at_most: 2
  apart: customer_id
  columns:
    consent: {newest: updated_at}
""",
    "rules/traits.yaml": """\
traits:
  - {id: spend, description: Money spent, sum: orders.amount, value: true}
  - {id: calls_n, description: Calls, count: calls}
  - {id: shop_accounts, description: Accounts in the shop, count: shop}
""",
    "rules/tier.yaml": """\
segmentation: tier
owner: crm
assign: first_match
otherwise: {id: rest}
segments:
  - id: big
    when: {all: [{trait: spend, at_least: 20}, {trait: consent, is: false}]}
  - id: small
    when: {any: [{trait: spend, more_than: 0}, {trait: calls_n, at_least: 1}, {trait: country, is: CH}]}
  - id: accounts
    when: {trait: shop_accounts, at_least: 2}
""",
    "data/crm.csv": """\
no,email,phone,name,consent,updated_at
9,Ann@Example.com ,,Ann,true,2026-01-01
10,bob@example.com,+49 (0)170 1,Bob,true,2026-01-01
11,info@example.com,,Desk,,
12,info@example.com,,Counter,,
""",
    "data/shop.csv": """\
customer_id,email,phone,country,consent,updated_at
2,ann@example.com,,AT,false,2026-02-01
10,,0049 170 1,DE,,2026-02-01
30,cara@example.com,0171 2,DE,true,2025-01-01
31,dan@example.com,0171 2,CH,true,2025-01-01
""",
    "data/newsletter.csv": "address,country\nANN@example.com,DE\neve@example.com,FR\n",
    "data/orders.csv": """\
customer_id,at,amount
2,2026-02-01,10.10
2,2026-02-02,15.00
10,2026-02-01,5
99,2026-02-01,7
,2026-02-01,7
""",
    "data/calls.csv": "client,at\n9,2026-02-01\n10,2026-02-01\n10,2026-02-02\n",
}


def make_people(folder: Path, **changed: str) -> Path:
    """Write the workspace; ``changed`` are files by their stem (`crm="…"`), with other content."""
    for name, content in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(changed.get(path.stem, content), "utf-8")
    return folder
