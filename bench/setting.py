"""What every part of the benchmark needs: the setting, the data, and modules run as processes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from bench.form import Form, Job
from bench.measure import Failed, Run
from bench.results import Line, Row

SIZES = {
    "tiny": "10000x100000x100000",
    "small": "100000x1000000x1000000",
    "full": "1000000x10000000x10000000",
    "large": "5000000x50000000x50000000",
    "huge": "1000000x100000000x100000000",
}
USUAL = Form()


@dataclass(frozen=True, slots=True)
class Setting:
    """What to measure: the data's size, who takes part, how often, where files go, and who hears of it.

    ``text_size`` is the size at most for text keys and for CSV and NDJSON, whose files are large. ``sample``
    is how many customers the engines of others evaluate. ``tell`` is called with each line as it is done.
    """

    size: str
    contenders: tuple[str, ...]
    rounds: int
    cache: Path
    tell: Callable[[Line], None]
    text_size: str = SIZES["small"]
    sample: int = 2_000
    keep: bool = False

    @property
    def customers(self) -> str:
        """The number of customers alone."""
        return self.size.split("x")[0]

    def out(self, contender: str) -> Path:
        """The folder of a contender's output."""
        return self.cache / "out" / contender

    def file(self, contender: str) -> Path:
        """A contender's memberships."""
        return self.out(contender) / "memberships.parquet"

    def line(self, part: str, name: str, segments: int, rows: dict[str, Row], note: str = "") -> None:
        """Tell what was measured at the setting's size."""
        self.tell(Line(part, name, self.size, segments, self.rounds, rows, note=note))

    def of_size(self, size: str) -> Setting:
        """The same with another size."""
        return replace(self, size=size)


def python(*arguments: str) -> str:
    """Run a module of the benchmark as a process of its own; its last line. Raises Failed."""
    done = subprocess.run([sys.executable, "-m", *arguments], capture_output=True, text=True)
    if done.returncode:
        raise Failed(f"{' '.join(arguments)}\n{done.stdout[-2000:]}{done.stderr[-2000:]}", done.returncode)
    return done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""


def spent(*arguments: str) -> Run:
    """What a module says that its work took: wall seconds, CPU seconds and, if it says so, peak MB."""
    wall, cpu, *peak = (float(part) for part in python(*arguments).split())
    return Run(wall, cpu, *peak)


def data(setting: Setting, form: Form = USUAL) -> Path:
    """The folder of the data, made if need be."""
    return Path(python("bench.data", setting.size, str(setting.cache / "data"), *form.data.words()))


def traits(setting: Setting) -> Path:
    """The file of finished traits, made if need be."""
    file = setting.cache / "traits" / f"{setting.size}.parquet"
    if not file.exists():
        python("bench.traits", str(data(setting)), str(file))
    return file


def workspace(setting: Setting, name: str, source: Path, count: int, form: Form = USUAL) -> Path:
    """A workspace of so many segments over the data, made anew."""
    folder = setting.cache / f"workspace-{name}"
    python("bench.workspace", str(folder), str(source), str(count), *form.words())
    return folder


def by_hand(module: str, job: Job) -> list[str]:
    """The command that has a module do a job."""
    return [sys.executable, "-m", *module.split(), *job.words()]
