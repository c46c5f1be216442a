"""A report drawn: a bar for each line (over time a column), its parts beside each other, each named in the legend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRect, QRectF, QSize
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.domain.reports import ReportKind, column_word
from app.kernel.i18n import t
from app.queries.reports import Report, ReportRow
from app.ui.areas.reports.columns import HEIGHT, column_rects, paint_columns
from app.ui.parts.words import locale
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import StatusKind, TypeRole
from app.ui.widgets.accessible import SpokenItem, install_accessible_items
from app.ui.widgets.paint import box, draw_text, text_width

LINE, BAR, HEAD, NAME, VALUE = 28, 14, 32, 190, 150
MOST_LINES = 16
_STRENGTHS = (0.78, 0.46, 0.28, 0.16, 0.62)
"""Parts differ by how strongly the text's colour covers the surface; what was missed is critical."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of each bar: which figure, how it looks, what the legend calls it."""

    figure: str
    strength: int
    critical: bool = False
    less: str = ""
    """A figure to take away: the ninth tenth beyond the median."""
    word: str = ""

    def of(self, row: ReportRow) -> float:
        """Its length in a row's bar."""
        return max(0.0, (row.figures.get(self.figure) or 0) - (row.figures.get(self.less) or 0 if self.less else 0))

    @property
    def name(self) -> str:
        """Its word in the legend."""
        return self.word or column_word(self.figure)


def parts_of(kind: ReportKind) -> tuple[Part, ...]:
    """Return what is drawn of a report."""
    return {
        ReportKind.VISITS: (Part("completed", 0), Part("inProgress", 4), Part("arrived", 1), Part("planned", 2),
                            Part("leftBeforeSeen", 1, critical=True), Part("didNotArrive", 0, critical=True),
                            Part("cancelled", 3)),
        ReportKind.MISSED: (Part("didNotArrivePercent", 0), Part("leftBeforeSeenPercent", 1)),
        ReportKind.OVER_TIME: (Part("completed", 0), Part("toCome", 2), Part("cancelled", 3),
                               Part("missed", 0, critical=True)),
        ReportKind.SLOTS: (Part("bookedMinutes", 0), Part("offeredMinutes", 2, less="bookedMinutes",
                                                          word=t("Free, min"))),
        ReportKind.WAITING: (Part("medianMinutes", 0), Part("p90Minutes", 2, less="medianMinutes",
                                                              word=column_word("p90Minutes"))),
        ReportKind.OPEN: (Part("underOneDay", 2), Part("underThreeDays", 1), Part("underSevenDays", 0),
                          Part("older", 0, critical=True)),
    }[kind]  # fmt: skip


_SAID = {
    ReportKind.VISITS: "visits", ReportKind.MISSED: "missedPercent", ReportKind.OVER_TIME: "visits",
    ReportKind.SLOTS: "usedPercent", ReportKind.WAITING: "medianMinutes", ReportKind.OPEN: "open",
}  # fmt: skip


def figure_text(value: float | None) -> str:
    """Return a figure for people: grouped and with a decimal as the language writes them; nothing for None."""
    if value is None:
        return ""
    rounded = round(value, 1)
    return locale().toString(int(rounded)) if rounded == int(rounded) else locale().toString(rounded, "f", 1)


class BarsView(QWidget):
    """Shows a report; screen readers hear each line with its figures."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        install_accessible_items()
        self._report: Report | None = None
        self._parts: tuple[Part, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        Theme.current().changed.connect(self.update)

    @property
    def lines(self) -> Sequence[ReportRow]:
        """The lines that are drawn: of a time all."""
        if self._report is None:
            return ()
        return self._report.rows if self.over_time else self._report.rows[:MOST_LINES]

    @property
    def over_time(self) -> bool:
        """Whether columns stand side by side."""
        return self._report is not None and self._report.kind is ReportKind.OVER_TIME

    def show_report(self, found: Report, name: str) -> None:
        """Draw another report."""
        self._report, self._parts = found, parts_of(found.kind)
        self.setAccessibleName(name)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return room for the legend and a line each."""
        if self.over_time:
            return QSize(640, HEAD + HEIGHT)
        return QSize(640, HEAD + LINE * max(1, len(self.lines)) + 8)

    def minimumSizeHint(self) -> QSize:
        """Return the height that the lines need."""
        return QSize(320, self.sizeHint().height())

    def spoken_items(self) -> Sequence[SpokenItem]:
        """Return what screen readers find."""
        rows = self.lines
        if self.over_time:
            places = column_rects(self._area(), len(rows))
        else:
            places = [QRect(0, HEAD + number * LINE, self.width(), LINE) for number in range(len(rows))]
        return [SpokenItem(self._words(row), place) for row, place in zip(rows, places, strict=True)]

    def _area(self) -> QRect:
        return QRect(0, HEAD, self.width(), self.height() - HEAD)

    def _words(self, row: ReportRow) -> str:
        said = ", ".join(f"{part.name} {figure_text(part.of(row))}" for part in self._parts)
        return f"{row.name}: {said}"

    def event(self, event: QEvent) -> bool:
        """Say a column's figures under the pointer: they have no number beside them."""
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip and self.over_time:
            here = next((one for one in self.spoken_items() if one.rect.contains(event.pos())), None)
            QToolTip.showText(event.globalPos(), here.name if here is not None else "", self)
            return True
        return super().event(event)

    def said(self, row: ReportRow) -> str:
        """Return the figure at the end of a bar, in words."""
        if self._report is None:
            return ""
        key = _SAID[self._report.kind]
        value = row.figures.get(key)
        if value is None:
            return t("none")
        unit = " %" if key.endswith("Percent") else " min" if key.endswith("Minutes") else ""
        return f"{figure_text(value)}{unit}"

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the legend, then the bars."""
        rows = self.lines
        most = max((sum(part.of(row) for part in self._parts) for row in rows), default=0.0)
        with QPainter(self) as painter:
            self._legend(painter)
            if self.over_time:
                figures = [[part.of(row) for part in self._parts] for row in rows]
                paint_columns(painter, self._area(), [row.name for row in rows], figures, self._part)
                return
            for number, row in enumerate(rows):
                self._line(painter, row, HEAD + number * LINE, most)

    def _color(self, part: Part) -> QColor:
        theme = Theme.current()
        color = QColor(theme.status(StatusKind.CRITICAL).text if part.critical else theme.colors.text)
        color.setAlphaF(_STRENGTHS[part.strength])
        return color

    def _legend(self, painter: QPainter) -> None:
        left = 0.0
        for part in self._parts:
            box(painter, QRectF(left, 4, 12, 12), 3, self._color(part))
            width = text_width(part.name, TypeRole.META)
            draw_text(painter, QRectF(left + 18, 0, width + 2, 20), part.name, TypeRole.META,
                      Theme.current().colors.muted)  # fmt: skip
            left += width + 38

    def _part(self, painter: QPainter, place: QRectF, part: int) -> None:
        painter.fillRect(place, Theme.current().colors.canvas)  # the colours are thin: lines would show through
        painter.fillRect(place, self._color(self._parts[part]))

    def _line(self, painter: QPainter, row: ReportRow, top: float, most: float) -> None:
        c = Theme.current().colors
        draw_text(painter, QRectF(0, top, NAME - 12, LINE), row.name, TypeRole.BODY, c.text)
        room = max(40.0, self.width() - NAME - VALUE)
        left = float(NAME)
        for part in self._parts:
            width = part.of(row) / most * room if most > 0 else 0.0
            if width >= 0.5:
                painter.fillRect(QRectF(left, top + (LINE - BAR) / 2, max(1.0, width - 1), BAR), self._color(part))
            left += width
        draw_text(painter, QRectF(left + 8, top, VALUE - 8, LINE), self.said(row), TypeRole.META, c.text, strong=True)
