"""The waiting list: patients who would come earlier, offered a time when one becomes free."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, time

from sqlalchemy import insert, select, update

from app.commands.core import Change, Command, Context, Outcome, handles
from app.commands.placing import checked_minutes
from app.db.models import WaitingListEntry
from app.domain.enums import VisitMode, WaitingStatus
from app.domain.permissions import Permission
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.kernel.ids import new_uuid
from app.kernel.text import clean_text

MOST_DAYS = 365


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


@handles(AddToWaitingList, permission=Permission.BOOK)
def add_to_waiting_list(cmd: AddToWaitingList, ctx: Context) -> Outcome:
    """Insert the entry."""
    if cmd.latest < cmd.earliest or (cmd.latest - cmd.earliest).days > MOST_DAYS:
        raise Refused("BadValue", t("The last day must be within a year after the first."), field="latest")
    if cmd.time_from is not None and cmd.time_to is not None and cmd.time_to <= cmd.time_from:
        raise Refused("BadValue", t("The end must be after the start."), field="timeTo")
    at = ctx.occurred_at
    ctx.emit(
        insert(WaitingListEntry).values(
            id=cmd.entry_id, clinic_id=ctx.actor.clinic_id, patient_id=cmd.patient_id, provider_id=cmd.provider_id,
            visit_mode=cmd.visit_mode, appointment_type_id=cmd.appointment_type_id,
            minutes=checked_minutes(cmd.minutes), earliest=cmd.earliest, latest=cmd.latest, time_from=cmd.time_from,
            time_to=cmd.time_to, note=clean_text(cmd.note, "note", 2000), status=WaitingStatus.WAITING,
            created_by=ctx.actor.user_id, created_at=at, updated_at=at,
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
    columns = (WaitingListEntry.status, WaitingListEntry.updated_at)
    row = ctx.first(ctx.lock(select(*columns).where(WaitingListEntry.id == cmd.entry_id)))
    if row is None:
        raise Refused("NoSuchEntry", t("This entry is not on the waiting list."), field="entryId")
    if row.status is not cmd.status:
        statement = update(WaitingListEntry).where(WaitingListEntry.id == cmd.entry_id)
        ctx.emit(statement.values(status=cmd.status, updated_at=ctx.stamp(row.updated_at)))
    return Outcome(
        result={"entryId": cmd.entry_id, "status": cmd.status.value},
        changes=(Change("waiting_list_entry", cmd.entry_id),),
        undo=SetWaitingStatus(entry_id=cmd.entry_id, status=row.status),
        undo_label=t("waiting list"),
    )


def fulfil(ctx: Context, entry_id: str | None) -> tuple[Change, ...]:
    """Queue marking an entry as booked, for the command that books its patient."""
    if entry_id is None:
        return ()
    statement = update(WaitingListEntry).where(WaitingListEntry.id == entry_id)
    ctx.emit(statement.values(status=WaitingStatus.BOOKED, updated_at=ctx.occurred_at))
    return (Change("waiting_list_entry", entry_id),)
