"""Random traits of every kind."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.random_models.choices import Chooser
from tests.random_models.conditions import Conditions, last_rows, row_condition, steps_by
from tests.random_models.fields import EXACT, NUMERIC, Field
from tests.random_models.formulas import Formulas
from tests.random_models.tables import Source

Trait = dict[str, Any]
DAYS = Field("integer", (0, 1, 7, 30, 90))
FEW = Field("integer", (0, 1, 2, 3))
SHARES = (0, 1, Decimal("0.5"), Decimal("0.25"))
NUMERIC_KINDS = ("sum", "mean", "median", "std")
ANY_KINDS = ("distinct", "first", "last", "most_common", "values", "min", "max")
ROW_KINDS = ("days_since_first", "days_since_last", "longest_gap_days", "mean_gap_days")
MEANS = (1, 2, Decimal("0.5"), Decimal("0.1"), Decimal("0.3"))


def column_field(kind: str, field: Field) -> Field:
    """What an aggregate of a column makes."""
    match kind:
        case "distinct":
            return FEW
        case "values":
            return Field("list", field.literals)
        case "std":
            return Field("number", stable=False)
        case "sum":
            stable = field.stable and (field.kind in EXACT or field.dyadic)
            return Field(field.kind, (*field.literals, 0), stable, field.dyadic)
        case "mean" | "share":
            stable = field.stable and (field.kind in EXACT or field.dyadic)
            return Field("number", MEANS if kind == "mean" else SHARES, stable)
        case "median":
            return Field("number", MEANS, field.stable)
        case _:
            return field


def edge(choose: Chooser) -> Trait:
    """Sometimes what `first` and `last` do with ties and with missing values."""
    keys: Trait = {"tie": choose.pick(("smallest", "greatest"))} if choose.chance(30) else {}
    return keys | {"missing": "keep"} if choose.chance(30) else keys


class Traits:
    """Traits over sources and over traits that are there already."""

    def __init__(self, choose: Chooser, conditions: Conditions) -> None:
        self.choose, self.conditions = choose, conditions
        self.traits, self.sources = conditions.traits, conditions.sources

    def trait(self, name: str) -> Trait:
        """A trait; its field is known from now on."""
        choose = self.choose
        match choose.number(0, 9):
            case 0 | 1 | 2 | 3:
                spec, field = self._of_rows()
            case 4 | 5 | 6:
                text, field = Formulas(choose, self.traits).formula()
                spec = {"formula": text}
            case 7:
                spec, field = self._points()
            case _:
                spec, field = self._rank()
        if field.literals and field.kind not in ("list", "datetime") and choose.chance(20):
            spec["default"] = self._default(field)
        self.traits[name] = field
        return {"id": name, **spec}

    def _default(self, field: Field) -> Any:
        whole = [each for each in field.literals if field.kind != "decimal" or _cents(each)]
        return self.choose.pick(whole or [0])

    def count(self, name: str) -> Trait:
        """A count of all rows: something to write rules about wherever there are no columns."""
        self.traits[name] = FEW
        return {"id": name, "count": self.choose.pick(tuple(self.sources))}

    def _of_rows(self) -> tuple[Trait, Field]:
        choose = self.choose
        derived = tuple(source for source in self.sources.values() if source.computed)
        source = choose.pick(derived if derived and choose.chance(40) else tuple(self.sources.values()))
        spec, field = self._aggregate(source)
        if choose.chance(25) and set(spec) & {"count", "sum", "share"}:
            spec |= last_rows(choose, source)
        return spec | self.conditions.rows(source), field

    def _aggregate(self, source: Source) -> tuple[Trait, Field]:
        choose = self.choose
        match choose.number(0, 6):
            case 0:
                return {"count": source.name}, FEW
            case 6 if source.time:
                return self._in_order(source)
            case 1:
                return {"share": source.name, "that": row_condition(choose, source)}, Field("number", SHARES)
            case 2 if source.time:
                kind = choose.pick(ROW_KINDS)
                field = Field("number", (1, 7, Decimal("3.5"))) if kind == "mean_gap_days" else DAYS
                return {kind: source.name}, field
            case 3 | 4:
                return self._of_column(source, (*NUMERIC_KINDS, "min", "max", "share"), NUMERIC)
            case _:
                kinds = ("string", "date", "datetime", "boolean", *NUMERIC)
                return self._of_column(source, ANY_KINDS, kinds)

    def _of_column(
        self, source: Source, kinds: tuple[str, ...], types: tuple[str, ...]
    ) -> tuple[Trait, Field]:
        choose = self.choose
        kind = choose.pick(kinds)
        if kind in ("min", "max"):
            types = (*NUMERIC, "date", "datetime")
        if kind == "values":
            types = ("string", "integer", "decimal")
        ordering = kind in ("distinct", "most_common", "values", "first", "last")
        names = [
            name
            for name, field in source.fields.items()
            if field.kind in types and (field.stable or not ordering)
        ]
        if not names:
            return {"count": source.name}, FEW
        own = [name for name in names if name in source.computed]
        name = choose.pick(own if own and choose.chance(60) else names)
        spec: Trait = {kind: f"{source.name}.{name}"}
        if kind == "share":
            spec["that"] = row_condition(choose, source)
        if kind in ("first", "last") and source.time:
            spec |= edge(choose)
        return spec, column_field(kind, source.fields[name])

    def _in_order(self, source: Source) -> tuple[Trait, Field]:
        """The value of a step, or a streak."""
        choose = self.choose
        spec = steps_by(choose, source)
        if choose.chance(40):
            return {"streak": source.name, "that": row_condition(choose, source), **spec}, FEW
        names = [n for n, field in source.fields.items() if field.stable and field.kind != "list"]
        if not names:
            return {"count": source.name}, FEW
        name = choose.pick(names)
        spec |= {"nth": f"{source.name}.{name}", "n": choose.pick((1, 2, 3, -1, -2))}
        field = source.fields[name]
        if field.kind in ("string", "integer", "decimal") and choose.chance(30):
            return spec | {"list": True}, Field("list", field.literals)
        return spec, field

    def _points(self) -> tuple[Trait, Field]:
        choose = self.choose
        points = [
            {"when": self.conditions.condition(1), "points": choose.pick((1, 30, -20, 5))}
            for _ in range(choose.number(1, 3))
        ]
        return {"points": points}, Field("integer", (0, 1, 10, 30, -20))

    def _rank(self) -> tuple[Trait, Field]:
        choose = self.choose
        of = self.conditions.rank_of(NUMERIC)
        if of is None:
            return self._points()
        match choose.number(0, 2):
            case 0:
                edges = {"low": choose.pick((-1, 0, Decimal("0.1"))), "mid": 1, "high": Decimal("2.5")}
                return {"band": {"of": of, "edges": edges}}, Field("string", ("low", "mid", "high"))
            case 1:
                percentile: Trait = {"of": of, **self.conditions.population(1), **self._ties()}
                if choose.chance(30):
                    percentile["ascending"] = False
                return {"percentile": percentile}, Field("number", SHARES)
            case _:
                bucket: Trait = {
                    "of": of,
                    "into": choose.pick((2, 3, 5, 10)),
                    **self.conditions.population(1),
                    **self._ties(),
                }
                if choose.chance(30):
                    bucket["ascending"] = False
                return {"bucket": bucket}, Field("integer", (1, 2, 3, 5))

    def _ties(self) -> Trait:
        ties = self.choose.pick((None, "highest", "lowest", "middle"))
        return {} if ties is None else {"ties": ties}


def _cents(value: Any) -> bool:
    """Whether a literal fits two decimal places."""
    return Decimal(value) * 10 == int(Decimal(value) * 10)
