"""A list on the left and what is chosen of it on the right: the frame of the inboxes."""

from __future__ import annotations

from PySide6.QtCore import Qt
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
        beside.addLayout(left, 1)
        beside.addWidget(_scrolled(detail), 1)
        self.states = StateStack(inside)


def _scrolled(detail: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(detail)
    return area
