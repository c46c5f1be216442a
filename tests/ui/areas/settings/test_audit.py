"""The audit in the window, on a real database: filters, pages, an entry's fields, the chain, the export."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import psycopg
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.commands.clinic import SaveRoom
from app.commands.patients import EditPatient, FieldChange, RegisterPatient
from app.kernel.errors import Refused
from app.kernel.ids import new_uuid
from app.queries.audit import AuditKind, audit_names, audit_search
from app.queries.clinic import staff
from app.ui.areas.settings.audit_panel import AuditPanel
from app.ui.areas.settings.audit_section import AuditSection
from app.ui.areas.settings.page import SettingsPage
from app.ui.widgets.states import ErrorState
from app.ui.work.places import ShowSettings
from app.workspace.workspace import Workspace
from tests.support.clinics import staff as member
from tests.support.postgres import Server
from tests.support.shell import FakeShell, FakeWorkspace, an_actor
from tests.support.signed_in import shell_on, signed_in

WAIT = 20_000


@pytest.fixture
def workspace(server: Server, clinic_db: str, home: Path) -> Iterator[Workspace]:
    with signed_in(server, clinic_db, "ADMIN") as one:
        yield one


@pytest.fixture
def shell(workspace: Workspace) -> FakeShell:
    return shell_on(workspace)


@pytest.fixture
def patient(workspace: Workspace) -> str:
    command = RegisterPatient(patient_id=new_uuid(), user_id=new_uuid(), first_name="Zygmunt", last_name="Lis",
                              date_of_birth=date(1949, 11, 30))  # fmt: skip
    workspace.execute(command)
    change = FieldChange(field="lastName", old="Lis", new="Lisowski")
    workspace.execute(EditPatient(patient_id=command.patient_id, changes=(change,)), command_id="the-edit")
    return command.patient_id


def shown(qtbot: QtBot, shell: FakeShell) -> AuditSection:
    section = AuditSection(shell)
    qtbot.addWidget(section)
    section.resize(1000, 700)
    section.show()
    section.refresh()
    qtbot.waitUntil(lambda: bool(section.model.rows), timeout=WAIT)
    return section


def tables(section: AuditSection) -> set[str]:
    return {entry.table for entry in section.model.rows}


def test_it_is_a_section_of_the_settings(qtbot: QtBot, shell: FakeShell, patient: str) -> None:
    page = SettingsPage(shell)
    qtbot.addWidget(page)
    page.resize(1200, 800)
    page.show()
    page.open(ShowSettings(section="audit"))
    section = page.section("audit")
    assert isinstance(section, AuditSection)
    qtbot.waitUntil(lambda: "patients" in tables(section), timeout=WAIT)
    assert page.list.current_key == "audit"


def test_filters_narrow_the_list(qtbot: QtBot, shell: FakeShell, workspace: Workspace, patient: str) -> None:
    workspace.execute(SaveRoom(room_id="room-1", name="Room 1"))
    section = shown(qtbot, shell)
    qtbot.waitUntil(lambda: {"patients", "room"} <= tables(section), timeout=WAIT)
    section.filters.table.set_current("room")
    qtbot.waitUntil(lambda: tables(section) == {"room"}, timeout=WAIT)
    section.filters.kind.set_current(AuditKind.REMOVED.value)
    qtbot.waitUntil(lambda: not section.model.rows, timeout=WAIT)
    section.filters.reset_button.click()
    qtbot.waitUntil(lambda: {"patients", "room"} <= tables(section), timeout=WAIT)
    section.filters.command.setFocus()
    QTest.keyClicks(section.filters.command, "the-edit")
    QTest.keyClick(section.filters.command, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: {e.command_id for e in section.model.rows} == {"the-edit"}, timeout=WAIT)
    section.filters.reset_button.click()
    shell.patient = (patient, "Zygmunt Lisowski")
    section.filters.patient_button.click()
    qtbot.waitUntil(lambda: {e.patient_id for e in section.model.rows} == {patient}, timeout=WAIT)
    assert section.filters.patient_button.text() == "Zygmunt Lisowski"
    qtbot.waitUntil(lambda: section.filters.person.count() == 4, timeout=WAIT)
    section.filters.person.set_current(member("PROVIDER").user_id)
    qtbot.waitUntil(lambda: not section.model.rows, timeout=WAIT)


def test_an_entry_shows_each_field_before_and_after(qtbot: QtBot, shell: FakeShell, patient: str) -> None:
    section = shown(qtbot, shell)
    section.filters.show_command("the-edit")
    qtbot.waitUntil(lambda: "patients" in tables(section) and len(section.model.rows) < 4, timeout=WAIT)
    place = next(n for n, entry in enumerate(section.model.rows) if entry.table == "patients")
    section.table.setCurrentIndex(section.model.index(place, 0))
    QTest.keyClick(section.table, Qt.Key.Key_Return)
    (panel,) = shell.panels
    assert isinstance(panel, AuditPanel)
    qtbot.addWidget(panel)
    assert panel.title() == "Changed: Patients"
    assert ("Last name", "Lis", "Lisowski") in panel.fields()
    facts = dict(panel.facts())
    assert (facts["Who"], facts["Workstation"], facts["Command"]) == ("Admin 1", "desk", "Edit patient")
    assert (facts["Patient"], facts["Command id"]) == ("Zygmunt Lisowski", "the-edit")
    assert "America/New_York" in facts["When"]
    panel.patient_button.click()
    qtbot.waitUntil(lambda: section.filters.value.patient_id == patient, timeout=WAIT)


def test_ids_get_the_names_of_whom_they_mean(qtbot: QtBot, shell: FakeShell, patient: str) -> None:
    section = shown(qtbot, shell)
    section.filters.table.set_current("patient_detail")
    qtbot.waitUntil(lambda: tables(section) == {"patient_detail"}, timeout=WAIT)
    panel = AuditPanel(shell, section.model.rows[-1])
    qtbot.addWidget(panel)
    qtbot.waitUntil(lambda: ("Patient", "", "Zygmunt Lisowski") in panel.fields(), timeout=WAIT)


def test_the_chain_is_checked_and_a_forgery_named(
    qtbot: QtBot, shell: FakeShell, patient: str, server: Server, clinic_db: str
) -> None:
    section = shown(qtbot, shell)
    section.check_button.click()
    assert not section.check_button.isEnabled()
    qtbot.waitUntil(lambda: not section.good.isHidden(), timeout=WAIT)
    assert section.check_button.isEnabled()
    with psycopg.connect(server.owner_url(clinic_db), autocommit=True) as owner:
        owner.execute("ALTER TABLE desktop.audit DISABLE TRIGGER USER")
        owner.execute("UPDATE desktop.audit SET who = 'x' WHERE table_name = 'patients' AND op = 'I'")
    section.check_button.click()
    qtbot.waitUntil(lambda: not section.bad.isHidden(), timeout=WAIT)
    assert section.good.isHidden()
    assert "the row was changed" in section.bad.text.text()
    (panel,) = shell.panels
    assert isinstance(panel, AuditPanel)
    qtbot.addWidget(panel)
    assert panel.title() == "Added: Patients"


def test_an_export_writes_a_file_and_shows_up_in_the_audit(
    qtbot: QtBot, shell: FakeShell, patient: str, tmp_path: Path
) -> None:
    section = shown(qtbot, shell)
    section.filters.table.set_current("patients")
    qtbot.waitUntil(lambda: tables(section) == {"patients"}, timeout=WAIT)
    section.export_to(tmp_path / "audit.csv")
    qtbot.waitUntil(lambda: bool(shell.toasts), timeout=WAIT)
    assert "Lisowski" in (tmp_path / "audit.csv").read_text(encoding="utf-8-sig")
    section.filters.table.set_current("")
    qtbot.waitUntil(lambda: "EXPORT" in {entry.detail for entry in section.model.rows}, timeout=WAIT)
    section.export_to(tmp_path / "no folder" / "audit.csv")
    qtbot.waitUntil(lambda: not section.bad.isHidden(), timeout=WAIT)


def test_without_the_server_it_says_that_it_needs_it(qtbot: QtBot) -> None:
    needs = Refused("NeedsServer", "not here")
    workspace = FakeWorkspace(answers={audit_search: needs, staff: needs, audit_names: {}}, actor=an_actor())
    section = AuditSection(FakeShell(workspace))
    qtbot.addWidget(section)
    section.show()
    section.refresh()
    qtbot.waitUntil(lambda: isinstance(section.stack.shown, ErrorState), timeout=WAIT)
    assert not section.model.rows


def test_only_administrators_have_the_section(qtbot: QtBot) -> None:
    page = SettingsPage(FakeShell(FakeWorkspace(answers={})))
    qtbot.addWidget(page)
    assert "audit" not in {item.key for item in page.list.items()}
