"""The channels that rules and brand files name; what each takes is an entry of `personas.channels`."""

from __future__ import annotations

CHANNELS: tuple[str, ...] = (
    "email",
    "sms",
    "push",
    "search_ad",
    "social_ad",
    "landing",
)
"""The channels in the order in which briefs show them."""
