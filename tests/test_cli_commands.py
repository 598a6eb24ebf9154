"""What each command says and does."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner

from segmentry.cli import app
from segmentry.engine.backends.registry import DEFAULT, backend_named
from segmentry.engine.console import demo
from segmentry.engine.diagnostics.findings import CATALOGUE
from segmentry.engine.language.kinds import TRAIT_KINDS
from segmentry.engine.reporters import REPORTERS
from segmentry.engine.starter import sample
from tests.command_line import call, in_json
from tests.small_shop import FILES, make_shop


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return make_shop(tmp_path / "shop")


# --- the commands ---------------------------------------------------------------------------------


def test_preview_counts_drafts_and_writes_nothing(shop: Path) -> None:
    before = sorted(shop.rglob("*"))
    found = in_json("preview", "-w", shop)
    sizes = {segment["id"]: (segment["size"], segment["status"]) for segment in found["segments"]}
    assert sizes["later"] == (1, "draft")
    assert sizes["street"] == (2, "live")
    assert sorted(shop.rglob("*")) == before
    assert [s["id"] for s in in_json("preview", "street", "-w", shop)["segments"]] == ["street"]


def test_preview_holds_no_budget(shop: Path) -> None:
    make_shop(shop, tier=FILES["rules/tier.yaml"].replace("at_most: 0.4", "at_most: 0.31"))
    assert "out of its budget" in call("preview", "-w", shop).stdout


def test_the_as_of_option_goes_before_the_workspace(shop: Path) -> None:
    found = in_json("preview", "-w", shop, "--as-of", "2026-02-02")
    assert found["as_of"] == "2026-02-02T00:00:00+01:00"
    assert [s["id"] for s in found["segments"] if s["size"]] == ["small", "rest", "street", "recent"]


def test_the_nearest_workspace_upward_is_taken(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shop / "rules")
    assert in_json("list")["name"] == "Käse & Brot"


def test_rules_with_an_error_of_logic_are_listed_and_those_with_one_of_names_are_not(shop: Path) -> None:
    never = "{all: [{trait: orders_n, at_least: 2}, {trait: orders_n, less_than: 1}]}"
    rules = FILES["rules/topics.yaml"]
    make_shop(shop, topics=rules.replace("{trait: seen, known: true}", never))
    assert "error[unsatisfiable]" in call("check", "-w", shop, code=1).stdout
    assert "recent" in call("list", "-w", shop).stdout
    make_shop(shop, topics=rules.replace("trait: seen", "trait: sene"))
    assert "error[unknown-trait]" in call("list", "-w", shop, code=3).stderr


def test_mistakes_in_files_that_one_command_reads_are_shown_in_their_line(shop: Path) -> None:
    (shop / "brand.yaml").write_bytes("version: 1\nname: Käse\nvoce: {}\n".encode())
    assert "3 | voce: {}" in call("brief", "-w", shop, code=3).stderr
    wrong = "rules: tier.yaml\ntests:\n  - {name: a, segment: big, cases: [{given: {}, expect: no}]}\n"
    (shop / "rules" / "tier.test.yaml").write_bytes(wrong.encode())
    assert "3 |   - {name: a" in call("test", "-w", shop, code=3).stderr


def test_check_exits_by_level(shop: Path) -> None:
    make_shop(shop, tier=FILES["rules/tier.yaml"].replace("segment: big", "segment: bgi"))
    assert call("check", "-w", shop).exit_code == 0
    make_shop(shop, topics=FILES["rules/topics.yaml"].replace("segment: big", "segment: bgi"))
    result = call("check", "-w", shop, code=1)
    assert "error[unknown-segment]" in result.stdout
    found = in_json("check", "-w", shop, code=1)["findings"]
    errors = [item for item in found if item["severity"] == "error"]
    assert [(item["code"], item["file"], item["line"]) for item in errors] == [
        ("unknown-segment", "rules/topics.yaml", 11)
    ]


def test_check_fails_at_warnings_when_asked(shop: Path) -> None:
    make_shop(shop, topics=FILES["rules/topics.yaml"].replace("Straße, known: true", "Straße, is_not: Weg"))
    assert "missing-unhandled" in call("check", "-w", shop).stdout
    call("check", "-w", shop, "--fail-level", "warning", code=1)


def test_check_looks_at_the_named_files_only(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_shop(shop, topics=FILES["rules/topics.yaml"].replace("segment: big", "segment: bgi"))
    monkeypatch.chdir(shop / "rules")
    call("check", "tier.yaml")
    call("check", "topics.yaml", code=1)
    call("check", "../rules", code=1)


def test_check_of_a_file_that_is_no_yaml_is_1(shop: Path) -> None:
    (shop / "segmentry.yaml").write_text("name: [", "utf-8")
    assert "yaml-syntax" in call("check", "-w", shop, code=1).stdout
    call("run", "-w", shop, code=3)


def test_check_with_data_judges_budgets(shop: Path) -> None:
    make_shop(shop, tier=FILES["rules/tier.yaml"].replace("at_most: 0.4", "at_most: 0.31"))
    call("check", "-w", shop)
    found = in_json("check", "--data", "-w", shop, code=1)["findings"]
    assert "budget" in {item["code"] for item in found}


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_check_explains_every_finding(code: str) -> None:
    text = call("check", "--explain", code).stdout
    assert text.startswith(f"{code} ({CATALOGUE[code].severity})")
    assert "Why it matters" in text


@pytest.mark.parametrize("format", sorted(REPORTERS))
def test_check_speaks_every_format(shop: Path, format: str) -> None:
    assert call("check", "-w", shop, "--format", format).stdout


def test_explain_shows_every_condition_with_its_value(shop: Path) -> None:
    text = call("explain", "10", "tier", "-w", shop).stdout
    assert "big: in\n  yes  spend is at least 20  [25.10]\n" in text
    assert "small: out, for big took the customer; the rule fits\n" in text
    found = in_json("explain", "3", "small", "-w", shop)
    assert found["assigned"] == {"tier": "rest"}
    (segment,) = found["segments"]
    assert (segment["member"], segment["conditions"][0]["value"]) == (False, 0)


def test_waterfall_counts_who_is_left(shop: Path) -> None:
    found = in_json("waterfall", "later", "-w", shop)
    assert (found["customers"], found["members"]) == (3, 1)
    assert [(step["left"], step["alone"]) for step in found["steps"]] == [(1, 1), (1, 1)]
    assert "all customers" in call("waterfall", "later", "-w", shop).stdout


def test_show_says_what_a_thing_uses_and_what_uses_it(shop: Path) -> None:
    spend = in_json("show", "spend", "-w", shop)
    assert spend["rule"] == [{"text": "the sum of amount over orders", "depth": 0}]
    assert spend["uses"] == ["source orders"]
    assert spend["used_by"] == ["segment big"]
    assert spend["approximate"] is False
    later = in_json("show", "later", "-w", shop)
    assert later["uses"] == ["segment big", "trait orders_n"]
    assert in_json("show", "big", "-w", shop)["used_by"] == ["segment later"]
    assert in_json("show", "Straße", "-w", shop)["what"] == "customers column"
    assert in_json("show", "rest", "-w", shop)["uses"] == ["segment big", "segment small"]
    assert "every segment that fits" in call("show", "topics", "-w", shop).stdout


def test_show_needs_no_data(shop: Path) -> None:
    (shop / "data" / "orders.csv").unlink()
    assert in_json("show", "spend", "-w", shop)["approximate"] is None


@pytest.mark.parametrize("kind", sorted(TRAIT_KINDS))
def test_every_kind_of_trait_has_words(shop: Path, kind: str) -> None:
    that = ", that: {column: amount, more_than: 3}"
    needs = {"share": that, "streak": that, "nth": ", n: 1"}
    example = TRAIT_KINDS[kind].example.replace("orders_12m", "orders_n")
    for column in ("category", "channel"):
        example = example.replace(f"orders.{column}", "orders.amount")
    example = example.replace("spend / orders", "spend / orders_n")
    traits = FILES["rules/traits.yaml"] + f"  - {{id: x, {example}{needs.get(kind, '')}}}\n"
    text = call("show", "x", "-w", make_shop(shop, traits=traits)).stdout
    assert "{" not in text


def test_list_names_everything(shop: Path) -> None:
    found = in_json("list", "-w", shop)
    assert [trait["id"] for trait in found["traits"]] == ["spend", "orders_n", "rarely"]
    assert [sg["id"] for sg in found["segmentations"]] == ["tier", "topics"]
    text = call("list", "-w", shop).stdout
    assert all(word in text for word in ("orders", "spend", "Money spent", "big", "later (draft)", "rest"))


def test_plan_says_what_would_be_read_and_evaluates_nothing(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(type(backend_named(DEFAULT)), "frame")
    found = in_json("run", "--plan", "-w", shop)
    assert [(source["name"], source["columns"]) for source in found["sources"]] == [
        ("customers", ["Kunden Nr", "Straße", "seen"]),
        ("orders", ["Kunden Nr", "amount", "at"]),
    ]
    assert found["aggregates"] == {"orders": ["count", "sum of amount"]}
    assert found["columns"] == ["tier", "street", "recent"]
    assert "Compute for each customer" in call("run", "--plan", "-w", shop).stdout
    assert not (shop / "out").exists()


def test_schema_knows_the_names_of_the_workspace(shop: Path, tmp_path: Path) -> None:
    assert set(in_json("schema")) == {"workspace", "rules", "tests", "brand", "brief"}
    assert in_json("schema", "brief")["$id"] == "urn:segmentry:schema:brief:1"
    text = call("schema", "rules", "--for-workspace", "-w", shop).stdout
    assert all(f'"{name}"' in text for name in ("spend", "Straße", "big", "rest", "orders", "orders.amount"))
    assert '"Straße"' not in call("schema", "rules").stdout
    call("schema", "--for-workspace", "-w", shop, "-o", tmp_path / "schemas")
    assert json.loads((tmp_path / "schemas" / "rules.schema.json").read_text("utf-8")) == json.loads(text)


def test_clean_removes_what_came_from_data_and_nothing_else(shop: Path) -> None:
    call("run", "--traits", "--csv", "--long", "-w", shop)
    (shop / ".segmentry" / "cache").mkdir(parents=True)
    (shop / ".segmentry" / "cache" / "orders.parquet").write_bytes(b"people")
    (shop / ".segmentry" / "schema").mkdir()
    (shop / "out" / "notes.txt").write_text("mine", "utf-8")
    call("clean", "-w", shop)
    # What keeps the folder out of the repository goes with its last file.
    assert {path.name for path in (shop / "out").iterdir()} == {".gitignore", "notes.txt"}
    assert [path.name for path in (shop / ".segmentry").iterdir()] == ["schema"]
    assert (shop / "data" / "orders.csv").is_file()
    (shop / "out" / "notes.txt").unlink()
    call("run", "-w", shop)
    call("clean", "-w", shop)
    assert not (shop / "out").exists()


# --- init and demo --------------------------------------------------------------------------------


def test_init_makes_a_workspace_that_passes_its_check(tmp_path: Path) -> None:
    call("init", tmp_path / "new", "--no-data")
    call("check", "-w", tmp_path / "new", "--fail-level", "warning")
    for name in (".gitignore", ".pre-commit-config.yaml", ".github/workflows/segments.yml", "brand.yaml"):
        assert (tmp_path / "new" / name).is_file(), name
    for kind in ("workspace", "rules", "tests", "brand"):
        assert (tmp_path / "new" / ".segmentry" / "schema" / f"{kind}.schema.json").is_file()
    assert not (tmp_path / "new" / "data").exists()


def test_init_overwrites_nothing_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "traits.yaml").write_text("traits: []", "utf-8")
    (tmp_path / ".gitignore").write_text("*.log", "utf-8")
    result = call("init", tmp_path, "--no-data")
    assert "rules/traits.yaml" in result.stdout
    assert (tmp_path / "rules" / "traits.yaml").read_text("utf-8") == "traits: []"
    ignored = (tmp_path / ".gitignore").read_text("utf-8").splitlines()
    assert ignored[0] == "*.log"
    assert {"out/", "data/"} <= set(ignored)
    call("init", tmp_path, "--no-data")
    assert (tmp_path / ".gitignore").read_text("utf-8").splitlines() == ignored


def test_init_keeps_data_that_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample, "write_sample", partial(sample.write_sample, customers=60))
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "surveys.csv").write_text("mine", "utf-8")
    found = in_json("init", tmp_path)
    assert found["skipped"] == ["data/surveys.csv"]
    assert (tmp_path / "data" / "surveys.csv").read_text("utf-8") == "mine"
    assert (tmp_path / "data" / "customers.parquet").is_file()
    assert not list(tmp_path.glob(".sample*"))


def test_init_where_nothing_can_be_written_is_2(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    call("init", tmp_path / "file" / "new", code=2)


def test_demo_goes_from_rules_to_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sample, "write_sample", partial(sample.write_sample, customers=1500))
    result = call("demo")
    assert (tmp_path / "segmentry-demo" / "out" / "run.json").is_file()
    for step in ("init", "check", "test", "run"):
        assert f"$ segmentry {step}" in result.stdout
    assert result.stdout.count("       segmentry ") == 3


def test_demo_is_one_document_of_all_its_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the folder can't be made, the tour ends with the step that says so."""
    (tmp_path / "file").write_text("", "utf-8")
    result = call("demo", tmp_path / "file" / "new", "--format", "json", code=2)
    (step,) = json.loads(result.stdout)["steps"]
    assert (step["command"], step["exit_code"], step["result"]["error"]["exit_code"]) == ("init", 2, 2)
    monkeypatch.setattr(sample, "write_sample", partial(sample.write_sample, customers=100))
    monkeypatch.setattr(demo, "STEPS", (("check",), ("preview",)))
    found = json.loads(call("demo", tmp_path / "new", "--format", "json").stdout)
    assert [(step["command"], step["exit_code"]) for step in found["steps"]] == [
        ("init", 0),
        ("check", 0),
        ("preview", 0),
    ]
    assert found["steps"][2]["result"]["customers"] > 0


def test_a_scaffold_is_a_file_or_a_document_that_holds_it(shop: Path) -> None:
    found = in_json("test", "--scaffold", "small", "-w", shop)
    assert found["segment"] == "small"
    assert found["file"].strip() == call("test", "--scaffold", "small", "-w", shop).stdout.strip()


@pytest.mark.parametrize(("command", "words"), [("check", "sarif"), ("test", "junit"), ("diff", "markdown")])
def test_help_names_every_format(command: str, words: str) -> None:
    assert words in call(command, "--help").stdout


def test_no_line_of_the_help_is_cut_short() -> None:
    assert "..." not in call("--help").stdout.partition("Commands:")[2]


# --- completion -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("segmentry preview s", {"small", "street"}),
        ("segmentry explain 10 r", {"rest", "recent"}),
        ("segmentry waterfall b", {"big"}),
        ("segmentry show sp", {"spend"}),
        ("segmentry show S", {"Straße"}),
        ("segmentry run --only t", {"tier", "topics"}),
        ("segmentry check --explain unre", {"unreachable", "unreadable"}),
    ],
)
def test_a_shell_completes_the_ids_of_the_workspace(
    shop: Path, monkeypatch: pytest.MonkeyPatch, words: str, expected: set[str]
) -> None:
    monkeypatch.chdir(shop)
    env = {"_SEGMENTRY_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": words}
    result = CliRunner().invoke(app, [], env=env, prog_name="segmentry")
    found = {word for word in expected if f'"{word}"' in result.stdout}
    assert found == expected
    assert result.stdout.count('"') == 2 * len(expected)


def test_completion_stays_silent_outside_a_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for shell in ("bash", "zsh", "fish"):
        env = {
            "_SEGMENTRY_COMPLETE": f"complete_{shell}",
            "_TYPER_COMPLETE_ARGS": "segmentry preview s",
            "_TYPER_COMPLETE_FISH_ACTION": "get-args",
            "COMP_WORDS": "segmentry preview s",
            "COMP_CWORD": "2",
        }
        result = CliRunner().invoke(app, [], env=env, prog_name="segmentry")
        assert "Traceback" not in result.output
        assert "small" not in result.output
