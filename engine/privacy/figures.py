"""Which figures of a distribution may be shown: sums, means and percentiles."""

from __future__ import annotations

import math


def is_dominated(largest: float, absolute_sum: float, dominance: float) -> bool:
    """Whether one customer makes up ``dominance`` (a share) or more of a sum.

    Both arguments are of absolute values, so that a large refund counts like a large order. This is the
    (n, k) dominance rule for n = 1: Hundepool et al., *Statistical Disclosure Control* (Wiley 2012), 4.2.2.
    """
    return absolute_sum > 0 and largest >= dominance * absolute_sum


def percentile_allowed(known: int, percent: float, min_cell: int) -> bool:
    """Whether ``min_cell`` of the known values lie beyond the percentile (0 to 100), on its thin side."""
    beyond = min(percent, 100 - percent) * known / 100
    return math.floor(beyond + 1e-9) >= min_cell
