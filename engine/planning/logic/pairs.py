"""equivalent, subsumed, unreachable: what rules do to each other."""

from __future__ import annotations

from segmentry.engine.diagnostics.model import Fix
from segmentry.engine.files.condition_model import RuleRef, SegmentRef
from segmentry.engine.planning.logic.moves import moved_before
from segmentry.engine.planning.logic.rules import Rule
from segmentry.engine.planning.logic.state import State, position, quoted, see


def _implies(state: State, narrow: Rule, wide: Rule) -> bool:
    """Whether it is proved that whoever meets the one rule meets the other."""
    if narrow.node == wide.node:
        return True
    if state.samples.bits(narrow.node) & ~state.samples.bits(wide.node):
        return False
    denied = state.rules.formulas.negation(wide.node)
    what = f"how `{narrow.id}` and `{wide.id}` relate"
    return state.rules.impossible([narrow.node, denied], narrow.segment.at, what)


# --- equivalent -----------------------------------------------------------------------------------


def check_equivalent(state: State) -> None:
    """`equivalent`: two rules of the workspace for exactly the same customers, at the later one.

    Not told of a segment that is nothing but a reference to the other, and not within a best score, where
    it is the score that tells segments apart.
    """
    groups: dict[int, list[Rule]] = {}
    for rule in sorted(state.living, key=lambda r: position(r.segment.at)):
        groups.setdefault(state.samples.bits(rule.node), []).append(rule)
    names = _Aliases(state)
    for group in groups.values():
        for n, later in enumerate(group):
            same = next((e for e in group[:n] if _same(state, names, e, later)), None)
            if same is not None:
                state.equal.add((same.id, later.id))
                message = f"`{later.id}` has the same customers as `{same.id}`, however they are written"
                hint = f"keep one of them, or say it once: `extends: {same.id}`"
                related = [see("the same condition", same.segment.at)]
                state.add("equivalent", message, later.segment.at, hint, related)


def _same(state: State, names: _Aliases, earlier: Rule, later: Rule) -> bool:
    if earlier.segmentation is later.segmentation and later.segmentation.assign == "best_score":
        return False
    if names.of(earlier.id) == names.of(later.id):
        return False
    return _implies(state, earlier, later) and _implies(state, later, earlier)


class _Aliases:
    """Segments that are nothing but another one by reference."""

    def __init__(self, state: State) -> None:
        self._other = {r.id: _referred(r) for r in state.sound}

    def of(self, identity: str) -> str:
        """The segment at the end of the references."""
        seen = {identity}
        while (other := self._other.get(identity)) is not None and other not in seen:
            identity = other
            seen.add(other)
        return identity


def _referred(rule: Rule) -> str | None:
    segment = rule.segment
    if segment.extends is not None:
        return segment.extends if segment.when is None else None
    return segment.when.id if isinstance(segment.when, (RuleRef, SegmentRef)) else None


# --- subsumed -------------------------------------------------------------------------------------


def check_subsumed(state: State) -> None:
    """`subsumed`: a rule inside another of its segmentation, at the narrower.

    Told where customers may be in several segments. In a first match the narrower stands before the wider,
    which is how it is meant, or after it, which is `unreachable`; in a best score the score decides.
    """
    for segmentation in state.rules.plan.segmentations:
        if segmentation.assign != "every_match":
            continue
        rules = [r for r in state.living if r.segmentation is segmentation]
        outside = [(rule, ~state.samples.bits(rule.node)) for rule in rules]
        for narrow in rules:
            here = state.samples.bits(narrow.node)
            likely = [w for w, others in outside if not here & others and w is not narrow]
            wider = [w for w in likely if _is_inside(state, narrow, w)]
            if wider:
                message = f"whoever is in `{narrow.id}` is also in {quoted(w.id for w in wider)}"
                related = [see("the wider one", w.segment.at) for w in wider]
                state.add("subsumed", message, narrow.segment.at, "fine if that is meant", related)


def _is_inside(state: State, narrow: Rule, wide: Rule) -> bool:
    if f"r:{wide.id}" in state.rules.below(f"r:{narrow.id}"):
        return False  # it is built on the wider one, so it is meant
    if narrow.node == wide.node or {(narrow.id, wide.id), (wide.id, narrow.id)} & state.equal:
        return False
    return _implies(state, narrow, wide) and not _implies(state, wide, narrow)


# --- unreachable ----------------------------------------------------------------------------------


def check_unreachable(state: State) -> None:
    """`unreachable`: a segment of a first match whose customers earlier ones take, all together.

    Earlier drafts count for drafts only.
    """
    for segmentation in state.rules.plan.segmentations:
        if segmentation.assign != "first_match":
            continue
        rules = [r for r in state.rules.of(segmentation) if not r.broken and r.id not in state.empty]
        for n, rule in enumerate(rules):
            earlier = _before(rule, rules[:n])
            if earlier and _is_taken(state, rule, earlier):
                _report_unreachable(state, rule, earlier, rules)


def _is_taken(state: State, rule: Rule, earlier: list[Rule]) -> bool:
    samples = state.samples
    left = samples.bits(rule.node)
    for other in earlier:
        left &= ~samples.bits(other.node)
    if left:
        return False
    denied = [state.rules.formulas.negation(r.node) for r in earlier]
    what = f"whether `{rule.id}` is ever reached"
    return state.rules.impossible([rule.node, *denied], rule.segment.at, what)


def _report_unreachable(state: State, rule: Rule, earlier: list[Rule], rules: list[Rule]) -> None:
    kept = list(earlier)
    for other in reversed(earlier):
        fewer = [r for r in kept if r is not other]
        if fewer and _is_taken(state, rule, fewer):
            kept = fewer
    takes = "together take" if len(kept) > 1 else "takes"
    message = f"nobody is left for `{rule.id}`: {quoted(r.id for r in kept)} {takes} all its customers"
    related = [see("takes customers before", r.segment.at) for r in kept]
    hint = f"move `{rule.id}` up, or ask more above it"
    fix = _moved_up(state, rule, kept[0], rules) if len(kept) == 1 else None
    state.add("unreachable", message, rule.segment.at, hint, related, fix)


def _moved_up(state: State, rule: Rule, taker: Rule, rules: list[Rule]) -> Fix | None:
    """The fix that moves a rule before the one that takes all its customers.

    None where it would still not be reached there, where one that it passes would be reached no more, and
    where it asks for memberships of its own segmentation, which depend on the order.
    """
    document = state.findings.documents.get(rule.segment.at.file)
    start, end = rules.index(taker), rules.index(rule)
    members = {f"m:{s.id}" for s in rule.segmentation.segments}
    if document is None or members & state.rules.below(f"r:{rule.id}"):
        return None
    if start and _is_taken(state, rule, _before(rule, rules[:start])):
        return None
    for n in range(start, end):
        earlier = _before(rules[n], rules[:n])
        lost = _is_taken(state, rules[n], [*earlier, *_before(rules[n], [rule])])
        if lost and not (earlier and _is_taken(state, rules[n], earlier)):
            return None
    return moved_before(document, rule.segment, taker.segment)


def _before(rule: Rule, others: list[Rule]) -> list[Rule]:
    """Those that count before a rule: drafts do for drafts only."""
    return [r for r in others if rule.segment.status == "draft" or r.segment.status == "live"]
