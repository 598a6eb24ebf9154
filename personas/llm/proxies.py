"""What the environment says of the way to a server: proxies, and the certificates that are trusted."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any, Final
from urllib.parse import urlsplit
from urllib.request import proxy_bypass

from segmentry.engine.diagnostics.errors import UsageError

_LIKE: Final = "write it like http://proxy.example.com:8080, or unset it"
_CERTIFICATES: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")


def proxy_of(address: str) -> str | None:
    """The variable that names the proxy on the way to an address, or None."""
    parts = urlsplit(address)
    if proxy_bypass(parts.hostname or ""):
        return None
    return next((name for name in _names(parts.scheme, "all") if os.environ.get(name)), None)


def unusable(error: Exception, client: Callable[..., Any]) -> UsageError:
    """What is wrong in the environment, where ``client`` can't be made with it. No value is ever repeated.

    ``client`` is called with each proxy on its own, to find the one.
    """
    for name in _names("http", "https", "all"):
        value = os.environ.get(name)
        if not value:
            continue
        try:
            client(proxy=value if "://" in value else f"http://{value}", trust_env=False)
        except Exception as reason:
            return UsageError(f"{name} can't be used: {_wrong(value, reason)}")
    named = [name for name in _CERTIFICATES if os.environ.get(name)]
    if isinstance(error, OSError) and named:
        why = (error.strerror or str(error)).lower()
        return UsageError(f"what {' or '.join(named)} names can't be used ({why}): mend it, or unset it")
    return UsageError(f"the proxy in this machine's settings can't be used ({type(error).__name__})")


def _names(*schemes: str) -> Iterator[str]:
    """The variables that may name a proxy, as they are looked at: in small letters first."""
    for scheme in schemes:
        yield f"{scheme}_proxy"
        yield f"{scheme}_proxy".upper()


def _wrong(value: str, reason: Exception) -> str:
    if not value.isprintable() or " " in value:
        return f"it holds a line break, a blank or a character that can't be seen; {_LIKE}"
    if isinstance(reason, ImportError):
        return "a SOCKS proxy needs the package `socksio`; install it, or name a proxy that speaks http"
    if "://" in value and value.split("://")[0].lower() not in ("http", "https"):
        return f"it does not begin with http:// or https://; {_LIKE}"
    return f"it is no address; {_LIKE}"
