"""``messages …``: conversations with patients, read, answered, given to somebody, done with."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.cli.verbs import verb
from app.commands.held_messages import DecideHeldMessage
from app.commands.message_templates import SaveMessageTemplate
from app.commands.messages import AssignThread, CloseThread, MarkRead, ReopenThread, SendMessage
from app.domain.enums import Role
from app.domain.messages import Attachment
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.queries.attachable import attachable
from app.queries.message_thread import (
    MessageRow,
    ThreadView,
    held_messages,
    message_templates,
    sent_messages,
    thread_view,
)
from app.queries.messages import ThreadBox, ThreadRow, thread_page, unread_counts
from app.workspace.workspace import Workspace


@verb("messages list")
def list_threads(
    ws: Workspace,
    box: ThreadBox = ThreadBox.ALL,
    patient: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> dict[str, Any]:
    """List conversations, unread ones first, then the latest: mine, unassigned, all or done."""
    page = ws.ask(thread_page, box=box, patient_id=patient, limit=limit, cursor=cursor)
    items = [_thread(one) for one in page.items]
    return {"items": items, "more": page.more, "cursor": page.cursor, "unread": dict(ws.ask(unread_counts))}


@verb("messages sent")
def list_sent(ws: Workspace, limit: int = 50, cursor: str | None = None) -> dict[str, Any]:
    """List what I sent, newest first, with when it was read."""
    page = ws.ask(sent_messages, limit=limit, cursor=cursor)
    items = [
        {"id": one.message_id, "threadId": one.thread_id, "patientId": one.patient_id,
         "patientName": one.patient_name, "subject": one.subject, "text": one.text, "at": one.created_at.isoformat(),
         "readAt": _time(one.read_at)}
        for one in page.items
    ]  # fmt: skip
    return {"items": items, "more": page.more, "cursor": page.cursor}


@verb("messages show", positional=("thread",))
def show(ws: Workspace, thread: str, limit: int = 50, cursor: str | None = None) -> dict[str, Any]:
    """Show a conversation, newest message first. Nothing becomes read by this."""
    view = ws.ask(thread_view, thread_id=thread, limit=limit, cursor=cursor)
    found = [_message(one) for one in view.messages.items]
    return {**_thread(view.row), "messages": found, "more": view.messages.more, "cursor": view.messages.cursor}


@verb("messages send")
def send(
    ws: Workspace, text: str, patient: str | None = None, thread: str | None = None, subject: str = "",
    attach: tuple[str, ...] = (),
) -> dict[str, Any]:  # fmt: skip
    """Write to a patient: a new conversation (--patient) or an answer (--thread).

    --attach refers to something, several times if need be: an address (https://…), or a paper that the patient has:
    excuse_notes/ID, referrals/ID, lab_orders/ID.
    """
    references = tuple(Attachment(one if "://" in one else f"myhealthally://{one}") for one in attach)
    command = SendMessage(text=text, patient_id=patient, thread_id=thread, subject=subject, attachments=references)
    return dict(ws.execute(command).result)


@verb("messages attachable", positional=("patient",))
def list_attachable(ws: Workspace, patient: str) -> dict[str, Any]:
    """List a patient's papers that a message may refer to, the latest first."""
    items = [
        {"table": one.link.table, "id": one.link.id, "url": one.link.url, "name": one.name, "day": one.day.isoformat()}
        for one in ws.ask(attachable, patient_id=patient)
    ]
    return {"items": items, "more": False}


@verb("messages read", positional=("thread",))
def read(ws: Workspace, thread: str) -> dict[str, Any]:
    """Say that the patient's messages were read, up to the latest that is there now."""
    return dict(ws.execute(MarkRead(thread_id=thread, message_id=_last(ws, thread))).result)


@verb("messages assign", positional=("thread",))
def assign(ws: Workspace, thread: str, to: str | None = None, role: Role | None = None) -> dict[str, Any]:
    """Give a conversation to somebody (--to USER), to a role (--role), or to nobody."""
    row = ws.ask(thread_view, thread_id=thread, limit=1).row
    command = AssignThread(thread_id=thread, owner_user=to, owner_role=role, old_user=row.owner_user,
                           old_role=row.owner_role)  # fmt: skip
    return dict(ws.execute(command).result)


@verb("messages done", positional=("thread",))
def done(ws: Workspace, thread: str) -> dict[str, Any]:
    """Say that a conversation is done with until the patient writes again."""
    outcome = ws.execute(CloseThread(thread_id=thread, message_id=_last(ws, thread)))
    return {**outcome.result, "warnings": list(outcome.warnings)}


@verb("messages reopen", positional=("thread",))
def reopen(ws: Workspace, thread: str) -> dict[str, Any]:
    """Say that a conversation isn't done with after all."""
    return dict(ws.execute(ReopenThread(thread_id=thread)).result)


@verb("messages templates")
def templates(ws: Workspace) -> dict[str, Any]:
    """List the texts to begin a message from."""
    items = [
        {"id": one.id, "name": one.name, "body": one.body, "locale": one.locale, "active": one.active,
         "sortOrder": one.sort_order}
        for one in ws.ask(message_templates, every=True)
    ]  # fmt: skip
    return {"items": items, "more": False}


@verb("messages template", positional=("name",))
def save_template(
    ws: Workspace, name: str, body: str, locale: str = "en", template: str | None = None, retire: bool = False
) -> dict[str, Any]:
    """Make a template, or change one (--template ID; --retire: offered no more); {name} and the like are filled in."""
    known = {one.id: one for one in ws.ask(message_templates, every=True)}
    command = SaveMessageTemplate(name=name, body=body, locale=locale, active=not retire)
    if template is not None:
        if template not in known:
            raise Refused("NoTemplate", t("This template is not known."), field="template")
        command = SaveMessageTemplate(name=name, body=body, locale=locale, active=not retire, template_id=template,
                                      sort_order=known[template].sort_order)  # fmt: skip
    return dict(ws.execute(command).result)


@verb("messages held")
def list_held(ws: Workspace) -> dict[str, Any]:
    """List what rules would send: each waits for a person."""
    items = [
        {"id": one.id, "patientId": one.patient_id, "patientName": one.patient_name, "rule": one.rule_name,
         "subject": one.subject, "text": one.body, "createdAt": one.created_at.isoformat()}
        for one in ws.ask(held_messages)
    ]  # fmt: skip
    return {"items": items, "more": False}


@verb("messages approve", positional=("held",))
def approve(ws: Workspace, held: str, text: str = "") -> dict[str, Any]:
    """Send a rule's message in my name, as it stands or with another text."""
    return dict(ws.execute(DecideHeldMessage(held_id=held, send=True, text=text)).result)


@verb("messages drop", positional=("held",))
def drop(ws: Workspace, held: str) -> dict[str, Any]:
    """Don't send a rule's message."""
    return dict(ws.execute(DecideHeldMessage(held_id=held, send=False)).result)


def _last(ws: Workspace, thread: str) -> str:
    view: ThreadView = ws.ask(thread_view, thread_id=thread, limit=1)
    if not view.messages.items:
        raise Refused("NoMessage", t("This conversation has no message."), field="thread")
    return view.messages.items[0].message_id


def _thread(one: ThreadRow) -> dict[str, Any]:
    return {
        "id": one.thread_id, "patientId": one.patient_id, "patientName": one.patient_name, "subject": one.subject,
        "lastMessageAt": one.last_at.isoformat(), "lastText": one.last_text, "answered": one.answered,
        "unread": one.unread, "ownerUser": one.owner_user, "ownerName": one.owner_name or None,
        "ownerRole": one.owner_role.value if one.owner_role else None, "done": one.done,
    }  # fmt: skip


def _message(one: MessageRow) -> dict[str, Any]:
    return {
        "id": one.message_id, "senderId": one.sender_id, "senderName": one.sender_name,
        "fromPatient": one.from_patient, "text": one.text, "cut": one.cut, "read": one.read,
        "readAt": _time(one.read_at), "at": one.created_at.isoformat(),
        "attachments": [
            {"type": a.type, "url": a.url, "filename": a.filename, "size": a.size} for a in one.attachments
        ],
    }  # fmt: skip


def _time(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None
