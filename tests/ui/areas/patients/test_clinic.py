"""The patients' area on a real database, with a second desk beside it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from sqlalchemy import func, select

from app.commands.merging import MergePatients
from app.commands.patients import EditPatient, FieldChange, FlagPatient, RegisterPatient
from app.db.models import Measurement, Patient, PatientDetail
from app.domain.imports import Skipped, Tally
from app.kernel.ids import new_uuid
from app.ui.areas.chart.spec import SPEC as CHART
from app.ui.areas.chart.view import ChartPage
from app.ui.areas.patients.edit_panel import EditPanel
from app.ui.areas.patients.page import PatientsPage
from app.ui.areas.patients.register_panel import RegisterPanel
from app.ui.areas.patients.spec import SPEC
from app.ui.areas.schedule.booking_panel import BookingPanel
from app.ui.parts.imports.view import ImportView
from app.ui.work.places import EditDetails, ImportPatients, NewPatient
from tests.support.desk import Desk
from tests.support.front_desk import FAST_MS, Window, elsewhere

Key = Qt.Key
CTRL = Qt.KeyboardModifier.ControlModifier
KOWALSKA = "pat-kowalska"
Open = Callable[..., tuple[Window, PatientsPage]]


@pytest.fixture
def at_desk(window: Callable[..., Window]) -> Open:
    """A window with the patients' list on the screen: ``desk, page = at_desk("admin")``."""

    def make(name: str = "desk") -> tuple[Window, PatientsPage]:
        desk = window(name, more=(SPEC,))
        page: PatientsPage = desk.page("patients")
        desk.sit_down()
        desk.wait(lambda: page.list.lines.shown_text is not None)
        return desk, page

    return make


def names(page: PatientsPage) -> list[str]:
    return [line.name for line in page.list.lines.model.rows]


def card(desk: Window, page: PatientsPage, patient_id: str) -> None:
    page.open(EditDetails(patient_id=patient_id))
    desk.wait(lambda: page.presenter.card is not None and page.presenter.card.id == patient_id)


def find(desk: Window, page: PatientsPage, typed: str, patient_id: str) -> None:
    page.list.field.setFocus()
    QTest.keyClicks(page.list.field, typed)
    desk.wait(lambda: page.list.marked == patient_id)


def stored(clinic: Desk, patient_id: str) -> Any:
    return clinic.rows(select(Patient.__table__).where(Patient.id == patient_id))[0]


def test_a_misspelt_name_is_found_its_details_opened_and_booked_with_the_keyboard_alone(
    clinic: Desk, at_desk: Open
) -> None:
    desk, page = at_desk()
    assert names(page)[0] == "Walter Brandt"
    find(desk, page, "horvatth", "pat-horvath")
    QTest.keyClick(desk.shell.window, Key.Key_F2)
    desk.wait(lambda: page.presenter.card is not None)
    assert page.card.header.name.text() == "Katalin Horváth"
    QTest.keyClick(desk.shell.window, Key.Key_B, Qt.KeyboardModifier.AltModifier)
    desk.wait(lambda: isinstance(desk.panel, BookingPanel) and desk.panel._patient is not None)
    assert desk.panel._patient.id == "pat-horvath"
    assert desk.shell.window.stack.current == "schedule"


def test_from_the_search_to_the_chart_its_details_and_back_by_key(clinic: Desk, window: Callable[..., Window]) -> None:
    desk = window("okafor", more=(SPEC, CHART))
    page: PatientsPage = desk.page("patients")
    desk.sit_down()
    desk.wait(lambda: page.list.lines.shown_text is not None)
    find(desk, page, "horvatth", "pat-horvath")
    QTest.keyClick(page.list.field, Key.Key_Return)
    desk.wait(lambda: desk.shell.window.stack.current == "chart")
    chart = desk.shell.window.stack.page("chart")
    assert isinstance(chart, ChartPage)
    desk.wait(lambda: chart.header.name.text() == "Katalin Horváth")
    QTest.keyClick(desk.shell.window, Key.Key_F2)
    desk.wait(lambda: page.presenter.card is not None and page.isVisible())
    assert page.card.header.back_button.accessibleName() == "Back to the chart"
    QTest.keyClick(desk.shell.window, Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    desk.wait(lambda: desk.shell.window.stack.current == "chart" and chart.has_patient)
    assert chart.presenter.patient_id == "pat-horvath"
    QTest.keyClick(desk.shell.window, Key.Key_3, CTRL)
    desk.wait(lambda: desk.shell.window.stack.current == "patients")
    assert page.list_shown, "the details are left behind"


def test_whom_a_laboratory_names_is_registered_with_what_it_says(clinic: Desk, at_desk: Open) -> None:
    desk, page = at_desk()
    page.open(NewPatient(first_name="Amalia", last_name="Quintero", born=date(1980, 2, 2), sex="female"))
    desk.wait(lambda: isinstance(desk.panel, RegisterPanel) and desk.panel.question.settled)
    desk.panel.save()
    desk.wait(lambda: page.presenter.card is not None and page.presenter.card.first_name == "Amalia")
    made = stored(clinic, page.presenter.patient_id)
    assert (made.last_name, made.date_of_birth, made.demographics["sex"]) == ("Quintero", date(1980, 2, 2), "female")


def test_registering_warns_of_the_one_who_is_here_and_goes_on_when_told_to(clinic: Desk, at_desk: Open) -> None:
    desk, page = at_desk()
    before = clinic.rows(select(func.count()).select_from(Patient))[0][0]
    page.openers.register("Ana Kowalska 415 555 0163")
    desk.wait(lambda: isinstance(desk.panel, RegisterPanel) and desk.panel.question.settled)
    panel = desk.panel
    assert {one.patient.id for one in panel.notice.same_person} == {KOWALSKA, "pat-kowalski"}
    panel.save()
    assert clinic.rows(select(func.count()).select_from(Patient))[0][0] == before
    panel.save()
    desk.wait(lambda: page.presenter.card is not None and page.presenter.card.first_name == "Ana")
    made = stored(clinic, page.presenter.patient_id)
    assert (made.last_name, made.demographics["phones"][0]["value"]) == ("Kowalska", "(415) 555-0163")
    assert page.card.identity.isVisible(), "without a birth date the identity is open"
    desk.wait(lambda: desk.panel is None)


def test_what_another_desk_does_is_soon_on_the_screen(clinic: Desk, at_desk: Open) -> None:
    desk, page = at_desk()
    command = RegisterPatient(patient_id=new_uuid(), user_id=new_uuid(), first_name="Aaron", last_name="Aaronson")
    began = time.monotonic()
    elsewhere(clinic.desk2.run, command)
    desk.wait(lambda: names(page)[0] == "Aaron Aaronson")
    assert time.monotonic() - began < 4 * FAST_MS / 1000
    card(desk, page, KOWALSKA)
    elsewhere(clinic.desk2.run, FlagPatient(patient_id=KOWALSKA, add=("FALL_RISK",)))
    desk.wait(lambda: "Fall risk" in [chip.text for chip in page.card.header.chips.chips])


@pytest.mark.parametrize("take_theirs", [False, True])
def test_two_desks_change_the_same_field(clinic: Desk, at_desk: Open, take_theirs: bool) -> None:
    desk, page = at_desk()
    card(desk, page, KOWALSKA)
    page.edit()
    desk.wait(lambda: isinstance(desk.panel, EditPanel) and desk.panel._loaded)
    panel = desk.panel
    last, language = panel.form.editor("lastName"), panel.form.editor("language")
    last.setFocus()
    last.selectAll()
    QTest.keyClicks(last, "Lis")
    language.setFocus()
    QTest.keyClicks(language, "pl")
    theirs = FieldChange("lastName", "Kowalska", "Nowak")
    elsewhere(clinic.desk2.run, EditPatient(patient_id=KOWALSKA, changes=(theirs, FieldChange("mrn", None, "9"))))
    desk.wait(lambda: panel.form.editor("mrn").text() == "9")
    assert last.text() == "Lis"
    QTest.keyClick(last, Key.Key_Return, CTRL)
    desk.wait(lambda: panel.conflict.open)
    if take_theirs:
        panel.conflict.lines["lastName"].choice.set_current("theirs")
    QTest.keyClick(last, Key.Key_Return, CTRL)
    desk.wait(lambda: desk.panel is None)
    row = stored(clinic, KOWALSKA)
    assert row.last_name == ("Nowak" if take_theirs else "Lis")
    assert (row.demographics["language"], row.demographics["mrn"]) == ("pl", "9")


def test_an_administrator_merges_and_takes_it_back(clinic: Desk, at_desk: Open) -> None:
    desk, page = at_desk("admin")
    merge = MergePatients(keep_id=KOWALSKA, drop_id="pat-kowalski")
    card(desk, page, "pat-kowalski")
    elsewhere(clinic.admin.run, merge)
    desk.wait(page.card.merged.isVisible)
    assert not page.has_card
    QTest.mouseClick(page.card.merged.open_button, Qt.MouseButton.LeftButton)
    desk.wait(page.card.past.isVisible)
    page.presenter.undo_merge("pat-kowalski", "Anna Kowalski")
    merged = select(PatientDetail.merged_into).where(PatientDetail.patient_id == "pat-kowalski")
    assert clinic.rows(merged)[0][0] == KOWALSKA, "it waits ten seconds"


def bundle(folder: Path) -> None:
    patient = {
        "resourceType": "Patient", "id": "x1", "name": [{"family": "Zhurkova", "given": ["Ludmila"]}],
        "birthDate": "1971-02-03", "gender": "female",
    }  # fmt: skip
    weight = {
        "resourceType": "Observation", "id": "o1", "status": "final", "subject": {"reference": "Patient/x1"},
        "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
        "effectiveDateTime": "2024-05-01T10:00:00Z",
        "valueQuantity": {"value": 70, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"},
    }  # fmt: skip
    entries = [{"fullUrl": f"http://x.example/{one['resourceType']}/{one['id']}", "resource": one}
               for one in (patient, weight)]  # fmt: skip
    document = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    (folder / "one.json").write_text(json.dumps(document), encoding="utf-8")
    (folder / "broken.json").write_text("{", encoding="utf-8")


def run_import(desk: Window, page: PatientsPage, folder: Path, *, dry_run: bool) -> Tally:
    page.open(ImportPatients())
    view = page._import
    assert isinstance(view, ImportView)
    view.set_paths([folder])
    view.report.hide()
    view.start(dry_run=dry_run)
    desk.wait(view.report.isVisible)
    shown = view.report.shown
    assert shown is not None
    report, numbers = shown
    tally = Tally()
    for line in report.table.all_lines(numbers):
        if line.outcome.value in ("taken", "unchanged"):
            getattr(tally, line.outcome.value)[line.kind] += line.count
        elif line.outcome.value in ("skipped", "refused"):
            tally.skipped.append(Skipped(f"{line.file} {line.place}", line.kind, line.reason, line.count))
    return tally


def test_a_folder_of_records_is_tried_imported_and_imported_again(clinic: Desk, at_desk: Open, tmp_path: Path) -> None:
    bundle(tmp_path)
    desk, page = at_desk("admin")
    tried = run_import(desk, page, tmp_path, dry_run=True)
    assert (tried.taken["Patient"], tried.taken["Observation"], len(tried.skipped)) == (1, 1, 1)
    weights = select(func.count()).select_from(Measurement)
    assert clinic.rows(weights)[0][0] == 0
    assert run_import(desk, page, tmp_path, dry_run=False).taken == tried.taken
    assert clinic.rows(weights)[0][0] == 1
    again = run_import(desk, page, tmp_path, dry_run=False)
    assert (again.taken.total(), again.unchanged["Patient"]) == (0, 1)
    page.home()
    assert page.list_shown
    page.list.field.setFocus()
    QTest.keyClicks(page.list.field, "zurkova ludmila")
    desk.wait(lambda: names(page) == ["Ludmila Zhurkova"])


def test_the_desk_imports_people_but_no_records(clinic: Desk, at_desk: Open, tmp_path: Path) -> None:
    bundle(tmp_path)
    desk, page = at_desk("desk")
    tally = run_import(desk, page, tmp_path, dry_run=False)
    assert tally.taken == {"Patient": 1}
    assert "only an administrator imports these" in [row.reason for row in tally.skipped]
    assert clinic.rows(select(func.count()).select_from(Measurement))[0][0] == 0
