"""Row aggregates by compiled kernels: rows come in batches and are scattered into one place per customer."""
