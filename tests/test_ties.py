"""Ranks of equal values: `ties` of `bucket` and `percentile`, and `skewed-bucket` where nobody chose."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from segmentry.engine import Workspace, check, evaluate
from segmentry.engine.answers.describe import describe
from segmentry.engine.diagnostics.model import Diagnostic

WORKSPACE = """\
version: 1
name: Case
as_of: 2026-11-01
sources:
  customers:
    path: c.csv
    key: cid
    columns: {cid: {type: integer}, n: {type: integer}, land: {type: string}}
"""

ONE_TIMERS = (1, 1, 1, 1, 1, 1, 1, 1, 2, 3)
"""Eight of ten ordered once."""


def write(folder: Path, trait: str, numbers: Sequence[int | None] = ONE_TIMERS, lands: str = "A") -> Path:
    rows = "".join(
        f"{place},{'' if number is None else number},{lands[place % len(lands)]}\n"
        for place, number in enumerate(numbers)
    )
    (folder / "rules").mkdir(exist_ok=True)
    (folder / "segmentry.yaml").write_text(WORKSPACE, "utf-8")
    (folder / "c.csv").write_text("cid,n,land\n" + rows, "utf-8")
    (folder / "rules/traits.yaml").write_text(
        f"traits:\n  - {{id: score, description: Score, {trait}}}\n", "utf-8"
    )
    return folder


def scores(folder: Path) -> list[float | None]:
    return evaluate(Workspace(folder), traits="all").traits["score"].to_list()


@pytest.mark.parametrize(
    ("ties", "ones", "two", "three"),
    [
        ("", 4, 5, 5),
        ("ties: highest, ", 4, 5, 5),
        ("ties: lowest, ", 1, 5, 5),
        ("ties: middle, ", 3, 5, 5),  # ceil(5 · (1 + 8) / 20)
        ("ties: highest, ascending: false, ", 5, 1, 1),
        ("ties: lowest, ascending: false, ", 2, 1, 1),
        ("ties: middle, ascending: false, ", 4, 1, 1),  # ceil(5 · (3 + 10) / 20)
        ("ties: lowest, per: land, ", 1, 5, 5),
        ("ties: lowest, among: {trait: n, less_than: 3}, ", 1, 5, None),  # ceil(5 · 9 / 9)
    ],
)
def test_which_bucket_equal_values_share(
    ties: str, ones: int, two: int, three: int | None, tmp_path: Path
) -> None:
    assert scores(write(tmp_path, f"bucket: {{{ties}of: n, into: 5}}")) == [*[ones] * 8, two, three]


@pytest.mark.parametrize(
    ("ties", "ones"),
    [("", 0.8), ("ties: highest, ", 0.8), ("ties: lowest, ", 0.1), ("ties: middle, ", 9 / 20)],
)
def test_which_percentile_equal_values_share(ties: str, ones: float, tmp_path: Path) -> None:
    assert scores(write(tmp_path, f"percentile: {{{ties}of: n}}")) == [*[ones] * 8, 0.9, 1.0]


def test_percentiles_may_count_from_the_greatest(tmp_path: Path) -> None:
    for ties, ones in (("highest", 1.0), ("lowest", 0.3), ("middle", 13 / 20)):
        found = scores(write(tmp_path, f"percentile: {{of: n, ties: {ties}, ascending: false}}"))
        assert found == [*[ones] * 8, 0.2, 0.1]


def test_values_that_differ_are_ranked_alike_whatever_is_said_of_ties(tmp_path: Path) -> None:
    for ties in ("highest", "lowest", "middle"):
        found = scores(write(tmp_path, f"bucket: {{of: n, into: 3, ties: {ties}}}", (5, 3, None, 1)))
        assert found == [3, 2, None, 1]


def test_another_word_is_no_rule_for_ties(tmp_path: Path) -> None:
    (only,) = check(Workspace(write(tmp_path, "bucket: {of: n, into: 5, ties: first}")))
    assert (only.code, only.span.line) == ("schema", 2)


def test_the_words_of_the_trait_say_so(tmp_path: Path) -> None:
    folder = write(tmp_path, "bucket: {of: n, into: 5, ties: lowest}")
    (line,) = describe(Workspace(folder).plan().model, "score").rule
    assert line.text.endswith("equal values at the lowest of their places")


# --- skewed-bucket --------------------------------------------------------------------------------


def skewed(folder: Path) -> list[Diagnostic]:
    return [found for found in check(Workspace(folder), data=True) if found.code == "skewed-bucket"]


def test_a_value_that_fills_more_than_one_bucket_is_reported(tmp_path: Path) -> None:
    (found,) = skewed(write(tmp_path, "bucket: {of: n, into: 5}"))
    assert (found.severity, found.file, found.span.line) == ("warning", "rules/traits.yaml", 2)
    assert "8 of 10 customers" in found.message
    assert "4 of 5" in found.message


def test_the_score_that_is_reported_is_the_one_that_is_given(tmp_path: Path) -> None:
    (found,) = skewed(write(tmp_path, "bucket: {of: n, into: 5, ascending: false}"))
    assert "5 of 5" in found.message


@pytest.mark.parametrize(
    ("trait", "numbers"),
    [
        ("bucket: {of: n, into: 5, ties: highest}", ONE_TIMERS),  # somebody chose
        ("bucket: {of: n, into: 5}", (1, 1, 2, 2, 3, 3, 4, 4, 5, 5)),  # a bucket each
        ("bucket: {of: n, into: 5}", (1, 2)),  # nobody is tied
        ("bucket: {of: n, into: 5}", (None, None, None)),
        ("bucket: {of: n, into: 5, among: {trait: n, more_than: 1}}", ONE_TIMERS),
        ("percentile: {of: n}", ONE_TIMERS),
    ],
)
def test_other_ranks_are_not(trait: str, numbers: Sequence[int | None], tmp_path: Path) -> None:
    assert skewed(write(tmp_path, trait, numbers)) == []


def test_each_group_has_its_own_buckets(tmp_path: Path) -> None:
    # Of both lands together no value holds more than a half; in one of them all are equal.
    numbers = (1, 7, 2, 7, 3, 7, 4, 7)
    assert skewed(write(tmp_path, "bucket: {of: n, into: 2}", numbers, "AB")) == []
    (found,) = skewed(write(tmp_path, "bucket: {of: n, into: 2, per: land}", numbers, "AB"))
    assert "4 of 4 customers" in found.message
