"""Numbers, units, times and nights as devices' files write them. Nothing is guessed."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.domain.measurements import MeasurementType, check_value
from app.domain.units import STORED_UNIT, Quantity, to_stored, written_unit
from app.domain.wallclock import first_instant
from app.interop.readings import as_json
from app.interop.values import Moment, SkipError, moment, number
from app.kernel.clock import truncate_ms
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.kernel.text import clean_text

_NUMBER = re.compile(r"[+-]?\d{1,30}(\.\d{1,30})?([eE][+-]?\d{1,2})?", re.ASCII)
_STAMP = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) ([+-])(\d\d):?(\d\d)", re.ASCII)
_EVENING = timedelta(hours=6)
_EARLIEST, _LATEST = 0, 253_402_300_000
_OWN_UNITS = {"mmol<180.1558800000541>/l": "mmol/L", "mmol<180.15588>/l": "mmol/L"}
"""How Apple writes a mole of glucose."""


def decimal_of(value: object) -> Decimal | None:
    """Return a finite number of reasonable size from JSON or text; None for anything else."""
    if isinstance(value, str):
        text = value.strip()
        if not _NUMBER.fullmatch(text):
            return None
        try:
            return number(Decimal(text))
        except InvalidOperation:
            return None
    return number(value)


def amount(
    measure: MeasurementType, quantity: Quantity, value: object, unit: str
) -> tuple[float, dict[str, Any] | None]:
    """Return a value in the stored unit, and as it was written where that was another one.

    Raises ``SkipError`` with the reason: no number, no unit, one that isn't known, or what can't be true.
    """
    found = decimal_of(value)
    if found is None:
        raise SkipError(t("no value") if value in (None, "") else t("its value is no number that can be kept"))
    stored, original = converted(quantity, found, unit)
    check(measure, stored)
    return stored, original


def converted(quantity: Quantity, value: Decimal, unit: str) -> tuple[float, dict[str, Any] | None]:
    """Convert a number by the unit that stands beside it. Raises ``SkipError``."""
    if not unit.strip():
        raise SkipError(t("no unit"))
    plain = "".join(unit.split()).casefold()
    known = written_unit(quantity, _OWN_UNITS.get(plain, unit))
    if known is None:
        raise SkipError(t("the unit {unit} is not known for this measurement", unit=shown(unit)[:40]))
    original = None if known == STORED_UNIT[quantity] else {"value": as_json(value), "unit": shown(unit)[:50]}
    return to_stored(quantity, value, known), original


def check(measure: MeasurementType, value: float) -> None:
    """Raise ``SkipError`` for a value that can't be true; the reason doesn't quote it."""
    try:
        check_value(measure, value)
    except Refused as problem:
        raise SkipError(problem.message) from None


def shown(text: str) -> str:
    """Return a text of a file as reports and metadata may show it."""
    return "".join(c if c.isprintable() else "?" for c in " ".join(text[:2000].split()))[:120]


def device_name(value: object) -> str:
    """Return the name of a device or app as it is kept; "" for what is none."""
    if not isinstance(value, str) or not value.strip():
        return ""
    try:
        return clean_text(shown(value), "device", 120)
    except Refused:
        return ""


def stamp(text: str) -> tuple[Moment, date]:
    """Read ``2024-06-15 08:00:00 +0200``: the instant, and the day on the clock there. Raises ``SkipError``."""
    match = _STAMP.fullmatch(text)
    if match is None:
        raise SkipError(t("{field} is no date or time", field="startDate"))
    day, clock, sign, hours, minutes = match.groups()
    try:
        size = timedelta(hours=int(hours), minutes=int(minutes))
        zone = timezone(-size if sign == "-" else size)
        local = datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=zone)
        return Moment(local.astimezone(UTC)), local.date()
    except (ValueError, OverflowError):
        raise SkipError(t("{field} is no date or time", field="startDate")) from None


def night_of(local: datetime) -> date:
    """Return the morning that sleep on the clock there belongs to: from six in the evening on the next day's."""
    try:
        return (local.replace(tzinfo=None) + _EVENING).date()
    except OverflowError:
        raise SkipError(t("{field} is no date or time", field="startDate")) from None


def epoch(value: object, unit: int = 1) -> Moment:
    """Read seconds since 1970 (``unit`` of them a second: 1000 for milliseconds). Raises ``SkipError``."""
    found = decimal_of(value)
    if found is None or not _EARLIEST < found / unit < _LATEST:
        raise SkipError(t("no time"))
    return Moment(truncate_ms(datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=int(found * 1000 / unit))))


def written(value: object, zone: ZoneInfo, field: str) -> Moment:
    """Read an ISO time, in the clinic's zone where it has none. Raises ``SkipError`` also where there is none."""
    if isinstance(value, str) and len(value) > 60:
        raise SkipError(t("{field} is no date or time", field=field))
    found = moment(value, zone, field)
    if found is None:
        raise SkipError(t("no time"))
    return found


def day_written(value: object, field: str) -> date:
    """Read ``YYYY-MM-DD``. Raises ``SkipError``."""
    try:
        if isinstance(value, str) and len(value.strip()) == 10:
            return date.fromisoformat(value.strip())
    except ValueError:
        pass
    raise SkipError(t("{field} is no date or time", field=field))


def noon_of(day: date, zone: ZoneInfo) -> Moment:
    """Return the time at which a whole day's figure stands: noon on the clinic's clock."""
    return Moment(first_instant(day, time(12), zone), timed=False)


def zone_named(value: object) -> ZoneInfo | None:
    """Return the zone that a file names; None for one that isn't known."""
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}", value[:60]):
        return None
    try:
        return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
