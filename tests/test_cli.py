"""The command line as a whole: help, wrong usage, exit codes, what goes to stdout and what to stderr."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from segmentry.engine.backends.registry import BACKENDS, DEFAULT, backend_named
from tests.command_line import call, in_json
from tests.commands_page import PAGE, command_names, page
from tests.small_shop import FILES, make_shop

ROOT = Path(__file__).parents[1]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return make_shop(tmp_path / "shop")


# --- help and usage -------------------------------------------------------------------------------


@pytest.mark.parametrize("command", command_names())
def test_every_command_has_an_example_and_the_shared_options(command: str) -> None:
    text = call(command, "--help").stdout
    assert f"Examples:\n    segmentry {command}" in text
    assert all(option in text for option in ("--workspace", "-w", "--as-of", "--quiet", "--format"))


def test_the_page_of_commands_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == page(), "write it anew: python -m tests.commands_page"


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["previw"], "preview"),
        (["run", "--lnog"], "--long"),
        (["preview", "--format", "jsn"], "json"),
        (["check", "--fail-level", "warn"], "warning"),
        (["check", "--explain", "unreachabel"], "unreachable"),
        (["run", "--engine", "polar"], "polars"),
        (["schema", "rule"], "rules"),
        (["preview", "--as-of", "soon"], "2026-11-01"),
    ],
)
def test_wrong_usage_ends_with_2_and_a_suggestion(shop: Path, arguments: list[str], hint: str) -> None:
    if len(arguments) > 1:
        arguments = [*arguments, "-w", str(shop)]
    result = call(*arguments, code=2)
    assert hint in result.stderr
    assert result.stdout == ""


def test_an_engine_that_there_is_not_is_refused_with_those_that_are(shop: Path) -> None:
    said = call("run", "--engine", "pig", "-w", shop, code=2).stderr
    assert all(engine in said for engine in BACKENDS)
    assert not (shop / "out").exists()


def test_help_loads_nothing_heavy() -> None:
    code = "import sys, segmentry.cli; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert not loaded & {"polars", "rich", "jsonschema", "yaml", "babel", "openai", "altair", "jinja2"}


# --- exit codes that all commands share -----------------------------------------------------------


@pytest.mark.parametrize(
    "command", [["check"], ["run"], ["preview"], ["explain", "10"], ["waterfall", "big"], ["list"], ["clean"]]
)
def test_no_workspace_is_3(tmp_path: Path, command: list[str]) -> None:
    result = call(*command, "-w", tmp_path, code=3)
    assert "segmentry.yaml" in result.stderr
    assert "segmentry init" in result.stderr


@pytest.mark.parametrize(
    "command", [["run"], ["preview"], ["explain", "10"], ["waterfall", "big"], ["list"], ["show", "big"]]
)
def test_a_wrong_name_is_3_with_the_finding_on_stderr(shop: Path, command: list[str]) -> None:
    make_shop(shop, tier=FILES["rules/tier.yaml"].replace("trait: spend", "trait: spent"))
    result = call(*command, "-w", shop, code=3)
    assert "error[unknown-trait]" in result.stderr
    assert "rules/tier.yaml:8" in result.stderr
    assert result.stdout == ""
    failed = in_json(*command, "-w", shop, code=3)
    assert failed["error"]["exit_code"] == 3
    assert [finding["code"] for finding in failed["findings"]] == ["unknown-trait"]


@pytest.mark.parametrize("command", [["run"], ["preview"], ["explain", "10"], ["waterfall", "big"]])
def test_data_that_is_not_there_is_4(shop: Path, command: list[str]) -> None:
    (shop / "data" / "orders.csv").unlink()
    assert "data/orders.csv" in call(*command, "-w", shop, code=4).stderr
    assert in_json(*command, "-w", shop, code=4)["error"]["exit_code"] == 4


@pytest.mark.parametrize(
    "command",
    [
        ["run", "--only", "bgi"],
        ["preview", "bgi"],
        ["explain", "10", "bgi"],
        ["explain", "11"],
        ["explain", "ten"],
        ["waterfall", "bgi"],
        ["waterfall", "rest"],
        ["show", "bgi"],
        ["check", "rules/no-such-file.yaml"],
    ],
)
def test_an_argument_that_names_nothing_is_2(shop: Path, command: list[str]) -> None:
    assert call(*command, "-w", shop, code=2).stderr.startswith("error: ")


def test_nothing_to_do_is_6(shop: Path) -> None:
    (shop / "rules" / "tier.yaml").unlink()
    (shop / "rules" / "topics.yaml").unlink()
    for command in ("run", "preview"):
        call(command, "-w", shop, code=6)
    assert not (shop / "out").exists()
    call("run", "--traits", "-w", shop)


def test_drafts_alone_are_nothing_to_run_but_something_to_preview(shop: Path) -> None:
    (shop / "rules" / "tier.yaml").unlink()
    topics = "segmentation: topics\nassign: every_match\nsegments:\n"
    topics += "  - {id: later, status: draft, when: {trait: orders_n, at_least: 2}}\n"
    make_shop(shop, topics=topics, tier=topics.replace("topics", "tier").replace("later", "never"))
    call("run", "-w", shop, code=6)
    assert "draft" in call("preview", "-w", shop).stdout


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (KeyboardInterrupt(), 130),
        (OSError(5, "Input/output error", "data/orders.csv"), 4),
        (type("PanicException", (BaseException,), {"__module__": "pyo3_runtime"})("at the disco"), 4),
        (ZeroDivisionError("division by zero"), 1),
    ],
)
def test_no_failure_shows_a_traceback(
    shop: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(type(backend_named(DEFAULT)), "frame", fail)
    result = call("run", "-w", shop, code=code)
    assert "Traceback" not in result.output
    assert not (shop / "out").exists()


def test_a_reader_that_goes_away_is_no_failure(shop: Path) -> None:
    command = [sys.executable, "-m", "segmentry.cli", "schema"]
    env = {**os.environ, "PYTHONPATH": str(ROOT / ".dev")}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(1)
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0


# --- stdout and stderr ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [
        ["check"],
        ["run"],
        ["run", "--plan"],
        ["preview"],
        ["explain", "10"],
        ["waterfall", "big"],
        ["list"],
        ["show", "big"],
        ["schema"],
        ["schema", "rules", "--for-workspace"],
        ["check", "--explain", "gap"],
        ["clean"],
    ],
)
def test_json_is_one_document_and_nothing_else(shop: Path, command: list[str]) -> None:
    assert isinstance(in_json(*command, "-w", shop), dict)


def test_quiet_leaves_results_and_errors(shop: Path) -> None:
    result = call("run", "--quiet", "-w", shop)
    assert (result.stdout, result.stderr) == ("", "")
    assert "Größte" in call("show", "big", "--quiet", "-w", shop).stdout


def test_nothing_is_coloured_in_a_pipe(shop: Path) -> None:
    for command in (["preview"], ["run"], ["list"], ["waterfall", "big"]):
        assert "\x1b" not in call(*command, "-w", shop).output


def test_lines_fit_80_columns(shop: Path) -> None:
    text = call("preview", "-w", shop).stdout + call("list", "-w", shop).stdout
    assert max(len(line) for line in text.splitlines()) <= 80


def test_an_as_of_in_the_past_is_said_once(shop: Path) -> None:
    assert call("run", "-w", shop).stderr.count("in the past") == 1
