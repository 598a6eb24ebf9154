"""The cookbook's segments, counted a second time by hand: customer by customer, on the sample data.

The rules are read from the page itself, so what a reader copies is what is tested here.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from segmentry.engine import Workspace, evaluate
from segmentry.engine.starter.sample import AS_OF, write_sample

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "cookbook" / "everyday-segments.md"
T = datetime(AS_OF.year, AS_OF.month, AS_OF.day)
YEAR_AGO, TWO_YEARS_AGO = datetime(2025, 11, 1), datetime(2024, 11, 1)
HEAD = """
segmentation: everyday
name: Everyday segments
owner: crm
assign: every_match
segments:
"""
col = pl.col
C = "customer_id"


class Tables:
    """The sample files as the workspace sees them: no test accounts, paid orders, nothing later."""

    def __init__(self, folder: Path) -> None:
        data = folder / "data"
        self.customers = pl.read_parquet(data / "customers.parquet").filter(~col("is_test"))
        self.orders = self.of_customers(data / "orders" / "*.parquet", "ordered_at").filter(status="paid")
        lines = self.of_customers(data / "order_lines.parquet", "ordered_at").filter(status="paid")
        self.lines = lines.join(pl.read_parquet(data / "products.parquet"), on="product_id", how="left")
        self.returns = self.of_customers(data / "returns.parquet", "returned_at")
        self.mails = self.of_customers(data / "mails.parquet", "happened_at")
        self.contacts = self.of_customers(data / "contacts.parquet", "contacted_at")
        local = col("happened_at").dt.convert_time_zone("Europe/Berlin").dt.replace_time_zone(None)
        events = pl.read_parquet(data / "events.parquet").with_columns(local, utc="happened_at")
        self.events = events.filter(col("happened_at") < T).join(self.customers, on=C, how="semi")
        surveys = pl.read_csv(data / "surveys.csv", try_parse_dates=True)
        self.surveys = surveys.filter(col("answered_on") < AS_OF)

    def of_customers(self, path: Path, time: str) -> pl.DataFrame:
        return pl.read_parquet(path).filter(col(time) < T).join(self.customers, on=C, how="semi")

    def orders_since(self, start: datetime) -> pl.DataFrame:
        return self.orders.filter(col("ordered_at") >= start)


def _keys(frame: pl.DataFrame) -> set[str]:
    return set(frame[C])


def _top_tenth(spend: dict[str, float]) -> set[str]:
    """A tenth of them, rounded up, and whoever ties with the last."""
    ranked = sorted(spend.values(), reverse=True)
    edge = ranked[-(-len(ranked) // 10) - 1]
    return {key for key, value in spend.items() if value >= edge}


def _spend(orders: pl.DataFrame) -> dict[str, float]:
    return dict(orders.group_by(C).agg(col("amount").sum()).iter_rows())


def cart_abandoners(t: Tables) -> set[str]:
    bought: dict[tuple[str, str], list[datetime]] = {}
    for key, product, at in t.events.filter(event="purchase").select(C, "product_id", "utc").iter_rows():
        bought.setdefault((key, product), []).append(at)
    found: set[str] = set()
    # 24 hours are counted in UTC: the clocks went back in the week before the as-of day.
    day, end = timedelta(hours=24), T.replace(tzinfo=ZoneInfo("Europe/Berlin"))
    carts = t.events.filter(col("event") == "add_to_cart", col("happened_at") >= T - timedelta(days=7))
    for key, product, at in carts.select(C, "product_id", "utc").iter_rows():
        if at + day < end and not any(at < b <= at + day for b in bought.get((key, product), ())):
            found.add(key)
    return found


def vips_about_to_lapse(t: Tables) -> set[str]:
    top = _top_tenth(_spend(t.orders_since(TWO_YEARS_AGO)))
    days: dict[str, set[date]] = {}
    for key, at in t.orders.select(C, "ordered_at").iter_rows():
        days.setdefault(key, set()).add(at.date())
    found: set[str] = set()
    for key in top:
        first, last, gaps = min(days[key]), max(days[key]), len(days[key]) - 1
        quiet = (AS_OF - last).days
        if gaps and quiet >= 60 and quiet > 2 * ((last - first).days / gaps):
            found.add(key)
    return found


def discount_addicts(t: Tables) -> set[str]:
    counts = t.orders_since(TWO_YEARS_AGO).group_by(C).agg(n=pl.len(), cut=(col("discount") > 0).sum())
    return _keys(counts.filter(col("n") >= 4, col("cut") / col("n") >= 0.8))


def birthday_soon(t: Tables) -> set[str]:
    lately = _keys(t.mails.filter(col("event") == "sent", col("happened_at") >= T - timedelta(days=7)))
    week = {((AS_OF + timedelta(days=n)).month, (AS_OF + timedelta(days=n)).day) for n in range(7)}
    rows = t.customers.filter("consent_email").select(C, "birth_date").drop_nulls().iter_rows()
    return {key for key, born in rows if (born.month, born.day) in week} - lately


def first_order_sent_back(t: Tables) -> set[str]:
    once = t.orders.group_by(C).len().filter(len=1)
    pairs = t.lines.join(once, on=C, how="semi").join(t.returns, on=[C, "product_id"])
    return _keys(pairs.filter(col("returned_at") > col("ordered_at")))


def boots_without_care(t: Tables) -> set[str]:
    return _keys(t.lines.filter(category="boots")) - _keys(t.lines.filter(category="care"))


def best_of_their_country(t: Tables) -> set[str]:
    country = dict(t.customers.select(C, "country").iter_rows())
    groups: dict[str, dict[str, float]] = {}
    for key, value in _spend(t.orders_since(YEAR_AGO)).items():
        if country[key] is not None:
            groups.setdefault(country[key], {})[key] = value
    return set[str]().union(*(_top_tenth(group) for group in groups.values()))


def growing(t: Tables) -> set[str]:
    now = _spend(t.orders_since(YEAR_AGO))
    before = _spend(t.orders_since(TWO_YEARS_AGO).filter(col("ordered_at") < YEAR_AGO))
    # In tenths of a cent, so that 20 % more is exact.
    return {key for key, value in now.items() if key in before and 10 * value > 12 * before[key]}


def unhappy_and_in_touch(t: Tables) -> set[str]:
    latest = t.surveys.group_by(C).agg(
        col("nps").filter(col("answered_on") == col("answered_on").max()).max()
    )
    month = t.contacts.filter(col("contacted_at") >= T - timedelta(days=30))
    return _keys(latest.filter(col("nps") <= 6)) & _keys(month)


def only_for_christmas(t: Tables) -> set[str]:
    month = col("ordered_at").dt.month()
    counts = t.orders.group_by(C).agg(n=pl.len(), late=(month >= 11).sum())
    return _keys(counts.filter(col("n") >= 2, col("n") == col("late")))


def shared_accounts(t: Tables) -> set[str]:
    month = t.events.filter(col("happened_at") >= T - timedelta(days=30))
    return _keys(month.group_by(C).agg(col("user_id").n_unique()).filter(col("user_id") > 3))


def card_runs_out(t: Tables) -> set[str]:
    return _keys(t.customers.filter(col("card_expires_on").is_between(AS_OF, AS_OF + timedelta(days=29))))


BY_HAND: dict[str, Callable[[Tables], set[str]]] = {
    "cart-abandoners": cart_abandoners,
    "vips-about-to-lapse": vips_about_to_lapse,
    "discount-addicts": discount_addicts,
    "birthday-soon": birthday_soon,
    "first-order-sent-back": first_order_sent_back,
    "boots-without-care": boots_without_care,
    "best-of-their-country": best_of_their_country,
    "growing": growing,
    "unhappy-and-in-touch": unhappy_and_in_touch,
    "only-for-christmas": only_for_christmas,
    "shared-accounts": shared_accounts,
    "card-runs-out": card_runs_out,
}


def _blocks(part: str) -> str:
    return "\n".join(re.findall(rf"^```yaml part={part}\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S))


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cookbook") / "shop"
    shutil.copytree(ROOT / "rules" / "starter", folder)
    write_sample(folder / "data")
    (folder / "rules" / "everyday.yaml").write_text(HEAD + _blocks("segment"), "utf-8")
    (folder / "rules" / "everyday-traits.yaml").write_text("traits:\n" + _blocks("trait"), "utf-8")
    return folder


def test_the_page_on_the_sample_data_counts_right(workspace: Path) -> None:
    page = (ROOT / "docs" / "sample-data.md").read_text("utf-8")
    rows = re.findall(r"^\| (\w+) \| `([\w./]+)`(?: … `\d+\.parquet`)? \| ([\d,]+) \|", page, re.M)
    assert len(rows) == 12
    for name, file, stated in rows:
        path = workspace / "data" / ("orders/*.parquet" if name == "orders" else file)
        read = pl.read_csv if path.suffix == ".csv" else pl.read_parquet
        assert f"{read(path).height:,}" == stated, name


@pytest.fixture(scope="module")
def tables(workspace: Path) -> Tables:
    return Tables(workspace)


@pytest.fixture(scope="module")
def memberships(workspace: Path) -> pl.DataFrame:
    return evaluate(Workspace.load(workspace)).memberships


def test_the_page_holds_these_twelve() -> None:
    assert re.findall(r"^  - id: ([\w-]+)$", _blocks("segment"), re.M) == list(BY_HAND)


@pytest.mark.parametrize("segment", BY_HAND)
def test_same_customers_as_by_hand(segment: str, memberships: pl.DataFrame, tables: Tables) -> None:
    expected = BY_HAND[segment](tables)
    assert _keys(memberships.filter(col(segment))) == expected
    section = PAGE.read_text("utf-8").split(f"- id: {segment}\n")[1].split("\n## ")[0]
    assert f"**{len(expected):,} customers**" in section
