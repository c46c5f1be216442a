"""The lock: nothing of any patient is left on the screen, nothing is sent, nothing typed is lost."""

from __future__ import annotations

from datetime import timedelta

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.commands.drafts import SaveDraft
from app.commands.registry import Change
from app.kernel.clock import FixedClock
from app.kernel.errors import Unavailable
from app.queries.clinic import ClinicView, clinic_view
from app.ui.shell.lock_page import LockPage
from app.ui.shell.shell import Shell
from app.ui.shell.sign_in_page import SignInPage
from app.ui.widgets.button import LinkButton
from app.ui.work import Draft, PendingAction
from app.workspace.changes import ChangeSet
from tests.support.shell import FakeWorkspace
from tests.ui.shell.fakes import PASSWORD, CheckIn, NotePanel, TestPage, commands

NAME = "Ana Ramírez"


def visible_texts(window: QWidget) -> str:
    """Every text and accessible name that can be seen or read out."""
    seen = [w for w in (window, *window.findChildren(QWidget)) if w.isVisible()]
    parts = [window.windowTitle()]
    for widget in seen:
        parts += [widget.accessibleName(), widget.accessibleDescription(), widget.toolTip()]
        text = getattr(widget, "text", None)
        if callable(text):
            parts.append(str(text()))
        if isinstance(widget, QLabel):
            parts.append(widget.text())
    return "\n".join(parts)


def lock_page(shell: Shell) -> LockPage:
    page = shell.window.front
    assert isinstance(page, LockPage)
    return page


def test_nothing_of_patients_is_shown_behind_the_lock(qtbot: QtBot, shell: Shell, today: TestPage) -> None:
    assert shell.desk is not None
    today.button.setText(f"Visit of {NAME}")
    shell.desk.show_panel(NotePanel(NAME, "text"))
    shell.desk.toast(f"Checked in {NAME}")
    shell.desk.remember_chart("p-1", NAME)
    shell.desk.pending(PendingAction(text=f"Cancelling the visit of {NAME}", command=CheckIn()))
    extra = QLabel(f"A loose window with {NAME}")
    qtbot.addWidget(extra)
    extra.show()
    QTest.keyClick(shell.window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert NAME in visible_texts(shell.window)
    QTest.keyClick(shell.window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert not shell.working
    assert NAME not in visible_texts(shell.window)
    assert not extra.isVisible()
    assert not shell.window.palette_list.isVisible()


def test_shortcuts_do_nothing_behind_the_lock(qtbot: QtBot, shell: Shell, today: TestPage) -> None:
    shell.lock()
    control = Qt.KeyboardModifier.ControlModifier
    for key in (Qt.Key.Key_I, Qt.Key.Key_2, Qt.Key.Key_K, Qt.Key.Key_Z, Qt.Key.Key_E):
        QTest.keyClick(shell.window, key, control)
    QTest.keyClick(shell.window, Qt.Key.Key_F1)
    QTest.keyClick(shell.window, Qt.Key.Key_Escape)
    assert today.acted == []
    assert shell.window.stack.current == "today"
    assert isinstance(shell.window.front, LockPage)
    assert not shell.window.top.field.isEnabled()
    assert not any(shell.window.rail.item(key).isEnabled() for key in shell.window.rail.keys)


def test_unlock_needs_the_password_but_not_the_server(
    qtbot: QtBot, shell: Shell, workspace: FakeWorkspace, today: TestPage
) -> None:
    shell.lock()
    page = lock_page(shell)
    qtbot.waitUntil(lambda: QApplication.focusWidget() is page.password)
    QTest.keyClick(page.password, Qt.Key.Key_Return)
    assert page.fields.field("password").error
    QTest.keyClicks(page.password, "guess")
    QTest.keyClick(page.password, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "wrong" in page.fields.field("password").error)
    assert not shell.working
    asked = len(workspace.asked)
    QTest.keyClicks(page.password, PASSWORD)
    QTest.keyClick(page.password, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: shell.working)
    assert len(workspace.asked) == asked
    qtbot.waitUntil(lambda: QApplication.focusWidget() is today.button)


def test_guessing_at_the_lock_is_slowed_down(qtbot: QtBot, shell: Shell) -> None:
    shell.lock()
    page = lock_page(shell)
    for _ in range(3):
        page.unlock.emit("guess")
        qtbot.waitUntil(page.button.isEnabled)
    page.unlock.emit(PASSWORD)
    qtbot.wait(30)
    assert not shell.working
    assert "Wait 2 s" in page.fields.field("password").error


def test_it_locks_by_itself_when_nobody_is_there(qtbot: QtBot, shell: Shell) -> None:
    clock = shell._services.clock
    assert isinstance(clock, FixedClock)
    clock.advance(timedelta(minutes=4, seconds=50))
    shell.idle.check()
    assert shell.working
    handle = shell.window.windowHandle()
    at = QPointF(10, 10)
    move = QMouseEvent(
        QEvent.Type.MouseMove,
        at,
        at,
        Qt.MouseButton.NoButton,
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(handle, move)
    clock.advance(timedelta(minutes=4, seconds=50))
    shell.idle.check()
    assert shell.working, "the mouse was moved meanwhile"
    with qtbot.waitSignal(shell.locked, timeout=1000):
        clock.advance(timedelta(seconds=11))
        shell.idle.check()
    assert not shell.working


def test_other_minutes_count_at_once(qtbot: QtBot, shell: Shell, workspace: FakeWorkspace) -> None:
    clock = shell._services.clock
    assert isinstance(clock, FixedClock)
    workspace.answers[clinic_view] = ClinicView("c", "Clinic", {}, {"auto_lock_minutes": 1})
    workspace.changed.publish(ChangeSet.of((Change("clinic_settings", "c"),), own=False))
    clock.advance(timedelta(seconds=61))  # before the answer: what has gone by counts
    with qtbot.waitSignal(shell.locked, timeout=10_000):
        pass
    lock_page(shell).unlock.emit(PASSWORD)
    qtbot.waitUntil(lambda: shell.working)
    clock.advance(timedelta(seconds=61))
    shell.idle.check()
    assert not shell.working, "and they go on to count after the lock"


def test_waking_up_locks_before_the_first_key_does_anything(qtbot: QtBot, shell: Shell, today: TestPage) -> None:
    clock = shell._services.clock
    assert isinstance(clock, FixedClock)
    clock.advance(timedelta(hours=8))
    QTest.keyClick(shell.window.windowHandle(), Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)
    assert not shell.working
    assert today.acted == []


def test_a_clock_set_back_locks_too(shell: Shell) -> None:
    clock = shell._services.clock
    assert isinstance(clock, FixedClock)
    clock.advance(-timedelta(hours=1))
    shell.idle.check()
    assert not shell.working


def test_changes_of_other_desks_wait_behind_the_lock(
    qtbot: QtBot, shell: Shell, workspace: FakeWorkspace, today: TestPage
) -> None:
    shell.lock()
    workspace.changed.publish(ChangeSet({"visits": frozenset({"v-1"})}, own=False))
    qtbot.wait(200)
    assert today.changes == []
    page = lock_page(shell)
    page.unlock.emit(PASSWORD)
    qtbot.waitUntil(lambda: len(today.changes) == 1)
    assert today.changes[0].rows == {"visits": frozenset({"v-1"})}


def test_lock_keeps_what_is_typed_and_sends_nothing(qtbot: QtBot, shell: Shell, workspace: FakeWorkspace) -> None:
    assert shell.desk is not None
    panel = NotePanel("p-7")
    shell.desk.show_panel(panel)
    QTest.keyClicks(panel.field, "half a sent")
    draft = Draft("cancel", "v-9", "Cancel the visit", {"reason": "ill"})
    job = shell.desk.pending(PendingAction(text="Cancelling", command=CheckIn(), draft=draft))
    shell.lock()
    assert not job.waiting
    page = lock_page(shell)
    assert "1" in visible_texts(page)
    qtbot.waitUntil(lambda: len(commands(workspace, "SaveDraft")) == 2)
    saved = {c.kind: c.body for c in workspace.executed if isinstance(c, SaveDraft)}
    assert saved == {"note": {"text": "half a sent"}, "cancel": {"reason": "ill"}}
    qtbot.wait(50)
    assert commands(workspace, "CheckIn") == []
    assert commands(workspace, "DiscardDraft") == [], "the draft of what wasn't sent stays"
    page.unlock.emit(PASSWORD)
    qtbot.waitUntil(lambda: shell.working)
    assert shell.window.panels.current is panel
    assert panel.field.text() == "half a sent"


def test_lock_works_without_a_server(qtbot: QtBot, shell: Shell, workspace: FakeWorkspace) -> None:
    workspace.outcomes[SaveDraft] = Unavailable("ServerGone", "gone")
    assert shell.desk is not None
    panel = NotePanel()
    shell.desk.show_panel(panel)
    QTest.keyClicks(panel.field, "x")
    shell.lock()
    lock_page(shell).unlock.emit(PASSWORD)
    qtbot.waitUntil(lambda: shell.working)
    qtbot.waitUntil(lambda: shell.window.top.badge.text().startswith("No connection"))
    assert panel.field.text() == "x"


def test_somebody_else_takes_over(qtbot: QtBot, shell: Shell, workspace: FakeWorkspace, today: TestPage) -> None:
    shell.lock()
    lock_page(shell).switch_person.emit()
    qtbot.waitUntil(lambda: isinstance(shell.window.front, SignInPage))
    qtbot.waitUntil(lambda: workspace.closed)
    assert shell.desk is None
    assert shell.window.stack.page("today") is None
    assert shell.window.top.user.accessibleName() == "Nobody signed in"


def test_without_a_password_enter_unlocks_but_only_on_its_button(qtbot: QtBot) -> None:
    """In the demo there is no password to type: the button says Enter."""
    page = LockPage("Dana Whitfield", "Harbor Street", needs_password=False)
    qtbot.addWidget(page)
    with qtbot.waitExposed(page):
        page.show()
    page.activateWindow()
    page.focus_first()
    qtbot.waitUntil(page.button.hasFocus)
    with qtbot.waitSignal(page.unlock):
        QTest.keyClick(page.button, Qt.Key.Key_Return)
    other = page.findChild(LinkButton)
    assert isinstance(other, LinkButton)
    other.setFocus()
    with qtbot.assertNotEmitted(page.unlock):
        QTest.keyClick(other, Qt.Key.Key_Return)
