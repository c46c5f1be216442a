"""Bars for weeks: how many alerts a rule would have raised in each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.kernel.i18n import t
from app.ui.parts.words import day_month
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import TypeRole
from app.ui.widgets.paint import box, draw_text

_LEFT, _FOOT, _LABELS = 28, 22, 4


class WeekBars(QWidget):
    """Shows (Monday, count); a screen reader hears all of them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._weeks: tuple[tuple[date, int], ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def weeks(self) -> tuple[tuple[date, int], ...]:
        """What is shown."""
        return self._weeks

    def show_weeks(self, weeks: Sequence[tuple[date, int]]) -> None:
        """Show other weeks."""
        self._weeks = tuple(weeks)
        said = "; ".join(f"{day_month(monday)}: {count}" for monday, count in weeks)
        self.setAccessibleName(t("By week: {weeks}", weeks=said))
        self.setToolTip(said.replace("; ", "\n"))
        self.update()

    def sizeHint(self) -> QSize:
        """Return a height for four lines."""
        return QSize(300, 132)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint lines with their numbers, bars and the names of some weeks."""
        if not self._weeks:
            return
        c = Theme.current().colors
        most = max(count for _, count in self._weeks)
        step = max(1, -(-most // 3))
        lines = max(1, -(-most // step))
        base, height = self.height() - _FOOT, self.height() - _FOOT - 12
        with QPainter(self) as painter:
            for line in range(lines + 1):
                y = base - height * line / lines
                painter.fillRect(QRectF(_LEFT, round(y), self.width() - _LEFT, 1), c.line)
                draw_text(painter, QRectF(0, y - 8, _LEFT - 8, 16), str(line * step), TypeRole.META, c.muted,
                          align=Qt.AlignmentFlag.AlignRight)  # fmt: skip
            self._bars(painter, base, height / (lines * step))

    def _bars(self, painter: QPainter, base: float, scale: float) -> None:
        c = Theme.current().colors
        room = (self.width() - _LEFT) / len(self._weeks)
        every = max(1, -(-len(self._weeks) // _LABELS))
        for place, (monday, count) in enumerate(self._weeks):
            left = _LEFT + place * room
            if count:
                width = min(20.0, room * 0.7)
                box(painter, QRectF(left + (room - width) / 2, base - count * scale, width, count * scale), 2, c.muted)
            if place % every == 0 and place + every <= len(self._weeks):
                text = QRectF(left, base + 4, room * every, 16)
                draw_text(painter, text, day_month(monday), TypeRole.META, c.muted)
