"""What `run` writes: names, columns, figures, bytes; and what is left when it can't."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from segmentry.cli import app
from segmentry.engine.outputs import folder as folders
from segmentry.engine.outputs.lock import locked
from tests.command_line import call, in_json
from tests.small_shop import FILES, make_shop

ALL = ("--traits", "--long", "--csv")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return make_shop(tmp_path / "shop")


def run(shop: Path, *options: str, code: int = 0) -> Result:
    result = CliRunner().invoke(app, ["run", "-w", str(shop), *options])
    assert result.exit_code == code, result.output
    return result


def document(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


# --- what stands in the files ---------------------------------------------------------------------


def test_memberships_have_a_row_per_customer_and_dictionary_encoded_text(shop: Path) -> None:
    run(shop)
    found = pl.read_parquet(shop / "out" / "memberships.parquet")
    assert found.columns == ["Kunden Nr", "tier", "street", "recent"]
    assert found.rows() == [(2, "small", False, False), (3, "rest", True, False), (10, "big", True, True)]
    assert found.dtypes == [pl.Int64, pl.Enum(["big", "small", "rest"]), pl.Boolean, pl.Boolean]


def test_the_long_table_is_sorted_and_counts_the_otherwise(shop: Path) -> None:
    run(shop, "--long", "--csv")
    found = pl.read_parquet(shop / "out" / "memberships_long.parquet")
    assert found.columns == ["Kunden Nr", "segmentation", "segment"]
    assert found.rows() == [
        (2, "tier", "small"),
        (3, "tier", "rest"),
        (3, "topics", "street"),
        (10, "tier", "big"),
        (10, "topics", "recent"),
        (10, "topics", "street"),
    ]
    csv = (shop / "out" / "memberships_long.csv").read_bytes()
    assert csv.startswith(b"Kunden Nr,segmentation,segment\n2,tier,small\n3,tier,rest\n")


def test_traits_are_exact_decimals_and_utc(shop: Path) -> None:
    run(shop, "--traits")
    found = pl.read_parquet(shop / "out" / "traits.parquet")
    assert found.columns[0] == "Kunden Nr"
    assert set(found.columns[1:]) == {"spend", "orders_n", "rarely", "seen", "Straße"}
    assert found["Kunden Nr"].to_list() == [2, 3, 10]
    assert found["spend"].to_list() == [Decimal("5.00"), Decimal("0.00"), Decimal("25.10")]
    assert found["spend"].dtype == pl.Decimal(38, 2)
    assert found["seen"].dtype == pl.Datetime("us", "UTC")
    assert found["seen"].to_list() == [None, None, datetime(2025, 12, 31, 23, 30, tzinfo=UTC)]


def test_sizes_shares_overlap_and_budgets(shop: Path) -> None:
    run(shop)
    found = document(shop / "out" / "segments.json")
    assert found["customers"] == 3
    big, small, rest, street, recent = found["segments"]
    assert (big["id"], big["size"], big["share"]) == ("big", 1, 1 / 3)
    assert big["share_of_value"] == {"spend": float(Decimal("25.1") / Decimal("30.1"))}
    assert [s["id"] for s in (small, rest, street, recent)] == ["small", "rest", "street", "recent"]
    assert found["overlap"]["segments"] == ["big", "small", "rest", "street", "recent"]
    assert found["overlap"]["customers"] == [
        [1, 0, 0, 1, 1],
        [0, 1, 0, 0, 0],
        [0, 0, 1, 1, 0],
        [1, 0, 1, 2, 1],
        [1, 0, 0, 1, 1],
    ]
    expected = {"at_least": 0.3, "at_most": 0.4}
    budget = {"of": "share", "expected": expected, "found": 1 / 3, "held": True}
    assert found["budgets"] == [{"segment": "big", **budget}]


def test_segments_of_two_segmentations_overlap_either_way(shop: Path) -> None:
    zone = "segmentation: zone\nassign: first_match\nsegments:\n"
    zone += "  - {id: with-street, when: {trait: Straße, known: true}}\n"
    (shop / "rules" / "zone.yaml").write_text(zone, "utf-8")
    run(shop)
    found = document(shop / "out" / "segments.json")["overlap"]
    assert found["segments"][-1] == "with-street"
    assert found["customers"][-1] == [row[-1] for row in found["customers"]] == [1, 0, 1, 2, 1, 2]


def test_the_overlaps_of_many_segments_are_given_when_asked_for(shop: Path) -> None:
    many = "".join(f"  - {{id: s{n}, when: {{trait: spend, at_least: {n}}}}}\n" for n in range(1, 97))
    topics = shop / "rules" / "many.yaml"
    topics.write_text(f"segmentation: many\nassign: every_match\nsegments:\n{many}", "utf-8")
    run(shop)
    assert document(shop / "out" / "segments.json")["overlap"] is None
    found = in_json("profile", "--overlaps", "-w", shop)["overlap"]
    sizes = {s["id"]: s["size"] for s in document(shop / "out" / "segments.json")["segments"]}
    assert list(sizes) == found["segments"]
    assert [row[n] for n, row in enumerate(found["customers"])] == list(sizes.values())
    lines = call("profile", "--overlaps", "--format", "csv", "-w", shop).stdout.splitlines()
    assert [line.split(",")[1:] for line in lines[1:]] == [list(map(str, row)) for row in found["customers"]]
    text = call("profile", "--overlaps", "-w", shop).stdout
    assert "more pairs" in text
    assert "s10" in text
    (shop / "rules" / "many.yaml").unlink()
    run(shop)
    assert document(shop / "out" / "segments.json")["overlap"]["segments"]


def test_rows_that_mostly_belong_to_nobody_are_reported(shop: Path) -> None:
    orders = shop / "data" / "orders.csv"
    orders.write_text(orders.read_text("utf-8").replace("10,2026-02", "77,2026-02"), "utf-8")
    said = run(shop, code=1).stderr  # a budget does not hold then
    assert "warning: 3 of 4 rows of `orders` belong to no customer (75%)" in said
    assert "whether `customers.Kunden Nr` lacks somebody" in said


def test_the_manifest_says_from_what_and_hashes_every_file(shop: Path) -> None:
    run(shop, *ALL)
    found = document(shop / "out" / "run.json")
    files = names(shop / "out") - {"run.json", "run.log.json", ".gitignore"}
    assert set(found["outputs"]) == files
    for name, entry in found["outputs"].items():
        assert entry["sha256"] == hashlib.sha256((shop / "out" / name).read_bytes()).hexdigest()
    rules = found["rules"]["files"]
    assert set(rules) == {"segmentry.yaml", "rules/traits.yaml", "rules/tier.yaml", "rules/topics.yaml"}
    assert rules["rules/tier.yaml"] == hashlib.sha256(FILES["rules/tier.yaml"].encode()).hexdigest()
    assert found["as_of"] == "2026-03-01T00:00:00+01:00"
    orders = found["sources"]["orders"]
    assert orders["path"] == ["data/orders.csv"]
    assert (orders["rows"], orders["size"]) == (5, len(FILES["data/orders.csv"]))
    assert orders["left_out"] == {"at_or_after_as_of": 1, "unknown_customer": 1}
    assert orders["schema"]["amount"] == "decimal(2)"
    # What depends on the day of the run is said on stderr only, so that the same inputs give the same bytes.
    assert [(n["code"], n["rows"], n["of"]) for n in found["notes"]] == [("rows-left-out", 1, 4)]


def test_the_log_says_how_long_and_where(shop: Path) -> None:
    run(shop)
    found = document(shop / "out" / "run.log.json")
    assert set(found["seconds"]) == {"plan", "evaluate", "summarise", "write"}
    assert found["engine"] == "polars"
    assert found["machine"]["processors"] >= 1


def test_approximate_traits_are_named(shop: Path) -> None:
    traits = "traits:\n  - {id: spend, std: orders.amount}\n  - {id: orders_n, count: orders}\n"
    run(make_shop(shop, traits=traits), code=1)  # `big` is empty now
    assert document(shop / "out" / "run.json")["approximate_traits"] == ["spend"]


def test_an_id_that_only_does_not_know_is_met_with_the_nearest(shop: Path) -> None:
    assert "did you mean `street`?" in run(shop, "--only", "streat", code=2).stderr


def test_only_brings_the_segmentation_of_a_first_match_and_the_one_segment_of_another(shop: Path) -> None:
    run(shop, "--only", "small", "street")
    run(shop, "street", code=2)
    run(shop, "--only", "small", "--only", "street")
    assert pl.read_parquet(shop / "out" / "memberships.parquet").columns == ["Kunden Nr", "tier", "street"]


# --- bytes ----------------------------------------------------------------------------------------


def test_the_same_inputs_give_the_same_bytes(shop: Path, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    run(shop, *ALL, "-o", str(one))
    run(shop, *ALL, "-o", str(two))
    assert names(one) == names(two)
    for name in names(one) - {"run.log.json"}:
        assert (one / name).read_bytes() == (two / name).read_bytes(), name


def test_windows_line_ends_change_nothing_but_the_hashes(shop: Path, tmp_path: Path) -> None:
    other = make_shop(tmp_path / "other", newline="\r\n")
    run(shop, *ALL)
    run(other, *ALL)
    for name in ("memberships.parquet", "memberships_long.csv", "traits.parquet", "segments.json"):
        assert (shop / "out" / name).read_bytes() == (other / "out" / name).read_bytes(), name


# --- the folder -----------------------------------------------------------------------------------


def test_leftovers_of_earlier_options_go_and_other_files_stay(shop: Path) -> None:
    run(shop, *ALL)
    (shop / "out" / "notes.txt").write_text("mine", "utf-8")
    run(shop)
    assert names(shop / "out") == {
        "memberships.parquet",
        "segments.json",
        "run.json",
        "run.log.json",
        ".gitignore",
        "notes.txt",
    }


@pytest.mark.parametrize(
    ("customers", "sizes"),
    [("Kunden Nr,Straße,seen\n", [0, 0, 0, 0, 0]), ("Kunden Nr,Straße,seen\n10,,\n", [1, 0, 0, 0, 0])],
)
def test_no_customer_and_one_customer(shop: Path, customers: str, sizes: list[int]) -> None:
    run(make_shop(shop, customers=customers), *ALL, code=1)  # the budget of `big` can't hold
    found = document(shop / "out" / "segments.json")
    assert [segment["size"] for segment in found["segments"]] == sizes
    assert pl.read_parquet(shop / "out" / "memberships.parquet").height == max(sizes)


def test_a_source_without_rows(shop: Path) -> None:
    run(make_shop(shop, orders="Kunden Nr,at,amount\n"), *ALL, code=1)
    found = document(shop / "out" / "segments.json")
    assert found["segments"][0]["size"] == 0
    assert found["segments"][0]["share_of_value"] == {"spend": None}


def test_a_broken_budget_is_reported_and_the_outputs_are_written(shop: Path) -> None:
    tier = FILES["rules/tier.yaml"].replace("at_least: 0.3,", "at_least: 0.34,")
    result = run(make_shop(shop, tier=tier), code=1)
    assert "error[budget]" in result.stderr
    assert "rules/tier.yaml:6:9" in result.stderr  # the id of the segment
    assert document(shop / "out" / "segments.json")["budgets"][0]["held"] is False
    assert (shop / "out" / "run.json").is_file()


def test_a_budget_holds_at_its_exact_bound(shop: Path) -> None:
    customers = "Kunden Nr,Straße,seen\n" + "".join(f"{n},,\n" for n in range(10, 20))
    tier = FILES["rules/tier.yaml"].replace("at_least: 0.3, at_most: 0.4", "at_least: 0.1, at_most: 0.1")
    run(make_shop(shop, customers=customers, tier=tier))


@pytest.mark.parametrize("output", ["data/orders.csv", "data/orders.csv/deeper"])
def test_an_unwritable_folder_is_found_before_reading(shop: Path, output: str) -> None:
    (shop / "data" / "customers.csv").unlink()  # reading would end in 4
    result = run(shop, "-o", str(shop / output), code=2)
    assert "can't be written" in result.stderr


@pytest.mark.parametrize("glob", ["data/orders.csv", "data/ord*.csv", "data/**/*.csv"])
def test_the_folder_of_a_source_is_no_output_folder(shop: Path, glob: str) -> None:
    make_shop(shop, segmentry=FILES["segmentry.yaml"].replace("data/orders.csv", glob))
    (shop / "data" / "customers.csv").rename(shop / "customers.csv")  # reading would end in 4
    before = names(shop / "data")
    result = run(shop, "-o", str(shop / "data"), code=2)
    assert "`orders`" in result.stderr or "`customers`" in result.stderr
    yaml = (shop / "segmentry.yaml").read_text("utf-8").replace("version: 1", "version: 1\noutput: data")
    (shop / "segmentry.yaml").write_text(yaml, "utf-8")
    run(shop, code=2)
    assert names(shop / "data") == before


def test_below_a_recursive_glob_nothing_is_written(shop: Path) -> None:
    make_shop(shop, segmentry=FILES["segmentry.yaml"].replace("data/orders.csv", "data/**/orders.csv"))
    run(shop, "-o", str(shop / "data" / "deeper"), code=2)
    assert not (shop / "data" / "deeper").exists()
    run(shop, "-o", str(shop / "results"))


def test_outputs_elsewhere_are_kept_out_of_the_repository_and_cleaned(shop: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    for folder in (shop / "results" / "today", tmp_path / "far", kept):
        run(shop, "-o", str(folder))
    assert (shop / "results" / "today" / ".gitignore").read_text("utf-8") == "*\n"
    assert (tmp_path / "far" / ".gitignore").is_file()
    assert not (kept / ".gitignore").exists()  # a folder of somebody else's making
    (kept / "notes.txt").write_text("mine", "utf-8")
    result = CliRunner().invoke(app, ["clean", "-w", str(shop)])
    assert result.exit_code == 0
    assert "results/today/run.json" in result.output
    assert not (shop / "results" / "today").exists()
    assert not (tmp_path / "far").exists()
    assert names(kept) == {"notes.txt"}


def test_a_folder_in_the_place_of_a_file_is_found_before_reading(shop: Path) -> None:
    (shop / "out" / "run.json").mkdir(parents=True)
    run(shop, code=2)
    assert names(shop / "out") == {"run.json"}


def test_data_that_is_named_like_an_output_stays(shop: Path) -> None:
    (shop / "data" / "orders.csv").rename(shop / "data" / "memberships_long.csv")
    make_shop(shop, segmentry=FILES["segmentry.yaml"].replace("orders.csv", "memberships_long.csv"))
    before = (shop / "data" / "memberships_long.csv").read_bytes()
    run(shop, "-o", str(shop / "data"), code=2)
    result = CliRunner().invoke(app, ["clean", "-w", str(shop), "-o", str(shop / "data")])
    assert result.exit_code == 2
    assert (shop / "data" / "memberships_long.csv").read_bytes() == before


def test_a_link_in_the_folder_leads_nowhere(shop: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.json"
    elsewhere.write_text("mine", "utf-8")
    (shop / "out").mkdir()
    (shop / "out" / "segments.json").symlink_to(elsewhere)
    run(shop)
    assert elsewhere.read_text("utf-8") == "mine"
    assert not (shop / "out" / "segments.json").is_symlink()


def test_a_data_error_leaves_no_folder_and_old_outputs_as_they_were(shop: Path) -> None:
    bad = make_shop(shop, orders="Kunden Nr,at,amount\n10,yesterday,1\n")
    run(bad, code=4)
    assert not (shop / "out").exists()
    run(make_shop(shop))
    before = {path.name: path.read_bytes() for path in (shop / "out").iterdir()}
    run(make_shop(shop, orders="Kunden Nr,at,amount\n10,yesterday,1\n"), code=4)
    assert {path.name: path.read_bytes() for path in (shop / "out").iterdir()} == before


def test_a_full_disk_leaves_old_outputs_as_they_were(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(shop)
    before = {path.name: path.read_bytes() for path in (shop / "out").iterdir()}

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folders.OutputFolder, "staged", full)
    result = run(shop, code=2)
    assert "no space on" in result.stderr
    assert {path.name: path.read_bytes() for path in (shop / "out").iterdir()} == before


def test_the_manifest_comes_last(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named: list[str] = []
    replace = Path.replace

    def note(self: Path, target: Path) -> Path:
        if target.parent == shop / "out":
            named.append(target.name)
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", note)
    run(shop, *ALL)
    of_people = {"identity.parquet", "identity.json"}
    assert set(named) == {*folders.OUTPUT_FILES, ".publishing"} - of_people
    assert named[-1] == "run.json"


# --- one run at a time ----------------------------------------------------------------------------


def test_a_second_run_is_kept_out(shop: Path) -> None:
    (shop / "out").mkdir()
    with locked(shop / "out"):
        result = run(shop, code=7)
        cleaned = CliRunner().invoke(app, ["clean", "-w", str(shop)])
    assert f"process {os.getpid()}" in result.stderr
    assert cleaned.exit_code == 7
    run(shop)


_DIE = """
import os, sys
from segmentry import cli
import time
from segmentry.engine.outputs import run, tables
def killed(*_):
    os.kill(os.getpid(), {signal})
    time.sleep(5)
{where} = killed
sys.argv = ["segmentry", "run", "-w", sys.argv[1]]
cli.main()
"""


def test_a_killed_run_leaves_a_lock_that_the_next_one_takes(shop: Path) -> None:
    run(shop)
    before = {path.name: path.read_bytes() for path in (shop / "out").iterdir()}
    assert _dies(shop, signal.SIGKILL, "run.summarise") == -signal.SIGKILL
    left = names(shop / "out")
    assert ".lock" in left
    assert {name: (shop / "out" / name).read_bytes() for name in before} == before
    run(shop)
    assert names(shop / "out") == set(before)


def test_an_interrupted_run_ends_with_130_and_leaves_nothing(shop: Path) -> None:
    assert _dies(shop, signal.SIGINT, "tables.write_table") == 130
    assert not (shop / "out").exists()


def _dies(shop: Path, signal_: signal.Signals, where: str) -> int:
    code = _DIE.format(signal=int(signal_), where=where)
    done = subprocess.run([sys.executable, "-c", code, shop], capture_output=True, timeout=60, check=False)
    assert b"Traceback" not in done.stderr, done.stderr
    return done.returncode
