"""Conditions that are written as an expression, `trait: orders >= 5`: what to write, and the fix."""

from __future__ import annotations

from dataclasses import dataclass

from segmentry.engine.diagnostics.model import Fix, Span, TextEdit
from segmentry.engine.document import Document, is_mapping
from segmentry.engine.document.edits import as_scalar, key_added, lines_of
from segmentry.engine.files.schema.faults import SchemaFault, key_choices, usable_keys
from segmentry.engine.language.comparisons import Comparison, parse_comparison

_SUBJECTS = ("trait", "column")


@dataclass(frozen=True, slots=True)
class Expression:
    """A comparison in the place of a name, or of a whole condition; ``subject`` is `trait` or `column`."""

    fault: SchemaFault
    subject: str
    comparison: Comparison

    @property
    def is_name(self) -> bool:
        """Whether it stands in the place of a name."""
        return self.fault.keyword == "anyOf"

    def message(self, otherwise: str) -> str:
        """What is wrong; ``otherwise`` says it of a whole condition."""
        if not self.is_name:
            return otherwise
        written = self.fault.value[self.subject]
        return f"`{written}` is a whole condition, and `{self.subject}:` takes a name alone"

    @property
    def hint(self) -> str:
        """The condition as it is to be written."""
        return f"write `{self.comparison.written(self.subject)}`"

    def span(self, document: Document) -> Span:
        """The place of the expression."""
        path = self.fault.path
        return document.value_span((*path, self.subject) if self.is_name else path)

    def fix(self, document: Document) -> Fix | None:
        """The fix that writes the condition out; None where it is not sure what was meant."""
        span = self.span(document)
        raw = lines_of(document.text).inside(span)
        written = self.fault.value[self.subject] if self.is_name else self.fault.value
        if not self.comparison.sure or raw not in (written, f"'{written}'", f'"{written}"'):
            return None
        title = f"write `{self.comparison.written(self.subject)}`"
        if not self.is_name:
            return Fix(title, (TextEdit(document.file, span, self.comparison.written(self.subject)),))
        path = (*self.fault.path, self.subject)
        key, mapping = document.key_span(path), document.value_span(self.fault.path)
        added = None if key is None else key_added(document, key, span, mapping, self.comparison.test)
        if added is None:
            return None
        name = TextEdit(document.file, span, as_scalar(self.comparison.name))
        return Fix(title, (name, *added.edits))


def expression_of(fault: SchemaFault) -> Expression | None:
    """The expression that a fault comes from: there is no operator, or a text where a condition belongs."""
    if fault.keyword == "anyOf" and is_mapping(fault.value) and "at_least" in key_choices(fault.schema):
        subject = next((key for key in _SUBJECTS if isinstance(fault.value.get(key), str)), None)
        text = None if subject is None else fault.value[subject]
    elif fault.keyword == "type" and isinstance(fault.value, str):
        keys = usable_keys(fault.schema)
        subject = next((key for key in _SUBJECTS if key in keys and "all" in keys), None)
        text = fault.value
    else:
        return None
    comparison = parse_comparison(text) if isinstance(text, str) else None
    return None if comparison is None or subject is None else Expression(fault, subject, comparison)
