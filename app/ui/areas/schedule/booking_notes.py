"""What the booking form says of a day: names that are alike, what the patient has already, a follow-up's days."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from app.domain.enums import VisitStatus
from app.kernel.i18n import t
from app.queries.patients import PatientHit
from app.ui.areas.schedule.alike import MOST, alike_on_day
from app.ui.areas.schedule.sheet import Sheet
from app.ui.parts.words import clock, day_inside, day_within
from app.ui.theme.tokens import StatusKind
from app.ui.widgets.panel import Note
from app.ui.work import ShellApi


def own_on_day(sheets: Iterable[Sheet], patient_id: str, start: datetime, zone: ZoneInfo) -> str:
    """Return when and with whom a patient has a planned visit that day already: "11:40 with Dr Levy", or nothing."""
    day = start.astimezone(zone).date()
    found = [
        t("{time} with {provider}", time=clock(slot.start, zone), provider=sheet.column.short_name)
        for sheet in sheets
        if sheet.day == day
        for slot in sheet.slots
        if slot.visit is not None and slot.visit.patient_id == patient_id and slot.visit.status is VisitStatus.PLANNED
    ]
    return ", ".join(found[:MOST])


class BookingNotes:
    """The notes below the patient. ``window`` is the first and last day on which an ordered follow-up may lie."""

    def __init__(self) -> None:
        self.alike = Note("")
        self.own = Note("")
        self.ordered = Note("", kind=StatusKind.HELD)
        self.outside = Note("")
        self.window: tuple[date, date] | None = None
        self.all = (self.ordered, self.outside, self.alike, self.own)

    def show(
        self, sheets: Iterable[Sheet], patient: PatientHit | None, start: datetime | None, zone: ZoneInfo, today: date
    ) -> None:
        """Say what matters of the day that a time lies on, for a patient."""
        known = tuple(sheets)
        found: tuple[str, ...] = ()
        own = ""
        if patient is not None and start is not None:
            found = alike_on_day(known, patient, start, zone)
            own = own_on_day(known, patient.id, start, zone)
        self.alike.show_text(t("Similar names on this day."), " ".join((*found, t("Ask for the birth date."))))
        self.alike.setVisible(bool(found))
        self.own.show_text(t("Has a visit on this day already."), own)
        self.own.setVisible(bool(own))
        self._show_window(start.astimezone(zone).date() if start is not None else None, today)

    def _show_window(self, day: date | None, today: date) -> None:
        if self.window is None:
            return
        first, last = self.window
        days = t("{first} to {last}", first=day_inside(first, today), last=day_inside(last, today))
        outside = day is not None and not first <= day <= last
        self.ordered.show_text(t("Follow-up ordered for {days}", days=days))
        self.outside.show_text(t("Outside of what was ordered: {days}.", days=days))
        self.ordered.setVisible(not outside)
        self.outside.setVisible(outside)


def booked_text(name: str, start: datetime | None, api: ShellApi) -> str:
    """Say what is booked, with the day when that isn't today."""
    at = clock(start, api.zone) if start is not None else ""
    day = start.astimezone(api.zone).date() if start is not None else None
    if day is None or day == api.workspace.reader().today:
        return t("Booked {name} at {time}", name=name, time=at)
    return t("Booked {name} on {day} at {time}", name=name, day=day_within(day), time=at)
