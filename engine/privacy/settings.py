"""What a workspace says about privacy, and which traits may become facts at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Pii = Literal["direct", "quasi", "sensitive"]


@dataclass(frozen=True, slots=True)
class PrivacySettings:
    """The ``privacy:`` part of segmentry.yaml.

    ``min_cell`` is a number of customers, ``dominance`` a share of a sum in (0, 1]; ``sensitive_allowed``
    names the traits with ``pii: sensitive`` that may become facts.
    """

    min_cell: int = 10
    dominance: float = 0.5
    sensitive_allowed: frozenset[str] = frozenset()


def may_be_fact(trait: str, pii: Pii | None, settings: PrivacySettings, *, is_date: bool = False) -> bool:
    """Whether a trait may be counted in facts.

    Direct identifiers never are, sensitive traits only when the workspace lists them. A date that helps to
    single somebody out (``pii: quasi``, a birth date) is left out too: how long ago it lies is an age.
    """
    match pii:
        case "direct":
            return False
        case "sensitive":
            return trait in settings.sensitive_allowed
        case "quasi":
            return not is_date
        case None:
            return True
