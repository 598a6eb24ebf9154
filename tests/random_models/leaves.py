"""Random leaves: every operator, with operands of the right type near the values."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tests.random_models.choices import Chooser
from tests.random_models.fields import NUMERIC, Field, Fields

Leaf = dict[str, Any]
ORDERINGS = ("more_than", "at_least", "less_than", "at_most")
DATE_ORDERINGS = ("before", "after", "on_or_before", "on_or_after")
DAYS = ("1 day", "7 days", "1 month", "2 weeks", "30 days", "1 quarter", "1 year", "3 months", "90 days")
HOURS = ("1 hour", "24 hours", "90 minutes", "36 hours")
WORDS = ("today", "yesterday", "7 days ago", "1 month ago", "in 7 days", "start of month", "start of week")
FISCAL_WORDS = ("start of quarter", "start of year", "1 year ago", "in 1 month")
PATTERNS = (
    *(
        "^a",
        "[0-9]+",
        "a|B",
        r"\d",
        r"\bx",
        "e.$",
        "^$",
        r"\s",
        "(?:B|ä){1,2}",
        r"\w\b",
        r"^[^a]*$",
        r"x.y",
        r"\.",
    ),
    *("ß", "^.$", r"[\dä]", r"\W"),
)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = ("january", "february", "march", "april", "october", "november", "december")


class Leaves:
    """Leaves about some fields; `key` is `trait` for customers, `column` for rows."""

    def __init__(self, choose: Chooser, fields: Fields, key: str) -> None:
        self.choose, self.fields, self.key = choose, fields, key

    def leaf(self) -> Leaf:
        choose = self.choose
        name = choose.pick(tuple(self.fields))
        field = self.fields[name]
        leaf: Leaf = {self.key: name}
        if not field.stable or choose.chance(8):
            return {**leaf, "known": choose.chance(50)}
        leaf |= self.operation(field)
        if choose.chance(15):
            leaf |= self.operation(field)
        if field.kind == "string" and set(leaf) - {self.key, "blank"} and choose.chance(25):
            leaf["ignore_case"] = True
            if choose.chance(50) and not {"matches", "not_matches"} & set(leaf):
                leaf["fold"] = leaf.pop("ignore_case")
        if choose.chance(30):
            leaf["missing"] = choose.pick(("include", "exclude"))
        return leaf

    def operation(self, field: Field) -> Leaf:
        """One operator with its operand."""
        makers: dict[str, Callable[[Field], Leaf]] = {
            "string": self._text,
            "boolean": self._boolean,
            "list": self._list,
            "date": self._moment,
            "datetime": self._moment,
        }
        return makers.get(field.kind, self._number)(field)

    def _equality(self, field: Field) -> Leaf:
        """`is`, `in` and their negations."""
        operator = self.choose.pick(("is", "in", "is_not", "not_in"))
        if operator in ("in", "not_in"):
            return {operator: self.choose.some(field.literals, 1, 3)}
        return {operator: self.other(field) or self.choose.pick(field.literals)}

    def other(self, field: Field) -> Leaf | None:
        """Sometimes another trait to compare with."""
        choose = self.choose
        if self.key == "column" or not choose.chance(20):
            return None
        kinds = NUMERIC if field.numeric else (field.kind,)
        names = [name for name, each in self.fields.items() if each.kind in kinds and each.stable]
        if not names:
            return None
        other: Leaf = {"trait": choose.pick(names)}
        if field.numeric and choose.chance(50):
            other["times"] = choose.pick((1, 2, Decimal("1.2"), Decimal("0.5"), -1))
        if field.numeric and choose.chance(30):
            other["plus"] = choose.pick((0, 1, Decimal("0.1"), -3))
        return other

    def _boolean(self, field: Field) -> Leaf:
        return {self.choose.pick(("is", "is_not")): self.choose.chance(50)}

    def _number(self, field: Field) -> Leaf:
        choose = self.choose
        match choose.number(0, 3):
            case 0:
                return {choose.pick(ORDERINGS): self.other(field) or choose.pick(field.literals)}
            case 1:
                return self._equality(field)
            case 2:
                low, high = sorted([choose.pick(field.literals), choose.pick(field.literals)])
                bounds = [self.other(field) or low, high]
                return {choose.pick(("between", "not_between")): bounds}
            case _:
                half = Decimal("0.5") if field.kind != "integer" else 0
                return {choose.pick(ORDERINGS): choose.pick(field.literals) + half}

    def _text(self, field: Field) -> Leaf:
        choose = self.choose
        match choose.number(0, 3):
            case 0:
                return self._equality(field)
            case 1:
                operator = choose.pick(("contains", "not_contains", "starts_with", "ends_with"))
                listed = choose.some([each for each in field.literals if each], 1, 2)
                return {operator: listed if choose.chance(50) else listed[0]}
            case 2:
                return {choose.pick(("matches", "not_matches")): choose.pick(PATTERNS)}
            case _:
                return {"blank": choose.chance(50)}

    def _list(self, field: Field) -> Leaf:
        choose = self.choose
        operator = choose.pick(("includes", "includes_any", "includes_all", "includes_none", "size"))
        if operator == "size":
            return {"size": self.counts(3)}
        if operator == "includes":
            return {"includes": choose.pick(field.literals)}
        return {operator: choose.some(field.literals, 1, 3)}

    def counts(self, high: int) -> Leaf:
        """Number operators on a count."""
        choose = self.choose
        match choose.number(0, 3):
            case 0:
                return {choose.pick(ORDERINGS): choose.number(0, high)}
            case 1:
                return {"is": choose.number(0, high)}
            case 2:
                low = choose.number(0, high)
                return {"between": [low, low + choose.number(0, 2)]}
            case _:
                return {"at_least": choose.number(0, 1), "at_most": choose.number(1, high)}

    def moment(self, field: Field) -> str:
        choose = self.choose
        match choose.number(0, 3):
            case 0 | 1:
                return choose.pick(field.literals)
            case 2:
                return choose.pick(WORDS)
            case _:
                hours = ("1 hour ago", "in 3 hours", "90 minutes ago")
                return choose.pick(FISCAL_WORDS if field.kind == "date" else hours)

    def _moment(self, field: Field) -> Leaf:
        choose = self.choose
        match choose.number(0, 5):
            case 0:
                return {choose.pick(DATE_ORDERINGS): self.other(field) or self.moment(field)}
            case 1:
                return self._equality(field)
            case 2:
                spans = DAYS if field.kind == "date" or choose.chance(50) else HOURS
                operators = ("within_last", "within_next", "more_than_ago", "more_than_ahead")
                return {choose.pick(operators): choose.pick(spans)}
            case 3:
                return {choose.pick(("between", "not_between")): self._moments(field)}
            case 4 if field.kind == "date":
                operator = choose.pick(("anniversary_within_last", "anniversary_within_next"))
                return {operator: choose.pick(("7 days", "1 day", "30 days", "2 weeks"))}
            case _:
                names = choose.some(WEEKDAYS, 1, 3) if choose.chance(50) else [1, 7]
                months = choose.some(MONTHS, 1, 3) if choose.chance(50) else [2, 3]
                return {"weekday_in": names} if choose.chance(50) else {"month_in": months}

    def _moments(self, field: Field) -> list[str]:
        if self.choose.chance(40):
            return self.choose.pick(
                (["7 days ago", "today"], ["start of month", "in 7 days"], ["today", "today"])
            )
        days = [literal for literal in field.literals if len(literal) == 10]
        return sorted([self.choose.pick(days), self.choose.pick(days)])
