"""Somebody who subtracts: no few customers can be counted, and nobody's own sum found, from what is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from importlib import import_module
from itertools import product
from typing import Any

import polars as pl
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from segmentry.engine.privacy import round_count, round_share
from segmentry.personas.facts import Fact, published_facts
from segmentry.personas.facts.population import Population, SegmentInfo, TraitInfo
from tests.populations import AS_OF

LEAST = 10
linprog: Any = import_module("scipy.optimize").linprog

TIERS, TOPICS, TOWNS = ("gold", "silver", "bronze"), ("readers", "riders"), ("Ulm", "Bonn", "Kiel", "Trier")
Atom = tuple[str, bool, bool, str]
"""A tier, whether among the readers and the riders, and a town: what is told is about unions of these."""

SEGMENTS = (
    *(SegmentInfo(id_, id_, None, "tier", "first_match") for id_ in TIERS),
    *(SegmentInfo(id_, id_, None, "topics", "every_match") for id_ in TOPICS),
)


@st.composite
def _people(draw: st.DrawFn) -> list[Atom]:
    """Some hundred customers in few kinds, many of which are of a handful."""
    count = st.one_of(st.integers(0, 9), st.integers(0, 60))
    kinds = st.tuples(st.sampled_from(TIERS), st.booleans(), st.booleans(), st.sampled_from(TOWNS))
    groups = draw(st.dictionaries(kinds, count, min_size=4, max_size=14))
    return [kind for kind, number in groups.items() for _ in range(number)]


def population_of_result(people: list[Atom], **columns: Iterable[Any]) -> Population:
    ids = list(range(len(people)))
    traits = pl.DataFrame({"id": ids, "town": [one[3] for one in people], **columns})
    members = {
        "id": ids,
        "tier": [one[0] for one in people],
        "readers": [one[1] for one in people],
        "riders": [one[2] for one in people],
    }
    infos = (TraitInfo("town", "string"), *(TraitInfo(name, "number", value=True) for name in columns))
    schema = {"id": pl.Int64, "tier": pl.String, "readers": pl.Boolean, "riders": pl.Boolean}
    return Population(traits, pl.DataFrame(members, schema), infos, SEGMENTS, AS_OF, "Sample")


def _is_in(segment: str, one: Atom) -> bool:
    return one[0] == segment or (segment == "readers" and one[1]) or (segment == "riders" and one[2])


class Attacker:
    """Knows the number of all customers, every fact, and (``exact``) each count before it was rounded."""

    def __init__(self, people: list[Atom], facts: Iterable[Fact], *, exact: bool) -> None:
        self.counts = Counter(people)
        self.atoms = list(product(TIERS, (True, False), (True, False), TOWNS))
        self.exact = exact
        self.rows: list[list[float]] = []
        self.bounds: list[float] = []
        self._between(self.atoms, [], 0, len(people), len(people))
        for fact in facts:
            self._learn(fact)

    def _learn(self, fact: Fact) -> None:
        inside = [atom for atom in self.atoms if _is_in(fact.segment, atom)]
        match fact.measure:
            case "size":
                size = self._number(inside)
                alike = [n for n in range(size - 9, size + 10) if round_count(n) == fact.value]
                low, high = (size, size) if self.exact else (alike[0], alike[-1])
                self._between(inside, [], 0, low, high)
            case "category" | "overlap":
                assert fact.base is not None
                self._share([atom for atom in inside if self._counted(fact, atom)], inside, fact.value)
                if fact.measure == "category":
                    self._share([a for a in self.atoms if self._counted(fact, a)], self.atoms, fact.base)
            case _:
                pass

    def _counted(self, fact: Fact, atom: Atom) -> bool:
        if fact.measure == "category":
            return atom[3] == fact.category
        return _is_in(fact.category or "", atom)

    def _share(self, part: list[Atom], whole: list[Atom], reported: float) -> None:
        """``part`` is a share of ``whole`` that is rounded to what is told. Its step is known, too."""
        number = self._number(whole)
        alike = [count for count in range(number + 1) if round_share(count / number, number) == reported]
        if self.exact:
            alike = [self._number(part)]
        self._between(part, whole, min(alike) / number, 0, 1e9)
        self._between(part, whole, max(alike) / number, -1e9, 0)

    def _number(self, atoms: list[Atom]) -> int:
        return sum(self.counts[atom] for atom in atoms)

    def _between(self, part: list[Atom], whole: list[Atom], share: float, low: float, high: float) -> None:
        """low ≤ customers of part − share × customers of whole ≤ high."""
        row = [(atom in part) - share * (atom in whole) for atom in self.atoms]
        self.rows += [row, [-weight for weight in row]]
        self.bounds += [high + 1e-6, 1e-6 - low]

    def knows(self, cell: list[Atom]) -> bool:
        """Whether only one number of customers of the cell goes with all that is known."""
        goal = [float(atom in cell) for atom in self.atoms]
        least, most = (
            linprog([sign * one for one in goal], A_ub=self.rows, b_ub=self.bounds, bounds=(0, None))
            for sign in (1, -1)
        )
        assert least.success
        assert most.success
        return float(-most.fun) - float(least.fun) < 1


def cells_of(ids: Iterable[str], others: Iterable[str] = ()) -> list[list[Atom]]:
    """Segments, the customers of each town in them, and what they share with others."""
    atoms = list(product(TIERS, (True, False), (True, False), TOWNS))
    segments = [[atom for atom in atoms if _is_in(id_, atom)] for id_ in ids]
    towns = [[atom for atom in cell if atom[3] == town] for cell in segments for town in TOWNS]
    shared = [[atom for atom in cell if _is_in(other, atom)] for cell in segments for other in others]
    return [*segments, *towns, *shared]


@settings(max_examples=20, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(_people())
def test_few_customers_can_not_be_counted(people: list[Atom]) -> None:
    """Not within a segmentation, even from exact figures, and from what is really told nowhere."""
    reported = [
        fact for found in published_facts(population_of_result(people)).values() for fact in found.facts
    ]
    tiers = [fact for fact in reported if fact.segment in TIERS and fact.measure != "overlap"]
    both = [f for f in reported if f.segment in TIERS and f.category == "readers"]
    both += [fact for fact in reported if fact.measure == "size"]
    for facts, exact, cells in (
        (tiers, True, cells_of(TIERS)),
        (both, True, cells_of(TIERS, ["readers"])),
        (reported, False, cells_of([*TIERS, *TOPICS], TOPICS)),
    ):
        attacker = Attacker(people, facts, exact=exact)
        few = [cell for cell in cells if 0 < sum(attacker.counts[atom] for atom in cell) < LEAST]
        assert not [cell for cell in few if attacker.knows(cell)]


def _reported(population: Population, measure: str) -> dict[str, set[str | None]]:
    """Per segment the categories (or traits) of the facts of a measure."""
    return {
        id_: {fact.category or fact.trait for fact in found.facts if fact.measure == measure}
        for id_, found in published_facts(population).items()
    }


def test_a_hidden_size_is_not_reported_by_another_segment_of_the_same_customers() -> None:
    """Silver hides so that bronze is not what remains of gold and silver; the readers are silver's."""
    people: list[Atom] = [("gold", False, False, "Ulm")] * 200 + [("silver", True, False, "Ulm")] * 40
    people += [("bronze", False, False, "Ulm")] * 4
    sizes = _reported(population_of_result(people), "size")
    assert {id_ for id_, found in sizes.items() if found} == {"gold"}
    others = [(*one[:1], number < 41, *one[2:]) for number, one in enumerate(people)]
    assert _reported(population_of_result(others), "size")["readers"]  # one of them is another customer


def test_a_category_is_not_what_remains_of_all_others_in_the_base() -> None:
    """Four in Kiel are told nowhere, and then nor are those in Bonn, even where both sides are many."""
    people: list[Atom] = [
        (tier, False, False, town)
        for tier in TIERS
        for town in TOWNS[:2]
        for _ in range(80 + 20 * (town == "Ulm"))
    ]
    assert set().union(*_reported(population_of_result(people), "category").values()) == {"Ulm", "Bonn"}
    people += [("gold", False, False, "Kiel")] * 4
    assert set().union(*_reported(population_of_result(people), "category").values()) <= {"Ulm"}


def test_an_overlap_is_not_what_remains_of_the_others() -> None:
    people: list[Atom] = [
        (tier, number < readers, False, "Ulm")
        for tier, readers in zip(TIERS, (40, 60, 50), strict=True)
        for number in range(150)
    ]
    assert _reported(population_of_result(people), "overlap")["readers"] == set(TIERS)
    few = [(*one[:1], one[1] and (one[0] != "gold" or at < 5), *one[2:]) for at, one in enumerate(people)]
    assert _reported(population_of_result(few), "overlap")["readers"] == {"silver"}


def test_nobody_is_what_remains_when_reported_means_are_taken_from_that_of_all() -> None:
    """A millionaire in gold hides gold's mean, and, that it can't be computed, the smallest other one."""
    people: list[Atom] = [
        (tier, False, False, "Ulm") for tier, n in zip(TIERS, (50, 60, 400), strict=True) for _ in range(n)
    ]
    spend = [1000.0 + at % 7 for at in range(len(people))]
    reported = _reported(population_of_result(people, spend=spend), "mean")
    assert [id_ for id_ in TIERS if reported[id_]] == list(TIERS)
    reported = _reported(population_of_result(people, spend=[60_000.0, *spend[1:]]), "mean")
    assert [id_ for id_ in TIERS if reported[id_]] == ["bronze"]
    assert (
        _reported(population_of_result(people, spend=[60_000.0, *spend[1:]]), "value_share")["silver"]
        == set()
    )


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(TIERS), st.integers(0, 6)), min_size=30, max_size=90))
def test_whoever_dominates_stays_among_many(rows: list[tuple[str, int]]) -> None:
    """Of all whose mean is not told together nobody makes half, unless five average customers are more."""
    people: list[Atom] = [(tier, False, False, "Ulm") for tier, _ in rows]
    spend = [float(10**power) for _, power in rows]
    reported = _reported(population_of_result(people, spend=spend), "mean")
    hidden = [value for value, one in zip(spend, people, strict=True) if not reported[one[0]]]
    if any(reported.values()) and hidden:
        assert 2 * max(hidden) < sum(hidden) or max(hidden) <= 5 * sum(spend) / len(spend)
