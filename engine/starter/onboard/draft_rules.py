"""The first rules: figures that the data allows, and segmentations with thresholds taken from it."""

from __future__ import annotations

from typing import Any, Final

from segmentry.engine.starter.onboard.draft_sources import customers_name
from segmentry.engine.starter.onboard.guesses import GuessedTable, Sales, Shop
from segmentry.engine.starter.onboard.words import TIME, has, kebab, vocabulary, words
from segmentry.engine.starter.onboard.yaml_text import Noted, yaml_text

_SCHEMA: Final = "yaml-language-server: $schema=../.segmentry/schema/{}.schema.json"
_YEAR: Final = "12 months"
_NO_GAP: Final = 30.0
"""Days between two orders where nobody came twice."""
_ACTIVE, _LEAVING = 3, 6
"""Usual gaps without an order after which somebody is at risk, and lapsed."""


def rounded_days(days: float) -> int:
    """Days as people say them: in fives from twenty on, in tens from a hundred on."""
    step = 1 if days < 20 else 5 if days < 100 else 10
    return max(1, round(days / step) * step)


def thresholds(shop: Shop) -> tuple[int, int]:
    """Days without an order after which somebody is at risk, and after which lapsed."""
    gap = shop.gap_days or _NO_GAP
    return rounded_days(_ACTIVE * gap), rounded_days(_LEAVING * gap)


def draft_rules(shop: Shop) -> dict[str, str]:
    """The rule files and their tests, by their names in the workspace."""
    files: dict[str, str] = {}
    data: dict[str, tuple[str, dict[str, Any]]] = {}
    if shop.sales is not None:
        data["rules/lifecycle.yaml"] = (
            "Where customers stand between the first order and the last.",
            _lifecycle(shop),
        )
        data["rules/value-tier.yaml"] = ("How much business there is with each customer.", _value_tier(shop))
    if shop.consents:
        data["rules/reach.yaml"] = ("Who may be written to.", _reach(shop))
    if shop.sales is None and shop.busiest is not None:
        data["rules/activity.yaml"] = ("Who is still there, and who has gone quiet.", _activity(shop))
    if has_tenure(shop):
        data["rules/tenure.yaml"] = ("Who came when.", _tenure(shop))
    head = [_SCHEMA.format("rules"), "", "Figures about each customer, drafted from what the exports hold."]
    traits = _traits(shop)
    if traits:
        files["rules/traits.yaml"] = yaml_text(head, {"traits": traits}, name="rules/traits.yaml")
    for name, (text, rules) in data.items():
        files[name] = yaml_text([_SCHEMA.format("rules"), "", text], rules, name=name)
    return files


# --- traits ---------------------------------------------------------------------------------------


def amount_column(shop: Shop) -> str | None:
    """The column of an order's amount in the source of the orders."""
    sales = shop.sales
    if sales is None or sales.amount is None:
        return None
    return "order_value" if sales.order is not None else sales.amount


def _traits(shop: Shop) -> list[dict[str, Any]]:
    traits: list[dict[str, Any]] = []
    if shop.sales is not None:
        traits += _of_orders(shop, shop.sales)
        traits += _of_articles(shop.sales)
        traits += _of_returns(shop, shop.sales)
        traits += _scores(shop)
    traits += _of_others(shop)
    return traits


def _trait(name: str, description: str, **keys: Any) -> dict[str, Any]:
    return {"id": name, "description": description, **keys}


def _of_orders(shop: Shop, sales: Sales) -> list[dict[str, Any]]:
    source = sales.source
    traits = [
        _trait("orders_total", "Orders since the records begin", count=source),
        _trait("orders_12m", "Orders in the last 12 months", count=source, within_last=_YEAR),
        _trait("days_since_first_order", "Days since the first order", unit="days", days_since_first=source),
        _trait("days_since_order", "Days since the latest order", unit="days", days_since_last=source),
    ]
    amount = amount_column(shop)
    if amount is not None:
        unit = {"unit": shop.currency} if shop.currency else {}
        spend = {**unit, "value": True, "sum": f"{source}.{amount}", "within_last": _YEAR}
        average = {**unit, "formula": "spend_12m / orders_12m"}
        traits.append(_trait("spend_12m", "Money spent in the last 12 months", **spend))
        text = "Money spent in an average order of the last 12 months"
        traits.append(_trait("average_order", text, **average))
    if sales.discount is not None:
        column = "order_discount" if sales.order is not None else sales.discount
        share = {"share": source, "that": {"column": column, "more_than": 0}, "within_last": _YEAR}
        text = "Share of orders bought at a discount, last 12 months"
        traits.append(_trait("discount_share", text, **share))
    return traits


def _of_articles(sales: Sales) -> list[dict[str, Any]]:
    if sales.category is None:
        return []
    source = sales.lines.name if sales.lines else sales.rows
    return [
        {
            "id": "favourite_category",
            "description": "What is bought most often",
            "most_common": f"{source}.{sales.category}",
        }
    ]


def _of_returns(shop: Shop, sales: Sales) -> list[dict[str, Any]]:
    if sales.returns is None:
        return []
    return [
        {
            "id": "returns_12m",
            "description": "Times something was given back, last 12 months",
            "count": sales.returns,
            "within_last": _YEAR,
        }
    ]


def _scores(shop: Shop) -> list[dict[str, Any]]:
    among = {"trait": "orders_12m", "at_least": 1}
    scores = [
        {
            "id": "recency_score",
            "description": "Recency score from 1, ordered longest ago, to 5, most recently",
            "bucket": {"of": "days_since_order", "into": 5, "ascending": False, "among": among},
        },
        {
            "id": "frequency_score",
            "description": "Frequency score from 1, orders least often, to 5, most often",
            "bucket": {
                "of": "orders_12m",
                "into": 5,
                "ties": Noted("lowest", "whoever ordered once is not frequent, however many they are"),
                "among": among,
            },
        },
    ]
    names = ["recency_score", "frequency_score"]
    if amount_column(shop) is not None:
        scores.append(
            {
                "id": "monetary_score",
                "description": "Spending score from 1, spends least, to 5, most",
                "bucket": {"of": "spend_12m", "into": 5, "among": among},
            }
        )
        names.append("monetary_score")
    text = f"RFM score, the {'three' if len(names) == 3 else 'two'} scores added up"
    scores.append({"id": "rfm_score", "description": text, "formula": " + ".join(names)})
    return scores


def _of_others(shop: Shop) -> list[dict[str, Any]]:
    """How often the rows of every other table that leads to customers, and when the last one was."""
    sales = shop.sales
    known = (
        {sales.table.name, sales.returns, sales.lines.name if sales.lines else None}
        if sales
        else set[str | None]()
    )
    traits: list[dict[str, Any]] = []
    if sales is None and (table := shop.busiest) is not None:
        text = f"Days since the latest row of {table.name}"
        traits.append(_trait(quiet_trait(table), text, unit="days", days_since_last=table.name))
    for table in shop.tables:
        if table.part != "facts" or table.name in known:
            continue
        if table.time is None:
            traits.append(
                {"id": f"{table.name}_count", "description": f"Rows of {table.name}", "count": table.name}
            )
        else:
            traits.append(
                {
                    "id": f"{table.name}_12m",
                    "description": f"Rows of {table.name} in the last 12 months",
                    "count": table.name,
                    "within_last": _YEAR,
                }
            )
    return traits


# --- segmentations --------------------------------------------------------------------------------


def _segment(name: str, title: str, description: str, **when: Any) -> dict[str, Any]:
    return {"id": name, "name": title, "description": description, **({"when": when} if when else {})}


def _lifecycle(shop: Shop) -> dict[str, Any]:
    risk, lapsed = thresholds(shop)
    gap = (
        f"the median gap between two orders is {shop.gap_days:g} days"
        if shop.gap_days
        else "nobody came twice"
    )
    gone = Noted(lapsed, f"six times the usual gap: {gap}")
    quiet = Noted(risk, "three times the usual gap")
    since = "days_since_order"
    new = f"Ordered for the first time in the last {risk} days."
    return {
        "segmentation": "lifecycle",
        "name": "Lifecycle",
        "description": "Where customers stand between the first order and the last",
        "owner": "crm",
        "assign": "first_match",
        "otherwise": _segment("no-order-yet", "No order yet", "No order on record."),
        "segments": [
            _segment("new", "New", new, trait="days_since_first_order", at_most=risk),
            _segment(
                "lapsed", "Lapsed", f"No order for more than {lapsed} days.", trait=since, more_than=gone
            ),
            _segment(
                "at-risk", "At risk", f"No order for more than {risk} days.", trait=since, more_than=quiet
            ),
            _segment("active", "Active", f"Ordered in the last {risk} days.", trait=since, at_most=risk),
        ],
    }


def _value_tier(shop: Shop) -> dict[str, Any]:
    spends = amount_column(shop) is not None
    score = "monetary_score" if spends else "frequency_score"
    bought = {"trait": "orders_12m", "at_least": 1}
    tenth = {
        "trait": "spend_12m" if spends else "orders_12m",
        "top": "10%",
        "among": bought,
        "as": "in_top_tenth",
    }
    best = f"The tenth of the buyers with the {'greatest spend' if spends else 'most orders'}."
    nothing = "Ordered nothing in the last 12 months, or never did."
    return {
        "segmentation": "value-tier",
        "name": "Value tier",
        "description": "How much business there is with each customer",
        "owner": "crm",
        "assign": "first_match",
        "otherwise": _segment("no-tier", "No order in 12 months", nothing),
        "segments": [
            _segment("top", "Top", best, **tenth),
            _segment("high", "High", "In the upper two fifths.", trait=score, at_least=4),
            _segment("middle", "Middle", "In the middle.", trait=score, at_least=2),
            _segment("low", "Low", "Ordered something, and no more than most.", **bought),
        ],
    }


def _reach(shop: Shop) -> dict[str, Any]:
    return {
        "segmentation": "reach",
        "name": "Reach",
        "description": "Who may be written to, by each column that says so; unknown is no",
        "owner": "crm",
        "assign": "every_match",
        "segments": [_reached(name, value) for name, value in shop.consents],
    }


def reach_id(name: str, value: Any) -> str:
    """The id of the segment of those whom a column of consent is about."""
    return f"{'reach' if value else 'opted-out'}-{kebab(name)}"


def _reached(name: str, value: Any) -> dict[str, Any]:
    """Whoever said yes; of a column that says the opposite, whoever said no."""
    text = "may be written to. Whether that is consent in the sense of the law is for you to say."
    told = f"{name} says that they {text}" if value else f"{name} says that they must not be written to."
    shown = "May be written to" if value else "Must not be written to"
    return {
        "id": reach_id(name, value),
        "name": f"{shown} ({name})",
        "description": told,
        "when": {"trait": name, "is": True},
    }


def since_column(shop: Shop) -> str | None:
    """The day on which a customer came, where the customers table has it."""
    table = shop.customers
    if table is None:
        return None
    roles = table.roles
    dated = [(h, c) for h, c in table.columns.items() if c.type in ("date", "datetime") and c.pii is None]
    told = [c.name for h, c in dated if roles.get(h) == "since"]
    came = vocabulary("created joined signup registered optin since added customer first")
    return next(
        iter([*told, *(c.name for h, c in dated if set(words(h)) & came and has(h, TIME | came))]), None
    )


def has_tenure(shop: Shop) -> bool:
    """Whether there are rules about when customers came: where nothing says more about them."""
    return shop.sales is None and (shop.busiest is None or since_column(shop) is not None)


def quiet_trait(table: GuessedTable) -> str:
    """The id of the trait of the days since a customer's latest row of a table."""
    return f"days_since_{table.name}"


def _activity(shop: Shop) -> dict[str, Any]:
    table, (quiet, gone) = shop.busiest, thresholds(shop)
    assert table is not None
    since = quiet_trait(table)
    gap = f"of {shop.gap_days:g} days" if shop.gap_days else "of a month, since nobody came twice"
    long = Noted(gone, f"six times the usual gap {gap} between two days in {table.name}")
    short = Noted(quiet, "three times the usual gap")
    seen = f"Something in {table.name} in the last {quiet} days."
    return {
        "segmentation": "activity",
        "name": "Activity",
        "description": "Who is still there, and who has gone quiet",
        "owner": "crm",
        "assign": "first_match",
        "otherwise": _segment("never-seen", "Never seen", f"Nothing in {table.name}."),
        "segments": [
            _segment("gone", "Gone", f"Nothing for more than {gone} days.", trait=since, more_than=long),
            _segment("quiet", "Quiet", f"Nothing for more than {quiet} days.", trait=since, more_than=short),
            _segment("here", "Here", seen, trait=since, at_most=quiet),
        ],
    }


def _tenure(shop: Shop) -> dict[str, Any]:
    since = since_column(shop)
    key = shop.key
    if since is None:
        segments = [
            {
                "id": "known-customers",
                "name": "Known customers",
                "description": "Everybody with a key.",
                "when": {"trait": key, "known": True},
            }
        ]
    else:
        segments = [
            {
                "id": "new-this-year",
                "name": "New this year",
                "description": "Came in the last 12 months.",
                "when": {"trait": since, "within_last": _YEAR},
            },
            {
                "id": "longer-here",
                "name": "Longer here",
                "description": "Came more than 12 months ago.",
                "when": {"trait": since, "more_than_ago": _YEAR},
            },
        ]
    return {
        "segmentation": "tenure",
        "name": "Tenure",
        "description": f"How long {customers_name(shop)} have been here",
        "owner": "crm",
        "assign": "first_match",
        "otherwise": {"id": "unknown-tenure", "name": "Unknown", "description": "Nobody knows since when."},
        "segments": segments,
    }
