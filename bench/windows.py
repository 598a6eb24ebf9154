"""The as-of instant and the bounds of windows, as each contender needs them."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from bench.vocabulary import AS_OF


def instant(zone: str, *, days: int = 0, months: int = 0) -> datetime:
    """The midnight so long before the as-of date in that zone: naive for UTC, else an instant in UTC."""
    local = datetime.combine(AS_OF - relativedelta(days=days, months=months), time())
    return local if zone == "UTC" else local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
