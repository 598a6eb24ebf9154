"""`diff`: what a change of the rules does to the segments, on one set of data."""
