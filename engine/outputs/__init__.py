"""The files that a run writes: their folder, its lock, and what stands in each of them."""
