"""Why there is no usable reply: a closed set of reasons, each with its words and its fix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FailureKind = Literal[
    "unreachable", "timeout", "disconnected", "key-refused", "not-found", "quota", "rate-limited",
    "server-error", "bad-request", "redirect", "html", "malformed", "empty", "truncated", "refusal",
    "no-json", "schema", "checks", "max-calls", "max-cost", "not-recorded",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Failure:
    """A reason, in words for the person who started the run.

    ``whole_run``: it would be the same for every other segment, so nothing more is asked.
    """

    kind: FailureKind
    message: str
    fix: str
    whole_run: bool = False


class CallFailed(Exception):
    """A request that gave no usable reply. Stays inside this room."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        super().__init__(failure.message)


class FormatRefused(Exception):
    """The server does not take this form of the request: go down the ladder. Stays inside this room."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        super().__init__(failure.message)
