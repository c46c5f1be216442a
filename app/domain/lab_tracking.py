"""Laboratory orders without results: when one has waited for longer than its urgency allows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

OVERDUE_AFTER: Mapping[str, timedelta] = {
    "STAT": timedelta(days=1),
    "URGENT": timedelta(days=3),
    "ROUTINE": timedelta(days=14),
}
"""How long an open order may be without results, by its priority; an unknown priority waits as a routine one."""


def is_late(ordered_at: datetime, priority: str, now: datetime) -> bool:
    """Tell whether an open order's results should have been here by now. Instants are aware."""
    return now - ordered_at > OVERDUE_AFTER.get(priority, OVERDUE_AFTER["ROUTINE"])
