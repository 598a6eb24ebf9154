"""brand.yaml: read, checked, and held against the positionings."""

from __future__ import annotations

from datetime import date

from segmentry.engine.diagnostics import Span
from segmentry.personas.brand import check_positioning, read_brand
from segmentry.personas.inputs import SegmentInfo

GOOD = b"""name: Sample
promise: Good things.
voice: {adjectives: [warm]}
never_say: [cheap]
claims: [{text: repaired for free, proof: Own workshop}]
required_lines: {sms: Reply STOP.}
products: [{id: shoe, name: Shoes}]
offers:
  - {id: autumn-10, text: 10 % off, code: A10, ends: 2026-11-15}
  - {id: fitting, text: A free fitting}
"""


def test_a_brand_is_read() -> None:
    brand, findings = read_brand("brand.yaml", GOOD)
    assert findings == []
    assert brand is not None
    offer = brand.offer("autumn-10")
    assert offer is not None
    assert offer.ends == date(2026, 11, 15)
    assert brand.required("sms") == "Reply STOP."
    assert brand.offer(None) is None
    assert len(brand.sha256) == 64


def test_mistakes_are_told_with_their_place() -> None:
    for raw, code, line in [
        (GOOD.replace(b"promise", b"promisse"), "unknown-key", 2),
        (GOOD.replace(b"id: fitting", b"id: autumn-10"), "duplicate-id", 10),
        (GOOD.replace(b"2026-11-15", b"soon"), "schema", 9),
        (b"promise: x\n", "schema", 1),
    ]:
        brand, findings = read_brand("brand.yaml", raw)
        assert brand is None
        assert [(item.code, item.span.line) for item in findings] == [(code, line)]


def test_a_positioning_may_only_name_offers_of_the_brand() -> None:
    brand, _ = read_brand("brand.yaml", GOOD)
    assert brand is not None
    segments = [
        SegmentInfo("a", "A", None, "s", "first_match", positioning={"offer": "autum-10"}),
        SegmentInfo("b", "B", None, "s", "first_match", positioning={"offer": "fitting"}),
        SegmentInfo("c", "C", None, "s", "first_match"),
    ]
    found = check_positioning(brand, segments, lambda id_, path: ("rules/s.yaml", Span(7, 14, 7, 22)))
    assert [(item.code, item.file, item.span.line, item.hint) for item in found] == [
        ("unknown-offer", "rules/s.yaml", 7, "did you mean `autumn-10`?")
    ]
