"""The steps of the wizard at its left: done, present, to come."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QWidget

from app.kernel.i18n import t
from app.ui.theme.icons import paint_icon
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import TypeRole
from app.ui.widgets.layouts import column
from app.ui.widgets.paint import box, draw_text

_WIDTH = 232


class _StepButton(QAbstractButton):
    """One step; those behind can be gone back to."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.here = False
        self.setText(title)
        self.setFixedSize(QSize(_WIDTH, 36))
        self.show_state(here=False, done=False)

    def show_state(self, *, here: bool, done: bool) -> None:
        """Show where it stands."""
        self.here = here
        self.done = done
        self.setEnabled(done)
        self.setCursor(Qt.CursorShape.PointingHandCursor if done else Qt.CursorShape.ArrowCursor)
        state = t("this step") if here else t("done") if done else t("to come")
        self.setAccessibleName(f"{self.text()}, {state}")
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the mark and the title."""
        theme, painter = Theme.current(), QPainter(self)
        c = theme.colors
        if self.here:
            box(painter, QRectF(self.rect()), theme.tokens.radius.control, c.selected)
            box(painter, QRectF(0, 6, 3, self.height() - 12), 1.5, c.accent)
        icon = "check-circle" if self.done else "circle"
        paint_icon(painter, icon, c.accent if self.done else c.muted, 12, 8, 20)
        area = QRectF(44, 0, self.width() - 52, self.height())
        color = c.text if self.here or self.done else c.muted
        draw_text(painter, area, self.text(), TypeRole.BODY, color, strong=self.here)


class StepsList(QWidget):
    """The list."""

    chosen = Signal(int)

    def __init__(self, titles: Sequence[str]) -> None:
        super().__init__()
        self.setAccessibleName(t("Steps"))
        self._buttons = [_StepButton(title) for title in titles]
        for number, button in enumerate(self._buttons):
            button.clicked.connect(lambda _=False, number=number: self.chosen.emit(number))
        column(*self._buttons, gap=0, parent=self)
        self.setFixedWidth(_WIDTH)

    def set_current(self, index: int) -> None:
        """Mark the present step."""
        for number, button in enumerate(self._buttons):
            button.show_state(here=number == index, done=number < index)
