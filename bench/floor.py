"""The lower bound: what Polars takes to read and decode the needed columns, and to group by customer.

`python -m bench.floor decode|group DATA OUT SEGMENTS [WORD=VALUE …]`. Nobody can be below `decode` who reads
the same files with the same reader; `group` counts the rows of each customer. Nothing is written.
"""

from __future__ import annotations

import sys

import polars as pl

from bench.form import job
from bench.tables import NEEDED, TABLES, scan
from bench.vocabulary import KEY


def main() -> None:
    """Run once."""
    what = sys.argv.pop(1)
    work = job()
    for table in TABLES:
        columns = scan(work.data, table, work.form).select(NEEDED[table])
        if what == "decode":
            for _ in columns.collect_batches(maintain_order=False):
                pass
        else:
            columns.group_by(KEY).agg(pl.len()).collect(engine="streaming")


if __name__ == "__main__":
    main()
