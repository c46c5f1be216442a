"""Settings in the window, on a real database: what is saved, what is refused at its field, what stays typed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.commands.clinic import SaveRoom
from app.kernel.paths import Paths
from app.kernel.profiles import Profile, ProfileKind, remember
from app.queries.clinic import appointment_types, clinic_view, providers, rooms
from app.queries.labs_grid import order_sets
from app.ui.areas.settings.backup_section import BackupSection, read_plan
from app.ui.areas.settings.clinic_section import ClinicSection
from app.ui.areas.settings.lists_section import ListSection, ProvidersSection, RoomsSection, TypesSection
from app.ui.areas.settings.order_sets_section import OrderSetsSection
from app.ui.areas.settings.page import SettingsPage
from app.ui.widgets.form import FormField
from app.ui.work.places import ShowSettings
from app.workspace.workspace import Workspace
from tests.support.postgres import Server
from tests.support.shell import FakeShell
from tests.support.signed_in import shell_on, signed_in


@pytest.fixture
def workspace(server: Server, clinic_db: str) -> Iterator[Workspace]:
    with signed_in(server, clinic_db, "ADMIN") as one:
        yield one


@pytest.fixture
def shell(workspace: Workspace) -> FakeShell:
    return shell_on(workspace)


@pytest.fixture
def page(qtbot: QtBot, shell: FakeShell, home: Path) -> SettingsPage:
    one = SettingsPage(shell)
    qtbot.addWidget(one)
    one.resize(1000, 760)
    one.show()
    qtbot.waitUntil(lambda: clinic(one).fields["name"].text() == "Clinic 1")
    return one


def clinic(page: SettingsPage) -> ClinicSection:
    section = page.section("clinic")
    assert isinstance(section, ClinicSection)
    return section


def shown_list(page: SettingsPage, key: str) -> ListSection:
    page.open(ShowSettings(section=key))
    section = page.section(key)
    assert isinstance(section, ListSection)
    return section


def test_every_line_of_the_clinic_stands_there_once(page: SettingsPage) -> None:
    labels = [one.label.text() for one in clinic(page).findChildren(FormField)]
    assert len(labels) == len(set(labels)) == len(clinic(page).fields)


def test_only_what_was_changed_is_saved(
    qtbot: QtBot, page: SettingsPage, shell: FakeShell, workspace: Workspace
) -> None:
    clinic(page).fields["phone"].setText("(415) 555-0100")
    clinic(page).fields["late_after_minutes"].setText("12")
    clinic(page).save.click()
    qtbot.waitUntil(lambda: bool(shell.done))
    view = workspace.ask(clinic_view)
    assert view.branding["phone"] == "(415) 555-0100"
    assert view.settings["late_after_minutes"] == 12
    assert (view.name, view.settings["timezone"]) == ("Clinic 1", "America/New_York")


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("timezone", "Europe/Atlantis"),
        ("timezone", ""),
        ("slot_minutes", "4"),
        ("slot_minutes", "a few"),
        ("room_url_template", "http://rooms.example/{room}"),
        ("name", "  "),
    ],
)
def test_a_wrong_value_is_named_at_its_field(
    qtbot: QtBot, page: SettingsPage, shell: FakeShell, workspace: Workspace, field: str, typed: str
) -> None:
    before = workspace.ask(clinic_view)
    clinic(page).fields[field].setText(typed)
    clinic(page).save.click()
    qtbot.waitUntil(lambda: bool(clinic(page).form.field(field).error))
    assert clinic(page).fields[field].text() == typed
    assert "{{" not in clinic(page).form.field(field).error
    assert workspace.ask(clinic_view) == before
    assert not shell.done


def test_a_type_is_added_changed_and_taken_out_of_use(
    qtbot: QtBot, page: SettingsPage, shell: FakeShell, workspace: Workspace
) -> None:
    types = shown_list(page, "types")
    assert isinstance(types, TypesSection)
    types.add.click()
    types.name.setText("Echo")
    types.minutes.setText("0")
    types.save.click()
    qtbot.waitUntil(lambda: bool(types.form.field("minutes").error))
    types.minutes.setText("60")
    types.save.click()
    qtbot.waitUntil(lambda: "Echo" in [item.title for item in types.list.items()])
    types.active.setChecked(False)
    types.save.click()
    qtbot.waitUntil(lambda: len(shell.done) == 2)
    assert workspace.ask(appointment_types) == ()
    only = workspace.ask(appointment_types, inactive=True)
    assert [(one.name, one.minutes, one.active) for one in only] == [("Echo", 60, False)]


def test_a_provider_is_added(qtbot: QtBot, page: SettingsPage, workspace: Workspace) -> None:
    section = shown_list(page, "providers")
    assert isinstance(section, ProvidersSection)
    section.add.click()
    section.name.setText("Dr Mei-Ling Chen")
    section.specialties.setText("Pediatrics, Family medicine")
    section.minutes.setText("30")
    section.save.click()
    qtbot.waitUntil(lambda: len(section.items) == 1)
    (made,) = workspace.ask(providers)
    assert (made.name, made.specialties) == ("Dr Mei-Ling Chen", ("Pediatrics", "Family medicine"))
    assert (made.slot_minutes, made.telemed_enabled) == (30, True)


def test_rooms_keep_their_order_when_one_is_renamed(qtbot: QtBot, page: SettingsPage, workspace: Workspace) -> None:
    for order, name in enumerate(("One", "Two", "Three")):
        workspace.execute(SaveRoom(room_id=f"r{order}", name=name, sort_order=order))
    section = shown_list(page, "rooms")
    assert isinstance(section, RoomsSection)
    qtbot.waitUntil(lambda: len(section.items) == 3)
    assert section.name.text() == "One"
    section.name.setText("Uno")
    section.save.click()
    qtbot.waitUntil(lambda: "Uno" in [item.title for item in section.list.items()])
    assert [room.name for room in workspace.ask(rooms)] == ["Uno", "Two", "Three"]


def test_a_live_update_keeps_what_is_typed_and_renews_what_is_not(
    qtbot: QtBot, page: SettingsPage, workspace: Workspace
) -> None:
    workspace.execute(SaveRoom(room_id="r0", name="One"))
    section = shown_list(page, "rooms")
    assert isinstance(section, RoomsSection)
    qtbot.waitUntil(lambda: section.name.text() == "One")
    workspace.execute(SaveRoom(room_id="r0", name="Two"))
    page.refresh()
    qtbot.waitUntil(lambda: section.name.text() == "Two")
    section.name.setText("Being typed")
    workspace.execute(SaveRoom(room_id="r0", name="Three"))
    page.refresh()
    qtbot.waitUntil(lambda: [item.title for item in section.list.items()] == ["Three"])
    assert section.name.text() == "Being typed"


def test_a_server_clinic_has_no_backup_from_here(
    qtbot: QtBot, shell: FakeShell, home: Path, workspace: Workspace
) -> None:
    section = BackupSection(shell)
    qtbot.addWidget(section)
    section.refresh()
    qtbot.waitUntil(lambda: "server" in section.state.text())
    assert section.now.isHidden()


def test_a_backup_needs_another_place_and_a_passphrase(
    qtbot: QtBot, shell: FakeShell, home: Path, tmp_path: Path
) -> None:
    paths = Paths.from_environment()
    paths.data.mkdir(parents=True)
    remember(paths, Profile(name="clinic", kind=ProfileKind.EMBEDDED, title="Clinic 1"))
    assert read_plan(paths, "Clinic 1").profile is not None
    assert read_plan(paths, "Another clinic").profile is None
    section = BackupSection(shell)
    qtbot.addWidget(section)
    section.refresh()
    qtbot.waitUntil(lambda: "No backup" in section.state.text())
    section.now.click()
    assert section.form.field("folder").error
    section.folder.setText(str(paths.data))
    section.now.click()
    assert section.form.field("passphrase").error
    section.passphrase.setText("three plain words")
    section.now.click()
    assert section.form.field("again").error, "a slip of the finger would lose every backup"
    section.again.setText("three plain words")
    section.now.click()
    qtbot.waitUntil(lambda: "another disk" in section.form.field("folder").error.casefold())
    assert section.now.isEnabled()
    assert section.stop.isHidden()


def test_an_order_set_is_added_changed_and_a_usual_one_replaced(
    qtbot: QtBot, page: SettingsPage, shell: FakeShell, workspace: Workspace
) -> None:
    section = shown_list(page, "sets")
    assert isinstance(section, OrderSetsSection)
    qtbot.waitUntil(lambda: "CBC" in [item.title for item in section.list.items()])
    section.add.click()
    section.name.setText("Annual")
    section.save.click()
    qtbot.waitUntil(lambda: bool(section.form.field("tests").error))
    section.tests.setPlainText("CBC\n4548-4\nHouse test\n")
    assert section.known.text().endswith("Ordered as they are written: House test")
    section.save.click()
    qtbot.waitUntil(lambda: "Annual" in [item.title for item in section.list.items()])
    (made,) = [one for one in workspace.ask(order_sets) if one.name == "Annual"]
    assert [one.code != "" for one in made.tests] == [True, True, False]
    section.active.setChecked(False)
    section.save.click()
    qtbot.waitUntil(lambda: len(shell.done) == 2)
    assert "Annual" not in [one.name for one in workspace.ask(order_sets)]
    section.list.set_current("usual/A1C")
    qtbot.waitUntil(lambda: section.name.text() == "A1C")
    section.tests.setPlainText("A1C\nGlucose")
    section.save.click()
    qtbot.waitUntil(lambda: len(shell.done) == 3)
    (own,) = [one for one in workspace.ask(order_sets) if one.name == "A1C"]
    assert own.id
    assert len(own.tests) == 2
