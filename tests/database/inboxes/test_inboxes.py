"""What the server's functions put on a page is what the plain question finds, row by row, under row-level security."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.enums import AlertSeverity, SeverityLevel
from app.queries.alerts import AlertBox, alert_page
from app.queries.core import Page, Reader
from app.queries.counts import rail_counts
from app.queries.messages import ThreadBox, thread_page, unread_counts
from app.queries.requests import RequestBox, request_page
from tests.support.desk import NOW, Desk

PEOPLE = ("desk", "okafor", "chen", "admin")
_FILL = """
SELECT setseed(0.42);
INSERT INTO clinics (id, name, updated_at) VALUES ('clinic-2', 'Elsewhere', :now);
INSERT INTO users (id, email, password_hash, role, clinic_id, patient_id, updated_at)
    VALUES ('pu-far', 'far@patients.example', '!', 'PATIENT', 'clinic-2', 'pat-far', :now);
INSERT INTO patients (id, user_id, clinic_id, first_name, last_name, flags, updated_at)
    VALUES ('pat-far', 'pu-far', 'clinic-2', 'Far', 'Away', '{}', :now);
INSERT INTO desktop.cover (id, clinic_id, for_user, by_user, starts_at, ends_at, may_sign, created_by, created_at,
        updated_at)
    SELECT 'cover-' || f, 'clinic-1', f, b, :now - s * interval '1 day', :now + e * interval '1 day', false, 'u-admin',
           :now, :now FROM (VALUES ('u-chen', 'u-okafor', 1, 1), ('u-okafor', 'u-chen', 2, -1)) c (f, b, s, e);
INSERT INTO visit_requests (id, patient_id, "requestType", "visitMode", reason_text, severity, status, created_at,
        updated_at)
    SELECT 'q' || n, (ARRAY['pat-lis', 'pat-roux', 'pat-far'])[1 + n % 3], 'SCHEDULED', 'IN_PERSON', 'Reason',
           (enum_range(NULL::"SeverityLevel"))[1 + floor(random() * 4)::int],
           (enum_range(NULL::"RequestStatus"))[1 + floor(random() * 5)::int],
           :now - floor(random() * 9) * interval '1 hour', :now FROM generate_series(1, 150) n;
INSERT INTO alerts (id, patient_id, severity, type, title, body, status, created_at)
    SELECT 'a' || n, (ARRAY['pat-lis', 'pat-roux', 'pat-far'])[1 + n % 3],
           (ARRAY['INFO', 'WARNING', 'CRITICAL', 'odd'])[1 + floor(random() * 4)::int], 'T', 'Title', 'Body',
           (ARRAY['ACTIVE', 'ACTIVE', 'RESOLVED'])[1 + floor(random() * 3)::int],
           :now - floor(random() * 80) * interval '1 hour' FROM generate_series(1, 150) n;
INSERT INTO desktop.alert_detail (alert_id, clinic_id, owner_user, snoozed_until, updated_at)
    SELECT 'a' || n, 'clinic-1', (ARRAY[NULL, 'u-okafor', 'u-chen'])[1 + floor(random() * 3)::int],
           CASE WHEN random() < 0.4 THEN :now + (random() * 50 - 40) * interval '1 hour' END, :now
    FROM generate_series(1, 150) n WHERE n % 3 <> 2 AND random() < 0.6;
INSERT INTO message_threads (id, patient_id, participants, last_message_at, created_at, updated_at)
    SELECT 't' || n, (ARRAY['pat-lis', 'pat-roux', 'pat-far'])[1 + n % 3],
           jsonb_build_array('pu-lis', (ARRAY['u-okafor', 'u-chen', 'u-desk'])[1 + floor(random() * 3)::int]),
           CASE WHEN n % 7 > 0 THEN :now - floor(random() * 9) * interval '1 hour' END, :now - interval '12 hours', :now
    FROM generate_series(1, 150) n;
INSERT INTO messages (id, thread_id, sender_id, content, read, created_at)
    SELECT 'm' || n, 't' || 1 + n % 150, (ARRAY['pu-lis', 'pu-roux', 'u-desk', 'pu-far'])[1 + floor(random() * 4)::int],
           'Words', random() < 0.8, :now - interval '12 hours' FROM generate_series(1, 400) n;
INSERT INTO desktop.thread_detail (thread_id, clinic_id, owner_user, owner_role, closed_at, updated_at)
    SELECT 't' || n, 'clinic-1', (ARRAY[NULL, 'u-okafor', 'u-chen'])[1 + floor(random() * 3)::int],
           CASE WHEN random() < 0.2 THEN 'PROVIDER' END,
           CASE WHEN random() < 0.5 THEN :now - floor(random() * 9) * interval '1 hour' END, :now
    FROM generate_series(1, 150) n WHERE n % 3 <> 2 AND random() < 0.6
"""


@pytest.fixture
def clinic(pg_desk: Desk) -> Desk:
    """Many rows of every sort, some of another clinic."""
    with pg_desk.session() as session:
        for statement in _FILL.split(";\n"):
            session.execute(
                text(statement).bindparams(**({"now": NOW.replace(tzinfo=None)} if ":now" in statement else {}))
            )
    return pg_desk


def plainly(question: Callable[..., Any]) -> Callable[..., Any]:
    """The same question as the workstation's store answers it, put to the server."""

    def asked(session: Session, reader: Reader, **said: Any) -> Any:
        return question(session, replace(reader, online=False), **said)

    return asked


def walk(clinic: Desk, who: str, page: Callable[..., Any], **said: Any) -> list[Any]:
    """All rows, page by page."""
    rows: list[Any] = []
    cursor = None
    while True:
        found: Page[Any] = getattr(clinic, who).ask(page, limit=7, cursor=cursor, **said)
        rows += found.items
        cursor = found.cursor
        if not found.more:
            return rows


@pytest.mark.parametrize("who", PEOPLE)
def test_requests_are_the_same_page_by_page(clinic: Desk, who: str) -> None:
    for said in ({"box": box, "severity": one} for box in RequestBox for one in (None, SeverityLevel.ORANGE)):
        found = walk(clinic, who, request_page, **said)
        assert found == walk(clinic, who, plainly(request_page), **said), said
        assert found
        assert {row.patient_name for row in found} <= {"Zygmunt Lis", "Élodie Roux"}


@pytest.mark.parametrize("who", PEOPLE)
def test_alerts_are_the_same_page_by_page(clinic: Desk, who: str) -> None:
    seen = 0
    for said in ({"box": box, "severity": one} for box in AlertBox for one in (None, AlertSeverity.WARNING)):
        found = walk(clinic, who, alert_page, **said)
        assert found == walk(clinic, who, plainly(alert_page), **said), said
        assert {row.patient_name for row in found} <= {"Zygmunt Lis", "Élodie Roux"}
        seen += len(found)
    assert seen > 50


@pytest.mark.parametrize("who", PEOPLE)
def test_conversations_are_the_same_page_by_page(clinic: Desk, who: str) -> None:
    seen = 0
    for box in ThreadBox:
        found = walk(clinic, who, thread_page, box=box)
        assert found == walk(clinic, who, plainly(thread_page), box=box), box
        seen += len(found)
        assert {row.patient_name for row in found} <= {"Zygmunt Lis", "Élodie Roux"}
    assert seen > 100


@pytest.mark.parametrize("who", PEOPLE)
def test_numbers_are_the_same(clinic: Desk, who: str) -> None:
    person = getattr(clinic, who)
    for question in (unread_counts, rail_counts):
        found = person.ask(question)
        assert found == person.ask(plainly(question))
        assert any(found.values())
