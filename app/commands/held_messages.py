"""Messages that rules would send: a person sends or drops each."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import func, select

from app.commands.core import Change, Command, Context, Outcome, handles
from app.commands.message_rows import begin_thread, write_message
from app.commands.task_rows import check_patient
from app.db.models import HeldMessage, Patient
from app.domain.enums import HeldMessageState
from app.domain.lifetime import death_of
from app.domain.messages import MOST_SUBJECT, MOST_TEXT
from app.domain.permissions import Permission
from app.kernel.errors import Conflict, Refused
from app.kernel.i18n import t
from app.kernel.ids import new_uuid
from app.kernel.text import clean_text


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideHeldMessage(Command):
    """Send a rule's message to the patient in one's own name, or drop it. ``text`` replaces what the rule wrote."""

    held_id: str
    send: bool
    text: str = ""
    message_id: str = field(default_factory=new_uuid)
    thread_id: str = field(default_factory=new_uuid)


@handles(DecideHeldMessage, permission=Permission.MESSAGE, offline=False)
def decide_held_message(cmd: DecideHeldMessage, ctx: Context) -> Outcome:
    """Write the message, then let the database say that it is decided: of two people the second is refused."""
    held = select(HeldMessage.patient_id, HeldMessage.subject, HeldMessage.body, HeldMessage.state)
    row = ctx.first(held.where(HeldMessage.id == cmd.held_id))
    if row is None:
        raise Refused("NoMessage", t("This message is not known."), field="heldId")
    if row.state is not HeldMessageState.WAITING:
        message = t("Somebody has decided about this message already.")
        raise Conflict("StateChanged", message, field="state", server={"state": row.state.value})
    changes = [Change("held_message", cmd.held_id)]
    if cmd.send:
        check_patient(ctx, row.patient_id)
        _check_alive(ctx, row.patient_id)
        text = clean_text(cmd.text or row.body, "text", MOST_TEXT, required=True)
        thread = begin_thread(ctx, cmd.thread_id, row.patient_id, clean_text(row.subject[:MOST_SUBJECT], "subject"))
        write_message(ctx, thread, cmd.message_id, text)
        changes += [Change("message_threads", thread.id), Change("messages", cmd.message_id)]
    sent = cmd.message_id if cmd.send else None
    ctx.first(select(func.desktop.decide_held_message(cmd.held_id, sent)))
    state = HeldMessageState.SENT if cmd.send else HeldMessageState.DROPPED
    result = {"heldId": cmd.held_id, "state": state.value, "messageId": sent}
    return Outcome(result=result, changes=tuple(changes))


def _check_alive(ctx: Context, patient_id: str) -> None:
    """Refuse to send a rule's message to somebody who died while it waited: rules leave the dead in peace."""
    person = ctx.first(select(Patient.demographics, Patient.flags).where(Patient.id == patient_id))
    if person is not None and death_of(person.demographics, person.flags) is not None:
        message = t("This patient has died. A rule's message is not sent to them.")
        raise Refused("PatientDeceased", message, field="send")
