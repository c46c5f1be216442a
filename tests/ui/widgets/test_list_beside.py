"""The frame of the inboxes: what is chosen decides what is beside the list, not how wide the list is."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.ui.parts.list_beside import ListBeside
from app.ui.widgets.layouts import column


def test_the_list_keeps_its_width_with_every_choice_until_the_window_changes(qtbot: QtBot) -> None:
    detail, wide = QWidget(), QWidget()
    column(wide, gap=0, parent=detail)
    frame = ListBeside(detail, name="Requests")
    window = QWidget()
    qtbot.addWidget(window)
    column(frame.states, gap=0, parent=window)
    frame.states.set_ready()
    window.resize(1000, 600)
    with qtbot.waitExposed(window):
        window.show()
    at_first = frame.list.width()
    wide.setMinimumWidth(700)
    qtbot.waitUntil(lambda: frame.list.width() < at_first)
    narrow = frame.list.width()
    for least in (100, 650, 20):
        wide.setMinimumWidth(least)
        qtbot.wait(50)
        assert frame.list.width() == narrow
    window.resize(1001, 600)
    qtbot.waitUntil(lambda: frame.list.width() >= at_first)
