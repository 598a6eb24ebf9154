"""A run: evaluation of a workspace into its output folder."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from segmentry.engine.answers.earlier import since_last_run
from segmentry.engine.answers.evaluation import Result, chosen_segmentations, evaluate_plan
from segmentry.engine.answers.manifest_file import MANIFEST
from segmentry.engine.answers.notes import Note
from segmentry.engine.answers.read_notes import copy_notes
from segmentry.engine.answers.summary import Summary, local_as_of, summarise
from segmentry.engine.diagnostics.errors import NothingRan, UsageError
from segmentry.engine.outputs.entries import LOG, OPTIONS, OUTPUTS, RunContents, RunOptions
from segmentry.engine.outputs.folder import OutputFolder, output_folder, writing
from segmentry.engine.outputs.known_folders import note_folder
from segmentry.engine.outputs.log import Stopwatch, run_log
from segmentry.engine.outputs.manifest import json_bytes, manifest, outputs_entry, rules_entry, source_entry
from segmentry.engine.planning.plan import Plan
from segmentry.engine.sources.read_paths import label_of
from segmentry.engine.workspace import Workspace


@dataclass(frozen=True)
class Run:
    """What a run did: the folder and the files written there, the sizes, and what it warns of.

    ``notes`` are on the data; ``warnings`` depend on the day, on prepared copies and on the last run.
    """

    folder: Path
    files: tuple[str, ...]
    summary: Summary
    warnings: tuple[str, ...]

    @property
    def notes(self) -> tuple[Note, ...]:
        """What is to be known of rows and values that took no part."""
        return self.summary.notes


def run_workspace(
    workspace: Workspace,
    options: RunOptions,
    *,
    as_of: str | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Run:
    """Evaluate a workspace and write the outputs.

    ``progress`` is told of each stage in words. Raises RuleError, DataError, UsageError for an output folder
    that can't be written and for ids that name nothing, NothingRan where no segment takes part, LockedError.
    """
    watch = Stopwatch()
    path = output_path(workspace, options.output)
    _check_folder(workspace, path)
    with output_folder(path) as folder:
        folder.spare(data_files(workspace))
        with writing(path):
            note_folder(workspace.root, path)
        progress("Planning")
        with watch.stage("plan"):
            plan = workspace.plan(as_of)
            _check_names(plan, options)
        progress("Evaluating")
        with watch.stage("evaluate"):
            result = _evaluated(plan, workspace, options)
        with watch.stage("summarise"):
            summary = summarise(result)
            since = since_last_run(workspace, plan, result.reports, path)
        progress("Writing")
        with writing(path):
            _stage(folder, workspace, result, summary, options, watch)
            folder.publish()
    said = (
        *as_of_warnings(plan),
        *copy_notes(workspace, result.reports),
        *(f"{note.sentence()}." for note in since),
    )
    return Run(path, (*folder.sha256,), summary, said)


def run_document(run: Run) -> dict[str, Any]:
    """What a run did, as data: the folder, the files, warnings and notes, and all of `segments.json`."""
    return {
        "version": 1,
        "folder": str(run.folder),
        "files": list(run.files),
        "warnings": list(run.warnings),
        "notes": [note.document() for note in run.notes],
        "summary": run.summary.document(),
    }


def output_path(workspace: Workspace, output: Path | None) -> Path:
    """The output folder: as named, else the workspace's own."""
    return workspace.root / workspace.model.output if output is None else output.absolute()


def data_files(workspace: Workspace) -> list[Path]:
    """The files of all sources whose data is there."""
    return [file for reader in workspace.readers.values() if reader.available() for file in reader.files]


def _check_folder(workspace: Workspace, path: Path) -> None:
    """Raise UsageError for a folder that the files of a source lie in: they would be read as its data."""
    folder = Path(os.path.realpath(path))
    for name, reader in workspace.readers.items():
        declared = [workspace.root / written for written in reader.source.paths if "://" not in written]
        files = [*declared, *(reader.files if reader.available() else ())]
        deep = [file.parents[-file.parts.index("**")] for file in declared if "**" in file.parts]
        if folder in {Path(os.path.realpath(file)).parent for file in files} or any(
            map(folder.is_relative_to, deep)
        ):
            written = label_of(path, workspace.root)
            raise UsageError(
                f"the outputs can't go into {written}, where the files of the source `{name}` lie; name "
                "another folder with -o or with `output:` in segmentry.yaml"
            )


def as_of_warnings(plan: Plan) -> tuple[str, ...]:
    """Said of an as-of date in the past, where the customers table is a file; depends on the clock."""
    as_of = local_as_of(plan)
    today = datetime.now(UTC).astimezone(plan.calendar.zone).date()
    customers = plan.sources[plan.customers]
    if as_of.date() >= today or (customers.parent is not None and customers.people is None):
        return ()
    text = (
        f"The as-of date {as_of:%Y-%m-%d} is in the past: orders and events are seen as they stood then, "
        "but customer columns as they stand in the file today."
    )
    return (text,)


def _check_names(plan: Plan, options: RunOptions) -> None:
    """Whether something is left to evaluate, and the key's column can stand beside the others."""
    chosen = chosen_segmentations(plan, options.only)
    if not any(segments for _, segments in chosen) and not (options.need_all_traits() and plan.traits):
        raise NothingRan(
            "no segment takes part; write one into a file below "
            f"{plan.model.rules}/, or take `status: draft` off"
        )
    columns = [name for sg, segments in chosen for name in _columns(sg.id, sg.assign, segments)]
    columns += [name for entry in OUTPUTS if entry.is_written(options) for name in entry.columns]
    if plan.key in columns:
        raise UsageError(
            f"the key of the customers is named `{plan.key}`, and so is a column of the memberships; "
            "give it another name with `from:` under `columns:`"
        )


def _columns(identity: str, assign: str, segments: Any) -> list[str]:
    return [s.id for s in segments] if assign == "every_match" else [identity]


def _evaluated(plan: Plan, workspace: Workspace, options: RunOptions) -> Result:
    values = [t.id for t in plan.model.traits if t.value]
    return evaluate_plan(
        plan,
        workspace,
        traits="used" if options.need_all_traits() else values,
        only=options.only,
        show_ids=options.show_ids,
    )


def _stage(
    folder: OutputFolder,
    workspace: Workspace,
    result: Result,
    summary: Summary,
    options: RunOptions,
    watch: Stopwatch,
) -> None:
    with watch.stage("write"):
        contents = RunContents(result, summary, folder.path, options.raw, options.show_ids)
        for entry in OUTPUTS:
            if entry.is_written(options) and not (entry.of_people and result.people is None):
                entry.write(contents, folder.stage(entry.file))
                folder.staged(entry.file)
    document = manifest(
        result.plan,
        version=version("segmentry"),
        as_of=summary.as_of.isoformat(),
        rules=rules_entry(workspace.texts),
        options={
            "only": list(options.only),
            **{name: name in options.writes for name in OPTIONS},
            "raw": options.raw,
        },
        customers=summary.customers,
        sources=_sources(workspace, result),
        notes=[note.document() for note in result.notes],
        outputs=outputs_entry(folder.sha256, folder.stage(MANIFEST).parent),
    )
    folder.write(
        LOG, json_bytes(run_log(watch, engine=workspace.backend.name, version=workspace.backend.version))
    )
    folder.write(MANIFEST, json_bytes(document))


def _sources(workspace: Workspace, result: Result) -> dict[str, Any]:
    return {
        name: source_entry(source, workspace.readers.get(name), result.reports.get(name), workspace.root)
        for name, source in sorted(result.plan.sources.items())
    }
