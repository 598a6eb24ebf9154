"""Sample tables of any size: customers, orders and events as Parquet, in parts to keep memory small."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from bench.vocabulary import AS_OF, CATEGORIES, CHANNELS, COUNTRIES, DEVICES

PART = 1_000_000
YEARS = 3


@dataclass(frozen=True, slots=True)
class Size:
    """Rows of the three tables."""

    customers: int
    orders: int
    events: int

    @property
    def label(self) -> str:
        """A name for folders: `100000x1000000x1000000`."""
        return f"{self.customers}x{self.orders}x{self.events}"


def _choice(rng: np.random.Generator, values: tuple[str, ...], n: int, nulls: float = 0.0) -> pl.Series:
    """n draws, the earlier values more often; a share of them missing."""
    weights = 1 / np.arange(1, len(values) + 1)
    cuts = np.cumsum(weights / weights.sum())[:-1]
    codes = np.searchsorted(cuts, rng.random(n)).astype(np.uint32)
    drawn = pl.Series(values).gather(codes)
    if not nulls:
        return drawn
    return pl.select(pl.when(pl.Series(rng.random(n) >= nulls)).then(drawn)).to_series()


def _customers_of_rows(rng: np.random.Generator, customers: int, n: int) -> pl.Series:
    """Whose row it is: few customers have many rows, spread over the keys; one in a thousand is unknown."""
    rank = (customers * rng.random(n) ** 1.7).astype(np.int64)
    keys = (rank * 2_654_435_761) % customers + 1
    return pl.select(pl.when(pl.Series(rng.random(n) >= 0.001)).then(pl.Series(keys))).to_series()


def _times(rng: np.random.Generator, part: int, parts: int, n: int, zone: str) -> pl.Series:
    """Ascending instants of this part's stretch of three years; the last ten days are after the as-of.

    To the microsecond, so two rows of one customer practically never tie.
    """
    start = datetime.combine(AS_OF, datetime.min.time()) - timedelta(days=365 * YEARS)
    span = (365 * YEARS + 10) * 86_400_000_000
    low, high = span * part // parts, span * (part + 1) // parts
    offsets = np.sort(rng.integers(low, high, n))
    times = pl.select(pl.lit(start) + pl.Series(offsets).cast(pl.Duration("us"))).to_series()
    return times if zone == "UTC" else times.dt.replace_time_zone("UTC")


def _money(cents: np.ndarray[tuple[int], np.dtype[np.int64]]) -> pl.Series:
    exact = pl.Series(cents).cast(pl.Decimal(14, 2))
    return pl.select((exact / 100).cast(pl.Decimal(12, 2))).to_series()


def _orders(rng: np.random.Generator, size: Size, part: int, parts: int, n: int, zone: str) -> pl.DataFrame:
    cents = np.exp(rng.normal(8.3, 0.9, n)).astype(np.int64) + 99
    discount = np.where(rng.random(n) < 0.3, cents // 10, 0)
    coupons = tuple(f"COUPON-{i:03}" for i in range(200))
    return pl.DataFrame(
        {
            "order_id": np.arange(n, dtype=np.int64) + part * PART,
            "customer_id": _customers_of_rows(rng, size.customers, n),
            "ordered_at": _times(rng, part, parts, n, zone),
            "status": _choice(rng, ("paid", "refunded", "cancelled"), n),
            "amount": _money(cents),
            "discount": _money(discount),
            "category": _choice(rng, CATEGORIES, n, nulls=0.02),
            "channel": _choice(rng, CHANNELS, n),
            "coupon": _choice(rng, coupons, n, nulls=0.8),
            "items": rng.integers(1, 9, n, dtype=np.int32),
        }
    )


def _events(rng: np.random.Generator, size: Size, part: int, parts: int, n: int, zone: str) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "event_id": np.arange(n, dtype=np.int64) + part * PART,
            "customer_id": _customers_of_rows(rng, size.customers, n),
            "at": _times(rng, part, parts, n, zone),
            "kind": _choice(rng, ("view", "email_open", "search", "cart", "email_click", "checkout"), n),
            "category": _choice(rng, CATEGORIES, n, nulls=0.1),
            "device": _choice(rng, DEVICES, n, nulls=0.05),
            "duration_s": rng.integers(0, 900, n, dtype=np.int32),
        }
    )


def _write_customers(folder: Path, rng: np.random.Generator, n: int) -> None:
    days = (AS_OF - date(1970, 1, 1)).days - rng.integers(0, 365 * 6, n, dtype=np.int32)
    consent = pl.select(pl.when(pl.Series(rng.random(n) >= 0.05)).then(pl.Series(rng.random(n) < 0.6)))
    frame = pl.DataFrame(
        {
            "customer_id": np.arange(1, n + 1, dtype=np.int64),
            "country": _choice(rng, COUNTRIES, n, nulls=0.01),
            "consent_email": consent.to_series(),
            "signed_up": pl.Series(days).cast(pl.Date),
        }
    )
    frame.write_parquet(folder / "customers.parquet")


def _write_parts(folder: Path, name: str, rows: int, size: Size, seed: int, zone: str) -> None:
    make = _orders if name == "orders" else _events
    (folder / name).mkdir()
    parts = max(1, -(-rows // PART))
    for part in range(parts):
        rng = np.random.default_rng([seed, part, len(name)])
        n = rows * (part + 1) // parts - rows * part // parts
        make(rng, size, part, parts, n, zone).write_parquet(folder / name / f"part-{part:05}.parquet")


def _cluster(folder: Path, name: str) -> None:
    """The same rows in one file ascending by customer: what a prepared source looks like."""
    unsorted = folder / name
    target = folder / f"{name}.sorted.parquet"
    pl.scan_parquet(unsorted / "*.parquet").sort("customer_id").sink_parquet(target)
    shutil.rmtree(unsorted)
    unsorted.mkdir()
    target.rename(unsorted / "part-00000.parquet")


def prepare(cache: Path, size: Size, *, zone: str = "UTC", clustered: bool = False, seed: int = 7) -> Path:
    """The folder with customers.parquet, orders/*.parquet and events/*.parquet; made if it is not there.

    Without a zone (UTC) times are naive; with one they are instants in UTC, to be seen in that zone.
    """
    name = "-".join([size.label, zone.replace("/", "_"), *(["clustered"] if clustered else [])])
    folder = cache / name
    if folder.exists():
        return folder
    staging = cache / f"{name}.partial"
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    print(f"making {name} …", file=sys.stderr)
    _write_customers(staging, np.random.default_rng(seed), size.customers)
    for table, rows in (("orders", size.orders), ("events", size.events)):
        _write_parts(staging, table, rows, size, seed, zone)
        if clustered:
            _cluster(staging, table)
    staging.rename(folder)
    return folder


def main() -> None:
    """A process of its own, so that the measuring one stays small. Arguments: SIZE ZONE CLUSTERED CACHE."""
    label, zone, clustered, cache = sys.argv[1:5]
    size = Size(*(int(part) for part in label.split("x")))
    print(prepare(Path(cache), size, zone=zone, clustered=clustered == "clustered"))


if __name__ == "__main__":
    main()
