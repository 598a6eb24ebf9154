"""What an export holds: a look at its first rows, then one pass over all of them that tests the guesses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, cast

import polars as pl
from polars.exceptions import PolarsError

from segmentry.engine.diagnostics.errors import DataError
from segmentry.engine.starter.onboard.dress import (
    MISSING,
    SeenDress,
    day_in,
    dress_of,
    read_value,
    wider_dress,
)
from segmentry.engine.starter.onboard.export import Export
from segmentry.engine.starter.onboard.known import known_by
from segmentry.engine.starter.onboard.words import COUNT, CUSTOMER, MONEY, PRODUCT, has, is_identity

_LOOK: Final = 20_000
"""Rows from which a dress is guessed."""
MOST_LABELS: Final = 40
_PLACES: Final = (0, 1, 2, 3, 4, 6)
_FEW: Final = 0.01
"""The share of values that may not fit before a column stays text."""


@dataclass
class SeenColumn:
    """A column of an export after all rows were read.

    ``least`` and ``most`` are of numbers and dates, ``places`` of decimals; ``hashes`` are of the distinct
    values of what may be a key, and ``labels`` the values of what has few.
    """

    heading: str
    dtype: pl.DataType
    rows: int
    filled: int
    dress: SeenDress
    misfits: int = 0
    least: Any = None
    most: Any = None
    negative: int = 0
    places: int = 0
    hashes: pl.Series | None = None
    labels: tuple[str, ...] | None = None
    common: int = 0
    """How often the rarest of the labels occurs."""
    over_twelve: int = 0
    """Values that only the order of the dress can read."""
    sample: pl.Series | None = None
    """Some values, for looking at their shape alone: never shown."""

    @property
    def distinct(self) -> int | None:
        """How many different values there are, where that was counted."""
        if self.hashes is not None:
            return len(self.hashes)
        return None if self.labels is None else len(self.labels)

    @property
    def is_unique(self) -> bool:
        """Whether no value occurs twice."""
        return self.filled > 0 and self.distinct == self.filled

    @property
    def is_key(self) -> bool:
        """Whether every row has a value of its own."""
        return self.is_unique and self.filled == self.rows


@dataclass
class SeenTable:
    """An export and its columns, by heading."""

    export: Export
    rows: int
    columns: dict[str, SeenColumn]

    @property
    def name(self) -> str:
        """What its source is called."""
        return self.export.name


def look_at(export: Export) -> SeenTable:
    """Read an export: a guess from its first rows, tested on all of them.

    Raises DataError where it can't be read to its end.
    """
    try:
        head = export.frame.head(_LOOK).collect()
        known = known_by(export.schema)
        telling = set(known.roles) if known else set[str]()
        columns = {name: _guessed(head[name], name in telling) for name in export.schema}
        measured = _measured(export, columns)
        if again := {n: _wider(c, measured[n]) for n, c in columns.items() if _was_plain(c, measured[n])}:
            columns |= again
            measured |= _measured(export, again)
    except (PolarsError, OSError) as error:
        reason = str(error).splitlines()[0]
        raise DataError(f"{export.label} can't be read ({reason}).", file=export.label) from None
    rows = int(measured["rows"])
    return SeenTable(export, rows, {n: _judged(c, measured, rows) for n, c in columns.items()})


@dataclass(frozen=True)
class _Guessed:
    heading: str
    dtype: pl.DataType
    dress: SeenDress
    keylike: bool
    labelled: bool
    sample: pl.Series
    padded: bool = False
    """Whether blanks stand around looked-at values, or in place of them."""


def _text(column: _Guessed) -> pl.Expr:
    """The known texts of a column; null where there is none, or a word for nothing."""
    text = pl.col(column.heading).cast(pl.String)
    if column.padded:
        text = text.str.strip_chars()
    nothing = column.dress.keys.get("missing_values", [])
    if column.padded or nothing:
        return pl.when(~text.is_in(["", *nothing])).then(text)
    return text


def _guessed(values: pl.Series, telling: bool) -> _Guessed:
    heading, dtype = values.name, values.dtype
    if isinstance(dtype, pl.Categorical | pl.Enum):
        values, dtype = values.cast(pl.String), pl.String()
    if dtype.is_nested():
        return _Guessed(
            heading,
            dtype,
            SeenDress("list" if isinstance(dtype, pl.List) else "nested"),
            False,
            False,
            values,
        )
    written = values.drop_nulls().cast(pl.String)
    texts = written.str.strip_chars()
    padded = dtype == pl.String and bool(((texts != written) | (texts == "")).any())
    texts = texts.filter(texts != "")
    distinct = texts.unique(maintain_order=True)
    dress = (
        dress_of(heading, distinct.head(5_000))
        if dtype == pl.String
        else _dress_of_type(heading, dtype, values)
    )
    named = is_identity(heading) or has(heading, PRODUCT, CUSTOMER) or "mail" in heading.lower()
    plain = dress.type in ("string", "integer")
    keylike = plain and (named or telling or len(distinct) > 0.9 * max(1, len(texts)))
    labelled = dress.type in ("string", "integer", "boolean") and len(distinct) <= MOST_LABELS
    return _Guessed(heading, dtype, dress, keylike, labelled, distinct.head(2_000), padded)


def _dress_of_type(heading: str, dtype: pl.DataType, values: pl.Series) -> SeenDress:
    if isinstance(dtype, pl.Date):
        return SeenDress("date")
    if isinstance(dtype, pl.Datetime):
        return SeenDress("datetime")
    if isinstance(dtype, pl.Boolean):
        return SeenDress("boolean")
    known = values.drop_nulls()
    whole = dtype.is_integer() or (dtype.is_float() and bool((known == known.floor()).all()))
    money = has(heading, MONEY) and not has(heading, COUNT)
    if dtype.is_integer() and is_identity(heading):
        return SeenDress("integer")
    if money or isinstance(dtype, pl.Decimal) or not whole:
        return SeenDress("decimal")
    return SeenDress("integer")


# --- all rows -------------------------------------------------------------------------------------


def _measured(export: Export, columns: Mapping[str, _Guessed]) -> dict[str, Any]:
    asked = [pl.len().alias("rows")]
    for number, column in enumerate(columns.values()):
        for what, expr in _questions(column).items():
            asked.append(expr.alias(f"{what} {number}"))
    row = export.frame.select(asked).collect(engine="streaming").row(0, named=True)
    found: dict[str, Any] = {"rows": row["rows"]}
    for number, name in enumerate(columns):
        found[name] = {key.rpartition(" ")[0]: v for key, v in row.items() if key.endswith(f" {number}")}
    return found


def _questions(column: _Guessed) -> dict[str, pl.Expr]:
    name, dress = column.heading, column.dress
    if column.dtype.is_nested():
        return {"filled": pl.col(name).count()}
    text = _text(column)
    asked = {"filled": text.count()}
    if column.keylike:
        asked["hashes"] = text.drop_nulls().hash(1).unique().implode()
    if column.labelled:
        asked["labels"] = text.drop_nulls().value_counts(sort=True).head(MOST_LABELS + 1).implode()
    if dress.type in ("string", "list"):
        return asked
    if dress.type in ("date", "datetime") and column.dtype == pl.String:
        # Days repeat: each is read once, and counts as often as it occurs.
        whole = (dress.keys.get("format") or "").startswith(("%", "unix", "excel"))
        asked["days"] = (text if whole else text.str.head(10)).drop_nulls().value_counts().implode()
        return asked
    value = read_value(text, dress) if column.dtype == pl.String else pl.col(name)
    asked["fits"] = value.count()
    asked["misfit"] = text.filter(value.is_null() & text.is_not_null()).head(200).implode()
    if dress.type != "boolean":
        asked |= {"least": value.min(), "most": value.max()}
    if dress.type in ("integer", "decimal", "number"):
        asked["negative"] = (value < 0).sum()
    if dress.type in ("decimal", "number"):
        asked |= {f"places{n}": _moved(value, n) for n in _PLACES}
    return asked


def _was_plain(column: _Guessed, found: Mapping[str, Any]) -> bool:
    """Whether a column was read as plainer than its later rows are."""
    return "fits" in found and found["fits"] < found["filled"]


def _wider(column: _Guessed, found: Mapping[str, Any]) -> _Guessed:
    """A column in a dress that lets pass what its later rows have, too: blanks, signs, marks of thousands."""
    misfit = pl.Series(found["misfit"] or [], dtype=pl.String).str.strip_chars()
    return replace(column, padded=column.dtype == pl.String, dress=wider_dress(column.dress, misfit))


def _moved(value: pl.Expr, places: int) -> pl.Expr:
    """By how much the values move, at most, when they are rounded to so many places."""
    number = value.cast(pl.Float64)
    return (number.round(places) - number).abs().max()


def _judged(column: _Guessed, measured: Mapping[str, Any], rows: int) -> SeenColumn:
    found = measured[column.heading]
    seen = SeenColumn(
        column.heading, column.dtype, rows, int(found["filled"]), column.dress, sample=column.sample
    )
    if (hashes := found.get("hashes")) is not None:
        seen.hashes = pl.Series(hashes, dtype=pl.UInt64)
    if (labels := found.get("labels")) is not None and len(labels) <= MOST_LABELS:
        counted = [(str(text), int(n)) for text, n in (tuple(label.values()) for label in labels)]
        seen.labels = tuple(sorted(text for text, _ in counted))
        seen.common = min((n for _, n in counted), default=0)
    if (days := found.get("days")) is not None:
        _dated(seen, days)
    if "fits" not in found:
        return seen
    seen.misfits = seen.filled - int(found["fits"])
    seen.least, seen.most = found.get("least"), found.get("most")
    seen.negative = int(found.get("negative") or 0)
    seen.places = next((n for n in _PLACES if (found.get(f"places{n}") or 0.0) < 1e-7), 6)
    _mended(seen, cast("list[str]", found["misfit"] or []))
    return seen


def _dated(seen: SeenColumn, days: list[Mapping[str, Any]]) -> None:
    """Read the days of a column in every order that its looked-at values allow; what reads most is kept."""
    counted = pl.DataFrame(
        [tuple(day.values()) for day in days],
        ["text", "n"],
        orient="row",
        schema_overrides={"text": pl.String},
    )
    text, times = pl.col("text"), pl.col("n")
    orders = seen.dress.orders
    reads = {
        order: counted.select(times.filter(day_in(text, order).is_not_null()).sum()).item()
        for order in orders
    }
    if reads:
        most = max(reads.values())
        left = tuple(order for order, count in reads.items() if count == most)
        others = [count for order, count in reads.items() if order not in left]
        seen.over_twelve = most - max(others, default=most)
        seen.dress = replace(seen.dress, keys={**seen.dress.keys, "format": left[0]}, orders=left)
    read = counted.with_columns(read_value(text, seen.dress).alias("day"))
    seen.misfits = seen.filled - read.select(times.filter(pl.col("day").is_not_null()).sum()).item()
    seen.least, seen.most = read["day"].min(), read["day"].max()
    _mended(seen, read.filter(pl.col("day").is_null())["text"].head(200).to_list())


def _mended(seen: SeenColumn, misfit: list[str]) -> None:
    """A few values that don't fit are words for nothing, or bad; many make the column text."""
    if not seen.misfits:
        return
    nothing = sorted(set(misfit) & set(MISSING))
    known = [*seen.dress.keys.get("missing_values", []), *nothing]
    if nothing:
        seen.dress = replace(seen.dress, keys={**seen.dress.keys, "missing_values": known})
    if set(misfit) <= set(nothing):
        seen.filled -= seen.misfits
        seen.misfits = 0
    elif seen.misfits > _FEW * seen.filled:
        seen.dress = SeenDress("string")


Progress = Callable[[str], None]


def look_at_all(exports: list[Export], progress: Progress) -> list[SeenTable]:
    """All tables, with a line for each: its name, its rows and columns."""
    tables: list[SeenTable] = []
    for export in exports:
        table = look_at(export)
        progress(f"{export.label}: {table.rows:,} rows, {len(table.columns)} columns")
        tables.append(table)
    return tables
