"""The schema of conditions: over customers, and over the rows of a source."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from segmentry.engine.files.schema.parts import (
    Schema,
    choice,
    first_of,
    flag,
    has,
    list_of,
    mapping,
    misplaced,
    no,
    one_or_more,
    only,
    ref,
    text,
    when,
)
from segmentry.engine.files.schema.row_options import LAST_ROWS, of_last_rows, row_options
from segmentry.engine.language.operands import DAYS, DURATION, OperandShape
from segmentry.engine.language.operators import NUMBER_TESTS, OPERATORS, RANKS

_UNIT = dict.fromkeys(("integer", "number"), "write a number and a unit, like `90 days`")


def duration(description: str, example: str) -> Schema:
    """A length of time."""
    return {**text(description, f"a length of time, like `{example}`"), "x-hints": _UNIT}


WINDOWS: Mapping[str, Schema] = {
    "within_last": duration("The rows of that length of time before the as-of instant.", "90 days"),
    "between_ago": {
        **list_of(
            duration("How long ago.", "6 months"),
            "a list of two lengths of time, like `[12 months, 6 months]`",
            "The rows between two lengths of time ago, the longer first.",
        ),
        "minItems": 2,
        "maxItems": 2,
    },
    "since": text(
        "The rows from a day on: `since: 2026-01-01`, `90 days ago`, `start of year`.",
        "a date, like 2026-01-01",
    ),
    "until": text(
        "The rows before a day (the day itself is excluded): `until: 2026-07-01`.", "a date, like 2026-07-01"
    ),
    "during": text(
        "The rows of a period: `this` or `last` and week, month, quarter or year.",
        "a period, like `last quarter`",
    ),
    "in_month": text("The rows of one calendar month: `in_month: 2026-03`.", "a month, like 2026-03"),
}
"""The keys that restrict rows in time; since and until go together, of the others one is enough."""

FORMS = ("all", "any", "none", "not", "segment", "rule", "did", "did_not")
"""The keys that give a condition on customers another form than that of a leaf."""
_SEQUENCE = ("then", "then_not", "within", "same")


def one_window() -> Schema:
    """At most one window; `since` and `until` together are one."""
    message, fix = "`{key}` is a second window, and rows take one", "keep the one that is meant"

    def alone(key: str) -> tuple[str, Schema]:
        return key, no((other for other in WINDOWS if other != key), message, fix)

    return first_of((alone("within_last"), alone("between_ago"), alone("during"), alone("in_month")), {})


def condition_definitions() -> dict[str, Schema]:
    """The shared definitions of conditions, values and number operators."""
    return {
        "condition": _condition(),
        "row_condition": _row_condition(),
        "literal": {"title": "a value", "type": ["string", "number", "boolean"]},
        "value": _value("trait", "string", "number", "boolean"),
        "row_value": _value("column", "string", "number", "boolean"),
        "later_row": _follower(),
        "texts": one_or_more({"title": "a text", "type": "string"}, "a text, or a list of texts", "Texts."),
        "number_tests": _number_tests(_value("trait", "number")),
        "row_number_tests": _number_tests(_value("column", "number")),
        "bounds": _number_tests({"title": "a number", "type": "number"}),
    }


def _value(subject: str, *types: str) -> Schema:
    """A plain value, or another trait (in rows a column), multiplied and shifted."""
    other = "column" if subject == "trait" else "trait"
    beside = "rows are compared with columns" if subject == "column" else "traits are compared with traits"
    reference = mapping(
        f"a value, or another {subject} like `{{{subject}: NAME}}`",
        {
            subject: ref(f"{subject}_name", f"The {subject} whose value is compared with."),
            "times": {
                "title": "a number",
                "type": "number",
                "description": f"The {subject} times this number.",
            },
            "plus": {"title": "a number", "type": "number", "description": "And this number added."},
            other: misplaced(f"`{other}` has no place here: {beside}", f"write `{subject}:` instead"),
        },
        hints={"null": "to test for a missing value write `known: false`"},
        allOf=[{"required": [subject], "errorMessage": f"the value names no {subject}"}],
    )
    return {**reference, "type": [*types, "object"]}


def _number_tests(value: Schema) -> Schema:
    """Number operators on a count, a size or a share."""
    shapes: Mapping[str, Schema] = {
        "value": value,
        "values": {"title": "a list of numbers", "type": "array", "items": {"type": "number"}, "minItems": 1},
        "pair": {
            "title": "a list of two numbers, the smaller first",
            "type": "array",
            "items": value,
            "minItems": 2,
            "maxItems": 2,
        },
    }
    return mapping(
        "a number operator, like `{at_least: 2}`",
        {
            name: {**shapes[OPERATORS[name].shape.name], "description": _reported(name)}
            for name in NUMBER_TESTS
        },
        minProperties=1,
    )


def _reported(name: str) -> str:
    operator = OPERATORS[name]
    return f"{operator.doc} Example: `{name}: {operator.example}`."


def _operators(*, in_rows: bool) -> dict[str, Schema]:
    found: dict[str, Schema] = {}
    for name, operator in OPERATORS.items():
        if in_rows and not operator.in_rows:
            found[name] = misplaced(
                f"`{name}` ranks customers and can't be used on rows",
                "use it in a segment's `when`, on a trait",
            )
        else:
            found[name] = {**_shape(operator.shape, in_rows=in_rows), "description": _reported(name)}
    return found


def _shape(shape: OperandShape, *, in_rows: bool) -> Schema:
    schema = {"title": shape.words, **shape.schema}
    if shape in (DURATION, DAYS):
        schema["x-hints"] = _UNIT
    return _over_rows(schema) if in_rows else schema


_OF_ROWS = {"#/$defs/value": "#/$defs/row_value", "#/$defs/number_tests": "#/$defs/row_number_tests"}


def _over_rows(schema: Mapping[str, Any]) -> Schema:
    """The same shape where columns take the place of traits."""
    moved = dict(schema)
    if "$ref" in moved:
        moved["$ref"] = _OF_ROWS.get(moved["$ref"], moved["$ref"])
    if "items" in moved:
        moved["items"] = _over_rows(moved["items"])
    return moved


def _modifiers() -> dict[str, Schema]:
    return {
        "missing": choice(
            "What a customer counts as whose value is missing: `exclude` (false, as without this key) or "
            "`include` (true).",
            "exclude",
            "include",
        ),
        "ignore_case": flag("Whether capital and small letters are the same."),
        "fold": flag(
            "Whether all that looks or reads alike is the same: capital and small letters, ß and ss, letters "
            "of full and half width, with and without invisible characters."
        ),
    }


def _conditions(item: str, description: str) -> Schema:
    return list_of(ref(item), "a list of conditions", description)


def _combinators(item: str) -> dict[str, Schema]:
    return {
        "all": _conditions(item, "Every one of these conditions holds."),
        "any": _conditions(item, "At least one of these conditions holds."),
        "none": _conditions(item, "None of these conditions holds."),
        "not": ref(item, "This condition does not hold."),
    }


# --- over customers -------------------------------------------------------------------------------


def _condition() -> Schema:
    properties = {
        "trait": ref("trait_name", "The trait that is tested, by the operators beside it."),
        **_combinators("condition"),
        "segment": ref("segment_name", "Customers who are members of this segment in the end."),
        "rule": ref("segment_name", "Customers for whom this segment's `when` holds, member or not."),
        **_behaviour(),
        **WINDOWS,
        **_operators(in_rows=False),
        "within_last": _within_last(),
        **_modifiers(),
        "among": ref("condition", "The customers among whom `top` or `bottom` ranks; all by default."),
        "per": ref("trait_name", "A trait: `top` or `bottom` ranks within each of its values."),
        "as": text("A name for this condition, by which tests can set it.", "a name"),
        "column": misplaced(
            "`column` is for the rows of a source; customers have traits", "write `trait:` instead"
        ),
    }
    return mapping(
        "a condition, like `{trait: orders_12m, at_least: 2}`",
        properties,
        description="A true or false test of one customer.",
        **first_of(_customer_forms(), _leaf("trait", FORMS, _without_source)),
        hints=_hints("trait"),
    )


def _within_last() -> Schema:
    """The one key that is both an operator on a date and a window of rows."""
    reported = f"Of a trait: {_reported('within_last')} Beside `did`: {WINDOWS['within_last']['description']}"
    return {**WINDOWS["within_last"], "description": reported}


def _behaviour() -> dict[str, Schema]:
    return {
        "did": ref("source_name", "The customer has rows in this source."),
        "did_not": ref("source_name", "The customer has no row in this source."),
        "where": ref("row_condition", "Which rows count."),
        "times": ref(
            "number_tests", "How many rows there are: `times: {at_least: 3}`; at least one by default."
        ),
        **row_options(*LAST_ROWS),
        "then": ref("later_row", "A later row that follows one of these rows."),
        "then_not": ref("later_row", "A later row that does not follow; needs `within`."),
        "within": duration("How soon the later row follows.", "7 days"),
        "same": _same(),
    }


def _follower() -> Schema:
    beside = "it goes beside the first `did`"
    keys: dict[str, Schema] = {
        "did": ref("source_name", "The source of the later row."),
        "where": ref("row_condition", "Which later rows count."),
        "then": ref("later_row", "A still later row that follows that one."),
        "then_not": ref("later_row", "A still later row that does not follow that one; needs `within`."),
        "within": duration("How soon the still later row follows.", "7 days"),
        "same": _same(),
    }
    others = no((*WINDOWS, "times", "as", *LAST_ROWS), "`{key}` has no place in the later row", beside)
    reported = mapping(
        "the later row, like `{did: orders}`", keys, required=("did",), allOf=[_sequence(further=True)]
    )
    reported["properties"] |= others["properties"]
    return reported


def _same() -> Schema:
    return list_of(
        ref("column_name"),
        "a list of columns",
        "Columns that are equal in both rows: `same: [product_id]`.",
    )


_TWO_FORMS = "leave it out, or make two conditions of them, items of a list below `all:` or `any:`"


def _customer_forms() -> Iterable[tuple[str, Schema]]:
    fix = _TWO_FORMS
    for name in ("all", "any", "none", "not", "rule"):
        yield name, only(name, fix=fix)
    yield "segment", only("segment", "as", fix=fix)
    rows = ("where", *WINDOWS, "as")
    did = only("did", "times", *LAST_ROWS, *_SEQUENCE, *rows, fix=fix)
    yield "did", {"allOf": [did, one_window(), _sequence(further=False), of_last_rows()]}
    zero = no(
        ("times",),
        "`{key}` can't stand beside `did_not`, which means no row at all",
        "write `did` for a number",
    )
    chain = no(
        _SEQUENCE, "`{key}` can't stand beside `did_not`", "write `did: A` with `then_not: {did: B}` instead"
    )
    newest = no(
        LAST_ROWS, "`{key}` can't stand beside `did_not`: of no rows none are the newest", "leave it out"
    )
    zero["properties"] |= chain["properties"] | newest["properties"]
    form = only("did_not", "times", *LAST_ROWS, *_SEQUENCE, *rows, fix=fix)
    yield "did_not", {"allOf": [form, one_window(), zero]}


def _sequence(*, further: bool) -> Schema:
    """What goes with `then` and `then_not`, and only with them; ``further`` in a later row."""
    count = no(
        () if further else ("times", *LAST_ROWS),
        "`{key}` counts rows and can't stand beside `then` or `then_not`",
        "leave one of the two out",
    )
    both = no(("then",), "`then` and `then_not` can't stand together", "join two conditions by `all:`")
    both["properties"] |= count["properties"]
    needs = {"required": ["within"], "x-fix": "say how long to wait for the later row, like `within: 7 days`"}
    beside = "put it beside the first `did`, or leave it out" if further else "leave it out"
    alone = no(("within", "same"), "`{key}` belongs to `then` or `then_not`, and there is none", beside)
    return first_of((("then_not", {**both, **needs}), ("then", count)), alone)


def _leaf(subject: str, forms: Iterable[str], lost: Callable[[Schema], Schema]) -> Schema:
    """A trait or column with operators: what is left when no other form is there."""
    ranks = no(("among", "per"), "`{key}` belongs to `top` or `bottom`, and there is none", "leave it out")
    modifiers = ("missing", "ignore_case", "fold", "among", "per", "as")
    leaf = {**only(subject, *OPERATORS, *modifiers, fix="leave it out"), **_operator_needed()}
    nameless = {
        "required": [subject],
        "errorMessage": f"the condition names no {subject}",
        "x-fix": f"start with `{subject}: NAME`, or with one of {', '.join(f'`{form}`' for form in forms)}",
    }
    return {"allOf": [when(has(subject), leaf, lost(nameless)), when(has(*RANKS), {}, ranks)]}


def _without_source(nameless: Schema) -> Schema:
    """Keys that go with `did` only, where it lacks."""
    keys = ("where", "times", *LAST_ROWS, *_SEQUENCE, *(key for key in WINDOWS if key not in OPERATORS))
    sourceless = {
        "required": ["did"],
        "errorMessage": "the condition names no source",
        "x-fix": "start with `did: SOURCE` or `did_not: SOURCE`",
    }
    return when(has(*keys), sourceless, nameless)


def _hints(subject: str) -> dict[str, str]:
    return {
        "string": f"write a {subject} and an operator, like `{{{subject}: NAME, at_least: 2}}`",
        "array": "write `all:` before the list if every condition has to hold, `any:` if one is enough",
        "key": "operators are words like `is`, `in`, `at_least`, `between`, `before` and `contains`",
    }


def _operator_needed() -> Schema:
    return {
        **has(*OPERATORS),
        "errorMessage": "the condition has no operator",
        "x-fix": "add what to test, like `at_least: 2`, `is: DE` or `known: true`",
    }


# --- over rows ------------------------------------------------------------------------------------


def _row_condition() -> Schema:
    customers = no(
        ("segment", "rule", "did", "did_not"),
        "`{key}` is about customers, and this is a condition on rows",
        "write `column: NAME` and an operator",
    )
    ranks = no(("among", "per", "as"), "`{key}` has no place in a condition on rows", "leave it out")
    properties: dict[str, Any] = {
        "column": ref("column_name", "The column that is tested, by the operators beside it."),
        **_combinators("row_condition"),
        **_operators(in_rows=True),
        **_modifiers(),
        "trait": misplaced("`trait` is for customers; rows have columns", "write `column:` instead"),
        **customers["properties"],
        **ranks["properties"],
    }
    combinators = ("all", "any", "none", "not")
    forms = [(name, only(name, fix=_TWO_FORMS)) for name in combinators]
    return mapping(
        "a condition on rows, like `{column: status, is: paid}`",
        properties,
        description="A true or false test of one row.",
        **first_of(forms, _leaf("column", combinators, lambda nameless: nameless)),
        hints=_hints("column"),
    )
