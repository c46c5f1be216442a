"""Menus in our look: icon, text, shortcut."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRectF
from PySide6.QtGui import QAction, QKeySequence, QPainterPath, QRegion, QResizeEvent
from PySide6.QtWidgets import QMenu, QWidget

from app.ui.theme.theme import Theme


@dataclass(frozen=True, slots=True)
class MenuItem:
    """One line of a menu; ``keys`` is shown, binding it is the view's business. ``run`` is called when chosen."""

    text: str
    run: Callable[[], None]
    icon: str = ""
    keys: str = ""
    enabled: bool = True
    checked: bool | None = None
    why_not: str = ""


class PopupMenu(QMenu):
    """A menu with rounded corners, cut by a mask so that it needs no compositor."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self.setAccessibleName(name)
        self.setFont(Theme.current().font())
        self.setToolTipsVisible(True)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cut the corners."""
        super().resizeEvent(event)
        path = QPainterPath()
        radius = Theme.current().tokens.radius.panel
        path.addRoundedRect(QRectF(self.rect()), radius, radius)
        self.setMask(QRegion(path.toFillPolygon().toPolygon()))

    def add_items(self, items: Sequence[MenuItem | None]) -> None:
        """Append lines; ``None`` is a separator."""
        for item in items:
            if item is None:
                self.addSeparator()
            else:
                self._add(item)

    def _add(self, item: MenuItem) -> None:
        action = QAction(item.text.replace("&", "&&"), self)  # a name or an address, never a key of the menu
        if item.icon:
            action.setIcon(Theme.current().icon(item.icon, 16))
        if item.keys:
            action.setShortcut(QKeySequence(item.keys.replace("Return", "Enter")))  # what the key is called elsewhere
            action.setShortcutVisibleInContextMenu(True)
        if item.checked is not None:
            action.setCheckable(True)
            action.setChecked(item.checked)
        action.setEnabled(item.enabled)
        action.setToolTip(item.why_not if not item.enabled else "")
        run = item.run
        action.triggered.connect(lambda _checked=False: run())
        self.addAction(action)


def open_menu(anchor: QWidget, name: str, items: Sequence[MenuItem | None], at: QPoint | None = None) -> PopupMenu:
    """Open a menu under a widget, or at a point of the screen; returns it while it is shown."""
    made = PopupMenu(name, anchor)
    made.add_items(items)
    made.aboutToHide.connect(made.deleteLater)
    made.popup(at if at is not None else _below(anchor, made.sizeHint().width()))
    return made


def _below(anchor: QWidget, width: int) -> QPoint:
    """Where a menu begins: under its anchor; at the window's right edge it ends where the anchor does."""
    window = anchor.window()
    left = anchor.mapTo(window, QPoint(0, 0)).x()
    shift = anchor.width() - width if left + width > window.width() and width > anchor.width() else 0
    return anchor.mapToGlobal(QPoint(shift, anchor.height() + 4))
