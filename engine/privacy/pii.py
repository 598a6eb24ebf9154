"""How personal a trait is: what its author says of it, and what the data that it is made of says.

A trait that hands a value on (the latest e-mail address, a formula over a birth date) is as personal as
that value. And it is sensitive wherever anything sensitive takes part, also in a condition.
"""

from __future__ import annotations

from segmentry.engine.files.model import Column, Model, Source, Trait
from segmentry.engine.language.formula import names_in
from segmentry.engine.language.kinds import GROUP_KINDS, TRAIT_KINDS
from segmentry.engine.planning.plan import Plan
from segmentry.engine.planning.sensitive import Sensitive
from segmentry.engine.privacy import Pii

_STRICT: tuple[Pii | None, ...] = (None, "quasi", "sensitive", "direct")


class PiiOf:
    """How personal the traits of a plan are."""

    def __init__(self, plan: Plan) -> None:
        self.customers = plan.customers
        self.copied = _Copied(plan.model)
        self.sensitive = Sensitive(plan)
        self.traits = {trait.id: trait for trait in plan.model.traits}

    def trait(self, name: str) -> Pii | None:
        """The strictest that holds of a trait or customers column: its own word, or what it rests on."""
        defined = self.traits.get(name)
        if defined is None:
            node = f"c:{name}"
            copied = self.copied.of_column(self.copied.sources[self.customers], name)
        else:
            node = f"t:{name}"
            copied = self.copied.of_trait(defined, {name})
        return _strictest([copied, "sensitive" if self.sensitive.below(node) else None])

    def contract(self, name: str) -> Column | None:
        """The contract of a customers column, wherever it comes from."""
        return self.copied.column(self.copied.sources[self.customers], name)


class _Copied:
    """What a column or a trait hands on: how personal the values themselves are."""

    def __init__(self, model: Model) -> None:
        self.sources = {source.name: source for source in model.sources}
        self.traits = {trait.id: trait for trait in model.traits}
        self.customers = next((source for source in model.sources if source.is_customers), None)

    def column(self, source: Source, name: str) -> Column | None:
        """The contract of a source's column: its own, a looked-up table's, or the parent's."""
        own = next((column for column in source.columns if column.name == name), None)
        if own is not None:
            return own
        found = (self.column(other, name) for other in self._givers(source, name))
        return next((column for column in found if column is not None), None)

    def _givers(self, source: Source, name: str) -> list[Source]:
        """The other sources that a column of a source may come from."""
        names = [look.source for look in source.lookups if name in look.columns]
        names += source.members or ([source.parent] if source.parent else [])
        return [self.sources[other] for other in names if other in self.sources]

    def of_column(self, source: Source, name: str) -> Pii | None:
        """The strictest of a column's own word and of what it is taken, computed or grouped from."""
        own = next((column for column in source.columns if column.name == name), None)
        found: list[Pii | None] = [] if own is None else [_pii(own.pii)]
        if own is not None and own.formula is not None:
            named = [node.name for node in names_in(own.formula.tree)]
            found.extend(self.of_column(source, other) for other in named if other != name)
            return _strictest(found)
        taken = name if own is None or own.source_name is None else own.source_name
        if own is not None and own.aggregate is not None:
            if not GROUP_KINDS[own.aggregate.kind].copies or own.aggregate.column is None:
                return _strictest(found)
            taken = own.aggregate.column
            if taken != name:
                return _strictest([*found, self.of_column(source, taken)])
        found.extend(self.of_column(other, taken) for other in self._givers(source, taken))
        return _strictest(found)

    def of_trait(self, trait: Trait, seen: set[str]) -> Pii | None:
        """The trait's own `pii`, or what it hands on if that is stricter."""
        found: list[Pii | None] = [_pii(trait.pii)]
        source = self.sources.get(trait.rows.source) if trait.rows is not None else None
        if source is not None and trait.column is not None and TRAIT_KINDS[trait.kind].copies:
            found.append(self.of_column(source, trait.column))
        named = [node.name for node in names_in(trait.formula.tree)] if trait.formula is not None else []
        for name in [*named, *([trait.of] if trait.of else [])]:
            if name in self.traits and name not in seen:
                found.append(self.of_trait(self.traits[name], seen | {name}))
            elif self.customers is not None and name not in self.traits:
                found.append(self.of_column(self.customers, name))
        return _strictest(found)


def _pii(reported: str | None) -> Pii | None:
    """The word of a contract, whose schema knows no others."""
    match reported:
        case "direct" | "quasi" | "sensitive":
            return reported
        case _:
            return None


def _strictest(found: list[Pii | None]) -> Pii | None:
    return max(found, key=_STRICT.index, default=None)
