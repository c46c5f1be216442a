"""A believable day for tests and the gallery: many scripts, every state, a provider off sick, holds and overbooking."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from app.ui.theme.tokens import StatusKind
from app.ui.widgets.board.model import BoardCard, BoardLane, CardAction
from app.ui.widgets.calendar.model import (
    ClosedTime,
    DayBlock,
    DayColumn,
    DayEvent,
    DayHold,
    DayModel,
    DaySlot,
    EventLook,
)
from app.ui.widgets.lists import ChipSpec

DAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 18, 42, tzinfo=UTC)

NAMES = (
    ("Aoife Ní Bhriain", "A. Ní Bhriain"),
    ("李秀英 Li Xiuying", "李秀英"),
    ("Tevita Fonoti", "T. Fonoti"),
    ("Γιώργος Παπάς", "Γ. Παπάς"),
    ("Ewa Nowak", "E. Nowak"),
    ("Nguyễn Thị Hương", "Nguyễn T. H."),
    ("Çiğdem Yılmaz", "Ç. Yılmaz"),
    ("محمد الحسن", "محمد الحسن"),
    ("देवेश शर्मा", "देवेश शर्मा"),
    ("רות אברהם", "רות אברהם"),
    ("สมชาย ใจดี", "สมชาย ใจดี"),
    ("김민준 Kim Min-jun", "김민준"),
    ("田中 さくら", "田中 さくら"),
    ("Þórunn Jónsdóttir", "Þ. Jónsdóttir"),
    ("Ираклий Джапаридзе", "И. Джапаридзе"),
    ("Oluwaseun Adébáyọ̀", "O. Adébáyọ̀"),
)
TYPES = (("BP check", "BP"), ("New patient", "New"), ("Diabetes review", "Diabetes"), ("Follow-up", "Follow-up"))
WORDS = {
    StatusKind.DONE: "done",
    StatusKind.WITH: "with provider",
    StatusKind.ARRIVED: "arrived",
    StatusKind.PLANNED: "planned",
}
PROVIDERS = (
    ("Dr Ngozi Okafor", "Dr Okafor", "Family medicine · 4 free", "4 free"),
    ("Dr Lucía Fernández", "Dr Fernández", "Internal medicine · 4 free", "4 free"),
    ("Dr Mei-Ling Chen", "Dr Chen", "Pediatrics · 5 free", "5 free"),
    ("Dr Tomasz Wójcik", "Dr Wójcik", "14 to move", "14 to move"),
    ("Farah Haddad, NP", "F. Haddad, NP", "Chronic care · 6 free", "6 free"),
    ("Dr Samuel Levy", "Dr Levy", "Cardiology · 5 free", "5 free"),
)
# Lengths in minutes down a column; 0 is a free slot of 20, -1 lunch of 60.
PATTERN = (20, 40, 20, 40, 20, 40, 20, 0, 20, -1, 40, 0, 20, 40, 20, 0, 40, 0, 20)
PATTERN_2 = (40, 40, 20, 20, 20, 40, 0, 20, 20, -1, 40, 20, 0, 60, 20, 20, 0, 40, 20)


def status_at(start: int, end: int, now: int) -> StatusKind:
    """Return what a visit's status would be at a time."""
    if end <= now - 20:
        return StatusKind.DONE
    if start <= now < end:
        return StatusKind.WITH
    return StatusKind.ARRIVED if start - now < 20 else StatusKind.PLANNED


def event(number: int, column: str, start: int, length: int, now: int, look: EventLook = EventLook.PLAIN) -> DayEvent:
    """Return a visit."""
    name, short = NAMES[number % len(NAMES)]
    kind, short_kind = TYPES[(number + length // 20) % len(TYPES)]
    status = status_at(start, start + length, now)
    return DayEvent(
        id=f"e{number}",
        column_id=column,
        start=start,
        end=start + length,
        name=name,
        short_name=short,
        type=kind,
        short_type=short_kind,
        status=status,
        spoken_status=WORDS[status],
        look=look,
        glyphs=("video",) if number % 7 == 3 else (),
    )


def column_of(number: int) -> DayColumn:
    """Return a provider's column."""
    title, short, meta, short_meta = PROVIDERS[number % len(PROVIDERS)]
    sick = number == 3
    return DayColumn(
        id=f"p{number}",
        title=title,
        short_title=short,
        meta=meta,
        short_meta=short_meta,
        chip="Off sick" if sick else "",
        closed=sick,
    )


def day(columns: int = 6, now: int = 10 * 60 + 42) -> DayModel:
    """Return a day of providers."""
    events: list[DayEvent] = []
    slots: list[DaySlot] = []
    blocks: list[DayBlock] = []
    for number in range(columns):
        column_id, at = f"p{number}", 8 * 60 + (40 if number % 6 == 1 else 60 if number % 6 == 5 else 0)
        look = EventLook.TO_MOVE if number == 3 else EventLook.PLAIN
        for length in PATTERN if number % 2 == 0 else PATTERN_2:
            if at + max(20, abs(length)) > 17 * 60:
                break
            if length > 0:
                events.append(event(len(events), column_id, at, length, now, look))
                at += length
            elif length == 0:
                slots.append(DaySlot(id=f"s{len(slots)}", column_id=column_id, start=at, end=at + 20))
                at += 20
            else:
                if number != 3:
                    blocks.append(
                        DayBlock(id=f"b{len(blocks)}", column_id=column_id, start=at, end=at + 60, text="Lunch")
                    )
                at += 60
    holds: tuple[DayHold, ...] = (
        DayHold(id="h1", column_id="p4", start=860, end=880, holder="A. Moreno", expires=NOW + timedelta(seconds=252)),
        DayHold(id="h2", column_id="p1", start=960, end=980, holder="Dana", name="Anna Kowalska", mine=True),
    )
    held = [slot for slot in slots if slot.column_id in {"p4", "p1"} and slot.start > now][-4:]
    by_column = {slot.column_id: slot for slot in held}
    holds = tuple(
        replace(hold, start=by_column[hold.column_id].start, end=by_column[hold.column_id].end)
        for hold in holds
        if hold.column_id in by_column
    )
    taken = {(hold.column_id, hold.start) for hold in holds}
    slots = [slot for slot in slots if (slot.column_id, slot.start) not in taken]
    closed = (
        ClosedTime(column_id="p1", start=480, end=520),
        ClosedTime(column_id="p5", start=480, end=540),
        ClosedTime(column_id="p4", start=1000, end=1020),
    )
    return DayModel(
        day=DAY,
        columns=tuple(column_of(number) for number in range(columns)),
        events=tuple(events),
        slots=tuple(slots),
        holds=holds,
        blocks=tuple(blocks),
        closed=tuple(span for span in closed if int(span.column_id[1:]) < columns),
        now=now,
    )


def chip(text: str, icon: str = "clock", kind: StatusKind | None = None) -> ChipSpec:
    """Return a chip of a card."""
    return ChipSpec(text, icon, kind)


CHECK_IN = (CardAction(key="check_in", text="Check in"), CardAction(key="call", text="Call", icon="phone"))


def card(number: int, time: str, chips: tuple[ChipSpec, ...], *, compact: bool = False) -> BoardCard:
    """Return a card of the board."""
    kind, provider = TYPES[number % len(TYPES)][0], PROVIDERS[number % len(PROVIDERS)][1]
    name = NAMES[number % len(NAMES)][0]
    detail = "" if compact else f"{kind} · {provider}"
    return BoardCard(
        id=f"c{number}", name=name, time=time, detail=detail, chips=chips, actions=CHECK_IN, compact=compact
    )


def board() -> tuple[BoardLane, ...]:
    """Return the arrival board of a morning."""
    late, critical, follow = StatusKind.ARRIVED, StatusKind.CRITICAL, StatusKind.ARRIVED
    expected = (
        card(0, "10:40", (chip("2 min late", kind=late),)),
        card(1, "11:00", (chip("Confirmed", "phone"),)),
        card(2, "11:00", (chip("French", "globe"),)),
        card(3, "11:20", (chip("Identity to confirm", "warn", late),)),
    )
    arrived = (
        card(4, "10:20", (chip("38 min", kind=critical), chip("Video room", "video"))),
        card(5, "10:40", (chip("18 min", kind=late), chip("Room 3, ready", "room"))),
        card(6, "10:40", (chip("9 min"), chip("Japanese", "globe"))),
    )
    inside = (
        card(7, "10:20", (chip("Room 1", "room"), chip("16 min"))),
        replace(card(8, "10:20", (chip("To check out", "move", StatusKind.WITH),)), dashed=True),
    )
    done = (
        card(9, "10:00", (chip("Follow-up to book", "calendar", follow),)),
        *(card(number, f"09:{50 - number}", (), compact=True) for number in range(10, 16)),
    )
    return (
        BoardLane(id="expected", title="Expected", status=StatusKind.PLANNED, count=30, step="check in", cards=expected,
                  more="26 more until 16:40"),
        BoardLane(id="arrived", title="Arrived", status=StatusKind.ARRIVED, count=3, step="room", cards=arrived),
        BoardLane(id="with", title="With provider", status=StatusKind.WITH, count=2, step="out", cards=inside),
        BoardLane(id="done", title="Done", status=StatusKind.DONE, count=22, step="book", cards=done, more="15 more"),
    )  # fmt: skip
