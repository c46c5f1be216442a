"""Whether a visit may be dropped on a time: fine, may be overridden, or refused; from memory, with the reason."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from app.domain.enums import SlotStatus
from app.kernel.i18n import t
from app.ui.areas.schedule.sheet import Sheet, kept_here
from app.ui.parts.words import clock, day_within
from app.ui.widgets.calendar.model import DropKind, DropVerdict
from app.ui.work import ShellApi


def judge(sheet: Sheet, visit_id: str, start: datetime, end: datetime, api: ShellApi) -> DropVerdict:
    """Judge a time in a column for a visit."""
    back, name = t("Esc puts it back"), sheet.column.short_name
    if end <= api.now():
        return DropVerdict(DropKind.REFUSED, t("This time is over."), back)
    if any(c.start < end and start < c.end for c in sheet.column.closures):
        return DropVerdict(DropKind.REFUSED, t("{name} is away.", name=name), back)
    over = list(sheet.overlapping(start, end))
    other = sheet.double(start, end, visit_id)
    if other is not None and other.visit is not None:
        text = t("{name} is booked here until {time} · you may double-book", name=other.visit.patient_name,
                 time=clock(other.end, api.zone))  # fmt: skip
        return DropVerdict(DropKind.WARN, text, t("Release to double-book, Undo stays"))
    reader = api.workspace.reader()
    held = [s for s in over if s.status is SlotStatus.HELD and not kept_here(s, reader.workstation)]
    if any(s.kept_for for s in held):
        return DropVerdict(DropKind.REFUSED, t("This time is kept for another desk in case it is offline."), back)
    if any(s.held_by != reader.user_id for s in held):
        return DropVerdict(DropKind.REFUSED, t("Somebody is booking this time."), back)
    block = next((s for s in over if s.status is SlotStatus.BLOCKED and s.visit is None), None)
    if block is not None:
        text = t("{name} has {reason} until {time} · you may override", name=name,
                 reason=block.reason or t("blocked time"), time=clock(block.end, api.zone))  # fmt: skip
        return DropVerdict(DropKind.WARN, text, t("Release to override, Undo stays"))
    if not over:
        text = t("{name} doesn't work at this hour · you may override", name=name)
        return DropVerdict(DropKind.WARN, text, t("Release to override, Undo stays"))
    return DropVerdict()


def moved_text(name: str, at: datetime, before: datetime, zone: ZoneInfo) -> str:
    """Say which time somebody has now, with its day when that is another one."""
    day = at.astimezone(zone).date()
    if day == before.astimezone(zone).date():
        return t("Moved {name} to {time}", name=name, time=clock(at, zone))
    return t("Moved {name} to {day} {time}", name=name, day=day_within(day), time=clock(at, zone))
