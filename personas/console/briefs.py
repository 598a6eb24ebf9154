"""`brief`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from segmentry.engine.console.completion import complete_segments
from segmentry.engine.console.examples import examples
from segmentry.engine.console.session import (
    AsOfOption,
    FormatOption,
    QuietOption,
    Session,
    WorkspaceOption,
    choice,
    session,
)
from segmentry.engine.diagnostics.errors import UsageError
from segmentry.personas.console.modelled import (
    TEMPLATES,
    model_job,
    show_requests,
    usage_document,
    usage_line,
)

if TYPE_CHECKING:
    from segmentry.personas.briefs import BriefFormat, BriefResult
    from segmentry.personas.checks import BriefFinding
    from segmentry.personas.facts.population import Population
    from segmentry.personas.llm import Job

FOLDER = "briefs"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog=examples(
            "segmentry brief",
            "segmentry brief value-driven --write html",
            "segmentry brief --check",
            "segmentry brief value-driven --show-prompt",
            "segmentry brief --llm --cache replay",
        ),
        short_help="Write a brief for each segment, or check the briefs.",
    )(brief)


SegmentsArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="SEGMENT",
        help="Segments or segmentations. Default: all.",
        autocompletion=complete_segments,
    ),
]
OutputOption = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="DIR", help="Where the briefs are.")
]
WriteOption = Annotated[str, typer.Option("--write", metavar="FORMATS", help="Some of md, html and json.")]
CheckOption = Annotated[bool, typer.Option("--check", help="Write nothing; check the briefs that are there.")]
LlmOption = Annotated[bool, typer.Option("--llm", help="Let the language model of segmentry.yaml write.")]
ShowPromptOption = Annotated[
    bool, typer.Option("--show-prompt", help="Print what the model would be sent; send nothing.")
]
CacheOption = Annotated[
    str | None,
    typer.Option(metavar="MODE", help="The model's recorded replies: record (default), live, replay, off."),
]


def brief(
    segments: SegmentsArgument = None,
    output: OutputOption = None,
    write: WriteOption = "md,html,json",
    check: CheckOption = False,
    llm: LlmOption = False,
    show_prompt: ShowPromptOption = False,
    cache: CacheOption = None,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    quiet: QuietOption = False,
    format: FormatOption = "text",
) -> None:
    """Write a brief for each segment: who they are, what to promise them, and what to write to them."""
    with session(workspace, as_of, quiet, format) as this:
        formats = _formats(write)
        _agree(check=check, llm=llm, show_prompt=show_prompt, cache=cache)
        out = this.workspace.root / FOLDER if output is None else output.absolute()
        if check:
            _check(this, segments or [], out)
        elif show_prompt:
            _show_prompt(this, segments or [], out)
        else:
            _write(this, segments or [], out, formats, model_job(this, cache or "record") if llm else None)


def _agree(*, check: bool, llm: bool, show_prompt: bool, cache: str | None) -> None:
    """Raises UsageError for options that don't go together."""
    if check and (llm or show_prompt):
        raise UsageError("--check writes nothing and asks nobody: leave out --llm and --show-prompt")
    if cache is not None and not llm:
        raise UsageError("--cache is about the language model's replies: add --llm")


def _formats(reported: str) -> list[BriefFormat]:
    from segmentry.personas.briefs import FORMATS

    names = [name.strip() for name in reported.split(",") if name.strip()]
    for name in names:
        choice("--write", name, FORMATS)
    if not names:
        raise UsageError(f"--write takes some of {', '.join(FORMATS)}")
    return [form for form in FORMATS if form in names]


# --- writing --------------------------------------------------------------------------------------


def _show_prompt(this: Session, segments: list[str], out: Path) -> None:
    from segmentry.engine.console.progress import progress
    from segmentry.personas.brief.brand import load_brand
    from segmentry.personas.briefs import folders
    from segmentry.personas.facts import published_facts
    from segmentry.personas.facts.adapter import load_population
    from segmentry.personas.llm import prompt_requests

    job = model_job(this, "off")
    with progress(this.quiet) as step:
        brand = load_brand(this.workspace)
        step("Evaluating")
        population = load_population(this.workspace, as_of=this.as_of)
        step("Measuring")
        facts = published_facts(population)
        requests = [
            prompt_requests(spoken, brand, job, segments, facts)
            for spoken, _ in folders(population, this.workspace.model.locales, out)
        ]
    show_requests(this, requests)


def _write(
    this: Session, segments: list[str], out: Path, formats: list[BriefFormat], job: Job | None
) -> None:
    from segmentry.engine.console.progress import progress
    from segmentry.personas.brief.brand import load_brand
    from segmentry.personas.briefs import folders, writable, write_briefs
    from segmentry.personas.facts import published_facts
    from segmentry.personas.facts.adapter import load_population
    from segmentry.personas.llm import write_llm_briefs

    writable(out)
    with progress(this.quiet) as step:
        brand = load_brand(this.workspace)
        step("Evaluating")
        population = load_population(this.workspace, as_of=this.as_of)
        step("Measuring")
        facts = published_facts(population)
        step("Writing")
        templates = this.workspace.root / TEMPLATES
        results = [
            write_briefs(spoken, brand, segments, folder, formats, templates, facts)
            if job is None
            else write_llm_briefs(spoken, brand, job, segments, folder, formats, facts, step)
            for spoken, folder in folders(population, this.workspace.model.locales, out)
        ]
    _report_written(this, results, out)


def _report_written(this: Session, results: list[BriefResult], out: Path) -> None:
    written = [path for result in results for path in result.written]
    usage = usage_document(results)
    if this.json:
        reported = {
            "written": [_below(path, out) for path in written],
            **({} if usage is None else {"llm": usage}),
        }
        this.document({**_document(results, out), **reported})
    else:
        briefs = sum(len(result.briefs) for result in results)
        this.done(f"Wrote {_counted(briefs, 'brief')} ({_counted(len(written), 'file')}) into {out}.")
        this.done(usage_line(usage)) if usage is not None else None
        pages = [path for path in written if path.name == "index.html"]
        this.done("".join(f"Open {page} in a browser.\n" for page in pages).rstrip()) if pages else None
        this.note(_as_text(results, out)) if any(result.findings for result in results) else None
    this.code = max(result.exit_code for result in results)


# --- checking -------------------------------------------------------------------------------------


def _check(this: Session, segments: list[str], out: Path) -> None:
    from segmentry.engine.console.progress import progress
    from segmentry.personas.brief.brand import load_brand
    from segmentry.personas.briefs import check_briefs, folders
    from segmentry.personas.facts import published_facts
    from segmentry.personas.facts.adapter import described_population

    with progress(this.quiet) as step:
        brand = load_brand(this.workspace)
        step("Evaluating")
        population = _population_at_hand(this)
        facts = {} if population is None else published_facts(population)
        described = population or described_population(this.workspace, as_of=this.as_of)
        step("Checking")
        results = [
            check_briefs(population, brand, folder, segments, described=spoken, facts=facts)
            for spoken, folder in folders(described, this.workspace.model.locales, out)
        ]
    if this.json:
        this.document(_document(results, out))
    else:
        checked = _counted(sum(len(result.briefs) for result in results), "brief")
        if any(result.findings for result in results):
            this.show(f"{_as_text(results, out)}\n")
        this.done(f"{checked} checked: {_verdict(results)}.")
    this.code = max(result.exit_code for result in results)


def _population_at_hand(this: Session) -> Population | None:
    """Today's population, or None, with a remark, where the data is not at hand (in CI it seldom is)."""
    from segmentry.personas.facts.adapter import has_data, load_population

    if has_data(this.workspace):
        return load_population(this.workspace, as_of=this.as_of)
    this.loaded_model()
    this.note("note: the data is not at hand, so nothing is said of figures that have moved")
    return None


def _verdict(results: list[BriefResult]) -> str:
    found = [finding for result in results for finding in result.findings]
    errors = sum(finding.severity == "error" for finding in found)
    parts = [_counted(errors, "error")] if errors else []
    parts += [_counted(len(found) - errors, "warning")] if len(found) > errors else []
    return ", ".join(parts) or "nothing to mend"


# --- findings -------------------------------------------------------------------------------------


def _as_text(results: list[BriefResult], out: Path) -> str:
    """Each finding with its file, JSON path, text and fix; what is wrong in several places once."""
    blocks: list[str] = []
    for result in results:
        same: dict[tuple[str, ...], list[BriefFinding]] = {}
        for finding in result.findings:
            same.setdefault((finding.segment, finding.code, finding.message, finding.fix), []).append(finding)
        blocks += ["\n".join(_lines(found, _file(result, found[0], out))) for found in same.values()]
    return "\n".join(blocks)


def _lines(found: list[BriefFinding], file: str) -> Iterable[str]:
    first, *others = found
    yield f"{first.severity}[{first.code}] {first.message}"
    yield f"  --> {file}{f': {first.path}' if first.path else ''}"
    if first.text:
        text = " ".join(first.text.split())
        yield f"  | {text if len(text) <= 160 else f'{text[:159]}…'}"
    if others:
        yield f"  also in {', '.join(other.path for other in others)}"
    yield f"  fix: {first.fix}\n"


def _document(results: list[BriefResult], out: Path) -> Mapping[str, Any]:
    return {
        "version": 1,
        "folder": str(out),
        "briefs": [
            _below(result.folder / f"{segment}.json", out) for result in results for segment in result.briefs
        ],
        "findings": [
            {
                "code": finding.code,
                "severity": finding.severity,
                "message": finding.message,
                "segment": finding.segment,
                "file": _file(result, finding, out),
                "path": finding.path,
                "text": finding.text,
                "fix": finding.fix,
            }
            for result in results
            for finding in result.findings
        ],
    }


def _file(result: BriefResult, finding: BriefFinding, out: Path) -> str:
    return _below(result.folder / f"{finding.segment}.json", out)


def _below(path: Path, out: Path) -> str:
    """A path as the reader knows it: from the folder of briefs on."""
    return f"{out.name}/{path.relative_to(out).as_posix()}"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
