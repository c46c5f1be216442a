"""Who has died doesn't grow older in the inboxes, beside results and in tasks; the age at death is theirs."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import insert, update

from app.commands.tasks import AddTask
from app.db.models import Alert, Message, MessageThread, Patient
from app.domain.enums import TaskKind
from app.domain.lifetime import Death, age_reached, death_of
from app.queries.alerts import AlertBox, alert_page
from app.queries.labs_order import order_results
from app.queries.messages import ThreadBox, thread_page
from app.queries.patient_card import patient_card
from app.queries.tasks import tasks_of_patient
from app.ui.parts.patient_values import born_text
from tests.support.desk import CLINIC, NOW, Desk
from tests.support.lab_values import resulted

LIS, BORN, TODAY = "pat-lis", date(1949, 11, 30), date(2026, 5, 18)


@pytest.mark.parametrize(
    ("demographics", "flags", "death", "text"),
    [
        (None, None, None, "30 Nov 1949 · 76 y"),
        ({"deceased": "2020-02-02"}, (), Death(date(2020, 2, 2)), "30 Nov 1949 · 70 y at death"),
        ({"deceased": "2020-02-02T10:00:00Z"}, (), Death(date(2020, 2, 2)), "30 Nov 1949 · 70 y at death"),
        ({"deceased": "2020"}, (), Death(), "30 Nov 1949"),
        ({"deceased": True}, (), Death(), "30 Nov 1949"),
        ({"deceased": False}, ("VIP",), None, "30 Nov 1949 · 76 y"),
        (["x"], ("DECEASED",), Death(), "30 Nov 1949"),
    ],
)
def test_an_age_stops_at_death(demographics: Any, flags: Any, death: Death | None, text: str) -> None:
    assert death_of(demographics, flags) == death
    assert born_text(BORN, TODAY, death) == text
    reached = age_reached(BORN, TODAY, death)
    assert reached == (76 if death is None else 70 if death.day else None)


def test_it_stops_wherever_people_are_listed(desk: Desk) -> None:
    desk.write(
        insert(Alert).values(id="a", patient_id=LIS, severity="INFO", type="x", title="x", body="x", created_at=NOW),
        insert(MessageThread).values(id="t", patient_id=LIS, clinic_id=CLINIC, participants=[], created_at=NOW,
                                     last_message_at=NOW, updated_at=NOW),
        insert(Message).values(id="m", thread_id="t", sender_id="u-okafor", content="x", created_at=NOW),
    )  # fmt: skip
    order = resulted(desk)
    desk.okafor.run(AddTask(patient_id=LIS, kind=TaskKind.CALL_BACK, title="Call"))
    values = {"demographics": {"deceased": "2020-02-02"}, "date_of_birth": BORN}
    desk.write(update(Patient).where(Patient.id == LIS).values(**values))
    died, ask = Death(date(2020, 2, 2)), desk.okafor.ask
    tasks = ask(tasks_of_patient, patient_id=LIS)
    for found in (ask(alert_page, box=AlertBox.ALL).items, ask(thread_page, box=ThreadBox.EVERY).items, tasks):
        assert {one.death for one in found if one.patient_id == LIS} == {died}
    assert ask(order_results, order_id=order).age == 70
    assert ask(patient_card, patient_id=LIS).age == 70
