"""How far a segment is from everybody else, on scales that can be compared."""

from __future__ import annotations

import math

from segmentry.personas.facts.measured import Moments
from segmentry.personas.facts.segment_facts import Confidence, EffectKind


def cohens_d(segment: Moments, base: Moments, centre: float) -> float | None:
    """Cohen's d of a segment against the rest of the base.

    Difference of the means over the pooled standard deviation (n − 1): Cohen, *Statistical Power Analysis
    for the Behavioral Sciences* (2nd ed. 1988), p. 67. ``centre`` is what the squares were taken around.
    None where either side has fewer than two known values or nothing varies.
    """
    deviation = pooled_deviation(segment, base, centre)
    return None if deviation is None else (segment.mean - _rest_mean(segment, base)) / deviation


def pooled_deviation(segment: Moments, base: Moments, centre: float) -> float | None:
    """The standard deviation within a segment and within the rest of the base, both taken together."""
    n, m = segment.known, base.known - segment.known
    if n < 2 or m < 2:
        return None
    rest_mean = _rest_mean(segment, base)
    within = _spread(segment.squares, n, segment.mean - centre)
    within += _spread(base.squares - segment.squares, m, rest_mean - centre)
    scale = max(abs(segment.mean), abs(rest_mean), abs(centre))
    deviation = math.sqrt(max(within, 0.0) / (n + m - 2))
    # Sums of doubles differ in their last digits from run to run: below this nothing varies but they.
    return None if deviation <= 1e-6 * scale else deviation


def _rest_mean(segment: Moments, base: Moments) -> float:
    return float((base.total - segment.total) / (base.known - segment.known))


def _spread(squares: float, known: int, shift: float) -> float:
    """Σ (x − own mean)² from Σ (x − centre)², by the shift of the mean against the centre."""
    return squares - known * shift * shift


def correlation_of(d: float, segment: int, rest: int) -> float:
    """The point-biserial correlation that belongs to Cohen's d.

    r = d ÷ √(d² + a), a = (n₁ + n₂)² ÷ (n₁ n₂): Borenstein et al., *Introduction to Meta-Analysis* (2009),
    formula 7.5.
    """
    total = segment + rest
    return d / math.sqrt(d * d + total * total / (segment * rest))


def cramers_v(part: int, known: int, base_part: int, base_known: int) -> float | None:
    """Cramér's V of the 2 × 2 table segment or rest × in the category or not; negative where it is rarer.

    V = √(χ² ÷ N): Cramér, *Mathematical Methods of Statistics* (1946), p. 282. None for an empty margin.
    """
    a, b = part, known - part
    c, d = base_part - part, (base_known - known) - (base_part - part)
    margins = (a + b) * (c + d) * (a + c) * (b + d)
    if margins <= 0:
        return None
    return (a * d - b * c) / math.sqrt(margins)


def d_from_means(mean: float, base: float, share: float, deviation: float) -> float:
    """Cohen's d from the means of a segment and of the base, of which the segment is such a share."""
    return (mean - base) / (1 - share) / deviation


def v_from_shares(part: float, base: float, share: float) -> float:
    """Cramér's V from the shares of a category in a segment and in the base, as `cramers_v`.

    φ = (p − b) √(s ÷ (1 − s)) ÷ √(b (1 − b)) for a segment that is the share s of the base; never beyond 1.
    ``base`` and ``share`` are neither 0 nor 1.
    """
    v = (part - base) * math.sqrt(share / (1 - share) / (base * (1 - base)))
    return max(-1.0, min(v, 1.0))


_SMALL = {"cohens_d": 0.2, "cramers_v": 0.1}
_MEDIUM = {"cohens_d": 0.5, "cramers_v": 0.3}
"""Cohen's conventions (1988), pp. 25–27 and 224–227."""

_MANY, _SOME = 200, 50


def confidence_of(known: int, size: int, effect: float | None, kind: EffectKind | None) -> Confidence:
    """How far a statement that rests on this figure may be trusted.

    High: known of 200 customers and of half the segment, and an effect of medium size. Medium: of 50 and a
    quarter, and a small effect. Low: anything else. A plain size or share (no effect) goes by its number.
    """
    coverage = known / size if size else 0.0
    strength = abs(effect) if effect is not None else 0.0
    if known >= _MANY and coverage >= 0.5 and (kind is None or strength >= _MEDIUM[kind]):
        return "high"
    if known >= _SOME and coverage >= 0.25 and (kind is None or strength >= _SMALL[kind]):
        return "medium"
    return "low"
