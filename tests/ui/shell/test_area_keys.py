"""The areas of everybody who may sign in can be opened together: no two of their actions want the same keys."""

from __future__ import annotations

from unittest.mock import MagicMock

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.domain.enums import Role
from app.domain.permissions import Permission, allowed
from app.main import area_specs
from app.ui.shell.actions import ActionBook, area_actions, permitted
from app.ui.shell.shell_actions import own_actions
from app.ui.theme.theme import Appearance


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
