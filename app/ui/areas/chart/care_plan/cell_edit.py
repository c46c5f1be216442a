"""The field that lies over a cell of the sheet while something is typed into it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QWidget

from app.ui.widgets.inputs import LineEdit

_KEYS = {Qt.Key.Key_Return: 0, Qt.Key.Key_Enter: 0, Qt.Key.Key_Tab: 1, Qt.Key.Key_Backtab: -1}


class CellEdit(LineEdit):
    """Enter keeps what was typed, and so does leaving; Tab goes on to the next cell; Esc gives up."""

    kept = Signal(str, int)
    """The text, and where to go: 0 stay, 1 to the next cell, -1 to the one before, 2 elsewhere by mouse."""
    given_up = Signal()

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(name=name, parent=parent)
        self._open = False
        self.hide()

    def begin(self, text: str) -> None:
        """Show the field with a text, all of it chosen."""
        self.setText(text)
        self.selectAll()
        self._open = True
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def put_away(self) -> None:
        """Take the field away without a signal."""
        self._open = False
        self.hide()

    def _keep(self, step: int) -> None:
        if self._open:
            self._open = False
            self.kept.emit(self.text(), step)

    def event(self, event: QEvent) -> bool:
        """Take Esc and Tab before the window does."""
        if isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.ShortcutOverride and event.key() == Qt.Key.Key_Escape:
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress and event.key() in _KEYS and not event.isAutoRepeat():
                self._keep(_KEYS[Qt.Key(event.key())])
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Give up with Esc."""
        if event.key() == Qt.Key.Key_Escape:
            self._open = False
            self.given_up.emit()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Keep what was typed when the person goes on by mouse; not while the window only lost the keyboard."""
        super().focusOutEvent(event)
        if event.reason() not in {Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason}:
            self._keep(2)
