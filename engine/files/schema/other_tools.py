"""Files of other tools among the rules: told by their keys, so that one hint says what stands there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from segmentry.engine.document import is_list, is_mapping
from segmentry.engine.files.schema.faults import SchemaFault, usable_keys


@dataclass(frozen=True, slots=True)
class Tool:
    """What is written elsewhere: ``own`` are keys that hardly anything else has, ``others`` go with them."""

    name: str
    own: frozenset[str]
    others: frozenset[str]


def _tool(name: str, own: str, others: str) -> Tool:
    return Tool(name, frozenset(own.split()), frozenset(others.split()))


TOOLS: Final = (
    _tool(
        "a file of dbt",
        "models semantic_models data_tests materialized exposures seeds snapshots",
        "version columns tests config meta metrics measures dimensions entities sources tags",
    ),
    _tool(
        "an audience of Twilio Segment",
        "spaceid includehistoricaldata includeanonymoususers",
        "definition query enabled key options type status createdat updatedat createdby updatedby",
    ),
    _tool(
        "a segment of Braze",
        "analytics_tracking_enabled text_description custom_attribute custom_attribute_name "
        "push_subscription_status email_subscription_status last_used_app",
        "comparison value created_at updated_at teams and or",
    ),
    _tool(
        "a segment of Klaviyo",
        "condition_groups measurement_filter timeframe_filter metric_id metric_filters is_starred",
        "definition conditions measurement type attributes operator value is_active is_processing",
    ),
    _tool(
        "a list of HubSpot",
        "filterbranch filterbranches filterbranchtype filterbranchoperator processingtype objecttypeid "
        "operationtype includeobjectswithnovalueset",
        "filters filtertype operation operator property listid value values",
    ),
    _tool(
        "an audience of Google Analytics",
        "filterclauses simplefilter sequencefilter filterexpression andgroup orgroup "
        "dimensionormetricfilter membershipdurationdays",
        "clausetype scope displayname fieldname stringfilter numericfilter matchtype value",
    ),
    _tool("JsonLogic", "var missing_some", "and or ! !! if in == === != !== > >= < <= some all none missing"),
    _tool(
        "a query of MongoDB",
        "$and $or $nor $not $eq $ne $gt $gte $lt $lte $in $nin $exists $regex $match $expr $elemmatch",
        "",
    ),
    _tool(
        "a query of Elasticsearch",
        "must must_not should minimum_should_match",
        "bool term terms range match match_phrase exists filter query gt gte lt lte",
    ),
    _tool("the rules of a query builder", "combinator", "rules field operator value not id"),
    _tool("SQL", "select having group_by order_by sql join", "from where limit"),
)
"""The formats that are told apart; keys in small letters, with `_` for blanks and hyphens."""

_SELECT: Final = re.compile(r"\s*(?:select|with)\b.*\bfrom\b", re.IGNORECASE | re.DOTALL)


def foreign(faults: Iterable[SchemaFault]) -> tuple[Tool, list[SchemaFault]] | None:
    """The tool whose keys are among the unknown ones and below them, and the faults that show it.

    None where not two of its keys are there, or none that is its own.
    """
    keys = {id(fault): (fault, set(_keys_of(fault))) for fault in faults if _is_unknown_key(fault)}
    everything = frozenset(key for _, found in keys.values() for key in found)
    known = [(len(everything & (tool.own | tool.others)), tool) for tool in TOOLS if everything & tool.own]
    count, tool = max(known, key=lambda pair: pair[0], default=(0, None))
    if tool is None or count < 2:
        return None
    return tool, [fault for fault, found in keys.values() if found & (tool.own | tool.others)]


def tool_hint(tool: Tool, fault: SchemaFault) -> str:
    """What the keys look like, and how it is written here where the fault is."""
    looks = f"these keys look like {tool.name}; "
    if "at_least" in usable_keys(fault.schema):
        return f"{looks}here a condition is written like `{{trait: orders_12m, at_least: 4}}`"
    segment = "`- {id: loyal, when: {trait: orders_12m, at_least: 4}}`"
    if "when" in usable_keys(fault.schema):
        return f"{looks}here a segment is written like {segment}"
    return f"{looks}here a file has `segmentation:`, `assign:` and `segments:` with items like {segment}"


def _is_unknown_key(fault: SchemaFault) -> bool:
    return fault.keyword == "additionalProperties" and fault.key is not None


def _keys_of(fault: SchemaFault) -> Iterator[str]:
    """The unknown key and all keys below it; of a query in SQL the words that begin its parts."""
    yield _folded(str(fault.key))
    pending: list[Any] = [fault.value[fault.key]]
    while pending:
        value = pending.pop()
        if is_mapping(value):
            yield from map(_folded, value)
            pending += value.values()
        elif is_list(value):
            pending += value
        elif isinstance(value, str) and _SELECT.match(value):
            yield from ("select", "from")


def _folded(key: str) -> str:
    return key.strip().lower().replace("-", "_").replace(" ", "_")
