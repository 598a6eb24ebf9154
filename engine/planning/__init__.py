"""From the model to the plan: names, types, order of work, and what the rules imply."""
