"""The strip of large figures on top of a view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui.theme.theme import Theme
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.layouts import row
from app.ui.widgets.paint import draw_text, text_width
from app.ui.widgets.panel import Card


@dataclass(frozen=True, slots=True)
class Figure:
    """A number, its unit and what it counts, ``short`` where room is scarce; ``tone`` CRITICAL past a limit."""

    value: str
    caption: str
    unit: str = ""
    tone: Tone = Tone.TEXT
    short: str = ""


class _FigureCell(QWidget):
    """One figure."""

    def __init__(self, figure: Figure, first: bool) -> None:
        super().__init__()
        self._first = first
        self._figure = figure
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.show_figure(figure)

    def show_figure(self, figure: Figure) -> None:
        self._figure = figure
        self.setAccessibleName(f"{figure.value} {figure.unit}".strip() + f", {figure.caption}")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(round(text_width(self._figure.caption, TypeRole.META)) + 32, 52)

    def minimumSizeHint(self) -> QSize:
        return QSize(96, 52)

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = Theme.current()
        with QPainter(self) as painter:
            figure, width = self._figure, self.width() - 32
            if not self._first:
                painter.fillRect(QRectF(0, 0, 1, self.height()), theme.colors.line)
            color = theme.tone(figure.tone)
            draw_text(painter, QRectF(16, 0, width, 36), figure.value, TypeRole.FIGURE, color, strong=True)
            if figure.unit:
                left = 16 + text_width(figure.value, TypeRole.FIGURE, True) + 8
                unit_area = QRectF(left, 9, self.width() - left, 24)
                draw_text(painter, unit_area, figure.unit, TypeRole.BODY, theme.colors.muted)
            caption = QRectF(16, 36, width, 16)
            fits = text_width(figure.caption, TypeRole.META) <= width
            words = figure.caption if fits or not figure.short else figure.short
            draw_text(painter, caption, words, TypeRole.META, theme.colors.muted)


class FigureStrip(Card):
    """Figures side by side in one card; ``show_figures`` replaces them in place."""

    def __init__(self, figures: Sequence[Figure] = (), *, name: str, parent: QWidget | None = None) -> None:
        super().__init__(padding=0, gap=0, parent=parent)
        self.setAccessibleName(name)
        self.body.setContentsMargins(1, 8, 1, 8)
        self._holder = QWidget()
        self.body.addWidget(self._holder)
        self._cells: list[_FigureCell] = []
        self.show_figures(figures)

    def show_figures(self, figures: Sequence[Figure]) -> None:
        """Show figures; the cells stay while their number does."""
        if len(figures) != len(self._cells):
            self._rebuild(figures)
            return
        for cell, figure in zip(self._cells, figures, strict=True):
            cell.show_figure(figure)

    def _rebuild(self, figures: Sequence[Figure]) -> None:
        fresh = QWidget()
        self._cells = [_FigureCell(figure, number == 0) for number, figure in enumerate(figures)]
        row(*self._cells, gap=0, parent=fresh)
        self.body.replaceWidget(self._holder, fresh)
        self._holder.deleteLater()
        self._holder = fresh
