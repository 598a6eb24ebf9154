"""Frames that a caller gives in place of sources' data: whether each is one, and stands for a source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from segmentry.engine.diagnostics.errors import UsageError
from segmentry.engine.files.model import Source
from segmentry.engine.language.suggest import did_you_mean
from segmentry.engine.sources.read import is_frame


def check_frames(sources: Iterable[Source], frames: Mapping[str, object]) -> None:
    """Raise UsageError for a frame that nothing would read."""
    parents = {source.name: source.parent for source in sources}
    # Whoever calls without a type checker may hand in anything.
    for name, frame in frames.items():
        if name not in parents:
            hint = did_you_mean(name, parents) or f"there are {', '.join(sorted(parents))}"
            raise UsageError(f"a frame was given for `{name}`, and no source is named so; {hint}")
        if parents[name] is not None:
            raise UsageError(
                f"a frame was given for `{name}`, which is derived; give one for `{parents[name]}`"
            )
        if not is_frame(frame):
            kind = type(frame).__name__
            raise UsageError(f"the frame given for `{name}` is a {kind}, not a frame of Polars")
