"""Leaves: operators are checked against the subject's type and lowered; missing values are settled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from segmentry.engine.document import YamlFloat, YamlInt
from segmentry.engine.document.edits import in_quotes, key_added, swapped
from segmentry.engine.files.condition_model import Leaf, Place, Test
from segmentry.engine.language import arithmetic
from segmentry.engine.language.calendar import Calendar
from segmentry.engine.language.expr import (
    FALSE,
    Const,
    Expr,
    all_true,
    any_true,
    call,
    is_known,
    is_true,
    negated,
)
from segmentry.engine.language.literals import (
    exact_number,
    fits_exactly,
    found,
    is_ambiguous,
    number_const,
    too_long,
)
from segmentry.engine.language.operands import VALUE, VALUES, Amount, Rejected
from segmentry.engine.language.operator_entry import Operator
from segmentry.engine.language.operator_lowering import as_compared
from segmentry.engine.language.operators import NUMBER_TESTS, OPERATORS
from segmentry.engine.language.suggest import did_you_mean
from segmentry.engine.language.types import NUMBER, Letters, Type, same_family
from segmentry.engine.planning.resolve.nulls import may_be_null
from segmentry.engine.planning.resolve.scope import Scope

Rank = Callable[[Expr, Amount, bool], Expr]
"""How `top` and `bottom` are lowered: subject, amount, from the greatest."""


@dataclass
class LeafLowering:
    """One leaf under way: the context in which its operators read their operands and are lowered."""

    scope: Scope
    leaf: Leaf
    test: Test
    subplace: Callable[[Place, tuple[str | int, ...]], Place]
    ranker: Rank | None
    letters: Letters = "as_written"
    compared: list[Expr] = field(default_factory=list[Expr])
    """The other traits that the subject is compared with, as they are read."""

    @property
    def calendar(self) -> Calendar:
        """The workspace's calendar at the as-of instant."""
        return self.scope.names.calendar

    def report_ambiguous(self, written: str, *, at: tuple[str | int, ...] = ()) -> None:
        """Warn of a number that is taken as a text."""
        findings, place = self.scope.names.findings, self.subplace(self.test.value_at, at)
        document = findings.documents.get(place.file)
        fix = None if document is None else in_quotes(document, place.span, written)
        message = f"`{written}` is read as a text here, though it looks like a number"
        findings.add("ambiguous-scalar", message, place, f"put it in quotes: '{written}'", fix=fix)

    def reject(
        self, code: str, message: str, hint: str | None = None, *, at: tuple[str | int, ...] = ()
    ) -> NoReturn:
        """Report at the operand or at a part of it, and give the leaf up."""
        self.scope.names.findings.add(code, message, self.subplace(self.test.value_at, at), hint)
        raise Rejected

    def reject_reversed(self, message: str) -> NoReturn:
        """Report a pair in the wrong order, and give the leaf up."""
        findings, at = self.scope.names.findings, self.test.value_at
        document = findings.documents.get(at.file)
        first, second = (self.subplace(at, (n,)).span for n in (0, 1))
        fix = None if document is None else swapped(document, first, second)
        findings.add("value-type", message, at, "swap the two", fix=fix)
        raise Rejected

    def reference(self, raw: Mapping[str, Any], subject: Type) -> Expr:
        """`{trait: T, times: …, plus: …}` (in rows `{column: …}`) as the value of a comparison."""
        word = self.scope.word
        if word not in raw:
            other = next(iter(raw), "nothing")
            self.reject("schema", f"`{{{word}: …}}` is expected here, `{other}` was found")
        expr = self.scope.field(str(raw[word]), self.subplace(self.test.value_at, (word,)))
        if not same_family(expr.type, subject) and not (expr.type.is_temporal and subject.is_temporal):
            message = f"`{raw[word]}` is {expr.type.words()}, and can't be compared with {subject.words()}"
            self.reject("value-type", message, at=(word,))
        scaled = self._scaled(raw, expr)
        self.compared.append(scaled)
        return scaled

    def _scaled(self, raw: Mapping[str, Any], expr: Expr) -> Expr:
        for key, operation in (("times", arithmetic.multiply), ("plus", arithmetic.add)):
            if key not in raw:
                continue
            value = exact_number(raw[key])
            if value is None or not fits_exactly(value):
                message = f"a number is expected, {found(raw[key])} was found"
                self.reject("value-type", message, too_long(value), at=(key,))
            if not expr.type.is_number:
                self.reject(
                    "operator-type", f"`{key}` needs a number, this is {expr.type.words()}", at=(key,)
                )
            factor = number_const(value) if expr.type.is_exact else Const(float(value), NUMBER)
            try:
                expr = operation(expr, factor)
            except arithmetic.ScaleError as error:
                self.reject("value-type", str(error), at=(key,))
        return expr

    def tests(self, raw: Mapping[str, Any], subject: Expr) -> Expr:
        """Number operators on a size: all of them, null where the list is missing."""
        results: list[Expr] = []
        for key, operand in raw.items():
            test = Test(key, operand, self.test.at, self.subplace(self.test.value_at, (key,)))
            nested = LeafLowering(self.scope, self.leaf, test, self.subplace, None)
            results.append(lower_test(nested, subject))
        return results[0] if len(results) == 1 else call("and", *results)

    def rank(self, subject: Expr, amount: Amount, *, from_the_greatest: bool) -> Expr:
        """Membership of the first of a ranking."""
        if self.ranker is None:
            self.reject("operator-type", "`top` and `bottom` rank customers, and can't be used on rows")
        return self.ranker(subject, amount, from_the_greatest)


def lower_test(ctx: LeafLowering, subject: Expr) -> Expr:
    """One operator on a subject: null where the value or what it is compared with is missing."""
    operator = OPERATORS[ctx.test.operator]
    check_kind(ctx, operator, subject.type)
    operand = operator.shape.read(ctx, ctx.test.operand, subject)
    return operator.lower(ctx, subject, operand)


def check_kind(ctx: LeafLowering, operator: Operator, kind: Type) -> None:
    """Report an operator that the subject's type does not take."""
    if kind.kind == "unknown" or kind.kind in operator.kinds:
        return
    usable = [o.name for o in OPERATORS.values() if kind.kind in o.kinds]
    hint = f"on {kind.words()} you can use {', '.join(usable)}" if usable else None
    message = f"`{operator.name}` can't be used on `{ctx.leaf.subject}`, which is {kind.words()}"
    ctx.scope.names.findings.add("operator-type", message, ctx.test.at, hint)
    raise Rejected


def lower_leaf(
    scope: Scope,
    leaf: Leaf,
    subplace: Callable[[Place, tuple[str | int, ...]], Place],
    ranker: Rank | None,
    *,
    odd: bool,
    compared: list[Expr],
) -> Expr:
    """A leaf as a truth that is never null. ``odd``: it stands under an odd number of negations.

    ``compared`` takes up the other traits that it is compared with.
    """
    subject = scope.field(leaf.subject, leaf.subject_at)
    results: list[Expr] = []
    failed = False
    for test in leaf.tests:
        context = LeafLowering(scope, leaf, test, subplace, ranker, leaf.letters, compared)
        try:
            _check_allowed(scope, leaf, test, subject.type, subplace)
            results.append(lower_test(context, subject))
        except Rejected:
            failed = True
    _check_case(scope, leaf, subject)
    if failed:
        return FALSE
    _warn_missing(scope, leaf, results, odd=odd)
    return settle(leaf, subject, results)


def settle(leaf: Leaf, subject: Expr, results: list[Expr]) -> Expr:
    """The leaf's truth: null is false, or with `missing: include` makes the whole leaf true."""
    held = all_true(*(is_true(r) for r in results))
    if leaf.missing != "include":
        return held
    missing = [negated(is_known(r)) for r in results if not _never_null(r)]
    return any_true(*missing, held)


def _never_null(expr: Expr) -> bool:
    return not may_be_null(expr, lambda _: True)


def _check_case(scope: Scope, leaf: Leaf, subject: Expr) -> None:
    if leaf.letters == "as_written":
        return
    kind = subject.type.element if subject.type.kind == "list" and subject.type.element else subject.type
    if kind.is_text and any(OPERATORS[t.operator].folds_case for t in leaf.tests):
        return
    message = f"`{leaf.letters}` is for texts, `{leaf.subject}` is {subject.type.words()}"
    if kind.is_text:
        message = f"`{leaf.letters}` has no effect on the operators of this leaf"
    scope.names.findings.add("operator-type", message, leaf.letters_at, f"leave `{leaf.letters}` out")


def _check_allowed(
    scope: Scope,
    leaf: Leaf,
    test: Test,
    subject: Type,
    subplace: Callable[[Place, tuple[str | int, ...]], Place],
) -> None:
    """Warn of a text that the column's contract does not list."""
    contract = scope.contract(leaf.subject)
    operator = OPERATORS[test.operator]
    names_values = operator.shape in (VALUE, VALUES) and "string" in operator.kinds
    if contract is None or contract.values is None or not names_values:
        return
    allowed = {_compared(v, leaf.letters) for v in contract.values}
    listed = isinstance(test.operand, list)
    for n, written in enumerate(test.operand if listed else [test.operand]):
        value = _as_read(written, subject)
        if value is None or _compared(value, leaf.letters) in allowed:
            continue
        known = [str(v) for v in contract.values]
        hint = did_you_mean(str(value), known) or "the column has " + ", ".join(known[:12])
        at = subplace(test.value_at, (n,) if listed else ())
        message = f"`{value}` is none of the values that `{leaf.subject}` can have"
        meant = known if isinstance(value, str) else ()
        fix = scope.names.findings.respelt(at, str(value), meant)
        scope.names.findings.add("value-not-allowed", message, at, hint, fix=fix)


def _as_read(written: Any, subject: Type) -> Any:
    """The value a literal is read as; None for another trait, and for what is a mistake of its own."""
    if isinstance(written, dict):
        return None
    if subject.is_text and isinstance(written, (YamlInt, YamlFloat)):
        return written.text if is_ambiguous(written) else None
    return written


def _compared(value: Any, letters: Letters) -> Any:
    return as_compared(value, letters) if isinstance(value, str) else value


def _warn_missing(scope: Scope, leaf: Leaf, results: list[Expr], *, odd: bool) -> None:
    """`missing-unhandled`: a negative test, or a test under a negation, of what can be missing."""
    if leaf.missing is not None:
        return
    tests = [t for t in leaf.tests if not OPERATORS[t.operator].tests_missing]
    known = any(t.operator == "known" and t.operand is True for t in leaf.tests)
    negative = [t for t in tests if OPERATORS[t.operator].negative]
    if not tests or (not odd and not negative) or (known and not odd):
        return
    if not any(may_be_null(r, scope.nullable) for r in results):
        return
    what = "column" if leaf.is_column else "trait"
    if negative and not odd:
        message = f"customers whose `{leaf.subject}` is missing are left out by `{negative[0].operator}`"
        if leaf.is_column:
            message = f"rows whose `{leaf.subject}` is missing are left out by `{negative[0].operator}`"
        hint = "say `missing: exclude` if that is meant, or `missing: include` to take them in"
        _report_missing(scope, leaf, negative[0], message, hint)
        return
    message = f"where the {what} `{leaf.subject}` is missing this is false, so its negation takes them in"
    hint = "say `missing: exclude` if that is meant, or `missing: include` to leave them out"
    _report_missing(scope, leaf, (negative or tests)[0], message, hint)


def _report_missing(scope: Scope, leaf: Leaf, test: Test, message: str, hint: str) -> None:
    """With the fix that says what holds without a word, so that the rule keeps its meaning."""
    findings = scope.names.findings
    document = findings.documents.get(test.at.file)
    fix = None
    if document is not None:
        key, value = test.at.span, test.value_at.span
        fix = key_added(document, key, value, leaf.at.span, "missing: exclude")
    findings.add("missing-unhandled", message, test.at, hint, fix=fix)


def number_tests(
    scope: Scope,
    subject: Expr,
    tests: tuple[Test, ...],
    name: str,
    subplace: Callable[[Place, tuple[str | int, ...]], Place],
) -> Expr:
    """Number operators on a count (`times`): a truth that is never null."""
    leaf = Leaf(name, False, tests)
    results: list[Expr] = []
    for test in tests:
        assert test.operator in NUMBER_TESTS
        results.append(is_true(lower_test(LeafLowering(scope, leaf, test, subplace, None), subject)))
    return all_true(*results)
