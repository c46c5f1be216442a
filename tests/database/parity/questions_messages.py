"""What is asked of conversations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import select

from app.db.models import ExcuseNote, LabOrder, MessageThread, Referral
from app.domain.messages import RecordLink
from app.queries.attachable import attachable, known_paper
from app.queries.message_thread import message_templates, recipient, sent_messages, thread_view
from app.queries.messages import ThreadBox, thread_page, unread_counts
from tests.support.desk import NOW, Desk


def message_questions(desk: Desk) -> Iterator[tuple[Callable[..., Any], dict[str, Any]]]:
    """Every box, a page at a time, each conversation, what was sent."""
    yield unread_counts, {}
    for box in ThreadBox:
        yield thread_page, {"box": box}
        yield thread_page, {"box": box, "limit": 1}
        for unread in "01":
            yield thread_page, {"box": box, "cursor": f"{unread}|{NOW.isoformat()}|th-m", "limit": 2}
    yield thread_page, {"box": ThreadBox.ALL, "patient_id": "pat-lis"}
    yield thread_view, {"thread_id": "nobody's"}
    for row in desk.rows(select(MessageThread.id).order_by(MessageThread.id).limit(8)):
        yield thread_view, {"thread_id": row.id}
        yield thread_view, {"thread_id": row.id, "limit": 1}
        yield thread_view, {"thread_id": row.id, "cursor": f"{NOW.isoformat()}|m", "limit": 1}
    yield sent_messages, {}
    yield sent_messages, {"cursor": f"{NOW.isoformat()}|m-2", "limit": 1}
    yield message_templates, {}
    yield message_templates, {"every": True}
    yield recipient, {"patient_id": "pat-lis"}
    for patient in ("pat-lis", "pat-roux", "nobody"):
        yield attachable, {"patient_id": patient}
    for table, model in (("excuse_notes", ExcuseNote), ("referrals", Referral), ("lab_orders", LabOrder)):
        for row in desk.rows(select(model.id).order_by(model.id).limit(3)):
            yield known_paper, {"patient_id": "pat-lis", "link": RecordLink(table, row.id)}
        yield known_paper, {"patient_id": "pat-lis", "link": RecordLink(table, "nobody's")}
