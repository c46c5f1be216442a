"""Attempts to reach a patient: what was tried stays as it was said."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import insert

from app.commands.core import Change, Command, Context, Outcome, handles
from app.db.models import ContactAttempt
from app.domain.permissions import Permission
from app.domain.visits import ContactChannel, ContactResult
from app.kernel.ids import new_uuid
from app.kernel.text import clean_optional


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordContact(Command):
    """Somebody tried to reach a patient, about a visit or not."""

    patient_id: str
    result: ContactResult
    channel: ContactChannel = ContactChannel.PHONE
    visit_id: str | None = None
    note: str | None = None
    contact_id: str = field(default_factory=new_uuid)


@handles(RecordContact, permission=Permission.BOOK)
def record_contact(cmd: RecordContact, ctx: Context) -> Outcome:
    """Insert the attempt."""
    ctx.emit(
        insert(ContactAttempt).values(
            id=cmd.contact_id, clinic_id=ctx.actor.clinic_id, patient_id=cmd.patient_id, visit_id=cmd.visit_id,
            at=ctx.occurred_at, by_user=ctx.actor.user_id, channel=cmd.channel.value, outcome=cmd.result.value,
            note=clean_optional(cmd.note, "note", 2000),
        )
    )  # fmt: skip
    changes = (Change("contact_attempt", cmd.contact_id), *((Change("visits", cmd.visit_id),) if cmd.visit_id else ()))
    return Outcome(result={"contactId": cmd.contact_id}, changes=changes)
