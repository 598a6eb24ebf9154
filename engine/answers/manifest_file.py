"""The name of the manifest: one room writes it, another looks at the last one."""

from __future__ import annotations

from typing import Final

MANIFEST: Final = "run.json"
"""The file in an output folder that says from what its outputs were made."""
