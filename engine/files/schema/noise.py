"""One mistake is one finding: what only follows from another fault is left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from segmentry.engine.document import Path
from segmentry.engine.files.schema.conditions import FORMS
from segmentry.engine.files.schema.faults import SchemaFault, key_choices
from segmentry.engine.files.schema.messages import meant_key


@dataclass
class _Keys:
    """The keys of one mapping that are at fault."""

    unknown: dict[str, str | None] = field(default_factory=dict[str, str | None])
    """Each with the key that was most likely meant."""
    misplaced: set[str] = field(default_factory=set[str])
    explained: set[str] = field(default_factory=set[str])
    """The misplaced ones for which the schema says why."""

    def replacement_of(self, lacking: Iterable[str], *, form: bool) -> bool:
        """Whether one of them was most likely meant to be a key that lacks.

        Where the form of the mapping hangs on the key, so may any other that is no key at all, is misplaced,
        or was meant to be one of those that give a condition another form.
        """
        meant = set(self.unknown.values())
        if not meant.isdisjoint(lacking):
            return True
        return form and (None in meant or bool(self.misplaced) or not meant.isdisjoint(FORMS))


def without_noise(faults: list[SchemaFault]) -> list[SchemaFault]:
    """The faults that are mistakes of their own, each once."""
    if not faults:
        return faults
    keys = _keys_at_fault(faults)
    kept = [fault for fault in faults if not _follows(fault, keys)]
    return _once(_joined(kept))


def _keys_at_fault(faults: Iterable[SchemaFault]) -> Mapping[Path, _Keys]:
    found: dict[Path, _Keys] = {}
    for fault in faults:
        if fault.keyword == "additionalProperties" and fault.key is not None:
            found.setdefault(fault.path, _Keys()).unknown[fault.key] = meant_key(fault)
        elif fault.keyword == "propertyNames" and fault.key is not None:
            found.setdefault(fault.path, _Keys()).misplaced.add(fault.key)
        elif fault.keyword == "not" and fault.path and isinstance(fault.path[-1], str):
            found.setdefault(fault.path[:-1], _Keys()).misplaced.add(fault.path[-1])
            found[fault.path[:-1]].explained.add(fault.path[-1])
    return found


def _follows(fault: SchemaFault, keys: Mapping[Path, _Keys]) -> bool:
    """Whether a fault is there only because of a key that is at fault."""
    own = fault.path[:-1] if fault.keyword == "not" else None
    for n, step in enumerate(fault.path):
        holder = keys.get(fault.path[:n])
        if (
            holder is not None
            and fault.path[:n] != own
            and (step in holder.unknown or step in holder.misplaced)
        ):
            return True
    here = keys.get(fault.path)
    if here is None:
        return False
    match fault.keyword:
        case "propertyNames":
            return fault.key in here.unknown or fault.key in here.explained
        case "required":
            return here.replacement_of([str(fault.key)], form="errorMessage" in fault.schema)
        case "anyOf" | "oneOf":
            choices = key_choices(fault.schema)
            return not any(key in fault.value for key in choices) and here.replacement_of(choices, form=True)
        case _:
            return False


def _joined(faults: Iterable[SchemaFault]) -> list[SchemaFault]:
    """Several keys of one mapping that are out of place for the same reason are one mistake."""
    kept: list[SchemaFault] = []
    seen: set[Path] = set()
    for fault in faults:
        if fault.keyword == "propertyNames" and "enum" in fault.schema:
            if fault.path in seen:
                continue
            seen.add(fault.path)
        kept.append(fault)
    return kept


def _once(faults: Iterable[SchemaFault]) -> list[SchemaFault]:
    """One fault of a kind for each key and value."""
    kept: dict[tuple[Path, str | None, str], SchemaFault] = {}
    for fault in faults:
        kept.setdefault((fault.path, fault.key, fault.keyword), fault)
    return list(kept.values())
