"""What of a window can't be read whole: words wider than their widget, cells wider than their column."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QHeaderView,
    QScrollArea,
    QStyle,
    QStyleOptionComboBox,
    QTableView,
    QWidget,
)

from app.ui.theme.theme import Theme
from app.ui.theme.tokens import TypeRole
from app.ui.widgets.table import CHIP_ROLE, PADDING, STRONG_ROLE

MOST_ROWS = 40
"""Rows of a table that are looked at."""
_SPARE = 1
"""Pixels by which a rounded width may fall short."""


def cut_off(window: QWidget) -> list[str]:
    """Return a line for each choice, button and table cell whose text is cut, and each widget that leaves its frame."""
    found: list[str] = []
    for widget in (window, *window.findChildren(QWidget)):
        if widget.isVisible():
            found += [f"{_where(widget)}: {one}" for one in _of_widget(widget)]
    return sorted(set(found))


def _of_widget(widget: QWidget) -> Iterator[str]:
    if isinstance(widget, QComboBox):
        yield from _combo(widget)
    elif isinstance(widget, QTableView):
        yield from _table(widget)
    elif isinstance(widget, QAbstractButton) and widget.text() and _short(widget):
        yield f"button {widget.text()!r} has {widget.width()} of {widget.minimumSizeHint().width()} px"
    if isinstance(widget, QScrollArea):
        yield from _beyond(widget)


def _short(button: QAbstractButton) -> bool:
    return button.width() + _SPARE < button.minimumSizeHint().width()


def _combo(combo: QComboBox) -> Iterator[str]:
    option = QStyleOptionComboBox()
    combo.initStyleOption(option)
    edit = combo.style().subControlRect(
        QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, combo
    )
    need = QFontMetrics(combo.font()).horizontalAdvance(combo.currentText())
    if need > edit.width() + _SPARE:
        yield f"choice {combo.currentText()!r} has {edit.width()} of {need} px"


def _table(table: QTableView) -> Iterator[str]:
    """The cells in view; the column that takes what room is left may be short."""
    model, header = table.model(), table.horizontalHeader()
    for column in range(model.columnCount()):
        if table.isColumnHidden(column) or header.sectionResizeMode(column) is QHeaderView.ResizeMode.Stretch:
            continue
        if header.stretchLastSection() and column == model.columnCount() - 1:
            continue
        for row in range(min(model.rowCount(), MOST_ROWS)):
            index = model.index(row, column, QModelIndex())
            need = _cell(index)
            if need > table.columnWidth(column) + _SPARE:
                name = model.headerData(column, Qt.Orientation.Horizontal)
                yield f"column {name!r} has {table.columnWidth(column)} of {need} px for {index.data()!r}"
                break


def _cell(index: QModelIndex) -> int:
    """How wide a cell's text is with its padding; a chip draws itself and is not measured."""
    if index.data(CHIP_ROLE) is not None:
        return 0
    font = Theme.current().font(TypeRole.BODY, bool(index.data(STRONG_ROLE)))
    return QFontMetrics(font).horizontalAdvance(str(index.data() or "")) + 2 * PADDING


def _beyond(scroll: QScrollArea) -> Iterator[str]:
    """What of a page that scrolls only downwards reaches over its right edge."""
    page = scroll.widget()
    if page is None or scroll.horizontalScrollBarPolicy() is not Qt.ScrollBarPolicy.ScrollBarAlwaysOff:
        return
    if page.width() > scroll.viewport().width() + _SPARE:
        yield f"a page of {page.width()} px in a frame of {scroll.viewport().width()}"


def _where(widget: QWidget) -> str:
    """The classes from the window down to a widget, ours only, and its name."""
    names = []
    above: QWidget | None = widget
    while above is not None:
        if type(above).__module__.startswith("app."):
            names.append(type(above).__name__)
        above = above.parentWidget()
    return f"{'/'.join(reversed(names[:3]))} {widget.accessibleName()!r}"
