"""Settings that every test shares."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

# No deadline: the machine's load is no property of the code. In CI the examples are the same in every run.
settings.register_profile("local", deadline=None, print_blob=True)
settings.register_profile("ci", deadline=None, print_blob=True, derandomize=True, database=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "local"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option that writes expected output anew; a person reads the difference."""
    parser.addoption(
        "--update", action="store_true", help="write the expected output of tests/cases anew, to be read"
    )
