"""`profile` and `brief` as functions: options in, a result for a reporter out. Nothing prints or exits."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from segmentry.engine.errors import UsageError
from segmentry.personas.brand import Brand
from segmentry.personas.brief import compose_briefs
from segmentry.personas.checks import BriefFinding, check_brief
from segmentry.personas.facts import SegmentFacts, published_facts
from segmentry.personas.facts.model import readable
from segmentry.personas.inputs import Audience, SegmentInfo
from segmentry.personas.render import IndexEntry, Renderer
from segmentry.personas.select import selected

BriefFormat = Literal["md", "html", "json"]
FORMATS: tuple[BriefFormat, ...] = ("md", "html", "json")


@dataclass(frozen=True, slots=True)
class BriefResult:
    """What `brief` did: the briefs by segment, the files it wrote, what the checks found."""

    briefs: Mapping[str, Mapping[str, Any]]
    written: tuple[Path, ...] = ()
    findings: tuple[BriefFinding, ...] = ()
    missing: tuple[str, ...] = field(default=())

    @property
    def exit_code(self) -> int:
        """1 where a check found an error or a brief is missing, else 0."""
        return 1 if self.missing or any(item.severity == "error" for item in self.findings) else 0


def write_briefs(
    audience: Audience,
    brand: Brand,
    segments: Sequence[str] = (),
    out: Path = Path("briefs"),
    formats: Sequence[BriefFormat] = FORMATS,
    templates: Path | None = None,
) -> BriefResult:
    """Write the briefs of the named segments (default: all), each in the formats, and an index page for HTML.

    The same inputs give the same bytes. Raises UsageError for an unknown segment or a folder that can't be
    written, DataError where a text in the data holds personal data, TemplateError for a faulty template.
    """
    wanted = selected(audience, segments)
    _writable(out)
    facts = published_facts(audience)
    briefs = compose_briefs(audience, facts, brand)
    renderer = Renderer(audience.workspace, brand.name, templates)
    made: dict[str, Mapping[str, Any]] = {}
    files: dict[str, str] = {}
    found: list[BriefFinding] = []
    entries: list[IndexEntry] = []
    for segment in (segment for segment in wanted if segment.id in briefs):
        brief = briefs[segment.id]
        findings = check_brief(brief, facts[segment.id], brand, audience, segment.id)
        brief["provenance"]["checks"] = [_told(finding) for finding in findings]
        made[segment.id] = brief
        found += findings
        entries.append(IndexEntry(segment.id, readable(segment.segmentation), brief, len(findings)))
        files |= _files(segment, brief, findings, renderer, formats)
    if "html" in formats and entries:
        files["index.html"] = renderer.index(entries)
    written = tuple(_write(out / name, text) for name, text in files.items())
    return BriefResult(made, written, tuple(found))


def _files(
    segment: SegmentInfo,
    brief: Mapping[str, Any],
    findings: Sequence[BriefFinding],
    renderer: Renderer,
    formats: Sequence[BriefFormat],
) -> dict[str, str]:
    files: dict[str, str] = {}
    for form in dict.fromkeys(formats):
        match form:
            case "json":
                files[f"{segment.id}.json"] = json.dumps(brief, ensure_ascii=False, indent=2) + "\n"
            case "md":
                files[f"{segment.id}.md"] = renderer.markdown(brief, findings)
            case "html":
                files[f"{segment.id}.html"] = renderer.html(brief, findings)
    return files


def _told(finding: BriefFinding) -> dict[str, str]:
    return {
        "code": finding.code, "severity": finding.severity, "path": finding.path, "message": finding.message,
    }  # fmt: skip


def check_briefs(
    audience: Audience | None,
    brand: Brand,
    out: Path,
    segments: Sequence[str] = (),
    *,
    described: Audience,
) -> BriefResult:
    """Check the committed briefs (``out``/*.json), written by template, model or hand.

    ``audience`` is today's; without it nothing is said about figures that have moved. ``described`` gives the
    workspace's words and settings (usually the same). Raises UsageError for an unknown segment or no folder.
    """
    if not out.is_dir():
        raise UsageError(f"there is no folder {out}: write the briefs first, with `segmentry brief`")
    wanted = selected(described, segments)
    facts: Mapping[str, SegmentFacts] = {} if audience is None else published_facts(audience)
    briefs: dict[str, Mapping[str, Any]] = {}
    findings: list[BriefFinding] = []
    missing: list[str] = []
    for segment in wanted:
        path = out / f"{segment.id}.json"
        if not path.is_file():
            missing.append(segment.id)
            continue
        brief, unread = _read(path, segment.id)
        if unread is not None:
            findings.append(unread)
            continue
        briefs[segment.id] = brief
        findings += check_brief(brief, facts.get(segment.id), brand, described, segment.id)
    return BriefResult(briefs, (), tuple(findings), tuple(missing if segments else ()))


def _read(path: Path, segment: str) -> tuple[Mapping[str, Any], BriefFinding | None]:
    try:
        return json.loads(path.read_text(encoding="utf-8")), None
    except json.JSONDecodeError as error:
        why = f"{path.name} is no JSON: reading stopped in line {error.lineno}, column {error.colno}"
    except UnicodeDecodeError:
        why = f"{path.name} is not in UTF-8"
    return {}, BriefFinding("brief-schema", "error", segment, "", why, "", "mend it or write it again")


def _writable(out: Path) -> None:
    """Raises UsageError, before anything is read, where files can't be written."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out):
            pass
    except OSError as error:
        raise UsageError(f"can't write to {out}: {error.strerror or error}") from error


def _write(path: Path, text: str) -> Path:
    """Write the file whole or not at all."""
    partial = path.with_name(f".{path.name}.part")
    partial.write_bytes(text.encode("utf-8"))
    return partial.replace(path)
