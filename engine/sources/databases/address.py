"""The address of a database: taken from the environment, and told to nobody."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from segmentry.engine.diagnostics.errors import DataError

_MASK: Final = "•••"
_PAIR: Final = re.compile(r"(\w+)\s*=\s*('(?:[^'\\]|\\.)*'|\S+)")
_HARMLESS: Final = frozenset({"localhost", "true", "false", "require", "prefer", "disable", "public"})


@dataclass(frozen=True, slots=True)
class Address:
    """Where a database is: ``variable`` names it in all that is said, ``text`` is for its driver alone."""

    variable: str
    text: str = field(repr=False)

    @property
    def label(self) -> str:
        """How messages name the database."""
        return f"${{{self.variable}}}"

    def scrubbed(self, message: str) -> str:
        """A message of a driver on one line, without anything that the address says."""
        shown = " ".join(message.split())
        for secret in sorted(self._secrets(), key=len, reverse=True):
            pattern = re.escape(secret)
            if len(secret) < 4:
                pattern = rf"(?<!\w){pattern}(?!\w)"
            shown = re.sub(pattern, _MASK, shown, flags=re.IGNORECASE)
        return shown

    def _secrets(self) -> set[str]:
        """The address, and each of its parts as it is written and as it is meant."""
        found = {self.text, *(match[2].strip("'") for match in _PAIR.finditer(self.text))}
        if "://" in self.text:
            found |= self._parts()
        found |= {unquote(part) for part in found}
        return {part for part in found if part and part.lower() not in _HARMLESS}

    def _parts(self) -> set[str]:
        _, _, rest = self.text.partition("://")
        place, _, _ = rest.partition("?")
        before, _, path = place.partition("/")
        login, _, hosts = before.rpartition("@")
        user, _, password = login.partition(":")
        each = {text for host in hosts.split(",") for text in (host, host.rpartition(":")[0])}
        asked = {value for _, value in parse_qsl(urlsplit(f"x://y?{rest.partition('?')[2]}").query)}
        return {rest, place, before, login, user, password, path, f"/{path}", *each, *asked}


def address_of(variable: str, source: str, environ: Mapping[str, str]) -> Address:
    """The address that a variable holds, for a source. Raises DataError where it is not set."""
    text = environ.get(variable, "").strip()
    if not text:
        raise DataError(
            f"The database of source `{source}` is named by the environment variable `{variable}`, which is "
            "not set. Set it to the address, such as postgresql://USER:PASSWORD@HOST/NAME or sqlite:///FILE."
        )
    return Address(variable, text)
