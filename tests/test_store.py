"""The column store at its doors: when it gives, what it never holds, and that it is never in the way."""

from __future__ import annotations

import errno
import json
import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from segmentry.engine import Workspace, evaluate
from segmentry.engine.answers.evaluation import Result
from segmentry.engine.backends.polars.evaluate import Evaluation
from segmentry.engine.store import columns, fingerprints, groups, identity
from segmentry.engine.store.folder import CACHE_FOLDER, ColumnCache
from tests.command_line import call, in_json
from tests.faults import faults
from tests.small_shop import FILES, make_shop
from tests.store_edits import differences


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files count at once, however new they are."""
    monkeypatch.setattr(identity, "SETTLED", 0)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return make_shop(tmp_path / "shop")


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What each evaluation takes from rows."""
    found: list[list[str]] = []
    original = Evaluation._collected  # pyright: ignore[reportPrivateUsage]

    def collected(self: Evaluation, needed: Any) -> pl.DataFrame:
        found.append(sorted(needed))
        return original(self, needed)

    monkeypatch.setattr(Evaluation, "_collected", collected)
    return found


def files(shop: Path) -> list[Path]:
    return sorted((shop / CACHE_FOLDER).glob("*.columns"))


def evaluated(shop: Path, cache: Any = "on", **options: Any) -> Result:
    return evaluate(Workspace(shop, cache=cache), traits="all", drafts=True, **options)


def fresh_process() -> None:
    """Forget what is in memory, as another process does not know it."""
    columns._cache_in.cache_clear()  # pyright: ignore[reportPrivateUsage]


def edit(shop: Path, file: str, old: str, new: str) -> None:
    text = (shop / file).read_text("utf-8")
    assert old in text
    (shop / file).write_text(text.replace(old, new), "utf-8")


def agrees(shop: Path, **options: Any) -> None:
    assert list(differences(evaluated(shop, **options), evaluated(shop, "off", **options))) == []


# --- when it gives ----------------------------------------------------------------------------------


@pytest.mark.parametrize("forget", [False, True])
def test_what_is_there_is_not_taken_from_rows_again(shop: Path, reads: list[list[str]], forget: bool) -> None:
    first = evaluated(shop)
    if forget:
        fresh_process()
    again = evaluated(shop)
    assert len(reads) == 1
    assert list(differences(again, first)) == []


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("rules/tier.yaml", "at_least: 20", "at_least: 6"),
        ("rules/tier.yaml", "at_least: 20", "more_than: 20"),
        ("rules/tier.yaml", "id: big", "id: large"),
        ("rules/traits.yaml", "id: rarely", "id: seldom"),
        ("rules/topics.yaml", "status: draft", "status: live"),
        ("segmentry.yaml", "name: Käse & Brot", "name: Bread"),
    ],
)
def test_an_edited_rule_reads_no_row(
    shop: Path, reads: list[list[str]], file: str, old: str, new: str
) -> None:
    edit(shop, "rules/topics.yaml", "{segment: big}", "{trait: spend, more_than: 1}")
    evaluated(shop)
    edit(shop, file, old, new)
    agrees(shop)
    assert len(reads) == 2  # the first one, and the one without the store


def test_a_renamed_trait_is_not_computed_again(shop: Path) -> None:
    plan = Workspace(shop).plan()
    edit(shop, "rules/traits.yaml", "id: spend", "id: money")
    edit(shop, "rules/tier.yaml", "trait: spend", "trait: money")
    workspace = Workspace(shop)
    names = dict.fromkeys(workspace.readers, "x")
    old = fingerprints.Fingerprints(plan, names, "polars")
    new = fingerprints.Fingerprints(workspace.plan(), names, "polars")
    assert old.of("t:spend") == new.of("t:money") is not None
    assert old.of("m:big") == new.of("m:big") != new.of("m:small")


def _replaced(shop: Path) -> None:
    """Another file of the same size, whose time of change is that of the one before."""
    path = shop / "data/orders.csv"
    before = path.stat()
    other = path.with_name("other.csv")
    other.write_bytes(path.read_bytes().replace(b"10.10", b"90.10"))
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.replace(path)


def _written_over(shop: Path) -> None:
    path = shop / "data/orders.csv"
    before = path.stat()
    path.write_bytes(path.read_bytes().replace(b"10.10", b"90.10"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def _customers(shop: Path) -> None:
    edit(shop, "data/customers.csv", "3,Gasse 3,", "3,,2026-01-02")


def _more(shop: Path) -> None:
    with (shop / "data/orders.csv").open("a", encoding="utf-8") as file:
        file.write("3,2026-02-03 10:00,7\n")


def _places(shop: Path) -> None:
    edit(shop, "segmentry.yaml", "scale: 2", "scale: 3")


def _filter(shop: Path) -> None:
    edit(shop, "segmentry.yaml", "time: at\n", "time: at\n    where: {column: amount, more_than: 6}\n")


def _zone(shop: Path) -> None:
    edit(shop, "segmentry.yaml", "Europe/Berlin", "America/New_York")


def _day(shop: Path) -> None:
    edit(shop, "segmentry.yaml", "2026-03-01", "2026-02-02")


def _window(shop: Path) -> None:
    edit(shop, "rules/traits.yaml", "count: orders}", "count: orders, within_last: 4 weeks}")


@pytest.mark.parametrize(
    "change", [_replaced, _written_over, _customers, _more, _places, _filter, _zone, _day, _window]
)
def test_whatever_could_change_a_value_is_seen(
    shop: Path, reads: list[list[str]], change: Callable[[Path], None]
) -> None:
    evaluated(shop)
    change(shop)
    agrees(shop)
    assert len(reads) == 3


def test_another_version_begins_anew(
    shop: Path, reads: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluated(shop)
    monkeypatch.setattr(fingerprints, "code_stamp", lambda: "another one")
    evaluated(shop)
    assert len(reads) == 2


def test_a_prepared_copy_is_other_data(shop: Path, reads: list[list[str]]) -> None:
    evaluated(shop)
    call("prepare", "--all", "-w", shop)
    agrees(shop)
    assert len(reads) == 3


def test_files_that_changed_a_moment_ago_leave_nothing(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "SETTLED", 2_000_000_000)
    evaluated(shop)
    assert files(shop) == []
    assert "changed a moment ago" in call("run", "--plan", "-w", shop).stdout


def test_files_that_change_meanwhile_leave_nothing(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = Evaluation.computed

    def computed(self: Evaluation, *arguments: Any) -> pl.DataFrame:
        _more(shop)
        return original(self, *arguments)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(Evaluation, "computed", computed)
        evaluated(shop)
    assert files(shop) == []
    agrees(shop)


def test_a_workspace_whose_files_changed_since_it_was_read_leaves_nothing(shop: Path) -> None:
    workspace = Workspace.load(shop, cache="on")
    evaluate(workspace)
    before = files(shop)
    _more(shop)
    again = evaluate(workspace)
    assert files(shop) == before
    assert again.memberships.equals(evaluated(shop, "off").memberships.select(again.memberships.columns))


def test_frames_in_memory_are_never_kept(shop: Path) -> None:
    frame = pl.read_csv(shop / "data/orders.csv")
    evaluated(shop, frames={"orders": frame})
    agrees(shop, frames={"orders": frame.head(1)})
    agrees(shop)


def test_without_a_day_nothing_of_rows_is_kept(shop: Path, reads: list[list[str]]) -> None:
    edit(shop, "segmentry.yaml", "as_of: 2026-03-01\n", "")
    evaluated(shop)
    evaluated(shop)
    assert all("a:" in "".join(names) for names in reads)
    assert len(reads) == 2
    assert "no as-of date is named" in call("run", "--plan", "-w", shop).stdout


def test_off_neither_looks_nor_leaves_and_read_leaves_nothing(shop: Path, reads: list[list[str]]) -> None:
    evaluated(shop, "off")
    evaluated(shop, "read")
    assert files(shop) == []
    evaluated(shop)
    before = {path: path.read_bytes() for path in files(shop)}
    fresh_process()
    evaluated(shop, "read")
    evaluated(shop, "off")
    assert {path: path.read_bytes() for path in files(shop)} == before
    assert len(reads) == 4 - 1 + 1


# --- what is told of the data -----------------------------------------------------------------------


def test_checks_of_feeds_are_told_again(shop: Path) -> None:
    edit(shop, "segmentry.yaml", "time: at\n", "time: at\n    expected: {rows: {at_least: 3}}\n")
    evaluated(shop)
    agrees(shop)
    edit(shop, "segmentry.yaml", "at_least: 3", "at_least: 30")
    for _ in range(2):
        assert "at least 30 are expected" in call("preview", "-w", shop, code=4).stderr


def test_notes_and_budgets_are_told_again(shop: Path) -> None:
    cold = in_json("preview", "-w", shop)
    fresh_process()
    assert in_json("preview", "-w", shop) == cold == in_json("preview", "--cache", "off", "-w", shop)
    assert any(note["code"] == "rows-left-out" for note in cold["notes"])


# --- what it holds ----------------------------------------------------------------------------------

SECRET = "anna.schmidt@example.org"

PRIVATE = """\
traits:
  - {id: spend, sum: orders.amount, value: true}
  - {id: orders_n, count: orders}
  - {id: rarely, mean_gap_days: orders}
  - {id: mail, last: orders.mail}
  - {id: hint, last: orders.note, pii: direct}
  - {id: also, last: orders.note}
  - {id: domain, formula: lower(mail)}
  - {id: raw, last: orders.tag}
  - {id: loud, formula: upper(raw), pii: direct}
"""


def private_shop(folder: Path, pii: str = "direct") -> Path:
    shop = make_shop(folder)
    lines = FILES["data/orders.csv"].splitlines()
    rows = [f"{line},{n}{SECRET},note-of-{n},tag-of-{n}" for n, line in enumerate(lines[1:])]
    (shop / "data/orders.csv").write_text("\n".join([f"{lines[0]},mail,note,tag", *rows, ""]), "utf-8")
    kinds = {"mail": f"string, pii: {pii}", "note": "string", "tag": "string"}
    mark = "".join(f"      {name}: {{type: {kind}}}\n" for name, kind in kinds.items())
    last = "amount: {type: decimal, scale: 2}\n"
    edit(shop, "segmentry.yaml", last, last + mark)
    (shop / "rules/traits.yaml").write_text(PRIVATE, "utf-8")
    edit(shop, "rules/topics.yaml", "trait: seen, known: true", f"trait: mail, is_not: 0{SECRET}")
    return shop


def values(shop: Path) -> list[list[Any]]:
    """The columns of the cache."""
    found: list[list[Any]] = []
    for path in files(shop):
        group = groups.read_head(path)
        assert group is not None
        read = groups.read_columns(group, group.columns) if group.columns else {}
        assert read is not None
        found += [column.to_list() for column in read.values()]
    return found


def held(shop: Path) -> bytes:
    """All bytes of the cache, and its columns as text."""
    return b"".join(path.read_bytes() for path in files(shop)) + repr(values(shop)).encode()


def test_personal_data_is_never_written(tmp_path: Path) -> None:
    shop = private_shop(tmp_path / "shop")
    evaluated(shop)
    agrees(shop)
    call("explain", "10", "-w", shop)
    assert files(shop)
    assert SECRET.encode() not in held(shop)
    assert b"note-of" not in held(shop)
    assert b"tag-of" not in held(shop).lower()


def test_a_mark_that_is_set_later_removes_what_was_kept(tmp_path: Path) -> None:
    shop = private_shop(tmp_path / "shop", "quasi")
    evaluated(shop)
    assert SECRET.encode() in held(shop)
    edit(shop, "segmentry.yaml", "pii: quasi", "pii: direct")
    evaluated(shop)
    assert SECRET.encode() not in held(shop)


def test_keys_that_name_somebody_are_not_kept(tmp_path: Path) -> None:
    shop = make_shop(tmp_path / "shop")
    evaluated(shop)
    assert [2, 3, 10] in values(shop)
    key = "Kunden Nr: {type: integer"
    edit(shop, "segmentry.yaml", f"{key}}}\n      Straße", f"{key}, pii: direct}}\n      Straße")
    evaluated(shop)
    agrees(shop)
    assert values(shop)
    assert [2, 3, 10] not in values(shop)


def test_only_its_owner_may_read_it_and_git_does_not_see_it(shop: Path) -> None:
    before = os.umask(0)
    try:
        call("preview", "-w", shop)
    finally:
        os.umask(before)
    folder = shop / CACHE_FOLDER
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in files(shop)} == {0o600}
    subprocess.run(["git", "init", "-q", shop], check=True)
    words = ["git", "status", "--porcelain", "-uall"]
    seen = subprocess.run(words, cwd=shop, capture_output=True, check=True)
    assert b"cache" not in seen.stdout


def test_clean_removes_it_and_says_so(shop: Path) -> None:
    call("preview", "-w", shop)
    assert ".segmentry/cache" in call("clean", "-w", shop).stdout
    assert not (shop / CACHE_FOLDER).exists()
    agrees(shop)


# --- never in the way -------------------------------------------------------------------------------


def test_a_damaged_file_is_nothing(shop: Path) -> None:
    wanted = evaluated(shop)
    whole = {path: path.read_bytes() for path in files(shop)}
    for path, content in whole.items():
        for damaged in (b"", content[:40], content[:-1], content[: len(content) // 2], b"x" * len(content)):
            _try(shop, path, damaged, wanted)
        for place in range(0, len(content), max(1, len(content) // 25)):
            _try(shop, path, content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :], wanted)


def _try(shop: Path, path: Path, content: bytes, wanted: Result) -> None:
    path.write_bytes(content)
    fresh_process()
    assert list(differences(evaluated(shop), wanted)) == []


def test_a_file_that_is_gone_meanwhile_is_nothing(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = evaluated(shop)
    fresh_process()
    original = ColumnCache.take

    def take(self: ColumnCache, *arguments: Any, **options: Any) -> Any:
        for path in files(shop)[::2]:
            path.unlink()
        return original(self, *arguments, **options)

    monkeypatch.setattr(ColumnCache, "take", take)
    assert list(differences(evaluated(shop), wanted)) == []


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EROFS])
def test_where_nothing_can_be_written_nothing_is_said(shop: Path, number: int) -> None:
    wanted = evaluated(shop, "off")

    def fault(name: str, _: int) -> None:
        if name in ("write", "open", "mkdir", "replace", "chmod"):
            raise OSError(number, os.strerror(number))

    with faults(fault, within=shop / ".segmentry"):
        assert list(differences(evaluated(shop), wanted)) == []
        assert call("preview", "-w", shop).stdout == call("preview", "-w", shop, "--cache", "off").stdout
    assert not list((shop / ".segmentry").rglob("*.part"))


@pytest.mark.parametrize("at", range(0, 12, 2))
def test_ctrl_c_leaves_nothing_half_written(shop: Path, at: int) -> None:
    def stop(name: str, number: int) -> None:
        if number == at:
            raise KeyboardInterrupt

    with faults(stop, within=shop / CACHE_FOLDER):
        result = call("preview", "-w", shop, code=130)
    assert "Stopped" in result.stderr
    assert not list((shop / CACHE_FOLDER).glob(".*.part"))
    agrees(shop)


def columns_of(*names: str, rows: int = 1000) -> dict[str, pl.Series]:
    return {name: pl.Series(name, range(rows), dtype=pl.Float64) for name in names}


def test_what_was_used_least_recently_goes_first(tmp_path: Path) -> None:
    cache = ColumnCache(tmp_path / "cache", most_bytes=30_000, most_in_memory=0)
    for place, name in enumerate("abc"):
        cache.put(columns_of(name), {}, frozenset(), writes=True)
        for path in (tmp_path / "cache").glob("*.columns"):
            os.utime(path, (time.time() - 100 + place, path.stat().st_mtime - 100 + place))
    again = ColumnCache(tmp_path / "cache", most_bytes=30_000, most_in_memory=0)
    again.refresh(frozenset(), writes=True)
    assert set(again.take(["a"], writes=True)) == {"a"}
    again.put(columns_of("d"), {}, frozenset(), writes=True)
    last = ColumnCache(tmp_path / "cache")
    last.refresh(frozenset(), writes=False)
    assert last.holds("a")
    assert last.holds("d")
    assert sum(map(last.holds, "abcd")) == 3
    assert sum(path.stat().st_size for path in (tmp_path / "cache").glob("*.columns")) <= 30_000


def test_more_than_there_is_room_for_is_not_kept(tmp_path: Path) -> None:
    cache = ColumnCache(tmp_path / "cache", most_bytes=20_000, most_in_memory=0)
    cache.put(columns_of(*"abcdefgh"), {}, frozenset(), writes=True)
    assert sum(path.stat().st_size for path in (tmp_path / "cache").glob("*.columns")) <= 20_000


COLUMNS = {
    "whole": pl.Series([1, None, -(2**63), 2**63 - 1], dtype=pl.Int64),
    "small": pl.Series([1, None, 3, 4], dtype=pl.Int64),
    "nothing": pl.Series([None] * 4, dtype=pl.Int64),
    "money": pl.Series([10**37, None, -(10**37), 0], dtype=pl.Int128),
    "cents": pl.Series([1, None, 3, 4], dtype=pl.Int128),
    "number": pl.Series([0.1, None, -0.0, float("inf")], dtype=pl.Float64),
    "truth": pl.Series([True, None, False, True], dtype=pl.Boolean),
    "text": pl.Series(["a", None, "", "ä\x00"], dtype=pl.String),
    "no text": pl.Series([None] * 4, dtype=pl.String),
    "day": pl.Series([1, None, 3, 4]).cast(pl.Date),
    "instant": pl.Series([1, None, 3, 4]).cast(pl.Datetime("us", "UTC")),
    "list": pl.Series([["a"], None, [], ["b", None]], dtype=pl.List(pl.String)),
    "sums": pl.Series([[1], None, [], [2]], dtype=pl.List(pl.Int128)),
}


@pytest.mark.parametrize("height", [4, 0])
def test_every_kind_of_column_comes_back_as_it_was(tmp_path: Path, height: int) -> None:
    kept = {name: column.head(height) for name, column in COLUMNS.items()}
    for name, column in kept.items():
        groups.write_group(tmp_path, {name: column}, {}, frozenset())
    groups.write_group(tmp_path, kept, {"a": [1]}, frozenset({"x"}))
    found = [groups.read_head(path) for path in tmp_path.glob("*.columns")]
    assert len(found) == len(kept) + 1
    for group in found:
        assert group is not None
        read = groups.read_columns(group, group.columns)
        assert read is not None
        for name, column in read.items():
            assert column.dtype == kept[name].dtype
            assert repr(column.to_list()) == repr(kept[name].to_list())


def test_truths_of_many_edits_are_put_together_again(tmp_path: Path) -> None:
    cache = ColumnCache(tmp_path / "cache", most_in_memory=0)
    names = [f"t{n}" for n in range(40)]
    for n, name in enumerate(names):
        cache.put({name: pl.Series([n % 2 == 0] * 9)}, {}, frozenset(), writes=True)
    assert len(cache.take(names, writes=True)) == 40
    again = ColumnCache(tmp_path / "cache", most_in_memory=0)
    again.refresh(frozenset(), writes=True)
    found = again.take(names, writes=True)
    assert [found[name].to_list()[0] for name in names] == [n % 2 == 0 for n in range(40)]


BUSY = """
import sys
from pathlib import Path
from segmentry.engine import Workspace, evaluate
from segmentry.engine.store import identity
identity.SETTLED = 0
shop = Path(sys.argv[1])
for n in range(12):
    text = (shop / "rules/tier.yaml").read_bytes().replace(b"at_least: 20", f"at_least: {n}".encode())
    one, other = (
        evaluate(Workspace(shop, unsaved={"rules/tier.yaml": text}, cache=cache), traits="all")
        for cache in ("on", "off")
    )
    assert one.memberships.equals(other.memberships) and one.traits.equals(other.traits)
    assert one.reports == other.reports
    if n % 5 == 4:
        for path in (shop / ".segmentry/cache").glob("*.columns"):
            path.unlink(missing_ok=True)
"""


def test_two_processes_at_once(shop: Path) -> None:
    running = [subprocess.Popen([sys.executable, "-c", BUSY, str(shop)]) for _ in range(2)]
    assert [process.wait() for process in running] == [0, 0]
    agrees(shop)


# --- what a plan says -------------------------------------------------------------------------------


def test_the_plan_says_what_is_kept_and_why_not(shop: Path) -> None:
    assert "none (nothing is kept yet for these files and rules)" in call("run", "--plan", "-w", shop).stdout
    call("preview", "-w", shop)
    assert "not used; with `--cache read`: " in call("run", "--plan", "-w", shop).stdout
    text = call("run", "--plan", "--cache", "read", "-w", shop).stdout
    assert "Read: nothing" in text
    assert "from earlier evaluations, 0 made anew" in text
    document = in_json("run", "--plan", "--cache", "read", "-w", shop)
    assert document["cache"]["mode"] == "read"
    assert document["cache"]["given"] > 0 == document["cache"]["anew"]
    assert document["sources"] == []


def test_run_takes_from_it_where_that_is_asked_for(shop: Path, reads: list[list[str]]) -> None:
    call("run", "--traits", "-w", shop)
    assert files(shop) == []
    before = {path.name: path.read_bytes() for path in (shop / "out").iterdir() if path.suffix == ".parquet"}
    call("run", "--traits", "--cache", "on", "-w", shop)
    call("run", "--traits", "--cache", "read", "-w", shop)
    assert {name: (shop / "out" / name).read_bytes() for name in before} == before
    assert len(reads) == 2
    manifest = json.loads((shop / "out/run.json").read_text("utf-8"))
    assert manifest["sources"]["orders"]


def test_a_mode_that_there_is_not_is_refused(shop: Path) -> None:
    assert "did you mean" in call("preview", "--cache", "onn", "-w", shop, code=2).stderr
