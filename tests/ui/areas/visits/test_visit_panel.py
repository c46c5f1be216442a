"""A visit's panel: its steps stay in hand while others work, and are only those that the person may take."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.commands.booking import BookVisit
from app.commands.visits import CheckIn, ConfirmVisit
from app.domain.enums import VisitMode
from app.ui.parts.visit_panel import VisitPanel
from app.ui.widgets.button import Button
from tests.support.desk import Desk
from tests.support.front_desk import Window, elsewhere


def booked(clinic: Desk, clock: str, patient: str) -> str:
    """A visit with Dr Okafor later today."""
    command = BookVisit(slot_id=clinic.slot(clock), patient_id=f"pat-{patient}", visit_mode=VisitMode.IN_PERSON)
    return str(clinic.desk.run(command).result["visitId"])


def shown(made: Window, visit: str) -> VisitPanel:
    panel = VisitPanel(made.today.api, visit)
    made.today.api.show_panel(panel)
    made.wait(panel.chart.isEnabled)
    return panel


def steps(panel: VisitPanel) -> list[Button]:
    items = [panel._steps.itemAt(index) for index in range(panel._steps.count())]
    return [widget for item in items if item is not None and isinstance(widget := item.widget(), Button)]


def texts(panel: VisitPanel) -> list[str]:
    return [button.text() for button in steps(panel)]


def test_a_step_stays_in_hand_while_others_work(clinic: Desk, window: Callable[..., Window]) -> None:
    visit = booked(clinic, "15:00", "lis")
    made = window("desk")
    made.sit_down()
    panel = shown(made, visit)
    assert texts(panel) == ["Check in", "Did not arrive", "Confirmed by phone"]
    steps(panel)[0].setFocus()
    before = steps(panel)
    other = booked(clinic, "15:20", "roux")
    elsewhere(clinic.desk2.run, CheckIn(visit_id=other))
    elsewhere(clinic.desk2.run, ConfirmVisit(visit_id=visit))
    made.wait(lambda: len(steps(panel)) == 2)
    assert before[0] not in steps(panel)
    made.wait(steps(panel)[0].hasFocus)
    assert "Confirmed" in panel._phone.text()
    QTest.keyClick(steps(panel)[0], Qt.Key.Key_Space)
    made.wait(lambda: texts(panel) == ["Left before seen"])
    made.wait(steps(panel)[0].hasFocus)


def test_only_the_visits_own_provider_is_offered_to_begin_it(clinic: Desk, window: Callable[..., Window]) -> None:
    visit = booked(clinic, "15:00", "lis")
    clinic.desk.run(CheckIn(visit_id=visit))
    panel = shown(window("chen"), visit)
    assert texts(panel) == ["Left before seen"]
