"""Messages make way for fields; Ctrl+Z is the key of the last one that can be taken back."""

from __future__ import annotations

from functools import partial

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QListWidget, QWidget
from pytestqt.qtbot import QtBot

from app.commands.registry import Outcome
from app.ui.shell.shell import Shell
from app.ui.shell.toasts import ToastHost
from app.ui.widgets.button import Button
from app.ui.widgets.inputs import LineEdit
from app.ui.widgets.text import Label
from app.ui.work import PendingAction, ToastButton
from tests.support.shell import FakeWorkspace
from tests.ui.shell.fakes import CheckIn


def place_of(widget: QWidget, window: QWidget) -> QRect:
    return QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    one = QWidget()
    qtbot.addWidget(one)
    one.resize(800, 600)
    with qtbot.waitExposed(one):
        one.show()
    one.activateWindow()
    return one


@pytest.fixture
def area(window: QWidget) -> QWidget:
    """Where the forms are; messages lie over it."""
    one = QWidget(window)
    one.setGeometry(window.rect())
    one.show()
    return one


def test_a_field_that_comes_up_under_a_message_is_free(qtbot: QtBot, window: QWidget, area: QWidget) -> None:
    host = ToastHost(window, area)
    toast = host.show("Classified as Yellow: Ivy Chukwu")
    field = LineEdit(name="Why", parent=area)
    field.hide()
    field.setGeometry(place_of(toast, window).adjusted(-40, -4, 40, 4))
    assert place_of(toast, window).intersects(field.geometry())
    field.show()
    field.setFocus()
    qtbot.waitUntil(lambda: not place_of(toast, window).intersects(place_of(field, window)))
    assert window.rect().contains(place_of(toast, window))
    host.clear()


def test_a_button_that_comes_up_under_a_message_is_free_without_the_focus(
    qtbot: QtBot, window: QWidget, area: QWidget
) -> None:
    host = ToastHost(window, area)
    toast = host.show("Triaged as Red: Ivy Chukwu")
    button = Button("Cancel the request", parent=area)
    button.setGeometry(place_of(toast, window))
    button.show()
    qtbot.waitUntil(lambda: not place_of(toast, window).intersects(place_of(button, window)))
    host.clear()
    qtbot.waitUntil(lambda: not host._watch.isActive())


def test_a_message_takes_a_second_line_where_one_would_lie_on_words(
    qtbot: QtBot, window: QWidget, area: QWidget
) -> None:
    """The long one about signing lay on the heading of what is chosen next."""
    words = []
    for y in range(0, 600, 20):
        words.append(Label("What happens next", parent=area))
        words[-1].setGeometry(376, y, 400, 20)
        words[-1].show()
    rows = QListWidget(area)
    rows.addItems(["Ana Ruiz", "Zygmunt Lis"])
    rows.setGeometry(0, 0, 370, 600)
    rows.show()
    host = ToastHost(window, area)
    toast = host.show("Signing the results of Maria del Carmen Gonzalez: in 7 s", button=ToastButton("Cancel", int))
    lies = place_of(toast, window)
    assert [one.text() for one in words if lies.intersects(place_of(one, window))] == []
    assert not lies.intersects(rows.visualItemRect(rows.item(1)))
    assert window.rect().contains(lies)
    host.clear()


def test_words_that_come_up_under_a_message_are_free(qtbot: QtBot, window: QWidget, area: QWidget) -> None:
    """Whether a note holds was answered under the message about its draft."""
    host = ToastHost(window, area)
    toast = host.show("Kept as a draft.")
    answer = Label("", parent=area)
    answer.setGeometry(place_of(toast, window))
    answer.show()
    answer.setText("Withdrawn: it does not hold any more.")
    qtbot.waitUntil(lambda: not place_of(toast, window).intersects(place_of(answer, window)))
    host.clear()


def test_a_message_stays_while_another_field_is_gone_to(qtbot: QtBot, window: QWidget, area: QWidget) -> None:
    host = ToastHost(window, area)
    toast = host.show("Saved")
    before = place_of(toast, window)
    field = LineEdit(name="Elsewhere", parent=area)
    field.setGeometry(10, 10, 100, 32)
    field.show()
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    qtbot.wait(20)
    assert place_of(toast, window) == before
    host.clear()


def test_ctrl_z_cancels_what_waits_before_it_undoes_what_came_earlier(
    qtbot: QtBot, shell: Shell, workspace: FakeWorkspace
) -> None:
    assert shell.desk is not None
    cancelled: list[str] = []
    shell.desk.did("Checked in Ana", Outcome(undo_label="checking in"))
    said = shell.window.toasts.toasts[0]
    assert said.width() >= said.sizeHint().width(), "its keys take no room from its words"
    for name in ("first", "second"):
        cancel = partial(cancelled.append, name)
        shell.desk.pending(PendingAction(text=f"Signing {name}", command=CheckIn(), on_cancelled=cancel))
    hosts = shell.window.toasts
    assert [one.button._hint() for one in hosts.toasts if one.button] == ["", "", "Ctrl Z"], "only one says so"
    for left in (["second"], ["second", "first"]):
        QTest.keyClick(shell.window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        assert cancelled == left
    assert [one.button._hint() for one in hosts.toasts if one.button] == ["Ctrl Z"]
    assert not [one for one in workspace.executed if isinstance(one, CheckIn)]


def test_what_is_said_again_stands_there_once(window: QWidget, area: QWidget) -> None:
    host = ToastHost(window, area)
    with_button = ToastButton("Show", lambda: None)
    host.show("Anna Kowalska is the last of your day")
    host.show("Saved")
    host.show("Anna Kowalska is the last of your day")
    assert [one.accessibleName() for one in host.toasts] == ["Saved", "Anna Kowalska is the last of your day"]
    host.clear()
    host.show("A new alert", button=with_button)
    host.show("A new alert", button=with_button)
    assert len(host.toasts) == 2, "each button is about something of its own"
    host.clear()
