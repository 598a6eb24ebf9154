"""Object stores: S3, Google Cloud Storage, Azure."""

from __future__ import annotations

from typing import Final

SCHEMES: Final = ("s3://", "gs://", "gcs://", "az://", "abfss://")
"""How an address in an object store begins; its credentials are taken from the environment."""


def is_stored(path: str) -> bool:
    """Whether a path is one of an object store."""
    return path.startswith(SCHEMES)
