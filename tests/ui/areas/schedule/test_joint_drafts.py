"""What was filled in of several people, a series or an entry of the waiting list is there again after a crash."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time
from typing import Any

import pytest

from app.kernel.i18n import said
from app.ui.areas.schedule import joint_drafts
from app.ui.areas.schedule.patient_pick import Who
from app.ui.areas.schedule.spec import SPEC
from app.ui.work import Draft
from app.ui.work.places import AddToWaiting, BookSeveral, NewSeries, RestoreDraft
from tests.support.desk import Desk
from tests.support.front_desk import Window

LIS, ROUX = Who("pat-lis", "Zygmunt Lis", date(1984, 7, 9)), Who("pat-roux", "Élodie Roux")


def opened(desk: Window, place: Any) -> Any:
    before = desk.panel
    desk.schedule.open(place)
    desk.wait(lambda: desk.panel is not None and desk.panel is not before)
    return desk.panel


def again(desk: Window, panel: Any) -> Any:
    """The draft goes to the drafts' table and comes back to a panel of its own."""
    draft = panel.draft()
    assert draft is not None
    assert draft.kind in SPEC.draft_kinds
    kept = Draft(draft.kind, draft.subject, draft.title, dict(draft.body))
    panel.finished.emit()
    return opened(desk, RestoreDraft(draft=kept))


def test_several_people(clinic: Desk, window: Callable[..., Window]) -> None:
    desk = window("desk")
    panel = opened(desk, BookSeveral())
    assert panel.draft() is None, "nothing is kept of an empty form"
    panel.people.add(LIS, coming=True)
    panel.people.add(ROUX, coming=False)
    panel.order.set_current("beside")
    panel.reason.setText("Vaccination")
    assert said(panel.draft().title) == "Appointments for Zygmunt Lis"
    panel = again(desk, panel)
    lines = [(line.who, line.coming.isChecked()) for line in panel.people.lines]
    assert lines == [(LIS, True), (ROUX, False)]
    assert (panel.order.current, panel.reason.text()) == ("beside", "Vaccination")


def test_a_series(clinic: Desk, window: Callable[..., Window]) -> None:
    desk = window("desk")
    panel = opened(desk, NewSeries(patient_id=LIS.id, patient_name=LIS.name, born=LIS.born))
    assert panel.draft() is None
    panel.provider.set_current("p-chen")
    panel.first.set_value(date(2026, 6, 1))
    panel.clock.set_value(time(10, 40))
    panel.rhythm.step.set_current("2")
    panel.rhythm.ends.set_current("until")
    panel.rhythm.until.set_value(date(2026, 9, 1))
    panel.reason.setText("Dressing")
    panel = again(desk, panel)
    assert panel.pick.who == LIS
    assert (panel.provider.current, panel.first.value, panel.clock.value) == ("p-chen", date(2026, 6, 1), time(10, 40))
    assert panel.rhythm.rhythm.until == date(2026, 9, 1)
    assert panel.reason.text() == "Dressing"


def test_an_entry_of_the_waiting_list(clinic: Desk, window: Callable[..., Window]) -> None:
    desk = window("desk")
    panel = opened(desk, AddToWaiting(patient_id=ROUX.id, patient_name=ROUX.name))
    assert panel.draft() is None
    panel.reason.setText("Mornings only")
    panel.reason.textEdited.emit("Mornings only")
    panel.time_to.set_value(time(12))
    panel.mode.set_current("VIRTUAL")
    panel = again(desk, panel)
    assert panel.pick.who == ROUX
    assert (panel.reason.text(), panel.time_to.value, panel.mode.current) == ("Mornings only", time(12), "VIRTUAL")
    assert panel.save.isEnabled()


@pytest.mark.parametrize("body", [{}, {"people": 3, "who": "?", "first": "soon", "length": "x"}])
@pytest.mark.parametrize("kind", joint_drafts.KINDS)
def test_what_another_version_kept_opens_an_empty_form(
    clinic: Desk, window: Callable[..., Window], kind: str, body: dict[str, Any]
) -> None:
    desk = window("desk")
    assert opened(desk, RestoreDraft(draft=Draft(kind, "", "", body))) is not None
