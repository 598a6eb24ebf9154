"""What a run withstands: numbers that do not fit, damaged and late feeds, hostile names and settings.

Each is told in words, with an exit code and a place; nothing is half-written, nothing is silently wrong.
"""

from __future__ import annotations

import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from segmentry.cli import app
from segmentry.engine import evaluate
from segmentry.engine.diagnostics.errors import UsageError

HEAD = """\
version: 1
as_of: 2026-11-01
timezone: Europe/Berlin
sources:
  customers:
    path: data/customers.csv
    key: id
    columns: {id: {type: string}, n: {type: integer}}
  orders:
    path: data/orders.csv
    customer: id
    time: at
    columns:
      at: {type: datetime}
      amount: {type: decimal, scale: 2}
      q: {type: integer}
"""
TRAITS = """\
traits:
  - {id: spend, sum: orders.amount}
"""
RULES = """\
segmentation: tier
assign: first_match
segments:
  - {id: big, when: {trait: spend, at_least: 10}}
"""
CUSTOMERS = "id,n\na,1\nb,2\nc,\n"
ORDERS = "id,at,amount,q\na,2026-10-01T10:00,10.50,1\nb,2026-10-05T10:00,1.00,3\n"


def shop(
    root: Path,
    *,
    head: str = HEAD,
    traits: str = TRAITS,
    rules: str = RULES,
    customers: str = CUSTOMERS,
    orders: str = ORDERS,
) -> Path:
    """A workspace of three customers."""
    files = {
        "segmentry.yaml": head,
        "rules/traits.yaml": traits,
        "rules/tier.yaml": rules,
        "data/customers.csv": customers,
        "data/orders.csv": orders,
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    return root


def command(root: Path, name: str, *options: str, code: int = 0) -> Result:
    result = CliRunner().invoke(app, [name, "-w", str(root), *options])
    assert result.exit_code == code, result.output
    return result


def error_of(root: Path, *options: str, code: int = 4) -> str:
    """What `run` says when it ends with a code; never in the words of what lies below."""
    said = command(root, "run", "--quiet", *options, code=code).stderr
    assert "went wrong in Segmentry" not in said
    assert "i128" not in said
    assert "Error:" not in said
    return said


def values(root: Path, trait: str) -> dict[str, Any]:
    """A trait of every customer, through `run`."""
    command(root, "run", "--quiet", "--traits")
    found = pl.read_parquet(root / "out" / "traits.parquet")
    return dict(zip(found["id"], found[trait], strict=True))


def trait(text: str) -> str:
    return f"{TRAITS}  - {{id: x, {text}}}\n"


def order(*amounts: object, column: str = "amount") -> str:
    """An order of the customer a for each of the amounts."""
    rows = (
        f"a,2026-10-01T10:00,{a},1" if column == "amount" else f"a,2026-10-01T10:00,1,{a}" for a in amounts
    )
    return "\n".join(["id,at,amount,q", *rows, ""])


# --- numbers that do not fit ----------------------------------------------------------------------

NINES = "9" * 36 + ".99"


@pytest.mark.parametrize(
    ("traits", "orders", "named"),
    [
        (TRAITS, order(NINES, NINES), "`spend`"),
        (TRAITS, order(NINES, "0.01"), "`spend`"),
        (trait("sum: orders.q"), order(2**63 - 1, 1, column="q"), "`x`"),
        (trait("formula: n * 9223372036854775807"), ORDERS, "`x`"),
        (trait("formula: n if n < 2 else 9223372036854775808"), ORDERS, "`x`"),
        (trait("points: [{when: {trait: n, is: 1}, points: 9223372036854775808}]"), ORDERS, "`x`"),
    ],
)
def test_a_result_that_does_not_fit_is_an_error_that_names_the_trait(
    tmp_path: Path, traits: str, orders: str, named: str
) -> None:
    assert named in error_of(shop(tmp_path, traits=traits, orders=orders), "--traits")


def test_a_sum_goes_round_nowhere_unseen(tmp_path: Path) -> None:
    groups = HEAD + "  days: {from: orders, group_by: q, columns: {total: {sum: amount}}}\n"
    traits = trait("max: days.total")
    assert "`x`" in error_of(
        shop(tmp_path, head=groups, traits=traits, orders=order(NINES, NINES)), "--traits"
    )
    computed = HEAD.replace("{type: integer}\n", "{type: integer}\n      square: {formula: q * q}\n")
    root = shop(tmp_path, head=computed, traits=trait("sum: orders.square"), orders=order(2**62, column="q"))
    assert "`x`" in error_of(root, "--traits")


def test_the_largest_sums_are_exact(tmp_path: Path) -> None:
    orders = "id,at,amount,q\n" + "".join(f"{c},2026-10-01T10:00,{NINES},1\n" for c in "abc")
    found = values(shop(tmp_path, orders=orders + f"b,2026-10-02T10:00,-{NINES},1\n"), "spend")
    assert found == {"a": Decimal(NINES), "b": Decimal(0), "c": Decimal(NINES)}


def test_literals_beyond_every_value_compare_like_others(tmp_path: Path) -> None:
    rules = """\
segmentation: tier
assign: every_match
segments:
  - {id: more, when: {trait: n, more_than: 99999999999999999999}}
  - {id: less, when: {trait: n, less_than: 99999999999999999999}}
  - {id: either, when: {trait: n, in: [1, 99999999999999999999]}}
  - {id: neither, when: {trait: n, not_in: [99999999999999999999, 88888888888888888888]}}
  - {id: money, when: {trait: spend, at_most: 9999999999999999999999999999999999999}}
  - {id: many, when: {trait: n, top: 99999999999999999999}}
  - {id: formula, when: {trait: x, is: true}}
"""
    traits = trait("formula: n < 99999999999999999999 and n * 1e300 > 1e299")
    root = shop(tmp_path, rules=rules, traits=traits)
    command(root, "run", "--quiet")
    found = pl.read_parquet(root / "out" / "memberships.parquet")
    members = {name: found.filter(name)["id"].str.join().item() for name in found.columns[1:]}
    assert members == {
        "more": "",
        "less": "ab",
        "either": "a",
        "neither": "ab",
        "money": "abc",
        "many": "ab",
        "formula": "ab",
    }


def test_a_literal_keeps_all_its_digits(tmp_path: Path) -> None:
    amount = "123456789012345678901234567890.12"
    root = shop(tmp_path, rules=RULES.replace("at_least: 10", f"at_least: {amount}"), orders=order(amount))
    command(root, "run", "--quiet")
    assert pl.read_parquet(root / "out" / "memberships.parquet")["tier"].to_list() == ["big", None, None]
    (root / "rules/tier.yaml").write_text(RULES.replace("at_least: 10", f"more_than: {amount}"))
    command(root, "run", "--quiet")
    assert pl.read_parquet(root / "out" / "memberships.parquet")["tier"].to_list() == [None, None, None]


def test_more_buckets_than_make_sense_are_a_mistake(tmp_path: Path) -> None:
    root = shop(tmp_path, traits=trait("bucket: {of: spend, into: 99999999999999999999}"))
    assert "error[schema]" in error_of(root, code=3)


# --- feeds ----------------------------------------------------------------------------------------


def damaged(path: Path) -> None:
    """A Parquet file whose end is whole and whose rows are not."""
    pl.read_csv(ORDERS.encode(), try_parse_dates=True).write_parquet(path)
    content = bytearray(path.read_bytes())
    content[4:100] = bytes(96)
    path.write_bytes(content)


@pytest.mark.parametrize(
    "change",
    [
        ("as_of: 2026-11-01", "as_of: {latest: orders}"),
        ("    time: at\n", "    time: at\n    expected: {max_age: 90 days}\n"),
        ("    time: at\n", "    time: at\n    sorted_by: [at]\n"),
        ("", ""),
    ],
)
def test_a_damaged_file_is_named_whoever_reads_it_first(tmp_path: Path, change: tuple[str, str]) -> None:
    head = HEAD.replace("orders.csv", "orders.parquet").replace(*change, 1)
    root = shop(tmp_path, head=head)
    damaged(root / "data/orders.parquet")
    assert "data/orders.parquet can't be read" in error_of(root)


def test_a_time_that_only_the_as_of_date_reads_is_read_strictly(tmp_path: Path) -> None:
    head = HEAD.replace("as_of: 2026-11-01", "as_of: {latest: orders}")
    rules = RULES.replace("spend, at_least: 10", "n, at_least: 2")
    root = shop(tmp_path, head=head, rules=rules, orders=ORDERS + "a,01.10.2026,1,1\n")
    assert "data/orders.csv, row 4, column `at`: `01.10.2026`" in error_of(root)


def test_a_row_out_of_order_is_named_by_its_line(tmp_path: Path) -> None:
    head = HEAD.replace("    time: at\n", "    time: at\n    sorted_by: [id]\n")
    assert "data/orders.csv, row 4" in error_of(
        shop(tmp_path, head=head, orders=ORDERS + "a,2026-10-06,1,1\n")
    )


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("paid: {from: orders, where: {column: amount, more_than: 2}, expected: {rows: {is: 1}}}", 0),
        ("paid: {from: orders, where: {column: amount, more_than: 2}, expected: {rows: {is: 2}}}", 4),
        ("paid: {from: orders, expected: {max_age: 27 days}}", 0),
        ("paid: {from: orders, expected: {max_age: 26 days}}", 4),
    ],
)
def test_a_derived_source_is_expected_like_any_other(tmp_path: Path, source: str, code: int) -> None:
    command(shop(tmp_path, head=f"{HEAD}  {source}\n"), "run", "--quiet", code=code)


# --- settings and names ---------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["rules", "output"])
@pytest.mark.parametrize("folder", ["/", "..", "a/../../b", ".", "", "C:/x", "~/../x"])
def test_a_folder_outside_the_workspace_is_a_mistake_and_is_not_read(
    tmp_path: Path, key: str, folder: str
) -> None:
    root = shop(tmp_path, head=f"{HEAD}{key}: '{folder}'\n")
    said = error_of(root, code=3)
    assert said.count("error[") == 1
    assert "expected a folder in the workspace" in said


@pytest.mark.parametrize("folder", ["./rules", "rules/", ".hidden", "my rules/2026"])
def test_a_folder_inside_is_fine(tmp_path: Path, folder: str) -> None:
    root = shop(tmp_path, head=f"{HEAD}output: '{folder}'\n")
    command(root, "run", "--quiet")
    assert (root / folder / "run.json").is_file()


@pytest.mark.parametrize("encoding", ["zlib", "hex", "rot13", "undefined", "../../x", "utf\\0-8", "x" * 5000])
def test_an_encoding_that_is_none_is_reported(tmp_path: Path, encoding: str) -> None:
    head = HEAD.replace("    customer: id\n", f'    customer: id\n    encoding: "{encoding}"\n')
    said = error_of(shop(tmp_path, head=head))
    assert "data/orders.csv: `encoding:" in said
    assert len(said) < 300


@pytest.mark.parametrize("separator", ['\\"', "\\r", "\\0"])
def test_a_separator_that_separates_nothing_is_reported(tmp_path: Path, separator: str) -> None:
    head = HEAD.replace("    customer: id\n", f'    customer: id\n    separator: "{separator}"\n')
    assert "`separator`" in error_of(shop(tmp_path, head=head))


STEERING = "\x1b]0;title\x07\x1b[2J\u202e\x9b31m"


def escaped(text: str) -> str:
    return text.encode("ascii", "backslashreplace").decode().replace("\x1b", "\\e").replace("\x07", "\\a")


def test_no_name_or_value_steers_the_terminal(tmp_path: Path) -> None:
    root = shop(tmp_path, customers=f"{CUSTOMERS}{STEERING},7\n")
    bad = shop(tmp_path / "bad", orders=ORDERS.replace("10.50", STEERING))
    named = shop(tmp_path / "named", rules=f'name: "{escaped(STEERING)}"\n{RULES}')
    said = [
        command(root, "run").output,
        command(root, "preview").output,
        command(root, "explain", STEERING).output,
        command(bad, "run", code=4).output,
        command(named, "run", code=3).output,
    ]
    assert all("�" in text for text in said[2:4])
    assert not any(char in text for text in said for char in "\x1b\x07\x9b\u202e")


def test_a_short_key_is_not_reported_by_its_mask(tmp_path: Path) -> None:
    root = shop(tmp_path, customers="id,n\nab,1\nab,2\ncustomer-1,1\ncustomer-1,2\n")
    said = error_of(root)
    assert "`•••`" in said
    assert "`cu•••`" in said
    assert "--show-ids" in said
    named = error_of(root, "--show-ids")
    assert "`ab`" in named
    assert "--show-ids" not in named


# --- one mistake, one finding ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "traits", ["traits:\n  - {id: spend\n", "- {id: spend}\n", "trats:\n  - {id: spend}\n"]
)
def test_a_file_that_defines_nothing_is_the_only_mistake(tmp_path: Path, traits: str) -> None:
    rules = RULES + "  - {id: other, extends: big, when: {rule: elsewhere}}\n"
    assert error_of(shop(tmp_path, traits=traits, rules=rules), code=3).count("error[") == 1


@pytest.mark.parametrize(
    "change",
    [
        ("as_of: 2026-11-01", "as_of: {latest: customers}"),
        ("    key: id\n", "    key: id\n    expected: {max_age: 2 days}\n"),
    ],
)
def test_what_needs_a_time_is_a_mistake_without_one(tmp_path: Path, change: tuple[str, str]) -> None:
    assert "error[value-type]" in error_of(shop(tmp_path, head=HEAD.replace(*change)), code=3)


@pytest.mark.parametrize(
    "traits",
    [
        "points: [{when: {trait: n, is: 1}, points: 1e-300}]",
        "band: {of: n, edges: {a: 1e-300, b: 1}}",
        "points: [{when: {trait: n, more_than: {trait: n, times: 1e-300}}, points: 1}]",
        "points: [{when: {trait: n, more_than: {trait: spend, times: 1e-37}}, points: 1}]",
    ],
)
def test_a_number_of_too_many_digits_is_a_mistake(tmp_path: Path, traits: str) -> None:
    assert "error[value-type]" in error_of(shop(tmp_path, traits=trait(traits)), code=3)


# --- frames in memory -----------------------------------------------------------------------------


def test_frames_that_nothing_reads_are_reported(tmp_path: Path) -> None:
    root = shop(tmp_path, head=f"{HEAD}  paid: {{from: orders}}\n")
    frame = pl.DataFrame({"id": ["a"], "n": [1]})
    assert evaluate(root, frames={"customers": frame}).memberships["id"].to_list() == ["a"]
    with pytest.raises(UsageError, match="did you mean `orders`"):
        evaluate(root, frames={"ordrs": frame})
    with pytest.raises(UsageError, match="give one for `orders`"):
        evaluate(root, frames={"paid": frame})
    with pytest.raises(UsageError, match="is a list"):
        evaluate(root, frames={"customers": [1]})  # type: ignore[dict-item]


# --- disks ----------------------------------------------------------------------------------------


def run_into(root: Path, stdout: str) -> subprocess.CompletedProcess[str]:
    code = "from segmentry.cli import main; main()"
    with Path(stdout).open("w") as out:
        return subprocess.run(
            [sys.executable, "-c", code, "check", "--format", "json", "-w", str(root)],
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no device that is always full")
def test_a_result_that_can_not_be_shown_is_reported_in_one_line(tmp_path: Path) -> None:
    done = run_into(shop(tmp_path), "/dev/full")
    assert done.returncode == 2
    assert done.stderr.startswith("error: the result can't be shown (")
    assert done.stderr.count("\n") == 1


def test_a_table_that_can_not_be_written_is_an_os_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise pl.exceptions.ComputeError("parquet: underlying IO error: No space left (os error 28)")

    monkeypatch.setattr(pl.DataFrame, "write_parquet", full)
    said = error_of(shop(tmp_path), code=2)
    assert "no space on " in said
    assert not (tmp_path / "out").exists()


def test_one_value_that_was_not_read_as_it_stands_is_reported_of_one(tmp_path: Path) -> None:
    head = HEAD.replace("scale: 2}", "scale: 2, on_bad_value: null}")
    root = shop(tmp_path, head=head, orders=ORDERS.replace("10.50", "ten"))
    assert re.search(r"1 of \d+ values of `orders.amount` can't be read", command(root, "run").stderr)
