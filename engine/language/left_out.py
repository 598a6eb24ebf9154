"""Why rows of a source take no part."""

from __future__ import annotations

LEFT_OUT = {
    "unknown_customer": "Rows whose customer is not among the customers.",
    "no_customer": "Rows without a customer.",
    "no_time": "Rows without a time.",
}
"""The reasons for which rows take no part that a source can expect, with their description."""
