"""One request, patiently: from the cache or the server, with budgets, pauses and the log."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from segmentry.personas.llm.budget import TokenBudget
from segmentry.personas.llm.cache import Cache
from segmentry.personas.llm.failure import CallFailed, Failure, FormatRefused
from segmentry.personas.llm.journal import Journal, ModelCall
from segmentry.personas.llm.provider import Sender
from segmentry.personas.llm.reply import Reply, Retry, reply_of
from segmentry.personas.llm.request import Rung, canonical, key_of

LONGEST_PAUSE = 120.0
"""Seconds: a server that asks for more is as good as not there."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How often the same request is sent; pauses in seconds, each twice as long as the one before."""

    attempts: int = 4
    after_silence: int = 2
    first_pause: float = 0.5
    longest_pause: float = 8.0


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request is for: whose brief, on which rung, and how many repairs came before."""

    segment: str
    rung: Rung
    turn: int


class Caller:
    """Asks for replies. ``send`` is None where no server may be asked (replay)."""

    def __init__(
        self, send: Sender | None, budget: TokenBudget, cache: Cache, journal: Journal, patience: Patience
    ) -> None:
        self.send = send
        self.budget = budget
        self.cache = cache
        self.journal = journal
        self.patience = patience
        self.answered = False

    def recorded(self, asked: Asked, request: Mapping[str, Any]) -> Reply | None:
        """The recorded reply to a request, or None."""
        key = key_of(request)
        reply = self.cache.find(key)
        if reply is not None:
            self._note(asked, key, 0, "cache", "reply", reply)
        return reply

    async def ask(self, asked: Asked, request: Mapping[str, Any]) -> Reply:
        """The server's reply. Raises CallFailed, or FormatRefused where another form may work."""
        attempt = 0
        while True:
            if self.budget.stopped is not None:
                raise CallFailed(self.budget.stopped)
            try:
                return await self._once(asked, request, attempt)
            except CallFailed as error:
                if not self._again(error.failure, attempt):
                    self._stop(error.failure)
                    raise
                await asyncio.sleep(self._pause(attempt, None))
            except Retry as error:
                if (error.wait or 0.0) > LONGEST_PAUSE or attempt + 1 >= self.patience.attempts:
                    raise CallFailed(error.failure) from None
                await asyncio.sleep(self._pause(attempt, error.wait))
            attempt += 1

    async def _once(self, asked: Asked, request: Mapping[str, Any], attempt: int) -> Reply:
        key = key_of(request)
        assert self.send is not None
        reserved = self.budget.reserve(len(canonical(request).encode()))
        begun = time.monotonic()
        try:
            answer = await self.send(request)
        except CallFailed as error:
            # The server may have worked, and billed, for an answer that never arrived.
            cost = self._unanswered(reserved, billed=error.failure.kind != "unreachable")
            self._note(asked, key, attempt, "server", error.failure.kind, None, cost, begun)
            raise
        self.answered = True
        try:
            reply = reply_of(answer, asks_for_format=asked.rung is not Rung.PROMPT)
        except (CallFailed, FormatRefused, Retry) as error:
            cost = self._unanswered(reserved, billed=answer.status == 200)
            self._note(asked, key, attempt, "server", error.failure.kind, None, cost, begun)
            raise
        cost = self.budget.settle(reserved, reply.usage)
        self._note(asked, key, attempt, "server", "reply", reply, cost, begun)
        self.cache.keep(asked.segment, request, reply)
        return reply

    def _unanswered(self, reserved: Decimal, *, billed: bool) -> float | None:
        if billed:
            return self.budget.settle(reserved, None)
        self.budget.release(reserved)
        return None

    def _again(self, failure: Failure, attempt: int) -> bool:
        return (
            failure.kind in ("unreachable", "timeout", "disconnected")
            and attempt + 1 < self.patience.after_silence
        )

    def _stop(self, failure: Failure) -> None:
        """What would be the same for every segment is not asked again."""
        if failure.whole_run and self.budget.stopped is None:
            self.budget.stopped = failure

    def _pause(self, attempt: int, wait: float | None) -> float:
        """Seconds: what the server asks for, else doubling ones, spread so that not all come back at once."""
        if wait is not None:
            return wait
        longest = min(self.patience.first_pause * 2.0**attempt, self.patience.longest_pause)
        return longest * random.uniform(0.75, 1.0)

    def _note(
        self,
        asked: Asked,
        key: str,
        attempt: int,
        source: Any,
        outcome: str,
        reply: Reply | None,
        cost: float | None = None,
        begun: float | None = None,
    ) -> None:
        usage = None if reply is None else reply.usage
        self.journal.add(
            ModelCall(
                at=datetime.now(UTC).isoformat(timespec="seconds"),
                segment=asked.segment,
                rung=asked.rung.value,
                turn=asked.turn,
                attempt=attempt,
                key=key,
                source=source,
                outcome=outcome,
                model=None if reply is None else reply.model,
                prompt_tokens=None if usage is None else usage.prompt_tokens,
                completion_tokens=None if usage is None else usage.completion_tokens,
                cost=cost,
                seconds=None if begun is None else round(time.monotonic() - begun, 3),
            )
        )
