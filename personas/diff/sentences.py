"""The sentences that text and comments share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from segmentry.engine.diff.comparison import NOT_A_CUSTOMER, Place
from segmentry.personas.diff.publish import Change, Move, PublishedDiff, SegmentChange, Share


def count_words(count: int | None, *, signed: bool = False) -> str:
    """A count; `·` where it may not be told."""
    if count is None:
        return "·"
    return f"{count:+,}" if signed and count else f"{count:,}"


def class_words(one: SegmentChange) -> str:
    """What happened to a segment, in a few words."""
    remarks: list[str] = []
    if one.renamed is not None:
        remarks.append(f"{'was' if one.kind == 'new' else 'now'} {one.renamed}")
    if one.kind == "opaque":
        proved = one.rule not in (None, "opaque", "undecided")
        remarks.append(f"its rule is {one.rule}, and more changed" if proved else "by data alone")
    if one.edited:
        remarks.append(f"{', '.join(one.edited)}{'' if one.kind == 'metadata only' else ' too'}")
    if one.draft:
        remarks.append("draft")
    return f"{one.kind} ({', '.join(remarks)})" if remarks else one.kind


def because_words(one: SegmentChange) -> str:
    """`rests on the changed trait `spend` and the new segment `vip``; empty for nothing."""
    if not one.because:
        return ""
    shown = list(one.because[:3])
    more = len(one.because) - len(shown)
    if more:
        shown.append(f"{more} more change{'s' if more > 1 else ''}")
    return f"rests on {' and '.join(filter(None, (', '.join(shown[:-1]), shown[-1])))}"


def place_words(place: Place) -> str:
    """A segment, or what stands for being in none."""
    if place is None:
        return "none"
    return "no customer" if place == NOT_A_CUSTOMER else place


def money_words(move: Move, units: Mapping[str, str | None]) -> str:
    """The money that moved along: `spend_12m 181,000 EUR`."""
    parts = [f"{name} {value:,.10g} {units.get(name) or ''}".strip() for name, value in move.value.items()]
    return ", ".join(parts)


def change_words(change: Change) -> str:
    """What changed and how, names and conditions in backquotes."""
    what = f"`{change.id}`" if change.kind == "segment" else f"{change.kind} `{change.id}`"
    before, after = (None if text is None else f"`{_bare(text)}`" for text in (change.before, change.after))
    if before is None and after is None:
        return f"{what}: gives other rows or columns"
    if before is None:
        return f"{what}: {after} was added"
    return f"{what}: {before} was taken out" if after is None else f"{what}: {before} → {after}"


def _bare(text: str) -> str:
    return text.replace("`", "'")


def share_words(share: Share) -> str:
    """`explains 130 of 250 moves in buying-motive`."""
    where = share.segment or share.segmentation
    if share.moved is None:
        return f"explains moves in {where}; how many may not be told"
    match share.part:
        case "all":
            return f"explains all of the {share.moved:,} moves in {where}"
        case "none":
            return f"explains none of the {share.moved:,} moves in {where}"
        case "some" if share.customers is None:
            return f"explains some of the {share.moved:,} moves in {where}"
        case "some":
            return f"explains {share.customers:,} of the {share.moved:,} moves in {where}"


def explains_words(change: Change, published: PublishedDiff) -> list[str]:
    """What a change explains, a line for each segmentation in which somebody moved."""
    if not change.traced:
        return ["can't be taken back alone"] if published.customers is not None else []
    if not change.explains and published.customers is not None:
        return ["moves nobody"]
    return [share_words(share) for share in change.explains]


def limit_words(published: PublishedDiff) -> list[str]:
    """What the change may not do and does: a sentence for every segment that changes too much, and budget."""
    return [
        *(_too_much_words(identity, allowed) for identity, allowed in published.too_much.items()),
        *(
            f"the {one.of} of `{one.segment}` is outside its budget, which is {one.expected}"
            for one in published.budgets
        ),
    ]


def _too_much_words(identity: str, allowed: Fraction) -> str:
    share = f"{float(allowed * 100):.10g}%"
    return f"more than {share} of `{identity}` came or went; if that is meant, say `expected_change:` there"


def rounding_words(published: PublishedDiff) -> str:
    """What the counts leave out."""
    least = published.min_cell
    return f"Counts are rounded down to fives; · hides what would tell of fewer than {least} customers."


def reported(published: PublishedDiff) -> list[SegmentChange]:
    """The segments that there is something to tell of: not those that only could have changed."""
    return [one for one in published.segments if one.changed and not one.kept_everybody]


def kept_words(segments: Sequence[SegmentChange]) -> str:
    """Of those that could have changed and did not; empty for none."""
    kept = [one.id for one in segments if one.kept_everybody]
    return f"The same customers as before, though something below changed: {', '.join(kept)}." if kept else ""


def summary_words(published: PublishedDiff) -> str:
    """The whole in a sentence."""
    changed = [one for one in published.segments if one.changed]
    if not changed:
        return "No segment changes."
    kinds: dict[str, int] = {}
    for one in changed:
        kinds[one.kind] = kinds.get(one.kind, 0) + 1
    reported = ", ".join(f"{number} {kind}" for kind, number in kinds.items())
    return f"{len(changed)} of {len(published.segments)} segments change: {reported}."
