"""Random sources derived from others: filtered and grouped, to some depth."""

from __future__ import annotations

from typing import Any

from tests.random_models.choices import Chooser
from tests.random_models.conditions import row_condition
from tests.random_models.fields import Field, Fields
from tests.random_models.formulas import Formulas
from tests.random_models.tables import Data, Source
from tests.random_models.traits import DAYS, column_field, edge

KEYS = ("integer", "string")
COLUMN_KINDS = ("sum", "mean", "median", "min", "max", "std", "distinct", "first", "last", "most_common")


def derive(choose: Chooser, data: Data) -> None:
    """Adds up to two derived sources, each from any that is there."""
    for index in range(choose.number(0, 3)):
        parent = choose.pick(tuple(data.sources.values()))
        if choose.chance(60):
            source = _grouped(choose, data, parent, f"groups_{index}")
        else:
            source = _filtered(choose, data, parent, f"some_{parent.name}_{index}")
        data.sources[source.name] = source


def _filtered(choose: Chooser, data: Data, parent: Source, name: str) -> Source:
    spec: dict[str, Any] = {"from": parent.name}
    fields = dict(parent.fields)
    if "category" not in fields and "sku" in fields and choose.chance(25):
        spec["lookup"] = [{"from": "products", "on": "sku", "columns": ["category"]}]
        fields["category"] = Field("string", ("a", "ä", "DE"))
    columns = _computed(choose, fields, name)
    spec["where"] = row_condition(choose, Source(name, fields))
    if parent.time and choose.chance(40):
        columns[f"pause_{name}"] = {"days_since_previous": True}
        fields[f"pause_{name}"] = DAYS
    data.specs[name] = {**spec, "columns": columns} if columns else spec
    return Source(name, fields, parent.customer, parent.time, tuple(columns))


def _computed(choose: Chooser, fields: Fields, name: str) -> dict[str, Any]:
    """Sometimes a column with a formula; its field is added."""
    if not choose.chance(40):
        return {}
    text, field = Formulas(choose, fields).formula()
    fields[f"made_{name}"] = field
    return {f"made_{name}": {"formula": text}}


def _grouped(choose: Chooser, data: Data, parent: Source, name: str) -> Source:
    keys = [each for each, field in parent.fields.items() if field.kind in KEYS and field.stable]
    key = choose.pick(keys)
    fields: Fields = {key: parent.fields[key]}
    spec: dict[str, Any] = {"from": parent.name, "group_by": key}
    if parent.time:
        fields[parent.time] = parent.fields[parent.time]
        spec["time"] = {choose.pick(("min", "max")): parent.time}
    before = Source(parent.name, dict(parent.fields), parent.customer, parent.time)
    columns = _computed(choose, before.fields, name)
    if choose.chance(40):
        spec["where"] = row_condition(choose, before)
    for index in range(choose.number(1, 4)):
        column, field = _column(choose, before)
        columns[f"column_{name}_{index}"], fields[f"column_{name}_{index}"] = column, field
    if parent.time and choose.chance(40):
        columns[f"pause_{name}"] = {"days_since_previous": True}
        fields[f"pause_{name}"] = DAYS
    data.specs[name] = {**spec, "columns": columns}
    return Source(
        name, fields, parent.customer, parent.time, tuple(column for column in columns if column in fields)
    )


def _column(choose: Chooser, parent: Source) -> tuple[dict[str, Any], Field]:
    """A row aggregate, and the field that it makes."""
    if choose.chance(15):
        return {"count": True}, Field("integer", (1, 2, 3))
    if choose.chance(20):
        numbers = [name for name, field in parent.fields.items() if field.numeric and field.stable]
        that = row_condition(choose, parent)
        if not numbers or choose.chance(50):
            return {"share": True, "that": that}, Field("number", (0, 1))
        name = choose.pick(numbers)
        return {"share": name, "that": that}, column_field("share", parent.fields[name])
    kind = choose.pick(COLUMN_KINDS)
    names = [name for name, field in parent.fields.items() if fits(kind, field)]
    if not names:
        return {"count": True}, Field("integer", (1, 2, 3))
    name = choose.pick(names)
    more = edge(choose) if kind in ("first", "last") and parent.time else {}
    return {kind: name, **more}, column_field(kind, parent.fields[name])


def fits(kind: str, field: Field) -> bool:
    """Whether an aggregate takes a column."""
    if kind in ("sum", "mean", "median", "std"):
        return field.numeric
    if kind in ("min", "max"):
        return field.numeric or field.kind in ("date", "datetime")
    return field.kind not in ("list", "boolean") and (field.stable or kind in ("first", "last"))
