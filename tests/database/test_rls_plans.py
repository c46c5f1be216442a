"""Row-level security leaves the indexes usable, and computes who is asking once a statement."""

from __future__ import annotations

import pytest
from psycopg import sql

from tests.support.walk import Walk

# Question, and the index condition that its plan must have.
QUESTIONS = {
    "a provider's day": (
        "SELECT id FROM visit_slots WHERE provider_id = 'p' AND start_time BETWEEN '2031-03-03' AND '2031-04-03'",
        "visit_slots_provider_id_start_time_idx",
        ("provider_id = ", "start_time >= ", "start_time <= "),
    ),
    "a patient's visits": (
        "SELECT id FROM public.visits WHERE patient_id = 'clinicA~main~patients'",
        "visits_patient_id_status_idx",
        ("patient_id = ",),
    ),
    "a patient's readings": (
        "SELECT value FROM public.measurements WHERE patient_id = 'p' AND timestamp >= '2031-01-01'",
        "measurements_patient_id_",
        ("patient_id = ", "timestamp"),
    ),
    "rows by key, as the feed names them": (
        "SELECT id FROM public.visits WHERE id = ANY (ARRAY['a', 'b', 'c'])",
        "visits_pkey",
        ("id = ANY",),
    ),
    "a thread's messages": (
        "SELECT id FROM public.messages WHERE thread_id = 'clinicA~main~message_threads'",
        "messages_thread_id_created_at_idx",
        ("thread_id = ",),
    ),
    "the visit of a slot": (
        "SELECT id FROM public.visits WHERE slot_id = 'clinicA~main~visit_slots'",
        "visits_slot_id_key",
        ("slot_id = ",),
    ),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_uses_its_index_under_row_security(walk: Walk, question: str) -> None:
    statement, index, conditions = QUESTIONS[question]
    connection = walk.connect("clinicA~", "MEDICAL_ASSISTANT")
    with connection.transaction(force_rollback=True):
        connection.execute("SET LOCAL enable_seqscan = off")
        connection.execute("SET LOCAL enable_bitmapscan = off")
        lines = [row[0] for row in connection.execute(sql.SQL("EXPLAIN {}").format(sql.SQL(statement)))]
    plan = "\n".join(lines)
    place = next((number for number, line in enumerate(lines) if index in line), None)
    assert place is not None, plan
    found = next(line for line in lines[place:] if "Index Cond" in line)
    assert all(condition in found for condition in conditions), plan
    assert "hashed SubPlan" not in plan, plan
    called = [line for line in lines if "my_clinic()" in line or "my_providers()" in line]
    assert not [line for line in called if "Filter" in line], f"asked row by row:\n{plan}"
