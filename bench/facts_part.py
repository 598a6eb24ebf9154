"""The facts of 50 segments and 60 traits beside the means and shares alone, by hand; both from memory."""

from __future__ import annotations

from functools import partial

from bench.measure import in_turns
from bench.results import compared
from bench.setting import Setting, python, spent


def facts(setting: Setting) -> None:
    """Measure both, and hold the figures of one against the other's."""
    file = setting.cache / "facts" / f"{setting.customers}.parquet"
    if not file.exists():
        python("bench.facts", "make", str(file), setting.customers)
    outs = {who: str(file.with_name(f"{who}.parquet")) for who in ("hand", "segmentry")}
    steps = {who: partial(spent, "bench.facts", who, str(file), out) for who, out in outs.items()}
    runs = in_turns(steps, setting.rounds)
    python("bench.facts", "equal", outs["hand"], outs["segmentry"])
    rows = compared(runs, "hand")
    setting.of_size(setting.customers).line("facts", "facts of 60 traits", 50, rows)
