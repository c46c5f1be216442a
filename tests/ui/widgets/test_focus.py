"""The focus is seen on every control, with the keyboard always, with the mouse where one types."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPlainTextEdit, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from app.ui.theme.theme import Theme
from app.ui.widgets.button import Button
from app.ui.widgets.inputs import LineEdit
from app.ui.widgets.layouts import column
from tests.ui.widgets import gallery


def shown(qtbot: QtBot, *controls: QWidget) -> QWidget:
    window = QWidget()
    column(*controls, gap=16, margins=(24, 24, 24, 24), parent=window)
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    return window


def ring_of(window: QWidget) -> QWidget:
    found = window.findChild(QWidget, "focusRing")
    assert isinstance(found, QWidget)
    return found


def test_the_ring_stands_two_pixels_away_and_is_two_wide(qtbot: QtBot) -> None:
    first, second = Button("One"), Button("Two")
    window = shown(qtbot, first, second)
    first.setFocus(Qt.FocusReason.TabFocusReason)
    ring = ring_of(window)
    assert ring.isVisible()
    assert ring.geometry() == first.geometry().adjusted(-4, -4, 4, 4)
    image = window.grab().toImage()
    accent = Theme.current().colors.accent.name()
    middle = first.geometry().center().x()
    top = first.geometry().top()
    assert [image.pixelColor(middle, top - y).name() == accent for y in (4, 3, 2, 1)] == [True, True, False, False]
    QTest.keyClick(first, Qt.Key.Key_Tab)
    assert ring.geometry() == second.geometry().adjusted(-4, -4, 4, 4)


def test_a_page_where_the_keyboard_rests_has_no_ring(qtbot: QtBot) -> None:
    button, page = Button("One"), QWidget()
    window = shown(qtbot, button, page)
    button.setFocus(Qt.FocusReason.TabFocusReason)
    assert ring_of(window).isVisible()
    page.setFocus(Qt.FocusReason.OtherFocusReason)
    assert page.hasFocus()
    assert not ring_of(window).isVisible()


def test_a_click_shows_the_ring_only_where_one_types(qtbot: QtBot) -> None:
    button, field = Button("One"), LineEdit(name="Name")
    window = shown(qtbot, button, field)
    field.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert button.hasFocus()
    assert not ring_of(window).isVisible()
    QTest.keyClick(button, Qt.Key.Key_Shift)
    assert ring_of(window).isVisible()
    QTest.mouseClick(field, Qt.MouseButton.LeftButton)
    assert ring_of(window).isVisible()


def test_the_ring_moves_and_hides_with_its_control(qtbot: QtBot) -> None:
    button = Button("One")
    window = shown(qtbot, button)
    button.setFocus(Qt.FocusReason.TabFocusReason)
    button.move(60, 40)
    assert ring_of(window).geometry().topLeft() == QPoint(56, 36)
    button.hide()
    assert not ring_of(window).isVisible()


def test_the_ring_is_cut_where_its_control_is_scrolled_away(qtbot: QtBot) -> None:
    inside = QWidget()
    inside.setFixedHeight(600)
    button = Button("Far down", parent=inside)
    button.move(10, 100)
    area = QScrollArea()
    area.setWidget(inside)
    area.setFixedSize(200, 160)
    window = shown(qtbot, area)
    button.setFocus(Qt.FocusReason.TabFocusReason)
    area.verticalScrollBar().setValue(115)
    seen = QRect(area.viewport().mapTo(window, QPoint(0, 0)), area.viewport().size()).adjusted(-4, -4, 4, 4)
    assert seen.contains(ring_of(window).geometry())
    area.verticalScrollBar().setValue(300)
    assert not ring_of(window).isVisible()


def test_the_ring_ends_with_its_window(qtbot: QtBot) -> None:
    button = Button("One")
    first = shown(qtbot, button)
    button.setFocus(Qt.FocusReason.TabFocusReason)
    assert ring_of(first).isVisible()
    first.close()
    first.deleteLater()
    QApplication.processEvents()
    field = LineEdit(name="Name")
    second = shown(qtbot, field)
    field.setFocus(Qt.FocusReason.TabFocusReason)
    assert ring_of(second).isVisible()


@pytest.mark.parametrize("name", list(gallery.PAGES))
def test_everything_in_the_gallery_has_a_name_and_plain_text(qtbot: QtBot, name: str) -> None:
    page = gallery.PAGES[name]()
    qtbot.addWidget(page)
    page.show()
    QApplication.processEvents()
    for widget in page.findChildren(QWidget):
        if isinstance(widget, QLabel):
            assert widget.textFormat() == Qt.TextFormat.PlainText or not widget.text(), widget
        reachable = widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisible()
        inner = isinstance(widget.parent(), QPlainTextEdit)
        if reachable and not inner and widget.focusProxy() is None:
            interface = QAccessible.queryAccessibleInterface(widget)
            assert interface.text(QAccessible.Text.Name).strip(), f"{widget} has no accessible name"


def test_tab_goes_through_a_form_in_reading_order(qtbot: QtBot) -> None:
    page = gallery.PAGES["forms"]()
    qtbot.addWidget(page)
    with qtbot.waitExposed(page):
        page.show()
    page.activateWindow()
    names: list[str] = []
    first = next(field for field in page.findChildren(LineEdit) if field.accessibleName() == "Name")
    first.setFocus(Qt.FocusReason.TabFocusReason)
    for _ in range(7):
        focused = QApplication.focusWidget()
        assert focused is not None
        names.append(focused.accessibleName())
        QTest.keyClick(focused, Qt.Key.Key_Tab)
    assert names == ["Name", "Date of birth", "Time", "Phone", "Type", "E-mail", "Reason"]
