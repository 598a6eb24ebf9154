"""What a case says, and whether that is enough: nothing that a rule reads is ever assumed."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, field

from segmentry.engine.files.condition_model import Did, Leaf, RuleRef, SegmentRef, Sequence
from segmentry.engine.files.condition_words import in_words
from segmentry.engine.language.operators import RANKS
from segmentry.engine.planning.order import used_by
from segmentry.engine.planning.plan import Computed, Ranked
from segmentry.engine.ruletests.prepared import Prepared, RuleLeaf, name_of


@dataclass(frozen=True)
class Supply:
    """What a case provides.

    ``given`` are definitions that it overrides, ``readable`` those that its rows let be computed (columns,
    aggregates, sequences); ``explain_rows`` says what of the rows a definition lacks. Ranks need a
    population, which only rows are.
    """

    prepared: Prepared
    given: frozenset[str]
    readable: Container[str] = frozenset[str]()
    population: bool = False
    explain_rows: Callable[[str], list[str]] | None = None
    _known: dict[str, bool] = field(default_factory=dict[str, bool], repr=False)

    def has(self, name: str) -> bool:
        """Whether a definition's value is given, or can be computed from what is given."""
        return name in self.given or name in self.readable or self.computes(name)

    def computes(self, name: str) -> bool:
        """Whether everything that a definition is computed from is there."""
        if name not in self._known:
            definition = self.prepared.plan.definitions.get(name)
            if isinstance(definition, Computed):
                enough = True
            else:
                enough = isinstance(definition, Ranked) and self.population
            self._known[name] = enough and all(self.has(used) for used in used_by(definition))
        return self._known[name]


@dataclass(frozen=True, slots=True)
class Lack:
    """Something that is read and not given: in words, and how to give it."""

    what: str
    fix: str


def lacking(supply: Supply, targets: Iterable[str]) -> list[Lack]:
    """What the definitions read, directly or through rules, and the case does not provide."""
    found: dict[str, Lack] = {}
    seen: set[str] = set()
    stack = list(targets)
    by_column = supply.prepared.by_column
    while stack:
        name = stack.pop(0)
        if name in seen or supply.has(name):
            continue
        seen.add(name)
        if name.startswith(("t:", "c:")):
            found[name] = _lack_of_trait(supply, name)
        elif name in by_column and is_opaque(by_column[name]):
            found[name] = _lack_of_leaf(supply, by_column[name])
        else:
            stack[:0] = used_by(supply.prepared.plan.definitions.get(name))
    return list(found.values())


def _lack_of_trait(supply: Supply, name: str) -> Lack:
    trait = name[2:]
    below = [f"`{b}`" for b in _inputs_lacking(supply, name)] or rows_lacking(supply, name)
    computed = f" (or {' and '.join(below)}, from which it is computed)" if below else ""
    fix = f"add `{trait}: …` under `given:` or `defaults:`{computed}; a missing value is `{trait}: null`"
    return Lack(f"`{trait}`", fix)


def rows_lacking(supply: Supply, name: str) -> list[str]:
    """What of a case's rows a definition lacks, in words."""
    if supply.explain_rows is None:
        return []
    found: dict[str, None] = {}
    seen: set[str] = set()
    stack = [name]
    while stack:
        current = stack.pop()
        if current in seen or supply.has(current):
            continue
        seen.add(current)
        if current.startswith(("a:", "q:", "c:")):
            found.update(dict.fromkeys(supply.explain_rows(current)))
        stack.extend(used_by(supply.prepared.plan.definitions.get(current)))
    return list(found)


def _inputs_lacking(supply: Supply, name: str) -> list[str]:
    """The traits that would let a trait be computed; none where only rows would."""
    definition = supply.prepared.plan.definitions.get(name)
    if not isinstance(definition, Computed):
        return []
    used = used_by(definition)
    if any(not u.startswith(("t:", "c:")) for u in used):
        return []
    return [u[2:] for u in used if not supply.has(u)]


def is_opaque(leaf: RuleLeaf) -> bool:
    """Whether no value of a trait decides the leaf."""
    match leaf.condition:
        case Leaf(tests=tests):
            return any(test.operator in RANKS for test in tests)
        case SegmentRef() | Did() | Sequence():
            return True
        case RuleRef():
            return False


def _lack_of_leaf(supply: Supply, leaf: RuleLeaf) -> Lack:
    words = f"whether the customer {in_words(leaf.condition)}"
    if isinstance(leaf.condition, Leaf):
        words = f"whether `{leaf.condition.subject}` {in_words(leaf.condition).split(' ', 1)[1]}"
    name = name_of(leaf.condition)
    rows = " and ".join(rows_lacking(supply, leaf.column)) or "rows"
    if name is not None:
        return Lack(words, f"add `{name}: true` or `{name}: false` under `given:`, or give {rows}")
    if isinstance(leaf.condition, SegmentRef):
        identity = leaf.condition.id
        return Lack(words, f"add `segments: [{identity}]` if so, `segments: []` if not")
    fix = f"give {rows}, or name the line in the rule (`as: NAME`) and add `NAME: true` or `NAME: false`"
    return Lack(words, fix)
