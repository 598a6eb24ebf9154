"""The one place that talks to a server, through the `openai` package, which is imported nowhere else.

Only transport: a request goes out once, what came back is handed on as it is. The package's own retries,
ambient variables and headers are switched off.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Protocol
from urllib.parse import urlsplit

from segmentry.engine.diagnostics.errors import UsageError
from segmentry.personas.llm.failure import CallFailed, Failure
from segmentry.personas.llm.proxies import proxy_of, unusable
from segmentry.personas.llm.settings import NO_ADDRESS, LlmSettings

Request = Mapping[str, Any]

HEADERS = frozenset(
    {
        "accept", "accept-encoding", "authorization", "connection", "content-length", "content-type", "host",
        "user-agent", "x-stainless-raw-response",
    }
)  # fmt: skip
"""The only headers that are sent: nothing about this machine, nothing from ambient variables.

By the last one the package knows, when the response is there, that it is wanted as it came.
"""


@dataclass(frozen=True, slots=True)
class Completion:
    """What came back. ``retry_after`` in seconds, where the server asked for a pause."""

    status: int
    content_type: str
    text: str
    retry_after: float | None = None


class Sender(Protocol):
    """Sends one request. Raises CallFailed where nothing comes back."""

    async def __call__(self, request: Request) -> Completion: ...


@asynccontextmanager
async def opened(settings: LlmSettings, key: str | None) -> AsyncGenerator[Sender]:
    """A sender for the settings' server; connections are closed afterwards. Raises UsageError."""
    openai = _package()

    async def guard(request: Any) -> None:
        _only_known_headers(request, key)

    async with _client(openai, settings, guard) as client:

        async def send(request: Request) -> Completion:
            try:
                async with asyncio.timeout(settings.timeout_s):
                    raw = await client.chat.completions.with_raw_response.create(**request)
            except openai.APIStatusError as error:
                return _answer(error.response, key)
            except (TimeoutError, openai.APITimeoutError):
                raise CallFailed(_too_slow(settings)) from None
            except openai.APIConnectionError as error:
                raise CallFailed(_no_connection(settings, error)) from None
            return _answer(raw.http_response, key)

        yield send


async def request_bytes(settings: LlmSettings, request: Request) -> bytes:
    """The body of the request exactly as it would be sent. Nothing is. Raises UsageError."""
    openai = _package()
    seen: list[bytes] = []

    class NotSent(openai.OpenAIError):  # type: ignore[misc, name-defined]
        """Raised before the transport is reached."""

    async def stop(request: Any) -> None:
        seen.append(bytes(request.content))
        raise NotSent

    async with _client(openai, settings, stop, from_environment=False) as client:
        with suppress(NotSent):
            await client.chat.completions.with_raw_response.create(**request)
    return seen[0]


def _package() -> Any:
    try:
        import openai
    except ImportError:
        raise UsageError(
            "briefs with a language model need the package `openai`: pip install 'segmentry[llm]'"
        ) from None
    return openai


def _client(openai: Any, settings: LlmSettings, on_request: Any, *, from_environment: bool = True) -> Any:
    """A client that takes nothing from the environment but a proxy, follows no redirect and never retries.

    The key given here is a stand-in, since the package refuses to start without one; the real one is set by
    the hook that sees each request.
    """
    if not settings.base_url:
        raise UsageError(
            "no server is named: add `base_url` to `llm:` in segmentry.yaml, like http://localhost:11434/v1"
        )
    transport = openai.DefaultAsyncHttpxClient
    try:
        http = transport(
            event_hooks={"request": [on_request]}, follow_redirects=False, trust_env=from_environment
        )
    except Exception as error:
        raise unusable(error, transport) from error
    try:
        return openai.AsyncOpenAI(
            api_key="stand-in", admin_api_key="", organization="", project="", webhook_secret="",
            base_url=settings.base_url, max_retries=0, timeout=settings.timeout_s, http_client=http,
        )  # fmt: skip
    except Exception as error:
        raise UsageError(NO_ADDRESS) from error


def _only_known_headers(request: Any, key: str | None) -> None:
    for name in list(request.headers):
        if name.lower() not in HEADERS:
            del request.headers[name]
    request.headers["User-Agent"] = "segmentry"
    if key is None:
        request.headers.pop("Authorization", None)
    else:
        request.headers["Authorization"] = f"Bearer {key}"


def _answer(response: Any, key: str | None) -> Completion:
    """The response, and nothing of the key even where a server repeats it."""
    text: str = response.text
    if key is not None:
        # As it stands, and as JSON writers that escape slashes put it.
        text = text.replace(key, "[key]").replace(key.replace("/", "\\/"), "[key]")
    headers: Mapping[str, str] = response.headers
    return Completion(response.status_code, headers.get("content-type", ""), text, _retry_after(headers))


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, from `retry-after-ms`, or `retry-after` in seconds or as a date (RFC 9110, 10.2.3)."""
    for name, divisor in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) / divisor
        except ValueError:
            continue
        return seconds if 0 <= seconds < float("inf") else None
    try:
        until = parsedate_to_datetime(headers.get("retry-after", ""))
        now = parsedate_to_datetime(headers.get("date", ""))
        return max(0.0, (until - now).total_seconds())
    except (TypeError, ValueError):
        return None


def host_of(settings: LlmSettings) -> str:
    """The server as messages name it."""
    return urlsplit(settings.base_url).netloc


def _too_slow(settings: LlmSettings) -> Failure:
    return Failure(
        "timeout", f"{host_of(settings)} gave no whole answer within {settings.timeout_s:g} seconds",
        "raise `llm.timeout_s`, or lower `llm.concurrency` for a small machine",
    )  # fmt: skip


def _no_connection(settings: LlmSettings, error: Exception) -> Failure:
    cause = type(error.__cause__).__name__ if error.__cause__ is not None else ""
    if cause in ("ConnectError", "ConnectTimeout", "ProxyError", "UnsupportedProtocol"):
        proxy = proxy_of(settings.base_url)
        return Failure(
            "unreachable",
            f"no server answers at {host_of(settings)}{f' through the proxy of {proxy}' if proxy else ''}",
            f"start it, or mend `llm.base_url` in segmentry.yaml{f' or {proxy}' if proxy else ''}",
            whole_run=True,
        )
    return Failure(
        "disconnected", f"{host_of(settings)} broke the connection off before the answer was whole",
        "run again; what is done is kept",
    )  # fmt: skip
