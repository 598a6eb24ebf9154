"""Rules that can't be read are told, not passed over."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from segmentry.cli import app
from segmentry.engine import Workspace, check
from tests.command_line import call, in_json
from tests.small_shop import make_shop


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return make_shop(tmp_path)


def found(shop: Path) -> list[tuple[str, str]]:
    items = in_json("check", "-w", shop, code=1)["findings"]
    call("run", "-w", shop, code=3)
    return [(item["file"], item["severity"]) for item in items if item["code"] == "unreadable"]


def test_a_file_in_place_of_the_folder(shop: Path) -> None:
    with (shop / "segmentry.yaml").open("a", encoding="utf-8") as file:
        file.write("rules: data/orders.csv\n")
    assert found(shop) == [("data/orders.csv", "error")]


@pytest.mark.parametrize("target", ["nowhere.yaml", "lost.yaml"])
def test_a_link_that_leads_nowhere_or_to_itself(shop: Path, target: str) -> None:
    (shop / "rules" / "lost.yaml").symlink_to(target)
    assert found(shop) == [("rules/lost.yaml", "error")]


@pytest.mark.parametrize("target", ["nowhere", "lost", "..", "."])
def test_a_link_in_the_place_of_a_folder_that_leads_nowhere_or_back(shop: Path, target: str) -> None:
    (shop / "rules" / "lost").symlink_to(target)
    assert found(shop) == [("rules/lost", "error")]


def test_a_folder_of_rules_that_is_named_and_gone(shop: Path) -> None:
    (shop / "rules").rename(shop / "elsewhere")
    with (shop / "segmentry.yaml").open("a", encoding="utf-8") as file:
        file.write("rules: rules\n")
    assert [item["file"] for item in in_json("check", "-w", shop, code=1)["findings"]] == ["rules"]


def test_a_linked_folder_is_read_once_and_a_ring_of_links_ends(shop: Path) -> None:
    (shop / "more").mkdir()
    (shop / "rules" / "tier.yaml").rename(shop / "more" / "tier.yaml")
    (shop / "rules" / "more").symlink_to("../more")
    assert [item for item in check(Workspace.load(shop)) if item.code == "unreadable"] == []
    assert "big" in call("list", "-w", shop).stdout
    (shop / "more" / "back").symlink_to("../rules")
    assert [file for file, _ in found(shop)] == ["rules/more/back/more"]


def test_the_mark_of_an_editor_and_a_link_to_a_folder_are_none(shop: Path) -> None:
    (shop / "rules" / ".#tier.yaml").symlink_to("somebody@machine.123")
    (shop / "more").mkdir()
    (shop / "rules" / "more").symlink_to("../more")
    assert [item for item in check(Workspace.load(shop)) if item.code == "unreadable"] == []


def test_a_link_to_a_rule_file_is_one(shop: Path) -> None:
    (shop / "rules" / "tier.yaml").rename(shop / "tier.txt")
    (shop / "rules" / "tier.yaml").symlink_to("../tier.txt")
    assert [item for item in check(Workspace.load(shop)) if item.code == "unreadable"] == []
    call("run", "-w", shop)


def test_a_folder_that_may_not_be_listed(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = shop / "rules" / "secret"
    secret.mkdir()
    scandir = os.scandir

    def refuse(path: Any = ".") -> Any:
        if path == secret or path == str(secret):
            raise PermissionError(13, "Permission denied", str(secret))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert found(shop) == [("rules/secret", "error")]


def test_a_folder_that_may_not_be_listed_for_a_moment(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it can be read and what is in it is told by the same look."""
    scandir, refused = os.scandir, list[str]()

    def refuse_once(path: Any = ".") -> Any:
        if not isinstance(path, int) and Path(str(path)) == shop / "rules" and not refused:
            refused.append(str(path))
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse_once)
    items = in_json("check", "-w", shop, code=1)["findings"]
    assert [item["file"] for item in items if item["code"] == "unreadable"] == ["rules"]


def test_a_file_that_may_not_be_read(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read_bytes = Path.read_bytes

    def refuse(self: Path) -> bytes:
        if self.name == "tier.yaml":
            raise PermissionError(13, "Permission denied", str(self))
        return read_bytes(self)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert found(shop) == [("rules/tier.yaml", "error")]


def test_no_folder_at_all_is_no_fault_of_reading(shop: Path) -> None:
    for path in (shop / "rules").iterdir():
        path.unlink()
    (shop / "rules").rmdir()
    items = check(Workspace.load(shop))
    assert [item for item in items if item.code == "unreadable"] == []


@pytest.mark.parametrize("text", ["- version: 1\n", "[]\n", "Shop\n", "1\n"])
@pytest.mark.parametrize("command", ["check", "run", "list", "test"])
def test_a_workspace_file_that_is_no_mapping(shop: Path, text: str, command: str) -> None:
    (shop / "segmentry.yaml").write_text(text, "utf-8")
    document = in_json(command, "-w", shop, code=1 if command == "check" else 3)
    assert ("schema", "segmentry.yaml") in [(item["code"], item["file"]) for item in document["findings"]]


def test_data_that_is_a_link_to_itself(shop: Path) -> None:
    (shop / "data" / "orders.csv").unlink()
    (shop / "data" / "orders.csv").symlink_to("orders.csv")
    assert "data/orders.csv" in call("run", "-w", shop, code=4).stderr


def test_an_output_that_is_a_link_to_itself_is_written_anew(shop: Path) -> None:
    (shop / "out").mkdir()
    (shop / "out" / "run.json").symlink_to("run.json")
    call("run", "-w", shop)
    assert (shop / "out" / "run.json").is_file()


def test_paths_that_are_links_to_themselves(shop: Path) -> None:
    lost = shop / "lost"
    lost.symlink_to("lost")
    for command in ("fmt", "check", "test"):
        assert "lost" in call(command, "-w", shop, lost, code=2).stderr


@pytest.mark.parametrize("text", ["[" * 100_000, "1", '{"folders": 1}', '{"folders": "out"}', "{", "\0"])
def test_a_list_of_outputs_that_says_nothing(shop: Path, text: str) -> None:
    (shop / ".segmentry").mkdir()
    (shop / ".segmentry" / "outputs.json").write_text(text, "utf-8")
    for command in ("list", "run", "clean"):
        call(command, "-w", shop)


# --- names of files that lead astray, or nowhere --------------------------------------------------


@pytest.mark.parametrize("folder", ["..", "../..", "'../beside'", "./../beside"])
def test_no_command_writes_outside_the_workspace(tmp_path: Path, folder: str) -> None:
    shop, beside = make_shop(tmp_path / "a" / "shop"), tmp_path / "a" / "beside" / "notes.yaml"
    beside.parent.mkdir()
    beside.write_text("b:   1\na:   [1,2]\n", "utf-8")
    with (shop / "segmentry.yaml").open("a", encoding="utf-8") as file:
        file.write(f"rules: {folder}\n")
    for command in (["fmt"], ["fmt", "--check"], ["check", "--fix"]):
        result = CliRunner().invoke(app, [*command, "-w", str(shop)])
        assert "notes.yaml" not in result.stdout
        assert "went wrong" not in result.stderr
    assert beside.read_text("utf-8") == "b:   1\na:   [1,2]\n"


LONG = "x" * 300


@pytest.mark.parametrize("folder", [LONG, f"a/{LONG}"])
def test_a_folder_of_rules_whose_name_is_too_long(shop: Path, folder: str) -> None:
    with (shop / "segmentry.yaml").open("a", encoding="utf-8") as file:
        file.write(f"rules: {folder}\n")
    call("fmt", "-w", shop)
    call("test", "-w", shop, code=3)
    assert found(shop) == [(folder, "error")]


@pytest.mark.parametrize(
    "path", [LONG, f"a/{LONG}", f"{LONG}/*.csv", f"data/*{LONG}", "data/***", "data/**x/*.csv"]
)
def test_a_path_of_data_that_nothing_can_have(shop: Path, path: str) -> None:
    text = (shop / "segmentry.yaml").read_text("utf-8")
    (shop / "segmentry.yaml").write_text(text.replace("data/orders.csv", path), "utf-8")
    for command in ("check", "list", "clean"):
        call(command, "-w", shop)
    for command in (["run"], ["run", "--plan"], ["check", "--data"]):
        assert f"path `{path}` of source `orders`" in call(*command, "-w", shop, code=4).stderr


@pytest.mark.parametrize("path", ['"\\0"', '"data/\\n.csv"', '""'])
def test_a_path_of_data_with_a_control_character_is_a_mistake(shop: Path, path: str) -> None:
    text = (shop / "segmentry.yaml").read_text("utf-8")
    (shop / "segmentry.yaml").write_text(text.replace("data/orders.csv", path), "utf-8")
    (finding,) = [item for item in in_json("check", "-w", shop, code=1)["findings"] if item["line"] == 14]
    assert (finding["code"], finding["severity"]) == ("schema", "error")
    call("run", "-w", shop, code=3)


def test_arguments_that_no_file_can_have(shop: Path, tmp_path: Path) -> None:
    for command in (["check"], ["fmt"], ["test"], ["diff"], ["diff", shop, "--data"], ["run", "-o"]):
        call(*command, LONG, "-w", shop, code=2)
    call("check", "-w", LONG, code=3)
    call("init", tmp_path / LONG, code=2)


@pytest.mark.parametrize("zone", ["010", ".inf", "1e999"])
def test_a_time_zone_that_looks_like_a_number_is_none(shop: Path, zone: str) -> None:
    text = (shop / "segmentry.yaml").read_text("utf-8")
    (shop / "segmentry.yaml").write_text(text.replace("Europe/Berlin", zone), "utf-8")
    errors = [
        item for item in in_json("check", "-w", shop, code=1)["findings"] if item["severity"] == "error"
    ]
    assert [(item["message"], item["line"]) for item in errors] == [(f"there is no time zone `{zone}`", 3)]
