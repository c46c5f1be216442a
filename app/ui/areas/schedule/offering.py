"""Giving somebody who waits a time: what is booked or moved, what is said of them, what came of a call."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from app.commands.booking import BookVisit
from app.commands.core import Command
from app.commands.moving import MoveVisit
from app.domain.enums import VisitMode, WaitingStatus
from app.domain.visits import ContactResult
from app.kernel.i18n import t, tn
from app.queries.openings import OpenTime
from app.queries.waiting import WaitingRow
from app.ui.areas.schedule.to_move_panel import result_word
from app.ui.parts.words import clock, day_plain, day_within
from app.ui.theme.tokens import StatusKind
from app.ui.widgets.lists import ChipSpec

CALLS = (ContactResult.NO_ANSWER, ContactResult.LEFT_MESSAGE, ContactResult.CALL_BACK, ContactResult.DECLINED)
"""What can come of a call beside agreeing, which is booking."""


def offer_command(row: WaitingRow, slot_id: str, mode: VisitMode) -> Command:
    """Return what gives the patient the time: their visit moves there, or a new one is booked."""
    if row.visit_id is not None:
        return MoveVisit(visit_id=row.visit_id, slot_id=slot_id, minutes=row.minutes, waiting_entry_id=row.id)
    return BookVisit(slot_id=slot_id, patient_id=row.patient_id, visit_mode=row.mode or mode, minutes=row.minutes,
                     appointment_type_id=row.type_id, reason_text=row.note, waiting_entry_id=row.id)  # fmt: skip


def done_text(row: WaitingRow, time: OpenTime, zone: ZoneInfo) -> str:
    """Return what is said when it is done."""
    at = clock(time.start, zone)
    day = day_within(time.start.astimezone(zone).date())
    if row.visit_id is not None:
        return t("Moved {name} to {day} {time}", name=row.patient_name, day=day, time=at)
    return t("Booked {name} on {day} at {time}", name=row.patient_name, day=day, time=at)


def wishes(row: WaitingRow) -> str:
    """Return what somebody would take, in a line."""
    days = f"{day_plain(row.earliest)} – {day_plain(row.latest)}"
    if row.time_from is not None and row.time_to is not None:
        hours = f"{row.time_from:%H:%M}–{row.time_to:%H:%M}"
    elif row.time_from is not None:
        hours = t("from {time} on", time=f"{row.time_from:%H:%M}")
    else:
        hours = t("before {time}", time=f"{row.time_to:%H:%M}") if row.time_to is not None else ""
    who = row.provider_name or t("anyone")
    return " · ".join(filter(None, (who, t("{n} min", n=row.minutes), days, hours)))


def tried_text(row: WaitingRow, zone: ZoneInfo, now: datetime) -> str:
    """Return when somebody last tried to reach them, and how that ended."""
    if row.tried is None:
        return t("not called yet")
    local = row.tried.astimezone(zone)
    at = clock(row.tried, zone)
    when = at if local.date() == now.astimezone(zone).date() else f"{day_plain(local.date())} {at}"
    last = t("Last tried at {time}: {result}", time=when, result=result_word(row.outcome))
    return f"{tn('{n} call', '{n} calls', row.attempts)} · {last}"


def waiting_chip(row: WaitingRow) -> ChipSpec | None:
    """Return the mark of somebody whose answer is awaited."""
    return ChipSpec(t("Asked"), "phone", StatusKind.ARRIVED) if row.status is WaitingStatus.OFFERED else None


def booked_for(row: WaitingRow, zone: ZoneInfo) -> str:
    """Return which visit they have already."""
    if row.booked_for is None:
        return t("no visit yet")
    day = day_plain(row.booked_for.astimezone(zone).date())
    return t("has {day} {time}", day=day, time=clock(row.booked_for, zone))
