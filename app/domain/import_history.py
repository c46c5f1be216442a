"""Planning what only a clinic's own export brings back: heart-rate variability of devices, and conversations.

A message is history: it is never sent anew, and what has been read stays read. Who of another clinic wrote it is
named (``outside_sender``), never somebody here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from app.domain.import_digest import digest
from app.domain.import_plan import Draft, RowNow
from app.domain.imports import HrvRow, MessageRow, PatientImport, SourceId
from app.domain.messages import RECORD_TYPES, Attachment, RecordLink, outside_sender
from app.kernel.clock import truncate_ms
from app.kernel.i18n import t


def plan_variability(draft: Draft, item: PatientImport, patient_id: str) -> None:
    """Insert each reading once; nobody changes what a device measured."""
    for row in item.variability:
        content = digest(row, item.source)
        known = draft.link(row.source, "hrv_readings")
        if known is not None and not known.taken_back:
            if known.content != content:
                draft.tally.remark(row, t("changed at its source; what is here stays"))
            draft.tally.count(draft.tally.unchanged, row)
            continue
        row_id = draft.ids.cuid()
        draft.insert("hrv_readings", id=row_id, patient_id=patient_id, created_at=draft.at, **_reading(row))
        draft.tally.count(draft.tally.taken, row)
        draft.keep_link(row.source, "hrv_readings", row_id, content)


def _reading(row: HrvRow) -> dict[str, Any]:
    return {
        "timestamp": truncate_ms(row.at), "source": row.device, "rmssd_ms": row.rmssd_ms, "sdnn_ms": row.sdnn_ms,
        "context": row.context,
    }  # fmt: skip


def plan_messages(draft: Draft, item: PatientImport, patient_id: str) -> None:
    """Insert each message once, conversation by conversation, in the order in which they were written."""
    threads: dict[SourceId, list[MessageRow]] = {}
    for row in sorted(item.messages, key=lambda one: one.at):
        threads.setdefault(row.thread, []).append(row)
    for thread, rows in threads.items():
        _conversation(draft, item.source, thread, rows, patient_id)


def _conversation(draft: Draft, owner: SourceId, thread: SourceId, rows: list[MessageRow], patient_id: str) -> None:
    fresh = [row for row in rows if not _known(draft, owner, row, patient_id)]
    if not fresh:
        return
    user_id = draft.state.patients[patient_id].user_id
    known = draft.link(thread, "message_threads")
    if known is None:
        thread_id = _begin(draft, thread, fresh, patient_id, user_id)
    elif not _moved(draft, known.row_id, fresh, patient_id):
        return
    else:
        thread_id = known.row_id
        draft.keep_link(thread, "message_threads", thread_id, known.content)
    for row in fresh:
        message_id = draft.ids.uuid()
        draft.insert(
            "messages", id=message_id, thread_id=thread_id, content=row.text, created_at=truncate_ms(row.at),
            sender_id=user_id if row.from_patient else outside_sender(row.sender),
            read=row.read_at is not None, read_at=truncate_ms(row.read_at) if row.read_at else None,
            attachments=_attached(draft, row) or None,
        )  # fmt: skip
        draft.tally.count(draft.tally.taken, row)
        draft.keep_link(row.source, "messages", message_id, digest(row, owner))


def _attached(draft: Draft, row: MessageRow) -> list[dict[str, Any]]:
    """Return the references as they are kept; a paper leads to what it became here, or nowhere."""
    found = [*row.attachments]
    for source, name in row.papers:
        became = ((table, draft.link(source, table)) for table in RECORD_TYPES)
        link = next(((table, known.row_id) for table, known in became if known is not None), None)
        if link is None:
            found.append(Attachment("", name))
        else:
            found.append(Attachment(RecordLink(*link).url, name, RECORD_TYPES[link[0]]))
    return [{"type": one.type, "url": one.url, "filename": one.filename, "size": one.size} for one in found]


def _known(draft: Draft, owner: SourceId, row: MessageRow, patient_id: str) -> bool:
    """Settle a message that came before: all that may have changed is that it was read meanwhile."""
    known = draft.link(row.source, "messages")
    if known is None:
        return False
    content = digest(row, owner)
    now = draft.state.rows.get(("messages", known.row_id))
    if known.content == content:
        draft.tally.count(draft.tally.unchanged, row)
    elif now is None or now.patient_id != patient_id:
        draft.tally.skip(row, t("what it became is no longer here"))
    elif row.read_at is not None and not now.values["read"]:
        draft.update("messages", known.row_id, read=True, read_at=truncate_ms(row.read_at))
        draft.tally.count(draft.tally.updated, row)
        draft.keep_link(row.source, "messages", known.row_id, content)
    else:
        draft.tally.count(draft.tally.unchanged, row)
    return True


def _begin(draft: Draft, thread: SourceId, rows: list[MessageRow], patient_id: str, user_id: str) -> str:
    thread_id, last = draft.ids.uuid(), truncate_ms(rows[-1].at)
    draft.insert(
        "message_threads", id=thread_id, patient_id=patient_id, clinic_id=draft.clinic_id, participants=[user_id],
        subject=rows[0].subject or None, last_message_at=last, created_at=truncate_ms(rows[0].at),
        updated_at=draft.at,
    )  # fmt: skip
    if not _waits(rows):  # what was read elsewhere asks nobody here for an answer
        draft.insert("thread_detail", thread_id=thread_id, clinic_id=draft.clinic_id, closed_at=last,
                     updated_at=draft.at)  # fmt: skip
    draft.state.rows["message_threads", thread_id] = RowNow(patient_id, values={"last_message_at": last})
    draft.keep_link(thread, "message_threads", thread_id, "")
    return thread_id


def _waits(rows: Iterable[MessageRow]) -> bool:
    return any(row.from_patient and row.read_at is None for row in rows)


def _moved(draft: Draft, thread_id: str, rows: list[MessageRow], patient_id: str) -> bool:
    """Let a conversation that is here end with its latest message; False when it isn't this patient's (any more)."""
    now = draft.state.rows.get(("message_threads", thread_id))
    if now is None or now.patient_id != patient_id:
        for row in rows:
            draft.tally.skip(row, t("its conversation is no longer here"))
        return False
    last, before = truncate_ms(rows[-1].at), now.values["last_message_at"]
    if before is None or before < last:
        draft.update("message_threads", thread_id, last_message_at=last, updated_at=draft.stamp(now.updated_at))
    return True
