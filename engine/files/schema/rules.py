"""The schema of rule files: traits, and one segmentation a file."""

from __future__ import annotations

from typing import assert_never, get_args

from segmentry.engine.files.schema.conditions import WINDOWS, condition_definitions, one_window
from segmentry.engine.files.schema.names import Ids, name_definitions, segment_id, trait_id
from segmentry.engine.files.schema.parts import (
    Schema,
    choice,
    first_of,
    flag,
    has,
    list_of,
    mapping,
    no,
    one_of,
    ref,
    text,
    texts,
    when,
    whole,
)
from segmentry.engine.files.schema.row_options import of_last_rows, options_go_with, row_options
from segmentry.engine.files.schema.that import that_condition, that_goes_with
from segmentry.engine.language.channels import CHANNELS
from segmentry.engine.language.kinds import ROW_KINDS, TRAIT_KINDS
from segmentry.engine.language.kinds.entry import CustomerKind, OfKey, Ties, TraitKind

"""What briefs write copy for."""

_HEAD = ("name", "description", "owner", "assign", "otherwise", "complete", "disjoint", "segments")


def rules_schema(ids: Ids | None) -> Schema:
    """A rule file."""
    return {
        **mapping(
            "a rule file",
            {"traits": _traits(), **_segmentation()},
            allOf=[
                first_of(
                    (
                        ("segmentation", {"required": ["assign", "segments"]}),
                        ("segments", _unnamed()),
                        ("assign", _unnamed()),
                        (
                            "traits",
                            no(_HEAD, "`{key}` belongs to a segmentation, and there is none", "leave it out"),
                        ),
                    ),
                    {
                        **has("traits", "segmentation"),
                        "errorMessage": "the file has neither traits nor a segmentation",
                        "x-fix": "write `traits:`, or `segmentation:` with `assign` and `segments`",
                    },
                ),
                _by_assignment(),
            ],
        ),
        "$defs": {
            **name_definitions(ids),
            **condition_definitions(),
            "trait": _trait(),
            "segment": _segment(),
            "points": _points(),
            "positioning": _positioning(),
            "budget": _budget(),
        },
    }


def _unnamed() -> Schema:
    return {
        "required": ["segmentation"],
        "x-fix": "add `segmentation: NAME` as the first line, like `segmentation: buying-motive`",
    }


# --- traits ---------------------------------------------------------------------------------------


def _traits() -> Schema:
    return list_of(ref("trait"), "a list of traits", "Computed traits: one named value per customer each.")


def _trait() -> Schema:
    others = tuple(name for name in TRAIT_KINDS if name not in ROW_KINDS)
    kinds = ", ".join(f"`{name}`" for name in TRAIT_KINDS)
    return mapping(
        "a trait",
        {
            "id": trait_id("The name of the trait, by which conditions and formulas speak of it."),
            **{
                name: {**_operand(kind), "description": _kind_doc(kind)} for name, kind in TRAIT_KINDS.items()
            },
            "that": that_condition(ROW_KINDS.values()),
            **row_options(),
            "where": ref("row_condition", "Which rows take part."),
            **WINDOWS,
            "default": ref("literal", "What a missing value is replaced by, before anything else sees it."),
            "value": flag("Whether this is money, reported as moved between segments."),
            **_labels("the trait"),
            "owner": text("Who answers for the trait."),
        },
        required=("id",),
        allOf=[
            one_of(
                TRAIT_KINDS,
                "a trait has one kind",
                f"say how it is computed by one of {kinds}",
            ),
            when(
                has(*others),
                no(
                    ("that", "where", *WINDOWS, *row_options()),
                    "`{key}` selects rows, and this kind of trait takes none",
                    "leave it out, or put it into the traits that are used here",
                ),
                {"allOf": [options_go_with(ROW_KINDS.values()), of_last_rows(*_STEPPED)]},
            ),
            that_goes_with(ROW_KINDS.values(), "write `where` to restrict the rows"),
            one_window(),
        ],
        hints={"key": f"a trait is computed by one of {kinds}"},
    )


_STEPPED = [
    name for name, kind in ROW_KINDS.items() if "by" in kind.options and "last_rows" not in kind.options
]
"""The kinds whose steps may be the values of a column without `last_rows`."""


def _kind_doc(kind: TraitKind) -> str:
    return f"{kind.doc} Of a customer with no matching row: {kind.nothing}. Example: `{kind.example}`."


def _labels(what: str) -> dict[str, Schema]:
    return {
        "unit": text("The unit, like EUR or days.", "a unit"),
        "description": text(f"What {what} says, in a sentence."),
        "pii": choice("How close it is to a person.", "direct", "quasi", "sensitive"),
        "purpose": text("Why sensitive data is used."),
    }


def _operand(kind: TraitKind) -> Schema:
    if isinstance(kind, CustomerKind):
        return _customer_operand(kind)
    match kind.operand:
        case "source":
            return ref("source_name")
        case "source.column":
            return ref("source_column")
        case "source or source.column":
            return ref("source_or_column")
        case _:
            assert_never(kind.operand)


def _customer_operand(kind: CustomerKind) -> Schema:
    match kind.operand:
        case "formula":
            return text("", "a formula")
        case "points":
            return ref("points")
        case "of":
            return _of_trait(kind)
        case _:
            assert_never(kind.operand)


def _of_trait(kind: CustomerKind) -> Schema:
    """A mapping with `of` and the kind's own keys."""
    keys: dict[OfKey, Schema] = {
        "edges": {
            "title": "labels with the value at which each begins",
            "type": "object",
            "additionalProperties": {"title": "a number", "type": "number"},
            "minProperties": 1,
            "description": "The label of each band and the value at which it begins, the smallest first.",
        },
        "into": whole("How many buckets there are.", 1, 1_000_000),
        "ascending": flag(
            "Whether ranks count from the smallest value (the default), or from the greatest, which then is "
            "in bucket 1."
        ),
        "ties": choice(
            "Which place equal values share of those that they take up: the `highest` (the default), the "
            "`lowest` or the `middle`.",
            *get_args(Ties),
        ),
        "among": ref("condition", "The customers who are ranked; all by default."),
        "per": ref("trait_name", "Ranks within each value of this trait."),
    }
    of = ref("trait_name", "The trait whose values are taken.")
    return mapping(
        f"a {kind.name}, like `{kind.example.removeprefix(f'{kind.name}: ')}`",
        {"of": of, **{key: keys[key] for key in kind.keys}},
        required=("of", *kind.required),
    )


def _points() -> Schema:
    item = mapping(
        "points, like `{when: {trait: orders_12m, at_least: 4}, points: 30}`",
        {
            "when": ref("condition", "When the points are given."),
            "points": {"title": "a number", "type": "number", "description": "How many; may be negative."},
        },
        required=("when", "points"),
    )
    return {"title": "a list of points", "type": "array", "items": item, "minItems": 1}


# --- segmentations --------------------------------------------------------------------------------


def _segmentation() -> dict[str, Schema]:
    return {
        "segmentation": segment_id("The id of the segmentation: an ordered list of segments."),
        "name": text("The name that people read."),
        "description": text("What the segmentation tells apart."),
        "owner": text("Who answers for it."),
        "assign": choice(
            "How customers are assigned: `first_match` (the first segment whose `when` holds), `every_match` "
            "(each whose `when` holds) or `best_score` (the highest `score`).",
            "first_match",
            "every_match",
            "best_score",
        ),
        "otherwise": {
            **ref("segment"),
            **no(
                ("when", "extends", "score", "status", "expires"),
                "`{key}` has no place in `otherwise`, which takes everybody who is left",
                "leave it out",
            ),
            "description": "The segment of the customers whom no other segment takes.",
        },
        "complete": flag("Whether every customer should be in a segment; the check then looks for gaps."),
        "disjoint": flag("Whether no customer should be in two segments; the check then looks for overlaps."),
        "segments": list_of(ref("segment"), "a list of segments", "The segments, in order."),
    }


def _by_assignment() -> Schema:
    """What the way of assigning asks of the segments."""
    needs_score = {
        "required": ["score"],
        "errorMessage": "the segment has no `score`, and `assign: best_score` goes by it",
        "x-fix": "add `score:` with a formula or a list of points",
    }
    no_score = no(
        ("score",), "`{key}` counts only with `assign: best_score`", "leave it out, or change `assign`"
    )
    needs_when = {
        **has("when", "extends"),
        "errorMessage": "the segment says neither `when` nor `extends`",
        "x-fix": "add `when:` with a condition",
    }
    no_otherwise = no(
        ("otherwise",),
        "`{key}` does not go with `assign: every_match`",
        "leave it out, or write `assign: first_match`",
    )

    def segments(part: Schema) -> Schema:
        return {"properties": {"segments": {"items": part}}}

    def assigned(*ways: str) -> Schema:
        return {"properties": {"assign": {"enum": list(ways)}}, "required": ["assign"]}

    return {
        "allOf": [
            when(assigned("best_score"), segments(needs_score)),
            when(assigned("first_match", "every_match"), segments({**no_score, **needs_when})),
            when(assigned("every_match"), no_otherwise),
        ]
    }


def _segment() -> Schema:
    return mapping(
        "a segment",
        {
            "id": segment_id("The id of the segment, unique in the workspace."),
            "name": text("The name that people read."),
            "description": text("Who these customers are, in a sentence."),
            "owner": text("Who answers for the segment; the segmentation's owner by default."),
            "status": choice("A `draft` takes part in check, test and preview only.", "draft", "live"),
            "expires": text(
                "The day after which the check reminds you of it.", "a date, like 2026-12-31", format="date"
            ),
            "extends": ref("segment_name", "Another segment whose `when` must hold, too."),
            "when": ref("condition", "Who belongs to the segment."),
            "score": {
                "title": "a formula, or a list of points",
                "type": ["string", "array"],
                "items": _points()["items"],
                "minItems": 1,
                "description": "How well the segment fits; with `assign: best_score` the highest wins.",
            },
            "expected": ref("budget"),
            "expected_change": {
                "title": "true, or a share like `30%`",
                "type": ["boolean", "string"],
                "description": "A change of size that is meant, so that `diff --max-change` lets it pass: "
                "`true`, or up to a share like `30%`.",
            },
            "purpose": text("Why sensitive data is used."),
            "positioning": ref("positioning"),
            "tags": texts("Words to find the segment by.", empty=True),
        },
        required=("id",),
    )


def _budget() -> Schema:
    return mapping(
        "a budget, like `{share: {at_least: 0.05}}`",
        {
            "share": ref("bounds", "The share of all customers, from 0 to 1."),
            "size": ref("bounds", "The number of customers."),
        },
        description="Bounds that `run` and `diff` enforce.",
        minProperties=1,
    )


def _positioning() -> Schema:
    return mapping(
        "a positioning",
        {
            "needs": texts("What these customers want."),
            "barriers": texts("What keeps them from buying."),
            "promise": text("What we promise them, in a sentence."),
            "proof": texts("Why they can believe it."),
            "tone": texts("How we speak to them; the first known tone sets the style of the messages."),
            "offer": ref("offer_name", "The id of an offer in brand.yaml."),
            "channels": list_of(choice("", *CHANNELS), "a list of channels", "Where we reach them."),
        },
        description="How to speak to the people in the segment.",
        minProperties=1,
    )
