"""Conversations, laboratory orders and visit notes that an import has to do with, as they stand here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from sqlalchemy import Row, Select, select

from app.db.models import LabOrder, Message, MessageThread, VisitNote
from app.domain.import_digest import digest
from app.domain.import_plan import Link, LinkKey, RowNow
from app.domain.imports import ImportBatch
from app.domain.visit_notes import note_id_for

Fetch: TypeAlias = Callable[[Select[*tuple[Any, ...]]], Sequence[Row[*tuple[Any, ...]]]]


def conversations_now(fetch: Fetch, batch: ImportBatch, links: Mapping[LinkKey, Link]) -> dict[tuple[str, str], RowNow]:
    """Load the known conversations of a batch, and its known messages whose content isn't what it was."""
    messages, threads = set[str](), set[str]()
    for item in batch.patients:
        for row in item.messages:
            known, thread = links.get((row.source, "messages")), links.get((row.thread, "message_threads"))
            if known is not None and known.content != digest(row, item.source):
                messages.add(known.row_id)
            if thread is not None:
                threads.add(thread.row_id)
    found: dict[tuple[str, str], RowNow] = {}
    if threads:
        own = MessageThread
        for one in fetch(select(own.id, own.patient_id, own.last_message_at, own.updated_at)
                         .where(own.id.in_(sorted(threads)))):  # fmt: skip
            values = {"last_message_at": one.last_message_at}
            found["message_threads", one.id] = RowNow(one.patient_id, updated_at=one.updated_at, values=values)
    if messages:
        columns = select(Message.id, Message.read, MessageThread.patient_id)
        joined = columns.join(MessageThread, MessageThread.id == Message.thread_id)
        for one in fetch(joined.where(Message.id.in_(sorted(messages)))):
            found["messages", one.id] = RowNow(one.patient_id, values={"read": one.read})
    return found


def orders_now(fetch: Fetch, batch: ImportBatch, links: Mapping[LinkKey, Link]) -> dict[tuple[str, str], RowNow]:
    """Load the known laboratory orders of a batch whose content isn't what it was."""
    rows = ((row, links.get((row.source, "lab_orders")), item) for item in batch.patients for row in item.orders)
    wanted = {known.row_id for row, known, item in rows if known and known.content != digest(row, item.source)}
    if not wanted:
        return {}
    here = select(LabOrder.id, LabOrder.patient_id, LabOrder.status).where(LabOrder.id.in_(sorted(wanted)))
    return {("lab_orders", one.id): RowNow(one.patient_id, status=one.status.value) for one in fetch(here)}


def notes_now(fetch: Fetch, batch: ImportBatch, links: Mapping[LinkKey, Link]) -> dict[tuple[str, str], RowNow]:
    """Load the visit notes that a batch brings again, and those that its visits have here."""
    wanted = set[str]()
    for row in (note for item in batch.patients for note in item.notes):
        known, visit = links.get((row.source, "visit_note")), row.encounter and links.get((row.encounter, "visits"))
        wanted |= {known.row_id} if known else set()
        wanted |= {note_id_for(visit.row_id)} if visit else set()
    if not wanted:
        return {}
    here = select(VisitNote.id, VisitNote.patient_id).where(VisitNote.id.in_(sorted(wanted)))
    return {("visit_note", one.id): RowNow(one.patient_id) for one in fetch(here)}
