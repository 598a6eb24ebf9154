"""The door to every engine: what one has to be able to do with a plan.

Nobody outside this room reaches inside an engine or lowers an expression; everybody takes a `Backend`, as a
rule that of a workspace. What is read comes through the readers of the sources room. Results are frames of
the canonical dtypes (`segmentry.engine.sources.dtypes`): decimals as whole minor units, instants in UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol

from segmentry.engine.backends.identified import Identified
from segmentry.engine.backends.newest import Newest
from segmentry.engine.diagnostics.errors import UnsupportedError
from segmentry.engine.language.expr import Expr
from segmentry.engine.language.types import Type
from segmentry.engine.planning.order import never
from segmentry.engine.planning.plan import Plan
from segmentry.engine.planning.primitives import PRIMITIVES, primitives_of

if TYPE_CHECKING:
    import polars as pl

    from segmentry.engine.sources.read import ReadCount, SourceReader

KEY = "\x00key"
"""The column of a frame that holds the customers' key."""

Readers = Mapping[str, "SourceReader"]
"""A reader by the name of each source that is read, not derived."""


@dataclass(frozen=True, slots=True)
class Unmatched:
    """Keys that were looked for and not found: how many different ones, and up to `MOST_EXAMPLES` of them.

    The examples are masked. ``alike`` is what would make some of them match ("case", "spaces", "zeros" or
    "all" of these), and how many of the first thousand keys it would.
    """

    keys: int
    examples: tuple[str, ...] = ()
    alike: tuple[str, int] | None = None


MOST_EXAMPLES = 3
"""How many keys an `Unmatched` holds at most."""


@dataclass(frozen=True, slots=True)
class LookupCount:
    """One lookup: its table, the columns by which it looks, how many rows asked it and how many found a row.

    Rows whose key is missing, or a part of it, do not ask. ``unmatched`` is None where every row found one.
    """

    source: str
    here: tuple[str, ...]
    there: tuple[str, ...]
    asked: int
    found: int
    unmatched: Unmatched | None = None


@dataclass
class SourceReport:
    """What a run saw of one source: how many rows are linked to a customer and how many left out, by reason.

    ``seen`` are the rows after `where`, of which the ones left out are a part; it and ``linked`` are None
    where rows were not brought to customers. ``counts`` are values that did not fit, ``columns`` the columns
    that were read. ``unknown`` are the keys of rows whose customer is not among the customers.
    ``unlikely`` counts the rows whose time is before 1990 ("early") or over a year after the as-of ("late").
    ``newest`` is the newest day of a timed source's rows up to the day of the as-of.
    """

    linked: int | None = None
    seen: int | None = None
    left_out: dict[str, int] = field(default_factory=dict[str, int])
    counts: tuple[ReadCount, ...] = ()
    columns: tuple[str, ...] = ()
    lookups: tuple[LookupCount, ...] = ()
    unknown: Unmatched | None = None
    unlikely: dict[str, int] = field(default_factory=dict[str, int])
    newest: date | None = None


@dataclass(frozen=True)
class Evaluated:
    """``frame``: `KEY`, ascending, and a column per wanted expression; a row per customer.

    ``reports``: by source what was seen of it.
    """

    frame: pl.DataFrame
    reports: Mapping[str, SourceReport]


Fact = tuple[str | int, ...]
"""What is known of a source beside columns: its kind, the source, and what else tells it from others."""


class Kept(Protocol):
    """What earlier evaluations of this plan, over these very files, have left. Never raises.

    Columns are by the name of their definition, in the order of the customers, a value each.
    """

    def holds(self, name: str) -> bool:
        """Whether there is a column of a definition, as far as is known before it is read."""
        ...

    def wants(self, name: str) -> bool:
        """Whether a column of a definition may be kept."""
        ...

    def take(self, names: Iterable[str]) -> dict[str, pl.Series]:
        """The columns of definitions. What could not be read is not among them, nor held from then on."""
        ...

    def keep(self, columns: Mapping[str, pl.Series], facts: Mapping[Fact, Any]) -> None:
        """Leave columns and facts to later evaluations, unless the files have changed meanwhile."""
        ...

    def fact(self, fact: Fact) -> Any:
        """What is known, as JSON has it; None where nothing is."""
        ...

    @property
    def changed(self) -> bool:
        """Whether the files are others than they were."""
        ...


class ColumnStore(Protocol):
    """Where evaluations leave columns for later ones."""

    def of(self, plan: Plan, readers: Readers, engine: Backend) -> Kept:
        """What is kept for a plan over data, evaluated by this engine."""
        ...


@dataclass(frozen=True, slots=True)
class MemoryPlan:
    """About how many bytes an evaluation will hold at most, in so many ``ranges`` of customers' keys.

    ``at_once`` is what it would hold in one range, ``budget`` what it is to stay below: ``given``, or chosen.
    """

    need: int
    at_once: int
    budget: int
    ranges: int
    given: bool

    @property
    def passes(self) -> int:
        """How often a source is read: once in each range, and once more to judge and count all rows."""
        return 1 if self.ranges == 1 else self.ranges + 1


@dataclass(frozen=True, slots=True)
class PlannedWork:
    """What an engine will do: its memory, and by what is taken from rows why it does not go by a kernel.

    ``no_kernel`` has a name of each aggregate and sequence; None where a kernel takes it.
    """

    memory: MemoryPlan
    no_kernel: Mapping[str, str | None]


@dataclass
class Given:
    """Values that go before what is computed: by definition the type, and the value of each row with one."""

    types: dict[str, Type] = field(default_factory=dict[str, Type])
    values: dict[str, dict[int, Any]] = field(default_factory=dict[str, dict[int, Any]])

    def add(self, name: str, kind: Type, row: int, value: Any) -> None:
        """One value of one row."""
        self.types[name] = kind
        self.values.setdefault(name, {})[row] = value

    def is_whole(self, name: str, height: int) -> bool:
        """Whether every row has a value of the definition, so that nothing computes it."""
        return len(self.values.get(name, ())) == height


@dataclass(frozen=True, slots=True)
class People:
    """A population that is given instead of read: one row each.

    ``frame`` has `KEY` and what is known of definitions, ``given`` goes before that. What ``computes`` is
    false of is missing. ``within`` names a column of the frame that keeps ranks apart.
    """

    frame: pl.DataFrame
    given: Given
    computes: Callable[[str], bool]
    within: str | None = None


def numbered(height: int) -> pl.DataFrame:
    """People of whom nothing is known but that they are: `KEY` from 0 on (Int64)."""
    import polars as pl

    return pl.DataFrame({KEY: range(height)}, schema={KEY: pl.Int64})


class Backend(Protocol):
    """An engine. Its methods raise DataError for data that does not fit the plan or can't be read.

    What evaluates or reads rows calls `require` first, so that nobody who asks can leave it out.
    """

    @property
    def name(self) -> str:
        """The name under which `run --engine` finds it."""
        ...

    @property
    def version(self) -> str:
        """The version of the engine itself."""
        ...

    @property
    def primitives(self) -> frozenset[str]:
        """What it can do of `segmentry.engine.planning.primitives.PRIMITIVES`."""
        ...

    def frame(
        self,
        plan: Plan,
        readers: Readers,
        wanted: Mapping[str, Expr],
        *,
        only: Any = None,
        show_ids: bool = False,
        store: ColumnStore | None = None,
    ) -> Evaluated:
        """The wanted expressions for every customer, or for the one with the key ``only``.

        One scan and one pass of aggregation per source; what is not needed is neither read nor computed, nor
        is what the ``store`` has of everybody. Errors name keys in full with ``show_ids``.
        """
        ...

    def frame_of(self, plan: Plan, people: People, wanted: Mapping[str, Expr]) -> list[dict[str, Any]]:
        """The wanted expressions for people who are given, a mapping each, in their order. Reads nothing."""
        ...

    def agreeing(
        self, plan: Plan, expected: Sequence[tuple[Expr, bool]], rows: Sequence[Mapping[str, Any]]
    ) -> list[int]:
        """The places of the rows for which every expression has the truth that is expected of it.

        ``rows`` give traits, columns, counts and ranks by the name of their definition (decimals in minor
        units); rules and memberships are computed from them. Empty where they can't be evaluated.
        """
        ...

    def newest_row(
        self, plan: Plan, readers: Readers, source: str, *, store: ColumnStore | None = None
    ) -> Newest:
        """The newest row of a source as read, before `where`, up to the end of the as-of's day."""
        ...

    def check_feeds(self, plan: Plan, readers: Readers, *, store: ColumnStore | None = None) -> None:
        """Raise DataError where a source is not as its `expected` and `sorted_by` say."""
        ...

    def check_order(self, plan: Plan, readers: Readers, source: str) -> None:
        """Raise DataError where a source is not as its `sorted_by` says."""
        ...

    def rows(
        self, plan: Plan, readers: Readers, source: str, columns: Sequence[str], key: Any = None
    ) -> pl.DataFrame:
        """The rows of a source that take part, with these columns; of all customers, or of one key."""
        ...

    def people(self, plan: Plan, readers: Readers) -> Identified | None:
        """Who is one person; None where every customer is one row of a table."""
        ...

    def explain_plan(
        self,
        plan: Plan,
        readers: Readers,
        wanted: Mapping[str, Expr],
        holds: Callable[[str], bool] = never,
    ) -> PlannedWork:
        """How `frame` would go about it, where ``holds`` says which columns are there already.

        Raises UsageError where the memory does not suffice.
        """
        ...

    def reads(self, plan: Plan, readers: Readers, names: Iterable[str]) -> dict[str, frozenset[str]]:
        """The columns of files, by source, that some columns, aggregates and sequences are taken from."""
        ...


def require(backend: Backend, plan: Plan, wanted: Iterable[Expr]) -> None:
    """Raise UnsupportedError where an engine can't do what is wanted, before anything runs.

    What the plan's sources are made with counts, whatever is wanted.
    """
    if backend.primitives >= PRIMITIVES:
        return
    needed = primitives_of(plan, wanted)
    if lacking := sorted(needed.keys() - backend.primitives):
        names = ", ".join(f"{name.replace('_', ' ')} (for {needed[name]})" for name in lacking)
        raise UnsupportedError(
            f"not supported here: {names}; the engine {backend.name} can't do it exactly, so take another "
            "with --engine or ask in another way"
        )
