"""Random formulas over fields."""

from __future__ import annotations

from decimal import Decimal

from tests.random_models.choices import Chooser
from tests.random_models.fields import EXACT, NUMERIC, Field, Fields

Typed = tuple[str, str]
"""A formula's text and its kind."""

RESULTS = (0, 1, Decimal("0.5"), 2, Decimal("0.1"), -1, 3, 10)


class Formulas:
    """Formulas; they read stable fields only, so that all they give is stable but for `sqrt` and its like."""

    def __init__(self, choose: Chooser, fields: Fields) -> None:
        self.choose = choose
        self.fields = {name: field for name, field in fields.items() if field.stable}

    def formula(self) -> tuple[str, Field]:
        """A formula's text and the field that it makes."""
        choose = self.choose
        match choose.number(0, 7):
            case 0:
                return self.truth(2), Field("boolean", (True, False))
            case 1 if self._names("string"):
                return self.text(2), Field("string", ("a", "de", "DE", "STRASSE", "straße", "ä", "1", "true"))
            case 2:
                inner, _ = self.number(1)
                made = choose.pick(("sqrt({})", "log({})", "exp(clip({}, -5, 5))", "({}) ** 0.5")).format(
                    inner
                )
                return made, Field("number", stable=False)
            case 3 if self._names("datetime", "string"):
                return self.date(), Field("date", ("2026-03-31", "2025-12-31", "2024-02-29", "2026-03-29"))
            case _:
                text, kind = self.number(2)
                literals = tuple(each for each in RESULTS if kind != "integer" or isinstance(each, int))
                return text, Field(kind, literals)

    def score(self) -> str:
        return self.number(1)[0]

    def _names(self, *kinds: str) -> list[str]:
        return [name for name, field in self.fields.items() if field.kind in kinds]

    def _name(self, *kinds: str) -> str:
        name = self.choose.pick(self._names(*kinds))
        return name if name.isidentifier() else f"`{name}`"

    def atom(self, *, exact: bool = False) -> Typed:
        """A name or a literal; numbers that are not exact are dyadic ones where `exact` is asked for."""
        choose = self.choose
        names = [
            name
            for name, field in self.fields.items()
            if field.kind in NUMERIC and (field.kind in EXACT or field.dyadic or not exact)
        ]
        if names and choose.chance(75):
            name = choose.pick(names)
            return (name if name.isidentifier() else f"`{name}`"), self.fields[name].kind
        return choose.pick(
            (("2", "integer"), ("0.5", "decimal"), ("3", "integer"), ("0", "integer"), ("1.25", "decimal"))
        )

    def number(self, depth: int) -> Typed:
        """A numeric expression."""
        choose = self.choose
        if not depth:
            return self.atom()
        match choose.number(0, 8):
            case 0 | 1:
                (a, left), (b, right) = self.number(depth - 1), self.number(depth - 1)
                return f"({a}) {choose.pick(('+', '-'))} ({b})", _joint(left, right)
            case 2:
                (a, _), (b, _) = self.number(depth - 1), self.number(depth - 1)
                return f"({a}) / ({b})", "number"
            case 3:
                (a, left), (b, right) = self.atom(), self.atom()
                return f"{a} * {b}", _joint(left, right)
            case 4:
                return self._division()
            case 5:
                return self._call(depth)
            case 6 if self._names("string") and choose.chance(30):
                return f"number({self.text()})", "number"
            case 6:
                (a, left), (b, right) = self.number(depth - 1), self.number(depth - 1)
                return f"({a}) if {self.truth(depth - 1)} else ({b})", _joint(left, right)
            case 7 if self._names("date", "datetime", "string"):
                return self._part(), "integer"
            case _:
                a, kind = self.number(depth - 1)
                return f"-({a})", kind

    def _division(self) -> Typed:
        """Floor division, remainder and squares, of operands whose results do not depend on rounding."""
        (a, left), (b, right) = self.atom(exact=True), self.atom(exact=True)
        match self.choose.number(0, 2):
            case 0:
                return f"({a}) // ({b})", "number" if "number" in (left, right) else "integer"
            case 1:
                return f"({a}) % ({b})", _joint(left, right)
            case _:
                return f"({a}) ** 2", left

    def _call(self, depth: int) -> Typed:
        choose = self.choose
        (a, left), (b, right) = self.number(depth - 1), self.number(depth - 1)
        match choose.number(0, 5):
            case 0:
                return f"{choose.pick(('min', 'max', 'coalesce'))}({a}, {b})", _joint(left, right)
            case 1:
                return f"abs({a})", left
            case 2:
                whole = "integer" if left in EXACT else "number"
                if choose.chance(40):
                    exact, kind = self.atom(exact=True)
                    return f"round({exact} * 0.5)", "number" if kind == "number" else "integer"
                return f"{choose.pick(('round', 'floor', 'ceil'))}({a})", whole
            case 3:
                return f"round({a}, {choose.number(0, 3)})", "number"
            case 4:
                return f"clip({a}, 0, 10)", _joint(left, "integer")
            case _:
                return f"coalesce({a}, 0)", _joint(left, "integer")

    def _part(self) -> str:
        choose = self.choose
        if self._names("string") and choose.chance(30):
            return f"length({self.text()})"
        if self._names("string", "integer", "date") and choose.chance(20):
            return f"hash({self._name('string', 'integer', 'date')}, {choose.pick((1, 2, 10, 1000000007))})"
        if not self._names("date", "datetime"):
            return "days_between(today, today)"
        moment = self._name("date", "datetime")
        if self._names("datetime") and choose.chance(25):
            return f"hour({self._name('datetime')})"
        if choose.chance(40):
            return f"days_between({moment}, today)"
        return f"{choose.pick(('year', 'quarter', 'month', 'week', 'weekday'))}({moment})"

    def text(self, depth: int = 1) -> str:
        """A text expression; there must be a text to start from."""
        if not self._names("string"):
            return "'DE'"
        choose = self.choose
        if not depth:
            return choose.pick((self._name("string"), "'a-b'", "'ß'"))
        inner = self.text(depth - 1)
        match choose.number(0, 3):
            case 0:
                function = choose.pick(("lower", "upper", "strip", "casefold", "nfc"))
                return f"{function}({inner})"
            case 1:
                return choose.pick(
                    (
                        f"{inner} + {self.text(depth - 1)}",
                        f"coalesce({inner}, 'a')",
                        f"text({self._name('string', 'integer', 'decimal', 'boolean', 'date', 'datetime')})",
                        f"replace({inner}, 'a', {self.text(depth - 1)})",
                        f"replace({inner}, {self.text(0)}, '$1')",
                    )
                )
            case 2:
                separator = choose.pick(("' '", "'-'", "'.'", self._name("string")))
                return f"split_part({inner}, {separator}, {self._place(1)})"
            case _:
                end = f", {self._place(2)}" if choose.chance(60) else ""
                return f"slice({inner}, {self._place(0)}{end})"

    def _place(self, usual: int) -> str:
        """Where in a text: a number near its ends, or that of a field."""
        choose = self.choose
        if self._names("integer") and choose.chance(25):
            return self._name("integer")
        return str(choose.pick((usual, 1, 2, 3, -1, -2, -9, 9223372036854775807)))

    def date(self) -> str:
        """A date, or a date with time cut to one."""
        choose = self.choose
        if self._names("datetime") and choose.chance(40):
            return f"date({self._name('datetime')})"
        if not self._names("string"):
            return "date('2026-03-29')"
        form = choose.pick(("", ", 'day_first'", ", 'month_first'"))
        made = f"{choose.pick(('date', 'datetime'))}({self._name('string')}{form})"
        return made if made.startswith("date(") else f"date({made})"

    def truth(self, depth: int) -> str:
        """A true/false expression."""
        choose = self.choose
        match choose.number(0, 5):
            case 0 if depth:
                return f"({self.truth(depth - 1)}) {choose.pick(('and', 'or'))} ({self.truth(depth - 1)})"
            case 1 if depth:
                return f"not ({self.truth(depth - 1)})"
            case 2 if self._names("string"):
                call = choose.pick(
                    ("starts_with({}, 'a')", "contains({}, 'ß')", "({} == 'DE') == true", "{} < 'a'")
                )
                return call.format(self.text())
            case 3 if self._names("date"):
                return f"{self._name('date')} {choose.pick(('<', '>=', '=='))} today"
            case 4:
                (a, _), (b, _) = self.atom(), self.atom()
                return f"0 <= {a} < {b}"
            case _:
                (a, _), (b, _) = self.number(max(depth - 1, 0)), self.atom()
                return f"({a}) {choose.pick(('<', '<=', '>', '>=', '==', '!='))} ({b})"


def _joint(left: str, right: str) -> str:
    kinds = {left, right}
    return next(kind for kind in ("number", "decimal", "integer") if kind in kinds)
