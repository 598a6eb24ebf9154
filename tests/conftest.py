"""Settings that every test shares."""

from __future__ import annotations

import os

from hypothesis import settings

# No deadline: the machine's load is no property of the code. In CI the examples are the same in every run.
settings.register_profile("local", deadline=None, print_blob=True)
settings.register_profile("ci", deadline=None, print_blob=True, derandomize=True, database=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "local"))
