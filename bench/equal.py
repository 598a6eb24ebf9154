"""Whether two membership files say the same, customer by customer.

`python -m bench.equal A B`; with `sample` at the end B may hold some of the customers of A.
"""

from __future__ import annotations

import sys

import polars as pl
import polars.selectors as cs

from bench.vocabulary import KEY


def differences(left: str, right: str, *, sample: bool = False) -> list[str]:
    """A line for each column that differs, with the number of customers; empty if all is equal."""
    a, b = (
        pl.read_parquet(path).with_columns((cs.enum() | cs.categorical()).cast(pl.String)).sort(KEY)
        for path in (left, right)
    )
    if sample:
        a = a.join(b.select(KEY), on=KEY, how="semi", maintain_order="left")
    if set(a.columns) != set(b.columns):
        return [f"columns: {sorted(set(a.columns) ^ set(b.columns))}"]
    if not a[KEY].equals(b[KEY]) or a.is_empty():
        return [f"the customers differ: {a.height} and {b.height}"]
    unequal = {name: (a[name].ne_missing(b[name])).sum() for name in a.columns}
    return [f"{name}: {count} customers differ" for name, count in unequal.items() if count]


def main() -> None:
    """Print the differences and end with 1 if there are any."""
    lines = differences(sys.argv[1], sys.argv[2], sample=sys.argv[3:] == ["sample"])
    print("\n".join(lines))
    sys.exit(1 if lines else 0)


if __name__ == "__main__":
    main()
