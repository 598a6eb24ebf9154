"""Hygiene: what keeps rules owned, described, up to date and used. One function a finding.

How ids are written (`naming`) is seen when a file is validated.
"""

from __future__ import annotations

from datetime import date

from segmentry.engine.checks.context import Context
from segmentry.engine.checks.follow import misspelt, perhaps_meant
from segmentry.engine.diagnostics.findings import diagnostic
from segmentry.engine.language.suggest import did_you_mean
from segmentry.engine.planning.sensitive import Sensitive
from segmentry.engine.workspace import WORKSPACE_FILE


def check_owner(context: Context) -> None:
    """`missing-owner`: neither the segment nor its segmentation has one."""
    unread = misspelt(context, "owner")
    for _, segment in context.segments:
        if segment.owner is None and segment.at.file not in unread:
            message = f"nobody owns `{segment.id}`"
            hint = "say `owner:` in the segment, or once for all at the top of the file"
            context.findings.add("missing-owner", message, segment.at, hint)


def check_description(context: Context) -> None:
    """`missing-description`."""
    unread = misspelt(context, "description")
    for _, segment in context.segments:
        if segment.description is None and segment.at.file not in unread:
            message = f"`{segment.id}` does not say in words who these people are"
            context.findings.add("missing-description", message, segment.at, "add a `description:`")


def check_unused(context: Context) -> None:
    """`unused-trait`: used by no segment, score or other trait. Traits with `value: true` are for reports."""
    used = {name for names in context.plan.references.values() for name in names}
    meant = perhaps_meant(context)
    for trait in context.model.traits:
        if f"t:{trait.id}" not in used and not trait.value and trait.id not in meant:
            message = f"no segment, score or other trait uses `{trait.id}`"
            context.findings.add("unused-trait", message, trait.at, "use it, or take it out")


def check_expired(context: Context) -> None:
    """`expired`: the day in `expires:` is before the as-of date."""
    for _, segment in context.segments:
        day = None if segment.expires is None else _day(segment.expires)
        if day is not None and day < context.today:
            message = f"`{segment.id}` expired on {day.isoformat()} and still takes part"
            context.findings.add("expired", message, segment.at, "take it out, or give it a new date")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None  # reported where the file is validated


def check_purpose(context: Context) -> None:
    """`sensitive-without-purpose`: uses what is marked `pii: sensitive`, directly or through others."""
    sensitive = Sensitive(context.plan)
    for segmentation, segment in context.segments:
        found = sensitive.below(f"r:{segment.id}")
        if segmentation.assign == "best_score":
            found |= sensitive.below(f"w:{segmentation.id}")
        if found and segment.purpose is None:
            names = ", ".join(f"`{name}`" for name in sorted(found))
            message = f"`{segment.id}` uses sensitive data ({names}) and says no purpose"
            hint = "say what the data is used for: `purpose:`"
            context.findings.add("sensitive-without-purpose", message, segment.at, hint)


def check_allowed(context: Context) -> None:
    """`unknown-trait`, as a warning: `privacy.sensitive_allowed` names what there is not, and allows nothing.

    Where there are errors a name may be that of a trait that is left out.
    """
    allowed = context.model.privacy.sensitive_allowed
    if not allowed or context.has_errors:
        return
    customers = [column.name for s in context.model.sources if s.is_customers for column in s.columns]
    known = [*(trait.id for trait in context.model.traits), *customers]
    for at, name in enumerate(allowed):
        if name in known:
            continue
        span = context.documents[WORKSPACE_FILE].value_span(("privacy", "sensitive_allowed", at))
        message = f"no trait named `{name}`, so nothing is allowed by it"
        hint = did_you_mean(name, known) or "name a trait, or a declared customers column, or take it out"
        # no fix: what may be shown is not for a program to widen
        found = diagnostic("unknown-trait", message, WORKSPACE_FILE, span, hint=hint, severity="warning")
        context.findings.items.append(found)
