"""What of the audit is shown: whose, which rows, what kind, when, from where."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QWidget

from app.domain.audit_words import TABLES, table_words
from app.kernel.i18n import t
from app.queries.audit import AuditFilter, AuditKind, days_back
from app.queries.clinic import StaffView
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.date_fields import DateField
from app.ui.widgets.inputs import Combo, LineEdit
from app.ui.widgets.layouts import column, row
from app.ui.work import ShellApi
from app.workspace.audit import kind_words

DAYS = 30
"""How far back the list begins: nobody reads years at once, and the question stays quick."""


NARROW, WIDE = 96, 240
"""A field's width: three stand beside one another, also beside an open panel."""


class AuditFilters(QWidget):
    """Three lines of fields; ``changed`` when another list is wanted. Whoever shows them places ``reset_button``."""

    changed = Signal()

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._api = api
        self._patient = ""
        self.person = Combo(name=t("Person"))
        self.person.set_items([("", t("Everybody"))], "")
        self.kind = Combo(name=t("Kind"))
        self.kind.set_items([("", t("Every kind")), *((kind.value, kind_words(kind)) for kind in AuditKind)], "")
        self.table = Combo(name=t("Table"))
        tables = sorted(((name, table_words(name)) for name in TABLES), key=lambda one: one[1].casefold())
        self.table.set_items([("", t("Every table")), *tables], "")
        self.first = DateField(days_back(api.workspace.reader(), DAYS), name=t("From"), today=self._today)
        self.last = DateField(None, name=t("To"), today=self._today)
        self.patient_button = Button(t("Choose a patient"), icon="search", small=True)
        self.row = LineEdit(name=t("Row or patient id"), placeholder=t("Row or patient id"), max_length=200)
        self.workstation = LineEdit(name=t("Workstation"), placeholder=t("Workstation"), max_length=200)
        self.command = LineEdit(name=t("Command id"), placeholder=t("Command id"), max_length=100)
        self.reset_button = Button(t("All again"), kind=ButtonKind.QUIET, small=True)
        self._build()

    def _today(self) -> date:
        return self._api.workspace.reader().today

    def _build(self) -> None:
        lines: tuple[tuple[QWidget, ...], ...] = (
            (self.person, self.kind, self.table),
            (self.first, self.last, self.workstation),
            (self.patient_button, self.row, self.command),
        )
        body = column(gap=8, parent=self)
        for together in lines:
            beside = row(gap=8)
            for widget in together:
                widget.setMinimumWidth(NARROW)
                widget.setMaximumWidth(WIDE)
                beside.addWidget(widget, 1)
            beside.addStretch(0)
            body.addLayout(beside)
        for combo in (self.person, self.kind, self.table):
            combo.changed.connect(self._tell)
        self.first.changed.connect(self._tell)
        self.last.changed.connect(self._tell)
        for line in (self.row, self.workstation, self.command):
            line.editingFinished.connect(self._finished)
        self._said = self.value
        self.patient_button.clicked.connect(lambda: self._api.find_patient(self.show_patient))
        self.reset_button.clicked.connect(self.reset)

    def show_people(self, found: tuple[StaffView, ...]) -> None:
        """Offer the clinic's accounts; the chosen one stays."""
        with QSignalBlocker(self.person):
            items = [("", t("Everybody")), *((one.user_id, one.name) for one in found)]
            self.person.set_items(items, self.person.current)

    @property
    def value(self) -> AuditFilter:
        """What is wanted."""
        return AuditFilter(
            person_id=self.person.current,
            patient_id=self._patient,
            row_id=self.row.text().strip(),
            table=self.table.current,
            kind=AuditKind(self.kind.current) if self.kind.current else None,
            first=self.first.value,
            last=self.last.value,
            workstation=self.workstation.text().strip(),
            command_id=self.command.text().strip(),
        )

    def show_patient(self, patient_id: str, name: str) -> None:
        """Show one patient only."""
        self._patient = patient_id
        self.patient_button.setText(name)
        self._tell()

    def show_command(self, command_id: str) -> None:
        """Show everything of one command, whenever it was."""
        self._empty()
        self.command.setText(command_id)
        self._tell()

    def reset(self) -> None:
        """Show everything of the last days again."""
        self._empty()
        with QSignalBlocker(self.first):
            self.first.set_value(days_back(self._api.workspace.reader(), DAYS))
        self._tell()

    def _empty(self) -> None:
        self._patient = ""
        self.patient_button.setText(t("Choose a patient"))
        for combo in (self.person, self.kind, self.table):
            with QSignalBlocker(combo):
                combo.set_current("")
        for day in (self.first, self.last):
            with QSignalBlocker(day):
                day.set_value(None)
        for line in (self.row, self.workstation, self.command):
            line.clear()

    def _finished(self) -> None:
        """A line was left or Enter pressed; nothing is asked again when it says what it said."""
        if self.value != self._said:
            self._tell()

    def _tell(self, *_: object) -> None:
        self._said = self.value
        self.changed.emit()
