"""Lowered conditions as formulas over boxes.

What is compared with literals becomes a literal over the cells of its dimension. Whatever else is true
or false (patterns, ranks, sequences, texts inside texts) becomes a flag that equals itself and nothing more.
A comparison of two computed values is one dimension with three cells: less, equal, greater.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import assert_never

from segmentry.engine.language.expr import Call, Const, Expr, Field, Op
from segmentry.engine.language.types import BOOLEAN, Type
from segmentry.engine.planning.logic.domains import Domain, Domains, Span, key_of, point
from segmentry.engine.planning.logic.formulas import FALSE, TRUE, Cells, Formulas, Node
from segmentry.engine.planning.logic.space import EQUAL, FLAG_TRUE, GREATER, LESS, Kind, Space
from segmentry.engine.planning.logic.subjects import FORMS, Subject, pulled_back, spans_of, text_test
from segmentry.engine.planning.plan import Computed, Definition, Plan, Ranked

_COMPARISONS: dict[Op, tuple[Op, Cells]] = {
    "equal": ("equal", EQUAL),
    "not_equal": ("not_equal", LESS | GREATER),
    "less": ("greater", LESS),
    "less_or_equal": ("greater_or_equal", LESS | EQUAL),
    "greater": ("less", GREATER),
    "greater_or_equal": ("less_or_equal", GREATER | EQUAL),
}
"""Each comparison with the one that has its sides exchanged, and the orders for which it holds."""

_PARTIAL = frozenset(
    (
        "int_floor_divide", "int_modulo", "quotient", "divide", "floor_divide", "modulo", "power", "add",
        "subtract", "multiply", "square_root", "logarithm", "exponential", "round_places", "best",
        "first_true", "band", "split_part", "number_of", "date_from", "datetime_from",
    )
)  # fmt: skip
"""Operations that can be missing though their arguments are known."""

_ORDERED = frozenset(("integer", "decimal", "number", "date", "datetime"))


@dataclass
class Translator:
    """Translates the conditions of one plan.

    Use: `truth` of everything while ``formulas`` is None, which only collects; then `Space.cut`, set
    ``formulas``, and ask again. ``names`` gives the plan's name of a field by the name it has in the space.
    """

    plan: Plan
    space: Space
    formulas: Formulas | None = None
    names: dict[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        self.domains = Domains(self.plan)
        self._canonical: dict[str, Field] = {}
        self._fields: dict[Field, int] = {}
        self._rules: dict[str, Node] = {}

    def start(self, formulas: Formulas) -> None:
        """The space is cut: from now on formulas are made."""
        self.formulas = formulas
        self._rules = {}

    # --- truth ------------------------------------------------------------------------------------

    def truth(self, expr: Expr) -> Node:
        """Where the condition is true (null is not)."""
        match expr:
            case Const(value=value):
                return TRUE if value is True else FALSE
            case Field():
                return self._field_truth(expr)
            case Call():
                return self._call_truth(expr)
            case _:
                assert_never(expr)

    def _call_truth(self, expr: Call) -> Node:
        args = expr.args
        match expr.op:
            case "and" | "all_true":
                return self._all([self.truth(a) for a in args])
            case "or" | "any_true":
                held = self._any([self.truth(a) for a in args])
                return held if expr.op == "any_true" else self._all([held, self.known(expr)])
            case "not":
                return self._all([self.known(args[0]), self._not(self.truth(args[0]))])
            case "is_true":
                return self.truth(args[0])
            case "is_known":
                return self.known(args[0])
            case "is_blank":
                blank = self._text_test(expr)
                return self._any([self._not(self.known(args[0])), blank])
            case "choose":
                return self._choice(args[0], self.truth(args[1]), self.truth(args[2]))
            case "equal" | "not_equal" | "less" | "less_or_equal" | "greater" | "greater_or_equal":
                return self._compared(expr)
            case "in_set":
                return self._in_set(expr)
            case "contains" | "starts_with" | "ends_with":
                return self._text_test(expr)
            case _:
                return self._flag(expr)

    def _field_truth(self, expr: Field) -> Node:
        if expr.name.startswith(("r:", "m:")):
            return self._rule(expr.name)
        name = self.named(expr)
        definition = self.plan.definitions.get(expr.name)
        if isinstance(definition, Ranked):
            number = self.space.number("flag", name, Domain(nullable=False))
            parts = [self.known(definition.of), self._literal(number, FLAG_TRUE)]
            if definition.among is not None:
                parts.append(self.truth(definition.among))
            return self._all(parts)
        number = self.space.number("flag", name, self.domains.of_field(expr))
        return self._literal(number, FLAG_TRUE)

    def _rule(self, name: str) -> Node:
        """A rule or a membership; that of a best score also needs its rule."""
        found = self._rules.get(name)
        if found is None:
            definition = self.plan.definitions.get(name)
            found = self.truth(definition.expr) if isinstance(definition, Computed) else self._unknown(name)
            rule = f"r:{name[2:]}"
            if name.startswith("m:") and rule in self.plan.definitions:
                found = self._all([found, self._rule(rule)])
            self._rules[name] = found
        return found

    def _unknown(self, name: str) -> Node:
        """A rule that has a mistake in it: it may be anything."""
        number = self.space.number("flag", Field(name, BOOLEAN), Domain(nullable=False))
        return self._literal(number, FLAG_TRUE)

    def _choice(self, condition: Expr, then: Node, otherwise: Node) -> Node:
        held = self.truth(condition)
        return self._any([self._all([held, then]), self._all([self._not(held), otherwise])])

    # --- known ------------------------------------------------------------------------------------

    def known(self, expr: Expr) -> Node:
        """Where the expression is not null."""
        match expr:
            case Const(value=value):
                return FALSE if value is None else TRUE
            case Field():
                return self._field_known(expr)
            case Call(op="all_true" | "any_true" | "is_known" | "is_true" | "is_blank"):
                return TRUE
            case Call(op="coalesce" | "smallest" | "greatest", args=args):
                return self._any([self.known(a) for a in args])
            case Call(op="choose", args=(condition, then, otherwise)):
                return self._choice(condition, self.known(then), self.known(otherwise))
            case Call(op=op, args=args):
                known = self._all([self.known(a) for a in args])
                if op not in _PARTIAL:
                    return known
                number = self.space.number("presence", self.canonical(expr), Domain())
                return self._all([known, self._known_cells(number)])
            case _:
                assert_never(expr)

    def _field_known(self, expr: Field) -> Node:
        if expr.name.startswith(("r:", "m:")):
            return TRUE
        definition = self.plan.definitions.get(expr.name)
        if isinstance(definition, Ranked) and definition.kind in ("top_count", "top_share"):
            inside = TRUE if definition.among is None else self.truth(definition.among)
            return self._any([self.known(definition.of), self._not(inside)])
        return self._known_cells(self._dimension(expr))

    def _dimension(self, expr: Field) -> int:
        """The dimension of a field, which also has the cell of missing."""
        found = self._fields.get(expr)
        if found is None:
            found = self._fields[expr] = self._new_dimension(expr)
        return found

    def _new_dimension(self, expr: Field) -> int:
        kind: Kind = "presence"
        if expr.type.kind in _ORDERED:
            kind = "ordered"
        elif expr.type.kind == "string":
            kind = "text"
        elif expr.type.kind == "boolean":
            kind = "flag"
        return self.space.number(kind, self.named(expr), self.domains.of_field(expr))

    # --- comparisons ------------------------------------------------------------------------------

    def _compared(self, expr: Call) -> Node:
        op, (a, b) = expr.op, expr.args
        if isinstance(a, Const) and not isinstance(b, Const):
            op, a, b = _COMPARISONS[op][0], b, a
        if not isinstance(b, Const):
            return self._two_values(op, a, b)
        if b.value is None or isinstance(a, Const):
            return FALSE if b.value is None else self._flag(expr)
        if b.type.kind == "boolean":
            truth = self.truth(a)
            wanted = truth if (op == "equal") == b.value else self._not(truth)
            return self._all([self.known(a), wanted]) if op in ("equal", "not_equal") else self._flag(expr)
        if b.type.kind == "string":
            return self._equal_text(expr, op, a, (b.value,))
        if b.type.kind not in _ORDERED:
            return self._flag(expr)
        key = key_of(b.value)
        listed = (point(key),) if op in ("equal", "not_equal") else ()
        return self._ordered(expr, a, b.type, spans_of(op, key), listed)

    def _in_set(self, expr: Call) -> Node:
        (subject,), (values,) = expr.args, expr.params
        if any(v is None for v in values):
            return self._flag(expr)
        if all(isinstance(v, bool) for v in values):
            truth = self.truth(subject)
            parts = [truth if v else self._not(truth) for v in values]
            return self._all([self.known(subject), self._any(parts)])
        if any(isinstance(v, (bool, str)) for v in values):
            if all(isinstance(v, str) for v in values):
                return self._equal_text(expr, "equal", subject, tuple(values))
            return self._flag(expr)
        spans = tuple(point(key_of(v)) for v in values)
        return self._ordered(expr, subject, subject.type, spans, spans)

    def _ordered(
        self, expr: Call, subject: Expr, kind: Type, spans: Sequence[Span], listed: Sequence[Span]
    ) -> Node:
        """The value of ``subject`` lies in the spans; ``listed`` are the single values that are named."""
        found = pulled_back(subject, spans, self.plan.calendar)
        if found is None:
            return self._flag(expr)
        base, spans = found
        if isinstance(base, Field) and base.type.kind in _ORDERED:
            number = self._dimension(base)
            if base.name.startswith("c:") and self._beyond(number, subject, listed):
                return self._flag(expr)
            return self._literal(number, self._cells(number, spans))
        if isinstance(base, Field):
            # Of a column whose type is not known, what it is compared with tells how it is ordered.
            number = self.space.number("ordered", Field(self.named(base).name, kind), Domain(nullable=False))
        else:
            number = self.space.number("ordered", self.canonical(base), self.domains.of_expression(base))
        return self._all([self.known(base), self._literal(number, self._cells(number, spans))])

    def _beyond(self, number: int, subject: Expr, listed: Sequence[Span]) -> bool:
        """Whether a named value is none of a closed list of values, which was reported as such."""
        allowed = self.space.dimensions[number].domain.spans
        closed = all(low is not None and point(low) == (low, high) for low, high in allowed)
        found = pulled_back(subject, listed, self.plan.calendar) if closed else None
        return found is not None and any(span not in allowed for span in found[1])

    def _cells(self, number: int, spans: Sequence[Span]) -> Cells:
        dimension = self.space.dimensions[number]
        if self.formulas is None:
            dimension.cuts.update(k for span in spans for k in span if k is not None)
            return 0
        return dimension.within(spans)

    def _two_values(self, op: Op, a: Expr, b: Expr) -> Node:
        """Two computed values: one dimension for the pair, whichever way round they stand."""
        first, second = self.canonical(a), self.canonical(b)
        if first == second:
            return self.known(a) if _COMPARISONS[op][1] & EQUAL else FALSE
        if repr(second) < repr(first):
            op, first, second = _COMPARISONS[op][0], second, first
        pair = Call("equal", (first, second), BOOLEAN)
        number = self.space.number("order", pair, Domain(nullable=False))
        return self._all([self.known(a), self.known(b), self._literal(number, _COMPARISONS[op][1])])

    # --- texts ------------------------------------------------------------------------------------

    def _equal_text(self, expr: Call, op: Op, subject: Expr, texts: tuple[str, ...]) -> Node:
        if op not in ("equal", "not_equal"):
            return self._flag(expr)
        found = self._text_dimension(subject)
        dimension = self.space.dimensions[found.number]
        allowed = dimension.domain.values
        if allowed is None:
            dimension.texts.update(texts)
        elif found.is_column and not set(texts) <= {found.form(v) for v in allowed}:
            return self._flag(expr)
        held = self._literal(found.number, dimension.where(lambda text: found.form(text) in texts))
        return self._all([self.known(subject), held if op == "equal" else self._not(held)])

    def _text_test(self, expr: Call) -> Node:
        """A test of a text: decided for the texts that are named, open for any other."""
        subject = expr.args[0]
        found = self._text_dimension(subject)
        dimension = self.space.dimensions[found.number]
        named = dimension.where(lambda text: text_test(expr, found.form(text)))
        parts = [self._literal(found.number, named)]
        if dimension.domain.values is None:
            parts.append(self._all([self._literal(found.number, dimension.other), self._bare_flag(expr)]))
        return self._all([self.known(subject), self._any(parts)])

    def _text_dimension(self, subject: Expr) -> Subject:
        """The dimension of a text; a text with few values that is lowered or folded is a form of those."""
        if isinstance(subject, Field) and subject.type.kind == "string":
            return Subject(self._dimension(subject), str, subject.name.startswith("c:"))
        if isinstance(subject, Call) and subject.op in FORMS and isinstance(subject.args[0], Field):
            base = subject.args[0]
            if base.type.kind == "string" and self.domains.of_field(base).values is not None:
                return Subject(self._dimension(base), FORMS[subject.op], base.name.startswith("c:"))
        number = self.space.number("text", self.canonical(subject), Domain(nullable=False))
        return Subject(number, str, is_column=False)

    # --- what can't be seen into ------------------------------------------------------------------

    def _flag(self, expr: Expr) -> Node:
        """A condition that equals itself and nothing else."""
        return self._all([self.known(expr), self._bare_flag(expr)])

    def _bare_flag(self, expr: Expr) -> Node:
        number = self.space.number("flag", self.canonical(expr), Domain(nullable=False))
        return self._literal(number, FLAG_TRUE)

    def canonical(self, expr: Expr) -> Expr:
        """The expression with numbered definitions named by what they are."""
        match expr:
            case Field():
                return self.named(expr)
            case Call(args=args):
                return replace(expr, args=tuple(self.canonical(a) for a in args))
            case Const():
                return expr
            case _:
                assert_never(expr)

    def named(self, expr: Field) -> Field:
        """A field whose name says what it is in every plan: counts and ranks by their definition."""
        found = self._canonical.get(expr.name)
        if found is None:
            name = expr.name
            definition = self.plan.definitions.get(name)
            if definition is not None and not isinstance(definition, Computed):
                name = f"{name[:2]}{self._content(definition)!r}"
            found = Field(name, expr.type)
            self._canonical[expr.name] = found
            self.names[name] = expr.name
        return found

    def _content(self, definition: Definition) -> Definition:
        """A definition whose parts are named by what they are."""
        if not isinstance(definition, Ranked):
            return definition
        return replace(
            definition,
            of=self.canonical(definition.of),
            among=None if definition.among is None else self.canonical(definition.among),
            per=None if definition.per is None else self.canonical(definition.per),
        )

    # --- making formulas --------------------------------------------------------------------------

    def _literal(self, number: int, cells: Cells) -> Node:
        return TRUE if self.formulas is None else self.formulas.literal(number, cells)

    def _known_cells(self, number: int) -> Node:
        return self._literal(number, self.space.dimensions[number].known)

    def _all(self, nodes: Sequence[Node]) -> Node:
        return TRUE if self.formulas is None else self.formulas.all_of(nodes)

    def _any(self, nodes: Sequence[Node]) -> Node:
        return TRUE if self.formulas is None else self.formulas.any_of(nodes)

    def _not(self, node: Node) -> Node:
        return TRUE if self.formulas is None else self.formulas.negation(node)
