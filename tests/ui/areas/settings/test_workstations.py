"""Workstations in the settings: enrolling this one, the list, names, taking one out of service, kept times."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.kernel.errors import AppError, Refused, Unavailable
from app.kernel.paths import Paths
from app.queries.workstations import offline_leases, workstations
from app.setup.offline import OfflineWork
from app.ui.areas.settings.page import SettingsPage
from app.ui.areas.settings.workstation_here import ThisWorkstation
from app.ui.areas.settings.workstation_panel import WorkstationPanel
from app.ui.areas.settings.workstation_reading import ReadingPanel
from app.ui.areas.settings.workstation_section import WorkstationsSection
from app.ui.work.enrol_port import EnrolState, Report
from app.ui.work.hub import hub
from app.ui.work.places import ShowSettings
from app.workspace.sync_state import Reading, SyncMode
from app.workspace.workspace import Workspace
from tests.support.clinics import PASSWORD
from tests.support.front_desk import elsewhere
from tests.support.postgres import Server
from tests.support.shell import FakeShell, FakeWorkspace
from tests.support.signed_in import shell_on, signed_in
from tests.support.sync import FakeSync

WAIT = 60_000


class Port:
    """Lets the workspace work offline for real; says what the test wants of this computer."""

    def __init__(self, folder: Path) -> None:
        self.work = OfflineWork(Paths(folder / "data", folder / "config", folder / "logs"), "elm", is_demo=True)
        self.now = EnrolState(keyring="Secret Service", computer="desk 4")
        self.forward = 0
        self.gate = threading.Event()
        self.gate.set()

    def state(self, workspace: Any) -> EnrolState:
        if self.work.enrolled:
            return EnrolState(enrolled=True, name="desk", problem=workspace.store_problem)
        return self.now

    def recover(self, workspace: Any, recovery_key: str, password: str) -> None:
        self.work.recover(workspace, recovery_key, password)

    def put_aside(self, workspace: Any) -> None:
        self.work.put_aside(workspace)

    def enrol(self, workspace: Any, password: str, report: Report) -> str:
        report(0, 2, "Fetching the clinic's records")
        assert self.gate.wait(30)
        return self.work.enrol(workspace, password, lambda step: report(step.tables_done, step.tables, "Fetching"))

    def was_called(self) -> bool:
        return False

    def ask_forward(self) -> None:
        self.forward += 1


@pytest.fixture
def workspace(server: Server, clinic_db: str) -> Iterator[Workspace]:
    with signed_in(server, clinic_db, "ADMIN") as one:
        yield one


@pytest.fixture
def port(tmp_path: Path) -> Port:
    return Port(tmp_path)


@pytest.fixture
def shell(workspace: Workspace, port: Port) -> FakeShell:
    made = shell_on(workspace)
    made.enrolment = port
    return made


@pytest.fixture
def page(qtbot: QtBot, shell: FakeShell, home: Path) -> SettingsPage:
    made = SettingsPage(shell)
    qtbot.addWidget(made)
    made.resize(1000, 900)
    made.show()
    return made


@pytest.fixture
def section(qtbot: QtBot, page: SettingsPage) -> WorkstationsSection:
    page.open(ShowSettings(section="workstations"))
    found = page.section("workstations")
    assert isinstance(found, WorkstationsSection)
    qtbot.waitUntil(found.here.button.isVisible, timeout=WAIT)
    qtbot.waitUntil(lambda: bool(found.leases.fields["days"].text()), timeout=WAIT)
    return found


def click(widget: Any) -> None:
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)


def enrol(qtbot: QtBot, section: WorkstationsSection) -> str:
    QTest.keyClicks(section.here.password, PASSWORD)
    click(section.here.button)
    qtbot.waitUntil(section.here.key.isVisible, timeout=WAIT)
    return section.here.key.key.text()


def test_enrolling_shows_the_recovery_key_once(
    qtbot: QtBot, section: WorkstationsSection, port: Port, workspace: Workspace
) -> None:
    port.gate.clear()
    QTest.keyClicks(section.here.password, PASSWORD)
    click(section.here.button)
    qtbot.waitUntil(lambda: section.here.progress.words.startswith("Fetching the clinic's records"), timeout=WAIT)
    assert not section.here.button.isEnabled()
    port.gate.set()
    qtbot.waitUntil(section.here.key.isVisible, timeout=WAIT)
    card = section.here.key
    key = card.key.text()
    assert len(key) > 30
    assert port.work.enrolled
    assert workspace.sync is not None
    section.refresh()
    assert card.key.text() == key, "an update never takes the key away"
    click(card.done)
    assert card.isVisible(), "not before it is in the safe"
    click(card.tick)
    with qtbot.waitSignal(hub().enrolled):
        click(card.done)
    assert card.key.text() == ""
    qtbot.waitUntil(lambda: any(i.chip is not None and i.chip.text == "Works offline" for i in section.list.items()),
                    timeout=WAIT)  # fmt: skip


def test_the_key_is_copied_and_goes_on_paper(qtbot: QtBot, section: WorkstationsSection, tmp_path: Path) -> None:
    from PySide6.QtGui import QPdfWriter

    from app.documents.day_sheet import prepare
    from app.ui.areas.settings.recovery_card import key_page, paint_key

    key = enrol(qtbot, section)
    copy = next(b for b in section.here.key.findChildren(type(section.here.button)) if b.text() == "Copy")
    click(copy)
    assert QGuiApplication.clipboard().text() == key
    QGuiApplication.clipboard().clear()
    writer = QPdfWriter(str(tmp_path / "key.pdf"))
    prepare(writer)
    about = section.here.key.about
    assert [about[0], about[1]] == ["Clinic 1", "Computer: desk 4"], "a safe holds the keys of several computers"
    paint_key(writer, key, about)
    assert (tmp_path / "key.pdf").stat().st_size > 1000
    lines = [text for _size, text in key_page(key, about)]
    assert lines[1:3] == [*about[:2]]
    assert "-".join(lines[-3:]) == key, "no group of the key is broken, none is left out"


def test_a_wrong_password_is_said_at_its_field(qtbot: QtBot, section: WorkstationsSection, port: Port) -> None:
    """The store would be sealed with it: without the server nobody could sign in. In a joined demo clinic too."""
    click(section.here.button)
    assert section.here.form.field("password").error.endswith("Enter your password.")
    QTest.keyClicks(section.here.password, "wrong")
    QTest.keyClick(section.here.password, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: section.here.form.field("password").error.endswith("you signed in with."), timeout=WAIT)
    assert not port.work.enrolled
    assert section.here.button.isEnabled()


def test_without_a_keyring_it_says_why_not(qtbot: QtBot, section: WorkstationsSection, port: Port) -> None:
    port.now = EnrolState(no_keyring="This computer has no keyring that keeps secrets safe (fail Keyring).")
    section.refresh()
    qtbot.waitUntil(section.here.note.isVisible, timeout=WAIT)
    assert "no keyring" in section.here.note.lead.text()
    assert not section.here.button.isVisible()
    assert not section.here.form.isVisible()


@pytest.mark.parametrize(
    ("problem", "forward"),
    [(None, True), (Refused("StoreDamaged", "The store is damaged."), False)],
)
def test_an_enrolled_computer_whose_store_is_not_here_says_why(
    qtbot: QtBot, section: WorkstationsSection, port: Port, problem: AppError | None, forward: bool
) -> None:
    port.now = EnrolState(enrolled=True, name="desk 2", problem=problem)
    section.refresh()
    qtbot.waitUntil(lambda: not section.here.button.isVisible(), timeout=WAIT)
    assert section.here.forward.isVisible() is forward
    if forward:
        click(section.here.forward)
        qtbot.waitUntil(lambda: port.forward == 1)
    else:
        assert section.here.note.lead.text() == "The store is damaged."


@pytest.fixture
def recovery_key(server: Server, clinic_db: str, port: Port, workspace: Workspace) -> str:
    """Of a workstation that somebody enrolled before its keyring was lost."""
    with signed_in(server, clinic_db, "ADMIN") as before:
        key = elsewhere(port.work.enrol, before, PASSWORD)
    port.work._place().keys(port.work._state().id).forget()
    workspace.store_problem = Refused("NoWorkstationSecret", "The keyring doesn't open.", field="keyring")
    return key


@pytest.fixture
def closed(qtbot: QtBot, recovery_key: str, page: SettingsPage) -> ThisWorkstation:
    page.open(ShowSettings(section="workstations"))
    section = page.section("workstations")
    assert isinstance(section, WorkstationsSection)
    qtbot.waitUntil(section.here.reopen.isVisible, timeout=WAIT)
    return section.here


def test_the_recovery_key_opens_a_store_that_stays_closed(
    qtbot: QtBot, closed: ThisWorkstation, recovery_key: str, workspace: Workspace
) -> None:
    assert closed.note.lead.text() == "The keyring doesn't open."
    click(closed.reopen)
    assert closed.form.field("recoveryKey").error.endswith("Enter the recovery key.")
    QTest.keyClicks(closed.recovery, recovery_key[:-4])
    QTest.keyClicks(closed.password, PASSWORD)
    QTest.keyClick(closed.password, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "as it was printed" in closed.form.field("recoveryKey").error, timeout=WAIT)
    closed.recovery.clear()
    QTest.keyClicks(closed.recovery, recovery_key.lower())
    QTest.keyClicks(closed.password, "x")
    QTest.keyClick(closed.password, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "you signed in with" in closed.form.field("password").error, timeout=WAIT)
    QTest.keyClick(closed.password, Qt.Key.Key_Backspace)
    with qtbot.waitSignal(hub().enrolled, timeout=WAIT):
        QTest.keyClick(closed.recovery, Qt.Key.Key_Return)
    assert workspace.sync is not None
    qtbot.waitUntil(lambda: not closed.reopen.isVisible(), timeout=WAIT)
    assert (closed.recovery.text(), closed.password.text()) == ("", "")


def test_without_the_recovery_key_the_computer_begins_anew(qtbot: QtBot, closed: ThisWorkstation, port: Port) -> None:
    click(closed.lost)
    assert "is lost with the key" in closed.note.lead.text()
    before = port.work.enrolled
    with qtbot.assertNotEmitted(hub().enrolled):
        click(closed.aside)
        qtbot.waitUntil(closed.button.isVisible, timeout=WAIT)
    assert (before, port.work.enrolled) == (True, False), "said before it is done"
    assert not closed.recovery.isVisible()


def test_renaming_and_taking_out_of_service(
    qtbot: QtBot, section: WorkstationsSection, shell: FakeShell, workspace: Workspace
) -> None:
    enrol(qtbot, section)
    (one,) = [one for one in workspace.ask(workstations) if one.enrolled_at is not None]
    qtbot.waitUntil(lambda: one.id in section._known, timeout=WAIT)
    section.list.chosen.emit(one.id)
    panel = shell.panels[-1]
    assert isinstance(panel, WorkstationPanel)
    qtbot.addWidget(panel)
    panel.name.setText("Desk 2")
    assert panel.dirty()
    panel.save.click()
    qtbot.waitUntil(lambda: bool(shell.done), timeout=WAIT)
    assert [one.name for one in workspace.ask(workstations) if one.enrolled_at is not None] == ["Desk 2"]
    panel.revoke.click()
    (waiting,) = shell.pendings
    assert waiting.action.text.startswith("Taking"), "ten seconds to think again"
    workspace.execute(waiting.action.command)
    section.refresh()
    qtbot.waitUntil(lambda: any(i.chip is not None and i.chip.text == "Out of service" for i in section.list.items()),
                    timeout=WAIT)  # fmt: skip


def test_the_share_for_offline_booking(
    qtbot: QtBot, section: WorkstationsSection, shell: FakeShell, workspace: Workspace
) -> None:
    assert section.leases.fields["share"].text() == "0"
    section.leases.fields["share"].setText("120")
    section.leases.save.click()
    assert section.leases.form.field("share").error.endswith("Enter a number from 0 to 100.")
    section.leases.fields["share"].setText("20")
    section.leases.fields["days"].setText("9")
    section.leases.save.click()
    qtbot.waitUntil(lambda: bool(section.leases.form.field("days").error), timeout=WAIT)
    section.leases.fields["days"].setText("2")
    section.leases.save.click()
    qtbot.waitUntil(lambda: bool(shell.done), timeout=WAIT)
    assert workspace.ask(offline_leases).share == pytest.approx(0.2)


def test_without_the_server_the_list_says_so(
    qtbot: QtBot, section: WorkstationsSection, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_args: object, **_kwargs: object) -> object:
        raise Unavailable("NeedsServer", "This needs the server, which can't be reached now.")

    monkeypatch.setattr(workspace, "ask_cancellable", gone)
    section.refresh()
    qtbot.waitUntil(
        lambda: section.stack.shown.accessibleName().startswith("The list is kept on the clinic's server"),
        timeout=WAIT,
    )


def test_from_where_it_reads_over_a_slow_line_is_chosen_with_a_click(qtbot: QtBot) -> None:
    workspace = FakeWorkspace()
    workspace.sync = sync = FakeSync()
    panel = ReadingPanel(FakeShell(workspace))
    qtbot.addWidget(panel)
    panel.show()
    assert panel.choice.current == "automatic"
    store = next(part for part in panel.choice.children() if getattr(part, "key", "") == "store")
    click(store)
    qtbot.waitUntil(lambda: sync.now.reading is Reading.STORE, timeout=WAIT)
    sync.tell(SyncMode.ONLINE, reading=Reading.SERVER)
    qtbot.waitUntil(lambda: panel.choice.current == "server", timeout=WAIT)
    assert sync.now.reading is Reading.SERVER, "showing a choice isn't making one"
