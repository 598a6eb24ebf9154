"""Facts: what is measured of each segment, beside the base."""
