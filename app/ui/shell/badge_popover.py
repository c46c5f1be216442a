"""What the connection badge says more of: as of when, what waits to be sent, and the ways on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from PySide6.QtCore import QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QWidget

from app.kernel.errors import AppError
from app.kernel.i18n import t, tn
from app.queries.named import Named, named
from app.ui.parts.command_facts import Facts, ids_in
from app.ui.parts.command_words import icon_of, sentence
from app.ui.parts.words import clock
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.lists import ListCard, ListItem
from app.ui.widgets.paint import box
from app.ui.widgets.text import Label
from app.ui.work import Lane, SyncPort, SyncView, WorkspacePort
from app.workspace.sync_state import AttentionItem, SyncMode, SyncStatus

WIDTH = 460
MOST_ROWS = 6


class BadgePopover(QFrame):
    """Opens under the badge; Esc or a click elsewhere closes it. It never blocks the window."""

    attention_wanted = Signal()

    def __init__(self, workspace: WorkspacePort, sync: SyncPort, view: SyncView, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("badgePopover")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFixedWidth(WIDTH)
        self.setAccessibleName(t("Connection"))
        self._workspace, self._sync, self._view = workspace, sync, view
        self._lane, self._names, self._work = Lane(self, workspace), Lane(self, workspace), Lane(self, workspace)
        self.heading = Label("", role=TypeRole.INPUT, strong=True, wrap=True)
        self.as_of = Label("", role=TypeRole.META, tone=Tone.MUTED, wrap=True)
        self.waiting = ListCard(name=t("Waiting to be sent, in this order"), framed=False, fit=True)
        self.waiting.set_max_rows(MOST_ROWS)
        self.list_title = Label(t("Waiting to be sent, in this order"), role=TypeRole.META, strong=True)
        self.passing = Label("", role=TypeRole.META, tone=Tone.MUTED, wrap=True)
        self.others = Label("", role=TypeRole.META, tone=Tone.MUTED, wrap=True)
        self.answer = Label("", role=TypeRole.META, tone=Tone.WARN, wrap=True)
        self.try_now = Button(t("Try now"), icon="refresh")
        self.try_now.clicked.connect(self._try)
        self.attention = Button("", kind=ButtonKind.QUIET, icon="warn")
        self.attention.clicked.connect(self._go)
        column(self.heading, self.as_of, self.list_title, self.waiting, self.passing, self.others,
               self.answer,
               row(self.try_now, STRETCH, self.attention), gap=8, margins=(16, 14, 16, 14), parent=self)  # fmt: skip
        view.changed.connect(self.refresh)
        self.refresh()

    def open_under(self, badge: QWidget) -> None:
        """Show it under the badge, inside the window's width."""
        self._fit()
        corner = badge.mapToGlobal(QPoint(badge.width(), badge.height() + 6))
        self.move(corner - QPoint(WIDTH, 0))
        self.show()
        self.try_now.setFocus(Qt.FocusReason.PopupFocusReason)

    def _fit(self) -> None:
        """Be as high as what is in it now."""
        layout = self.layout()
        if layout is not None:
            layout.activate()
            self.resize(WIDTH, layout.totalHeightForWidth(WIDTH))

    def refresh(self) -> None:
        """Show the state of now, and ask what waits."""
        status = self._view.status
        if status is None:
            return
        zone = self._workspace.clinic.zone
        self.heading.setText(_heading(status))
        self.as_of.setText(_as_of(status, self._view.as_of, zone))
        more = tn("{n} needs attention", "{n} need attention", status.attention)
        self.attention.setText(more)
        self.attention.setVisible(status.attention > 0)
        colleagues = tn(
            "{n} change of a colleague goes out when they sign in again.",
            "{n} changes of colleagues go out when they sign in again.",
            status.done_by_others,
        )
        self.others.setText(colleagues)
        self.passing.hide()
        self.others.setVisible(status.done_by_others > 0)
        self.answer.setVisible(bool(self.answer.text()))
        if not self.waiting.items():
            self._hide_list()
        sync = self._sync
        self._lane.run(lambda _: sync.waiting(), on_result=self._know, on_error=self._quiet)

    def _hide_list(self) -> None:
        self.waiting.hide()
        self.list_title.hide()

    def _know(self, every: Sequence[AttentionItem]) -> None:
        items = [item for item in every if not item.in_passing]
        self.passing.setText(t("Held times, drafts and read marks are sent as well."))
        self.passing.setVisible(len(items) < len(every))
        if not items:
            self.waiting.set_items([])
            self._hide_list()
            self._fit()
            return
        ids = ids_in(item.command for item in items)
        self._names.ask(named, on_result=partial(self._list, items), on_error=lambda _: self._list(items, Named()),
                        ids=ids)  # fmt: skip

    def _list(self, items: Sequence[AttentionItem], found: Named) -> None:
        zone = self._workspace.clinic.zone
        today = self._workspace.clock.now().astimezone(zone).date()
        facts = Facts(found, zone, today, [item.command for item in items])
        self.waiting.set_items([
            ListItem(key=item.id, title=sentence(item.kind, item.command, facts), icon=icon_of(item.kind),
                     subtitle=item.author_name if not item.mine else "", meta=clock(item.occurred_at, zone),
                     title_strong=False, dashed=True)
            for item in items
        ])  # fmt: skip
        self.waiting.show()
        self.list_title.show()
        self._fit()

    def _try(self) -> None:
        self.try_now.setEnabled(False)
        self.answer.setText("")
        sync = self._sync
        self._work.run(lambda _: sync.sync_now(), on_result=lambda _: self._tried(""),
                       on_error=lambda error: self._tried(error.message))  # fmt: skip

    def _tried(self, problem: str) -> None:
        self.try_now.setEnabled(True)
        self.answer.setText(problem)
        self.answer.setVisible(bool(problem))
        self._fit()

    def _go(self) -> None:
        self.close()
        self.attention_wanted.emit()

    def _quiet(self, _error: AppError) -> None:
        """The list stays as it was; the heading says how things stand."""

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint surface and line."""
        c = Theme.current().colors
        box(QPainter(self), QRectF(self.rect()), 0, c.surface, c.line)


def _as_of(status: SyncStatus, missing_since: datetime | None, zone: ZoneInfo) -> str:
    if missing_since is not None:
        return t("Others' changes as of {time}.", time=clock(missing_since, zone))
    if status.near and not status.slow and status.as_of is not None:
        return t("Boards and search come from this computer, as of {time}. Charts come from the server.",
                 time=clock(status.as_of, zone))  # fmt: skip
    if status.near and status.as_of is not None:
        return t("The line is slow: boards and search come from this computer, as of {time}. Charts come from the "
                 "server.", time=clock(status.as_of, zone))  # fmt: skip
    return t("Everything is up to date.")


def _heading(status: SyncStatus) -> str:
    if status.mode is SyncMode.HELD or (status.mode is SyncMode.OFFLINE and status.disk_full):
        return status.reason
    if status.mode is SyncMode.SENDING:
        return t("Sending what was done offline")
    if status.mode is SyncMode.OFFLINE:
        return t("The server can't be reached. Work goes on; what you do is kept safely here.")
    return t("Connected to the clinic's server")
