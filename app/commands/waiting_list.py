"""The waiting list: patients who would come earlier, offered a time when one becomes free."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import insert, select, update

from app.commands.contacts import RecordContact, record_contact
from app.commands.core import Change, Command, Context, Outcome, handles
from app.commands.placing import checked_minutes
from app.db.models import WaitingListEntry
from app.domain.enums import VisitMode, WaitingStatus
from app.domain.permissions import Permission
from app.domain.visits import ContactChannel, ContactResult
from app.kernel.errors import Conflict, Refused
from app.kernel.i18n import t
from app.kernel.ids import new_uuid
from app.kernel.text import clean_text

MOST_DAYS = 365
OPEN = (WaitingStatus.WAITING, WaitingStatus.OFFERED)
_AWAITED = (ContactResult.LEFT_MESSAGE, ContactResult.CALL_BACK)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddToWaitingList(Command):
    """A patient would take an earlier time. Dates and times of day are on the clinic's wall; None means any."""

    patient_id: str
    minutes: int
    earliest: date
    latest: date
    provider_id: str | None = None
    visit_mode: VisitMode | None = None
    appointment_type_id: str | None = None
    time_from: time | None = None
    time_to: time | None = None
    note: str = ""
    entry_id: str = field(default_factory=new_uuid)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetWaitingStatus(Command):
    """Note that an entry was offered a time, got one, is removed, or waits again."""

    entry_id: str
    status: WaitingStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeWaiting(Command):
    """The patient would take something else than they said; all wishes of the entry are given anew."""

    entry_id: str
    minutes: int
    earliest: date
    latest: date
    provider_id: str | None = None
    visit_mode: VisitMode | None = None
    appointment_type_id: str | None = None
    time_from: time | None = None
    time_to: time | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteOffer(Command):
    """Somebody who waits was offered a time, or wasn't reached: what came of the attempt.

    A message left, or a promise to call back, makes the entry OFFERED; every other result lets it wait on. Booking is
    a command of its own (`waiting_entry_id` of `BookVisit` and `MoveVisit`).
    """

    entry_id: str
    result: ContactResult
    channel: ContactChannel = ContactChannel.PHONE
    note: str | None = None
    contact_id: str = field(default_factory=new_uuid)


@handles(AddToWaitingList, permission=Permission.BOOK)
def add_to_waiting_list(cmd: AddToWaitingList, ctx: Context) -> Outcome:
    """Insert the entry."""
    _check(cmd)
    at = ctx.occurred_at
    ctx.emit(
        insert(WaitingListEntry).values(
            id=cmd.entry_id, clinic_id=ctx.actor.clinic_id, patient_id=cmd.patient_id, status=WaitingStatus.WAITING,
            created_by=ctx.actor.user_id, created_at=at, updated_at=at, **_wishes(cmd),
        )
    )  # fmt: skip
    return Outcome(
        result={"entryId": cmd.entry_id},
        changes=(Change("waiting_list_entry", cmd.entry_id),),
        undo=SetWaitingStatus(entry_id=cmd.entry_id, status=WaitingStatus.REMOVED),
        undo_label=t("waiting list"),
    )


@handles(SetWaitingStatus, permission=Permission.BOOK)
def set_waiting_status(cmd: SetWaitingStatus, ctx: Context) -> Outcome:
    """Change an entry's status; the undo puts the old one back."""
    row = _entry(ctx, cmd.entry_id)
    if row.status is not cmd.status:
        _set(ctx, cmd.entry_id, row.updated_at, cmd.status)
    return Outcome(
        result={"entryId": cmd.entry_id, "status": cmd.status.value},
        changes=(Change("waiting_list_entry", cmd.entry_id),),
        undo=SetWaitingStatus(entry_id=cmd.entry_id, status=row.status),
        undo_label=t("waiting list"),
    )


@handles(ChangeWaiting, permission=Permission.BOOK)
def change_waiting(cmd: ChangeWaiting, ctx: Context) -> Outcome:
    """Write the new wishes; the undo writes the old ones."""
    _check(cmd)
    row = _entry(ctx, cmd.entry_id)
    if row.status not in OPEN:
        raise Conflict("StateChanged", t("This patient doesn't wait for a time any more."), field="entryId")
    statement = update(WaitingListEntry).where(WaitingListEntry.id == cmd.entry_id)
    ctx.emit(statement.values(updated_at=ctx.stamp(row.updated_at), **_wishes(cmd)))
    return Outcome(
        result={"entryId": cmd.entry_id},
        changes=(Change("waiting_list_entry", cmd.entry_id),),
        undo=ChangeWaiting(
            entry_id=cmd.entry_id, minutes=row.minutes, earliest=row.earliest, latest=row.latest,
            provider_id=row.provider_id, visit_mode=row.visit_mode, appointment_type_id=row.appointment_type_id,
            time_from=row.time_from, time_to=row.time_to, note=row.note,
        ),
        undo_label=t("waiting list"),
    )  # fmt: skip


@handles(NoteOffer, permission=Permission.BOOK)
def note_offer(cmd: NoteOffer, ctx: Context) -> Outcome:
    """Log the attempt and let the entry say whether an answer is awaited."""
    row = _entry(ctx, cmd.entry_id)
    logged = record_contact(
        RecordContact(patient_id=row.patient_id, result=cmd.result, channel=cmd.channel, note=cmd.note,
                      contact_id=cmd.contact_id), ctx,
    )  # fmt: skip
    status = WaitingStatus.OFFERED if cmd.result in _AWAITED else WaitingStatus.WAITING
    changes = _set(ctx, cmd.entry_id, row.updated_at, status) if row.status in OPEN and row.status is not status else ()
    return Outcome(result={"entryId": cmd.entry_id, "contactId": cmd.contact_id}, changes=(*logged.changes, *changes))


def fulfil(ctx: Context, entry_id: str | None) -> tuple[Change, ...]:
    """Queue marking an entry as booked, for the command that books its patient; refused when somebody was faster."""
    if entry_id is None:
        return ()
    row = _entry(ctx, entry_id)
    if row.status not in OPEN:
        raise Conflict("StateChanged", t("This patient doesn't wait for a time any more."), field="waitingEntryId")
    return _set(ctx, entry_id, row.updated_at, WaitingStatus.BOOKED)


def wait_again(ctx: Context, entry_id: str | None) -> tuple[Change, ...]:
    """Queue putting an entry back, for the undo of the command that fulfilled it; a removed one stays removed."""
    if entry_id is None:
        return ()
    row = _entry(ctx, entry_id)
    return _set(ctx, entry_id, row.updated_at, WaitingStatus.WAITING) if row.status is WaitingStatus.BOOKED else ()


def _entry(ctx: Context, entry_id: str) -> Any:
    row = ctx.first(ctx.lock(select(WaitingListEntry.__table__).where(WaitingListEntry.id == entry_id)))
    if row is None:
        raise Refused("NoSuchEntry", t("This entry is not on the waiting list."), field="entryId")
    return row


def _set(ctx: Context, entry_id: str, old: datetime, status: WaitingStatus) -> tuple[Change, ...]:
    statement = update(WaitingListEntry).where(WaitingListEntry.id == entry_id)
    ctx.emit(statement.values(status=status, updated_at=ctx.stamp(old)))
    return (Change("waiting_list_entry", entry_id),)


def _check(cmd: AddToWaitingList | ChangeWaiting) -> None:
    if cmd.latest < cmd.earliest or (cmd.latest - cmd.earliest).days > MOST_DAYS:
        raise Refused("BadValue", t("The last day must be within a year after the first."), field="latest")
    if cmd.time_from is not None and cmd.time_to is not None and cmd.time_to <= cmd.time_from:
        raise Refused("BadValue", t("The end must be after the start."), field="timeTo")


def _wishes(cmd: AddToWaitingList | ChangeWaiting) -> dict[str, Any]:
    """What the patient would take, as columns."""
    return {
        "provider_id": cmd.provider_id, "visit_mode": cmd.visit_mode, "appointment_type_id": cmd.appointment_type_id,
        "minutes": checked_minutes(cmd.minutes), "earliest": cmd.earliest, "latest": cmd.latest,
        "time_from": cmd.time_from, "time_to": cmd.time_to, "note": clean_text(cmd.note, "note", 2000),
    }  # fmt: skip
