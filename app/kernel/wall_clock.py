"""The hour on the clinic's wall clock; one that comes twice, as the clocks go back, says which of the two it is."""

from __future__ import annotations

from datetime import datetime, tzinfo


def wall_clock(at: datetime, zone: tzinfo) -> str:
    """Return "14:20" for an aware time, "01:20 PST" where there are two of them on that day."""
    local = at.astimezone(zone)
    text = f"{local:%H:%M}"
    if local.replace(fold=0).utcoffset() == local.replace(fold=1).utcoffset():
        return text
    return f"{text} {local.tzname()}"
