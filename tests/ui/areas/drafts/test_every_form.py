"""Every form that keeps what is typed: it is there after a crash, and one begun anew never takes its place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from app.db.models import Draft
from app.domain.clinical_lists import ListKind
from app.ui.areas.chart.lists.panel import ListPanel
from app.ui.areas.chart.spec import SPEC as CHART
from app.ui.areas.labs.spec import SPEC as LABS
from app.ui.areas.patients.edit_panel import EditPanel
from app.ui.areas.patients.spec import SPEC as PATIENTS
from app.ui.areas.schedule.booking_draft import named
from app.ui.areas.schedule.booking_panel import BookingPanel
from app.ui.areas.schedule.family_panel import FamilyPanel
from app.ui.areas.schedule.patient_pick import Who
from app.ui.areas.schedule.series_panel import SeriesPanel
from app.ui.areas.schedule.waiting_form import WaitingForm
from app.ui.areas.tasks.spec import SPEC as TASKS
from app.ui.parts.lab_order_panel import LabOrderPanel
from app.ui.parts.task_panel import AddTaskPanel
from app.ui.work import Draft as Form
from app.ui.work import PanelPage, RestoreDraft, draft_kinds
from tests.support.desk import Desk
from tests.support.front_desk import Window

LIS, ROUX = Who("pat-lis", "Zygmunt Lis", date(1984, 7, 9)), Who("pat-roux", "Élodie Roux", date(1990, 1, 1))
MORE = (PATIENTS, CHART, LABS, TASKS)


@dataclass(frozen=True)
class Sort:
    """A form that may be begun several times over: what opens it, types a word, reads it."""

    kind: str
    make: Callable[[Window], Any]
    type: Callable[[Any, str], object]
    read: Callable[[Any], str]


def api(made: Window) -> Any:
    """What a signed-in person's forms work with."""
    return made.shell.desk


def _say(panel: Any, text: str) -> None:
    field = panel.reason if hasattr(panel, "reason") else panel.form.reason
    field.setText(text)
    field.textEdited.emit(text)


def _book(panel: Any, text: str) -> None:
    panel.use_patient(named(LIS.id, LIS.name, LIS.born))
    _say(panel, text)


def _several(panel: Any, text: str) -> None:
    panel.people.add(LIS, coming=True)
    _say(panel, text)


def _wait_for(panel: Any, text: str) -> None:
    panel.pick.use(LIS)
    _say(panel, text)


def _task(panel: Any, text: str) -> None:
    panel.title_field.setText(text)
    panel.title_field.textEdited.emit(text)


def _reason(panel: Any) -> str:
    return str((panel.reason if hasattr(panel, "reason") else panel.form.reason).text())


SEVERAL = [
    Sort(draft_kinds.BOOKING, lambda w: BookingPanel(api(w), w.schedule.presenter), _book, _reason),
    Sort(draft_kinds.BOOKING_FAMILY, lambda w: FamilyPanel(api(w), w.schedule.presenter), _several, _reason),
    Sort(draft_kinds.BOOKING_SERIES, lambda w: SeriesPanel(api(w), w.schedule.presenter), _wait_for, _reason),
    Sort(draft_kinds.BOOKING_WAITING, lambda w: WaitingForm(api(w), w.schedule.presenter.providers), _wait_for,
         _reason),
    Sort(draft_kinds.TASK, lambda w: AddTaskPanel(api(w)), _task, lambda panel: str(panel.title_field.text())),
]  # fmt: skip


def kept(clinic: Desk, kind: str) -> list[Any]:
    return clinic.rows(select(Draft.subject).where(Draft.kind == kind).order_by(Draft.id))


def test_no_form_is_forgotten_here() -> None:
    known = {value for name, value in vars(draft_kinds).items() if name.isupper()}
    elsewhere = {  # each has a test that writes, crashes and goes on beside its own form
        draft_kinds.REGISTER_PATIENT, draft_kinds.VISIT_NOTE, draft_kinds.MEASUREMENT, draft_kinds.SIGN_RESULTS,
        draft_kinds.ENTER_RESULTS, draft_kinds.REFERRAL, draft_kinds.EXCUSE_NOTE, draft_kinds.MESSAGE,
        draft_kinds.RULE,
    }  # fmt: skip
    assert known == {one.kind for one in SEVERAL} | set(OF_ONE) | elsewhere


@pytest.mark.parametrize("sort", SEVERAL, ids=lambda sort: sort.kind)
def test_two_forms_begun_are_two_drafts_and_both_come_back(
    clinic: Desk, window: Callable[..., Window], sort: Sort
) -> None:
    first = window("desk", more=MORE)
    for text in ("the first", "the second"):
        panel = sort.make(first)
        api(first).show_panel(panel)
        told: list[bool] = []
        panel.edited.connect(lambda told=told: told.append(True))
        sort.type(panel, text)
        assert told, "the shell keeps it within two seconds"
        api(first).drafts.flush()
    first.wait(lambda: len(kept(clinic, sort.kind)) == 2)
    again = window("desk", "ws-other", more=MORE)  # nothing was said to the first one: as after a crash
    assert set(_taken_up(again, sort.kind, sort.read)) == {"the first", "the second"}
    panel = again.panel
    api(again).drafts.flush()
    panel.finished.emit()
    again.wait(lambda: len(kept(clinic, sort.kind)) == 1)


def _offered(made: Window, kind: str) -> list[Form]:
    found: list[list[Form]] = []
    api(made).drafts.offer(kind, lambda drafts: found.append(list(drafts)))
    made.wait(lambda: found)
    return found[0]


def _another(made: Window, before: object) -> bool:
    return made.panel is not None and made.panel is not before


def _taken_up(made: Window, kind: str, read: Callable[[Any], str]) -> list[str]:
    """What the forms say that the offered drafts open."""
    said = []
    for draft in _offered(made, kind):
        before = made.panel
        assert api(made).navigate(RestoreDraft(draft=draft))
        made.wait(partial(_another, made, before))
        said.append(read(made.panel))
    return said


def _edit(panel: Any, text: str) -> None:
    panel.form.fill({"firstName": text})
    panel.form.edited.emit()


def _labs(panel: Any, text: str) -> None:
    panel.diagnosis.setText(text)
    panel.diagnosis.textEdited.emit(text)


def _list(panel: Any, text: str) -> None:
    panel.fields["name"].setText(text)
    panel.fields["name"].textEdited.emit(text)


OF_ONE: dict[str, tuple[Callable[[Window], PanelPage], Callable[[Any, str], object], Callable[[Any], str]]] = {
    draft_kinds.EDIT_PATIENT: (lambda w: EditPanel(api(w), LIS.id), _edit,
                               lambda panel: str(panel.form.changes().get("firstName", ""))),
    draft_kinds.ORDER_LABS: (lambda w: LabOrderPanel(api(w), LIS.id, LIS.name), _labs,
                             lambda panel: str(panel.diagnosis.text())),
    draft_kinds.CLINICAL_LIST: (lambda w: ListPanel(api(w), LIS.id, ListKind.CONDITIONS), _list,
                                lambda panel: str(panel.fields["name"].text())),
}  # fmt: skip


@pytest.mark.parametrize("kind", OF_ONE)
def test_a_patients_form_opened_anew_goes_on_with_what_was_put_aside(
    clinic: Desk, window: Callable[..., Window], kind: str
) -> None:
    make, enter, read = OF_ONE[kind]
    made = window("okafor", more=MORE)
    panel = make(made)
    api(made).show_panel(panel)
    made.wait(lambda: getattr(panel, "_loaded", True) and getattr(panel, "_name", "-"))
    enter(panel, "Half a word")
    assert made.shell.window.panels.leave()
    api(made).show_panel(make(made))
    assert made.panel is panel, "what was put aside comes back, not a second one that would be kept in its place"
    api(made).drafts.flush()
    made.wait(lambda: len(kept(clinic, kind)) == 1)
    again = window("okafor", "ws-other", more=MORE)
    begun = make(again)
    api(again).show_panel(begun)
    again.wait(lambda: read(begun) == "Half a word")
    assert begun.dirty()
    api(again).drafts.flush()
    assert len(kept(clinic, kind)) == 1
    begun.finished.emit()
    again.wait(lambda: not kept(clinic, kind))
