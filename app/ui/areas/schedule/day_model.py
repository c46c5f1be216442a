"""From the day board of the database to what the calendar shows: minutes on the clinic's wall clock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.domain.enums import SlotStatus, VisitMode, VisitStatus
from app.kernel.i18n import t, tn
from app.queries.day_board import BoardColumn, BoardSlot, BoardVisit, DayBoard
from app.ui.parts.status import STATUS, status_word
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

DAY = 24 * 60
FIRST, LAST = 8 * 60, 17 * 60
HALF_HOUR = 30

def short_name(name: str) -> str:
    """Return initial and surname; names without a space stay whole."""
    parts = name.split()
    if len(parts) < 2 or not parts[0][0].isascii():
        return parts[0] if parts and not parts[0][0].isascii() else name
    return f"{parts[0][0]}. {parts[-1]}"


class DayMaker:
    """Builds the calendar's model of one day; ``user_id`` is who sits here."""

    def __init__(self, board: DayBoard, zone: ZoneInfo, user_id: str, now: datetime) -> None:
        self._board = board
        self._zone = zone
        self._user_id = user_id
        self._now = now

    def model(self, alternatives: Mapping[str, int] | None = None) -> DayModel:
        """Return the day; ``alternatives`` numbers slots by id."""
        events: list[DayEvent] = []
        slots: list[DaySlot] = []
        holds: list[DayHold] = []
        blocks: list[DayBlock] = []
        for column in self._board.columns:
            for slot in column.slots:
                if slot.visit is not None:
                    events.append(self._event(column, slot, slot.visit))
                elif slot.status is SlotStatus.HELD:
                    holds.append(self._hold(column, slot))
                elif slot.status is SlotStatus.FREE and not self._past(slot):
                    slots.append(self._slot(column, slot, (alternatives or {}).get(slot.id, 0)))
                elif slot.status is SlotStatus.BLOCKED and slot.covered_by is None:
                    blocks += self._block(column, slot)
        return DayModel(
            day=self._board.day,
            columns=tuple(self._column(column) for column in self._board.columns),
            events=tuple(events),
            slots=tuple(_without_covered(slots)),
            holds=tuple(holds),
            blocks=tuple(_merged(blocks)),
            closed=tuple(gap for column in self._board.columns for gap in self._closed(column)),
            now=self._now_minute(),
            first=self._bounds()[0],
            last=self._bounds()[1],
        )

    def _minute(self, at: datetime) -> int:
        """Return the wall-clock minute, 0 or 24:00 for what lies on another day."""
        local = at.astimezone(self._zone)
        if local.date() < self._board.day:
            return 0
        return minute_of(local) if local.date() == self._board.day else DAY

    def _past(self, slot: BoardSlot) -> bool:
        return slot.end <= self._now

    def _now_minute(self) -> int | None:
        local = self._now.astimezone(self._zone)
        return minute_of(local) if local.date() == self._board.day else None

    def _bounds(self) -> tuple[int, int]:
        spans = [(self._minute(s.start), self._minute(s.end)) for c in self._board.columns for s in c.slots]
        first = min([start for start, _ in spans if start] + [FIRST])
        last = max([end for _, end in spans] + [LAST])
        return first // 60 * 60, min(DAY, -(-last // 60) * 60)

    def _column(self, column: BoardColumn) -> DayColumn:
        closure = next(iter(column.closures), None)
        free = tn("{n} free", "{n} free", sum(1 for s in column.slots if _bookable(s) and not self._past(s)))
        if closure is not None:
            meta = tn("{n} to move", "{n} to move", column.to_move)
            return DayColumn(id=column.provider_id, title=column.name, short_title=column.short_name, meta=meta,
                             short_meta="", chip=closure.reason or t("Closed"), closed=True)  # fmt: skip
        meta = " · ".join((*column.specialties[:1], free))
        return DayColumn(
            id=column.provider_id, title=column.name, short_title=column.short_name, meta=meta, short_meta=free
        )

    def _event(self, column: BoardColumn, slot: BoardSlot, visit: BoardVisit) -> DayEvent:
        glyphs = tuple(
            name
            for name, shown in (
                ("video", visit.mode is VisitMode.VIRTUAL),
                ("walk", visit.visit_type.value == "WALK_IN"),
                ("warn", slot.overbook),
                ("phone", visit.to_move),
            )
            if shown
        )
        return DayEvent(
            id=visit.id, column_id=column.provider_id, start=self._minute(slot.start), end=self._minute(slot.end),
            name=visit.patient_name, short_name=short_name(visit.patient_name), type=visit.type_name,
            short_type=visit.type_short, status=STATUS[visit.status], spoken_status=status_word(visit.status),
            look=EventLook.TO_MOVE if visit.to_move else EventLook.PLAIN,
            glyphs=() if visit.to_move else glyphs, movable=visit.status is VisitStatus.PLANNED,
            tooltip=self._tooltip(visit),
        )  # fmt: skip

    @staticmethod
    def _tooltip(visit: BoardVisit) -> str:
        lines = [visit.patient_name, visit.type_name, visit.reason]
        if visit.patient_born:
            lines.insert(1, t("Born {date}", date=visit.patient_born.isoformat()))
        return "\n".join(line for line in lines if line)

    def _slot(self, column: BoardColumn, slot: BoardSlot, number: int) -> DaySlot:
        glyph = "video" if slot.mode is VisitMode.VIRTUAL else ""
        return DaySlot(id=slot.id, column_id=column.provider_id, start=self._minute(slot.start),
                       end=self._minute(slot.end), glyph=glyph, number=number)  # fmt: skip

    def _hold(self, column: BoardColumn, slot: BoardSlot) -> DayHold:
        return DayHold(
            id=slot.id, column_id=column.provider_id, start=self._minute(slot.start), end=self._minute(slot.end),
            holder=slot.held_name, expires=slot.held_until, mine=slot.held_by == self._user_id,
        )  # fmt: skip

    def _block(self, column: BoardColumn, slot: BoardSlot) -> list[DayBlock]:
        if column.closures and any(c.start <= slot.start and slot.end <= c.end for c in column.closures):
            return []
        text = slot.reason or t("Blocked")
        return [DayBlock(id=slot.id, column_id=column.provider_id, start=self._minute(slot.start),
                         end=self._minute(slot.end), text=text)]  # fmt: skip

    def _closed(self, column: BoardColumn) -> list[ClosedTime]:
        """What lies between the slots is outside the provider's hours."""
        if column.closures:
            return []
        spans = sorted((self._minute(s.start), self._minute(s.end)) for s in column.slots)
        gaps: list[ClosedTime] = []
        at, last = self._bounds()
        for start, end in spans:
            if start > at:
                gaps.append(ClosedTime(column_id=column.provider_id, start=at, end=start))
            at = max(at, end)
        if at < last:
            gaps.append(ClosedTime(column_id=column.provider_id, start=at, end=last))
        return gaps


def _bookable(slot: BoardSlot) -> bool:
    return slot.status is SlotStatus.FREE


def _without_covered(slots: list[DaySlot]) -> list[DaySlot]:
    """Free times in both modes at the same hour show once."""
    seen: dict[tuple[str, int], DaySlot] = {}
    for slot in slots:
        seen.setdefault((slot.column_id, slot.start), slot)
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
