"""The field of the command palette in the top bar."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.kernel.i18n import t
from app.ui.widgets.inputs import LineEdit
from app.ui.widgets.text import KeyHint

WIDTH = 420
_WAY = {
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_PageDown: 5,
    Qt.Key.Key_PageUp: -5,
}
_WISHES = {Qt.FocusReason.MouseFocusReason, Qt.FocusReason.ShortcutFocusReason}


class PaletteField(LineEdit):
    """Where patients and actions are looked for. Arrows move in the results, Enter takes one, Esc goes back."""

    wanted = Signal()
    """The field got the focus."""
    moved = Signal(int)
    taken = Signal()
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(icon="search", parent=parent)
        self.setObjectName("paletteField")
        self.setMaximumWidth(WIDTH)
        self.setMinimumWidth(160)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._hint = KeyHint("Ctrl+K", parent=self)
        self._hint.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.textChanged.connect(lambda text: self._hint.setVisible(not text))
        self.ask_for(t("Find a patient or an action"))

    def ask_for(self, text: str) -> None:
        """Say what is looked for: placeholder and accessible name."""
        self.setPlaceholderText(text)
        self.setAccessibleName(text)
        self.setToolTip(f"{text} (Ctrl+K)")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the key hint at the right."""
        super().resizeEvent(event)
        hint = self._hint.sizeHint()
        self._hint.setGeometry(
            self.width() - hint.width() - 8, (self.height() - hint.height()) // 2, hint.width(), hint.height()
        )

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Open the results."""
        super().focusInEvent(event)
        # Focus that falls here because something else went away (Qt calls that Tab) isn't a wish to search.
        if event.reason() in _WISHES:
            self.wanted.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Send arrows, Enter and Esc to the results."""
        key = Qt.Key(event.key())
        if key in _WAY:
            self.moved.emit(_WAY[key])
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.taken.emit()
        elif key == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)
            return
        event.accept()
