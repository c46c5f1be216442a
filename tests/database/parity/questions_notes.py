"""What is asked of notes, visits in the chart, tasks, cover and open items."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import select

from app.db.models import Task, Visit
from app.queries.cover import colleagues, covers
from app.queries.open_items import my_open_items
from app.queries.tasks import Inbox, task_attempts, task_inbox, tasks_of_patient
from app.queries.visit_content import visit_content
from app.queries.visit_notes import last_signed_note, notes_of_patient, visit_note, visits_of_patient
from tests.support.desk import PATIENTS, Desk


def note_questions(desk: Desk) -> Iterator[tuple[Callable[..., Any], dict[str, Any]]]:
    """All of them, some several times."""
    for question in (my_open_items, covers, colleagues):
        yield question, {}
    for inbox in Inbox:
        yield task_inbox, {"inbox": inbox}
    yield task_attempts, {"task_id": "nothing"}
    for task in desk.rows(select(Task.id).order_by(Task.id)):
        yield task_attempts, {"task_id": task.id}
    for key, *_ in PATIENTS:
        patient = {"patient_id": f"pat-{key}"}
        yield visits_of_patient, patient
        yield notes_of_patient, {**patient, "text": "co"}
        yield last_signed_note, patient
        yield tasks_of_patient, {**patient, "ended": True}
    for visit in desk.rows(select(Visit.id).order_by(Visit.id)):
        yield visit_note, {"visit_id": visit.id}
        yield visit_content, {"visit_id": visit.id}
