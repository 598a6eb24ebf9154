"""Sample tables of any size and form: customers, orders and events, in parts to keep memory small."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from bench.form import Form
from bench.tables import TABLES
from bench.vocabulary import AS_OF, CATEGORIES, CHANNELS, COUNTRIES, DEVICES

PART = 1_000_000
YEARS = 3


@dataclass(frozen=True, slots=True)
class Size:
    """Rows of the three tables."""

    customers: int
    orders: int
    events: int

    @classmethod
    def of(cls, label: str) -> Size:
        """The size that a label like `100000x1000000x1000000` says."""
        return cls(*(int(part) for part in label.split("x")))

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


def _customers(rng: np.random.Generator, n: int) -> pl.DataFrame:
    days = (AS_OF - date(1970, 1, 1)).days - rng.integers(0, 365 * 6, n, dtype=np.int32)
    consent = pl.select(pl.when(pl.Series(rng.random(n) >= 0.05)).then(pl.Series(rng.random(n) < 0.6)))
    return pl.DataFrame(
        {
            "customer_id": np.arange(1, n + 1, dtype=np.int64),
            "country": _choice(rng, COUNTRIES, n, nulls=0.01),
            "consent_email": consent.to_series(),
            "signed_up": pl.Series(days).cast(pl.Date),
        }
    )


def _write(frame: pl.DataFrame, table: str, path: Path, form: Form) -> None:
    """Write one part in the form's files: CSV and NDJSON have ISO times, NDJSON money as text."""
    if form.keys == "text":
        key = pl.col("customer_id").cast(pl.String).str.zfill(9)
        frame = frame.with_columns(customer_id=pl.lit("C") + key)
    written = path.with_suffix(f".{form.files}")
    time = "%Y-%m-%dT%H:%M:%S%.6f" + ("" if form.zone == "UTC" else "Z")
    if form.files == "parquet":
        frame.write_parquet(written)
    elif form.files == "csv":
        frame.write_csv(written, datetime_format=time)
    else:
        times = [name for name, kind in TABLES[table].items() if kind == "time"]
        frame.with_columns(pl.col(times).dt.strftime(time)).write_ndjson(written)


def _write_parts(folder: Path, name: str, rows: int, size: Size, seed: int, form: Form) -> None:
    make = _orders if name == "orders" else _events
    parts = max(1, -(-rows // PART))
    for part in range(parts):
        rng = np.random.default_rng([seed, part, len(name)])
        n = rows * (part + 1) // parts - rows * part // parts
        frame = make(rng, size, part, parts, n, form.zone)
        _write(frame, name, folder / name / f"part-{part:05}", form)


def _cluster(folder: Path, name: str) -> None:
    """The same rows in one file ascending by customer: what an export that is sorted looks like."""
    unsorted = folder / name
    target = folder / f"{name}.sorted.parquet"
    pl.scan_parquet(unsorted / "*.parquet").sort("customer_id").sink_parquet(target)
    shutil.rmtree(unsorted)
    unsorted.mkdir()
    target.rename(unsorted / "part-00000.parquet")


BYTES = {"parquet": (5, 18, 15), "csv": (28, 95, 75), "ndjson": (90, 230, 170)}
"""Bytes of a row of customers, orders and events on the disk, rounded up, by kind of file."""


def needed(size: Size, form: Form) -> int:
    """Bytes of disk that the data of a form take, at the most, while they are made and used.

    Sorting writes everything again, and so does preparing.
    """
    rows = (size.customers, size.orders, size.events)
    once = sum(
        n * (width + (form.keys == "text") * 6) for n, width in zip(rows, BYTES[form.files], strict=True)
    )
    return once * (1 if form.layout == "as-written" else 2)


def check_disk(cache: Path, size: Size, form: Form) -> None:
    """Raise OSError if the disk has too little room, before anything is written."""
    free, wanted = shutil.disk_usage(cache).free, needed(size, form)
    if wanted > free * 0.9:
        raise OSError(
            f"{size.label} ({form.name}) needs {wanted / 1e9:.1f} GB below {cache} and finds "
            f"{free / 1e9:.1f} GB: choose a smaller --size, or another disk with --cache"
        )


def prepare(cache: Path, size: Size, form: Form, *, seed: int = 7) -> Path:
    """The folder with customers, orders and events, a folder each; made if it is not there.

    In UTC times are naive; in another zone they are instants in UTC, to be seen in that zone. Raises OSError
    where the disk has too little room.
    """
    name = "-".join([size.label, form.zone.replace("/", "_"), form.keys, form.files, form.data.layout])
    folder = cache / name
    if folder.exists():
        return folder
    staging = cache / f"{name}.partial"
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    check_disk(cache, size, form)
    print(f"making {name} …", file=sys.stderr)
    for table in TABLES:
        (staging / table).mkdir()
    everybody = _customers(np.random.default_rng(seed), size.customers)
    _write(everybody, "customers", staging / "customers" / "part-00000", form)
    for table, rows in (("orders", size.orders), ("events", size.events)):
        _write_parts(staging, table, rows, size, seed, form)
        if form.layout == "clustered":
            _cluster(staging, table)
    staging.rename(folder)
    return folder


def main() -> None:
    """A process of its own, so that the measuring one stays small. Arguments: SIZE CACHE [WORD=VALUE …]."""
    label, cache, *words = sys.argv[1:]
    try:
        print(prepare(Path(cache), Size.of(label), Form.of(words)))
    except OSError as full:
        sys.exit(str(full))


if __name__ == "__main__":
    main()
