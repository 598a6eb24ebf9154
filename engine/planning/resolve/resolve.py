"""The whole of resolving: from a parsed model and the columns at hand to a plan, or to findings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from segmentry.engine.diagnostics.model import Related
from segmentry.engine.document import Document
from segmentry.engine.files.condition_model import Place
from segmentry.engine.files.model import Model, Segment, Segmentation, Source
from segmentry.engine.files.parse.reader import Findings
from segmentry.engine.files.parse.workspace import Parsed
from segmentry.engine.language.calendar import Calendar
from segmentry.engine.language.suggest import did_you_mean
from segmentry.engine.planning.plan import Plan, SourcePlan
from segmentry.engine.planning.resolve.conditions import Definitions, Lowering
from segmentry.engine.planning.resolve.cycles import order_of
from segmentry.engine.planning.resolve.references import graph_of
from segmentry.engine.planning.resolve.scope import Columns, KnownNames
from segmentry.engine.planning.resolve.segments import SegmentResolver
from segmentry.engine.planning.resolve.sources import Schemas, SourceResolver
from segmentry.engine.planning.resolve.traits import TraitResolver


def resolve(
    parsed: Parsed,
    documents: Mapping[str, Document],
    calendar: Calendar,
    schemas: Schemas,
    findings: Findings,
    *,
    drafts: bool,
) -> Plan:
    """The plan of a workspace; mistakes go to ``findings``.

    ``schemas`` are the columns of sources whose data is at hand. ``drafts`` says whether segments in draft
    take part. With an error among the findings the plan is for checks only, not to be run.
    """
    model = _unique(parsed.model, findings)
    names = KnownNames(findings, calendar, parsed.broken, parsed.partial)
    lowering = _lowering(model, names, documents, drafts=drafts)
    tables = {s.name: s for s in model.sources}
    sources = SourceResolver(lowering, schemas, tables, model.identity).resolve()
    _report_sources(lowering, sources)
    customers = next((s for s in model.sources if s.is_customers), None)
    names.customers = _customers_columns(customers, names)
    names.trait_ids = frozenset(t.id for t in model.traits)
    _check_times(model, names, frozenset(lowering.timed))
    model = _without_column_names(model, names)
    references = _Walk(model, lowering).run()
    return Plan(
        model=model,
        calendar=calendar,
        sources=sources,
        customers=customers.name if customers is not None else "",
        key=customers.key or "" if customers is not None else "",
        definitions=lowering.definitions.table,
        types={f"t:{n}": t for n, t in names.traits.items()}
        | {f"c:{n}": t for n, t in names.customers.types.items()},
        traits=names.traits,
        segmentations=model.segmentations,
        approximate=frozenset(names.approximate),
        trace=lowering.trace,
        references=references,
    )


def _customers_columns(customers: Source | None, names: KnownNames) -> Columns:
    """The columns that conditions over customers may name; any, where nothing is known of the source."""
    if customers is not None and customers.name in names.sources:
        return names.sources[customers.name]
    return Columns(open=True, origin=customers)


def _lowering(
    model: Model, names: KnownNames, documents: Mapping[str, Document], *, drafts: bool
) -> Lowering:
    members = [s for segmentation in model.segmentations for s in members_of(segmentation)]
    ends = {sg.otherwise.id for sg in model.segmentations if sg.otherwise is not None}
    return Lowering(
        names,
        documents,
        Definitions(),
        rules={s.id: s.id not in ends for s in members},
        members=frozenset(s.id for s in members if drafts or s.status == "live"),
    )


def _report_sources(lowering: Lowering, sources: Mapping[str, SourcePlan]) -> None:
    """Let conditions know which sources have a time, and whose rows belong to a customer."""
    lowering.timed = {name: p.time_type for name, p in sources.items() if p.time is not None}
    lowering.time_columns = {name: p.time for name, p in sources.items() if p.time is not None}
    lowering.linked = frozenset(name for name, p in sources.items() if p.customer is not None)


def members_of(segmentation: Segmentation) -> tuple[Segment, ...]:
    """The segments of a segmentation and its `otherwise`."""
    last = () if segmentation.otherwise is None else (segmentation.otherwise,)
    return (*segmentation.segments, *last)


@dataclass(frozen=True)
class _Walk:
    """Resolves traits, rules and memberships, each after what it refers to."""

    model: Model
    lowering: Lowering

    def run(self) -> dict[str, frozenset[str]]:
        nodes, edges = graph_of(self.model)
        names = self.lowering.names
        order, cyclic = order_of(nodes, edges, names.findings)
        traits = TraitResolver(self.lowering)
        segments = SegmentResolver(self.lowering, traits)
        by_trait = {f"t:{t.id}": t for t in self.model.traits}
        by_rule = {f"r:{s.id}": s for sg in self.model.segmentations for s in sg.segments}
        by_member = {f"m:{s.id}": (sg, s) for sg in self.model.segmentations for s in members_of(sg)}
        by_winner = {f"w:{sg.id}": sg for sg in self.model.segmentations}
        for node in order:
            if node in cyclic:
                continue
            if node in by_trait:
                traits.resolve(by_trait[node])
            elif node in by_rule:
                segments.rule(by_rule[node])
            elif node in by_member and by_member[node][1].id in self.lowering.members:
                segments.membership(*by_member[node])
            elif node in by_winner and by_winner[node].assign == "best_score":
                segments.winner(by_winner[node])
        for segmentation in self.model.segmentations:
            if segmentation.assign == "first_match":
                segments.winner(segmentation)
        users: dict[str, set[str]] = {}
        for edge in edges:
            users.setdefault(edge.user, set()).add(edge.used)
        return {user: frozenset(used) for user, used in users.items()}


# --- names that must differ -----------------------------------------------------------------------


def _unique(model: Model, findings: Findings) -> Model:
    """The model without second definitions of an id, which are reported."""
    seen_traits: dict[str, Place] = {}
    traits = tuple(t for t in model.traits if _first(t.id, t.at, seen_traits, findings, "trait"))
    seen: dict[str, Place] = {}
    segmentations: list[Segmentation] = []
    for sg in model.segmentations:
        keep = _first(sg.id, sg.at, seen, findings, "segment or segmentation")
        segments = tuple(
            s for s in sg.segments if _first(s.id, s.at, seen, findings, "segment or segmentation")
        )
        last = sg.otherwise
        if last is not None and not _first(last.id, last.at, seen, findings, "segment or segmentation"):
            last = None
        if keep:
            segmentations.append(replace(sg, segments=segments, otherwise=last))
    return replace(model, traits=traits, segmentations=tuple(segmentations))


def _first(identity: str, at: Place, seen: dict[str, Place], findings: Findings, what: str) -> bool:
    if identity not in seen:
        seen[identity] = at
        return True
    first = seen[identity]
    related = (Related("it is defined here first", first.file, first.span),)
    message = f"there is a {what} named `{identity}` already"
    findings.add("duplicate-id", message, at, "give one of the two another id", related)
    return False


def _without_column_names(model: Model, names: KnownNames) -> Model:
    """The model without traits named like a customers column: those are reported, the column counts."""
    for trait in model.traits:
        if trait.id in names.customers.types:
            message = f"the customers table has a column `{trait.id}`, which is a trait of that name already"
            names.findings.add("duplicate-id", message, trait.at, "give the trait another id")
    kept = tuple(t for t in model.traits if t.id not in names.customers.types)
    names.trait_ids = frozenset(t.id for t in kept)
    return replace(model, traits=kept)


def _check_times(model: Model, names: KnownNames, timed: frozenset[str]) -> None:
    """What looks at the newest row of a source needs one that has a time."""
    no_time = "say `time:` there, with the column that holds it"
    latest = model.as_of_latest
    if latest is not None and latest not in names.broken:
        at = model.places["as_of"]
        if latest not in names.sources:
            known = [s.name for s in model.sources]
            message = f"no source named `{latest}`"
            hint, fix = did_you_mean(latest, known), names.findings.respelt(at, latest, known)
            names.findings.add("unknown-source", message, at, hint, fix=fix)
        elif latest not in timed:
            names.findings.add("value-type", f"the source `{latest}` has no time", at, no_time)
    for source in model.sources:
        aged = source.expected is not None and source.expected.max_age is not None
        if aged and source.name in names.sources and source.name not in timed:
            at = source.places.get("expected", source.at)
            message = f"`max_age` needs a time, which `{source.name}` does not have"
            names.findings.add("value-type", message, at, no_time)
