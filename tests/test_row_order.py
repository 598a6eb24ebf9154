"""The order of a customer's own rows: the n-th step, the newest steps, streaks, longer sequences, ties."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from segmentry.engine import Workspace, check, evaluate
from segmentry.engine.store import identity
from tests.command_line import call, in_json
from tests.kernels import kernels as kernels
from tests.ranges import InRanges
from tests.ranges import in_ranges as in_ranges

SOURCES = """\
version: 1
as_of: 2026-11-01
timezone: Europe/Berlin
sources:
  people: {path: people.csv, key: id}
  mails:
    path: mails.csv
    customer: who
    time: at
    columns:
      at: {type: datetime}
      opened: {type: boolean}
      topic: {type: string}
      amount: {type: integer}
      mail: {type: string}
  days: {path: days.csv, customer: who, time: on, columns: {on: {type: date}, what: {type: string}}}
  untimed: {path: mails.csv, customer: who, columns: {topic: {type: string}, amount: {type: integer}}}
"""

MAILS = """\
who,at,opened,topic,amount,mail
A,2026-07-01T09:00,true,shoes,1,m1
A,2026-08-01T09:00,false,hats,2,m2
A,2026-09-01T09:00,false,,4,m3
A,2026-10-01T09:00,false,coats,8,m4
A,2026-10-01T09:00,false,belts,16,m4
B,2026-08-01T09:00,false,shoes,1,m1
B,2026-09-01T09:00,true,hats,2,m2
B,2026-10-01T09:00,false,hats,4,m2
C,2026-09-01T09:00,false,shoes,1,m9
C,2026-10-01T09:00,false,,2,m8
D,,true,shoes,1,m1
"""
DAYS = """\
who,on,what
A,2026-05-01,view
A,2026-05-01,cart
A,2026-05-02,buy
B,2026-05-01,view
B,2026-05-03,buy
"""


def workspace(folder: Path, *traits: str, when: str = "{trait: x, known: true}", mails: str = MAILS) -> Path:
    """Customers A to E, E without any row, with the traits given as what stands behind their ids."""
    (folder / "rules").mkdir(parents=True, exist_ok=True)
    tables = {"people.csv": "id\nA\nB\nC\nD\nE\n", "mails.csv": mails, "days.csv": DAYS}
    for name, text in {"segmentry.yaml": SOURCES, **tables}.items():
        if not (folder / name).exists():
            (folder / name).write_text(text, "utf-8")
    names = ("x", "y", "z")
    lines = [
        f"  - {{id: {name}, description: It, {trait}}}\n" for name, trait in zip(names, traits, strict=False)
    ]
    (folder / "rules/traits.yaml").write_text("traits:\n" + "".join(lines), "utf-8")
    (folder / "rules/asked.yaml").write_text(
        "segmentation: asked\nassign: every_match\nowner: crm\nsegments:\n"
        f"  - {{id: chosen, description: Chosen, when: {when}}}\n",
        "utf-8",
    )
    return folder


def values(folder: Path) -> list[Any]:
    """Of A to E."""
    return evaluate(Workspace(folder, cache="on"), traits="all").traits["x"].to_list()


def members(folder: Path, when: str) -> str:
    """The letters of those for whom a condition holds."""
    found = evaluate(Workspace(workspace(folder, "count: mails", when=when))).memberships
    return "".join(found.filter(found["chosen"])["id"].to_list())


CASES = [
    # The greatest known value of the step, not the latest known one: A's third mail had no topic.
    ("nth: mails.topic, n: 1", ["shoes", "shoes", "shoes", None, None]),
    ("nth: mails.topic, n: -1", ["coats", "hats", None, None, None]),
    ("nth: mails.topic, n: 3", [None, "hats", None, None, None]),
    ("nth: mails.topic, n: -1, list: true", [["belts", "coats"], ["hats"], None, None, None]),
    ("nth: mails.opened, n: -2", [False, True, False, None, None]),
    ("nth: mails.amount, n: -1, where: {column: opened, is: true}", [1, 2, None, None, None]),
    ("nth: mails.amount, n: -1, until: 2026-09-15", [4, 2, 1, None, None]),
    # By mail the second and third of B are one step, and C's older one comes first whatever its name.
    ("nth: mails.amount, n: -1, list: true, by: mail", [[8, 16], [2, 4], [2], None, None]),
    ("nth: mails.amount, n: 1, by: mail", [1, 1, 1, None, None]),
    ("nth: days.what, n: 1", ["view", "view", None, None, None]),
    ("count: mails, last_rows: 3", [4, 3, 2, 0, 0]),
    ("count: mails, last_rows: 3, exactly: true", [4, 3, None, None, None]),
    ("count: mails, last_rows: 2, by: mail", [3, 3, 2, 0, 0]),
    ("sum: mails.amount, last_rows: 1", [24, 4, 2, 0, 0]),
    ("sum: mails.amount, last_rows: 2, exactly: true, by: mail", [28, 7, 3, None, None]),
    # The steps are counted after `where` and the window.
    ("count: mails, where: {column: opened, is: false}, last_rows: 2", [3, 2, 2, 0, 0]),
    ("sum: mails.amount, until: 2026-09-15, last_rows: 2", [6, 3, 1, 0, 0]),
    ("share: mails, that: {column: opened, is: true}, last_rows: 2", [0.0, 0.5, 0.0, None, None]),
    (
        "share: mails, that: {column: opened, is: true}, last_rows: 3, exactly: true",
        [0.0, 1 / 3, *[None] * 3],
    ),
    ("share: mails.amount, that: {column: topic, is: belts}, last_rows: 1", [2 / 3, 0.0, 0.0, None, None]),
    ("streak: mails, that: {column: opened, is: false}", [3, 1, 2, 0, 0]),
    ("streak: mails, that: {column: topic, is: coats}", [0, 0, 0, 0, 0]),  # not all rows of A's newest
    ("streak: mails, that: {column: topic, is: hats}, by: mail", [0, 1, 0, 0, 0]),
    ("streak: mails, that: {column: opened, is: false}, where: {column: opened, is: false}", [3, 2, 2, 0, 0]),
    ("last: mails.topic", ["coats", "hats", "shoes", None, None]),
    ("last: mails.topic, tie: smallest", ["belts", "hats", "shoes", None, None]),
    ("last: mails.topic, missing: keep", ["coats", "hats", None, None, None]),
    ("first: mails.topic, tie: smallest, missing: keep", ["shoes", "shoes", "shoes", None, None]),
]


@pytest.mark.parametrize(("trait", "expected"), CASES, ids=[trait for trait, _ in CASES])
def test_a_trait_of_steps(trait: str, expected: list[Any], tmp_path: Path) -> None:
    assert values(workspace(tmp_path, trait)) == expected


TIED = """\
who,at,opened,topic,amount,mail
A,2026-07-01T09:00,true,a,1,m1
B,2026-07-01T09:00,true,b,1,m1
A,2026-08-01T09:00,true,x,1,m2
A,2026-08-01T09:00,true,,1,m2
B,2026-08-01T09:00,true,y,1,m2
B,2026-08-01T09:00,true,z,1,m2
"""


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("", ["x", "z"]),
        (", tie: greatest", ["x", "z"]),
        (", missing: keep", ["x", "z"]),
        (", tie: smallest", ["x", "y"]),
        (", tie: smallest, missing: keep", [None, "y"]),  # the missing one wins
    ],
)
def test_ties_of_known_and_missing_values(keys: str, expected: list[Any], tmp_path: Path) -> None:
    assert values(workspace(tmp_path, f"last: mails.topic{keys}", mails=TIED))[:2] == expected


def test_no_way_of_evaluation_gives_another_result(
    kernels: None, in_ranges: InRanges, tmp_path: Path
) -> None:
    found: dict[str, list[Any]] = {}
    for trait, expected in CASES[::3]:
        folder = workspace(tmp_path / str(len(found)), trait, "count: mails", "last: mails.amount")
        found[trait] = values(folder)
        assert found[trait] == expected
        call("run", "--traits", "-w", folder)
    in_ranges(3)
    for n, (trait, expected) in enumerate(CASES[::3]):
        assert values(tmp_path / str(n)) == expected, trait


def test_what_is_kept_is_not_taken_for_another_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "SETTLED", 0)
    for trait, expected in CASES:
        call("run", "--traits", "-w", workspace(tmp_path, trait))
        assert values(tmp_path) == expected


VIEW, CART, BUY = (f"did: days, where: {{column: what, is: {what}}}" for what in ("view", "cart", "buy"))
OPENED = "did: mails, where: {column: opened, is: true}"


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("{did: mails, last_rows: 3, times: {at_least: 4}}", "A"),
        ("{did: mails, last_rows: 3, exactly: true}", "AB"),
        ("{did: mails, last_rows: 3, exactly: true, times: {at_most: 9}}", "AB"),
        ("{did: mails, last_rows: 3, times: {at_most: 9}}", "ABCDE"),
        ("{not: {did: mails, last_rows: 3, exactly: true}}", "CDE"),
        ("{did: mails, where: {column: opened, is: true}, last_rows: 2, exactly: true}", ""),
        ("{did: mails, last_rows: 2, exactly: true, by: mail, within_last: 3 months}", "ABC"),
        (f"{{{VIEW}, then: {{{CART}, then: {{{BUY}}}}}}}", "A"),
        (f"{{{VIEW}, then: {{{BUY}, then_not: {{did: mails}}, within: 1 month}}}}", "AB"),
        (f"{{{VIEW}, then: {{{VIEW}}}}}", ""),  # never itself, though the day is the same
        ("{did: days, then: {did: mails, then: {did: mails}, within: 31 days}, within: 2 months}", "A"),
        ("{did: mails, then: {did: mails, then: {did: mails}}, same: [topic]}", ""),
        ("{did: mails, then: {did: mails, then: {did: mails}}}", "AB"),
        ("{did: mails, then: {did: mails, then: {did: mails, then: {did: mails}}}}", "A"),
        ("{did: mails, then: {did: mails, then: {did: mails}, same: [topic]}}", "B"),
        ("{did: mails, then: {did: mails}, same: [topic]}", "B"),
        (f"{{did: days, then_not: {{did: mails, then: {{{OPENED}}}}}, within: 3 months}}", "A"),
    ],
)
def test_a_condition_of_steps(when: str, expected: str, tmp_path: Path) -> None:
    assert members(tmp_path, when) == expected


@pytest.mark.parametrize(
    ("trait", "code", "words"),
    [
        ("count: untimed, last_rows: 3", "operator-type", "has no time, so its rows have no order"),
        ("nth: untimed.topic, n: 1", "operator-type", "`nth` needs a time, `untimed` has none"),
        ("streak: untimed, that: {column: topic, is: a}", "operator-type", "`streak` needs a time"),
        ("last: untimed.topic, tie: smallest", "operator-type", "so `tie` says nothing of its rows"),
        ("last: untimed.topic, missing: keep", "operator-type", "so `missing` says nothing of its rows"),
        ("count: mails, last_rows: 3, by: nail", "unknown-column", "did you mean `mail`?"),
        ("count: mails, by: mail", "schema", "`by` belongs to `last_rows`"),
        ("mean: mails.amount, last_rows: 3", "schema", "`last_rows` belongs to `count` or `sum` or `share`"),
        ("nth: mails.topic", "schema", "like `n: 1` for the first or `n: -1` for the last"),
        ("nth: mails.topic, n: 0", "schema", "a whole number but 0"),
    ],
)
def test_mistakes_are_told(trait: str, code: str, words: str, tmp_path: Path) -> None:
    text = call("check", "-w", workspace(tmp_path, trait), code=1).output
    assert f"error[{code}]" in text
    assert words in " ".join(text.split())


def test_an_untimed_source_has_no_newest_rows_for_a_condition(tmp_path: Path) -> None:
    folder = workspace(tmp_path, "count: mails", when="{did: untimed, last_rows: 1}")
    assert "has no time, so its rows have no order" in call("check", "-w", folder, code=1).output


def lines_of(*traits: str, folder: Path) -> Iterable[str]:
    for n, trait in enumerate(traits):
        yield in_json("show", "x", "-w", workspace(folder / str(n), trait, "count: mails"))["rule"][0]["text"]


def test_traits_of_steps_are_read_aloud(tmp_path: Path) -> None:
    traits = (
        "nth: mails.topic, n: 2",
        "nth: mails.topic, n: -2, list: true, by: mail",
        "count: mails, where: {column: opened, is: true}, last_rows: 3, exactly: true",
        "sum: mails.amount, within_last: 90 days, last_rows: 1, by: mail",
        "streak: mails, that: {column: opened, is: false}",
        "last: mails.topic, tie: smallest, missing: keep",
        "percentile: {of: y, ascending: false}",
    )
    assert list(lines_of(*traits, folder=tmp_path)) == [
        "the greatest topic at the second time of mails",
        "all values of topic in the second last mail of mails",
        "the number of mails where opened is true, of the newest 3 times if there are as many",
        "the sum of amount over mails within the last 90 days, of the newest mail",
        "how many of the newest times of mails in a row have only rows where opened is false",
        "the latest topic of mails, of several at the same time the smallest, which may be missing",
        "the share of customers whose y is no smaller",
    ]


def test_longer_sequences_are_read_aloud_and_explained(tmp_path: Path) -> None:
    later = "{did: mails, then_not: {did: days}, within: 7 days}"
    when = f"{{{VIEW}, then: {later}, within: 3 months}}"
    folder = workspace(tmp_path, "count: mails", when=when)
    words = (
        "has days where what is view followed by mails within 3 months, not followed by days within 7 days"
    )
    assert words in call("show", "chosen", "-w", folder).output
    assert words in call("explain", "A", "chosen", "-w", folder).output
    assert in_json("show", "chosen", "-w", folder)["uses"] == ["source days", "source mails"]


def test_the_plan_says_what_has_no_kernel(kernels: None, tmp_path: Path) -> None:
    when = "{all: [{trait: x, at_least: 1}, {did: days, then: {did: days, then: {did: mails}}}]}"
    folder = workspace(tmp_path, "count: mails, last_rows: 3", when=when)
    text = call("run", "--plan", "-w", folder).output
    assert "count in steps 1 to 3, from the newest" in text
    assert "the order of rows has none" in text
    assert "rows followed by days followed by mails" in text


TESTS = """\
rules: asked.yaml
as_of: 2026-11-01
tests:
  - name: The newest mails decide
    segment: chosen
    customers: [{id: A}, {id: B}]
    sources:
      mails:
        - {who: A, at: 2026-07-01T09:00:00, opened: true}
        - {who: A, at: 2026-08-01T09:00:00, opened: false}
        - {who: A, at: 2026-09-01T09:00:00, opened: false}
        - {who: B, at: 2026-08-01T09:00:00, opened: false}
        - {who: B, at: 2026-09-01T09:00:00, opened: true}
    expect: {A: in, B: out}
    expect_traits: {A: {x: 0, y: 2, z: false}, B: {x: 0.5, y: 0, z: true}}
"""


def test_rule_tests_know_steps(tmp_path: Path) -> None:
    when = "{all: [{trait: x, at_most: 0}, {trait: y, at_least: 0}, {trait: z, is: false}]}"
    folder = workspace(
        tmp_path,
        "share: mails, that: {column: opened, is: true}, last_rows: 2, exactly: true",
        "streak: mails, that: {column: opened, is: false}",
        "nth: mails.opened, n: -1",
        when=when,
    )
    (folder / "rules/asked.test.yaml").write_text(TESTS, "utf-8")
    call("test", "-w", folder)
    (folder / "rules/asked.test.yaml").write_text(TESTS.replace("y: 2", "y: 3"), "utf-8")
    assert "expected `y` 3, found 2" in call("test", "-w", folder, code=1).output


def test_a_cleared_consent_stays_cleared_and_a_deleted_customer_is_none(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "changes.csv").write_text(
        "id,at,op,consent\n1,2026-01-01T10:00,new,given\n2,2026-01-01T10:00,new,given\n"
        "2,2026-02-02T10:00,changed,\n3,2026-01-01T10:00,new,given\n3,2026-03-01T10:00,deleted,\n",
        "utf-8",
    )
    (tmp_path / "segmentry.yaml").write_text(
        "version: 1\nas_of: 2026-11-01\nsources:\n"
        "  customers:\n    from: latest\n    key: id\n    where: {column: op, is_not: deleted}\n"
        "    columns: {consent: {last: consent}}\n"
        "  latest:\n    from: changes\n    group_by: id\n    time: {max: at}\n"
        "    columns: {op: {last: op}, consent: {last: consent, tie: smallest, missing: keep}}\n"
        "  changes: {path: changes.csv, customer: id, time: at, columns: {at: {type: datetime}}}\n",
        "utf-8",
    )
    (tmp_path / "rules/asked.yaml").write_text(
        "segmentation: asked\nassign: every_match\nowner: crm\nsegments:\n"
        "  - {id: chosen, description: May be written to, when: {trait: consent, is: given}}\n",
        "utf-8",
    )
    found = evaluate(Workspace(tmp_path)).memberships
    assert dict(found.select("id", "chosen").iter_rows()) == {"1": True, "2": False}


@pytest.mark.parametrize(
    ("when", "impossible"),
    [
        ("{trait: x, less_than: 0}", True),
        ("{not: {trait: x, at_least: 0}}", True),
        ("{not: {trait: y, at_least: 0}}", False),  # missing where there are fewer than three
    ],
)
def test_logic_knows_what_a_streak_and_what_is_exactly_can_be(
    when: str, impossible: bool, tmp_path: Path
) -> None:
    traits = ("streak: mails, that: {column: opened, is: true}", "count: mails, last_rows: 3, exactly: true")
    codes = {d.code for d in check(Workspace(workspace(tmp_path, *traits, when=when)))}
    assert ("unsatisfiable" in codes) is impossible


def test_a_group_has_its_last_value_missing_or_not(tmp_path: Path) -> None:
    workspace(tmp_path, "values: each.kept", "values: each.known", "values: each.least", mails=TIED)
    file = tmp_path / "segmentry.yaml"
    columns = "kept: {last: topic, missing: keep, tie: smallest}, known: {last: topic}"
    columns += ", least: {last: topic, tie: smallest}"
    group = f"  each: {{from: mails, group_by: opened, time: {{max: at}}, columns: {{{columns}}}}}\n"
    file.write_text(file.read_text("utf-8") + group, "utf-8")
    found = evaluate(Workspace(tmp_path), traits="all").traits
    assert [found[name].to_list()[:2] for name in "xyz"] == [[[], ["y"]], [["x"], ["z"]], [["x"], ["y"]]]
