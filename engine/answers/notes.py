"""What is said about the data after an evaluation: rows and values that take no part, from one registry.

A note needs nothing but the plan and the reports of what was read, so every command that evaluates has them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

from segmentry.engine.backends.protocol import SourceReport, Unmatched
from segmentry.engine.diagnostics.errors import DataError
from segmentry.engine.diagnostics.findings import diagnostic
from segmentry.engine.diagnostics.model import Diagnostic, Severity
from segmentry.engine.files.condition_model import Place
from segmentry.engine.files.condition_words import test_words
from segmentry.engine.language.bounds import keeps
from segmentry.engine.planning.plan import Plan, SourcePlan

A_NOTE = Fraction(1, 1000)
A_WARNING = Fraction(1, 100)
"""From which share on a note is made, and is a warning; where nothing is left it is an error."""

FOUND_BY_HALF = Fraction(1, 2)
"""A lookup that finds a smaller share is a warning."""


@dataclass(frozen=True, slots=True)
class Note:
    """One thing to know about the data: what it counts, in words, and what to do.

    It counts ``rows`` of ``of``, which is None where nobody knows of how many.

    ``code`` is that of a finding. ``column`` is None for what concerns whole rows. ``unexpected`` is true
    where it goes against the source's `expected`.
    """

    code: str
    severity: Severity
    source: str
    column: str | None
    rows: int
    of: int | None
    text: str
    fix: str
    unexpected: bool = False

    def sentence(self) -> str:
        """Text and fix as one line."""
        return f"{self.text}; {self.fix}"

    def document(self) -> dict[str, Any]:
        """The note in `run.json` and in the JSON that commands print."""
        return {name: value for name, value in asdict(self).items() if name != "unexpected"}


@dataclass(frozen=True, slots=True)
class Seen:
    """One source of a plan and what was read of it."""

    plan: Plan
    source: SourcePlan
    report: SourceReport

    @property
    def name(self) -> str:
        """The source's name."""
        return self.source.name


def severity_of(rows: int, of: int) -> Severity | None:
    """How much it matters that so many rows of all are concerned; None for fewer than one in a thousand."""
    if not rows or not of or Fraction(rows, of) < A_NOTE:
        return None
    if rows == of:
        return "error"
    return "warning" if Fraction(rows, of) >= A_WARNING else "info"


def share_words(rows: int, of: int) -> str:
    """`25%`, `0.4%`; never 100% of what is not all."""
    share = 100 * Fraction(rows, of)
    if rows < of and share > 99:
        return "over 99%"
    return f"{float(share):.0f}%" if share >= 1 else f"{float(share):.2g}%"


# --- rows that take no part -----------------------------------------------------------------------

_LACKS = {"no_customer": "no customer", "no_group_key": "no value to group by", "no_time": "no time"}


def _rows_left_out(seen: Seen) -> Iterator[Note]:
    report = seen.report
    for reason, what in _LACKS.items():
        rows, of = report.left_out.get(reason, 0), report.seen or 0
        have = "has" if rows == 1 else "have"
        text = f"{_rows_of(seen, rows, of)} {have} {what} ({share_words(rows, of)})" if of else ""
        fix = "they take no part; fill it in, or say how many are expected" + _expected_key(reason)
        yield from _left_out(seen, reason, rows, of, text, fix)
    unknown = report.left_out.get("unknown_customer", 0)
    if unknown:
        of = unknown + (report.linked or 0)
        belong = "belongs" if unknown == 1 else "belong"
        text = f"{_rows_of(seen, unknown, of)} {belong} to no customer ({share_words(unknown, of)})"
        here, there = _linked(seen)
        if report.unknown is not None:
            text += _examples(report.unknown)
        fix = _likeness(seen, report.unknown, here, there) + _expected_key("unknown_customer")
        yield from _left_out(seen, "unknown_customer", unknown, of, text, fix)


def _linked(seen: Seen) -> tuple[str, str]:
    """The column of a source that names a customer, and the one that it is found in."""
    person = seen.source.person
    if person is None:
        return f"{seen.name}.{seen.source.customer}", f"{seen.plan.customers}.{seen.plan.key}"
    return f"{seen.name}.{person.here}", f"{person.source}.{seen.plan.sources[person.source].source.record}"


def _expected_key(reason: str) -> str:
    return "" if reason == "no_group_key" else f" (`expected: {{{reason}: {{share: {{at_most: …}}}}}}`)"


def _left_out(seen: Seen, reason: str, rows: int, of: int, text: str, fix: str) -> Iterator[Note]:
    """The note, unless the source's `expected` settles it; an error where that is broken."""
    expected = seen.source.source.expected
    tests = () if expected is None or not of else dict(expected.left_out).get(reason, ())
    if tests:
        if all(keeps(Fraction(rows, of), test.operator, test.operand) for test in tests):
            return
        words = " and ".join(test_words(test).removeprefix("is ") for test in tests)
        text += f", a share that is expected to be {words}"
        yield Note("rows-left-out", "error", seen.name, None, rows, of, text, fix, unexpected=True)
        return
    severity = severity_of(rows, of)
    if severity is not None:
        yield Note("rows-left-out", severity, seen.name, None, rows, of, text, fix)


def _rows_of(seen: Seen, rows: int, of: int) -> str:
    return f"{rows:,} of {of:,} row{'' if of == 1 else 's'} of `{seen.name}`"


def _examples(unmatched: Unmatched) -> str:
    return (
        f", with {unmatched.keys:,} key{'' if unmatched.keys == 1 else 's'} such as {unmatched.examples[0]}"
    )


_ALIKE = {
    "case": "capital letters aside",
    "spaces": "spaces around them aside",
    "zeros": "zeros in front aside",
    "all": "capitals, spaces and zeros in front aside",
}


def _likeness(seen: Seen, unmatched: Unmatched | None, here: str, there: str) -> str:
    kind = seen.source.columns.get(here.partition(".")[2])
    if kind is not None and kind.kind != "string":
        return f"look whether `{there}` lacks somebody, or `{here}` means something else"
    if unmatched is None or unmatched.alike is None:
        return f"is `{here}` written like `{there}`, capitals, spaces and zeros in front included?"
    how, keys = unmatched.alike
    some = "all of them" if keys == unmatched.keys else f"{keys:,} of them"
    return f"{_ALIKE[how]}, {some} would match: write `{here}` like `{there}`"


# --- lookups ----------------------------------------------------------------------------------------


def _lookups(seen: Seen) -> Iterator[Note]:
    for lookup in seen.report.lookups:
        missed = lookup.asked - lookup.found
        severity = severity_of(missed, lookup.asked)
        if severity is None or lookup.unmatched is None:
            continue
        if lookup.found:
            few = Fraction(lookup.found, lookup.asked) < FOUND_BY_HALF
            severity = "warning" if few else "info"
        share = share_words(missed, lookup.asked)
        text = (
            f"{_rows_of(seen, missed, lookup.asked)} find nothing in `{lookup.source}` ({share})"
            f"{_examples(lookup.unmatched)}"
        )
        column = ", ".join(lookup.here)
        here, there = f"{seen.name}.{column}", f"{lookup.source}.{', '.join(lookup.there)}"
        fix = _likeness(seen, lookup.unmatched, here, there)
        if len(lookup.here) > 1:
            pairs = zip(lookup.here, lookup.there, strict=True)
            each = " and ".join(f"`{seen.name}.{a}` like `{lookup.source}.{b}`" for a, b in pairs)
            fix = f"is {each} written, capitals, spaces and zeros in front included, and is each pair there?"
        yield Note("lookup-finds-nothing", severity, seen.name, column, missed, lookup.asked, text, fix)


# --- values -----------------------------------------------------------------------------------------


def _values_left_out(seen: Seen) -> Iterator[Note]:
    said = {
        "bad": ("can't be read, and count as missing", "mend them where they come from"),
        "unknown": ("are not among its `values`", "add them to `values`, or mend them"),
    }
    for count in seen.report.counts:
        severity = severity_of(count.rows, count.of)
        if count.fault in said and severity is not None:
            what, fix = said[count.fault]
            text = f"{_values_of(seen, count.column, count.rows, count.of)} {what}"
            text += f" ({share_words(count.rows, count.of)})"
            yield Note("values-left-out", severity, seen.name, count.column, count.rows, count.of, text, fix)


def _values_of(seen: Seen, column: str, rows: int, of: int) -> str:
    return f"{rows:,} of {of:,} value{'' if of == 1 else 's'} of `{seen.name}.{column}`"


def _rounded(seen: Seen) -> Iterator[Note]:
    for count in seen.report.counts:
        if count.fault == "rounded":
            text = (
                f"{_values_of(seen, count.column, count.rows, count.of)} had more places than `scale` and "
                f"{'was' if count.rows == 1 else 'were'} rounded, by {count.most or 0:.3g} at most"
            )
            fix = "raise `scale` to keep them"
            yield Note("rounded-money", "warning", seen.name, count.column, count.rows, count.of, text, fix)


def _empty_columns(seen: Seen) -> Iterator[Note]:
    for count in seen.report.counts:
        if count.fault == "empty":
            text = f"no row of `{seen.name}` has a value in `{count.column}`"
            fix = "look at the export, or leave the column out of the rules"
            yield Note("empty-column", "warning", seen.name, count.column, count.rows, count.of, text, fix)


def _unlikely_dates(seen: Seen) -> Iterator[Note]:
    said = {"early": "before 1990", "late": "over a year after the as-of day"}
    for word, rows in seen.report.unlikely.items():
        of = seen.report.seen or rows
        share = share_words(rows, of)
        text = f"{_rows_of(seen, rows, of)} {'is' if rows == 1 else 'are'} {said[word]} ({share})"
        fix = f"look at `{seen.name}.{seen.source.time}`: such days often stand for a missing one"
        yield Note(
            "unlikely-date",
            severity_of(rows, of) or "info",
            seen.name,
            seen.source.time,
            rows,
            of,
            text,
            fix,
        )


@dataclass(frozen=True, slots=True)
class NoteEntry:
    """One kind of note: the code of its finding, and what makes the notes of one source."""

    code: str
    find: Callable[[Seen], Iterator[Note]]


NOTES: tuple[NoteEntry, ...] = (
    NoteEntry("rows-left-out", _rows_left_out),
    NoteEntry("lookup-finds-nothing", _lookups),
    NoteEntry("values-left-out", _values_left_out),
    NoteEntry("rounded-money", _rounded),
    NoteEntry("empty-column", _empty_columns),
    NoteEntry("unlikely-date", _unlikely_dates),
)
"""Every kind of note, in the order in which they are told of a source."""


def notes_of(plan: Plan, reports: Mapping[str, SourceReport]) -> tuple[Note, ...]:
    """All notes of an evaluation, source by source in the order of their names."""
    return tuple(
        note
        for name, report in sorted(reports.items())
        for entry in NOTES
        for note in entry.find(Seen(plan, plan.sources[name], report))
    )


def refuse_unexpected(notes: tuple[Note, ...]) -> None:
    """Raises DataError for the first note that goes against a source's `expected`."""
    for note in notes:
        if note.unexpected:
            raise DataError(note.sentence())


def finding_of(note: Note, plan: Plan) -> Diagnostic:
    """The note as a finding, at the column where the source declares it, else at the source."""
    source = plan.sources[note.source].source
    declared = {column.name: column.at for column in source.columns}
    at: Place = declared.get(note.column or "", source.at)
    return diagnostic(note.code, note.text, at.file, at.span, hint=note.fix, severity=note.severity)
