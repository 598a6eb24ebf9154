"""Random conditions of customers and of rows."""

from __future__ import annotations

from typing import Any

from tests.random_models.choices import Chooser
from tests.random_models.fields import NUMERIC, Fields
from tests.random_models.leaves import DAYS, HOURS, Leaf, Leaves
from tests.random_models.tables import Source

PERIOD_DAYS = ("1 day", "7 days", "6 days", "1 month")
STEPS = ("integer", "string", "date", "decimal", "boolean")
PERIODS = ("week", "month", "quarter", "year")


def row_condition(choose: Chooser, source: Source, depth: int = 1) -> Leaf:
    """A `where` or `that` about a source's columns."""
    if depth and choose.chance(25):
        return combined(choose, lambda: row_condition(choose, source, depth - 1))
    return Leaves(choose, source.fields, "column").leaf()


def combined(choose: Chooser, part: Any) -> Leaf:
    """Some conditions under a combinator."""
    combinator = choose.pick(("all", "any", "none", "not"))
    if combinator == "not":
        return {"not": part()}
    return {combinator: [part() for _ in range(choose.number(1, 3))]}


def window(choose: Chooser, today: str) -> Leaf:
    """The keys of one window; `today` is the as-of date in ISO form."""
    match choose.number(0, 5):
        case 0:
            return {"within_last": choose.pick((*DAYS, *HOURS))}
        case 1:
            return {
                "between_ago": choose.pick(
                    (["12 months", "1 month"], ["30 days", "1 day"], ["2 weeks", "24 hours"])
                )
            }
        case 2:
            return {"during": f"{choose.pick(('this', 'last'))} {choose.pick(PERIODS)}"}
        case 3:
            return {"in_month": choose.pick((today[:7], "2026-02", "2025-12"))}
        case 4:
            return {
                "since": choose.pick(
                    ("7 days ago", "start of month", "start of year", "2026-01-01", "36 hours ago")
                )
            }
        case _:
            since: Leaf = {"since": "2024-02-29"} if choose.chance(50) else {}
            return since | {"until": choose.pick((today, "yesterday", "start of week", "7 days ago"))}


def steps_by(choose: Chooser, source: Source) -> Leaf:
    """Sometimes a column whose values are the steps."""
    names = [name for name, field in source.fields.items() if field.stable and field.kind in STEPS]
    return {"by": choose.pick(names)} if names and choose.chance(30) else {}


def last_rows(choose: Chooser, source: Source) -> Leaf:
    """The newest steps of a source with times, and sometimes exactly so many."""
    if not source.time:
        return {}
    keys: Leaf = {"last_rows": choose.number(1, 3), **steps_by(choose, source)}
    return keys | {"exactly": True} if choose.chance(40) else keys


class Conditions:
    """Conditions of customers: over traits, sources, and segments that are there already."""

    def __init__(self, choose: Chooser, traits: Fields, sources: dict[str, Source], today: str) -> None:
        self.choose, self.traits, self.sources, self.today = choose, traits, sources, today
        self.segments: list[str] = []
        self.rules: list[str] = []

    def condition(self, depth: int = 2) -> Leaf:
        choose = self.choose
        if depth and choose.chance(45):
            return combined(choose, lambda: self.condition(depth - 1))
        match choose.number(0, 9):
            case 0 | 1 | 2 | 3 | 4:
                return Leaves(choose, self.traits, "trait").leaf()
            case 5:
                return self.did()
            case 6:
                return self.sequence()
            case 7 if depth:
                return self.ranked(depth)
            case 8 if self.segments:
                return {"segment": choose.pick(self.segments)}
            case 9 if self.rules:
                return {"rule": choose.pick(self.rules)}
            case _:
                return Leaves(choose, self.traits, "trait").leaf()

    def did(self) -> Leaf:
        choose = self.choose
        if choose.chance(20):
            return self.sequence()
        source = choose.pick(tuple(self.sources.values()))
        condition: Leaf = {choose.pick(("did", "did_not")): source.name, **self.rows(source)}
        if "did" in condition and choose.chance(50):
            condition["times"] = Leaves(choose, self.traits, "trait").counts(3)
        if "did" in condition and choose.chance(30):
            condition |= last_rows(choose, source)
        return condition

    def rows(self, source: Source) -> Leaf:
        """Sometimes a `where`, sometimes a window."""
        choose = self.choose
        keys: Leaf = {"where": row_condition(choose, source)} if choose.chance(40) else {}
        if source.time and choose.chance(45):
            keys |= window(choose, self.today)
        return keys

    def sequence(self) -> Leaf:
        """`then` or `then_not` between two timed sources."""
        choose = self.choose
        timed = [source for source in self.sources.values() if source.time]
        if not timed:
            return Leaves(choose, self.traits, "trait").leaf()
        first = choose.pick(timed)
        return {"did": first.name, **self.rows(first), **self._later(first, timed, choose.pick((0, 0, 1, 2)))}

    def _later(self, first: Source, timed: list[Source], further: int) -> Leaf:
        """What follows a row of a source, how soon, and what follows that as many times."""
        choose = self.choose
        second = choose.pick(timed)
        then: Leaf = {"did": second.name}
        if choose.chance(40):
            then["where"] = row_condition(choose, second)
        key = choose.pick(("then", "then_not") if not further else ("then", "then", "then_not"))
        condition: Leaf = {key: then}
        if key == "then_not" or choose.chance(60):
            instants = {first.time_kind, second.time_kind} == {"datetime"}
            condition["within"] = choose.pick((*PERIOD_DAYS, *HOURS) if instants else PERIOD_DAYS)
        both = [name for name, field in first.fields.items() if _same_kind(second, name, field.kind)]
        if both and choose.chance(35):
            condition["same"] = choose.some(both, 1, 2)
        if further:
            then |= self._later(second, timed, further - 1)
        return condition

    def ranked(self, depth: int) -> Leaf:
        """A `top` or `bottom`."""
        choose = self.choose
        leaf = self.rank_of((*NUMERIC, "date"))
        if leaf is None:
            return self.did()
        leaf = {
            "trait": leaf,
            choose.pick(("top", "bottom")): choose.pick(("10%", "50%", "33.3%", 1, 3, "100%")),
        }
        if choose.chance(20):
            leaf["missing"] = "include"
        return leaf | self.population(depth)

    def rank_of(self, kinds: tuple[str, ...]) -> str | None:
        names = [name for name, field in self.traits.items() if field.stable and field.kind in kinds]
        return self.choose.pick(names) if names else None

    def population(self, depth: int) -> Leaf:
        """Sometimes `among`, sometimes `per`."""
        choose = self.choose
        keys: Leaf = {"among": self.condition(depth - 1)} if choose.chance(30) else {}
        groups = [
            name for name, field in self.traits.items() if field.kind in ("string", "boolean", "integer")
        ]
        if groups and choose.chance(30):
            keys["per"] = choose.pick(groups)
        return keys


def _same_kind(source: Source, name: str, kind: str) -> bool:
    return (
        name in source.fields
        and source.fields[name].kind == kind
        and kind in ("integer", "string", "boolean")
    )
