"""A text that first comes late in a large file counts like the others, with kernels and without."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from segmentry.engine import evaluate

_EARLY, _LATE = 110_000, 10
_WORKSPACE = """version: 1
name: Late
as_of: 2026-01-01
sources:
  customers: {path: customers.parquet, key: id}
  orders: {path: orders.parquet, customer: id, time: at}
"""
_RULES = """traits:
  - {id: kinds, distinct: orders.kind}
  - {id: last_kind, last: orders.kind}
  - {id: usual, most_common: orders.kind}
  - {id: rare, count: orders, where: {column: kind, is: rare}}
  - {id: other, count: orders, where: {column: kind, is_not: common}}
"""


@pytest.mark.parametrize("kernels", ["off", "on"])
@pytest.mark.parametrize("late", ["rare", None])
def test_late_texts_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kernels: str, late: str | None
) -> None:
    monkeypatch.setenv("SEGMENTRY_KERNELS", kernels)
    (tmp_path / "rules").mkdir()
    (tmp_path / "segmentry.yaml").write_text(_WORKSPACE)
    (tmp_path / "rules" / "traits.yaml").write_text(_RULES)
    pl.DataFrame({"id": [1, 2]}).write_parquet(tmp_path / "customers.parquet")
    rows = _EARLY + _LATE
    orders = pl.DataFrame(
        {
            "id": [1 + n % 2 for n in range(_EARLY)] + [2] * _LATE,
            "kind": ["common"] * _EARLY + [late] * _LATE,
            "at": pl.datetime_range(
                pl.datetime(2025, 1, 1),
                pl.datetime(2025, 1, 1) + pl.duration(seconds=rows - 1),
                "1s",
                eager=True,
            ),
        }
    )
    orders.write_parquet(tmp_path / "orders.parquet")
    one, two = evaluate(tmp_path, traits="all").traits.sort("id").rows(named=True)
    assert one == {"id": 1, "kinds": 1, "last_kind": "common", "usual": "common", "rare": 0, "other": 0}
    found = late == "rare"
    assert two == {
        "id": 2,
        "kinds": 1 + found,
        "last_kind": "rare" if found else "common",
        "usual": "common",
        "rare": _LATE * found,
        "other": _LATE * found,
    }
