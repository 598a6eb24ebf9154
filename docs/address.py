"""A hook for the site: it is built for the address that pyproject.toml names, so that this stands once."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any


def on_config(config: Any) -> Any:
    """The configuration with the site's address."""
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))["project"]
    config["site_url"] = project["urls"]["Documentation"]
    return config
