"""The benchmark: its contenders agree in every form, and its page says what was measured."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import polars as pl
import pytest
from typer.testing import CliRunner

from bench import data, duck, equal, expert, naive, report, tables, workspace
from bench import traits as finished
from bench.__main__ import main
from bench.chart import chart
from bench.form import Form, Job
from bench.goals import GOALS
from bench.library import edit
from bench.page import page
from bench.pipeline import FORMS
from bench.pipeline import HAND as HAND_MODULES
from bench.results import Line, Machine, Results, Row
from bench.rules import PEERS
from bench.setting import SIZES, by_hand
from segmentry.cli import app
from segmentry.engine import evaluate

SIZE = data.Size(2_000, 20_000, 20_000)
SEGMENTS = 100
HAND: dict[str, Callable[[Job], None]] = {"naive": naive.run, "expert": expert.run, "duckdb": duck.run}
TOGETHER = Form(zone="Europe/Berlin", keys="text", files="csv", median=False)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the data of all forms lie."""
    return tmp_path_factory.mktemp("bench")


def memberships(job: Job, folder: Path) -> Path:
    """Segmentry's, as the file that the others write."""
    workspace.write(folder, job.data, job.segments, job.form)
    if job.form.layout == "prepared":
        done = CliRunner().invoke(app, ["prepare", "--all", "-w", str(folder)])
        assert done.exit_code == 0, done.output
    evaluate(folder).memberships.write_parquet(job.result)
    return job.result


def assert_all_equal(source: Path, form: Form, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = {name: Job(source, folder / name, SEGMENTS, form) for name in (*HAND, "on", "off")}
    for name, run in HAND.items():
        run(jobs[name])
    for switch in ("on", "off"):
        monkeypatch.setenv("SEGMENTRY_KERNELS", switch)
        memberships(jobs[switch], folder / "workspace")
    first = str(jobs["naive"].result)
    assert pl.read_parquet(first).width > SEGMENTS - 30
    for name, job in jobs.items():
        assert (name, equal.differences(first, str(job.result))) == (name, [])


@pytest.mark.parametrize("form", [Form(), *FORMS, TOGETHER], ids=lambda form: form.name)
def test_contenders_agree(form: Form, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = data.prepare(made, SIZE, form.data)
    assert_all_equal(source, form, tmp_path, monkeypatch)
    assert Form.of(form.words()) == form


def test_contenders_agree_on_rules_alone(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = data.prepare(made, SIZE, Form())
    monkeypatch.setattr("sys.argv", ["traits", str(source), str(tmp_path / "traits.parquet")])
    finished.main()
    assert_all_equal(tmp_path / "traits.parquet", Form(rules=True), tmp_path, monkeypatch)


def test_one_other_answer_is_noticed(tmp_path: Path) -> None:
    one, other = (str(tmp_path / name) for name in ("one", "other"))
    frame = pl.DataFrame({"customer_id": [1, 2, 3], "a": [True, False, False]})
    frame.write_parquet(one)
    frame.with_columns(a=pl.col("customer_id") <= 2).write_parquet(other)
    assert equal.differences(one, one) == []
    assert equal.differences(one, other) == ["a: 1 customers differ"]
    frame.head(2).write_parquet(other)
    assert equal.differences(one, other) == ["the customers differ: 3 and 2"]
    assert equal.differences(one, other, sample=True) == []
    frame.head(0).write_parquet(other)
    assert equal.differences(one, other, sample=True) == ["the customers differ: 0 and 0"]


@pytest.mark.parametrize("files", ["parquet", "csv", "ndjson"])
@pytest.mark.parametrize("keys", ["integer", "text"])
def test_data_take_no_more_room_than_is_said(files: str, keys: str, made: Path) -> None:
    form = Form(files=files, keys=keys)
    folder = data.prepare(made, SIZE, form)
    taken = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    assert taken <= data.needed(SIZE, form) <= 2 * taken


def test_a_full_disk_is_told_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nearly_full(_: Path) -> SimpleNamespace:
        return SimpleNamespace(free=1_000_000)

    monkeypatch.setattr(shutil, "disk_usage", nearly_full)
    with pytest.raises(OSError, match=r"needs .* GB below .*: choose a smaller --size"):
        data.prepare(tmp_path, data.Size.of(SIZES["small"]), Form())
    assert list(tmp_path.rglob("*.parquet")) == []


def test_an_edit_changes_one_threshold(made: Path, tmp_path: Path) -> None:
    folder = workspace.write(tmp_path, data.prepare(made, SIZE, Form()), SEGMENTS, Form())
    before = {file.name: file.read_text("utf-8") for file in (folder / "rules").iterdir()}
    edit(folder)
    after = {file.name: file.read_text("utf-8") for file in (folder / "rules").iterdir()}
    (changed,) = (name for name in before if before[name] != after[name])
    lines = zip(before[changed].splitlines(), after[changed].splitlines(), strict=True)
    assert sum(old != new for old, new in lines) == 1


def test_the_needed_columns_are_those_of_the_tables() -> None:
    assert {name: set(columns) - tables.TABLES[name].keys() for name, columns in tables.NEEDED.items()} == {
        "customers": set(),
        "orders": set(),
        "events": set(),
    }


# --- the page -------------------------------------------------------------------------------------


def line(own: float, size: str = SIZES["full"]) -> Line:
    rows = {
        "naive": Row(2.0, 4.0, 100.0, (1.0, 1.0, 1.0), (1.0, 1.0, 1.0)),
        "segmentry": Row(2.0 * own, 4.0 * own, 50.0, (own - 0.1, own, own + 0.1), (own, own, own)),
    }
    return Line("pipeline", "as given", size, 100, 3, rows)


def results(*lines: Line) -> Results:
    machine = Machine("python -m bench", "2026-11-01", "A processor", 2, 24, "Linux", {"polars": "2.1.0"})
    return Results([machine], list(lines))


def goal_row(kept: Results) -> str:
    return next(row for row in page(kept).splitlines() if row.startswith("| Whole pipeline, 100 segments"))


def test_the_page_and_its_chart_say_what_was_measured() -> None:
    kept = Results.load(report.KEPT)
    assert kept.lines
    why = "write them anew: python -m bench page"
    assert report.PAGE.read_text("utf-8") == page(kept), why
    assert report.CHART.read_text("utf-8") == chart(kept), why
    assert report.KEPT.read_text("utf-8") == kept.dump()


def test_a_goal_is_met_by_its_own_size_alone() -> None:
    assert goal_row(results(line(0.40))).endswith("| 0.45 × naive | 0.40 × naive | 0.40 | met |")
    assert goal_row(results(line(0.50))).endswith("| 0.50 × naive | 0.50 | **not met** |")
    assert goal_row(results(line(0.40, SIZES["small"]))).endswith(
        "| open: with 100k customers, 1M orders, 1M events only |"
    )
    assert goal_row(results(line(0.40, SIZES["small"]), line(0.50))).endswith("| **not met** |")
    assert len({goal.what for goal in GOALS}) == len(GOALS)


def test_what_bounds_a_goal_that_is_not_met_is_shown() -> None:
    stages = {
        "engine/sources": Row(1.0, 3.0, cpu_x=(0.75, 0.75, 0.75)),
        "loading the program": Row(1.0, 1.0, cpu_x=(0.25, 0.25, 0.25)),
    }
    profile = Line("profile", "the whole pipeline", SIZES["full"], 100, 1, stages)
    said = "- the whole pipeline: `engine/sources` 75 %, loading the program 25 % of the CPU time"
    assert said in page(results(line(0.50), profile))
    assert said not in page(results(line(0.40), profile))


def test_the_same_line_takes_the_place_of_the_older_one(tmp_path: Path) -> None:
    kept = results(line(0.40), line(0.50, SIZES["small"]))
    kept.runs.append(replace(kept.runs[0], date="2026-12-01"))
    kept.add(replace(line(0.60), run=1))
    kept.add(replace(line(0.70, SIZES["small"]), run=1))
    kept.forget_unused_runs()
    assert [run.date for run in kept.runs] == ["2026-12-01"]
    assert [(x.size, x.run, x.rows["segmentry"].wall) for x in kept.lines] == [
        (SIZES["full"], 0, 1.2),
        (SIZES["small"], 0, 1.4),
    ]
    file = tmp_path / "results.json"
    file.write_text(kept.dump(), "utf-8")
    assert Results.load(file).dump() == kept.dump()


def test_the_chart_can_be_read_without_seeing_it_and_in_the_dark() -> None:
    drawn = chart(results(line(0.40), replace(line(0.90), name="CSV")))
    root = ElementTree.fromstring(drawn)
    space = {"svg": "http://www.w3.org/2000/svg"}
    named = [root.find(f"svg:{name}", space) for name in ("title", "desc")]
    assert [part is not None and part.get("id") for part in named] == ["title", "desc"]
    assert root.get("aria-labelledby") == "title desc"
    assert "as given (10M orders): Segmentry 0.40; CSV (10M orders): Segmentry 0.90" in drawn
    assert "prefers-color-scheme: dark" in drawn
    bars = [float(bar.get("width", "0")) for bar in root.iterfind("svg:rect[@class='segmentry']", space)]
    assert bars[1:] == [pytest.approx(bars[2] * 4 / 9, abs=0.1), bars[2]]  # the first is the legend's


# --- the whole ------------------------------------------------------------------------------------


@pytest.mark.slow
def test_every_part_is_measured_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for name in ("KEPT", "PAGE", "CHART"):
        monkeypatch.setattr(report, name, tmp_path / name)
    small = ["--size", "1000x10000x10000", "--rounds", "1", "--rules", "20", "--sample", "50"]
    small += ["--contenders", "naive,segmentry"]
    assert main([*small, "--cache", str(tmp_path / "cache"), "--report"]) == 0, capfd.readouterr().err
    kept = Results.load(tmp_path / "KEPT")
    parts = {(one.part, one.name): one for one in kept.lines}
    assert len(parts) == len(kept.lines) == 17
    named = {one.name for one in kept.lines if one.part == "pipeline"}
    assert named == {form.name for form in (Form(), *FORMS)}
    for one in kept.lines:
        for name, row in one.rows.items():
            assert row.cpu or row.note == "not installed", (one.key, name)
    assert set(parts["peers", "one customer at a time"].rows) == {"naive", *PEERS}
    assert "--cache" not in kept.runs[0].command
    assert "**Run 1**" in (tmp_path / "PAGE").read_text("utf-8")
    left = {folder.name for folder in (tmp_path / "cache" / "data").iterdir()}
    assert left == {"1000x10000x10000-UTC-integer-parquet-as-written"}, "those of other forms are taken away"


def test_nothing_is_measured_where_outputs_differ(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def with_one_segment_less(module: str, job: Job) -> list[str]:
        less = job.segments - (module == HAND_MODULES["expert"])
        return by_hand(module, replace(job, segments=less))

    monkeypatch.setattr("bench.pipeline.by_hand", with_one_segment_less)
    small = ["--size", "1000x10000x10000", "--contenders", "naive,expert", "--cache", str(tmp_path)]
    assert main(["pipeline", *small]) == 1
    said = capfd.readouterr()
    assert "columns: ['campaign-" in said.err
    assert "CPU" not in said.out
