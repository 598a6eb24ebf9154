"""The functions of formulas that take or give texts."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from segmentry.engine.language import text_forms
from segmentry.engine.language.expr import Call, Const, Expr, Op, call
from segmentry.engine.language.function_entry import (
    CallContext,
    Function,
    Lower,
    known_text,
    text_at,
    whole_at,
)
from segmentry.engine.language.types import BOOLEAN, INTEGER, NUMBER, STRING, Type

_TO_TEXT = "put text(…) around it"


def computed(op: Call, value: Callable[..., Any]) -> Expr:
    """The call, or what it comes to: of nothing but literals their value, of a missing one missing."""
    values = [arg.value for arg in op.args if isinstance(arg, Const)]
    if None in values:
        return Const(None, op.type)
    return Const(value(*values), op.type) if len(values) == len(op.args) else op


def joined(ctx: CallContext, args: Sequence[Expr]) -> Expr:
    """One text behind the other: what `+` is for texts."""
    a, b = (text_at(ctx, args, place, _TO_TEXT) for place in (0, 1))
    return computed(call("concat", a, b, type=STRING), str.__add__)


def _one(op: Op, result: Type, value: Callable[[str], Any]) -> Lower:
    def lower(ctx: CallContext, args: Sequence[Expr]) -> Expr:
        return computed(call(op, text_at(ctx, args, 0), type=result), value)

    return lower


def _of_text(op: Op, result: Type) -> Lower:
    def lower(ctx: CallContext, args: Sequence[Expr]) -> Expr:
        return call(op, text_at(ctx, args, 0), type=result)

    return lower


def _pair(op: Op) -> Lower:
    def lower(ctx: CallContext, args: Sequence[Expr]) -> Expr:
        return call(op, text_at(ctx, args, 0), text_at(ctx, args, 1), type=BOOLEAN)

    return lower


def _text(ctx: CallContext, args: Sequence[Expr]) -> Expr:
    x = args[0]
    match x.type.kind:
        case "string":
            return x
        case "number":
            message = "a number that is not exact can be written in many ways"
            ctx.fail(message, 0, "use a whole number or a decimal: the `type` of a column says which it is")
        case "list" | "unsupported":
            ctx.fail(f"{x.type.words()} can't be written as one text", 0)
        case _:
            made = call("text_of", x, type=STRING)
            if x.type.kind == "datetime":
                return made
            return computed(made, partial(text_forms.text_of, kind=x.type))


def _replace(ctx: CallContext, args: Sequence[Expr]) -> Expr:
    s, old, new = (text_at(ctx, args, place) for place in range(3))
    if known_text(old) == "":
        ctx.fail("an empty text can't be replaced", 1, "write what is to be replaced")
    return computed(call("replace_text", s, old, new, type=STRING), text_forms.replaced)


def _slice(ctx: CallContext, args: Sequence[Expr]) -> Expr:
    s, ends = text_at(ctx, args, 0), [whole_at(ctx, args, place) for place in range(1, len(args))]
    return computed(call("slice", s, *ends, type=STRING), text_forms.sliced)


def _split_part(ctx: CallContext, args: Sequence[Expr]) -> Expr:
    s, separator, number = text_at(ctx, args, 0), text_at(ctx, args, 1), whole_at(ctx, args, 2)
    if known_text(separator) == "":
        ctx.fail("an empty text separates nothing", 1, "write what stands between the parts")
    if isinstance(number, Const) and number.value == 0:
        ctx.fail("the parts are counted from 1", 2, "write 1 for the first, or -1 for the last")
    return computed(call("split_part", s, separator, number, type=STRING), text_forms.part_of)


def _hash(ctx: CallContext, args: Sequence[Expr]) -> Expr:
    count = args[1]
    if not (
        isinstance(count, Const) and count.type.kind == "integer" and 1 <= count.value <= text_forms.HASHES
    ):
        most = f"{text_forms.HASHES:,}".replace(",", " ")
        ctx.fail(
            f"a whole number from 1 to {most} is expected", 1, "write it out, like hash(customer_id, 100)"
        )
    n = int(count.value)
    made = call("hash", _text(ctx, args), type=INTEGER, params=(n,))
    return computed(made, partial(text_forms.hash_of, count=n))


ENTRIES = (
    Function("lower", 1, 1, _of_text("lower", STRING), "lower(s)", "Full Unicode lowercase.", "lower(city)"),
    Function("upper", 1, 1, _of_text("upper", STRING), "upper(s)", "Full Unicode uppercase.", "upper(city)"),
    Function(
        "casefold",
        1,
        1,
        _one("casefold", STRING, str.casefold),
        "casefold(s)",
        "Full Unicode case folding: as lowercase, but ß is ss, and a final Greek sigma is one like others.",
        "casefold(city)",
    ),
    Function(
        "strip",
        1,
        1,
        _of_text("strip", STRING),
        "strip(s)",
        "Without white space at both ends.",
        "strip(city)",
    ),
    Function(
        "nfc",
        1,
        1,
        _one("nfc", STRING, lambda text: unicodedata.normalize("NFC", text)),
        "nfc(s)",
        "Letters with accents as one character each (Unicode's form NFC).",
        "nfc(city)",
    ),
    Function(
        "length", 1, 1, _of_text("length", INTEGER), "length(s)", "Number of characters.", "length(city)"
    ),
    Function(
        "starts_with",
        2,
        2,
        _pair("starts_with_text"),
        "starts_with(s, t)",
        "Whether s begins with t.",
        "starts_with(city, 'St.')",
    ),
    Function(
        "contains",
        2,
        2,
        _pair("contains_text"),
        "contains(s, t)",
        "Whether t stands in s.",
        "contains(city, 'am')",
    ),
    Function(
        "replace",
        3,
        3,
        _replace,
        "replace(s, a, b)",
        "Every a in s is b, from the left. No pattern: signs mean themselves.",
        "replace(city, 'St.', 'Saint')",
    ),
    Function(
        "slice",
        2,
        3,
        _slice,
        "slice(s, from), slice(s, from, to)",
        "The characters from one place to before another (without it, to the end), counted from 0; "
        "a negative place is counted from the end. Beyond the text there is nothing, so it may be empty.",
        "slice(city, 0, 3)",
    ),
    Function(
        "split_part",
        3,
        3,
        _split_part,
        "split_part(s, sep, n)",
        "The n-th part of s between separators, counted from 1; -1 is the last. Missing where there is none.",
        "split_part(city, ' ', 1)",
    ),
    Function(
        "text",
        1,
        1,
        _text,
        "text(x)",
        "A whole number in digits, a decimal with all its places, true or false, a date as 2026-01-31, "
        "a date with time as 2026-01-31T18:30:00 in the workspace's zone. A number is an error.",
        "text(year(birth_date))",
    ),
    Function(
        "number",
        1,
        1,
        _one("number_of", NUMBER, text_forms.number_of),
        "number(s)",
        "The number that s says as a CSV file says one: 1234.5, -0.5, 1e3. Missing for any other text, "
        "and where it is too large.",
        "number(split_part(city, ' ', 2))",
    ),
    Function(
        "hash",
        2,
        2,
        _hash,
        "hash(x, n)",
        "A whole number from 0 to n - 1 that is always the same for the same text(x), and spread evenly: "
        "the first 15 hexadecimal digits of SHA-256, modulo n.",
        "hash(city, 100)",
    ),
)
"""In the order in which the documentation lists them."""
