"""The chart's header, the same on all tabs: who this is and what must not be missed."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QWidget

from app.kernel.i18n import t
from app.queries.patient_card import PatientCard
from app.ui.parts.patient_values import born_text
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import Button
from app.ui.widgets.layouts import column, row
from app.ui.widgets.text import ElidedLabel, Label
from app.ui.work import ShellApi


class ChartHeader(QFrame):
    """Signals say what was clicked; the page does it."""

    details = Signal()

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._api = api
        self.name = ElidedLabel("", role=TypeRole.PATIENT, strong=True)
        self.who = Label("", tone=Tone.MUTED)
        self.details_button = Button(t("Details"), icon="edit", keys="F2")
        self.details_button.clicked.connect(self.details)
        first = row(self.name, self.who, self.details_button, gap=12)
        first.setStretch(0, 1)
        column(first, gap=6, margins=(24, 12, 24, 8), parent=self)

    def show_nobody(self) -> None:
        """Show nothing: the patient before is gone, the next isn't known yet."""
        self.name.setText("")
        self.who.setText("")

    def show_head(self, head: PatientCard) -> None:
        """Show who it is."""
        self.name.setText(head.name)
        self.name.setAccessibleName(head.name)
        self.who.setText(born_text(head.born, self._api.workspace.reader().today))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the surface."""
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), Theme.current().colors.surface)
