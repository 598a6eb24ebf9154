"""The benchmark's conditions: one small tree that each contender writes down in its own language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Operator = Literal["at_least", "at_most", "more_than", "less_than"]


@dataclass(frozen=True, slots=True)
class Number:
    """A numeric trait against a figure."""

    trait: str
    operator: Operator
    value: float


@dataclass(frozen=True, slots=True)
class Grown:
    """Spend of the last 12 months above tenths ÷ 10 times that of the 12 months before."""

    tenths: int


@dataclass(frozen=True, slots=True)
class Text:
    """A text trait that is one of the values."""

    trait: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Flag:
    """A boolean trait that is true."""

    trait: str


@dataclass(frozen=True, slots=True)
class Top:
    """Among the first percent by a numeric trait of the customers above 0; per country or overall."""

    trait: str
    percent: int
    per_country: bool = False


@dataclass(frozen=True, slots=True)
class Did:
    """At least so many rows of one of the behaviours of BEHAVIOURS; 0 means none."""

    behaviour: str
    times: int


@dataclass(frozen=True, slots=True)
class Member:
    """Final membership of a segment of a first-match segmentation."""

    segmentation: str
    segment: str


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class NoneOf:
    """No part holds."""

    parts: tuple[Condition, ...]


Condition = Number | Grown | Text | Flag | Top | Did | Member | All | AnyOf | NoneOf


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Rows of a source: a column's value (None: any known one) within the last so many days or months."""

    source: Literal["orders", "events"]
    column: str
    value: str | None
    count: int
    unit: Literal["days", "months"]


BEHAVIOURS = {
    "cart_7d": Behaviour("events", "kind", "cart", 7, "days"),
    "checkout_14d": Behaviour("events", "kind", "checkout", 14, "days"),
    "click_30d": Behaviour("events", "kind", "email_click", 30, "days"),
    "paid_30d": Behaviour("orders", "status", "paid", 30, "days"),
    "refund_6m": Behaviour("orders", "status", "refunded", 6, "months"),
    "coupon_3m": Behaviour("orders", "coupon", None, 3, "months"),
}


# Traits that are 0 and not missing for a customer without rows.
ZERO = (
    *("orders_12m", "orders_90d", "orders_total", "spend_12m", "spend_previous_12m", "spend_total"),
    *("distinct_categories", "coupon_orders", "views_30d", "carts_30d", "opens_90d", "events_90d"),
    *("categories_seen_90d", *(f"did_{name}" for name in BEHAVIOURS)),
)


@dataclass(frozen=True, slots=True)
class Segment:
    """An id and its condition."""

    id: str
    when: Condition


@dataclass(frozen=True, slots=True)
class Segmentation:
    """A rule file. A first-match one has an `otherwise`, whose id is the segmentation's and `-other`."""

    id: str
    first_match: bool
    segments: tuple[Segment, ...]

    @property
    def otherwise(self) -> str:
        """The id of everybody else."""
        return f"{self.id}-other"


def tops(condition: Condition) -> set[Top]:
    """The ranks that a condition needs."""
    match condition:
        case Top():
            return {condition}
        case All(parts) | AnyOf(parts) | NoneOf(parts):
            return {top for part in parts for top in tops(part)}
        case _:
            return set()


def rank_name(top: Top) -> str:
    """The name of a rank's helper column."""
    return f"top_{top.percent}_{top.trait}{'_per_country' if top.per_country else ''}"


def as_yaml(condition: Condition) -> dict[str, Any]:
    """The condition as the rule language has it."""
    match condition:
        case Number(trait, operator, value):
            return {"trait": trait, operator: value}
        case Grown(tenths):
            return {"trait": "spend_12m", "more_than": {"trait": "spend_previous_12m", "times": tenths / 10}}
        case Text(trait, values):
            return {"trait": trait, "in": list(values)}
        case Flag(trait):
            return {"trait": trait, "is": True}
        case Top(trait, percent, per_country):
            among = {"trait": trait, "more_than": 0}
            leaf: dict[str, Any] = {"trait": trait, "top": f"{percent}%", "among": among}
            return leaf | {"per": "country"} if per_country else leaf
        case Did(name, times):
            return _did_as_yaml(BEHAVIOURS[name], times)
        case Member(_, segment):
            return {"segment": segment}
        case All(parts):
            return {"all": [as_yaml(part) for part in parts]}
        case AnyOf(parts):
            return {"any": [as_yaml(part) for part in parts]}
        case NoneOf(parts):
            return {"none": [as_yaml(part) for part in parts]}


def _did_as_yaml(behaviour: Behaviour, times: int) -> dict[str, Any]:
    test = {"known": True} if behaviour.value is None else {"is": behaviour.value}
    leaf: dict[str, Any] = {
        "did" if times else "did_not": behaviour.source,
        "where": {"column": behaviour.column} | test,
        "within_last": f"{behaviour.count} {behaviour.unit}",
    }
    return leaf | {"times": {"at_least": times}} if times > 1 else leaf
