"""`test`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from segmentry.engine.console.completion import complete_segments
from segmentry.engine.console.examples import examples
from segmentry.engine.console.session import (
    AsOfOption,
    QuietOption,
    ReportOption,
    Session,
    WorkspaceOption,
    session,
    width_of,
    wrapped,
)

if TYPE_CHECKING:
    from segmentry.engine.ruletests.coverage import Coverage
    from segmentry.engine.ruletests.results import CaseResult, TestReport


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        "test",
        epilog=examples(
            "segmentry test",
            "segmentry test rules/lifecycle.test.yaml -k lapsed",
            "segmentry test --coverage --min-coverage leaf=80 --min-coverage segment=100",
            "segmentry test --scaffold lapsed > rules/lapsed.test.yaml",
        ),
    )(run_rule_tests)


PathsArgument = Annotated[
    list[Path] | None,
    typer.Argument(metavar="PATH", help="Test files, rule files or folders. Default: all tests."),
]
KeywordOption = Annotated[
    str | None, typer.Option("-k", metavar="TEXT", help="Only tests with this in their name.")
]
CoverageOption = Annotated[bool, typer.Option("--coverage", help="Say what the tests cover.")]
MinCoverageOption = Annotated[
    list[str] | None,
    typer.Option(metavar="MEASURE=PERCENT", help="segment, leaf, decisive or missing, as in leaf=80."),
]
ScaffoldOption = Annotated[
    str | None,
    typer.Option(
        metavar="SEGMENT",
        help="Write cases at every boundary of a segment, to be answered.",
        autocompletion=complete_segments,
    ),
]


def run_rule_tests(
    paths: PathsArgument = None,
    keyword: KeywordOption = None,
    coverage: CoverageOption = False,
    min_coverage: MinCoverageOption = None,
    scaffold: ScaffoldOption = None,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    quiet: QuietOption = False,
    format: ReportOption = "text",
) -> None:
    """Run the rule tests: examples of who is meant, and who is not."""
    from segmentry.engine.reporters import REPORTERS

    with session(workspace, as_of, quiet, format, REPORTERS) as this:
        from segmentry.engine.console.progress import progress
        from segmentry.engine.ruletests.coverage import read_minimums
        from segmentry.engine.ruletests.run import run_tests
        from segmentry.engine.ruletests.scaffold import scaffold_tests

        if scaffold is not None:
            text = scaffold_tests(this.workspace, scaffold, as_of)
            if this.json:
                this.document({"version": 1, "segment": scaffold, "file": text})
            else:
                this.show(text)
            return
        minimums = read_minimums(min_coverage or ())
        with progress(quiet) as step:
            step("Testing")
            report = run_tests(
                this.workspace,
                paths or (),
                keyword=keyword,
                as_of=as_of,
                coverage=coverage,
                minimums=minimums,
            )
        _show(this, report)
        this.code = report.exit_code


def _show(this: Session, report: TestReport) -> None:
    from segmentry.engine.reporters import SERVERS
    from segmentry.engine.ruletests.report import as_data, as_diagnostics, as_junit

    match this.format:
        case "text":
            this.show(wrapped(render_report(report, quiet=this.quiet), width_of(sys.stdout)))
        case "json":
            this.document(as_data(report))
        case "junit":
            this.show(as_junit(report, this.folder_in_repository))
        case _:
            this.report(as_diagnostics(report))
    if this.format in SERVERS:
        for line in _covered(report):
            this.note(line)
        for text in report.shortfalls:
            this.failed(text, 1)


# --- as text --------------------------------------------------------------------------------------


def render_report(report: TestReport, *, quiet: bool = False) -> str:
    """What did not pass, file by file, the coverage, and how many ended how."""
    lines: list[str] = []
    file = ""
    for case in report.cases:
        if case.status == "passed" or (quiet and case.status == "todo"):
            continue
        if case.file != file:
            file = case.file
            lines += ["", file] if lines else [file]
        lines += _case_lines(case)
    covered = _covered(report)
    lines += ["", *covered] if lines and covered else covered
    lines += [f"Too little: {text}." for text in report.shortfalls]
    return "\n".join([*lines, *([""] if lines else []), _summary(report)])


def _case_lines(case: CaseResult) -> Iterator[str]:
    from segmentry.engine.console.trees import verdict_lines

    note = f": {case.note}" if case.note else ""
    yield f"  {case.status:<6}  line {case.at.span.line}: {case.title}{note}"
    for text in case.differences:
        yield f"          {text}"
    for text in case.decided_by:
        yield f"          decided by {text}"
    for problem in case.problems:
        yield f"          {problem.message}"
        for hint in (problem.hint or "").splitlines():
            yield f"            {hint}"
    for customer, verdict in case.trees:
        whose = f", customer {customer}" if customer else ""
        yield f"          {verdict.segment}{whose}: {_membership(verdict.member, verdict.taken_by)}"
        for tree in verdict.tree:
            yield from (f"          {line}" for line in verdict_lines(tree, 1))


def _membership(member: bool, taken_by: str | None) -> str:
    if member:
        return "in"
    return "out" if taken_by is None else f"out, for {taken_by} took the customer; the rule fits"


def _covered(report: TestReport) -> list[str]:
    return [] if report.coverage is None else _coverage_lines(report.coverage)


def _coverage_lines(coverage: Coverage) -> list[str]:
    from segmentry.engine.ruletests.coverage import MEASURES

    lines = ["Coverage"]
    for name, words in MEASURES.items():
        counts = f"{coverage.covered[name]} of {coverage.total[name]}"
        lines.append(f"  {name:<9} {coverage.percent(name):>3}%  {counts:>12}  {words}")
    if coverage.gaps:
        lines.append("Not covered")
        lines += [f"  {gap.at.file}:{gap.at.span.line}  {gap.what}" for gap in coverage.gaps]
    return lines


def _summary(report: TestReport) -> str:
    words = {"passed": "passed", "failed": "failed", "error": "can't be evaluated", "todo": "to do"}
    counts = [(report.count(status), word) for status, word in words.items()]  # type: ignore[arg-type]
    reported = ", ".join(f"{count} {word}" for count, word in counts if count)
    files = len({case.file for case in report.cases})
    if not reported:
        return "No case ran: there are no rule tests, or none has such a name."
    if not report.count("passed") and report.exit_code == 6:
        return f"No case ran: {reported}."
    return f"{reported} in {files} file{'s' if files != 1 else ''}."
