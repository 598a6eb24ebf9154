"""A workspace of three customers whose sizes can be counted by hand, with awkward names and line ends."""

from __future__ import annotations

from pathlib import Path

FILES = {
    "segmentry.yaml": """\
version: 1
name: Käse & Brot
timezone: Europe/Berlin
as_of: 2026-03-01
sources:
  customers:
    path: data/customers.csv
    key: Kunden Nr
    columns:
      Kunden Nr: {type: integer}
      Straße: {type: string}
      seen: {type: datetime}
  orders:
    path: data/orders.csv
    customer: Kunden Nr
    time: at
    columns:
      Kunden Nr: {type: integer}
      at: {type: datetime}
      amount: {type: decimal, scale: 2}
""",
    "rules/traits.yaml": """\
traits:
  - {id: spend, description: Money spent, sum: orders.amount, value: true}
  - {id: orders_n, count: orders}
  - {id: rarely, mean_gap_days: orders}
""",
    "rules/tier.yaml": """\
segmentation: tier
owner: crm
assign: first_match
otherwise: {id: rest}
segments:
  - id: big
    name: Größte
    when: {trait: spend, at_least: 20}
    expected: {share: {at_least: 0.3, at_most: 0.4}}
  - id: small
    when: {trait: orders_n, at_least: 1}
""",
    "rules/topics.yaml": """\
segmentation: topics
owner: crm
assign: every_match
segments:
  - id: street
    when: {trait: Straße, known: true}
  - id: recent
    when: {trait: seen, known: true}
  - id: later
    status: draft
    when: {all: [{trait: orders_n, at_least: 2}, {segment: big}]}
""",
    "data/customers.csv": "Kunden Nr,Straße,seen\n2,,\n10,Weg 1,2026-01-01 00:30\n3,Gasse 3,\n",
    "data/orders.csv": """\
Kunden Nr,at,amount
10,2026-02-01 10:00,10.10
10,2026-02-02 10:00,15.00
2,2026-01-01 09:00,5
99,2026-01-01 09:00,5
10,2026-03-01 00:00,99
""",
}


def make_shop(folder: Path, *, newline: str = "\n", **changed: str) -> Path:
    """Write the workspace; ``changed`` are files by their stem (`orders="…"`), with other content."""
    for name, content in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(changed.get(path.stem, content), "utf-8", newline=newline)
    return folder
