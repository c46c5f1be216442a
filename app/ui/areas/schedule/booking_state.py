"""What is being booked: the held time, the patient, the kind of visit; no widgets."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QObject, QTimer, Signal

from app.commands.booking import BookVisit
from app.commands.core import Command, Outcome
from app.commands.holds import HoldSlot, HoldTime, ReleaseHold, RenewHold
from app.domain.enums import VisitMode
from app.kernel.errors import AppError
from app.queries.clinic import AppointmentTypeView, appointment_types
from app.queries.openings import OpenTime, next_available
from app.queries.patients import PatientHit, search_patients
from app.ui.work import Lane, ShellApi

RENEW_MS = 120_000
"""The hold is renewed this often while the form is open (and not while locked: timers stop there)."""

ALTERNATIVES = 3


class BookingState(QObject):
    """Holds a time while it is booked; every step waits in a lane."""

    held = Signal(object)
    """The instant until which the time is held, None when there is no hold."""
    lost = Signal(object)
    """The error that took the hold away or refused it."""
    found = Signal(object)
    types = Signal(object)
    others = Signal(object)
    booked = Signal(object)
    refused = Signal(object)

    def __init__(self, api: ShellApi, parent: QObject) -> None:
        super().__init__(parent)
        self.api = api
        self._search = Lane(self, api.workspace)
        self._kinds = Lane(self, api.workspace)
        self._next = Lane(self, api.workspace)
        self._acts = Lane(self, api.workspace)
        self.slot_id: str | None = None
        self.start: datetime | None = None
        self.end: datetime | None = None
        self.provider_id = ""
        self.provider_name = ""
        self.until: datetime | None = None
        self._timer = QTimer(self, interval=RENEW_MS)
        self._timer.timeout.connect(self._renew)

    def load(self) -> None:
        """Ask for the kinds of appointment."""
        self._kinds.ask(appointment_types, on_result=self.types.emit)

    def hold_slot(self, slot_id: str, provider_id: str, provider_name: str, start: datetime, end: datetime) -> None:
        """Take a free slot for this booking; the one held before is given back."""
        self._change(slot_id, provider_id, provider_name, start, end, HoldSlot(slot_id=slot_id))

    def hold_range(
        self, provider_id: str, provider_name: str, start: datetime, end: datetime, mode: VisitMode, *, over: bool
    ) -> None:
        """Take a time that is no slot."""
        minutes = int((end - start).total_seconds() // 60)
        command = HoldTime(provider_id=provider_id, start=start, minutes=minutes, visit_mode=mode, over_blocked=over)
        self._change(command.slot_id, provider_id, provider_name, start, end, command)

    def _change(
        self, slot_id: str, provider_id: str, provider_name: str, start: datetime, end: datetime, command: Command
    ) -> None:
        self.release()
        self.slot_id, self.start, self.end = slot_id, start, end
        self.provider_id, self.provider_name = provider_id, provider_name
        self._acts.execute(command, on_done=self._held, on_refused=self._not_held)

    def _held(self, outcome: Outcome) -> None:
        self.until = datetime.fromisoformat(str(outcome.result["heldUntil"]))
        self._timer.start()
        self.held.emit(self.until)
        self.ask_others()

    def _not_held(self, error: AppError) -> None:
        self.slot_id, self.until = None, None
        self._timer.stop()
        self.lost.emit(error)

    def _renew(self) -> None:
        if self.slot_id is not None:
            self._acts.execute(RenewHold(slot_id=self.slot_id), on_done=self._held_on, on_refused=self._not_held)

    def _held_on(self, outcome: Outcome) -> None:
        self.until = datetime.fromisoformat(str(outcome.result["heldUntil"]))
        self.held.emit(self.until)

    def release(self) -> None:
        """Give the time back."""
        self._timer.stop()
        if self.slot_id is not None and self.until is not None:
            self._acts.execute(ReleaseHold(slot_id=self.slot_id), on_refused=_nothing)
        self.slot_id, self.until = None, None

    def search(self, text: str) -> None:
        """Look for patients as somebody types."""
        if text.strip():
            self._search.ask(search_patients, on_result=self.found.emit, text=text, limit=6)
        else:
            self._search.drop()
            self.found.emit(None)

    def ask_others(self, minutes: int | None = None) -> None:
        """Ask for the next free times of the same provider."""
        if self.provider_id:
            self._next.ask(
                next_available, on_result=self._others, provider_ids=(self.provider_id,), minutes=minutes,
                after=self.start, count=ALTERNATIVES + 1,
            )  # fmt: skip

    def _others(self, found: tuple[OpenTime, ...]) -> None:
        self.others.emit(tuple(one for one in found if one.start != self.start)[:ALTERNATIVES])

    def book(
        self, patient: PatientHit, kind: AppointmentTypeView | None, minutes: int, mode: VisitMode, reason: str
    ) -> None:
        """Book the held time."""
        if self.slot_id is None:
            return
        command = BookVisit(
            slot_id=self.slot_id, patient_id=patient.id, visit_mode=mode, reason_text=reason, minutes=minutes,
            appointment_type_id=kind.id if kind else None,
        )  # fmt: skip
        self._acts.execute(command, on_done=self._booked, on_refused=self.refused.emit)

    def _booked(self, outcome: Outcome) -> None:
        self._timer.stop()
        self.slot_id, self.until = None, None
        self.booked.emit(outcome)


def _nothing(_error: AppError) -> None:
    """A hold that is gone needs no giving back."""
