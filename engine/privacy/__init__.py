"""The one room through which figures and texts go before anybody outside may see them.

Briefs, prompts and the comments of ``diff`` all use it: which traits count, which cells are shown, how a
figure is rounded, how a text from data is cleaned and searched. Pure functions; nothing here reads a file.
"""

from segmentry.engine.privacy.cells import both_sides, shown_cells, shown_sizes
from segmentry.engine.privacy.figures import is_dominated, percentile_allowed
from segmentry.engine.privacy.rounding import (
    COUNT_STEP,
    index_of,
    round_count,
    round_group,
    round_mean,
    round_mean_share,
    round_share,
    round_spread,
    round_value,
)
from segmentry.engine.privacy.safe_text import MAX_LENGTH, clean_text, personal_data_in, safe_text
from segmentry.engine.privacy.settings import Pii, PrivacySettings, may_be_fact

__all__ = [
    "COUNT_STEP",
    "MAX_LENGTH",
    "Pii",
    "PrivacySettings",
    "both_sides",
    "clean_text",
    "index_of",
    "is_dominated",
    "may_be_fact",
    "percentile_allowed",
    "personal_data_in",
    "round_count",
    "round_group",
    "round_mean",
    "round_mean_share",
    "round_share",
    "round_spread",
    "round_value",
    "safe_text",
    "shown_cells",
    "shown_sizes",
]
