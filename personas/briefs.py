"""Briefs as files: written, and checked where they are. Nothing prints or exits."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from segmentry.engine.diagnostics.disk import is_full, no_space
from segmentry.engine.diagnostics.errors import NothingRan, UsageError
from segmentry.engine.diagnostics.whole import unwritable, write_whole
from segmentry.engine.document import is_mapping
from segmentry.engine.language.suggest import did_you_mean
from segmentry.personas.brief import compose_briefs
from segmentry.personas.brief.brand import Brand
from segmentry.personas.checks import BriefFinding, check_brief
from segmentry.personas.checks.shape import shape_findings
from segmentry.personas.facts import SegmentFacts, published_facts
from segmentry.personas.facts.population import Population, SegmentInfo
from segmentry.personas.facts.select import selected
from segmentry.personas.render import IndexEntry, Renderer

BriefFormat = Literal["md", "html", "json"]
FORMATS: tuple[BriefFormat, ...] = ("md", "html", "json")


@dataclass(frozen=True, slots=True)
class BriefResult:
    """What `brief` did in one folder: the briefs by segment, the files it wrote, what the checks found."""

    folder: Path
    briefs: Mapping[str, Mapping[str, Any]]
    written: tuple[Path, ...] = ()
    findings: tuple[BriefFinding, ...] = ()

    @property
    def exit_code(self) -> int:
        """1 where a check found an error, else 0."""
        return 1 if any(item.severity == "error" for item in self.findings) else 0


def folders(population: Population, locales: Sequence[str], out: Path) -> list[tuple[Population, Path]]:
    """The population in each language with its folder of briefs: below ``out`` where there are several."""
    match list(dict.fromkeys(locales)):
        case []:
            return [(population, out)]
        case [only]:
            return [(replace(population, locale=only), out)]
        case several:
            return [(replace(population, locale=locale), out / locale) for locale in several]


# --- writing --------------------------------------------------------------------------------------


def write_briefs(
    population: Population,
    brand: Brand,
    segments: Sequence[str] = (),
    out: Path = Path("briefs"),
    formats: Sequence[BriefFormat] = FORMATS,
    templates: Path | None = None,
    facts: Mapping[str, SegmentFacts] | None = None,
) -> BriefResult:
    """Write the briefs of the named ``segments`` (default: all) into ``out``, each in the ``formats``.

    A file is written whole or not at all, and the same inputs give the same bytes. With "html" there is an
    index page, which also leads to briefs that were there already. ``templates`` is a folder whose templates
    go before the built-in ones. ``facts`` are the published facts where they are known; they don't depend on
    the language. The result names the files and holds the briefs, and what checks found, which stops nothing.

    Raises UsageError for an unknown segment or a folder that can't be written, DataError where a text in the
    data holds personal data, TemplateError for a faulty template.
    """
    wanted = selected(population, segments)
    writable(out)
    facts = published_facts(population) if facts is None else facts
    briefs = compose_briefs(population, facts, brand)
    made = {
        segment.id: checked_brief(briefs[segment.id], facts[segment.id], brand, population)
        for segment in wanted
        if segment.id in briefs
    }
    return write_made(population, brand, made, out, formats, templates)


Made = tuple[Mapping[str, Any], Sequence[BriefFinding]]
"""A brief, and what was found about it."""


def checked_brief(
    brief: Mapping[str, Any],
    found: SegmentFacts,
    brand: Brand,
    population: Population,
    reported: Sequence[BriefFinding] = (),
) -> Made:
    """A brief by template with every finding about it, after those that are ``reported`` already."""
    findings = [*reported, *check_brief(brief, found, brand, population, found.segment.id)]
    checks = [in_short(finding) for finding in findings]
    return {**brief, "provenance": {**brief["provenance"], "checks": checks}}, findings


def write_made(
    population: Population,
    brand: Brand,
    made: Mapping[str, Made],
    out: Path,
    formats: Sequence[BriefFormat],
    templates: Path | None,
) -> BriefResult:
    """Write briefs that are made, by segment, in the formats, and the index. Raises TemplateError."""
    renderer = Renderer(population.workspace, brand.name, templates)
    files: dict[str, str] = {}
    for segment in (segment for segment in population.segments if segment.id in made):
        files |= _files(segment, *made[segment.id], renderer, formats)
    briefs = {id_: brief for id_, (brief, _) in made.items()}
    found = [finding for _, findings in made.values() for finding in findings]
    if "html" in formats and made:
        others, left_out = _lying_there(population, briefs, out)
        files["index.html"] = renderer.index(list(_entries(population, {**others, **briefs})))
        found += left_out
    written = _write({out / name: text for name, text in files.items()}, out)
    return BriefResult(out, briefs, written, tuple(found))


def _lying_there(
    population: Population, made: Collection[str], out: Path
) -> tuple[dict[str, Mapping[str, Any]], list[BriefFinding]]:
    """The briefs beside those made now whose page and JSON lie in the folder; what keeps others out."""
    briefs: dict[str, Mapping[str, Any]] = {}
    found: list[BriefFinding] = []
    for id_ in (segment.id for segment in population.segments if segment.id not in made):
        path = out / f"{id_}.json"
        if not path.is_file() or not path.with_suffix(".html").is_file():
            continue
        brief, unread = _read(path, id_)
        departures, readable = ([unread], False) if unread is not None else shape_findings(id_, brief)
        if readable:
            briefs[id_] = brief
        else:
            found += departures
    return briefs, found


def _entries(population: Population, briefs: Mapping[str, Mapping[str, Any]]) -> Iterator[IndexEntry]:
    """What the index leads to, in the order of the files."""
    for segment in (segment for segment in population.segments if segment.id in briefs):
        brief = briefs[segment.id]
        yield IndexEntry(segment.id, segment.group, brief, len(brief["provenance"]["checks"]))


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


def in_short(finding: BriefFinding) -> dict[str, Any]:
    """A finding as it stands in a brief's provenance."""
    return {
        "code": finding.code, "severity": finding.severity, "path": finding.path, "message": finding.message,
    }  # fmt: skip


# --- checking -------------------------------------------------------------------------------------


def check_briefs(
    population: Population | None,
    brand: Brand,
    out: Path,
    segments: Sequence[str] = (),
    *,
    described: Population,
    facts: Mapping[str, SegmentFacts] | None = None,
) -> BriefResult:
    """Check the committed briefs (``out``/*.json), written by template, model or hand.

    ``population`` is today's; without it nothing is said about figures that have moved. ``described`` gives
    the workspace's words and settings (usually the same), ``facts`` the published facts where they are known.
    Of ``segments`` (default: all) a named one without a brief is a finding, and so is a brief of no segment.

    Raises UsageError for an unknown segment or no folder, NothingRan for no brief, and DataError where a text
    in the data holds personal data.
    """
    if not out.is_dir():
        raise UsageError(f"there is no folder {out}: write the briefs first, with `segmentry brief`")
    wanted = selected(described, segments)
    if facts is None:
        facts = {} if population is None else published_facts(population)
    briefs: dict[str, Mapping[str, Any]] = {}
    findings: list[BriefFinding] = [] if segments else list(_orphans(described, out))
    for segment in wanted:
        path = out / f"{segment.id}.json"
        if not path.is_file():
            findings += [_missing(segment.id, out)] if segments else []
            continue
        brief, unread = _read(path, segment.id)
        if unread is not None:
            findings.append(unread)
            continue
        briefs[segment.id] = brief
        findings += check_brief(brief, facts.get(segment.id), brand, described, segment.id)
    if not briefs and not findings:
        raise NothingRan(f"there is no brief in {out}: write the briefs first, with `segmentry brief`")
    return BriefResult(out, briefs, (), tuple(findings))


def _missing(segment: str, out: Path) -> BriefFinding:
    message, fix = f"`{segment}` has no brief in {out.name}/", f"write it: segmentry brief {segment}"
    return BriefFinding("brief-missing", "error", segment, "", message, "", fix)


def _orphans(described: Population, out: Path) -> Iterator[BriefFinding]:
    known = {segment.id for segment in described.segments}
    for path in sorted(out.glob("*.json")):
        if path.stem not in known:
            fix = did_you_mean(path.stem, known) or "take the file away, or give the segment back its id"
            message = f"there is no segment `{path.stem}` that is live"
            yield BriefFinding("unknown-segment", "error", path.stem, "", message, "", fix)


class _NoNumber(Exception):
    """What JavaScript has as a number and JSON has not."""


def _no_number(name: str) -> Any:
    raise _NoNumber(name)


def _read(path: Path, segment: str) -> tuple[Mapping[str, Any], BriefFinding | None]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"), parse_constant=_no_number)
    except json.JSONDecodeError as error:
        why = f"{path.name} is no JSON: reading stopped in line {error.lineno}, column {error.colno}"
    except UnicodeDecodeError:
        why = f"{path.name} is not in UTF-8"
    except _NoNumber as error:
        why = f"{path.name} is no JSON: it holds {error}"
    except RecursionError:
        why = f"{path.name} can't be read: it is nested too deep"
    except ValueError:
        why = f"{path.name} can't be read: a number in it has too many digits"
    except OSError as error:
        why = f"{path.name} can't be read: {error.strerror or error}"
    else:
        if is_mapping(found):
            return found, None
        why = f"{path.name} holds no brief"
    return {}, BriefFinding("brief-schema", "error", segment, "", why, "", "mend it or write it again")


# --- files ----------------------------------------------------------------------------------------


def writable(out: Path) -> None:
    """Raises UsageError, before anything is read, where files can't be written."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out):
            pass
    except OSError as error:
        if is_full(error):
            raise UsageError(no_space(out)) from error
        raise UsageError(f"can't write to {out}: {(error.strerror or str(error)).lower()}") from error


def _write(files: Mapping[Path, str], out: Path) -> tuple[Path, ...]:
    try:
        write_whole({path: text.encode("utf-8") for path, text in files.items()})
    except OSError as error:
        raise unwritable(error, out) from error
    return tuple(files)
