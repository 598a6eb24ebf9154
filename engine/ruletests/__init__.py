"""Rule tests: examples beside the rules, evaluated by the engine of `run`, with what they cover."""

from __future__ import annotations
