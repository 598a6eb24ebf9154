"""What a shell completes: the ids of the workspace at hand. Never fails: what can't be read has no ids."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from segmentry.engine.files.model import Model


def complete_segments(context: typer.Context, incomplete: str) -> list[str]:
    """Segments, each `otherwise` and the segmentations."""
    return _matching(incomplete, _segment_ids, context)


def complete_ids(context: typer.Context, incomplete: str) -> list[str]:
    """Segments, segmentations and traits."""
    return _matching(incomplete, lambda model: [*_segment_ids(model), *_trait_ids(model)], context)


def complete_sources(context: typer.Context, incomplete: str) -> list[str]:
    """Sources from files."""
    return _matching(incomplete, lambda model: [s.name for s in model.sources if s.parent is None], context)


def complete_codes(incomplete: str) -> list[str]:
    """The codes of findings."""
    from segmentry.engine.diagnostics.findings import CATALOGUE

    return sorted(code for code in CATALOGUE if code.startswith(incomplete))


def _matching(incomplete: str, ids: Callable[[Model], Iterable[str]], context: typer.Context) -> list[str]:
    model = _model(context)
    return [] if model is None else sorted(i for i in ids(model) if i.startswith(incomplete))


def _model(context: typer.Context) -> Model | None:
    from segmentry.engine.diagnostics.errors import SegmentryError
    from segmentry.engine.workspace import Workspace, find_workspace

    named = context.params.get("workspace")
    try:
        return Workspace.load(find_workspace(Path.cwd()) if named is None else named).model
    except (SegmentryError, OSError):
        return None


def _segment_ids(model: Model) -> Iterator[str]:
    for segmentation in model.segmentations:
        yield segmentation.id
        yield from (segment.id for segment in segmentation.segments)
        if segmentation.otherwise is not None:
            yield segmentation.otherwise.id


def _trait_ids(model: Model) -> Iterable[str]:
    customers = [column.name for s in model.sources if s.is_customers for column in s.columns]
    return [*(trait.id for trait in model.traits), *customers]
