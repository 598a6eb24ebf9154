"""Programs that some tests need and that a user's machine may lack."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import NoReturn

import pytest


def lacking(reason: str) -> NoReturn:
    """Skip the test and say why; in CI, where `.ci/run` installs everything, that is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"in CI nothing is skipped: {reason}", pytrace=False)
    pytest.skip(reason)


def needs_module(name: str) -> None:
    """Skip the test where a module of an extra is not installed."""
    if find_spec(name) is None:
        lacking(f"{name} is not installed")
