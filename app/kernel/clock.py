"""One injectable clock. Every instant in the program is an aware UTC datetime, in whole milliseconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


def truncate_ms(instant: datetime) -> datetime:
    """Cut to whole milliseconds, as ``timestamp(3)`` stores them (PostgreSQL itself would round)."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    instant = instant.astimezone(UTC)
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


class Clock(Protocol):
    """What tells the time."""

    def now(self) -> datetime:
        """Return the present instant: aware, UTC, whole milliseconds."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the machine's present instant."""
        return truncate_ms(datetime.now(UTC))


class OffsetClock:
    """A clock that runs beside another one: the demo clinic lives at mid-morning whatever the hour."""

    def __init__(self, offset: timedelta, base: Clock | None = None) -> None:
        self.offset = offset
        self._base = base or SystemClock()

    def now(self) -> datetime:
        """Return the base clock's instant plus the offset."""
        return truncate_ms(self._base.now() + self.offset)


class FixedClock:
    """A clock that stands still until it is told to move: tests and screenshots."""

    def __init__(self, instant: datetime) -> None:
        self._instant = truncate_ms(instant)

    def now(self) -> datetime:
        """Return the instant it was set to."""
        return self._instant

    def set(self, instant: datetime) -> None:
        """Put the clock to another instant."""
        self._instant = truncate_ms(instant)

    def advance(self, by: timedelta) -> None:
        """Move the clock forward (or back, with a negative ``by``)."""
        self.set(self._instant + by)
