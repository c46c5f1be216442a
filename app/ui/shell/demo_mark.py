"""The permanent mark of the demo clinic at the foot of the rail; it opens the checklist."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from app.kernel.i18n import t
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import TypeRole
from app.ui.widgets.paint import box, draw_text, text_width

_TAG = "DEMO"


class DemoMark(QAbstractButton):
    """DEMO, the clinic's name, and how much of the checklist is done."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._clinic = ""
        self._progress = ""
        self._collapsed = False
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.hide()

    def show_demo(self, clinic: str, progress: str) -> None:
        """Show the mark; ``progress`` such as "2 of 5 tried"."""
        self._clinic, self._progress = clinic, progress
        people = t("Invented people")
        self.setAccessibleName(f"{_TAG}, {clinic}, {people}, {progress}")
        self.setToolTip(t("The first three minutes"))
        self.show()
        self.update()

    def set_collapsed(self, collapsed: bool) -> None:
        """Show only the word DEMO, or all."""
        self._collapsed = collapsed
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size: three lines, or one."""
        return QSize(40, 44 if self._collapsed else 84)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint a line above, the framed word, clinic and progress."""
        c, painter = Theme.current().colors, QPainter(self)
        painter.fillRect(-8, 0, self.width() + 16, 1, c.line)
        left = 0.0 if self._collapsed else 8.0
        width = text_width(_TAG, TypeRole.META, True) + (4 if self._collapsed else 10)
        tag = QRectF(left, 12, width, 18)
        box(painter, tag, Theme.current().tokens.radius.key, None, c.control_line)
        middle = Qt.AlignmentFlag.AlignHCenter
        draw_text(painter, tag, _TAG, TypeRole.META, c.muted, strong=True, align=middle)
        if self._collapsed:
            return
        room = self.width() - 16.0
        draw_text(painter, QRectF(8, 38, room, 16), self._clinic, TypeRole.META, c.text, strong=True)
        parts = " · ".join(part for part in (t("Invented people"), self._progress) if part)
        draw_text(painter, QRectF(8, 56, room, 16), parts, TypeRole.META, c.muted)
