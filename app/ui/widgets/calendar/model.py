"""What the calendar shows, as frozen values. Times are minutes after midnight on the clinic's wall clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum

from app.ui.theme.tokens import StatusKind


def minute_of(moment: datetime | time) -> int:
    """Return the minutes after midnight of a wall-clock time (an aware datetime already in the clinic's zone)."""
    return moment.hour * 60 + moment.minute


def clock_text(minute: int) -> str:
    """Return ``HH:MM``; 24:00 for the end of the day."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


class EventLook(StrEnum):
    """How an event is drawn beyond its status."""

    PLAIN = "plain"
    TO_MOVE = "to_move"
    UNSENT = "unsent"


@dataclass(frozen=True, slots=True, kw_only=True)
class DayColumn:
    """One column: a provider, or a day in the week. ``chip`` replaces the meta text, such as "Off sick".

    ``closed`` hatches the whole column; its free times are not offered.
    """

    id: str
    title: str
    short_title: str = ""
    meta: str = ""
    short_meta: str = ""
    chip: str = ""
    chip_icon: str = "sick"
    closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DayEvent:
    """A visit. ``spoken_status`` is the word that screen readers say; ``glyphs`` are icons before the status glyph."""

    id: str
    column_id: str
    start: int
    end: int
    name: str
    type: str
    status: StatusKind
    spoken_status: str
    short_name: str = ""
    short_type: str = ""
    look: EventLook = EventLook.PLAIN
    glyphs: tuple[str, ...] = ()
    movable: bool = True
    tooltip: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySlot:
    """A free time that can be booked. ``number`` marks it as an alternative (1, 2, 3), then its time is shown."""

    id: str
    column_id: str
    start: int
    end: int
    glyph: str = ""
    number: int = 0
    tooltip: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayHold:
    """A time that is held while somebody books: here (``mine``) or at another desk. ``expires`` is aware.

    ``note`` says in words why it is held, where nobody is booking now.
    """

    id: str
    column_id: str
    start: int
    end: int
    holder: str
    expires: datetime | None = None
    mine: bool = False
    name: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayBlock:
    """A blocked time with its reason (lunch, meeting), hatched."""

    id: str
    column_id: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedTime:
    """Time outside of a column's hours; sunken, and not offered."""

    column_id: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DayModel:
    """Everything on one calendar page. ``now`` is the minute of the now-line, ``None`` on other days.

    ``step`` is the grid in minutes: drags snap to it. ``first`` and ``last`` bound the page; what lies outside widens
    it. In a week, columns are days and ``now_column`` names today's. ``everywhere`` lets closed time be chosen too.
    """

    day: date
    columns: tuple[DayColumn, ...] = ()
    events: tuple[DayEvent, ...] = ()
    slots: tuple[DaySlot, ...] = ()
    holds: tuple[DayHold, ...] = ()
    blocks: tuple[DayBlock, ...] = ()
    closed: tuple[ClosedTime, ...] = ()
    now: int | None = None
    now_column: str = ""
    first: int = 8 * 60
    last: int = 17 * 60
    step: int = 20
    everywhere: bool = False


class DropKind(StrEnum):
    """What would happen if it were dropped here."""

    OK = "ok"
    WARN = "warn"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class DropVerdict:
    """Whether a drop is fine, may be overridden or is refused; ``text`` is the reason, ``hint`` what the keys do."""

    kind: DropKind = DropKind.OK
    text: str = ""
    hint: str = ""


# (event, column id, start, end) → verdict; called on every step of a drag, so it must answer from memory.
CheckDrop = Callable[[DayEvent, str, int, int], DropVerdict]


def fine(_event: DayEvent, _column: str, _start: int, _end: int) -> DropVerdict:
    """Allow every drop."""
    return DropVerdict()


class ItemKind(StrEnum):
    """What the keyboard cursor can be on."""

    EVENT = "event"
    SLOT = "slot"
    HOLD = "hold"
    BLOCK = "block"
    GAP = "gap"


@dataclass(frozen=True, slots=True)
class CalendarItem:
    """Something at a place of the calendar; a gap's id is empty."""

    kind: ItemKind
    id: str
    column_id: str
    start: int
    end: int

    def same(self, other: CalendarItem) -> bool:
        """Return whether it is the same thing, wherever it is now (a gap is its place)."""
        if self.kind is not other.kind:
            return False
        if self.kind is ItemKind.GAP:
            return (self.column_id, self.start) == (other.column_id, other.start)
        return self.id == other.id
