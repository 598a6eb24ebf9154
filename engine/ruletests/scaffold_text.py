"""A scaffold as the text of a test file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from segmentry.engine.language.calendar import Calendar

GivenTraits = dict[str, Any]
"""Values by the name of a trait, a column or a named condition; exact numbers as Decimal."""


@dataclass(frozen=True, slots=True)
class ScaffoldCase:
    """What a case gives; ``members`` are the segments that it lists, None where it lists none."""

    given: GivenTraits
    members: tuple[str, ...] | None = None


def scaffold_text(
    rules: str,
    calendar: Calendar,
    segment: str,
    defaults: GivenTraits,
    members: list[str] | None,
    notes: list[str],
    cases: list[ScaffoldCase],
) -> str:
    """The file. ``members`` are the segments that its customer is in, None where no rule refers to any;
    ``notes`` become comments.
    """
    instant = calendar.as_of.astimezone(calendar.zone).replace(tzinfo=None)
    as_of = instant.date() if instant == datetime.combine(instant.date(), time()) else instant
    lines = [f"rules: {_scalar(rules)}", f"as_of: {as_of.isoformat()}", ""]
    if defaults:
        lines += ["# A customer to start from. Each case below changes only what it names.", "defaults:"]
        lines += [f"  {_scalar(name)}: {_scalar(value)}" for name, value in defaults.items()]
        lines.append("")
    lines += ["tests:", f"  - name: boundaries of {segment}", f"    segment: {_scalar(segment)}"]
    lines += [f"    # {note}" for note in notes]
    if members is not None:
        lines.append(f"    segments: [{', '.join(members)}]")
    if not cases:
        return "\n".join([*lines, "    todo: no trait decides this segment", ""])
    lines.append("    cases: # say in or out where it says todo")
    for case in cases:
        lines += _case_lines(case)
    return "\n".join([*lines, ""])


def _case_lines(case: ScaffoldCase) -> Iterator[str]:
    lines: list[str] = []
    if case.given:
        lines.append("given:")
        lines += [f"  {_scalar(name)}: {_scalar(value)}" for name, value in case.given.items()]
    if case.members is not None:
        lines.append(f"segments: [{', '.join(case.members)}]")
    lines.append("expect: todo")
    for number, line in enumerate(lines):
        yield f"      {'-' if number == 0 else ' '} {line}"


_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_ ./-]*[A-Za-z0-9_]|[A-Za-z]")
_WORDS = frozenset(("null", "true", "false", "yes", "no", "on", "off", "y", "n"))


def _scalar(value: Any) -> str:
    """A value as YAML; texts in quotes where they might be read as something else."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case [*items]:
            return f"[{', '.join(_scalar(item) for item in items)}]"
        case datetime():
            return f'"{value.isoformat()}"'
        case date():
            return value.isoformat()
        case Decimal():
            return _number(value)
        case _:
            text = str(value)
            plain = _PLAIN.fullmatch(text) is not None and text.lower() not in _WORDS
            return text if plain else json.dumps(text, ensure_ascii=False)


def _number(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
