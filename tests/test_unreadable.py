"""Rules that can't be read are told, not passed over."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

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
