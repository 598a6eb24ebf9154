"""The channels of messages: an entry each, in a module of its name."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from segmentry.engine.language.channels import CHANNELS as NAMES
from segmentry.personas.channels.entry import Channel, ChannelFault, CopyWriter, Limit, Message

__all__ = ["CHANNELS", "Channel", "ChannelFault", "CopyWriter", "Limit", "Message"]

CHANNELS: Mapping[str, Channel] = {
    name: import_module(f"segmentry.personas.channels.{name}").CHANNEL for name in NAMES
}
"""Every channel by its id, in the order in which briefs show them."""
