"""Room for three columns: where a side panel leaves too little, the last of them steps aside until it is closed."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

ENOUGH = 880
"""Pixels from which on the list, the editor and the back-test stand side by side without cutting anything."""
PANEL = 500
"""A window that keeps more pixels than these for itself has a side panel open."""


class Room(QWidget):
    """Holds the columns; ``spare`` is what is hidden while there is too little room."""

    spare: QWidget | None = None

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show what there is room for."""
        super().resizeEvent(event)
        if self.spare is not None:
            width = event.size().width()
            self.spare.setVisible(width >= ENOUGH or self.window().width() - width < PANEL)
