"""What of the big tables is mirrored: conditions on the server's rows ``r``, with two instants for the window.

Slots and visits of 30 days back to 120 days ahead and all open ones, readings of 180 days, the rest whole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time

from app.domain.mirror_scope import AHEAD, BACK, OPEN_VISITS, READINGS_BACK

_NEAR = "s.start_time >= %(first)s AND s.start_time < %(last)s"
_OPEN = "(" + ", ".join(f"'{status}'" for status in sorted(OPEN_VISITS)) + ")"
_SLOT_HERE = f"EXISTS (SELECT FROM public.visit_slots s WHERE s.id = r.slot_id AND {_NEAR})"
_SLOT_OPEN = "EXISTS (SELECT FROM public.visits v WHERE v.slot_id = {slot} AND v.status IN " + _OPEN + ")"
_VISIT = (
    "EXISTS (SELECT FROM public.visits v LEFT JOIN public.visit_slots s ON s.id = v.slot_id WHERE v.id = r.visit_id "
    f"AND ({_NEAR} OR v.status IN {_OPEN} OR v.slot_id IS NULL AND v.updated_at >= %(first)s))"
)
_READING = "r.timestamp >= %(readings)s"
_WINDOWS = {
    "visit_slots": f"{_NEAR.replace('s.', 'r.')} OR {_SLOT_OPEN.format(slot='r.id')}",
    "slot_detail": f"{_SLOT_HERE} OR {_SLOT_OPEN.format(slot='r.slot_id')}",
    "slot_lease": f"{_SLOT_HERE}",
    "visits": f"r.status IN {_OPEN} OR {_SLOT_HERE} OR r.slot_id IS NULL AND r.updated_at >= %(first)s",
    "visit_detail": _VISIT,
    "visit_event": _VISIT,
    "virtual_visit_sessions": _VISIT,
    "measurements": _READING,
    "vital_readings": _READING,
    "hrv_readings": _READING,
    "bmi_readings": _READING,
}


@dataclass(frozen=True, slots=True)
class Window:
    """The days of slots and visits that are mirrored: from ``first`` up to, not including, ``last`` (UTC days)."""

    first: date
    last: date

    @classmethod
    def on(cls, day: date) -> Window:
        """The window of a day."""
        return cls(day - BACK, day + AHEAD)

    def parameters(self, today: date) -> dict[str, datetime]:
        """What the conditions need."""
        return {
            "first": datetime.combine(self.first, time()),
            "last": datetime.combine(self.last, time()),
            "readings": datetime.combine(today - READINGS_BACK, time()),
        }


def condition(table: str) -> str | None:
    """The condition on rows ``r`` of a table; None: all rows."""
    return _WINDOWS.get(table)


def scoped() -> tuple[str, ...]:
    """The tables of which only a part is mirrored."""
    return tuple(_WINDOWS)


def condition_here(table: str) -> str:
    """The same condition in the store's SQL, on the mirror's rows ``r``, with ``:first``, ``:last``, ``:readings``."""
    text = _WINDOWS[table].replace("public.", "").replace("SELECT FROM", "SELECT 1 FROM")
    return re.sub(r"%\((\w+)\)s", r":\1", text)


WINDOWED = tuple(name for name, text in _WINDOWS.items() if text is not _READING)
"""Tables whose mirrored rows change with the day."""
