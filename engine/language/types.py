"""The types of values that rules speak of, and how two of them meet.

``integer`` and ``decimal`` are exact, ``number`` is an IEEE double; the three are the number kinds.
``unknown`` is the type of a column that neither a file nor a contract describes: it fits everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "string", "integer", "number", "decimal", "boolean", "date", "datetime", "list", "unknown", "unsupported"
]

Letters = Literal["as_written", "ignore_case", "fold"]
"""How texts are compared: letter by letter, in full Unicode lowercase, or folded (`text_forms.folded`)."""

DECLARED_KINDS: tuple[Kind, ...] = (
    "string",
    "integer",
    "number",
    "decimal",
    "boolean",
    "date",
    "datetime",
    "list",
)
"""The words a column contract may use for ``type``."""


@dataclass(frozen=True, slots=True)
class Type:
    """The type of a value: its kind, the scale of a decimal, the element type of a list."""

    kind: Kind
    scale: int = 0
    element: Type | None = None

    @property
    def is_number(self) -> bool:
        """True for integer, decimal, number (and unknown)."""
        return self.kind in ("integer", "decimal", "number", "unknown")

    @property
    def is_exact(self) -> bool:
        """True for integer and decimal."""
        return self.kind in ("integer", "decimal")

    @property
    def is_temporal(self) -> bool:
        """True for date, datetime (and unknown)."""
        return self.kind in ("date", "datetime", "unknown")

    @property
    def is_text(self) -> bool:
        """True for string (and unknown)."""
        return self.kind in ("string", "unknown")

    def words(self) -> str:
        """The type as a marketer reads it."""
        match self.kind:
            case "string":
                return "a text"
            case "integer":
                return "a whole number"
            case "number":
                return "a number"
            case "decimal":
                return f"an exact decimal with {self.scale} places"
            case "boolean":
                return "true or false"
            case "date":
                return "a date"
            case "datetime":
                return "a date with time"
            case "list":
                return "a list"
            case "unknown":
                return "of unknown type"
            case "unsupported":
                return "of a type that rules can't use"


STRING = Type("string")
INTEGER = Type("integer")
NUMBER = Type("number")
BOOLEAN = Type("boolean")
DATE = Type("date")
DATETIME = Type("datetime")
UNKNOWN = Type("unknown")
UNSUPPORTED = Type("unsupported")


def decimal(scale: int) -> Type:
    """An exact decimal with that many places."""
    return Type("decimal", scale)


def list_of(element: Type) -> Type:
    """A list of values of one type."""
    return Type("list", 0, element)


def same_family(a: Type, b: Type) -> bool:
    """Whether values of the two types may stand in one column: equal kinds, or both number kinds."""
    if "unknown" in (a.kind, b.kind):
        return True
    if a.is_number and b.is_number:
        return True
    if a.kind == "list" and b.kind == "list":
        return a.element is None or b.element is None or same_family(a.element, b.element)
    return a.kind == b.kind


def common_type(a: Type, b: Type) -> Type | None:
    """The type both fit: exact kinds meet in the larger scale, anything with a number is a number."""
    if a == b:
        return a
    if a.kind == "unknown":
        return b
    if b.kind == "unknown":
        return a
    if a.is_number and b.is_number:
        if a.is_exact and b.is_exact:
            return decimal(max(a.scale, b.scale))
        return NUMBER
    if {a.kind, b.kind} == {"date", "datetime"}:
        return DATE
    if a.kind == "list" and b.kind == "list":
        if a.element is None or b.element is None:
            return a if b.element is None else b
        element = common_type(a.element, b.element)
        return None if element is None else list_of(element)
    return None
