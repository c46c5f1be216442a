"""The window around the work: areas, live changes, counts, language, look, names for screen readers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLineEdit,
    QListView,
    QPlainTextEdit,
    QProgressBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.commands.registry import Change, Outcome
from app.kernel.errors import AppError, Unavailable
from app.kernel.i18n import language
from app.ui.shell.actions import ActionBook, ShortcutTaken, way_to
from app.ui.shell.area_stack import AreaStack
from app.ui.shell.live import LiveHub
from app.ui.shell.preferences import Preferences, PreferencesStore
from app.ui.shell.shell import Shell
from app.ui.shell.shell_actions import user_menu
from app.ui.shell.sign_in_page import SignInPage
from app.ui.theme.theme import Appearance, Theme
from app.ui.theme.tokens import Mode
from app.ui.widgets.menu import MenuItem
from app.ui.work import Action
from app.ui.work.places import NewBooking, OpenChart, ShowDay
from app.workspace.changes import ChangeSet
from app.workspace.sync_state import SyncMode
from tests.support.leftovers import clear_leftovers
from tests.support.shell import FakeClinic, FakeWorkspace
from tests.support.sync import FakeSync
from tests.ui.conftest import open_shell
from tests.ui.shell.fakes import CARDS, DEMO, OWN, PASSWORD, CheckIn, FakeSessions, TestPage, an_area, areas

CONTROL = Qt.KeyboardModifier.ControlModifier


def menu_item(shell: Shell, text: str) -> MenuItem:
    return next(item for item in user_menu(shell, shell.demo) if item is not None and item.text == text)


# -- areas -----------------------------------------------------------------------------------------


def test_areas_are_made_when_first_opened(shell: Shell) -> None:
    stack = shell.window.stack
    assert stack.page("today") is not None
    assert stack.page("schedule") is None
    QTest.keyClick(shell.window, Qt.Key.Key_2, CONTROL)
    page = stack.page("schedule")
    assert isinstance(page, TestPage)
    assert page.refreshed == 1
    assert shell.window.rail.item("schedule").isChecked()
    assert not shell.window.rail.item("today").isChecked()
    QTest.mouseClick(shell.window.rail.item("today"), Qt.MouseButton.LeftButton)
    assert stack.current == "today"
    QTest.mouseClick(shell.window.rail.item("schedule"), Qt.MouseButton.LeftButton)
    assert page.refreshed == 1, "nothing changed meanwhile"


def test_the_open_area_chosen_once_more_goes_to_where_it_begins(
    shell: Shell, today: TestPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    went: list[str] = []
    monkeypatch.setattr(today, "home", lambda: went.append("home"))
    QTest.mouseClick(shell.window.rail.item("schedule"), Qt.MouseButton.LeftButton)
    QTest.mouseClick(shell.window.rail.item("today"), Qt.MouseButton.LeftButton)
    assert went == [], "it is as it was left"
    QTest.mouseClick(shell.window.rail.item("today"), Qt.MouseButton.LeftButton)
    assert went == ["home"]


def test_a_place_goes_to_the_area_that_takes_it(shell: Shell) -> None:
    assert shell.desk is not None
    assert shell.desk.navigate(OpenChart(patient_id="p-9"))
    assert shell.window.stack.current == "patients"
    assert shell.desk.navigate(ShowDay())
    assert shell.window.stack.current == "schedule"
    assert not shell.desk.navigate(NewBooking())
    assert [toast.accessibleName() for toast in shell.window.toasts.toasts] == ["You can't go there with your role."]


def test_an_action_works_in_its_area_and_everywhere_if_it_says_so(shell: Shell, today: TestPage) -> None:
    QTest.keyClick(shell.window, Qt.Key.Key_2, CONTROL)
    QTest.keyClick(shell.window, Qt.Key.Key_I, CONTROL)
    assert today.acted == []
    QTest.keyClick(shell.window, Qt.Key.Key_N, CONTROL | Qt.KeyboardModifier.ShiftModifier)
    assert today.acted == ["walk_in"]
    assert shell.window.stack.current == "today"
    QTest.keyClick(shell.window, Qt.Key.Key_I, CONTROL)
    assert today.acted == ["walk_in", "check_in"]


def test_no_bare_key_is_a_shortcut() -> None:
    for spec in areas():
        for action in (way_to(spec), *spec.actions):
            first = action.shortcut.split("+")[0]
            assert not action.shortcut or first in {"Ctrl", "Alt", "Shift"} or first.startswith("F")


def test_two_actions_cannot_want_the_same_keys(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    book = ActionBook(window)

    def action(ident: str, **more: object) -> Action:
        return Action(id=ident, title=ident, shortcut="Ctrl+J", handler=print, **more)  # type: ignore[arg-type]

    book.add(action("a", area="today"), print)
    book.add(action("b", area="schedule"), print)
    with pytest.raises(ShortcutTaken):
        book.add(action("c", area="patients", everywhere=True), print)
    with pytest.raises(ShortcutTaken):
        book.add(action("d", area="today"), print)
    with pytest.raises(ShortcutTaken):
        book.add(Action(id="a", title="again", handler=print), print)


def test_f1_lists_every_shortcut(qtbot: QtBot, shell: Shell) -> None:
    QTest.keyClick(shell.window, Qt.Key.Key_F1)
    panel = shell.window.panels.current
    assert panel is not None
    assert panel.title() == "Keyboard shortcuts"
    names = {child.accessibleName() for child in panel.findChildren(QWidget)}
    for expected in ("Check in: Ctrl+I", "Lock: Ctrl+L", "Undo: Ctrl+Z", "Today: Ctrl+1"):
        assert expected in names
    QTest.keyClick(QApplication.focusWidget() or shell.window, Qt.Key.Key_Escape)
    assert shell.window.panels.current is None


def test_f6_goes_round_the_parts_of_the_window(qtbot: QtBot, shell: Shell, today: TestPage) -> None:
    today.button.setFocus()
    seen = []
    for _ in range(2):
        QTest.keyClick(QApplication.focusWidget() or shell.window, Qt.Key.Key_F6)
        seen.append(QApplication.focusWidget())
    assert seen == [shell.window.rail.item("today"), today.button]


# -- live ------------------------------------------------------------------------------------------


def test_changes_are_gathered_and_told_to_the_page_seen(
    qtbot: QtBot, shell: Shell, workspace: FakeWorkspace, today: TestPage
) -> None:
    QTest.keyClick(shell.window, Qt.Key.Key_2, CONTROL)
    schedule = shell.window.stack.page("schedule")
    assert isinstance(schedule, TestPage)
    refreshed = today.refreshed
    for n in range(5):
        workspace.changed.publish(ChangeSet.of([Change("visits", f"v-{n}")], own=n > 0))
    workspace.changed.publish(ChangeSet.of([Change("patients", "p-1")], own=False))
    qtbot.waitUntil(lambda: bool(schedule.changes))
    qtbot.wait(120)
    assert len(schedule.changes) == 1, "one telling in 100 ms"
    assert schedule.changes[0].rows["visits"] == {f"v-{n}" for n in range(5)}
    assert not schedule.changes[0].own
    assert today.refreshed == refreshed, "hidden pages only go stale"
    QTest.keyClick(shell.window, Qt.Key.Key_1, CONTROL)
    assert today.refreshed == refreshed + 1


def test_other_tables_do_not_concern_a_page(
    qtbot: QtBot, shell: Shell, workspace: FakeWorkspace, today: TestPage
) -> None:
    workspace.changed.publish(ChangeSet.of([Change("patients", "p-1")], own=False))
    qtbot.wait(150)
    assert today.changes == []
    workspace.changed.publish(ChangeSet(everything=True))
    qtbot.waitUntil(lambda: len(today.changes) == 1)


def test_a_closed_hub_hears_nothing(qtbot: QtBot, workspace: FakeWorkspace) -> None:
    owner = QWidget()
    qtbot.addWidget(owner)
    live = LiveHub(workspace, owner)
    told: list[object] = []
    live.changed.connect(told.append)
    live.close()
    workspace.changed.publish(ChangeSet(everything=True))
    qtbot.wait(130)
    assert told == []
    assert workspace.live_changed == []


def test_the_rail_counts_what_waits(qtbot: QtBot, shell: Shell, workspace: FakeWorkspace) -> None:
    from tests.ui.shell.fakes import rail_counts

    qtbot.waitUntil(lambda: shell.window.rail.item("requests").count == 4)
    assert shell.window.rail.item("requests").accessibleName() == "Requests, 4"
    workspace.answers[rail_counts] = {"requests": 0, "staff": 7}
    workspace.changed.publish(ChangeSet.of([Change("visit_requests", "r-1")], own=False))
    qtbot.waitUntil(lambda: shell.window.rail.item("requests").count is None)


def test_the_badge_tells_since_when_there_is_no_connection(
    qtbot: QtBot, shell: Shell, workspace: FakeWorkspace
) -> None:
    gone: AppError = Unavailable("ServerGone", "gone")
    for tell in list(workspace.live_changed):
        tell(False, gone)
    qtbot.waitUntil(lambda: shell.window.top.badge.text() == "No connection since 10:42")
    assert shell.window.notice.isVisible()
    assert "10:42" in shell.window.notice.text.text()
    assert shell.window.top.badge.accessibleName() == "Connection: No connection since 10:42"
    for tell in list(workspace.live_changed):
        tell(True, None)
    qtbot.waitUntil(lambda: shell.window.top.badge.text() == "Online")
    assert not shell.window.notice.isVisible()


# -- language, look, place -------------------------------------------------------------------------


def test_spanish_and_back(qtbot: QtBot, shell: Shell, workspace: FakeWorkspace) -> None:
    menu_item(shell, "Español").run()
    qtbot.waitUntil(lambda: shell.working)
    assert language() == "es"
    assert shell.window.rail.item("today").text() == "Hoy"
    assert shell.window.top.field.accessibleName() == "Buscar un paciente o una acción"
    assert not workspace.closed, "one stays signed in"
    store = shell._services.preferences
    qtbot.waitUntil(lambda: store.load().language == "es")
    menu_item(shell, "English").run()
    assert shell.window.rail.item("today").text() == "Today"
    QTest.keyClick(shell.window, Qt.Key.Key_2, CONTROL)
    assert shell.window.stack.current == "schedule", "shortcuts still work"


def test_a_text_fields_own_menu_follows_the_language(qtbot: QtBot, shell: Shell) -> None:
    def words() -> set[str]:
        menu = shell.window.top.field.createStandardContextMenu()
        found = {action.text().split("\t")[0].replace("&", "") for action in menu.actions()}
        menu.deleteLater()
        return found

    assert {"Copy", "Paste"} <= words()
    menu_item(shell, "Español").run()
    qtbot.waitUntil(lambda: shell.working)
    assert {"Copiar", "Pegar"} <= words()
    menu_item(shell, "English").run()
    assert {"Copy", "Paste"} <= words()


def test_a_window_that_starts_in_spanish_has_no_english_left(qtbot: QtBot, tmp_path: Path) -> None:
    PreferencesStore(tmp_path / "window.json").save(Preferences(language="es"))
    shell = open_shell(qtbot, FakeSessions(OWN), tmp_path, areas())
    assert language() == "es"
    assert shell.window.top.field.placeholderText() == "Buscar un paciente o una acción"
    shell.window.close()


def test_the_sign_in_page_switches_language_too(qtbot: QtBot, tmp_path: Path) -> None:
    shell = open_shell(qtbot, FakeSessions(OWN), tmp_path, areas())
    qtbot.waitUntil(lambda: shell.entry.ready)
    page = shell.window.front
    assert isinstance(page, SignInPage)
    button = page.findChild(QAbstractButton, "language.es")
    assert button is not None
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: shell.window.front is not page and shell.entry.ready)
    fresh = shell.window.front
    assert isinstance(fresh, SignInPage)
    assert fresh.form.button.text() == "Entrar"
    shell.window.close()


def test_the_clinic_decides_the_language_until_a_person_does(qtbot: QtBot, tmp_path: Path) -> None:
    sessions = FakeSessions(OWN)
    sessions.workspace = FakeWorkspace(clinic=FakeClinic(locale="es"))
    shell = open_shell(qtbot, sessions, tmp_path, areas())
    qtbot.waitUntil(lambda: shell.entry.ready)
    shell.entry.sign_in("dana@example.org", PASSWORD)
    qtbot.waitUntil(lambda: shell.working)
    assert shell.window.rail.item("today").text() == "Hoy"
    shell.window.close()


@pytest.fixture
def alone(qapp: QApplication) -> None:
    """No window of an earlier test is there to be styled along."""
    clear_leftovers()


@pytest.mark.usefixtures("alone")
def test_light_dark_and_system(qtbot: QtBot, shell: Shell) -> None:
    qtbot.wait(20)
    try:
        menu_item(shell, "Dark").run()
        assert Theme.current().mode is Mode.DARK
        dark = shell.window.grab().toImage().pixelColor(30, 400)
        qtbot.wait(20)
        menu_item(shell, "Light").run()
        qtbot.wait(20)
        light = shell.window.grab().toImage().pixelColor(30, 400)
        assert dark.lightness() < 60
        assert light.lightness() > 200
        store = shell._services.preferences
        qtbot.waitUntil(lambda: store.load().appearance == "light")
    finally:
        qtbot.wait(20)
        Theme.current().set_appearance(Appearance.LIGHT)


def test_the_window_remembers_its_place_and_the_rail(qtbot: QtBot, tmp_path: Path) -> None:
    first = open_shell(qtbot, FakeSessions(OWN), tmp_path, areas())
    qtbot.waitUntil(lambda: first.entry.ready)
    first.window.resize(1200, 700)
    first.toggle_rail()
    assert first.window.rail.width() == 56
    first.window.close()
    store = first._services.preferences
    qtbot.waitUntil(lambda: store.load().rail_collapsed)
    second = open_shell(qtbot, FakeSessions(OWN), tmp_path, areas())
    assert second.window.rail_wanted_collapsed
    second.window.close()


def test_a_narrow_window_collapses_the_rail(qtbot: QtBot, shell: Shell) -> None:
    shell.window.resize(1000, 700)
    qtbot.waitUntil(lambda: shell.window.rail.width() == 56)
    assert shell.window.rail.item("today").accessibleName() == "Today"
    assert "Ctrl+1" in shell.window.rail.item("today").toolTip()
    shell.window.resize(1280, 800)
    qtbot.waitUntil(lambda: shell.window.rail.width() == 208)


def test_preferences_survive_nonsense_and_a_full_disk(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "window.json"
    store = PreferencesStore(file)
    assert store.load() == Preferences()
    for nonsense in ("{", "[]", '{"language": 7, "rail_collapsed": "yes", "done_steps": "x", "geometry": null}'):
        file.write_text(nonsense)
        assert store.load() == Preferences()
    file.write_text('{"language": "tlh", "appearance": "dark"}')
    assert store.load() == Preferences(appearance="dark")
    kept = Preferences(language="es", done_steps=("find",))
    store.save(kept)
    assert store.load() == kept
    PreferencesStore(tmp_path / "window.json" / "impossible.json").save(kept)
    assert "could not be saved" in caplog.text


# -- demo ------------------------------------------------------------------------------------------


def test_the_checklist_ticks_itself(qtbot: QtBot, tmp_path: Path) -> None:
    sessions = FakeSessions(DEMO)
    shell = open_shell(qtbot, sessions, tmp_path, areas())
    qtbot.waitUntil(lambda: shell.entry.ready)
    shell.entry.sign_in(CARDS[0].email, PASSWORD)
    qtbot.waitUntil(lambda: shell.working)
    assert shell.desk is not None
    workspace = sessions.workspaces[0]
    QTest.mouseClick(shell.window.rail.demo, Qt.MouseButton.LeftButton)
    panel = shell.window.panels.current
    assert panel is not None
    assert panel.title() == "First three minutes"
    assert not panel.view.cut_button.isVisible(), "nothing to cut yet"  # type: ignore[attr-defined]
    shell.desk.open_patient("p-1", "Inés González Núñez", "gonzalez")
    assert shell.checklist.done == set(), "spelt as it is, accents aside"
    shell.desk.open_patient("p-1", "Inés González Núñez", "gonsales nunyez")
    assert shell.checklist.done == {"find"}
    from app.ui.work import Lane

    Lane(shell, workspace).execute(CheckIn())
    qtbot.waitUntil(lambda: "arrive" in shell.checklist.done)
    QTest.keyClick(shell.window, Qt.Key.Key_D, CONTROL | Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: sessions.second_desks == [CARDS[1]])
    qtbot.wait(30)
    workspace.changed.publish(ChangeSet.of([Change("visits", "v-1")], own=False))
    qtbot.waitUntil(lambda: "desk" in shell.checklist.done)
    assert "3 of 5 tried" in shell.window.rail.demo.accessibleName()
    store = shell._services.preferences
    qtbot.waitUntil(lambda: set(store.load().done_steps) == {"find", "arrive", "desk"})
    shell.window.close()


def test_the_connection_can_be_cut_where_the_workspace_can(qtbot: QtBot, tmp_path: Path) -> None:
    sync = FakeSync()
    sessions = FakeSessions(DEMO)
    sessions.workspace = FakeWorkspace(clinic=FakeClinic(is_demo=True))
    sessions.workspace.sync = sync
    shell = open_shell(qtbot, sessions, tmp_path, areas())
    qtbot.waitUntil(lambda: shell.entry.ready)
    shell.entry.sign_in(CARDS[0].email, PASSWORD)
    qtbot.waitUntil(lambda: shell.working)
    shell.demo.show_checklist()
    panel = shell.window.panels.current
    assert panel is not None
    button = panel.view.cut_button  # type: ignore[attr-defined]
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: sync.cuts == [True])
    sync.tell(SyncMode.OFFLINE)
    qtbot.waitUntil(shell.window.notice.isVisible)
    qtbot.waitUntil(lambda: button.text() == "Reconnect")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: sync.cuts == [True, False])
    assert "outage" not in shell.checklist.done
    sync.tell(SyncMode.ONLINE)
    qtbot.waitUntil(lambda: "outage" in shell.checklist.done)
    assert shell.checklist.progress() == "1 of 5 tried"
    shell.window.close()


def test_no_demo_mark_on_a_real_clinic(shell: Shell) -> None:
    assert not shell.window.rail.demo.isVisible()


# -- screen readers --------------------------------------------------------------------------------

_NAMED = (QAbstractButton, QLineEdit, QComboBox, QPlainTextEdit, QListView, QProgressBar)


def unnamed(window: QWidget) -> list[str]:
    controls = [control for kind in _NAMED for control in window.findChildren(kind)]
    shown = [control for control in controls if control.isVisible() and not _inside_another(control)]
    return [
        f"{type(control).__name__} {control.objectName()}"
        for control in shown
        if not (control.accessibleName() or (isinstance(control, QAbstractButton) and control.text()))
    ]


def _inside_another(control: QWidget) -> bool:
    parent = control.parentWidget()
    return isinstance(parent, QComboBox) or control.objectName().startswith("qt_")


def test_every_control_has_a_name(qtbot: QtBot, shell: Shell) -> None:
    assert shell.desk is not None
    assert unnamed(shell.window) == []
    shell.desk.toast("Hello")
    QTest.keyClick(shell.window, Qt.Key.Key_F1)
    QTest.keyClick(shell.window, Qt.Key.Key_K, CONTROL)
    assert unnamed(shell.window) == []
    shell.change_password()
    assert unnamed(shell.window) == []
    shell.lock()
    assert unnamed(shell.window) == []


def test_front_pages_have_names_everywhere(qtbot: QtBot, tmp_path: Path) -> None:
    for profiles in ((OWN, DEMO), (DEMO, OWN)):
        shell = open_shell(qtbot, FakeSessions(*profiles), tmp_path, areas())
        entry = shell.entry
        qtbot.waitUntil(lambda entry=entry: bool(entry.ready))  # type: ignore[misc]
        assert unnamed(shell.window) == []
        shell.window.close()


def test_the_title_never_names_a_patient(shell: Shell) -> None:
    assert shell.desk is not None
    shell.desk.open_patient("p-1", "Inés González Núñez", "ines")
    assert shell.window.windowTitle() == "MyHealthAlly Clinic"


def test_areas_end_with_their_person(qtbot: QtBot, window_with: Callable[..., Shell]) -> None:
    stack = AreaStack()
    qtbot.addWidget(stack)
    assert stack.open_area("today") is None
    shell = window_with(an_area())
    page = shell.window.stack.page("today")
    with qtbot.waitSignal(page.destroyed, timeout=2000):  # type: ignore[union-attr]
        shell.sign_out()


def test_change_password_beside_the_work(qtbot: QtBot, shell: Shell) -> None:
    from app.ui.shell.password_panel import PasswordPanel

    shell.change_password()
    panel = shell.window.panels.current
    assert isinstance(panel, PasswordPanel)
    for field, text in ((panel.form.old, "no"), (panel.form.new, "quiet river"), (panel.form.again, "quiet rover")):
        QTest.keyClicks(field, text)
    QTest.mouseClick(panel.button, Qt.MouseButton.LeftButton)
    assert "differ" in panel.form.fields.field("again").error
    panel.form.again.setText("quiet river")
    panel.form.submit()
    qtbot.waitUntil(lambda: "present password" in panel.form.fields.field("old_password").error)
    panel.form.old.setText(PASSWORD)
    panel.form.submit()
    qtbot.waitUntil(lambda: shell.window.panels.current is None)
    shell.lock()
    shell.window.front.unlock.emit("quiet river")  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: shell.working)


def test_an_error_that_nobody_took_is_shown(qtbot: QtBot, shell: Shell, workspace: FakeWorkspace) -> None:
    from app.kernel.errors import Refused
    from app.ui.work import Lane

    workspace.outcomes[CheckIn] = Refused("BadState", "This visit is done already.")
    Lane(shell, workspace).execute(CheckIn())
    qtbot.waitUntil(lambda: len(shell.window.toasts.toasts) == 1)
    assert shell.window.toasts.toasts[0].accessibleName() == "This visit is done already."
    workspace.outcomes[CheckIn] = Outcome()
