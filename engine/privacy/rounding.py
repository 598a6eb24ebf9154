"""Rounding of figures that are committed or leave the machine.

Three significant digits alone give small groups away: 0.523 of about a hundred customers names the exact
count, and the same mean before and after one customer joined names that customer's value. So a share or a
mean is also never finer than five customers' worth.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

COUNT_STEP = 5
"""Counts go down to a multiple of this; no other figure is finer than this many customers."""

SIGNIFICANT = 3
COARSEST = Decimal("0.1")
"""However few the customers, a mean's step is the ladder's next above this part of it, no wider."""

FARTHEST = 0.05
"""How far a share may be from the figure that stands for it, if that is not the nearest."""

_LADDER = (Decimal(1), Decimal(2), Decimal(5), Decimal(10))


def round_count(count: int) -> int:
    """The count, down to a multiple of five."""
    return count // COUNT_STEP * COUNT_STEP


def round_group(customers: int) -> int:
    """The fewest customers whose shares are told in the same steps: 10, 25, 50, 100, 250 …

    Of a group whose size may not be told its shares tell this much, and nothing may tell more.
    """
    return int(COUNT_STEP / _ladder_step(_five(customers)))


def round_value(value: float) -> float:
    """The value to three significant digits (half to even)."""
    exact = _decimal(value)
    if exact == 0:
        return 0.0
    return float(_to_step(exact, _digit_step(exact)))


def round_share(share: float, customers: int) -> float:
    """A share in [0, 1] of so many customers, in steps of 1, 2 or 5 × 10ᵏ that are worth five of them.

    A share with at least ten customers on both sides never becomes 0 or 1.
    """
    exact = _decimal(share)
    if exact == 0:
        return 0.0
    step = max(_ladder_step(_five(customers)), _digit_step(exact))
    return float(_to_step(exact, step))


def round_mean(mean: float, customers: int) -> float:
    """A mean over so many customers: to three significant digits, in steps worth five customers' share.

    It is the nearest of the figures that may be told at all, those that are multiples of their own step. A
    step taken from the true mean would let some figures come up for few true values only, a giveaway.
    """
    exact, part = _decimal(mean), _part(customers)
    if exact == 0:
        return 0.0
    below, above = _reportable_below(abs(exact), part), _reportable_above(abs(exact), part)
    nearest = below if abs(exact) - below <= above - abs(exact) else above
    return float(nearest.copy_sign(exact))


def round_spread(deviation: float) -> float:
    """A standard deviation in steps of a tenth of it or more: one far-off value makes much of it."""
    return round_mean(deviation, 1)


def round_mean_share(mean: float, customers: int) -> float | None:
    """A mean of shares in [0, 1]: as other means, but 1 only where all of them are.

    None where the next figure that may be told is too far below to stand for it.
    """
    reported = round_mean(mean, customers)
    if reported < 1 or mean >= 1:
        return reported
    below = float(_reportable_below(_decimal(mean), _part(customers)))
    return below if mean - below <= FARTHEST else None


def _own_step(value: Decimal, part: Decimal) -> Decimal:
    """The step at a figure. It never falls as figures grow."""
    return max(_ladder_step(value * part), _digit_step(value))


def _reportable_above(value: Decimal, part: Decimal) -> Decimal:
    reported = value
    while reported % (step := _own_step(reported, part)):
        reported += step - reported % step
    return reported


def _reportable_below(value: Decimal, part: Decimal) -> Decimal:
    step = _own_step(value, part)
    reported = value - value % step
    if reported and _own_step(reported, part) == step:
        return reported
    # The step is narrower further down: the last of its multiples before it widens.
    narrower = _own_step(reported or value / 10, part)
    reported = value - value % narrower
    while _own_step(reported, part) > narrower:
        reported -= narrower
    return reported


def index_of(value: float, base: float) -> int | None:
    """The audience index, 100 × segment ÷ base; none where the base is not above zero or the value negative.

    Taken from rounded figures it tells nothing that they don't.
    """
    if base <= 0 or value < 0:
        return None
    return round(100 * value / base)


def _decimal(value: float) -> Decimal:
    return Decimal(repr(float(value)))


def _part(customers: int) -> Decimal:
    return min(_five(customers), COARSEST)


def _five(customers: int) -> Decimal:
    return Decimal(COUNT_STEP) / Decimal(max(customers, COUNT_STEP))


def _digit_step(value: Decimal) -> Decimal:
    return Decimal(1).scaleb(value.adjusted() - SIGNIFICANT + 1)


def _ladder_step(at_least: Decimal) -> Decimal:
    power = Decimal(1).scaleb(at_least.adjusted())
    return next(rung * power for rung in _LADDER if rung * power >= at_least)


def _to_step(value: Decimal, step: Decimal) -> Decimal:
    return (value / step).quantize(Decimal(1), rounding=ROUND_HALF_EVEN) * step
