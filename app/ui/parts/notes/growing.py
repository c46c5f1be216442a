"""A text field that is as high as its text, between a least and a greatest number of lines."""

from __future__ import annotations

from PySide6.QtCore import QSizeF
from PySide6.QtWidgets import QWidget

from app.ui.widgets.inputs import TextArea

_LINE, _FRAME = 20, 16


class GrowingText(TextArea):
    """Grows while somebody writes; beyond ``most`` lines it scrolls."""

    def __init__(self, *, name: str, least: int = 2, most: int = 18, parent: QWidget | None = None) -> None:
        super().__init__("", name=name, lines=least, parent=parent)
        self._least, self._most = least, most
        self.document().documentLayout().documentSizeChanged.connect(self._fit)

    def _fit(self, size: QSizeF) -> None:
        """Take the new height: a plain text document counts its size in lines."""
        lines = min(max(int(size.height()), self._least), self._most)
        wanted = lines * _LINE + _FRAME
        if wanted != self.height():
            self.setFixedHeight(wanted)

    def show_text(self, text: str) -> None:
        """Put another text in as if it had been typed: the field's own undo takes it back."""
        if text == self.toPlainText():
            return
        cursor = self.textCursor()
        cursor.select(cursor.SelectionType.Document)
        cursor.insertText(text)
