"""Proxies and addresses that can't be used: a sentence that names the setting, and no secret."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.command_line import call
from tests.llm_server import serving
from tests.test_llm_command import WORKSPACE, shop, with_model

__all__ = ["shop"]

NOWHERE = "http://127.0.0.1:9/v1"
UNSEEN = "it holds a line break, a blank or a character that can't be seen"
LIKE = "write it like http://proxy.example.com:8080, or unset it"


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("HTTP_PROXY", "http://anna:s3cret@proxy\n:80", f"{UNSEEN}; {LIKE}"),
        ("https_proxy", "\nhttp://anna:s3cret@proxy", f"{UNSEEN}; {LIKE}"),
        ("ALL_PROXY", "anna:s3cret@proxy\x01", f"{UNSEEN}; {LIKE}"),
        ("HTTPS_PROXY", "ftp://anna:s3cret@proxy", f"it does not begin with http:// or https://; {LIKE}"),
        ("HTTP_PROXY", "http://anna:s3cret@proxy:port", f"it is no address; {LIKE}"),
    ],
)
def test_a_proxy_that_is_none_is_named(
    shop: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, expected: str
) -> None:
    monkeypatch.setenv(name, value)
    said = call("brief", "--llm", "-w", with_model(shop, NOWHERE), code=2)
    assert said.stderr.splitlines()[-1] == f"error: {name} can't be used: {expected}"
    assert "s3cret" not in said.output
    call("brief", "--show-prompt", "-w", shop)


def test_certificates_that_are_none_are_named(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    monkeypatch.setenv("SSL_CERT_FILE", str(shop / "brand.yaml"))
    said = call("brief", "--llm", "-w", with_model(shop, NOWHERE), code=2).stderr
    assert "error: what SSL_CERT_FILE names can't be used (" in said


def test_a_proxy_that_does_not_answer_is_named(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as server:
        with_model(shop, server.address)
        monkeypatch.setenv("HTTP_PROXY", "http://anna:s3cret@127.0.0.1:9")
        said = call("brief", "--llm", "-w", shop, code=5)
        assert "through the proxy of HTTP_PROXY: start it, or mend `llm.base_url` in " in said.stderr
        assert "s3cret" not in said.output
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        call("brief", "--llm", "-w", shop)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (r"http://anna:s3cret@x\n/v1", "holds a line break, a blank or a character that can't be seen"),
        (r"http://127.0.0.1:9/v\u202e1", "holds a line break, a blank or a character that can't be seen"),
        ("http://127.0.0.1:9/v 1", "holds a line break, a blank or a character that can't be seen"),
        ("http://999.1.1.1/v1", "is no address"),
        (f"http://{'a' * 70000}/v1", "is no address"),
    ],
)
@pytest.mark.parametrize("option", ["--llm", "--show-prompt"])
def test_an_address_that_is_none_is_named(shop: Path, option: str, address: str, expected: str) -> None:
    settings = f'{WORKSPACE}llm: {{base_url: "{address}", model: tiny}}\n'
    (shop / "segmentry.yaml").write_text(settings, "utf-8")
    said = call("brief", option, "-w", shop, code=2)
    line = said.stderr.splitlines()[-1]
    assert line.startswith(f"error: `llm.base_url` in segmentry.yaml {expected}: write it like https://")
    assert "s3cret" not in said.output
