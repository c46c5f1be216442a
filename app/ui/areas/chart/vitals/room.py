"""Where the parts of the vitals tab stand: table and panel beside the chart, or below it beside a wide panel."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QScrollArea, QSizePolicy, QWidget

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
        self._side, left, inside = QWidget(), QWidget(), QWidget()
        column(readings, glp1, gap=16, parent=self._side).setStretch(0, 1)
        column(chart, entry, gap=16, parent=left).setStretch(0, 1)
        self._across = QBoxLayout(QBoxLayout.Direction.LeftToRight, inside)
        self._across.setSpacing(16)
        self._across.setContentsMargins(24, 16, 24, 16)
        self._across.addWidget(left, 1)
        self._across.addWidget(self._side)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidgetResizable(True)
        # as wide as there is room, whatever the parts ask for: each has a narrow form of its own
        inside.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setWidget(inside)
        self._arrange(narrow=False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the side below where both don't fit."""
        self._arrange(narrow=event.size().width() < NARROW)
        super().resizeEvent(event)

    def _arrange(self, *, narrow: bool) -> None:
        down, across = QBoxLayout.Direction.TopToBottom, QBoxLayout.Direction.LeftToRight
        self._across.setDirection(down if narrow else across)
        self._side.setMinimumWidth(0 if narrow else SIDE)
        self._side.setMaximumWidth(_NO_LIMIT if narrow else SIDE)
        self._chart.setMinimumHeight(_CHART if narrow else 0)
        self._readings.setMinimumHeight(_TABLE if narrow else 0)
