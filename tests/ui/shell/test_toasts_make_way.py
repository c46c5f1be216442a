"""A message that lies where a field comes up makes way for it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.ui.shell.toasts import ToastHost
from app.ui.widgets.inputs import LineEdit


def place_of(widget: QWidget, window: QWidget) -> QRect:
    return QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    one = QWidget()
    qtbot.addWidget(one)
    one.resize(800, 600)
    one.show()
    qtbot.waitExposed(one)
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
