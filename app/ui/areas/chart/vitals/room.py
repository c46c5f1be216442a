"""Where the parts of the vitals tab stand: table and panel beside the chart, or below it beside a wide panel."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QScrollArea, QWidget

from app.ui.widgets.layouts import column

SIDE = 316
NARROW = 860
"""Below this the chart would have less room than its own range buttons need, once the side has its own."""
_CHART, _TABLE = 392, 280
_NO_LIMIT = 16_777_215


class VitalsRoom(QScrollArea):
    """Chart and entry at the left, readings and GLP-1 at the right; one column to scroll where that is too wide."""

    def __init__(self, chart: QWidget, entry: QWidget, readings: QWidget, glp1: QWidget) -> None:
        super().__init__()
        self._chart, self._readings = chart, readings
        self._side, left, self._inside = QWidget(), QWidget(), QWidget()
        column(readings, glp1, gap=16, parent=self._side).setStretch(0, 1)
        column(chart, entry, gap=16, parent=left).setStretch(0, 1)
        self._across = QBoxLayout(QBoxLayout.Direction.LeftToRight, self._inside)
        self._across.setSpacing(16)
        self._across.setContentsMargins(24, 16, 24, 16)
        self._across.addWidget(left, 1)
        self._across.addWidget(self._side)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(self._inside)
        self._inside.installEventFilter(self)
        self._arrange(narrow=False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the side below where both don't fit."""
        super().resizeEvent(event)
        self._arrange(narrow=event.size().width() < NARROW)
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow what the parts need."""
        if event.type() is QEvent.Type.LayoutRequest:
            self._fit()
        return super().eventFilter(watched, event)

    def _fit(self) -> None:
        """As wide as there is room, as each part has a narrow form; as high, unless the parts need more at least.

        Qt's own ``widgetResizable`` takes the height that the parts would like: the entry form would be below the fold.
        """
        width, height = self.viewport().width(), self._across.totalMinimumSize().height()
        if self._across.hasHeightForWidth():
            height = max(height, self._across.totalMinimumHeightForWidth(width))
        self._inside.resize(width, max(height, self.viewport().height()))

    def _arrange(self, *, narrow: bool) -> None:
        down, across = QBoxLayout.Direction.TopToBottom, QBoxLayout.Direction.LeftToRight
        self._across.setDirection(down if narrow else across)
        self._side.setMinimumWidth(0 if narrow else SIDE)
        self._side.setMaximumWidth(_NO_LIMIT if narrow else SIDE)
        self._chart.setMinimumHeight(_CHART if narrow else 0)
        self._readings.setMinimumHeight(_TABLE if narrow else 0)
