"""Times as HL7 v2 writes them: to the year or to the fraction of a second, with a zone or without."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo

from app.kernel.clock import truncate_ms

_HL7 = re.compile(
    r"(\d{4})(?:(\d\d)(?:(\d\d)(?:[ T]?(\d\d)(?:(\d\d)(?:(\d\d)(?:(?:[.,]|(?=\d\d\d?(?!\d)))(\d{1,9}))?)?)?)?)?)?"
    r"\s*([+-]\d\d:?\d\d|(?<=\d{8})[+-]\d\d|Z)?"
)
"""Some laboratories write hundredths or thousandths of a second without their point, or a zone of whole hours."""
_ISO = re.compile(
    r"(\d{4})-(\d\d)(?:-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?)?"
    r"\s*([+-]\d\d:?\d\d|(?<=:\d\d)[+-]\d\d|Z)?"
)
_NO_TIME = re.compile(r"0{4,14}")


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time as precisely as it was given: ``parts`` of year, month, day, hour, minute, second.

    ``at`` is aware UTC; of a mere day, month or year its beginning on the zone's wall.
    """

    at: datetime
    parts: int

    @property
    def has_day(self) -> bool:
        """Whether at least the day is known; a mere month or year says nothing of when a result was."""
        return self.parts > 2


def read_moment(text: str, zone: tzinfo) -> Moment | None:
    """Read a time; ``zone`` holds where the text names none. None when it is none."""
    found = _match(text)
    if found is None:
        return None
    digits = found.groups()
    parts = sum(one is not None for one in digits[:6])
    numbers = [int(one) if one is not None else (1 if i < 3 else 0) for i, one in enumerate(digits[:6])]
    year, month, day, hour, minute, second = numbers
    later = timedelta(days=1) if (hour, minute, second) == (24, 0, 0) else timedelta(0)
    micro = int(((digits[6] or "") + "000000")[:6])
    try:
        wall = datetime(
            year, month, day, 0 if later else hour, minute, min(second, 59), micro, tzinfo=zone_of(text) or zone
        )
        return Moment(truncate_ms((wall + later).astimezone(UTC)), parts)
    except (ValueError, OverflowError):
        return None


def zone_of(text: str) -> tzinfo | None:
    """Return the zone that a time names; None when it names none."""
    found = _match(text)
    sign = found[8] if found is not None else None
    if sign is None:
        return None
    if sign == "Z":
        return UTC
    digits = sign[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if sign[0] == "-" else offset) if offset < timedelta(hours=15) else None


def read_day(text: str) -> date | None:
    """Read a complete day, as of a birth: what follows it (time, zone) shifts nothing. None when it is none."""
    found = _match(text)
    if found is None or found[3] is None:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None


def _match(text: str) -> re.Match[str] | None:
    text = text.strip()
    if not text or len(text) > 40 or _NO_TIME.fullmatch(text):
        return None
    return _HL7.fullmatch(text) or _ISO.fullmatch(text)
