"""Findings of hygiene: what keeps a growing set of rules readable, owned and tested."""

from __future__ import annotations

from typing import Final

from segmentry.engine.diagnostics.findings.entry import Finding

HYGIENE: Final = (
    Finding(
        code="missing-owner",
        severity="warning",
        family="hygiene",
        title="Nobody owns the segment",
        what="Neither the segment nor its segmentation has an `owner`.",
        why="When it starts to select the wrong people, there is nobody to ask.",
        bad=("segmentation: lifecycle\nassign: first_match\n"),
        good=("segmentation: lifecycle\nowner: crm\nassign: first_match\n"),
    ),
    Finding(
        code="missing-description",
        severity="info",
        family="hygiene",
        title="The segment has no description",
        what="The segment says who is in it, but not in words what it is for.",
        why="Briefs start from the description, and colleagues read it before they read conditions.",
        bad=("- id: lapsed\n  when: {trait: days_since_order, at_least: 180}\n"),
        good=(
            "- id: lapsed\n"
            "  description: Bought once, and has been away for half a year.\n"
            "  when: {trait: days_since_order, at_least: 180}\n"
        ),
    ),
    Finding(
        code="naming",
        severity="warning",
        family="hygiene",
        title="An id in another style",
        what=(
            "Ids of segments and segmentations are written like `value-driven`, ids of traits like "
            "`orders_12m`: small letters, with hyphens or with underscores."
        ),
        why="Ids become names of columns and files. One style keeps them easy to guess and to search for.",
        bad=("segments:\n  - {id: Value_Driven, when: {trait: discount_share, at_least: 0.5}}\n"),
        good=("segments:\n  - {id: value-driven, when: {trait: discount_share, at_least: 0.5}}\n"),
    ),
    Finding(
        code="unused-trait",
        severity="info",
        family="hygiene",
        title="No rule uses the trait",
        what="A defined trait is used by no segment, score or other trait.",
        why="It is one more thing to read and to keep right. It costs no time: a run does not compute it.",
        bad=(
            "traits:\n"
            "  - {id: orders_12m, count: orders, within_last: 12 months}\n"
            "  - {id: orders_24m, count: orders, within_last: 24 months}   # in no rule\n"
        ),
        good=("traits:\n  - {id: orders_12m, count: orders, within_last: 12 months}\n"),
    ),
    Finding(
        code="expired",
        severity="warning",
        family="hygiene",
        title="The segment's date has passed",
        what="The day in `expires:` is before the as-of date. The segment still takes part.",
        why=(
            "It was made for a season or a campaign that is over, and goes on taking customers from other "
            "segments."
        ),
        bad=("- id: spring-sale\n  expires: 2024-06-01\n  when: {trait: opened_spring_mail, is: true}\n"),
        good=(
            "# removed, or with a new date\n"
            "- id: spring-sale\n"
            "  expires: 2099-06-01\n"
            "  when: {trait: opened_spring_mail, is: true}\n"
        ),
    ),
    Finding(
        code="sensitive-without-purpose",
        severity="warning",
        family="hygiene",
        title="Sensitive data without a purpose",
        what=(
            "The segment uses a trait marked `pii: sensitive`, directly or through others, and says no "
            "`purpose`."
        ),
        why="Sensitive data may be used for stated purposes only; whoever reviews the rule has to see which.",
        bad=("- id: wheelchair-access\n  when: {trait: mobility_aid, is: true}\n"),
        good=(
            "- id: wheelchair-access\n"
            "  purpose: Tell guests who asked for it which entrances have no steps.\n"
            "  when: {trait: mobility_aid, is: true}\n"
        ),
    ),
    Finding(
        code="untested-segment",
        severity="warning",
        family="hygiene",
        title="A segment without tests for both sides",
        what="No rule test shows a customer in the segment, or none shows one outside.",
        why=(
            "A changed threshold goes unnoticed. `segmentry test --scaffold SEGMENT` writes the cases to "
            "be filled in."
        ),
        bad=(
            "tests:\n  - segment: lapsed\n    cases:\n      - {given: {days_since_order: 200}, expect: in}\n"
        ),
        good=(
            "tests:\n"
            "  - segment: lapsed\n"
            "    cases:\n"
            "      - {given: {days_since_order: 200}, expect: in}\n"
            "      - {given: {days_since_order: 20}, expect: out}\n"
        ),
    ),
    Finding(
        code="untested-boundary",
        severity="info",
        family="hygiene",
        title="A threshold without a test at its edge",
        what="No rule test has a value exactly at the threshold of the condition, or none just beside it.",
        why="Whether the threshold itself is in or out is what rules most often get wrong.",
        bad=(
            "# days_since_order at_least 180\n"
            "cases:\n"
            "  - {given: {days_since_order: 200}, expect: in}\n"
            "  - {given: {days_since_order: 20}, expect: out}\n"
        ),
        good=(
            "cases:\n"
            "  - {given: {days_since_order: 180}, expect: in}\n"
            "  - {given: {days_since_order: 179}, expect: out}\n"
        ),
        for_engineers=True,
    ),
    Finding(
        code="unused-control",
        severity="warning",
        family="hygiene",
        title="A control that suppresses nothing",
        what=(
            "A comment `# segmentry: ignore[CODE]` or `snooze[CODE]` stands where there is no such "
            "finding (any more), or its code is unknown, or its day has passed."
        ),
        why="It would hide the next finding of that kind in its line, which nobody has looked at.",
        bad=("- id: loyal   # segmentry: ignore[missing-owner] CRM is to decide\n  owner: crm\n"),
        good=("- id: loyal\n  owner: crm\n"),
        fixable=True,
    ),
    Finding(
        code="test-without-rules",
        severity="error",
        family="hygiene",
        title="A test file that tests nothing",
        what="The file that `rules:` names does not exist in the workspace, or holds no rules.",
        why=(
            "The tests can't run, and whatever they protected is unprotected; mostly the rule file was "
            "renamed."
        ),
        bad=("# the file is called lifecycle.yaml\nrules: life-cycle.yaml\n"),
        good="rules: lifecycle.yaml\n",
    ),
    Finding(
        code="test-incomplete",
        severity="error",
        family="hygiene",
        title="A test case that says too little",
        what=(
            "The rule reads a trait that the case neither gives nor lets be computed, or the case names "
            "something that does not exist."
        ),
        why="The case can't be evaluated. It is no pass: a missing value is stated as `null`.",
        bad=(
            "# the rule reads discount_share and country\n"
            "cases:\n"
            "  - {given: {discount_share: 0.5}, expect: in}\n"
        ),
        good=("cases:\n  - {given: {discount_share: 0.5, country: DE}, expect: in}\n"),
    ),
    Finding(
        code="test-cases",
        severity="error",
        family="hygiene",
        title="A file of cases that can't be used",
        what=(
            "The CSV file that `cases:` names does not exist in the workspace, is not in UTF-8, or has a "
            "line that does not fit its header: other columns than it, or an `expect` that is empty or "
            "unknown."
        ),
        why="Cases that can't be read protect nothing, so none of the tests runs until they can.",
        bad="# the file beside this one is called loyalty.cases.csv\ncases: loyality.cases.csv\n",
        good="cases: loyalty.cases.csv\n",
    ),
    Finding(
        code="test-failed",
        severity="error",
        family="hygiene",
        title="A rule test fails",
        what=(
            "A case comes out differently from what its test expects. `segmentry test` finds it, `check` "
            "does not evaluate cases."
        ),
        why=(
            "Either the rule does not mean what somebody wrote down as an example, or the example is wrong. "
            "Change the one that is."
        ),
        bad=("# the rule says: orders_12m at_least 6\ncases:\n  - {given: {orders_12m: 5}, expect: in}\n"),
        good="cases:\n  - {given: {orders_12m: 5}, expect: out}\n",
    ),
)
