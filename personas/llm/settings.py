"""The ``llm:`` part of segmentry.yaml, and which key may go to which host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from segmentry.engine.diagnostics.errors import UsageError
from segmentry.engine.document import as_texts

TokenParam = Literal["max_completion_tokens", "max_tokens"]
SchemaForm = Literal["wire", "full"]
CacheMode = Literal["live", "record", "replay", "off"]
CACHE_MODES: tuple[CacheMode, ...] = ("live", "record", "replay", "off")

DEFAULT_OUTPUT_TOKENS = 4096
"""Tokens that an answer may have where the workspace says nothing: a brief takes about 1500."""


NO_ADDRESS = "`llm.base_url` in segmentry.yaml is no address: write it like https://api.example.com/v1"


@dataclass(frozen=True, slots=True)
class Prices:
    """Money for a million tokens, in whatever currency the provider bills."""

    input: float
    output: float


@dataclass(frozen=True, slots=True)
class LlmSettings:
    """What the workspace says of its model. ``timeout_s`` is for one whole reply, in seconds."""

    model: str
    base_url: str = ""
    api_key_env: str = "SEGMENTRY_API_KEY"
    token_param: TokenParam = "max_completion_tokens"
    schema: SchemaForm = "wire"
    temperature: float | None = None
    seed: int | None = None
    max_calls: int | None = None
    max_output_tokens: int = DEFAULT_OUTPUT_TOKENS
    max_cost: float | None = None
    prices: Prices | None = None
    concurrency: int = 4
    timeout_s: float = 60.0


_NUMBERS: Mapping[str, type[int] | type[float]] = {
    "temperature": float,
    "timeout_s": float,
    "max_cost": float,
    "seed": int,
    "max_calls": int,
    "max_output_tokens": int,
    "concurrency": int,
}
"""Settings that YAML's own kinds of numbers are taken from."""


def parse_settings(llm: Mapping[str, Any] | None) -> LlmSettings:
    """The settings of a workspace's ``llm:``, whose shape the workspace's schema has checked.

    Raises UsageError where no model is named (there is no default), or a money budget has no prices.
    """
    found = dict(llm or {})
    if not found.get("model"):
        raise UsageError(
            "no model is named: add `llm: {base_url: …, model: …}` to segmentry.yaml; "
            "docs/bring-your-own-model.md shows it for several servers"
        )
    prices = found.pop("prices", None)
    if prices is not None:
        found["prices"] = Prices(float(prices["input"]), float(prices["output"]))
    elif found.get("max_cost") is not None:
        raise UsageError(
            "`llm.max_cost` needs `llm.prices`, the money for a million tokens: prices: {input: …, output: …}"
        )
    if found.get("base_url"):
        found["base_url"] = _address(str(found["base_url"]))
    plain: dict[str, Any] = {
        key: _NUMBERS[key](value) if key in _NUMBERS else as_texts(value) for key, value in found.items()
    }
    return LlmSettings(**plain)


def _address(base_url: str) -> str:
    """The address without anything secret in it. Raises UsageError."""
    address = base_url.strip()
    if not address.isprintable() or " " in address:
        raise UsageError(
            "`llm.base_url` in segmentry.yaml holds a line break, a blank or a character that can't be seen: "
            "write it like https://api.example.com/v1"
        )
    try:
        parts = urlsplit(address)
        whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise UsageError(NO_ADDRESS) from None
    if not whole:
        raise UsageError(NO_ADDRESS)
    if parts.username or parts.password or parts.query or parts.fragment:
        raise UsageError(
            "`llm.base_url` holds more than an address: take out the user, the key or what follows the `?`; "
            "the key goes into the environment variable that `llm.api_key_env` names"
        )
    return address.rstrip("/")


_VENDORS = {
    "OPENAI_API_KEY": ("openai.com",),
    "OPENAI_ADMIN_KEY": ("openai.com",),
    "AZURE_OPENAI_API_KEY": ("azure.com",),
    "ANTHROPIC_API_KEY": ("anthropic.com",),
    "GEMINI_API_KEY": ("googleapis.com",),
    "GOOGLE_API_KEY": ("googleapis.com",),
    "MISTRAL_API_KEY": ("mistral.ai",),
    "GROQ_API_KEY": ("groq.com",),
    "OPENROUTER_API_KEY": ("openrouter.ai",),
    "TOGETHER_API_KEY": ("together.xyz", "together.ai"),
    "DEEPSEEK_API_KEY": ("deepseek.com",),
}
"""Variables that are known to hold one provider's key, and the only domains such a key may go to."""


def key_for(settings: LlmSettings, environ: Mapping[str, str]) -> str | None:
    """The key to send, or None where the variable is not set (a local server needs none).

    Only the variable that the workspace names is read, never OPENAI_API_KEY by itself. Raises UsageError for
    a key that belongs to another host, or that no header can carry; the message never holds the key.
    """
    name = settings.api_key_env
    key = environ.get(name, "").strip()
    if not key:
        return None
    host = urlsplit(settings.base_url).hostname or ""
    domains = _VENDORS.get(name)
    if domains is not None and not any(host == d or host.endswith(f".{d}") for d in domains):
        raise UsageError(
            f"{name} is a key for {domains[0]} and is not sent to {host}: put that host's key into "
            "another variable and name it under `llm.api_key_env`"
        )
    if not key.isascii() or not key.isprintable() or " " in key:
        raise UsageError(f"the key in {name} holds characters that no key has: copy it again")
    return key
