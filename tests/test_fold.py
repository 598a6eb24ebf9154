"""`fold: true` wherever texts are compared: of rows, of traits, in lists; and how it is read aloud."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from segmentry.engine import Workspace, evaluate
from segmentry.engine.files.condition_words import in_words

WORKSPACE = """\
version: 1
as_of: 2026-11-01
sources:
  customers:
    path: customers.csv
    key: id
    columns: {id: {type: string}, city: {type: string}, tags: {type: list}}
  orders:
    path: orders.csv
    customer: id
    columns: {id: {type: string}, shop: {type: string}}
"""

TRAITS = """\
traits:
  - {id: in_cafe, count: orders, where: {column: shop, is: Café, fold: true}}
  - {id: home, formula: city}
"""

SEGMENTS = """\
segmentation: audience
owner: crm
assign: every_match
segments:
  - {id: equal, when: {trait: city, is: {trait: home}, fold: true, missing: exclude}}
  - {id: among, when: {trait: city, in: [GROSSSTADT, oslo], fold: true}}
  - {id: not-among, when: {trait: city, not_in: [GROSSSTADT], fold: true, missing: exclude}}
  - {id: ends, when: {trait: city, ends_with: [STADT], fold: true}}
  - {id: with-tag, when: {trait: tags, includes_all: [ＡＢ, ss], fold: true}}
  - {id: without-tag, when: {trait: tags, includes_none: [SS], fold: true, missing: include}}
"""


def load(folder: Path) -> Workspace:
    (folder / "rules").mkdir()
    (folder / "segmentry.yaml").write_text(WORKSPACE, "utf-8")
    (folder / "rules" / "traits.yaml").write_text(TRAITS, "utf-8")
    (folder / "rules" / "audience.yaml").write_text(SEGMENTS, "utf-8")
    customers = pl.DataFrame(
        {
            "id": ["A", "B", "C"],
            "city": ["Groß\u200bstadt", "Oslo", None],
            "tags": [["ab", "ß"], ["ẞ"], None],
        }
    )
    orders = pl.DataFrame({"id": ["A", "A", "B"], "shop": ["CAFE\u0301", "café", "cafe"]})
    return Workspace.load(folder, frames={"customers": customers, "orders": orders})


def test_texts_of_traits_rows_and_lists_are_folded(tmp_path: Path) -> None:
    found = evaluate(load(tmp_path), traits="all")
    assert found.traits["in_cafe"].to_list() == [2, 0, 0]
    memberships = found.memberships.drop("id")
    assert {name: memberships[name].to_list() for name in memberships.columns} == {
        "equal": [True, True, False],
        "among": [True, True, False],
        "not-among": [False, True, False],
        "ends": [True, False, False],
        "with-tag": [True, False, False],
        "without-tag": [False, False, True],
    }


def test_it_is_said_where_the_condition_is_read_aloud(tmp_path: Path) -> None:
    (segmentation,) = load(tmp_path).model.segmentations
    when = next(segment.when for segment in segmentation.segments if segment.id == "ends")
    assert when is not None
    assert in_words(when) == "city ends with STADT, in any case and form"
