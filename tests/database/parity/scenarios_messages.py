"""Conversations that are begun, answered, read, given away and done with."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from sqlalchemy import insert

from app.commands.core import Command
from app.commands.held_messages import DecideHeldMessage
from app.commands.message_templates import SaveMessageTemplate
from app.commands.messages import AssignThread, CloseThread, MarkRead, ReopenThread, SendMessage
from app.commands.tasks import AddTask
from app.db.models import ExcuseNote, Message, MessageThread
from app.domain.enums import ExcuseNoteStatus, ExcuseNoteType, Role, TaskKind
from app.domain.messages import Attachment
from app.kernel.errors import AppError
from tests.support.desk import DAY, NOW
from tests.support.twins import Twins


def messages(twins: Twins) -> None:
    """A patient writes; the desk reads, gives away, answers and is done; the undos; a new one for a task."""
    for number, (patient, people) in enumerate((("lis", ["pu-lis"]), ("roux", ["pu-roux", "u-okafor", {"id": 1}]))):
        at = NOW - timedelta(hours=number + 1)
        twins.write(
            insert(MessageThread).values(
                id=f"th-{patient}", patient_id=f"pat-{patient}", clinic_id=None, participants=people,
                subject="Dose" if number else None, last_message_at=None if number else at, created_at=at,
                updated_at=at,
            ),
            *(
                insert(Message).values(
                    id=f"m-{patient}-{n}", thread_id=f"th-{patient}", sender_id=f"pu-{patient}", content=f"{n} שלום",
                    attachments=[{"type": "image/png", "url": "https://files.example/1", "filename": "a.png",
                                  "size": 12}, "odd"] if n else None,
                    read=False, created_at=at + timedelta(minutes=n),
                )
                for n in range(3)
            ),
        )  # fmt: skip
    twins.desk.run(MarkRead(thread_id="th-lis", message_id="m-lis-1"))
    given = twins.desk.run(AssignThread(thread_id="th-lis", owner_user="u-okafor"))
    with suppress(AppError):  # it is Dr Okafor's by now
        twins.desk2.run(AssignThread(thread_id="th-lis", owner_role=Role.PROVIDER))
    assert given.undo is not None
    twins.desk.run(given.undo)
    twins.okafor.run(AssignThread(thread_id="th-lis", owner_role=Role.PROVIDER))
    link = Attachment("https://files.example/leaflet.pdf", "leaflet.pdf", "application/pdf", 2048)
    twins.okafor.run(SendMessage(thread_id="th-lis", text=" Twice a day. ", attachments=(link,), message_id="m-1"))
    with suppress(AppError):  # the same message again
        twins.okafor.run(SendMessage(thread_id="th-lis", text="Twice a day.", message_id="m-1"))
    note = {"patient_id": "pat-lis", "provider_id": "p-okafor", "type": ExcuseNoteType.SCHOOL, "start_date": DAY,
            "end_date": DAY, "reason": "x", "created_at": NOW, "updated_at": NOW}  # fmt: skip
    twins.write(
        *(insert(ExcuseNote).values(id=f"en-{state.value}", status=state, **note) for state in ExcuseNoteStatus)
    )
    paper = Attachment("myhealthally://excuse_notes/en-SENT")
    twins.desk.run(SendMessage(thread_id="th-lis", text="The note", attachments=(paper, link), message_id="m-2"))
    with suppress(AppError):  # a draft isn't out
        draft = Attachment("myhealthally://excuse_notes/en-DRAFT")
        twins.desk.run(SendMessage(thread_id="th-lis", text="The note", attachments=(draft,)))
    closed = twins.okafor.run(CloseThread(thread_id="th-lis", message_id="m-2"))
    assert closed.undo is not None
    twins.okafor.run(closed.undo)
    twins.okafor.run(CloseThread(thread_id="th-lis", message_id="m-2"))
    twins.desk.run(SendMessage(thread_id="th-lis", text="And rest."))
    twins.desk.run(CloseThread(thread_id="th-lis", message_id="m-1"))  # not the last: stays open
    twins.desk.run(CloseThread(thread_id="th-roux", message_id="m-roux-2"))
    twins.desk.run(ReopenThread(thread_id="th-roux"))
    twins.okafor.run(AddTask(kind=TaskKind.TELL_RESULT, patient_id="pat-brandt", task_id="task-1"))
    twins.desk.run(SendMessage(patient_id="pat-brandt", subject="Result", text="All well.", task_id="task-1",
                               new_thread_id="th-new"))  # fmt: skip
    template = SaveMessageTemplate(name="Well", body="Dear {name}, all is well. {provider}", template_id="mt-1")
    twins.admin.run(template)
    changed = twins.admin.run(SaveMessageTemplate(name="Fine", body="Fine. {date}", locale="es", template_id="mt-1"))
    assert changed.undo is not None
    twins.admin.run(changed.undo)
    with suppress(AppError):  # the desk writes none
        twins.desk.run(template)


MESSAGE_SCENARIOS: dict[Callable[[Twins], None], frozenset[type[Command]]] = {
    messages: frozenset({SendMessage, MarkRead, AssignThread, CloseThread, ReopenThread, SaveMessageTemplate}),
}
MESSAGE_SERVER_ONLY: tuple[Command, ...] = (DecideHeldMessage(held_id="held", send=False),)
