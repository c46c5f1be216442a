"""A column of the calendar: a provider on a day. A day has one for each provider, a week one for each day."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.domain.enums import SlotStatus, VisitStatus
from app.queries.day_board import BoardClosure, BoardColumn, BoardSlot, BoardVisit, DayBoard

DAYS = 7


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands in one column. ``id`` is the provider's in a day, the ISO date in a week."""

    id: str
    day: date
    column: BoardColumn

    @property
    def provider_id(self) -> str:
        """Whose column it is."""
        return self.column.provider_id

    @property
    def slots(self) -> tuple[BoardSlot, ...]:
        """What stands in it, by start time."""
        return self.column.slots

    @property
    def closure(self) -> BoardClosure | None:
        """The closure that takes the whole day, if there is one: all of the provider's hours lie in it."""
        for closure in self.column.closures:
            if self.slots and all(closure.start <= s.start and s.end <= closure.end for s in self.slots):
                return closure
        return None

    def overlapping(self, start: datetime, end: datetime) -> Iterator[BoardSlot]:
        """What isn't covered by something else and overlaps a range."""
        return (s for s in self.slots if s.start < end and start < s.end and s.covered_by is None)

    def free_at(self, start: datetime) -> BoardSlot | None:
        """The free slot that begins at an instant."""
        return next((s for s in self.slots if s.start == start and s.status is SlotStatus.FREE), None)

    def double(self, start: datetime, end: datetime, visit_id: str) -> BoardSlot | None:
        """The slot of another visit that is still to come or under way in a range."""
        for slot in self.overlapping(start, end):
            visit = slot.visit
            if visit is not None and visit.id != visit_id and visit.status is not VisitStatus.COMPLETED:
                return slot
        return None


def kept_here(slot: BoardSlot, workstation: str) -> bool:
    """Whether a slot is kept for booking at this workstation, in case it is offline: here it can be booked."""
    return bool(slot.kept_for) and slot.workstation == workstation


@dataclass(frozen=True, slots=True)
class Found:
    """A visit on the board, with where it stands."""

    column: BoardColumn
    slot: BoardSlot
    visit: BoardVisit


@dataclass(frozen=True, slots=True)
class Drop:
    """A visit dropped on a provider's time (``at`` aware); ``move`` moves it there, and it alone."""

    visit_id: str
    provider_id: str
    at: datetime
    move: Callable[[], None]


def day_sheets(board: DayBoard, shown: frozenset[str]) -> tuple[Sheet, ...]:
    """Return a column for each provider; ``shown`` empty means all."""
    columns = (c for c in board.columns if not shown or c.provider_id in shown)
    return tuple(Sheet(column.provider_id, board.day, column) for column in columns)


def week_sheets(board: DayBoard, zone: ZoneInfo) -> tuple[Sheet, ...]:
    """Return a column for each day of one provider's week; a weekend without slots is left out."""
    if not board.columns:
        return ()
    whole = board.columns[0]
    made = []
    for number in range(DAYS):
        day = board.day + timedelta(days=number)
        slots = tuple(s for s in whole.slots if s.start.astimezone(zone).date() == day)
        closures = tuple(c for c in whole.closures if _touches(c, day, zone))
        if slots or day.isoweekday() <= 5:
            made.append(Sheet(day.isoformat(), day, replace(whole, slots=slots, closures=closures)))
    return tuple(made)


def _touches(closure: BoardClosure, day: date, zone: ZoneInfo) -> bool:
    last = closure.end - timedelta(microseconds=1)
    return closure.start.astimezone(zone).date() <= day <= last.astimezone(zone).date()
