"""The access log: who opened, printed or exported this chart, when and where; for those who may read the audit."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtWidgets import QWidget

from app.domain.audit_words import access_words
from app.kernel.errors import AppError, Unavailable
from app.kernel.i18n import t
from app.queries.audit import AuditEntry, AuditFilter, AuditKind, audit_search
from app.queries.core import Page
from app.ui.areas.chart.tab import ChartTab
from app.ui.models.paged import Column, PagedTableModel
from app.ui.parts.patient_values import date_text
from app.ui.parts.tables import in_card, paged_table
from app.ui.parts.words import clock
from app.ui.theme.tokens import TypeRole
from app.ui.widgets.layouts import column
from app.ui.widgets.states import StateStack
from app.ui.widgets.text import Label
from app.ui.work import Lane, ShellApi


class AccessTab(ChartTab):
    """One patient's access log, the newest first. On the server only."""

    watches = frozenset({"access_event"})

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(api, parent)
        self._lane = Lane(self, api.workspace)
        self._patient = ""
        self.model: PagedTableModel[AuditEntry] = PagedTableModel(
            columns=self._columns(), row_id=lambda entry: entry.key, fetch=self._fetch, parent=self
        )
        self.table = paged_table(t("Access log"), self.model, self._columns())
        self.states = StateStack(self.table)
        self.states.retry.connect(self.refresh)
        self.model.loaded.connect(self._loaded)
        self.model.failed.connect(self._failed)
        about = Label(t("Who opened, printed or exported this chart."), role=TypeRole.META, wrap=True)
        body = column(about, in_card(self.states), gap=12, margins=(24, 16, 24, 16), parent=self)
        body.setStretch(1, 1)

    def _columns(self) -> tuple[Column[AuditEntry], ...]:
        zone = self.api.zone
        return (
            Column("day", "Day", lambda one: date_text(one.at.astimezone(zone).date()), width=110),
            Column("time", "Time", lambda one: clock(one.at, zone), width=70),
            Column("who", "Who", lambda one: one.who, width=220, strong=lambda _: True),
            Column("what", "What", lambda one: access_words(one.detail), width=150),
            Column("where", "Workstation", lambda one: one.workstation, width=200),
            Column("reason", "Reason", lambda one: one.reason),
        )

    def show_patient(self, patient_id: str, name: str) -> None:
        """Show another patient."""
        del name
        self._patient = patient_id
        self.model.clear()
        self.states.set_blank()
        self.states.set_loading()
        self.refresh()

    def refresh(self) -> None:
        """Ask anew."""
        if self._patient:
            self.model.reload()

    def first_focus(self) -> QWidget | None:
        """The table."""
        return self.table

    def _fetch(self, cursor: str | None, got: Any, failed: Any) -> None:
        what = AuditFilter(patient_id=self._patient, kind=AuditKind.ACCESS)
        take = partial(self._take, self._patient, got)
        self._lane.ask(audit_search, on_result=take, on_error=failed, what=what, cursor=cursor)

    def _take(self, patient: str, got: Any, page: Page[AuditEntry]) -> None:
        if patient == self._patient:
            got(page)

    def _loaded(self) -> None:
        if self.model.rows:
            self.states.set_ready()
        else:
            self.states.set_empty(t("Nobody has opened this chart yet."))

    def _failed(self, error: AppError) -> None:
        if isinstance(error, Unavailable):
            self.states.set_error(t("The access log is on the server. It is shown when the server can be reached."))
        elif self.model.rows:
            self.api.problem(error)
        else:
            self.states.set_error(error.message)
