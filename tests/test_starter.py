"""The workspace that `init` copies: nothing to find in it, and segments that a marketer believes."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import polars as pl
import pytest

from segmentry.engine import Workspace, check, evaluate
from segmentry.engine.starter.sample import write_sample

STARTER = Path(__file__).parent.parent / "rules" / "starter"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("starter") / "shop"
    shutil.copytree(STARTER, folder)
    write_sample(folder / "data", customers=1500)
    return Workspace.load(folder)


def test_nothing_to_find_with_the_data_and_without(workspace: Workspace) -> None:
    """Notes remain: traits that are there to be used, and parts that only data can decide."""
    for found in (*check(workspace), *check(Workspace.load(STARTER))):
        assert found.severity == "info", found
        assert found.code in ("opaque", "unused-trait"), found


def test_every_segment_holds_a_believable_share(workspace: Workspace) -> None:
    memberships = evaluate(workspace).memberships
    for segmentation in workspace.model.segmentations:
        shares = dict(memberships[segmentation.id].value_counts(normalize=True).iter_rows())
        ends = [segmentation.otherwise] if segmentation.otherwise else []
        assert set(shares) == {segment.id for segment in (*segmentation.segments, *ends)}
        # A quarter of the sample data, so a little more room than its 5 % to 40 %.
        assert all(0.04 <= share <= 0.43 for share in shares.values()), shares


def test_no_trait_is_unknown_for_everybody(workspace: Workspace) -> None:
    traits = evaluate(workspace, traits="all").traits
    assert traits is not None
    assert [name for name in traits.columns if traits[name].null_count() == traits.height] == []
    shares = traits.select(pl.col("^.*_share$"))
    assert shares.width == 5
    assert all(
        0 <= low <= high <= 1
        for low, high in zip(
            *shares.select(pl.all().min()).rows(), *shares.select(pl.all().max()).rows(), strict=True
        )
    )


def test_every_segment_says_how_to_speak_and_makes_an_offer_that_exists(workspace: Workspace) -> None:
    offers = set(re.findall(r"^  - id: ([\w-]+)$", (STARTER / "brand.yaml").read_text("utf-8"), re.M))
    for segmentation in workspace.model.segmentations:
        for segment in segmentation.segments:
            assert segment.positioning is not None, segment.id
            assert set(segment.positioning) == {
                "needs",
                "barriers",
                "promise",
                "proof",
                "tone",
                "offer",
                "channels",
            }
            assert segment.positioning["offer"] in offers, segment.id


def test_every_file_names_its_schema_by_the_right_path() -> None:
    names = {"segmentry.yaml": "workspace", "brand.yaml": "brand"}
    files = [path for path in STARTER.rglob("*.yaml") if not path.name.startswith(".")]
    assert len(files) == 9
    for path in files:
        kind = "tests" if path.name.endswith(".test.yaml") else names.get(path.name, "rules")
        first = path.read_text("utf-8").splitlines()[0]
        relative = first.removeprefix("# yaml-language-server: $schema=")
        assert (path.parent / relative).resolve() == STARTER / ".segmentry" / "schema" / f"{kind}.schema.json"
