"""`because:` names the condition that decides, in the words of the rule."""

from __future__ import annotations

import re
from typing import Any

from segmentry.engine.files.condition_model import Did, Leaf, RuleRef, SegmentRef, Sequence
from segmentry.engine.files.condition_words import in_words, operand_words
from segmentry.engine.files.parse.conditions import FrozenMap
from segmentry.engine.ruletests.prepared import Atom, name_of


def rule_text(atom: Atom) -> str:
    """A leaf as it stands in a rule, on one line: `discount_share at_least 0.5`."""
    match atom:
        case Leaf(subject=subject, tests=tests):
            return f"{subject} " + ", ".join(f"{t.operator} {_operand(t.operand)}" for t in tests)
        case SegmentRef(id=identity):
            return f"segment {identity}"
        case RuleRef(id=identity):
            return f"rule {identity}"
        case Did() | Sequence():
            return in_words(atom)


def _operand(value: Any) -> str:
    match value:
        case FrozenMap():
            return "{" + ", ".join(f"{key}: {_operand(item)}" for key, item in value.items()) + "}"
        case [*items]:
            return "[" + ", ".join(_operand(item) for item in items) + "]"
        case _:
            return operand_words(value)


def is_named(because: str, atom: Atom) -> bool:
    """Whether the words mean the leaf: as it stands in the rule, read aloud, by one operator or its name."""
    return _plain(because) in {_plain(text) for text in _texts(atom)}


def _texts(atom: Atom) -> list[str]:
    texts = [rule_text(atom), in_words(atom)]
    name = name_of(atom)
    if name is not None:
        texts.append(name)
    match atom:
        case Leaf(subject=subject, tests=tests):
            for test in tests:
                texts.append(f"{subject} {test.operator} {_operand(test.operand)}")
                texts.append(f"{subject} {test.operator} {operand_words(test.operand, test.operator)}")
        case Did(rows=rows, negated=negated, times=()):
            texts.append(f"{'did_not' if negated else 'did'} {rows.source}")
        case _:
            pass
    return texts


def _plain(text: str) -> str:
    """The words alone, without the signs that YAML may or may not put around them."""
    return " ".join(re.sub(r"[\[\]{}(),:'\"`]", " ", text).casefold().split())
