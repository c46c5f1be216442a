"""The list of visits and one visit's panel on a real database."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtTest import QTest
from sqlalchemy import select

from app.commands.booking import BookVisit
from app.commands.cancelling import DidNotArrive
from app.db.models import VisitSlot
from app.domain.enums import SlotStatus, VisitMode, VisitStatus
from app.ui.widgets.button import Button
from app.ui.work.places import ShowVisit
from tests.support.desk import Desk
from tests.support.front_desk import Window, elsewhere
from tests.ui.widgets import mouse


def book(clinic: Desk, patient: str, provider: str, clock: str, mode: VisitMode = VisitMode.IN_PERSON) -> str:
    rows = clinic.rows(select(VisitSlot.id).where(VisitSlot.provider_id == provider))
    slot = next(row.id for row in rows if clinic.state(row.id)[1] == clock)
    command = BookVisit(slot_id=slot, patient_id=f"pat-{patient}", visit_mode=mode)
    elsewhere(clinic.desk2.run, command)
    return command.visit_id


def test_filters_narrow_the_list(clinic: Desk, window: Callable[..., Window]) -> None:
    book(clinic, "roux", "p-okafor", "11:00")
    book(clinic, "lis", "p-chen", "11:20", VisitMode.VIRTUAL)
    desk = window("desk")
    page = desk.visits
    desk.wait(lambda: len(page.model.rows) == 2)
    page.mode.set_current(VisitMode.VIRTUAL.value)
    page._changed()
    desk.wait(lambda: [row.patient_name for row in page.model.rows] == ["Zygmunt Lis"])
    page.mode.set_current("")
    page.status.set_current(VisitStatus.CANCELLED.value)
    page._changed()
    desk.wait(lambda: not page.model.rows)


def test_who_did_not_arrive_is_listed_with_what_they_wanted(clinic: Desk, window: Callable[..., Window]) -> None:
    rows = clinic.rows(select(VisitSlot.id).where(VisitSlot.provider_id == "p-okafor"))
    slot = next(row.id for row in rows if clinic.state(row.id)[1] == "11:00")
    command = BookVisit(slot_id=slot, patient_id="pat-roux", visit_mode=VisitMode.IN_PERSON, reason_text="Cough")
    elsewhere(clinic.desk2.run, command)
    elsewhere(clinic.desk2.run, DidNotArrive(visit_id=command.visit_id))
    desk = window("desk")
    model = desk.visits.model
    desk.wait(lambda: len(model.rows) == 1)
    assert [model.index(0, column).data() for column in (5, 6)] == ["Did not arrive", "Cough"]


def test_a_cancellation_waits_ten_seconds_and_can_be_stopped(clinic: Desk, window: Callable[..., Window]) -> None:
    visit = book(clinic, "roux", "p-okafor", "11:00")
    desk = window("desk")
    desk.visits.open(ShowVisit(visit_id=visit))
    desk.wait(lambda: desk.panel is not None and desk.panel._view is not None)
    panel = desk.panel
    QTest.mouseClick(panel._cancel.go, mouse.LEFT)
    desk.wait(lambda: desk.shell.window.findChildren(Button))
    assert clinic.visit(visit).status is VisitStatus.PLANNED  # nothing has been sent yet


def test_cancelling_frees_the_slot(clinic: Desk, window: Callable[..., Window]) -> None:
    visit = book(clinic, "roux", "p-okafor", "11:00")
    slot = clinic.visit(visit).slot_id
    desk = window("desk")
    desk.visits.open(ShowVisit(visit_id=visit))
    desk.wait(lambda: desk.panel is not None and desk.panel._view is not None)
    action = desk.panel.cancellation(desk.panel._view.row)
    assert "Élodie Roux" in action.text
    assert action.seconds == 10
    elsewhere(desk.workspace.execute, action.command)
    desk.wait(lambda: clinic.status(slot) is SlotStatus.FREE)
    desk.wait(lambda: desk.panel._view.row.status is VisitStatus.CANCELLED)
