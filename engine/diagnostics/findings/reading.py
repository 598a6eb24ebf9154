"""Findings of reading a file: its syntax and its shape."""

from __future__ import annotations

from typing import Final

from segmentry.engine.diagnostics.findings.entry import Finding

READING: Final = (
    Finding(
        code="yaml-syntax",
        severity="error",
        family="reading",
        title="The file is no YAML",
        what=(
            "The file can't be read: a quote or bracket is left open, a tab or a wrong indentation is in "
            "the way, a text needs quotes, or the file is not UTF-8. Tags (`!name`), a second document "
            "after `---`, aliases that contain themselves or grow beyond 100,000 values, and nesting over "
            "64 levels are refused too."
        ),
        why="Nothing in the file takes part until it can be read, so its segments would silently be gone.",
        bad=("# the text contains `: `\ndescription: New: customers of this year\n"),
        good="description: 'New: customers of this year'\n",
        fixable=True,
    ),
    Finding(
        code="duplicate-key",
        severity="error",
        family="reading",
        title="A key stands twice",
        what=(
            "The same key stands twice in one mapping. A condition tests one trait: two conditions are two "
            "items of a list below `all:` or `any:`."
        ),
        why=(
            "Only one of the two can count. Many readers silently take the last one, and an edit to the "
            "other changes nothing."
        ),
        bad=("- id: loyal\n  name: Loyal\n  owner: crm\n  name: Regulars\n"),
        good=("- id: loyal\n  name: Regulars\n  owner: crm\n"),
    ),
    Finding(
        code="unknown-key",
        severity="error",
        family="reading",
        title="A key that is not part of the language",
        what=(
            "The key is not one that may stand in this place. Often it is a slip of the pen, or a key "
            "that belongs one level higher or lower. Where keys look like those of another tool (dbt, Twilio "
            "Segment, Braze, Klaviyo, HubSpot, JsonLogic, SQL and others), the first finding says so."
        ),
        why=(
            "What it was meant to say would be ignored: a condition with a misspelt operator would let "
            "everybody in."
        ),
        bad=("- id: loyal\n  wehn: {trait: orders_12m, at_least: 4}\n"),
        good=("- id: loyal\n  when: {trait: orders_12m, at_least: 4}\n"),
        fixable=True,
    ),
    Finding(
        code="schema",
        severity="error",
        family="reading",
        title="A wrong shape",
        what=(
            "What stands here has not the shape that the key asks for: a text instead of a list, a "
            "required key is lacking, a list is empty, a key is out of its place, the workspace has no "
            "customers table or two, or words for people hold control characters, marks that turn the "
            "direction or, in a name, a line break."
        ),
        why="The rule can't be given one certain meaning, so it is not given any.",
        bad=("# `all` takes a list\nwhen:\n  all: {trait: orders_12m, at_least: 4}\n"),
        good=("when:\n  all:\n    - {trait: orders_12m, at_least: 4}\n"),
        fixable=True,
    ),
    Finding(
        code="ambiguous-scalar",
        severity="warning",
        family="reading",
        title="A number where a text is expected",
        what=(
            "A text is expected and an unquoted number stands here, like `010` or `1e3`. It is taken as "
            "the text exactly as written."
        ),
        why=(
            "Other programs that read the file, and people too, may take it for a number: 010 for 10 or "
            "8, and 1e3 for 1000. Quotes say which is meant."
        ),
        bad=("# a list of postal codes\nwhen: {trait: postal_code, in: [01067, 04109]}\n"),
        good="when: {trait: postal_code, in: ['01067', '04109']}\n",
        fixable=True,
    ),
    Finding(
        code="unreadable",
        severity="error",
        family="reading",
        title="Rules that can't be read",
        what=(
            "The folder of the rules, a folder below it or a rule file can't be read: it is not allowed, a "
            "link leads nowhere, or a file stands where a folder should."
        ),
        why="Rules that nobody reads are checked by nobody, and their segments would be gone without a word.",
        bad="rules: rules.yaml # a file\n",
        good="rules: rules # a folder\n",
    ),
)
