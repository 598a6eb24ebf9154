"""More random workspaces over databases than fit into the quick suite: they come out as over files."""

from __future__ import annotations

import pytest

from tests.database_cases import Fill, assert_same_as_files, in_duckdb, in_postgres, in_sqlite
from tests.databases import Server
from tests.databases import server as server
from tests.strategies import case_of

pytestmark = pytest.mark.xdist_group("postgres")

SEEDS = range(2_000_000, 2_000_060)


def _all_agree(fill: Fill) -> None:
    for seed in SEEDS:
        try:
            assert_same_as_files(case_of(seed), fill)
        except AssertionError as failure:
            failure.add_note(f"seed {seed}")
            raise


@pytest.mark.slow
def test_postgresql_gives_what_files_give(server: Server) -> None:
    _all_agree(in_postgres(server))


@pytest.mark.slow
@pytest.mark.parametrize("fill", [in_sqlite, in_duckdb])
def test_files_of_databases_give_what_files_give(fill: Fill) -> None:
    _all_agree(fill)
