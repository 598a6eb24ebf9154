"""Random segmentations in all three modes."""

from __future__ import annotations

from typing import Any

from tests.random_models.choices import Chooser
from tests.random_models.conditions import Conditions
from tests.random_models.formulas import Formulas

Segmentation = dict[str, Any]


def segmentation(choose: Chooser, conditions: Conditions, name: str) -> Segmentation:
    """A segmentation; what it makes can be referred to from now on, inside it where that is no cycle."""
    assign = choose.pick(("first_match", "every_match", "best_score"))
    made: Segmentation = {"segmentation": name, "name": name, "owner": "crm", "assign": assign}
    segments: list[dict[str, Any]] = []
    later: list[str] = []
    for index in range(choose.number(1, 5)):
        segment = _segment(choose, conditions, f"{name}-{index}", assign)
        segments.append(segment)
        if segment.get("status") == "draft":
            continue
        if "when" in segment or "extends" in segment:
            conditions.rules.append(segment["id"])
        # A best-score segment's membership depends on the whole segmentation.
        (later if assign == "best_score" else conditions.segments).append(segment["id"])
    if assign != "every_match" and choose.chance(50):
        made["otherwise"] = {"id": f"{name}-rest", "name": "The others"}
        later.append(f"{name}-rest")
    conditions.segments.extend(later)
    return {**made, "segments": segments}


def _segment(choose: Chooser, conditions: Conditions, name: str, assign: str) -> dict[str, Any]:
    segment: dict[str, Any] = {"id": name, "name": name, "description": "Drawn at random."}
    if choose.chance(7):
        segment["status"] = "draft"
    if conditions.rules and choose.chance(15):
        segment["extends"] = choose.pick(conditions.rules)
    if (assign != "best_score" and "extends" not in segment) or choose.chance(70):
        segment["when"] = conditions.condition()
    if assign == "best_score":
        segment["score"] = _score(choose, conditions)
    return segment


def _score(choose: Chooser, conditions: Conditions) -> Any:
    if choose.chance(60):
        return Formulas(choose, conditions.traits).score()
    return [
        {"when": conditions.condition(1), "points": choose.pick((1, 2, -1, 5))}
        for _ in range(choose.number(1, 2))
    ]
