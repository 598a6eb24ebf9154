"""Memory as it is planned: what is said of it, the bound, and what becomes of a run that does not fit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from segmentry.engine import Workspace
from segmentry.engine.backends.polars import needs
from segmentry.engine.backends.polars.dense.choice import SWITCH
from segmentry.engine.backends.polars.needs import Need, need_of, planned_memory
from segmentry.engine.diagnostics import memory
from segmentry.engine.diagnostics.errors import UsageError
from segmentry.engine.diagnostics.memory import free_memory, parse_size, size_words
from segmentry.engine.language.expr import Field
from segmentry.engine.language.types import BOOLEAN
from tests.command_line import call, in_json
from tests.parts_at_hand import needs_module
from tests.test_ranges import ranked_shop

GB = 10**9


@pytest.fixture
def large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shop that is taken for one of ten million customers and a hundred million orders, without kernels."""
    from segmentry.engine.sources.read import SourceReader

    monkeypatch.setenv(SWITCH, "off")
    rows = {"customers": 10_000_000, "orders": 100_000_000, "friends": 1000}

    def rows_about(reader: SourceReader) -> int:
        return rows[reader.source.name]

    monkeypatch.setattr(SourceReader, "rows_about", rows_about)
    monkeypatch.setattr(SourceReader, "bytes", property(lambda _: GB))
    monkeypatch.setattr(needs, "free_memory", lambda: 16 * GB)
    return ranked_shop(tmp_path)


@pytest.mark.parametrize(
    ("written", "size"),
    [("4GB", 4 * GB), ("4 gb", 4 * GB), ("1.5GiB", 3 * 2**29), ("500M", 500_000_000), ("2048", 2048)],
)
def test_sizes_are_read_as_people_write_them(written: str, size: int) -> None:
    assert parse_size(written) == size
    assert parse_size(size_words(size)) > 0


@pytest.mark.parametrize("written", ["", "much", "4XB", "-1GB", "0", "4GB more"])
def test_what_is_no_size_is_refused(tmp_path: Path, written: str) -> None:
    with pytest.raises(UsageError, match="is no size of memory"):
        parse_size(written)


def test_the_limit_of_a_container_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if free_memory() is None:
        pytest.skip("this system does not say what is free")
    group = tmp_path / "service"
    group.mkdir()
    for name, text in (
        ("memory.max", "300000000"),
        ("memory.current", "100000000"),
        ("memory.stat", "anon 5\ninactive_file 20000000\n"),
    ):
        (group / name).write_text(text, encoding="ascii")
    monkeypatch.setattr(memory, "_GROUPS", tmp_path)
    monkeypatch.setattr(memory, "_OWN_GROUPS", _written(tmp_path / "cgroup", "0::/service\n"))
    assert free_memory() == 220_000_000
    (group / "memory.max").write_text("max\n", encoding="ascii")
    free = free_memory()
    assert free is None or free > 220_000_000


def _written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="ascii")
    return path


def test_a_plan_says_memory_passes_and_ways(large: Path) -> None:
    found: dict[str, Any] = in_json("run", "--plan", "--memory", "4GB", "-w", large)
    planned = found["memory"]
    assert planned["budget"] == 4 * GB
    assert planned["given"]
    assert planned["ranges"] > 1
    assert planned["need"] <= planned["budget"] < planned["at_once"]
    assert {source["passes"] for source in found["sources"]} == {planned["ranges"] + 1}
    reasons = {reason for said in found["no_kernel"].values() for reason in said.values()}
    assert reasons == {"SEGMENTRY_KERNELS is off"}
    said = call("run", "--plan", "--memory", "4GB", "-w", large).stdout
    assert f"customers come in {planned['ranges']} ranges" in said
    assert "below 4.0 GB (as --memory says)" in said
    assert "in one pass for each range, without kernels (SEGMENTRY_KERNELS is off):" in said


def test_more_memory_takes_fewer_ranges(large: Path) -> None:
    ranges = [
        in_json("run", "--plan", "--memory", f"{size}GB", "-w", large)["memory"]["ranges"]
        for size in (3, 6, 12, 100)
    ]
    assert ranges == sorted(ranges, reverse=True)
    assert len(set(ranges)) == 4
    assert ranges[-1] == 1


@pytest.mark.parametrize("command", [["run"], ["run", "--plan"], ["preview"], ["profile"]])
def test_what_does_not_fit_does_not_begin(
    large: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.setattr(pl, "collect_all", None)
    said = call(*command, "--memory", "900MB", "-w", large, code=2).stderr
    assert said.startswith("error: this needs at least ")
    assert "and --memory says 900 MB; give it more" in said
    # A profile holds the columns of all traits, to which kernels make no difference.
    for words in ("by kernels it would be ", 'pip install "segmentry[fast]"'):
        assert (words in said) == (command != ["profile"])


def test_kernels_are_no_advice_where_they_need_more(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("id\na\n", "utf-8")
    (tmp_path / "orders.csv").write_text("who,n\na,1\n", "utf-8")
    (tmp_path / "rules").mkdir()
    (tmp_path / "segmentry.yaml").write_text(
        "version: 1\nsources:\n  people: {path: people.csv, key: id}\n  orders:\n    path: orders.csv\n"
        "    customer: who\n    columns: {n: {type: integer}}\n",
        "utf-8",
    )
    (tmp_path / "rules" / "r.yaml").write_text(
        "segmentation: s\nassign: every_match\nsegments: [{id: some, when: {did: orders}}]\n", "utf-8"
    )
    said = call("run", "--memory", "1MB", "-w", tmp_path, code=2).stderr
    assert said.startswith("error: this needs at least ")
    assert "kernels" not in said


def test_without_a_bound_what_is_free_is_the_bound(large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not in_json("run", "--plan", "-w", large)["memory"]["given"]
    monkeypatch.setattr(needs, "free_memory", lambda: GB // 4)
    said = call("run", "-w", large, code=2).stderr
    assert " are free; give it more" in said


def test_a_small_run_fits_wherever_it_has_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(needs, "free_memory", lambda: 20_000_000)
    call("run", "-w", ranked_shop(tmp_path))


def test_kernels_and_what_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    needs_module("numba")
    monkeypatch.setenv(SWITCH, "on")
    found = in_json("run", "--plan", "--traits", "-w", ranked_shop(tmp_path))
    without = found["no_kernel"]["orders"]
    assert without["std of whole"] == "std has none for a number"
    assert without["rows followed by orders"] == "sequences have none"
    assert "sum of money" in found["aggregates"]["orders"]
    assert "sum of money" not in without
    monkeypatch.delenv(SWITCH)
    reasons = in_json("run", "--plan", "-w", tmp_path)["no_kernel"]["orders"].values()
    assert set(reasons) == {"they pay from 3,000,000 rows on"}


def test_an_unneeded_trait_needs_nothing(large: Path) -> None:
    workspace = Workspace.load(large)
    plan = workspace.plan()
    few = need_of(plan, workspace.readers, {"top": Field("m:top", BOOLEAN)})
    more = need_of(
        plan, workspace.readers, {name: Field(f"t:{name}", kind) for name, kind in plan.traits.items()}
    )
    assert few.reading < more.reading
    assert planned_memory(plan, workspace.readers, {"top": Field("m:top", BOOLEAN)}, 100 * GB).ranges == 1


def test_a_range_needs_its_share() -> None:
    need = Need(program=100, stream=50, reading=1000, computing=900, kept=20, ending=60)
    assert need.of(1) == 1150
    assert need.of(4) == 100 + 20 + 50 + 300
    assert need.of(64) < need.of(4)
