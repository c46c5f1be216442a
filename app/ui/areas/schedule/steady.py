"""Keeps the calendar's rows where they are on the screen when a strip comes or goes above it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QMoveEvent
from PySide6.QtWidgets import QAbstractScrollArea, QWidget


class SteadyRows(QObject):
    """Scrolls by as much as the part around a calendar was moved: nothing slips away under the pointer."""

    def __init__(self, around: QWidget, scrolled: QAbstractScrollArea) -> None:
        super().__init__(around)
        self._around, self._bar = around, scrolled.verticalScrollBar()
        self._wanted: int | None = None
        around.installEventFilter(self)
        self._bar.rangeChanged.connect(self._settle)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Note how far it was moved; the room to scroll follows with its new height."""
        if isinstance(event, QMoveEvent) and watched is self._around and self._around.isVisible():
            before = self._bar.value() if self._wanted is None else self._wanted
            self._wanted = before + event.pos().y() - event.oldPos().y()
        return super().eventFilter(watched, event)

    def _settle(self, _least: int, _most: int) -> None:
        wanted, self._wanted = self._wanted, None
        if wanted is not None:
            self._bar.setValue(wanted)
