"""What is being booked: the held time, the patient, the kind of visit; no widgets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from app.commands.booking import BookVisit
from app.commands.core import Command, Outcome
from app.commands.holds import HoldSlot, HoldTime, ReleaseHold, RenewHold
from app.commands.requests import ConvertRequest
from app.commands.waiting_list import AddToWaitingList
from app.domain.enums import VisitMode
from app.kernel.errors import AppError
from app.queries.booking_basis import BookingBasis, booking_basis
from app.queries.openings import OpenTime, next_available
from app.queries.patients import search_patients
from app.ui.work import Lane, ShellApi

RENEW_MS = 120_000
"""The hold is renewed this often while the form is open (and not while locked: timers stop there)."""

ALTERNATIVES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be booked on the held time.

    ``waiting`` asks for an earlier one too; ``warned``: the form has shown the similar names of that day already.
    ``follow_up_of`` is the visit at whose end this one was ordered, ``request_id`` the request that it answers.
    """

    patient_id: str
    type_id: str | None
    minutes: int
    mode: VisitMode
    reason: str
    overbook: bool = False
    waiting: bool = False
    warned: bool = False
    follow_up_of: str | None = None
    request_id: str | None = None


class BookingState(QObject):
    """Holds a time while it is booked; every step waits in a lane."""

    held = Signal(object)
    """The instant until which the time is held, None when there is no hold."""
    lost = Signal(object)
    """The error that took the hold away or refused it."""
    found = Signal(object)
    types = Signal(object)
    born = Signal(str, object)
    """A patient's id and birth date."""
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
        self.kept = False
        """Whether the time is kept for this workstation: sure to be accepted, also without the server."""
        self._wanted: Wanted | None = None
        self._asked: tuple[str, str] | None = None
        self._over_blocked = False
        self._loading = False
        self._unborn = ""
        self._begin = QTimer(self, interval=0, singleShot=True)
        self._begin.timeout.connect(self._ask_basis)
        self._look: tuple[int | None, VisitMode | None] = (None, None)
        self._soon = QTimer(self, interval=0, singleShot=True)
        self._soon.timeout.connect(self._ask_others)
        self._timer = QTimer(self, interval=RENEW_MS)
        self._timer.timeout.connect(self._renew)

    def answer(self, request_id: str | None, patient_id: str) -> None:
        """Let the booking answer a request, as long as it is for the patient who asked."""
        self._asked = (request_id, patient_id) if request_id else None

    def answers(self, patient_id: str) -> str | None:
        """The request that a booking for this patient answers."""
        return self._asked[0] if self._asked is not None and self._asked[1] == patient_id else None

    def load(self) -> None:
        """Ask for the kinds of appointment at the end of this turn."""
        self._loading = True
        self._begin.start()

    def learn_born(self, patient_id: str) -> None:
        """Ask for a birth date that nobody told; in one trip with the kinds, while those aren't known yet."""
        self._unborn = patient_id
        self._begin.start()

    def _ask_basis(self) -> None:
        who = self._unborn
        self._kinds.ask(
            booking_basis, on_result=lambda found: self._begun(who, found), on_error=self._not_begun, patient_id=who
        )

    def _begun(self, patient_id: str, found: BookingBasis) -> None:
        if self._loading:
            self._loading = False
            self.types.emit(found.types)
        if patient_id and found.born is not None:
            self.born.emit(patient_id, found.born)

    def _not_begun(self, error: AppError) -> None:
        if self._loading:
            self._loading = False
            self.api.problem(error)
            self._soon.start()

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
        self._over_blocked = isinstance(command, HoldTime) and command.over_blocked
        self.slot_id, self.start, self.end = slot_id, start, end
        self.provider_id, self.provider_name = provider_id, provider_name
        self._hold(command, slot_id)

    def _hold(self, command: Command, slot_id: str) -> None:
        self._acts.execute(command, on_done=self._held, on_refused=partial(self._not_held, slot_id), aside=True)

    def _held(self, outcome: Outcome) -> None:
        if str(outcome.result["slotId"]) != self.slot_id:
            return  # another time was chosen meanwhile; this one is on its way back
        self.until = datetime.fromisoformat(str(outcome.result["heldUntil"]))
        self.kept = bool(outcome.result.get("kept"))
        self._timer.start()
        self.held.emit(self.until)

    def _not_held(self, slot_id: str, error: AppError) -> None:
        if slot_id != self.slot_id:
            return  # another time was chosen meanwhile, and is held or on its way
        self.slot_id, self.until = None, None
        self._timer.stop()
        self.lost.emit(error)

    def _renew(self) -> None:
        if self.slot_id is not None:
            self._hold(RenewHold(slot_id=self.slot_id), self.slot_id)

    def keep_on(self) -> None:
        """The form is in front again: renew what it holds."""
        if self.until is not None and not self._timer.isActive():
            self._renew()

    def let_run_out(self) -> None:
        """The form is out of sight: nobody renews."""
        self._timer.stop()

    def release(self) -> None:
        """Give the time back, also one whose hold is still on its way: commands keep their order."""
        self._timer.stop()
        if self.slot_id is not None:
            self._acts.execute(ReleaseHold(slot_id=self.slot_id), on_refused=_nothing, aside=True)
        self.slot_id, self.until = None, None

    def search(self, text: str) -> None:
        """Look for patients as somebody types."""
        if text.strip():
            self._search.ask(search_patients, on_result=self.found.emit, text=text, limit=6)
        else:
            self._search.drop()
            self.found.emit(None)

    def ask_others(self, minutes: int | None = None, mode: VisitMode | None = None) -> None:
        """Ask for the next free times of the same provider (of anybody while there is none), in a mode or in either.

        How long they must be depends on the kinds under way. What is asked for in one turn is asked once, as last said.
        """
        self._look = (minutes, mode)
        self._soon.start()

    def _ask_others(self) -> None:
        if not self._loading:
            minutes, mode = self._look
            self._next.ask(
                next_available, on_result=self._others, provider_ids=(self.provider_id,) if self.provider_id else (),
                minutes=minutes, mode=mode, after=self.start, count=ALTERNATIVES + 1,
            )  # fmt: skip

    def _others(self, found: tuple[OpenTime, ...]) -> None:
        self.others.emit(tuple(one for one in found if one.start != self.start)[:ALTERNATIVES])

    @property
    def minutes(self) -> int:
        """How long the held time is; 0 when none is chosen."""
        if self.start is None or self.end is None or self.slot_id is None:
            return 0
        return int((self.end - self.start).total_seconds() // 60)

    def book(self, wanted: Wanted) -> None:
        """Book the held time; the waiting list follows once it is booked."""
        if self.slot_id is None:
            return
        self._wanted = wanted
        self._acts.execute(self._command(wanted, self.slot_id), on_done=self._booked, on_refused=self.refused.emit)

    def _command(self, wanted: Wanted, slot_id: str) -> Command:
        over = wanted.overbook or self._over_blocked
        if wanted.request_id is not None:
            return ConvertRequest(
                request_id=wanted.request_id, slot_id=slot_id, visit_mode=wanted.mode, reason_text=wanted.reason,
                minutes=wanted.minutes, appointment_type_id=wanted.type_id, overbook=wanted.overbook,
                over_blocked=over, warn_of_names=not wanted.warned,
            )  # fmt: skip
        return BookVisit(
            slot_id=slot_id, patient_id=wanted.patient_id, visit_mode=wanted.mode, reason_text=wanted.reason,
            minutes=wanted.minutes, appointment_type_id=wanted.type_id, overbook=wanted.overbook, over_blocked=over,
            warn_of_names=not wanted.warned, follow_up_of=wanted.follow_up_of,
        )  # fmt: skip

    def _booked(self, outcome: Outcome) -> None:
        self._timer.stop()
        self.slot_id, self.until = None, None
        wanted = self._wanted
        if wanted is not None and wanted.waiting and self.start is not None:
            self._wait(wanted, self.start)
        self.booked.emit(outcome)

    def _wait(self, wanted: Wanted, start: datetime) -> None:
        """Put the patient on the list for anything earlier with the same provider."""
        today = self.api.workspace.reader().today
        command = AddToWaitingList(
            patient_id=wanted.patient_id, minutes=wanted.minutes, earliest=today,
            latest=max(today, start.astimezone(self.api.zone).date()), provider_id=self.provider_id or None,
            visit_mode=wanted.mode, appointment_type_id=wanted.type_id,
        )  # fmt: skip
        self._acts.execute(command, on_refused=self.api.problem)


def _nothing(_error: AppError) -> None:
    """A hold that is gone needs no giving back."""
