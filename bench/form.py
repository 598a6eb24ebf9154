"""The forms of the pipeline: how the sources are written and what is asked of them."""

from __future__ import annotations

import sys
from dataclasses import dataclass, fields
from pathlib import Path

KEYS = ("integer", "text")
FILES = ("parquet", "csv", "ndjson")
LAYOUTS = ("as-written", "clustered", "prepared")


@dataclass(frozen=True, slots=True)
class Form:
    """One form of the same work.

    zone: the zone in which days and windows are counted; UTC has naive times, any other instants in UTC.
    keys: the customers' keys, whole numbers or texts. files: how the tables are stored. layout: as they
    were written, ascending by customer, or with Segmentry's own prepared copies beside them. median:
    whether the median is one of the traits. rules: finished traits instead of sources.
    """

    zone: str = "UTC"
    keys: str = "integer"
    files: str = "parquet"
    layout: str = "as-written"
    median: bool = True
    rules: bool = False

    def words(self) -> list[str]:
        """What differs from the usual form, as arguments of a command."""
        usual = Form()
        changed = [
            field.name for field in fields(self) if getattr(self, field.name) != getattr(usual, field.name)
        ]
        return [f"{name}={getattr(self, name)}" for name in changed]

    @classmethod
    def of(cls, words: list[str]) -> Form:
        """The form that the words say. Raises ValueError for a word that says nothing."""
        said = dict(word.split("=", 1) for word in words)
        if unknown := said.keys() - {field.name for field in fields(cls)}:
            raise ValueError(f"no form has {', '.join(sorted(unknown))}")
        usual = cls()
        return cls(
            said.get("zone", usual.zone),
            said.get("keys", usual.keys),
            said.get("files", usual.files),
            said.get("layout", usual.layout),
            said.get("median", "True") == "True",
            said.get("rules", "False") == "True",
        )

    @property
    def data(self) -> Form:
        """The form of the data alone: what is asked of them makes no other files."""
        layout = "clustered" if self.layout == "clustered" else "as-written"
        return Form(self.zone, self.keys, self.files, layout)

    @property
    def name(self) -> str:
        """How people call it."""
        parts = [
            *([] if self.zone == "UTC" else [f"zone {self.zone}"]),
            *(["text keys"] if self.keys == "text" else []),
            *([] if self.files == "parquet" else [self.files.upper()]),
            *([] if self.layout == "as-written" else [self.layout]),
            *([] if self.median else ["without the median"]),
        ]
        return ", ".join(parts) or "as given"


@dataclass(frozen=True, slots=True)
class Job:
    """What a contender is to do: from which data, into which folder, how many segments, in which form."""

    data: Path
    out: Path
    segments: int
    form: Form

    @property
    def result(self) -> Path:
        """The file of memberships; its folder is made."""
        self.out.mkdir(parents=True, exist_ok=True)
        return self.out / "memberships.parquet"

    def words(self) -> list[str]:
        """The job as arguments."""
        return [str(self.data), str(self.out), str(self.segments), *self.form.words()]


def job() -> Job:
    """The job that the command line says: DATA OUT SEGMENTS [WORD=VALUE …]."""
    data, out, count, *words = sys.argv[1:]
    return Job(Path(data), Path(out), int(count), Form.of(words))
