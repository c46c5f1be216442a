"""Conversations as the backend makes them, for tests."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, update

from app.db.models import Message, MessageThread
from tests.support.desk import CLINIC, NOW, Desk


def thread(desk: Desk, patient: str = "lis", *, hours: float = 24, people: Any = None, subject: str = "Dose") -> str:
    """A conversation without a message, begun some hours ago; returns its id."""
    at = NOW - timedelta(hours=hours)
    desk.write(
        insert(MessageThread).values(
            id=f"th-{patient}", patient_id=f"pat-{patient}", clinic_id=CLINIC, subject=subject,
            participants=[f"pu-{patient}"] if people is None else people, last_message_at=None, created_at=at,
            updated_at=at,
        )
    )  # fmt: skip
    return f"th-{patient}"


def wrote(
    desk: Desk, key: str, text: str = "May I?", *, thread_id: str = "th-lis", sender: str = "", hours: float = 1,
    read: bool = False, attachments: Any = None,
) -> datetime:  # fmt: skip
    """Somebody (the thread's patient) wrote some hours ago, as the backend keeps it; returns when."""
    at = NOW - timedelta(hours=hours)
    desk.write(
        insert(Message).values(
            id=key, thread_id=thread_id, sender_id=sender or thread_id.replace("th-", "pu-"), content=text, read=read,
            attachments=attachments, created_at=at,
        ),
        update(MessageThread).where(MessageThread.id == thread_id).values(last_message_at=at, updated_at=at),
    )  # fmt: skip
    return at
