"""Six small charts, one for each figure of a week: its value, its change, the course over 26 weeks."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from app.documents.week_words import change_text, figure_title, figure_unit, value_text
from app.domain.weekly import FIGURES, LEAST_SPAN
from app.kernel.i18n import t
from app.queries.weekly import WeekRow
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import TypeRole
from app.ui.widgets.line_model import Spark
from app.ui.widgets.line_paint import paint_spark
from app.ui.widgets.paint import draw_text, text_width
from app.ui.widgets.panel import Card

_HEIGHT, _LINE, _TREND = 120, 20, 44


class FigureChart(QWidget):
    """One figure: ``show_weeks`` with the oldest week first."""

    def __init__(self, key: str) -> None:
        super().__init__()
        self.key = key
        self._weeks: tuple[WeekRow, ...] = ()
        self._chosen: WeekRow | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return words above a trend."""
        return QSize(180, _HEIGHT)

    def show_weeks(self, weeks: Sequence[WeekRow], chosen: WeekRow | None) -> None:
        """Show other weeks, one of them in words."""
        self._weeks, self._chosen = tuple(weeks), chosen
        words = (figure_title(self.key), self.value, figure_unit(self.key), self.change)
        self.setAccessibleName(", ".join(filter(None, words)))
        self.setToolTip(self.accessibleName())
        self.update()

    @property
    def value(self) -> str:
        """The chosen week's value, "–" for none."""
        found = self._chosen.figures.figures.get(self.key) if self._chosen else None
        return value_text(self.key, found) or "–"

    @property
    def change(self) -> str:
        """How the chosen week compares with the one before."""
        found = self._chosen.figures.figures.get(self.key) if self._chosen else None
        if self._chosen is not None and self.key in self._chosen.figures.unreadable:
            return t("can't be read")
        return change_text(self.key, found)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint title, value and change, then the trend with the chosen week marked."""
        colors = Theme.current().colors
        with QPainter(self) as painter:
            wide = self.width()
            draw_text(painter, QRectF(0, 0, wide, _LINE), figure_title(self.key), TypeRole.META, colors.muted)
            value = QRectF(0, _LINE, wide, 24)
            draw_text(painter, value, self.value, TypeRole.SECTION, colors.text, strong=True)
            left = text_width(self.value, TypeRole.SECTION, True) + 6
            unit = figure_unit(self.key)
            draw_text(painter, QRectF(left, _LINE, wide - left, 24), unit, TypeRole.META, colors.muted)
            draw_text(painter, QRectF(0, _LINE + 24, wide, 18), self.change, TypeRole.META, colors.muted)
            area = QRectF(4, _HEIGHT - _TREND - 4, wide - 8, _TREND)
            self._mark(painter, area)
            for values in self._courses():
                paint_spark(painter, Spark(values, least=LEAST_SPAN[self.key]), area)

    def _courses(self) -> list[tuple[float | None, ...]]:
        found = [week.figures.figures.get(self.key) for week in self._weeks]
        return [tuple(one.value if one else None for one in found)]

    def _mark(self, painter: QPainter, area: QRectF) -> None:
        """A thin line through the chosen week."""
        if self._chosen is None or len(self._weeks) < 2 or self._chosen not in self._weeks:
            return
        x = area.left() + self._weeks.index(self._chosen) * area.width() / (len(self._weeks) - 1)
        painter.setPen(Qt.PenStyle.SolidLine)
        painter.setPen(Theme.current().colors.line)
        painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))


class WeekCharts(QWidget):
    """All six, three beside each other."""

    def __init__(self) -> None:
        super().__init__()
        self.charts = {key: FigureChart(key) for key in FIGURES}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(12)
        for number, chart in enumerate(self.charts.values()):
            card = Card(padding=12, gap=0)
            card.body.addWidget(chart)
            grid.addWidget(card, number // 3, number % 3)

    def show_weeks(self, weeks: Sequence[WeekRow], chosen: WeekRow | None) -> None:
        """Show weeks (the newest first) and the one that was chosen."""
        for chart in self.charts.values():
            chart.show_weeks([week for week in reversed(weeks) if not week.merged], chosen)
