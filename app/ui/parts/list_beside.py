"""A list on the left and what is chosen of it on the right: the frame of the inboxes."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from app.kernel.i18n import t
from app.ui.widgets.button import Button
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.lists import ListCard
from app.ui.widgets.states import StateStack

LIST_WIDTH = 520


class ListBeside:
    """``states`` is the widget to place; ``list`` with ``more`` below it stands beside the detail that scrolls."""

    def __init__(self, detail: QWidget, *, name: str) -> None:
        self.list = ListCard(name=name, row_height=52, fit=False)
        self.list.setMaximumWidth(LIST_WIDTH)
        self.more = Button(t("Show more"), icon="down", small=True)
        self.more.hide()
        inside = QWidget()
        beside = row(gap=24, parent=inside)
        left = column(gap=8)
        left.addWidget(self.list, 1)
        left.addLayout(row(self.more, STRETCH))
        beside.addLayout(left, 2)
        beside.addWidget(_Scrolled(detail, inside), 3)
        self.states = StateStack(inside)


class _Scrolled(QScrollArea):
    """Scrolls down only: it is never narrower than what it shows, or that would be cut off at the right.

    Nor than what it has shown at this width of the window: the list beside it doesn't move with every choice.
    """

    def __init__(self, detail: QWidget, around: QWidget) -> None:
        super().__init__()
        self._widest, self._room = 0, 0
        self._around = around
        around.installEventFilter(self)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(detail)

    def minimumSizeHint(self) -> QSize:
        """Return the detail's least width, and a scroll bar's."""
        least = super().minimumSizeHint()
        shown = self.widget()
        if shown is None:
            return least
        bar = self.verticalScrollBar().sizeHint().width()
        self._widest = max(self._widest, shown.minimumSizeHint().width() + bar)
        return QSize(max(least.width(), self._widest), least.height())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take part when the detail's least width may have changed, or there is another width for both."""
        if watched is self._around:
            if event.type() is QEvent.Type.Resize and self._around.width() != self._room:
                self._widest, self._room = 0, self._around.width()
                self.updateGeometry()
            return False
        if event.type() is QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)
