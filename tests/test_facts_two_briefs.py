"""Somebody who has two successive briefs: no few customers can be counted, and no newcomer's value found."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from segmentry.engine.privacy import PrivacySettings, round_mean, round_share
from segmentry.personas.brief import compose_briefs
from segmentry.personas.facts import Fact, published_facts
from tests.llm_case import BRAND
from tests.populations import population
from tests.test_facts_attack import (
    LEAST,
    TIERS,
    TOPICS,
    TOWNS,
    Atom,
    Attacker,
    cells_of,
    linprog,
    population_of_result,
)

Row = list[float]


def _facts(people: list[Atom], **columns: list[float]) -> list[Fact]:
    found = published_facts(population_of_result(people, **columns)).values()
    return [fact for of_one in found for fact in of_one.facts]


# --- counts -----------------------------------------------------------------------------------------


def _people(dice: random.Random) -> list[Atom]:
    kinds = [
        (dice.choice(TIERS), dice.random() < 0.4, dice.random() < 0.4, dice.choice(TOWNS))
        for _ in range(dice.randint(6, 16))
    ]
    most = [dice.choice([9, 60, 80]) for _ in kinds]
    return [kind for kind, many in zip(kinds, most, strict=True) for _ in range(dice.randint(1, many))]


def _later(people: list[Atom], changes: int, dice: random.Random) -> list[Atom]:
    """So many came, went, or are another now."""
    later, kinds = list(people), sorted(set(people))
    for _ in range(changes):
        at, other = dice.randrange(len(later)), dice.choice(kinds)
        match dice.choice(("came", "went", "changed")):
            case "came":
                later.append(other)
            case "went":
                later.pop(at)
            case _:
                later[at] = other
    return later


class _Twice:
    """Knows two briefs, how many customers there were, and that no more than so many came and went."""

    def __init__(self, before: Attacker, after: Attacker, changes: int) -> None:
        width = len(before.atoms)
        nobody, all_ = [0.0] * width, [1.0] * width
        self.rows: list[Row] = [[*row, *nobody, *nobody] for row in before.rows]
        self.rows += [_after(row) for row in after.rows]
        self.rows += [_after([-float(at == one) for at in range(width)]) for one in range(width)]
        self.rows += [[*nobody, *all_, *nobody], [*nobody, *nobody, *all_]]
        self.bounds = [*before.bounds, *after.bounds, *nobody, float(changes), float(changes)]

    def knows(self, cell: Row) -> bool:
        """Whether only one number of customers goes with all that is known."""
        least, most = (
            linprog([sign * one for one in cell], A_ub=self.rows, b_ub=self.bounds, bounds=(0, None))
            for sign in (1, -1)
        )
        return float(-most.fun) - float(least.fun) < 1


def _after(row: Row) -> Row:
    """The kinds as they are later: as before, with who came, without who went."""
    return [*row, *row, *(-weight for weight in row)]


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10**9))
def test_few_customers_can_not_be_counted_from_two_briefs(seed: int) -> None:
    dice = random.Random(seed)
    people = _people(dice)
    changes = dice.randint(2, 4)
    days = [people, _later(people, changes, dice)]
    before, after = (Attacker(one, _facts(one), exact=False) for one in days)
    attacker = _Twice(before, after, changes)
    for day, hers in (("before", before), ("after", after)):
        for cell in cells_of([*TIERS, *TOPICS], TOPICS):
            if 0 < sum(hers.counts[atom] for atom in cell) < LEAST:
                row = [float(atom in cell) for atom in hers.atoms]
                assert not attacker.knows(_after(row) if day == "after" else [*row, *[0.0] * 2 * len(row)])


# --- a newcomer's value -----------------------------------------------------------------------------


def _reported_alike(rounded: Callable[[float], float | None], exact: float) -> tuple[float, float]:
    """The lowest and the highest figure around the exact one that is told as the same."""
    ends: list[float] = []
    for sign in (-1, 1):
        near, far = 0.0, abs(exact) + 1
        for _ in range(60):
            middle = (near + far) / 2
            near, far = (middle, far) if rounded(exact + sign * middle) == rounded(exact) else (near, middle)
        ends.append(exact + sign * far)
    return ends[0], ends[1]


class _Summing:
    """Knows two briefs, every exact count and the tier of the newcomer; seeks the newcomer's value.

    The unknowns are the sums of the tiers before, and that value.
    """

    def __init__(self, tier: str) -> None:
        self.tier = tier
        self.rows: list[Row] = []
        self.bounds: list[float] = []

    def learn(self, spend: dict[str, list[float]], facts: list[Fact], *, later: bool) -> None:
        every = [value for values in spend.values() for value in values]
        for fact in facts:
            here, known = spend[fact.segment], len(every)
            if fact.measure == "mean":
                self._mean([fact.segment], here, later=later)
                self._mean(TIERS, every, later=later)
            elif fact.measure == "value_share":
                steps = min(known, 500)
                low, high = _reported_alike(lambda one, n=steps: round_share(one, n), sum(here) / sum(every))  # type: ignore[misc]
                part, whole = self._row([fact.segment], later), self._row(TIERS, later)
                self._at_most([a - high * b for a, b in zip(part, whole, strict=True)], 0.0)
                self._at_most([low * b - a for a, b in zip(part, whole, strict=True)], 0.0)

    def _mean(self, tiers: list[str] | tuple[str, ...], values: list[float], *, later: bool) -> None:
        count, row = len(values), self._row(tiers, later)
        low, high = _reported_alike(lambda one: round_mean(one, count), sum(values) / count)
        self._at_most(row, high * count)
        self._at_most([-weight for weight in row], -low * count)

    def _row(self, tiers: list[str] | tuple[str, ...], later: bool) -> Row:
        return [*(float(tier in tiers) for tier in TIERS), float(later and self.tier in tiers)]

    def _at_most(self, row: Row, bound: float) -> None:
        self.rows.append(row)
        self.bounds.append(bound + 1e-6 * (1 + abs(bound)))

    def span(self) -> float:
        """How far the highest possible value is from the lowest."""
        if not self.rows:
            return math.inf
        least, most = (
            linprog([0.0] * len(TIERS) + [sign], A_ub=self.rows, b_ub=self.bounds, bounds=(0, None))
            for sign in (1.0, -1.0)
        )
        return float(-most.fun) - float(least.fun) if most.success else math.inf


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**9))
def test_what_a_newcomer_spends_stays_open(seed: int) -> None:
    """It may be anything in a stretch at least half as long as what a customer spends on average."""
    dice = random.Random(seed)
    counts = [dice.choice([dice.randint(12, 40), dice.randint(20, 200)]) for _ in TIERS]
    spend = {t: [dice.lognormvariate(4, 0.7) for _ in range(n)] for t, n in zip(TIERS, counts, strict=True)}
    average = sum(map(sum, spend.values())) / sum(counts)
    attacker = _Summing(dice.choice(TIERS))
    for later in (False, True):
        people = [(tier, False, False, TOWNS[0]) for tier in TIERS for _ in spend[tier]]
        facts = _facts(people, spend=[value for tier in TIERS for value in spend[tier]])
        attacker.learn(spend, facts, later=later)
        spend[attacker.tier].append(average * dice.choice([0.1, 1, 2, 5]))
    assert attacker.span() >= 0.5 * average


def test_a_share_of_value_is_no_finer_than_five_customers() -> None:
    """Of 60 customers nobody's hundred is seen in it, and of five hundred five times a hundred are."""
    for times, reported in ((1, 1), (10, 2)):
        people = [(tier, False, False, TOWNS[0]) for tier in TIERS for _ in range(20 * times)]
        shares: set[float] = set()
        for more in (0.0, 100.0 * times):
            spend = [100.0 + at % 7 + (at % len(people) == 3) * more for at in range(len(people))]
            facts = _facts(people, spend=spend)
            shares |= {f.value for f in facts if (f.segment, f.measure) == (TIERS[0], "value_share")}
        assert len(shares) == reported


# --- what stands beside the figures -----------------------------------------------------------------


def _figures(facts: Sequence[Fact]) -> dict[str, tuple[float, float | None]]:
    return {fact.id: (fact.value, fact.base) for fact in facts}


def _changed(at: int) -> tuple[pl.Expr, ...]:
    """One customer is another one in three respects."""
    here = pl.int_range(pl.len()) == at
    return (
        pl.when(here).then(~pl.col("consent_email")).otherwise("consent_email").alias("consent_email"),
        pl.when(here).then(pl.lit("AT")).otherwise("country").alias("country"),
        pl.when(here).then(pl.col("average_order") * 1.5).otherwise("average_order").alias("average_order"),
    )


def test_index_effect_and_confidence_tell_nothing_that_the_figures_do_not() -> None:
    """One customer changes: where no figure does, nothing does, but the deviation by a whole step."""
    people = population(240)
    reported = published_facts(people)
    pairs: list[tuple[Fact, Fact]] = []
    for at in range(0, 240, 12):
        later = published_facts(population(240, traits=people.traits.with_columns(_changed(at))))
        for id_, found in reported.items():
            if _figures(found.facts) == _figures(later[id_].facts):
                pairs += zip(found.facts, later[id_].facts, strict=True)
    assert {one.effect_kind for one, _ in pairs} == {None, "cohens_d", "cramers_v"}
    for one, other in pairs:
        if one.effect and other.effect and one.effect_kind == "cohens_d":
            apart = abs(one.effect / other.effect - 1)
            assert apart < 1e-9 or apart > 0.05
            other = replace(other, effect=one.effect, strength=one.strength, confidence=one.confidence)
        assert one == other


def test_the_effect_does_not_tell_a_size_that_is_hidden() -> None:
    """Silver's size is hidden for bronze's sake: its shares are told, and 60 have the effect that 80 have."""
    reported: set[tuple[float, float | None, float | None]] = set()
    for gold, silver in ((400, 60), (380, 80)):
        people: list[Any] = [("gold", False, False, "Ulm" if at % 5 < 3 else "Bonn") for at in range(gold)]
        people += [("silver", False, False, "Bonn" if at % 2 else "Ulm") for at in range(silver)]
        facts = _facts(people + [("bronze", False, False, None)] * 4)
        assert not [fact for fact in facts if fact.segment == "silver" and fact.measure == "size"]
        reported |= {
            (f.value, f.base, f.effect) for f in facts if (f.segment, f.category) == ("silver", "Ulm")
        }
    assert len(reported) == 1


def test_groups_of_one_have_effects_where_a_workspace_tells_of_them() -> None:
    people = population(60, privacy=PrivacySettings(min_cell=1))
    facts = [fact for found in published_facts(people).values() for fact in found.facts]
    assert {fact.segment for fact in facts if fact.effect} >= {"tiny"}
    assert all(abs(fact.effect) <= 1 for fact in facts if fact.effect and fact.effect_kind == "cramers_v")


def test_a_brief_tells_no_more_in_another_language() -> None:
    entries: list[list[tuple[Any, ...]]] = []
    for locale in ("en_GB", "de_DE", "fr_FR"):
        people = population(locale=locale)
        briefs = compose_briefs(people, published_facts(people), BRAND)
        kept = ("id", "value", "base", "unit", "index", "effect", "effect_kind", "confidence")
        entries.append(
            [tuple(fact[key] for key in kept) for brief in briefs.values() for fact in brief["facts"]]
        )
    assert entries[0] == entries[1] == entries[2]
