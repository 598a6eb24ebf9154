"""From the model to the plan: names, types, formulas, windows and cycles are settled or reported."""
