"""The names that a workspace defines: for the choices in its schemas and for completion in a shell."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from segmentry.engine.diagnostics.errors import DataError
from segmentry.engine.document import read_document
from segmentry.engine.files.model import Source
from segmentry.engine.files.schema import Ids
from segmentry.engine.workspace import BRAND_FILE, Workspace


def workspace_ids(workspace: Workspace) -> Ids:
    """Traits, segments, sources with their columns, and offers. Data that is not there adds no columns.

    Raises RuleError where `segmentry.yaml` can't be read.
    """
    model = workspace.model
    columns = {source.name: _columns(workspace, source) for source in model.sources}
    customers = next((columns[s.name] for s in model.sources if s.is_customers), ())
    segments = [
        segment.id
        for sg in model.segmentations
        for segment in (*sg.segments, *((sg.otherwise,) if sg.otherwise is not None else ()))
    ]
    return Ids(
        traits=tuple(sorted({*(t.id for t in model.traits), *customers})),
        segments=tuple(sorted(segments)),
        columns=columns,
        offers=_offers(workspace),
    )


def _columns(workspace: Workspace, source: Source) -> tuple[str, ...]:
    """The columns that the contract declares and those that the files have, where they are there."""
    names = [column.name for column in source.columns]
    names += [name for lookup in source.lookups for name in lookup.columns]
    reader = workspace.readers.get(source.name)
    if reader is not None and reader.available():
        with suppress(DataError):
            names += reader.schema()
    return tuple(dict.fromkeys(names))


def _offers(workspace: Workspace) -> tuple[str, ...]:
    path = workspace.root / BRAND_FILE
    if not path.is_file():
        return ()
    document, _ = read_document(BRAND_FILE, path.read_bytes())
    match document.data if document is not None else None:
        case {"offers": [*offers]}:
            return tuple(identity for offer in offers if (identity := _id_of(offer)) is not None)
        case _:
            return ()


def _id_of(offer: Any) -> str | None:
    match offer:
        case {"id": str(identity)}:
            return identity
        case _:
            return None
