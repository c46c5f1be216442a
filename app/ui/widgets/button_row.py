"""Buttons side by side that are never cut: where it is tight they leave their keys out, then go on below."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QSizePolicy, QWidget

from app.ui.widgets.button import Button
from app.ui.widgets.flow import FlowLayout

GAP = 8


class ButtonRow(QWidget):
    """Buttons from the left; hidden ones take no room."""

    def __init__(self, *buttons: Button, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.buttons = buttons
        lines = FlowLayout(self, gap=GAP)
        for button in buttons:
            lines.addWidget(button)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def across(self) -> int:
        """How wide they are in one line, with their keys."""
        wide = [button for button in self.buttons if not button.isHidden()]
        for button in wide:
            button.show_hint(True)
        return sum(button.sizeHint().width() + GAP for button in wide) - GAP if wide else 0

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the keys out where the line is too short for them."""
        super().resizeEvent(event)
        self.fit()

    def fit(self) -> None:
        """Show the keys where there is room; for whoever shows or hides a button."""
        room = self.across() <= self.width()
        for button in self.buttons:
            button.show_hint(room)


def beside_or_below(line: QBoxLayout, title: QWidget, buttons: ButtonRow, room: int) -> None:
    """Put buttons at the right of a title where both fit in ``room`` pixels, else below it."""
    needed = buttons.across()
    fits = title.sizeHint().width() + 2 * GAP + needed <= room
    line.setDirection(QBoxLayout.Direction.LeftToRight if fits else QBoxLayout.Direction.TopToBottom)
    buttons.setMinimumWidth(needed if fits else 0)
    buttons.setMaximumWidth(needed if fits else 16_777_215)
    buttons.fit()
