"""Calling the command line in tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from segmentry.cli import app


def call(*arguments: str | Path, code: int = 0) -> Result:
    """The result of a command that is expected to end with this code."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    return result


def in_json(*arguments: str | Path, code: int = 0) -> Any:
    """The document on stdout, which holds nothing else."""
    return json.loads(call(*arguments, "--format", "json", code=code).stdout)
