"""Widgets that are shown as windows though nobody meant them to: they take the keyboard and give it back to nobody."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QGuiApplication, QWindow
from PySide6.QtWidgets import QApplication, QWidget

MEANT = ("mainWindow", "QMenu", "PopupMenu", "QComboBoxPrivateContainer", "Dialog", "QCalendarPopup")
"""How the names of those begin or what they contain: windows, menus, lists that drop down."""


class Shown(QObject):
    """Notes every widget that is shown as a window."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.names.append(f"{type(watched).__name__} {watched.accessibleName()}")
        return False


@contextmanager
def shown_as_windows() -> Iterator[list[str]]:
    """Note what is shown as a window meanwhile. It looks at every event, which takes time."""
    app = QApplication.instance()
    assert app is not None
    shown = Shown()
    app.installEventFilter(shown)
    try:
        yield shown.names
    finally:
        app.removeEventFilter(shown)


@contextmanager
def strangers_in_front() -> Iterator[list[str]]:
    """Note which windows take the keyboard meanwhile that nobody meant to: costs nothing between two of them."""
    app = QApplication.instance()
    assert isinstance(app, QGuiApplication)
    strangers: list[str] = []

    def changed(to: QWindow | None) -> None:
        if to is not None and not any(name in to.objectName() for name in MEANT):
            strangers.append(to.objectName())

    app.focusWindowChanged.connect(changed)
    try:
        yield strangers
    finally:
        app.focusWindowChanged.disconnect(changed)
