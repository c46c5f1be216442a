"""The clinic's choice of how many free slots workstations keep for booking offline."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

KEY = "offlineLeases"
"""Where it stands in ``clinic_settings.settings``; ``desktop.lease_rule`` reads it as this module does."""


@dataclass(frozen=True, slots=True)
class LeaseRule:
    """Of each provider's free slots of a day a workstation keeps up to ``share`` (0 to 1; 0: it keeps none).

    For today and the days after, ``days`` in all (1 to 7); ``leave`` slots a day stay free for everybody.
    """

    share: float = 0
    days: int = 3
    leave: int = 1

    def stored(self) -> dict[str, Any]:
        """Return what goes into the settings."""
        return {KEY: {"share": self.share, "days": self.days, "leave": self.leave}}


def lease_rule(settings: Any) -> LeaseRule:
    """Read the rule; what is missing or unreadable is the default, numbers out of range are the nearest in it."""
    kept = settings.get(KEY) if isinstance(settings, dict) else None
    rule = kept if isinstance(kept, dict) else {}
    return LeaseRule(
        share=_number(rule.get("share"), 0, 0, 1),
        days=_whole(_number(rule.get("days"), 3, 1, 7)),
        leave=_whole(_number(rule.get("leave"), 1, 0, 1000)),
    )


def _whole(value: float) -> int:
    """Round as PostgreSQL does: half a day is a day."""
    return math.floor(value + 0.5)


def _number(value: Any, default: float, least: float, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return default
    return min(max(value, least), most)
