"""What an editor offers and underlines in the files of a new workspace, asked of a real language server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from segmentry.engine import Workspace
from segmentry.engine.language.operators import OPERATORS
from segmentry.engine.starter.scaffold import make_workspace
from tests.command_line import call
from tests.language_server import Editor, installed

pytestmark = pytest.mark.xdist_group("editor")

SCHEMAS = ".segmentry/schema"
RULES = "rules/buying-motive.yaml"


@pytest.fixture(scope="module")
def program() -> Path:
    return installed()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("editor") / "shop"
    make_workspace(folder, data=False)
    call("schema", "--for-workspace", "-o", folder / SCHEMAS, "-w", folder)
    return folder


@pytest.fixture(scope="module")
def editor(program: Path, folder: Path) -> Iterator[Editor]:
    with Editor(program, folder) as editor:
        yield editor


def written(folder: Path, name: str, old: str, new: str) -> str:
    """A file of the workspace while somebody types: the first place of `old` replaced."""
    text = (folder / name).read_text("utf-8")
    assert old in text
    return text.replace(old, new, 1)


def test_a_condition_is_offered_the_traits_of_the_workspace(folder: Path, editor: Editor) -> None:
    model = Workspace.load(folder).model
    columns = {column.name for source in model.sources if source.is_customers for column in source.columns}
    text = written(folder, RULES, "- trait: orders_24m", "- trait: |")
    assert editor.offers(RULES, text) == {trait.id for trait in model.traits} | columns


def test_beside_a_trait_the_operators_are_offered(folder: Path, editor: Editor) -> None:
    text = written(folder, RULES, "          at_least: 2\n", "          |\n")
    assert editor.offers(RULES, text) >= set(OPERATORS)
    segment = written(folder, RULES, "    name: Value-driven\n", "    |\n")
    offered = editor.offers(RULES, segment)
    assert "name" in offered
    assert offered.isdisjoint(OPERATORS)


@pytest.mark.parametrize(
    ("name", "old", "new", "some"),
    [
        (RULES, "- trait: orders_24m", "- segment: |", {"gold", "unclear-motive"}),
        (RULES, "- trait: orders_24m", "- did: |", {"orders", "mails"}),
        (RULES, "offer: autumn-10", "offer: |", {"autumn-10"}),
        (RULES, "assign: first_match", "assign: |", {"first_match", "best_score"}),
        ("rules/buying-motive.test.yaml", "segment: value-driven", "segment: |", {"quality-focused"}),
        ("rules/traits.yaml", "count: orders", "sum: |", {"orders.amount", "order_lines.value"}),
        ("segmentry.yaml", "timezone: Europe/Berlin", "|", {"timezone", "fiscal_year_starts"}),
        ("brand.yaml", "  adjectives: [warm, plain, competent]\n", "  |\n", {"adjectives"}),
    ],
)
def test_other_places_are_offered_what_fits(
    folder: Path, editor: Editor, name: str, old: str, new: str, some: set[str]
) -> None:
    assert editor.offers(name, written(folder, name, old, new)) >= some


def test_an_unknown_key_and_an_unknown_trait_are_underlined(folder: Path, editor: Editor) -> None:
    text = written(folder, RULES, "at_least: 2", "at_leest: 2")
    line = text[: text.index("at_leest")].count("\n") + 1
    assert any(at == line and "at_leest" in words for at, words in editor.complaints(RULES, text))
    text = written(folder, RULES, "- trait: orders_24m", "- trait: orders_42m")
    line = text[: text.index("orders_42m")].count("\n") + 1
    assert [at for at, _ in editor.complaints(RULES, text)] == [line]


def test_a_new_workspace_is_not_underlined_anywhere(folder: Path, editor: Editor) -> None:
    files = sorted(path for path in folder.rglob("*.yaml") if not path.name.startswith("."))
    assert len(files) == 9
    names = [path.relative_to(folder).as_posix() for path in files]
    found = {name: editor.complaints(name, (folder / name).read_text("utf-8")) for name in names}
    assert found == {name: [] for name in names}


def test_what_init_writes_does_for_operators_and_new_names_come_with_new_schemas(
    tmp_path: Path, program: Path
) -> None:
    make_workspace(tmp_path, data=False)
    below = written(tmp_path, RULES, "          at_least: 2\n", "          |\n")
    behind = written(tmp_path, RULES, "- trait: orders_24m", "- trait: |")
    with Editor(program, tmp_path) as editor:
        assert editor.offers(RULES, below) >= set(OPERATORS)
        assert "visits" not in editor.offers(RULES, behind)
        new = "traits:\n  - {id: visits, description: Visits, count: events}\n"
        (tmp_path / "rules" / "more.yaml").write_text(new, "utf-8")
        call("schema", "--for-workspace", "-o", tmp_path / SCHEMAS, "-w", tmp_path)
        editor.file_changed(tmp_path / SCHEMAS / "rules.schema.json")
        assert "visits" in editor.offers(RULES, behind)
