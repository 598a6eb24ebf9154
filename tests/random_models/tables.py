"""Random tables: customers, orders with a time, visits with a date, answers without, and lookups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tests.random_models.choices import Chooser
from tests.random_models.fields import Field, Fields, Pool, pool_of
from tests.reference.clock import Clock

TEXT_KEYS = ("a", "B", "10", "9", "ä", "NO", "Z", "null", "x y", "010", "é", "b")
INTEGER_KEYS = (1, 2, 10, 3, -4, 5, 6, 7, 8, 9, 11, 12)
CUSTOMERS = (0, 1, 2, 3, 5, 8, 10, 12, 12, 12, 12, 12)
ROWS = (0, 1, 3, 8, 20, 30, 40, 40, 40, 40, 40)
PRODUCTS = (1, 2, 3, 4)
NATIVE = {
    *(
        ("integer", "Int64"),
        ("string", "String"),
        ("boolean", "Boolean"),
        ("date", "Date"),
        ("number", "Float64"),
    ),
    *(("datetime", "Datetime"), ("datetime", "DatetimeUTC"), ("list", "List")),
}


@dataclass(slots=True)
class Source:
    """A source that rules can use: its fields, customer and time columns, and those computed in it."""

    name: str
    fields: Fields
    customer: str | None = None
    time: str | None = None
    computed: tuple[str, ...] = ()

    @property
    def time_kind(self) -> str | None:
        return self.fields[self.time].kind if self.time else None


@dataclass(slots=True)
class Data:
    """Specifications, rows and Polars types by source, and what rules can be written about."""

    specs: dict[str, Any] = field(default_factory=dict[str, Any])
    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict[str, list[dict[str, Any]]])
    dtypes: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    sources: dict[str, Source] = field(default_factory=dict[str, Source])
    customers: Fields = field(default_factory=dict[str, Field])
    keys: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """A root source to draw: its columns by kind, and the names of its customer and time columns."""

    name: str
    kinds: Mapping[str, str]
    customer: str
    time: str | None


PLANS = (
    Plan(
        "orders",
        {
            "ordered_at": "datetime",
            "amount": "decimal",
            "quantity": "integer",
            "status": "country",
            "weight": "number",
            "coupon": "string",
            "returned": "boolean",
            "due": "date",
            "invoice": "integer",
        },
        "customer_id",
        "ordered_at",
    ),
    Plan(
        "visits",
        {
            "visited_on": "date",
            "pages": "integer",
            "minutes": "number",
            "channel": "string",
            "left_at": "datetime",
            "spent": "decimal",
        },
        "visitor",
        "visited_on",
    ),
    Plan(
        "answers",
        {"score": "integer", "comment": "string", "spend": "decimal", "wish": "country"},
        "customer_id",
        None,
    ),
)
CUSTOMER_KINDS = {
    "country": "country",
    "city": "string",
    "birth_date": "date",
    "signed_up": "datetime",
    "Net Value": "integer",
    "balance": "decimal",
    "ratio": "number",
    "größe": "number",
    "vip": "boolean",
    "tags": "list",
}


def draw_roots(choose: Chooser, clock: Clock) -> Data:
    """Customers, one to three linked sources, and the tables they look up."""
    data = Data()
    text_keys = choose.chance(50)
    count = choose.pick(CUSTOMERS)
    data.keys = (TEXT_KEYS if text_keys else INTEGER_KEYS)[:count]
    key_kind = "string" if text_keys else "integer"
    _draw_products(choose, clock, data)
    for plan in choose.some(PLANS, 1, 3):
        _draw_linked(choose, clock, data, plan, key_kind)
    timed = data.sources.get("orders")
    if timed and choose.chance(15):
        data.specs["customers"] = {"from": "orders", "key": "customer_id", **_made(choose, data, timed)}
    else:
        _draw_customers(choose, clock, data, key_kind)
    return data


def _made(choose: Chooser, data: Data, source: Source) -> dict[str, Any]:
    """Columns of customers who are taken from a source."""
    names = [name for name, field in source.fields.items() if field.kind not in ("list", "boolean")]
    if choose.chance(40):
        return {}
    columns: dict[str, Any] = {}
    for name in choose.some(names, 1, 3):
        kind = choose.pick(("first", "last", "min", "max"))
        fits = source.fields[name].numeric or kind in ("first", "last")
        columns[f"{name} of theirs"] = {kind if fits else "last": name}
        data.customers[f"{name} of theirs"] = source.fields[name]
    return {"columns": columns}


def _draw_customers(choose: Chooser, clock: Clock, data: Data, key_kind: str) -> None:
    kinds = {name: CUSTOMER_KINDS[name] for name in choose.some(tuple(CUSTOMER_KINDS), 2, 10)}
    pools = {name: pool_of(kind, choose.number(0, 4), clock) for name, kind in kinds.items()}
    rows = choose.cells([pool.cells for pool in pools.values()], len(data.keys))
    order = tuple(reversed(data.keys)) if choose.chance(50) else data.keys
    table = [
        {"customer_id": key, **dict(zip(pools, row, strict=True))}
        for key, row in zip(order, rows, strict=True)
    ]
    spec: dict[str, Any] = {"path": "data/customers.parquet", "key": "customer_id"}
    contract = {"customer_id": {"type": key_kind}, **_contracts(choose, pools, table)}
    data.customers = {name: pool.field for name, pool in pools.items()}
    if "Net Value" in pools and choose.chance(30):
        contract["doubled"] = {"formula": "`Net Value` * 2 + 1"}
        data.customers["doubled"] = Field("integer", (1, 3, 5, -1, 21))
    if "country" in pools and choose.chance(40):
        _draw_regions(choose, data, spec)
    if "vip" in pools and choose.chance(10):
        spec["where"] = {"column": "vip", "is": True, "missing": "include"}
    if table and choose.chance(20):
        table, spec["duplicates"] = _twice(choose, table, pools)
    _store(data, "customers", {**spec, "columns": contract}, table, pools, {"customer_id": key_kind})


def _twice(
    choose: Chooser, table: list[dict[str, Any]], pools: Mapping[str, Pool]
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Customers with several rows, and which one counts."""
    ordered = [name for name, pool in pools.items() if pool.field.kind not in ("list", "boolean")]
    rows = choose.cells([pool.cells for pool in pools.values()], choose.number(1, 4))
    more = [
        {"customer_id": choose.pick(table)["customer_id"], **dict(zip(pools, row, strict=True))}
        for row in rows
    ]
    if ordered and choose.chance(60):
        return [*table, *more], {"keep": "latest", "by": choose.pick(ordered)}
    return [*more, *table], {"keep": choose.pick(("first", "last"))}


def _draw_regions(choose: Chooser, data: Data, spec: dict[str, Any]) -> None:
    regions = choose.cells([("north", "south", None)], 3)
    table = [{"land": land, "region": row[0]} for land, row in zip(("DE", "AT", "NO"), regions, strict=True)]
    columns = {"land": {"type": "string"}, "region": {"type": "string"}}
    data.specs["regions"] = {"path": "data/regions.parquet", "lookup_key": "land", "columns": columns}
    data.tables["regions"] = table
    data.dtypes["regions"] = {"land": "String", "region": "String"}
    spec["lookup"] = [{"from": "regions", "on": {"country": "land"}, "columns": ["region"]}]
    data.customers["region"] = Field("string", ("north", "south"))


def _draw_products(choose: Chooser, clock: Clock, data: Data) -> None:
    pools = {"category": pool_of("string", 0, clock), "price": pool_of("decimal", choose.number(0, 4), clock)}
    rows = choose.cells([pool.cells for pool in pools.values()], len(PRODUCTS) - 1)
    table = [
        {"sku": sku, **dict(zip(pools, row, strict=True))}
        for sku, row in zip(PRODUCTS[:-1], rows, strict=True)
    ]
    spec: dict[str, Any] = {"path": "data/products.parquet", "lookup_key": "sku"}
    if choose.chance(20):
        spec["where"] = {"column": "price", "at_least": 0}
    contract = {"sku": {"type": "integer"}, **{name: pool.contract for name, pool in pools.items()}}
    contract["sku there"] = {"formula": "sku + 1"}
    _store(data, "products", {**spec, "columns": contract}, table, pools, {"sku": "integer"})


def _draw_linked(choose: Chooser, clock: Clock, data: Data, plan: Plan, key_kind: str) -> None:
    pools = {name: pool_of(kind, choose.number(0, 4), clock) for name, kind in plan.kinds.items()}
    keys = (*data.keys, *data.keys, None, *((TEXT_KEYS if key_kind == "string" else INTEGER_KEYS)[-1:]))
    rows = choose.cells(
        [keys, (*PRODUCTS, None), *(pool.cells for pool in pools.values())], choose.pick(ROWS)
    )
    names = [plan.customer, "sku", *pools]
    table = [dict(zip(names, row, strict=True)) for row in rows]
    spec: dict[str, Any] = {"path": f"data/{plan.name}.parquet", "customer": plan.customer}
    fields: Fields = {"sku": Field("integer", PRODUCTS), **{name: pool.field for name, pool in pools.items()}}
    if plan.time:
        spec["time"] = plan.time
    contract = {
        plan.customer: {"type": key_kind},
        "sku": {"type": "integer"},
        **_contracts(choose, pools, table),
    }
    if plan.time and choose.chance(50):
        on, computed = _looked_up_by(choose)
        spec["lookup"] = [{"from": "products", "on": on, "columns": ["category", "price"]}]
        contract |= computed
        texts, money = pool_of("string", 0, clock).field, pool_of("decimal", 0, clock).field
        fields |= {"category": texts, "price": money}
        if choose.chance(30):
            contract["dearer"] = {"formula": "price * 2 + 1"}
            fields["dearer"] = money
    contract |= _computed(choose, plan, fields)
    if plan.time and choose.chance(30):
        contract["amount" if plan.name == "orders" else "spent"]["from"] = "Total (EUR)"
    _store(
        data,
        plan.name,
        {**spec, "columns": contract},
        table,
        pools,
        {plan.customer: key_kind, "sku": "integer"},
    )
    data.sources[plan.name] = Source(plan.name, fields, plan.customer, plan.time)


def _looked_up_by(choose: Chooser) -> tuple[Any, dict[str, Any]]:
    """By what products are looked up, and what is computed for that: their own key, another, or several."""
    computed = {"sku here": {"formula": choose.pick(("sku + 1", "sku * 2"))}}
    match choose.number(0, 4):
        case 0:
            return {"sku here": "sku there"}, computed
        case 1:
            return {"sku": "sku", "sku here": "sku there"}, computed
        case 2:
            return ["sku"], {}
        case _:
            return "sku", {}


def _computed(choose: Chooser, plan: Plan, fields: Fields) -> dict[str, Any]:
    """Columns with a formula; their fields are added to the source's."""
    if plan.name == "visits" and choose.chance(30):
        fields["stay"] = Field("integer", (0, 1, -1, 7))
        return {"stay": {"formula": "days_between(visited_on, left_at)"}}
    if plan.name == "orders" and choose.chance(40):
        fields["value"] = Field("decimal", (0, Decimal("0.2"), 5))
        return {"value": {"formula": "quantity * amount"}}
    if plan.name == "orders" and choose.chance(30):
        fields["net"] = fields["half"] = Field("number", (0, Decimal("0.15"), Decimal("1.5")))
        return {
            "net": {"formula": "half + 0"},
            "half": {"formula": "amount / 2 if returned else amount * 1.5"},
        }
    return {}


def _contracts(
    choose: Chooser, pools: Mapping[str, Pool], table: list[dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    """The columns' contracts; a few of those go undeclared whose type the file tells."""
    contracts: dict[str, dict[str, Any]] = {}
    for name, pool in pools.items():
        native = (pool.field.kind, pool.dtype) in NATIVE and set(pool.contract) == {"type"}
        reported = (
            native and name != "amount" and name != "spent" and any(row[name] is not None for row in table)
        )
        if not (reported and choose.chance(15)):
            contracts[name] = dict(pool.contract)
    return contracts


def _store(
    data: Data,
    name: str,
    spec: dict[str, Any],
    table: list[dict[str, Any]],
    pools: Mapping[str, Pool],
    keys: Mapping[str, str],
) -> None:
    """Adds a root source: its rows and Polars types under the names that the file has."""
    held = {column: each["from"] for column, each in spec["columns"].items() if "from" in each}
    dtypes = {column: "String" if kind == "string" else "Int64" for column, kind in keys.items()}
    dtypes |= {column: pool.dtype for column, pool in pools.items()}
    data.specs[name] = spec
    data.tables[name] = [{held.get(column, column): cell for column, cell in row.items()} for row in table]
    data.dtypes[name] = {held.get(column, column): dtype for column, dtype in dtypes.items()}
