"""The benchmark: `python -m bench`. See bench/README.md for what is measured and how."""
