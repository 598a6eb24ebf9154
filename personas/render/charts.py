"""Small charts drawn into the page: no script, no file beside it."""

from __future__ import annotations

import math
from html import escape

_WIDTH, _HEIGHT, _REACH = 200, 14, 2.0
"""Pixels, and doublings that the chart reaches either way: an index of 25 to 400."""


def index_bar(index: int | None, label: str = "") -> str:
    """A bar from the middle (index 100) to the right or left, one doubling being a quarter of the width.

    ``label`` is what a screen reader says of it; without one it is decoration, and hidden from them. Empty
    without an index.
    """
    if index is None:
        return ""
    doublings = max(-_REACH, min(_REACH, math.log2(max(index, 1) / 100)))
    middle = _WIDTH / 2
    length = round(abs(doublings) / _REACH * middle, 1)
    start = middle if doublings >= 0 else round(middle - length, 1)
    side = "above" if doublings >= 0 else "below"
    reported = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    return (
        f'<svg class="bar" viewBox="0 0 {_WIDTH} {_HEIGHT}" preserveAspectRatio="none" '
        f'{reported} focusable="false">'
        f'<rect class="track" x="0" y="5" width="{_WIDTH}" height="4" rx="2"/>'
        f'<rect class="{side}" x="{start:g}" y="1" width="{length:g}" height="12" rx="2"/>'
        f'<line class="middle" x1="{middle:g}" y1="0" x2="{middle:g}" y2="{_HEIGHT}"/></svg>'
    )
