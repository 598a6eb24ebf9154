"""Budgets of one run, in calls and in money: a call that could pass one is not made."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from segmentry.personas.llm.failure import CallFailed, Failure
from segmentry.personas.llm.settings import LlmSettings, Prices

_MILLION = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one reply, as the server counted them."""

    prompt_tokens: int
    completion_tokens: int


@dataclass(frozen=True, slots=True)
class Spent:
    """What a run has used. ``cost`` is None where no prices are known."""

    calls: int
    prompt_tokens: int
    completion_tokens: int
    cost: float | None


class TokenBudget:
    """Counts every request that is sent, retries too. Money is set aside before a call, settled after it.

    ``stopped`` is why nothing more is asked in this run, or None.
    """

    def __init__(self, settings: LlmSettings) -> None:
        self.settings = settings
        self.calls = 0
        self.prompt_tokens = 0
        self.completion_tokens = 0
        self.cost = Decimal(0)
        self.set_aside = Decimal(0)
        self.stopped: Failure | None = None

    def reserve(self, request_bytes: int) -> Decimal:
        """Set aside what the next call may cost at most. Raises CallFailed where that would pass a budget.

        The bound on what is sent is one token a byte: byte-level tokenizers never make more of them.
        """
        settings = self.settings
        if settings.max_calls is not None and self.calls >= settings.max_calls:
            raise CallFailed(_spent_calls(settings.max_calls))
        most = self._price(request_bytes, settings.max_output_tokens)
        if settings.max_cost is not None and (
            self.cost + self.set_aside + most > Decimal(str(settings.max_cost))
        ):
            raise CallFailed(_spent_money(settings.max_cost, self.cost, most))
        self.calls += 1
        self.set_aside += most
        return most

    def settle(self, reserved: Decimal, usage: Usage | None) -> float | None:
        """Replace what was set aside by what the reply cost; returns that cost.

        Without a count of tokens from the server the whole of it counts as spent.
        """
        self.set_aside -= reserved
        cost = reserved if usage is None else self._price(usage.prompt_tokens, usage.completion_tokens)
        self.cost += cost
        if usage is not None:
            self.prompt_tokens += usage.prompt_tokens
            self.completion_tokens += usage.completion_tokens
        return None if self.settings.prices is None else float(cost)

    def release(self, reserved: Decimal) -> None:
        """Give back what was set aside: a refused call is not billed."""
        self.set_aside -= reserved

    def spent(self) -> Spent:
        """What was used so far."""
        cost = None if self.settings.prices is None else float(self.cost)
        return Spent(self.calls, self.prompt_tokens, self.completion_tokens, cost)

    def _price(self, sent: int, received: int) -> Decimal:
        return price_of(self.settings.prices, sent, received)


def price_of(prices: Prices | None, sent: int, received: int) -> Decimal:
    """What so many tokens cost; nothing where no prices are known."""
    if prices is None:
        return Decimal(0)
    money = Decimal(str(prices.input)) * sent + Decimal(str(prices.output)) * received
    return money / _MILLION


def _spent_calls(most: int) -> Failure:
    return Failure(
        "max-calls", f"the budget of {most} {'call' if most == 1 else 'calls'} is used up",
        "raise `llm.max_calls`, or run again for the rest: replies that are there are not asked for again",
        whole_run=True,
    )  # fmt: skip


def _spent_money(most: float, spent: Decimal, next_call: Decimal) -> Failure:
    return Failure(
        "max-cost",
        f"{spent:.4f} of the budget of {most:g} is spent, and the next call may cost {next_call:.4f}",
        "raise `llm.max_cost`, lower `llm.max_output_tokens`, or run again for the rest",
        whole_run=True,
    )
