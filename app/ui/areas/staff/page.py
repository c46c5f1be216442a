"""The list of accounts; one opens in the side panel."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.queries.clinic import StaffView, staff
from app.queries.core import Page
from app.ui.areas.staff.account_panel import AccountPanel
from app.ui.areas.staff.add_panel import AddPanel
from app.ui.areas.staff.roles import role_words
from app.ui.models.paged import Column, PagedTableModel
from app.ui.parts.tables import in_card, paged_table
from app.ui.parts.words import clock, day_short
from app.ui.theme.tokens import StatusKind, TypeRole
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.states import StateStack
from app.ui.widgets.text import Label
from app.ui.work import AreaPage, Lane, Place, ShellApi
from app.ui.work.places import ShowStaff

LOOK_AGAIN_MS = 30_000


class StaffPage(AreaPage):
    """Who can sign in, as what, and when they last did."""

    watches = frozenset({"login", "users", "refresh_tokens", "sign_in_event"})

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(api, parent)
        self._lane = Lane(self, api.workspace)
        self._wanted: str | None = None
        self.model: PagedTableModel[StaffView] = PagedTableModel(
            columns=self._columns(), row_id=lambda one: one.user_id, fetch=self._fetch, parent=self
        )
        self.table = paged_table(t("Accounts"), self.model, self._columns())
        self.table.chosen.connect(self._open_row)
        self._stack = StateStack(self.table)
        self._stack.retry.connect(self.refresh)
        # Sign-ins and sessions of phones aren't in the change feed.
        again = QTimer(self, interval=LOOK_AGAIN_MS)
        again.timeout.connect(self._look_again)
        again.start()
        add = Button(t("Add an account"), icon="plus", kind=ButtonKind.PRIMARY)
        add.clicked.connect(self.add)
        body = column(gap=12, margins=(24, 16, 24, 16), parent=self)
        body.addLayout(row(Label(t("Staff"), role=TypeRole.PATIENT, strong=True), STRETCH, add, gap=12))
        body.addWidget(in_card(self._stack), 1)

    def _columns(self) -> tuple[Column[StaffView], ...]:
        def last(one: StaffView) -> str:
            if one.last_sign_in is None:
                return t("never")
            local = one.last_sign_in.astimezone(self.api.zone)
            when = f"{day_short(local.date(), self.api.workspace.reader().today)} {clock(local, self.api.zone)}"
            return t("{when}, {n} wrong", when=when, n=one.wrong_passwords) if one.wrong_passwords else when

        def state(one: StaffView) -> str:
            return t("Active") if one.disabled_at is None else t("Disabled")

        def tone(one: StaffView) -> StatusKind | None:
            return StatusKind.DONE if one.disabled_at is None else StatusKind.HELD

        return (
            Column("name", "Name", lambda one: one.name, width=150, strong=lambda _one: True),
            Column("email", "E-mail", lambda one: one.email, width=195),
            Column("roles", "Roles", lambda one: role_words(one.roles), width=190),
            Column("state", "State", state, width=110, tone=tone),
            Column("last", "Last sign-in", last, width=180, spare=True),
            Column("sessions", "Web sessions", lambda one: str(one.sessions) if one.sessions else "", spare=True),
        )

    def _fetch(
        self, _cursor: str | None, got: Callable[[Page[StaffView]], None], failed: Callable[[AppError], None]
    ) -> None:
        def show(found: tuple[StaffView, ...]) -> None:
            got(Page(found, more=False))
            self._stack.set_ready()
            if self._wanted:
                index = self.model.index_of(self._wanted)
                self._wanted = None
                self.table.setCurrentIndex(index)
                self._open_row(index)

        def lost(error: AppError) -> None:
            failed(error)
            if error.code == "NeedsServer":
                self._stack.set_error(t("Accounts are kept on the clinic's server; they show when it is back."))
            elif not self.model.rows:
                self._stack.set_error(error.message)

        self._lane.ask(staff, on_result=show, on_error=lost)

    def refresh(self) -> None:
        """Ask for the accounts anew."""
        if not self.model.rows:
            self._stack.set_loading()
        self.model.reload()

    def showEvent(self, event: QShowEvent) -> None:
        """Ask anew: who has come since is told by nobody."""
        super().showEvent(event)
        self._look_again()

    def _look_again(self) -> None:
        if self.isVisible() and self.model.rows:
            self.model.reload()

    def first_focus(self) -> QWidget | None:
        """The table has the keyboard."""
        return self.table

    def open(self, place: Place) -> None:
        """Show one account."""
        if isinstance(place, ShowStaff):
            self._wanted = place.user_id

    def _open_row(self, index: QModelIndex) -> None:
        one = self.model.row(index)
        if one is not None:
            self.api.show_panel(AccountPanel(self.api, one))

    def add(self) -> None:
        """Open the form for a new account."""
        self.api.show_panel(AddPanel(self.api))
