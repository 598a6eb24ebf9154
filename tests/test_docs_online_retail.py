"""The Online Retail example, on a handful of invoice lines counted by hand."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from segmentry.engine import Result, Workspace, evaluate

EXAMPLE = Path(__file__).parents[1] / "docs" / "examples" / "online-retail"
COLUMNS: dict[str, pl.DataType] = {
    "InvoiceNo": pl.String(),
    "InvoiceDate": pl.Datetime("us"),
    "CustomerID": pl.Int64(),
    "StockCode": pl.String(),
    "Quantity": pl.Int64(),
    "UnitPrice": pl.Float64(),
    "Country": pl.String(),
    "Description": pl.String(),
}


def line(
    invoice: str,
    when: str,
    customer: int | None,
    *,
    pieces: int = 1,
    price: float = 10.0,
    article: str = "A",
    country: str = "United Kingdom",
) -> tuple[Any, ...]:
    return (
        invoice,
        datetime.fromisoformat(f"{when}T12:00"),
        customer,
        article,
        pieces,
        price,
        country,
        " BOX ",
    )


NEW, NOT_NEW, BACK, LAPSED, NOT_LAPSED, REGULAR, OVERDUE, RETURNER, GIVER = range(1, 10)
NEVER_BOUGHT, GIFT = 20, 21

LINES = [
    # as of 10 December 2011: 60 days ago, 61 days ago
    line("100", "2011-10-11", NEW, price=0.001, country="EIRE"),
    line("101", "2011-10-10", NOT_NEW),
    # a break of 214 days, then two orders on one day
    line("102", "2011-03-01", BACK),
    line("103", "2011-10-01", BACK),
    line("104", "2011-10-01", BACK, pieces=3),
    # 181 days ago, 180 days ago
    line("105", "2011-06-12", LAPSED),
    line("106", "2011-06-13", NOT_LAPSED),
    # an invoice of two lines is one order
    *(line(f"2{n}", f"2011-0{n}-15", REGULAR) for n in range(1, 10)),
    line("300", "2011-11-15", REGULAR, article="B"),
    line("300", "2011-11-16", REGULAR, article="C"),
    # five orders ten days apart, and then quiet
    *(line(f"40{n}", f"2011-0{n}-01", OVERDUE) for n in range(5, 10)),
    # three credit notes of a tenth each
    line("500", "2011-07-01", RETURNER, price=500.0),
    *(line(f"C50{n}", "2011-07-02", RETURNER, pieces=-1, price=round(50 / 3 + n, 3)) for n in range(3)),
    # nine tenths of ten pounds before Christmas
    line("700", "2010-12-05", GIVER, pieces=8, price=1.0),
    line("701", "2011-06-20", GIVER, price=1.0),
    line("702", "2011-11-20", GIVER, price=1.0),
    # no customers: a credit note without a sale, nothing paid, nobody named
    line("C600", "2011-07-01", NEVER_BOUGHT, pieces=-1),
    line("601", "2011-07-01", GIFT, price=0.0),
    line("602", "2011-07-01", None),
]


@pytest.fixture(scope="module")
def result() -> Result:
    frames = {"lines": pl.DataFrame(LINES, COLUMNS, orient="row")}
    return evaluate(Workspace.load(EXAMPLE, frames=frames), traits="all")


def _traits(result: Result, customer: int) -> dict[str, Any]:
    return result.traits.row(by_predicate=pl.col("customer_id") == customer, named=True)


def _column(result: Result, name: str) -> dict[int, Any]:
    return dict(zip(result.memberships["customer_id"], result.memberships[name], strict=True))


def test_whoever_never_bought_is_no_customer(result: Result) -> None:
    assert result.memberships["customer_id"].to_list() == list(range(1, 10))
    assert result.reports["lines"].left_out == {"no_customer": 1}
    assert result.reports["cancellations"].left_out == {"unknown_customer": 1}


def test_everybody_is_where_the_calendar_puts_them(result: Result) -> None:
    assert _column(result, "lifecycle") == {
        NEW: "new",
        NOT_NEW: "occasional",
        BACK: "reactivated",
        LAPSED: "lapsed",
        NOT_LAPSED: "occasional",
        REGULAR: "regular",
        OVERDUE: "overdue",
        RETURNER: "occasional",
        GIVER: "occasional",
    }


def test_orders_are_invoices_and_money_is_exact(result: Result) -> None:
    assert _traits(result, REGULAR)["order_count"] == 10
    assert _traits(result, REGULAR)["article_count"] == 3
    assert _traits(result, BACK)["order_count"] == 3
    assert str(_traits(result, BACK)["spend"]) == "50.000"
    assert str(_traits(result, NEW)["spend"]) == "0.001"
    assert _traits(result, NEW)["country"] == "EIRE"


def test_credit_notes_make_cancellers(result: Result) -> None:
    returner = _traits(result, RETURNER)
    assert returner["cancellation_count"] == 3
    # to a tenth of a penny: 16.667 + 17.667 + 18.667
    assert str(returner["cancelled_value"]) == "53.001"
    assert returner["cancelled_share"] == 53.001 / 500
    assert {c for c, held in _column(result, "cancellers").items() if held} == {RETURNER}


def test_ranks_and_christmas(result: Result) -> None:
    assert {c for c, held in _column(result, "top-decile").items() if held} == {RETURNER}
    assert {c for c, held in _column(result, "christmas-shoppers").items() if held} == {GIVER}
    assert _traits(result, BACK)["christmas_share"] == 0.8
    assert _traits(result, RETURNER)["monetary_score"] == 5
    assert _column(result, "rfm")[REGULAR] == "champions"
