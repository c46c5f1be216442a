"""From the columns of the schedule to what the calendar shows: minutes on the clinic's wall clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

from app.domain.enums import SlotStatus, VisitMode, VisitStatus
from app.domain.spans import Span
from app.kernel.i18n import t, tn
from app.queries.day_board import BoardSlot, BoardVisit
from app.ui.areas.schedule.sheet import Sheet, kept_here
from app.ui.parts.link_state import VISIT_TABLES, LinkState, not_yet
from app.ui.parts.status import STATUS, status_word
from app.ui.parts.words import birth, short_name
from app.ui.widgets.calendar.model import (
    ClosedTime,
    DayBlock,
    DayColumn,
    DayEvent,
    DayHold,
    DayModel,
    DaySlot,
    EventLook,
    minute_of,
)
from app.ui.widgets.calendar.week import week_columns

DAY = 24 * 60
FIRST, LAST, STEP = 8 * 60, 17 * 60, 20
DRAW_FIRST, DRAW_LAST, DRAW_STEP = 6 * 60, 21 * 60, 15
"""While hours are drawn, more of the day is there, in finer steps."""

Hours: TypeAlias = Mapping[str, tuple[Span, ...]]
"""Opening hours by provider, whatever the mode; who isn't in it has none that are known."""


class DayMaker:
    """Builds the calendar's model of some columns; ``user_id`` is who sits here, ``booking`` for whom they book.

    ``hours`` are the providers' opening hours, as far as they are known yet. ``drawing`` shows hours and visits only,
    and lets ranges be drawn anywhere.
    """

    def __init__(
        self, sheets: Sequence[Sheet], zone: ZoneInfo, user_id: str, now: datetime, *, week: bool = False,
        booking: str = "", hours: Hours | None = None, drawing: bool = False, link: LinkState | None = None,
        workstation: str = "",
    ) -> None:  # fmt: skip
        self._sheets = sheets
        self._zone = zone
        self._user_id = user_id
        self._now = now
        self._week = week
        self._booking = booking
        self._hours = hours
        self._drawing = drawing
        self._link = link or LinkState()
        self._workstation = workstation

    def model(self, day: date, alternatives: Mapping[str, int] | None = None) -> DayModel:
        """Return the page; ``alternatives`` numbers slots by id."""
        numbers = alternatives or {}
        events: list[DayEvent] = []
        slots: list[DaySlot] = []
        holds: list[DayHold] = []
        blocks: list[DayBlock] = []
        for sheet in self._sheets:
            blocks += self._closures(sheet)
            for slot in sheet.slots:
                if slot.visit is not None:
                    events.append(self._event(sheet, slot, slot.visit))
                elif slot.status is SlotStatus.HELD:
                    holds.append(self._hold(sheet, slot))
                elif slot.status is SlotStatus.FREE and not self._past(slot):
                    slots.append(self._slot(sheet, slot, numbers.get(slot.id, 0)))
                elif slot.status is SlotStatus.BLOCKED and slot.covered_by is None:
                    blocks += self._block(sheet, slot)
        first, last = self._bounds()
        today = self._now.astimezone(self._zone).date()
        shown = any(sheet.day == today for sheet in self._sheets)
        step = DRAW_STEP if self._drawing else STEP
        if self._drawing:
            events = [replace(event, movable=False) for event in events]
            slots, holds = [], []
        return DayModel(
            day=day, columns=self._columns(), events=tuple(events), slots=tuple(_one_a_time(slots)),
            holds=tuple(holds), blocks=tuple(_merged(blocks)),
            closed=tuple(gap for sheet in self._sheets for gap in self._gaps(sheet, first, last)),
            now=minute_of(self._now.astimezone(self._zone)) if shown else None,
            now_column=today.isoformat() if self._week else "", first=first, last=last, step=step,
            everywhere=self._drawing,
        )  # fmt: skip

    def _minute(self, sheet: Sheet, at: datetime) -> int:
        """Return the wall-clock minute, 0 or 24:00 for what lies on another day."""
        local = at.astimezone(self._zone)
        if local.date() < sheet.day:
            return 0
        return minute_of(local) if local.date() == sheet.day else DAY

    def _end(self, sheet: Sheet, start: datetime, end: datetime) -> int:
        """Return the wall-clock minute at which something that began is over.

        It is read off its last minute: where the clock jumps at its end, twenty minutes were drawn as eighty, or as
        less than nothing.
        """
        over = self._minute(sheet, end)
        if end <= start or not over:
            return over
        first, last = self._minute(sheet, start), self._minute(sheet, end - timedelta(minutes=1))
        long = last + 1 - first if last >= first else int((end - start).total_seconds()) // 60
        return min(DAY, first + long)

    def _past(self, slot: BoardSlot) -> bool:
        return slot.end <= self._now

    def _bounds(self) -> tuple[int, int]:
        spans = [
            (self._minute(one, s.start), self._end(one, s.start, s.end)) for one in self._sheets for s in one.slots
        ]
        first = min([start for start, _ in spans if start] + [FIRST])
        last = max([end for _, end in spans] + [LAST])
        if self._drawing:
            first, last = min(first, DRAW_FIRST), max(last, DRAW_LAST)
        return first // 60 * 60, min(DAY, -(-last // 60) * 60)

    def _columns(self) -> tuple[DayColumn, ...]:
        if not self._week:
            return tuple(self._column(sheet) for sheet in self._sheets)
        closed = {s.day: s.closure.reason or t("Closed") for s in self._sheets if s.closure is not None}
        return week_columns([s.day for s in self._sheets], meta={s.day: self._free(s) for s in self._sheets},
                            closed=closed)  # fmt: skip

    def _free(self, sheet: Sheet) -> str:
        count = sum(1 for s in sheet.slots if s.status is SlotStatus.FREE and not self._past(s))
        return tn("{n} free", "{n} free", count)

    def _column(self, sheet: Sheet) -> DayColumn:
        column, free = sheet.column, self._free(sheet)
        if sheet.closure is not None:
            meta = tn("{n} to move", "{n} to move", column.to_move)
            return DayColumn(id=sheet.id, title=column.name, short_title=column.short_name, meta=meta,
                             short_meta="", chip=sheet.closure.reason or t("Closed"), closed=True)  # fmt: skip
        meta = " · ".join((*column.specialties[:1], free))
        return DayColumn(id=sheet.id, title=column.name, short_title=column.short_name, meta=meta, short_meta=free)

    def _event(self, sheet: Sheet, slot: BoardSlot, visit: BoardVisit) -> DayEvent:
        unsent = self._link.unsent(visit.id, VISIT_TABLES)
        look = EventLook.UNSENT if unsent else EventLook.PLAIN
        status = ", ".join([status_word(visit.status), *([not_yet()] if unsent else [])])
        doubled = slot.overbook and sheet.double(slot.start, slot.end, visit.id) is not None
        marks = (
            ("video", visit.mode is VisitMode.VIRTUAL),
            ("walk", visit.visit_type.value == "WALK_IN"),
            ("warn", doubled),
        )
        return DayEvent(
            id=visit.id, column_id=sheet.id, start=self._minute(sheet, slot.start),
            end=self._end(sheet, slot.start, slot.end),
            name=visit.patient_name, short_name=short_name(visit.patient_name), type=visit.type_name,
            short_type=visit.type_short, status=STATUS[visit.status], spoken_status=status,
            look=EventLook.TO_MOVE if visit.to_move else look,
            glyphs=() if visit.to_move else tuple(name for name, shown in marks if shown),
            movable=visit.status is VisitStatus.PLANNED, tooltip=self._tooltip(visit, doubled=doubled, unsent=unsent),
        )  # fmt: skip

    @staticmethod
    def _tooltip(visit: BoardVisit, *, doubled: bool, unsent: bool) -> str:
        waits = t("Not yet confirmed by the server") if unsent else ""
        note = t("Double-booked on purpose") if doubled else ""
        lines = (visit.patient_name, birth(visit.patient_born), visit.phone, visit.type_name, visit.reason, note, waits)
        return "\n".join(line for line in lines if line)

    def _slot(self, sheet: Sheet, slot: BoardSlot, number: int) -> DaySlot:
        glyph = "video" if slot.mode is VisitMode.VIRTUAL else ""
        return DaySlot(id=slot.id, column_id=sheet.id, start=self._minute(sheet, slot.start),
                       end=self._end(sheet, slot.start, slot.end), glyph=glyph, number=number)  # fmt: skip

    def _hold(self, sheet: Sheet, slot: BoardSlot) -> DayHold:
        mine, here = slot.held_by == self._user_id, kept_here(slot, self._workstation)
        kept = t("kept for this desk") if here else t("kept for {name} if offline", name=slot.kept_for)
        return DayHold(
            id=slot.id, column_id=sheet.id, start=self._minute(sheet, slot.start),
            end=self._end(sheet, slot.start, slot.end),
            holder=short_name(slot.held_name), expires=slot.held_until, mine=mine or here,
            name=short_name(self._booking) if mine else "",
            note=kept if slot.kept_for else "",
        )  # fmt: skip

    def _block(self, sheet: Sheet, slot: BoardSlot) -> list[DayBlock]:
        if any(c.start <= slot.start and slot.end <= c.end for c in sheet.column.closures):
            return []
        return [DayBlock(id=slot.id, column_id=sheet.id, start=self._minute(sheet, slot.start),
                         end=self._end(sheet, slot.start, slot.end), text=slot.reason or t("Blocked"))]  # fmt: skip

    def _closures(self, sheet: Sheet) -> list[DayBlock]:
        """Closures of a part of the day; the whole day hatches its column."""
        if sheet.closure is not None:
            return []
        return [
            DayBlock(id=c.id, column_id=sheet.id, start=self._minute(sheet, c.start),
                     end=self._end(sheet, c.start, c.end), text=c.reason)
            for c in sheet.column.closures
        ]  # fmt: skip

    def _gaps(self, sheet: Sheet, at: int, last: int) -> list[ClosedTime]:
        """What lies outside the provider's hours; a time that is offered all the same is open."""
        if sheet.closure is not None:
            return []
        gaps: list[ClosedTime] = []
        hours = self._hours.get(sheet.provider_id) if self._hours is not None else None
        times = [(s.start, s.end) for s in sheet.slots if hours is None or s.visit is None]
        times += [(span.start, span.end) for span in hours or ()]
        for start, end in sorted((self._minute(sheet, start), self._end(sheet, start, end)) for start, end in times):
            if start > at:
                gaps.append(ClosedTime(column_id=sheet.id, start=at, end=start))
            at = max(at, end)
        if at < last:
            gaps.append(ClosedTime(column_id=sheet.id, start=at, end=last))
        return gaps


def _one_a_time(slots: list[DaySlot]) -> list[DaySlot]:
    """Free times in both modes at the same hour show once; a numbered one goes before the other."""
    seen: dict[tuple[str, int], DaySlot] = {}
    for slot in slots:
        key = slot.column_id, slot.start
        if key not in seen or (slot.number and not seen[key].number):
            seen[key] = slot
    return list(seen.values())


def _merged(blocks: list[DayBlock]) -> list[DayBlock]:
    """Blocked slots that follow each other with the same reason read as one."""
    merged: list[DayBlock] = []
    for block in sorted(blocks, key=lambda b: (b.column_id, b.start)):
        last = merged[-1] if merged else None
        if last and last.column_id == block.column_id and last.text == block.text and block.start <= last.end:
            merged[-1] = DayBlock(id=last.id, column_id=last.column_id, start=last.start,
                                  end=max(last.end, block.end), text=last.text)  # fmt: skip
        else:
            merged.append(block)
    return merged


def instant(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """Return the aware UTC instant of a wall-clock minute of a day (24:00 is the next day's start)."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(days=minute // DAY)
    hour, rest = divmod(minute % DAY, 60)
    return midnight.replace(hour=hour, minute=rest).astimezone(ZoneInfo("UTC"))
