"""The areas of everybody who may sign in can be opened together: no two of their actions want the same keys."""

from __future__ import annotations

from unittest.mock import MagicMock

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from app.domain.enums import Role
from app.domain.permissions import Permission, allowed
from app.main import area_specs
from app.ui.shell.actions import ActionBook, area_actions, permitted
from app.ui.shell.shell import Shell
from app.ui.shell.shell_actions import own_actions
from app.ui.theme.theme import Appearance
from tests.ui.shell.fakes import NotePanel, TestPage


@pytest.mark.parametrize("role", [Role.MEDICAL_ASSISTANT, Role.PROVIDER, Role.ADMIN])
def test_nobody_is_kept_out_by_two_actions_with_the_same_keys(qtbot: QtBot, role: Role) -> None:
    def may(right: Permission) -> bool:
        return allowed({role}, right)

    place = QWidget()
    qtbot.addWidget(place)
    book = ActionBook(place)
    for action in (*own_actions(MagicMock(), MagicMock()), *area_actions(permitted(area_specs(), may), may)):
        book.add(action, lambda _: None)
    assert book.all()


def test_looks_and_languages_are_found_in_the_palette_too() -> None:
    shell = MagicMock()
    found = {action.title: action for action in own_actions(shell, MagicMock()) if action.everywhere}
    found["Look: dark"].handler(None)
    shell.choose_appearance.assert_called_once_with(Appearance.DARK)
    found["Language: Spanish (español)"].handler(None)
    shell.choose_language.assert_called_once_with("es")
    assert {"Look: light", "Look: like the system", "Language: English", "Switch person", "Change password"} <= {*found}


def test_a_key_of_a_field_in_the_panel_comes_before_the_areas(qtbot: QtBot, shell: Shell, today: TestPage) -> None:
    """A key that holds only where the keyboard is, such as Ctrl+Return of a list in a panel, is meant there too."""
    panel, done = NotePanel(), []
    slanted = QShortcut(QKeySequence("Ctrl+I"), panel.field, lambda: done.append("slanted"))
    slanted.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
    shell.window.activateWindow()
    today.api.show_panel(panel)
    qtbot.waitUntil(panel.field.hasFocus)
    QTest.keyClick(panel.field, Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)
    assert (done, today.acted) == (["slanted"], [])
    today.button.setFocus()
    QTest.keyClick(today.button, Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)
    assert (done, today.acted) == (["slanted"], ["check_in"])
    panel.field.setFocus()
    today.api.close_panel(panel)
    qtbot.waitUntil(today.button.hasFocus)
    QTest.keyClick(today.button, Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)
    assert today.acted == ["check_in", "check_in"], "closed, it leaves nothing behind"


def test_what_has_the_keyboard_in_a_panel_may_go_with_its_parent(qtbot: QtBot, shell: Shell, today: TestPage) -> None:
    """As a file dialog does: whoever walked through children that are half gone ended the program."""
    panel = NotePanel()
    holder = QWidget(panel)
    fields = [QLineEdit(holder) for _ in range(3)]
    for field in fields:
        QShortcut(QKeySequence("Ctrl+I"), field)
    shell.window.activateWindow()
    today.api.show_panel(panel)
    holder.show()
    qtbot.waitUntil(fields[1].isVisible)
    fields[1].setFocus()
    qtbot.waitUntil(fields[1].hasFocus)
    shiboken6.delete(holder)
    panel.field.setFocus()
    qtbot.waitUntil(panel.field.hasFocus)
    assert not any(map(shiboken6.isValid, fields))
