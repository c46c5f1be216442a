"""Values of JSON that others wrote, read without trusting them: one of the wrong type counts as absent.

Nothing here raises for odd JSON except ``SkipError`` (a record that can't be taken, with the reason for
people) and ``Refused`` from the text rules (NUL, half characters, far too long; it names the field).
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.wallclock import instants_of
from app.kernel.clock import truncate_ms
from app.kernel.i18n import t
from app.kernel.text import clean_text

_TOKEN = 2000
Object = Mapping[str, Any]
NOTHING: Object = {}


class SkipError(Exception):
    """A record is not taken.

    ``general`` reasons hold for many records alike and are counted together. ``retracted``: the source
    says that it should never have been there.
    """

    def __init__(self, reason: str, *, general: bool = False, retracted: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.general = general
        self.retracted = retracted


def obj(value: object) -> Object:
    """Return a JSON object, an empty one for anything else."""
    return value if isinstance(value, dict) else NOTHING


def objects(value: object) -> list[Object]:
    """Return the objects of a list; a lone object counts as a list of one."""
    if isinstance(value, list):
        return [item for item in value if isinstance(item, dict)]
    return [value] if isinstance(value, dict) else []


def string(value: object, field: str, limit: int = 500) -> str:
    """Return a text as it may be stored, "" for anything that is no text. ``field`` names it in a refusal."""
    return clean_text(value, field, limit) if isinstance(value, str) else ""


def strings(value: object, field: str, limit: int = 500) -> list[str]:
    """Return the texts of a list that aren't empty."""
    found = value if isinstance(value, list) else [value]
    return [text for text in (string(item, field, limit) for item in found) if text]


def token(value: object) -> str:
    """Return a code, URI or id for comparing only: it is never stored or shown; "" for absurdly long ones."""
    return value.strip() if isinstance(value, str) and len(value) <= _TOKEN else ""


def boolean(value: object) -> bool | None:
    """Return a JSON boolean, None for anything else."""
    return value if isinstance(value, bool) else None


def number(value: object) -> Decimal | None:
    """Return a finite number of reasonable length and size, None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    found = Decimal(value) if isinstance(value, int) and abs(value) < 10**30 else value
    if not isinstance(found, Decimal) or not found.is_finite():
        return None
    return found if abs(found.adjusted()) <= 30 and len(found.as_tuple().digits) <= 60 else None


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A FHIR date: a year, a year and month, or a whole date."""

    year: int
    month: int | None = None
    day: int | None = None

    @property
    def whole(self) -> date | None:
        """The date when it is complete."""
        return date(self.year, self.month, self.day) if self.month and self.day else None

    @property
    def text(self) -> str:
        """ISO 8601, as exact as it is known."""
        parts = [f"{self.year:04d}", *(f"{part:02d}" for part in (self.month, self.day) if part)]
        return "-".join(parts)

    @property
    def first(self) -> date:
        """The first date that it can mean."""
        return date(self.year, self.month or 1, self.day or 1)

    @property
    def latest(self) -> date:
        """The last date that it can mean."""
        if self.month is None:
            return date(self.year, 12, 31)
        if self.day is None:
            return date(self.year, self.month, monthrange(self.year, self.month)[1])
        return date(self.year, self.month, self.day)


_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", re.ASCII)
_CLOCK = re.compile(r"(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|z|[+-]\d\d:?\d\d)?", re.ASCII)


def partial_date(value: object) -> PartialDate | None:
    """Read ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``; None when it is none or no such day exists."""
    match = _DATE.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        return None
    year, month, day = (int(part) if part else None for part in match.groups())
    try:
        found = PartialDate(year or 0, month, day)
        date(found.year, 1 if month is None else month, 1 if day is None else day)
    except ValueError:
        return None
    return found


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant (aware UTC, milliseconds), and whether the source gave a time of day with its zone."""

    at: datetime
    timed: bool = True
    zoned: bool = True


def moment(value: object, zone: ZoneInfo, field: str) -> Moment | None:
    """Read a dateTime or instant. None when there is none.

    A date alone is noon of that day in the clinic's zone; a time without zone is the clinic's. Raises
    ``SkipError`` for what is no time, less exact than a day, or a time that the clinic's clock skips
    or shows twice.
    """
    if not isinstance(value, str) or not value.strip():
        return None
    day_text, divider, clock_text = value.strip().replace(" ", "T", 1).partition("T")
    day = partial_date(day_text)
    if day is None:
        raise SkipError(t("{field} is no date or time", field=field))
    whole = day.whole
    if whole is None:
        raise SkipError(t("{field} is less exact than a day", field=field))
    if not divider:
        return Moment(_on_the_wall(whole, time(12), zone, field), timed=False)
    match = _CLOCK.fullmatch(clock_text)
    if match is None:
        raise SkipError(t("{field} is no date or time", field=field))
    return _clocked(whole, match, zone, field)


def _clocked(day: date, match: re.Match[str], zone: ZoneInfo, field: str) -> Moment:
    hour, minute, second, fraction, offset = match.groups()
    leap = second == "60"
    try:
        clock = time(int(hour), int(minute), 59 if leap else int(second or 0), int((fraction or "")[:6].ljust(6, "0")))
        shift = timedelta(seconds=1) if leap else timedelta()
        if offset is None:
            return Moment(_on_the_wall(day, clock, zone, field) + shift, zoned=False)
        naive = datetime.combine(day, clock, tzinfo=UTC)
        return Moment(truncate_ms(naive - _offset(offset) + shift))
    except (ValueError, OverflowError):
        raise SkipError(t("{field} is no date or time", field=field)) from None


def _offset(text: str) -> timedelta:
    if text in {"Z", "z"}:
        return timedelta()
    hours, minutes = int(text[1:3]), int(text[-2:])
    if hours > 14 or minutes > 59:
        raise ValueError(text)
    size = timedelta(hours=hours, minutes=minutes)
    return -size if text[0] == "-" else size


def _on_the_wall(day: date, clock: time, zone: ZoneInfo, field: str) -> datetime:
    try:
        instants = instants_of(day, clock, zone)
    except OverflowError:
        instants = ()
    if not instants:
        raise SkipError(t("{field} is a time that the clinic's clock never showed", field=field))
    if len(instants) > 1:
        raise SkipError(t("{field} is a time that the clinic's clock showed twice, without its zone", field=field))
    return truncate_ms(instants[0])
