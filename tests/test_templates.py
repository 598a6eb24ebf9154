"""Templates that can't be worked out, or go on for ever, or fill the memory: errors with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from segmentry.engine.diagnostics.model import Diagnostic
from segmentry.personas.briefs import write_briefs
from segmentry.personas.render import TemplateError, budget
from tests.command_line import call
from tests.test_brief import BRAND, population


def page(folder: Path, template: str) -> str:
    """The Markdown of a brief by this template, whose first line is another."""
    (folder / "templates").mkdir(exist_ok=True)
    (folder / "templates/brief.md.j2").write_text(f"first line\n{template}", "utf-8")
    write_briefs(population(), BRAND, ["value-driven"], folder / "out", ["md"], folder / "templates")
    return (folder / "out/value-driven.md").read_text("utf-8").removeprefix("first line\n")


def fault(folder: Path, template: str) -> Diagnostic:
    with pytest.raises(TemplateError) as raised:
        page(folder, template)
    assert not list((folder / "out").glob("*"))
    (found,) = raised.value.diagnostics
    return found


def doubled(value: str, *, begins: str = '"ab"', then: str = "") -> str:
    """A template that makes a value out of two of itself, a hundred times."""
    again = f"{{% for i in range(100) %}}{{% set all.x = {value} %}}{{% endfor %}}"
    return f"{{% set all = namespace(x={begins}) %}}{again}{then}"


ROUND = "this leads back to itself without an end"
CHARACTERS = "characters, a step counting for 10; one page may take 10,000,000"
DIGITS = "a number of more than 3,000 digits"
DEEP = "nested too deep"


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ 1/0 }}", "can't be worked out: division by zero"),
        ('{{ "{}".format() }}', "can't be worked out: "),
        ("{{ cycler() }}", "can't be worked out: at least one item"),
        ("{{ 1 | date }}", "can't be worked out: AssertionError"),
        ("{% include 'brief.md.j2' %}", ROUND),
        ("{% extends 'brief.md.j2' %}", ROUND),
        ("{% import 'brief.md.j2' as it %}", ROUND),
        ("{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}", ROUND),
        ("{% block a %}{{ self.a() }}{% endblock %}", ROUND),
        ("{{ range(10**12) }}", f"this takes 1,000,000,000,000 {CHARACTERS}"),
        ("{{ range(10**40) }}", f"more than 10,000,000 {CHARACTERS}"),
        ("{% for i in [1] recursive %}{{ loop(range(9999)) }}{% endfor %}", ROUND),
        (f"{{% for i in range(99999) %}}{'long ' * 100}{{% endfor %}}", CHARACTERS),
        ('{% for i in range(99999) %}{{ "a"|center(9000) }}{% endfor %}', CHARACTERS),
        ('{{ "a" * 10**12 }}', f"this takes 1,000,000,000,000 {CHARACTERS}"),
        ("{{ 10**12 * [1] }}", CHARACTERS),
        ("{{ 9 ** 99999999 }}", DIGITS),
        ("{{ 9**3000 * 9**3000 }}", DIGITS),
        (doubled("all.x * all.x", begins="3"), DIGITS),
        ('{{ ("f"*4000000)|int(base=16) }}', DIGITS),
        *((f'{{{{ "a\t"|{each} }}}}', CHARACTERS) for each in (
            "center(10**10)", "indent(10**10)", "batch(10**10, 0)", "slice(10**10)", "slice(slices=10**10)",
            'replace("a", "b" * 5000000)|replace("b", "c" * 100000)', "tojson(indent=10**10)",
        )),
        *((f'{{{{ "1\t".{each} }}}}', CHARACTERS) for each in (
            "center(10**10)", "ljust(10**10)", "rjust(10**10)", "zfill(10**10)", "expandtabs(10**10)",
            'replace("1", "2" * 5000000).replace("2", "3" * 100000)',
            'join("a" * 4000000).join("b" * 100000)',
        )),
        ('{{ ("a " * 9000)|wordwrap(1, wrapstring="b" * 90000) }}', CHARACTERS),
        ('{{ (range(9999)|list)|join("b" * 90000) }}', CHARACTERS),
        ('{{ ("<!-- -->" * 100000)|striptags }}', CHARACTERS),
        ('{{ ("www.a.eu " * 100000)|urlize }}', CHARACTERS),
        ("{{ ([[1] * 5000] * 400)|sum(start=[]) }}", CHARACTERS),
        *((f"{{{{ {each} }}}}", CHARACTERS) for each in (
            '"%9999999999d" % 1', '"%*d" % (9999999999, 1)', '"%9999999999d"|format(1)',
            '"{:9999999999}".format(1)', '"{:{}}".format(1, 9999999999)',
            '"{x:{y}}".format_map({"x": 1, "y": 9999999999})', '("%(a)s" * 9000) % {"a": "b" * 9000}',
            "1.5|number(10**9)", "1.5|round(10**9, 'ceil')",
        )),
        (doubled("all.x ~ all.x"), CHARACTERS),
        (doubled("all.x + all.x"), CHARACTERS),
        (doubled("all.x + all.x", begins="[1]"), CHARACTERS),
        (doubled("[all.x, all.x]", then="{{ all.x }}"), CHARACTERS),
        (doubled("(all.x, all.x)", then="{{ all.x == all.x }}"), CHARACTERS),
        (doubled('{"a": all.x, "b": all.x}', then="{{ all.x|tojson }}"), CHARACTERS),
        ('{% set a = "a" * 99999 %}' + doubled("cycler(all.x, a[1:])", begins="1"), CHARACTERS),
        ("{% set x = [1] %}{% for i in x %}{{ x.append(1) }}{% endfor %}", "'append' of 'list' object is"),
        ('{{ "a".translate({97: "b" * 10**6}) }}', "'translate' of 'str' object is"),
        ("{{ (5).to_bytes(10**10) }}", "'to_bytes' of 'int' object is"),
        ("{{ lipsum(n=10**9) }}", "there is nothing called `lipsum`"),
        ("{{ [1, 2]|random }}", "there is no filter `random`"),
        (f"{{{{ {'(' * 500}1{')' * 500} }}}}", DEEP),
        (f"{{{{ {'1+' * 5000}1 }}}}", DEEP),
        (f"{'{% for i in [1] %}' * 25}{'{% endfor %}' * 25}", DEEP),
    ],
)  # fmt: skip
def test_what_no_page_may_take_is_reported_with_its_place(
    tmp_path: Path, template: str, expected: str
) -> None:
    found = fault(tmp_path, f"{template}\nlast line\n")
    assert expected in found.message
    assert (found.code, found.file, found.span.line) == ("template", "templates/brief.md.j2", 2)


NEST = "{% for i in range(9999) %}{% for j in range(999)CONDITION %}{% endfor %}{% endfor %}"


@pytest.mark.parametrize(
    "template",
    [
        NEST.replace("CONDITION", ""),
        NEST.replace("CONDITION", " if not j"),
        "{% macro m(n) %}{% if n %}{{ m(n-1) }}{{ m(n-1) }}{% endif %}{% endmacro %}{{ m(60) }}",
        '{% include "0.j2" %}',
    ],
)
def test_every_step_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, template: str) -> None:
    monkeypatch.setattr(budget, "MOST", 100_000)
    (tmp_path / "templates").mkdir()
    for n in range(40):
        (tmp_path / f"templates/{n}.j2").write_text(f'{{% include "{n + 1}.j2" %}}' * 2)
    (tmp_path / "templates/40.j2").write_text("")
    assert "a step counting for 10; one page may take 100,000" in fault(tmp_path, template).message


def test_the_time_is_bounded_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "SECONDS", 0.05)
    found = fault(tmp_path, "{% for i in range(9999) %}{{ range(99999)|list|length }}{% endfor %}")
    assert "is not ready after 0.05 seconds" in found.message
    assert found.hint


def test_each_page_has_a_budget_of_its_own(tmp_path: Path) -> None:
    half = '{% set x = "a" * 6000000 %}{{ x|length }}'
    for _ in range(3):
        assert page(tmp_path, half) == "6000000"


def test_an_included_file_is_named_as_it_lies_in_its_folder(tmp_path: Path) -> None:
    (tmp_path / "templates/parts").mkdir(parents=True)
    (tmp_path / "templates/parts/foot.html").write_text("a\nb\n{{ 1/0 }}\n")
    found = fault(tmp_path, '{% include "parts/foot.html" %}')
    assert (found.file, found.span.line) == ("templates/parts/foot.html", 3)


def test_a_template_that_is_not_in_utf8_is_told(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/part.j2").write_bytes("Größe".encode("latin-1"))
    found = fault(tmp_path, '{% include "part.j2" %}')
    assert "is not in UTF-8" in found.message
    assert (found.span.line, found.hint) == (2, "save it in UTF-8")


def test_templates_can_still_do_what_they_are_for(tmp_path: Path) -> None:
    template = """\
{% macro row(name, values) %}{{ name }}: {{ values|join(", ") }}{% endmacro %}
{% set all = namespace(count=0, names=[]) %}
{% for variant in brief.variants %}
{% set all.count = all.count + 1 %}
{% set all.names = all.names + [variant.angle] %}
{% endfor %}
{{ row("angles", all.names) }} / {{ all.count }} / {{ "%s %03d" % ("n", 7) }} / {{ "{:>5}".format("x") }}
{{ [3, 1, 2]|sort|map("string")|join("-") }} {{ range(4)|select("odd")|list }} {{ "ab" ~ 1 ~ 2 ~ "c" }}
{{ [1, 2, 3, 4, 5]|batch(2)|list|length }} {{ "a b"|title|replace(" ", "_") }} {{ [0, 1, 2][1:]|sum }}
{{ {"b": 1, "a": 2}.items()|list|length }} {{ dict(a=1).a }} {{ "x".center(3) }}{{ (1, 2)|last }}
"""
    lines = [line.split(" / ") for line in page(tmp_path, template).splitlines() if line]
    assert lines == [
        [lines[0][0], "2", "n 007", "    x"],
        [r"1-2-3 \[1, 3\] ab12c"],
        [r"3 A\_B 3"],
        ["2 1  x 2"],
    ]
    assert lines[0][0].startswith("angles: ")
    assert lines[0][0].count(", ") == 1


def test_the_command_ends_with_the_code_of_rules_that_can_not_be_loaded(tmp_path: Path) -> None:
    call("init", tmp_path / "shop")
    (tmp_path / "shop/templates").mkdir()
    (tmp_path / "shop/templates/brief.md.j2").write_text('Hello\n{{ "a" * 10**12 }}\n')
    said = call("brief", "value-driven", "-w", tmp_path / "shop", code=3).stderr
    assert "error[template] this takes 1,000,000,000,000 characters" in said
    assert "templates/brief.md.j2:2" in said
