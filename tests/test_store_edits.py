"""A thousand random edits: with the column store every evaluation gives what one without it does."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from segmentry.engine import Workspace
from segmentry.engine.answers.explain import explain_customer, waterfall
from segmentry.engine.answers.preview import preview_workspace
from segmentry.engine.backends.polars.dense.choice import SWITCH
from segmentry.engine.diagnostics.errors import SegmentryError
from segmentry.engine.diff.compare import DiffOptions, compare
from segmentry.engine.store import identity
from segmentry.engine.store.columns import KeptColumns
from tests.store_edits import Edits, Outcome, differences, outcome


@pytest.fixture(autouse=True)
def taken(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How many columns came from the store; files count at once, however new they are."""
    found: Counter[str] = Counter()
    original = KeptColumns.take

    def take(self: KeptColumns, names: Any) -> Any:
        columns = original(self, names)
        found["columns"] += len(columns)
        return columns

    monkeypatch.setattr(identity, "SETTLED", 0)
    monkeypatch.setattr(KeptColumns, "take", take)
    return found


def hold_together(folder: Path, seed: int, edits: int) -> Edits:
    """Edit a workspace so many times; after each the two evaluations have to be one."""
    shop = Edits(folder, seed)
    for number in range(edits):
        edit = shop.edit() if number else "the start"
        wanted = outcome(shop.folder, shop.as_of, "off")
        found = outcome(shop.folder, shop.as_of, "on")
        assert list(differences(found, wanted)) == [], f"seed {seed}, edit {number}: {edit}"
        if number % 4 == 0:
            answers_agree(shop, wanted)
        if isinstance(wanted, str) and shop.random.random() < 0.8:
            shop.undo()
    return shop


def answers_agree(shop: Edits, wanted: Outcome) -> None:
    """What commands say of one segment and one customer."""
    if isinstance(wanted, str) or not wanted.memberships.height:
        return
    draw = random.Random(len(shop.done))
    customer = str(draw.choice(wanted.memberships[wanted.plan.key].to_list()))
    segment = draw.choice([s.id for sg in wanted.plan.segmentations for s in sg.segments])
    calls: list[Callable[[Workspace], Any]] = [
        lambda w: preview_workspace(w, as_of=shop.as_of).document(),
        lambda w: waterfall(w, segment, shop.as_of),
        lambda w: explain_customer(w, customer, as_of=shop.as_of),
    ]
    for call in calls:
        assert said(shop.folder, "on", call) == said(shop.folder, "off", call)


def said(folder: Path, cache: Any, call: Callable[[Workspace], Any]) -> str:
    try:
        return repr(call(Workspace(folder, cache=cache)))
    except SegmentryError as error:
        return f"{type(error).__name__}: {error}"


@pytest.mark.parametrize("seed", [3, 17])
def test_edits_give_what_a_fresh_evaluation_does(tmp_path: Path, taken: Counter[str], seed: int) -> None:
    hold_together(tmp_path, seed, 30)
    assert taken["columns"] > 20


def test_edits_agree_with_kernels_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SWITCH, "on")
    hold_together(tmp_path, 5, 8)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1000, 1040))
def test_a_thousand_edits_give_what_fresh_evaluations_do(
    tmp_path: Path, taken: Counter[str], monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setenv(SWITCH, "on" if seed % 4 == 0 else "off")
    hold_together(tmp_path, seed, 25)
    assert taken["columns"] > 0


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_diff_tells_the_same_with_the_store(tmp_path: Path, taken: Counter[str], seed: int) -> None:
    shop = Edits(tmp_path / "head", seed)
    shutil.copytree(tmp_path / "head", tmp_path / "base")
    for _ in range(6):
        shop.edit()
        calls = [diffed(tmp_path, shop, cache) for cache in ("off", "on", "on")]
        assert calls[1] == calls[0]
        assert calls[2] == calls[0]
        if calls[0].startswith("Error"):
            shop.undo()
    assert taken["columns"] > 0


def diffed(folder: Path, shop: Edits, cache: Any) -> str:
    options = DiffOptions(data=folder / "head", as_of=shop.as_of, ids=3)
    try:
        found = compare(Workspace(folder / "head", cache=cache), str(folder / "base"), None, options)
    except SegmentryError as error:
        return f"Error: {error}"
    return repr(replace(found, customers=found.customers))
