"""The card with the chart: ranges, the way back and forth, what the shapes mean, the strip of all readings."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QWidget

from app.kernel.i18n import t
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import IconButton
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.paint import draw_text, text_width
from app.ui.widgets.panel import Card
from app.ui.widgets.states import StateStack
from app.ui.widgets.text import Label
from app.ui.widgets.timeseries.chart import TimeSeriesChart
from app.ui.widgets.timeseries.model import DAY_MS
from app.ui.widgets.timeseries.overview import Overview
from app.ui.widgets.timeseries.span import Span
from app.ui.widgets.timeseries.ticks import day_text, local
from app.ui.widgets.toggles import SegmentedControl

RANGES = {"week": 7, "month": 30, "year": 365}
ALL, USUALLY = "all", "month"


_MINUTE = 60_000
_PADDING, _RANGE_TEXT = 16, 190
"""Of the longest span in words, in any language."""
_ABOVE = 36
"""Over the chart in a picture of it."""


class Legend(QWidget):
    """What the shapes mean."""

    def __init__(self) -> None:
        super().__init__()
        self._words = (t("device"), t("typed"), t("derived"), t("out of range"))
        self.setAccessibleName(", ".join(self._words))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return the width of all words with their shapes."""
        return QSize(sum(round(text_width(one, TypeRole.META)) + 28 for one in self._words), 20)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint each shape before its word."""
        with QPainter(self) as painter:
            self.paint(painter)

    def paint(self, painter: QPainter) -> None:
        """Paint at a painter's origin."""
        c, x = Theme.current().colors, 4.0
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for number, word in enumerate(self._words):
            painter.setPen(QPen(c.text if number == 3 else c.muted, 1.5))
            painter.setBrush((c.muted, c.surface, c.surface, c.text)[number])
            if number == 1:
                painter.drawRect(QRectF(x, 6.5, 7, 7))
            else:
                painter.drawEllipse(QPointF(x + 3.5, 10), 3, 3)
            wide = text_width(word, TypeRole.META)
            draw_text(painter, QRectF(x + 14, 2, wide + 1, 16), word, TypeRole.META, c.muted)
            x += wide + 28


class ChartCard(Card):
    """Chart and overview of one patient; ``span_changed`` carries what is shown."""

    span_changed = Signal(object)
    more_wanted = Signal()

    def __init__(self, zone: ZoneInfo) -> None:
        super().__init__(padding=_PADDING, gap=8)
        self.zone = zone
        self.ranges = SegmentedControl(
            [("week", t("Week")), ("month", t("Month")), ("year", t("Year")), (ALL, t("All"))], name=t("Range")
        )
        self.earlier, self.later = IconButton("left", t("Earlier")), IconButton("right", t("Later"))
        self.range_text = Label("")
        self.more = IconButton("more", t("What is shown, export"))
        self.chart = TimeSeriesChart(name=t("Vitals over time"), zone=zone)
        self.overview = Overview(zone=zone)
        self.note = Label("", role=TypeRole.META, tone=Tone.MUTED)
        self.note.hide()
        self._lay_out()
        self._connect()
        self.ranges.set_current(USUALLY)

    def _lay_out(self) -> None:
        self.legend = Legend()
        self._top = row(self.ranges, self.earlier, self.range_text, self.later, STRETCH, self.legend, self.more)
        self._below = row(STRETCH)
        self.body.addLayout(self._top)
        self.body.addLayout(self._below)
        scroll = QScrollArea()
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(self.chart)
        drawn = QWidget()
        lines = column(gap=8, parent=drawn)
        lines.addWidget(scroll, 1)
        lines.addWidget(self.note)
        lines.addWidget(self.overview)
        self.room = StateStack(drawn)
        self.room.set_ready()
        self.body.addWidget(self.room, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give what the shapes mean a line of its own where there is no room beside the range."""
        super().resizeEvent(event)
        others = (self.ranges, self.earlier, self.later, self.more)
        taken = sum(one.sizeHint().width() for one in others) + _RANGE_TEXT + 6 * self._top.spacing() + 2 * _PADDING
        fits = taken + self.legend.sizeHint().width() <= event.size().width()
        line, other = (self._top, self._below) if fits else (self._below, self._top)
        if line.indexOf(self.legend) < 0:
            other.removeWidget(self.legend)
            line.insertWidget(line.count() - 1 if fits else line.count(), self.legend)

    def _connect(self) -> None:
        self.ranges.changed.connect(self.show_range)
        self.ranges.again.connect(self.show_range)
        self.earlier.clicked.connect(lambda: self._turn(-1))
        self.later.clicked.connect(lambda: self._turn(1))
        self.more.clicked.connect(self.more_wanted)
        self.chart.span_changed.connect(self._moved)
        self.overview.span_wanted.connect(self.chart.move_to)

    def set_whole(self, span: Span | None, now: int, nothing: str) -> None:
        """Say from when to when there are readings; without any, ``nothing`` says so in the chart's place."""
        for one in (self.ranges, self.earlier, self.later):
            one.setEnabled(span is not None)
        for seen in (self.legend, self.range_text):
            seen.setVisible(span is not None)
        if span is None:
            self.room.set_empty(nothing)
        else:
            self.room.set_ready()
        whole = span if span is not None else Span(now - 30 * DAY_MS, now)
        self.chart.set_limits(whole.start, max(whole.end, now))
        self._now = now

    def show_range(self, key: str) -> None:
        """Show the last week, month or year up to the last reading, or everything."""
        first, last = self.chart.limits
        if last <= first:
            return
        if key == ALL:
            span = Span(first, last).widened(0.01)
        else:
            end = last + RANGES[key] * DAY_MS // 60
            span = Span(end - RANGES[key] * DAY_MS, end)
        self.chart.move_to(span)

    def _range_of(self, span: Span) -> str:
        """Which of the ranges a span is: by its length, wherever it begins; "" for none."""
        first, last = self.chart.limits
        of_days = (key for key, days in RANGES.items() if abs(span.width - days * DAY_MS) < _MINUTE)
        return next(of_days, ALL if span.start <= first and span.end >= last else "")

    def _turn(self, direction: int) -> None:
        span = self.chart.span
        self.chart.move_to(span.shifted(direction * span.width))

    def zoom(self, direction: int) -> None:
        """Come nearer (1), go farther (-1), or show everything (0)."""
        if direction == 0:
            self.show_range(ALL)
        else:
            self.chart.move_to(self.chart.span.zoomed(0.8 if direction > 0 else 1.25, self.chart.cursor_at))

    def _moved(self, span: Span) -> None:
        self.overview.set_span(span)
        first, last = (local(ms, self.zone).date() for ms in (span.start, span.end))
        form = "d MMM" if first.year == last.year else "d MMM yyyy"
        text = t("{first} to {last}", first=day_text(first, form), last=day_text(last, "d MMM yyyy"))
        self.range_text.setText(text)
        self.ranges.show_current(self._range_of(span))
        self.span_changed.emit(span)

    def picture(self) -> QPixmap:
        """Return the chart for a file: above it from when to when it is, with the year, and what the shapes mean."""
        chart = self.chart.picture()
        scale = chart.devicePixelRatio()
        whole = QPixmap(chart.width(), chart.height() + round(_ABOVE * scale))
        whole.setDevicePixelRatio(scale)
        with Theme.current().as_on_paper(), QPainter(whole) as painter:
            colors, wide = Theme.current().colors, self.chart.width()
            painter.fillRect(QRectF(0, 0, wide, self.chart.height() + _ABOVE), colors.surface)
            painter.drawPixmap(0, _ABOVE, chart)
            words = self.range_text.text()
            draw_text(painter, QRectF(0, 4, wide, 20), words, TypeRole.BODY, colors.text, strong=True)
            painter.translate(max(0, wide - self.legend.sizeHint().width()), 4)
            self.legend.paint(painter)
        return whole

    def set_note(self, text: str) -> None:
        """Show a line over the strip; empty hides it."""
        self.note.setText(text)
        self.note.setVisible(bool(text))
