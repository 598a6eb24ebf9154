"""Findings about names and types: what a rule refers to, and whether it fits."""

from __future__ import annotations

from typing import Final

from segmentry.engine.diagnostics.findings.entry import Finding

NAMES: Final = (
    Finding(
        code="unknown-trait",
        severity="error",
        family="names",
        title="No such trait",
        what=(
            "A condition, a formula or a score names a trait that neither the customers table nor any "
            "`traits:` list defines. In `privacy.sensitive_allowed` it is a warning."
        ),
        why="The condition can't be tested, so nobody can say who belongs to the segment.",
        bad="when: {trait: discont_share, at_least: 0.5}\n",
        good="when: {trait: discount_share, at_least: 0.5}\n",
        fixable=True,
    ),
    Finding(
        code="unknown-source",
        severity="error",
        family="names",
        title="No such source",
        what="A trait, a `did:` or a derived source names a source that `segmentry.yaml` does not define.",
        why="There are no rows to take the value from.",
        bad=("traits:\n  - {id: orders_12m, count: order, within_last: 12 months}\n"),
        good=("traits:\n  - {id: orders_12m, count: orders, within_last: 12 months}\n"),
        fixable=True,
    ),
    Finding(
        code="unknown-column",
        severity="error",
        family="names",
        title="No such column",
        what="A column is named that its source does not have, by its file or by its `columns:` contract.",
        why="The value can't be read. Often the file calls the column differently: `from:` maps it.",
        bad=("traits:\n  - {id: spend, sum: orders.amuont}\n"),
        good=("traits:\n  - {id: spend, sum: orders.amount}\n"),
        fixable=True,
    ),
    Finding(
        code="unknown-segment",
        severity="error",
        family="names",
        title="No such segment",
        what=(
            "`segment:`, `rule:` or `extends:` names a segment that no segmentation of the workspace defines."
        ),
        why="The condition depends on a membership that nobody has worked out.",
        bad=("when:\n  none:\n    - {segment: lasped}\n"),
        good=("when:\n  none:\n    - {segment: lapsed}\n"),
        fixable=True,
    ),
    Finding(
        code="unknown-offer",
        severity="error",
        family="names",
        title="No such offer",
        what="`positioning.offer` names an offer that `brand.yaml` does not list.",
        why="Copy may only promise approved offers, so the brief would have to go without one.",
        bad=("positioning:\n  offer: autum-10\n"),
        good=("positioning:\n  offer: autumn-10\n"),
        fixable=True,
    ),
    Finding(
        code="unknown-tone",
        severity="warning",
        family="names",
        title="A tone that nobody knows",
        what=(
            "A word in `positioning.tone` is not among the tones of the languages of the briefs, or none of "
            "`voice.adjectives` in `brand.yaml` is. The hint lists those that are known."
        ),
        why=(
            "The first known tone sets the style of the messages: plain, warm or lively. Any other word "
            "stands in the brief for those who write, and changes no message."
        ),
        bad=("positioning:\n  tone: [freindly, precise]\n"),
        good=("positioning:\n  tone: [friendly, precise]\n"),
        fixable=True,
    ),
    Finding(
        code="duplicate-id",
        severity="error",
        family="names",
        title="An id is taken already",
        what=(
            "Two segments, segmentations or `otherwise` entries share an id, or two traits do, or a trait "
            "has the name of a customers column. Segments and segmentations share one name space across "
            "all files."
        ),
        why="A reference to the id could mean either of them.",
        bad=(
            "segments:\n"
            "  - {id: loyal, when: {trait: orders_12m, at_least: 4}}\n"
            "  - {id: loyal, when: {trait: spend_12m, at_least: 500}}\n"
        ),
        good=(
            "segments:\n"
            "  - {id: loyal, when: {trait: orders_12m, at_least: 4}}\n"
            "  - {id: high-spending, when: {trait: spend_12m, at_least: 500}}\n"
        ),
    ),
    Finding(
        code="cycle",
        severity="error",
        family="names",
        title="Definitions go round in a circle",
        what=(
            "A trait, segment or source needs itself, directly or through others. The message prints the "
            "circle. In a first-match segmentation every segment also depends on the earlier ones."
        ),
        why="There is no order in which the values could be worked out.",
        bad=("traits:\n  - {id: average, formula: total / 2}\n  - {id: total, formula: average * 2}\n"),
        good=(
            "traits:\n"
            "  - {id: total, formula: spend_12m + shipping_12m}\n"
            "  - {id: average, formula: total / 2}\n"
        ),
    ),
    Finding(
        code="no-contract",
        severity="warning",
        family="names",
        title="Nothing says what the source holds",
        what=(
            "Neither the source's file is at hand nor does its `columns:` contract name the columns that "
            "rules use, so their names and types stay unchecked. It is said once per source."
        ),
        why="A misspelt column, or a text compared with a number, is found only when the rules run on data.",
        bad=("sources:\n  orders: {path: data/orders.csv, customer: customer_id, time: ordered_at}\n"),
        good=(
            "sources:\n"
            "  orders:\n"
            "    path: data/orders.csv\n"
            "    customer: customer_id\n"
            "    time: ordered_at\n"
            "    columns:\n"
            "      ordered_at: {type: datetime}\n"
            "      amount: {type: decimal, scale: 2}\n"
        ),
    ),
    Finding(
        code="approximate-money",
        severity="warning",
        family="names",
        title="Money that is not exact",
        what=(
            "A trait with a currency as its unit is approximate: it sums or averages a `number` column, "
            "or uses `std`, `exp`, `log`, `sqrt` or a power that is not whole."
        ),
        why=(
            "Its last digits may differ between runs and engines, and a customer at a threshold may "
            "change sides. Money is exact as `decimal`."
        ),
        bad=("columns:\n  amount: {type: number, unit: EUR}\n"),
        good=("columns:\n  amount: {type: decimal, scale: 2, unit: EUR}\n"),
    ),
    Finding(
        code="operator-type",
        severity="error",
        family="names",
        title="The operator does not fit the type",
        what=(
            "An operator or a kind of trait is used on a type that it is not made for: `at_least` on a "
            "text, `contains` on a number, `sum` of a text column."
        ),
        why="There is no meaning that everybody would expect, so none is guessed.",
        bad="when: {trait: country, at_least: 5}\n",
        good="when: {trait: country, in: [DE, AT]}\n",
    ),
    Finding(
        code="value-type",
        severity="error",
        family="names",
        title="The value does not fit",
        what=(
            "The value that a trait is compared with has another type than the trait, or can't be read: a "
            "duration like `90 dyas`, a month like `2026-13`, a `between` whose first value is greater "
            "than its second."
        ),
        why="The comparison would be true for nobody, or can't be made at all.",
        bad="when: {trait: orders_12m, between: [10, 2]}\n",
        good="when: {trait: orders_12m, between: [2, 10]}\n",
        fixable=True,
    ),
    Finding(
        code="value-not-allowed",
        severity="warning",
        family="names",
        title="The column does not have this value",
        what=(
            "The value that is compared with is not among the `values` that the column's contract lists. "
            "Logic takes such a condition as it is and draws no conclusions from it."
        ),
        why=(
            "The condition can be true for nobody as long as the contract holds; mostly the value is "
            "misspelt."
        ),
        bad=("# values: [DE, AT, CH]\nwhen: {trait: country, is: de}\n"),
        good="when: {trait: country, is: DE}\n",
        fixable=True,
    ),
    Finding(
        code="bad-regex",
        severity="error",
        family="names",
        title="A regular expression that can't be used",
        what=(
            "The pattern of `matches` or `not_matches` is faulty, or uses something outside the portable "
            "part of the syntax: look-around, back references, `\\p{…}`, inline flags, named groups."
        ),
        why="Engines would read it differently, or not at all.",
        bad="when: {trait: sku, matches: '^(?=.*SALE)SKI'}\n",
        good=("when:\n  all:\n    - {trait: sku, starts_with: SKI}\n    - {trait: sku, contains: SALE}\n"),
    ),
    Finding(
        code="bad-formula",
        severity="error",
        family="names",
        title="A formula that can't be used",
        what=(
            "The formula can't be read, calls a function that does not exist, or puts together types that "
            "don't fit. The place is the column inside the formula."
        ),
        why="Its value is known for nobody.",
        bad=("traits:\n  - {id: discount_percent, formula: 'rond(100 * discount_share, 0)'}\n"),
        good=("traits:\n  - {id: discount_percent, formula: 'round(100 * discount_share, 0)'}\n"),
        fixable=True,
    ),
    Finding(
        code="missing-unhandled",
        severity="warning",
        family="names",
        title="Customers without a value are left to chance",
        what=(
            "A negative operator (`is_not`, `not_in`, `not_contains` …), or a condition under `none` or "
            "`not`, tests a value that can be missing, and does not say `missing:`."
        ),
        why=(
            "A missing value makes every test false. `is_not: DE` therefore leaves out customers of "
            "unknown country, while `not: {is: DE}` takes them in. `missing: include` or `missing: "
            "exclude` says which is meant."
        ),
        bad="when: {trait: country, is_not: DE}\n",
        good="when: {trait: country, is_not: DE, missing: include}\n",
        fixable=True,
    ),
    Finding(
        code="language-missing",
        severity="error",
        family="names",
        title="No words for this language",
        what=(
            "`locale` or `locales` names a locale in whose language there are no phrases and word lists. "
            "`de_CH` and `de-AT` use those of `de`."
        ),
        why=(
            "Briefs can't be written in it, and claims, hurry and words about who people are would pass "
            "unseen: nothing falls back to English in silence."
        ),
        bad="locales: [de_DE, xx]\n",
        good="locales: [de_DE, fr]\n",
    ),
)
