"""The page's heading: what it shows, how many, and the choices, which get a line of their own where room is scarce."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.kernel.i18n import t
from app.ui.theme.tokens import TypeRole
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.text import Label


class ReviewHead(QWidget):
    """Title, count, inbox and filters."""

    def __init__(self, count: QWidget, inbox: QWidget, filters: QWidget) -> None:
        super().__init__()
        title = Label(t("Results to review"), role=TypeRole.PATIENT, strong=True)
        self._count, self._filters = count, filters
        self._line = row(title, count, STRETCH, inbox, filters, gap=12)
        self._below = row(STRETCH)
        column(self._line, self._below, gap=8, parent=self)

    def set_narrow(self, narrow: bool) -> None:
        """Put the choices below the heading, or back beside it."""
        self._count.setVisible(not narrow)
        line, other = (self._below, self._line) if narrow else (self._line, self._below)
        if line.indexOf(self._filters) < 0:
            other.removeWidget(self._filters)
            line.insertWidget(0 if narrow else line.count(), self._filters)
