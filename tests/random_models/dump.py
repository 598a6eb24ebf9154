"""Writing a random case to a folder: YAML and Parquet files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    import polars as pl


class Dumper(yaml.SafeDumper):
    """Text is plain only where no reader can take it for anything else; decimals stand as they are."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(_: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    plain = re.fullmatch(r"[a-z][a-z_]*([ -][a-z0-9_]+)*", text) and text not in _WORDS
    return yaml.ScalarNode("tag:yaml.org,2002:str", text, style=None if plain else '"')


_WORDS = ("null", "true", "false", "yes", "no", "on", "off", "y", "n")


def _decimal(_: yaml.SafeDumper, value: Decimal) -> yaml.ScalarNode:
    whole = "." not in f"{value:f}"
    return yaml.ScalarNode(f"tag:yaml.org,2002:{'int' if whole else 'float'}", f"{value:f}")


Dumper.add_representer(str, _text)
Dumper.add_representer(Decimal, _decimal)


def to_yaml(content: Any) -> str:
    """A YAML document that means the same in YAML 1.1 and in 1.2."""
    return yaml.dump(content, Dumper=Dumper, allow_unicode=True, sort_keys=False, width=1000)


def frame(rows: list[dict[str, Any]], dtypes: Mapping[str, str]) -> pl.DataFrame:
    """A source's rows with the types that its file has."""
    import polars as pl

    types: dict[str, pl.DataType] = {
        "Int64": pl.Int64(),
        "Float64": pl.Float64(),
        "String": pl.String(),
        "Boolean": pl.Boolean(),
        "Date": pl.Date(),
        "Datetime": pl.Datetime("us"),
        "DatetimeUTC": pl.Datetime("us", "UTC"),
        "Decimal3": pl.Decimal(20, 3),
        "List": pl.List(pl.String()),
    }
    return pl.DataFrame(
        [pl.Series(name, [row[name] for row in rows], dtype=types[dtype]) for name, dtype in dtypes.items()]
    )


def write(
    files: Mapping[str, Any],
    tables: Mapping[str, list[dict[str, Any]]],
    dtypes: Mapping[str, Mapping[str, str]],
    folder: Path,
) -> None:
    """Writes a workspace and its sources."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(to_yaml(content), encoding="utf-8")
    (folder / "data").mkdir(exist_ok=True)
    for name, rows in tables.items():
        frame(rows, dtypes[name]).write_parquet(folder / "data" / f"{name}.parquet")
