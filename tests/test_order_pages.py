"""The segments of the pages on the order of rows, counted a second time by hand on the sample data.

As in the cookbook's test the rules are read from the pages, row by row in plain Python here.
"""

from __future__ import annotations

import re
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from segmentry.engine import Workspace, evaluate
from segmentry.engine.starter.sample import AS_OF, write_sample

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "docs" / "how-to" / f"{name}.md" for name in ("first-order", "last-three-mails", "funnel")]
T = datetime(AS_OF.year, AS_OF.month, AS_OF.day)
HEAD = "segmentation: pages\nname: Pages\nowner: crm\nassign: every_match\nsegments:\n"

Rows = Iterable[tuple[Any, ...]]


class Tables:
    """The rows of the sample that take part, as tuples."""

    def __init__(self, data: Path) -> None:
        self.data = data
        people = pl.read_parquet(data / "customers.parquet").filter(~pl.col("is_test"))
        self.people = people.select("customer_id")

    def rows(self, file: str, time: str, *columns: str, where: pl.Expr | None = None) -> Rows:
        found = pl.read_parquet(self.data / file)
        found = found if where is None else found.filter(where)
        if file == "events.parquet":
            local = pl.col(time).dt.convert_time_zone("Europe/Berlin").dt.replace_time_zone(None)
            found = found.with_columns(local)
        theirs = found.filter(pl.col(time) < T).join(self.people, on="customer_id", how="semi")
        return theirs.select("customer_id", time, *columns).iter_rows()


def _orders(t: Tables) -> dict[str, list[set[str]]]:
    """The categories of each order, the oldest first."""
    category = dict(pl.read_parquet(t.data / "products.parquet")["product_id", "category"].iter_rows())
    paid = pl.col("status") == "paid"
    began: dict[tuple[str, str], datetime] = {}
    held: dict[tuple[str, str], set[str]] = defaultdict(set)
    for who, at, order, item in t.rows(
        "order_lines.parquet", "ordered_at", "order_id", "product_id", where=paid
    ):
        began[who, order] = min(at, began.get((who, order), at))
        held[who, order] |= {category[item]} if category.get(item) else set()
    found: dict[str, list[set[str]]] = defaultdict(list)
    for who, order in sorted(began, key=lambda each: (began[each], each[1])):
        found[who].append(held[who, order])
    return found


def began_with_boots(t: Tables) -> set[str]:
    return {who for who, orders in _orders(t).items() if "boots" in orders[0]}


def changed_category(t: Tables) -> set[str]:
    several = {who: orders for who, orders in _orders(t).items() if len(orders) > 1 and all(orders[:2])}
    return {who for who, orders in several.items() if max(orders[0]) != max(orders[1])}


def _mails(t: Tables) -> dict[str, list[set[str]]]:
    """What happened to each mail, the newest first."""
    sent: dict[tuple[str, str], datetime] = {}
    events: dict[tuple[str, str], set[str]] = defaultdict(set)
    for who, at, event, mail in t.rows("mails.parquet", "happened_at", "event", "campaign"):
        sent[who, mail] = min(at, sent.get((who, mail), at))
        events[who, mail].add(event)
    found: dict[str, list[set[str]]] = defaultdict(list)
    for who, mail in sorted(sent, key=lambda each: (sent[each], each[1]), reverse=True):
        found[who].append(events[who, mail])
    return found


def _unopened(t: Tables, count: int, allowed: set[str]) -> set[str]:
    """To whose newest mails, so many, nothing else has happened."""
    newest = {who: mails[:count] for who, mails in _mails(t).items() if len(mails) >= count}
    return {who for who, mails in newest.items() if all(mail <= allowed for mail in mails)}


def _funnel(t: Tables, *, bought: bool) -> set[str]:
    """Who went from a view to a checkout within a day, which a purchase follows within two hours or not."""
    rows: dict[str, dict[str, list[datetime]]] = defaultdict(lambda: defaultdict(list))
    for who, at, event in t.rows("events.parquet", "happened_at", "event"):
        rows[who][event].append(at)
    found: set[str] = set()
    for who, times in rows.items():
        views = [at for at in times["view"] if at >= T - timedelta(days=30)]
        for at in times["checkout"]:
            end = at + timedelta(hours=2)
            followed = any(at < other <= end for other in times["purchase"])
            if (followed if bought else end < T and not followed) and any(
                view < at <= view + timedelta(days=1) for view in views
            ):
                found.add(who)
    return found


BY_HAND: dict[str, Callable[[Tables], set[str]]] = {
    "began-with-boots": began_with_boots,
    "changed-category": changed_category,
    "asleep": lambda t: _unopened(t, 3, {"sent", "clicked"}),
    "give-them-a-rest": lambda t: _unopened(t, 5, {"sent"}),
    "all-the-way": lambda t: _funnel(t, bought=True),
    "lost-at-the-checkout": lambda t: _funnel(t, bought=False),
}


def _blocks(part: str) -> list[str]:
    pattern = re.compile(rf"^```yaml part={part}\n(.*?)^```$", re.M | re.S)
    return [block for page in PAGES for block in pattern.findall(page.read_text("utf-8"))]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages") / "shop"
    shutil.copytree(ROOT / "rules" / "starter", folder)
    write_sample(folder / "data")
    (folder / "rules" / "pages.yaml").write_text(HEAD + "".join(_blocks("segment")), "utf-8")
    (folder / "rules" / "pages-traits.yaml").write_text("traits:\n" + "".join(_blocks("trait")), "utf-8")
    return folder


def test_the_segments_of_the_pages_have_the_same_customers_as_by_hand(shop: Path) -> None:
    memberships = evaluate(Workspace.load(shop)).memberships
    tables = Tables(shop / "data")
    text = "".join(page.read_text("utf-8") for page in PAGES)
    assert set(BY_HAND) == set(re.findall(r"^  - id: ([\w-]+)$", "".join(_blocks("segment")), re.M))
    for segment, count in BY_HAND.items():
        expected = count(tables)
        assert len(expected) > 1
        assert set(memberships.filter(pl.col(segment))["customer_id"]) == expected, segment
        shown = re.findall(rf"^{segment} +([\d,]+) +", text, re.M)
        assert shown in ([], [f"{len(expected):,}"]), segment
