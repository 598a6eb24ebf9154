"""Formulas nested as deep as they may be: the same values, in steps that grow with the formula."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import pytest

from segmentry.engine.backends.registry import BACKENDS
from tests.random_models.agree import disagreements
from tests.strategies import Case


def nested(times: int, step: Callable[[str], str], start: str = "z") -> str:
    return reduce(lambda inner, _: step(inner), range(times), start)


def series(terms: int, of: str) -> str:
    return reduce(lambda inner, n: f"1 + {of} / {n} * ({inner})", range(terms, 0, -1), "1")


FORMULAS = {
    "series": series(26, "z"),
    "long_sum": " + ".join(["z", "w"] * 90),
    "decimal_sum": " + ".join(["m", "0.5"] * 90),
    "decimal_signs": nested(50, lambda x: f"m - ({x})", "m"),
    "quotients": "z" + "".join(f" / (w + {n})" for n in range(60)),
    "decimal_quotients": "m" + "".join(f" / (n + {n})" for n in range(1, 60)),
    "remainders": nested(40, lambda x: f"(7 + {x}) % (z + 3)"),
    "decimal_remainders": nested(40, lambda x: f"(7 + {x}) % (m + 3)", "m"),
    "floored": nested(40, lambda x: f"({x}) // (w + 0.5) + 1"),
    "powers": nested(50, lambda x: f"(1 - {x}) ** 2", "one"),
    "double_powers": nested(30, lambda x: f"(0.5 * {x}) ** 2"),
    "rounded_money": nested(40, lambda x: f"round({x} + m)", "m"),
    "rounded_places": nested(40, lambda x: f"round({x} + m, 1)", "m"),
    "greatest": nested(50, lambda x: f"max({x}, w + 1)"),
    "coalesced": nested(50, lambda x: f"coalesce({x} / w, z / 2)"),
    "chosen": nested(25, lambda x: f"(z / w if w > 1 else {x} / w)", "w"),
    "infinite": "1 / (z * z * z * 1" + "0" * 300 + ") - w * 0",
}


@pytest.fixture(scope="module")
def case() -> Case:
    """One trait a formula, over values that are zero, missing, small, and too great to multiply."""
    values = [None, 0.0, 1.5, -2.25, 1e-3, 1e154, -1e300]
    rows = [
        {"id": n, "z": z, "w": values[(n * 3) % 7], "m": None if n == 2 else n / 4, "n": n % 3, "one": n % 2}
        for n, z in enumerate([*values, *values[1:4]])
    ]
    types = {"z": "number", "w": "number", "n": "integer", "one": "integer"}
    columns: dict[str, Any] = {name: {"type": kind} for name, kind in types.items()}
    columns["m"] = {"type": "decimal", "scale": 2}
    computed = {f"row_{name}": {"formula": text} for name, text in FORMULAS.items()}
    files = {
        "segmentry.yaml": {
            "version": 1,
            "sources": {
                "customers": {
                    "path": "data/customers.parquet",
                    "key": "id",
                    "columns": {**columns, **computed},
                }
            },
        },
        "rules/traits.yaml": {
            "traits": [{"id": name, "formula": text} for name, text in FORMULAS.items()],
        },
    }
    doubles, integers = ("z", "w", "m"), ("id", "n", "one")
    dtypes: dict[str, dict[str, str]] = {
        "customers": {**dict.fromkeys(doubles, "Float64"), **dict.fromkeys(integers, "Int64")}
    }
    return Case(files, {"customers": rows}, "2026-03-31", dtypes)


@pytest.mark.parametrize("engine", BACKENDS)
def test_every_formula_has_the_values_of_the_reference(case: Case, engine: str) -> None:
    assert disagreements(case, engine) == []
