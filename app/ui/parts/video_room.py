"""The room of a virtual visit: where it stands, who joined when, and the way in."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from app.commands.core import Command, Outcome
from app.commands.virtual_visits import EndSession, JoinSession
from app.domain.enums import TelemedStatus
from app.domain.permissions import Permission
from app.domain.video import may_open
from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.queries.virtual_visits import RoomView, video_room
from app.ui.parts.words import clock
from app.ui.theme.tokens import StatusKind, Tone, TypeRole
from app.ui.widgets.button import Button
from app.ui.widgets.chip import Chip
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.text import Label
from app.ui.work import Lane, ShellApi

_KINDS = {
    TelemedStatus.NOT_STARTED: StatusKind.PLANNED,
    TelemedStatus.WAITING: StatusKind.ARRIVED,
    TelemedStatus.ACTIVE: StatusKind.WITH,
    TelemedStatus.ENDED: StatusKind.DONE,
}


def open_room(address: str) -> bool:
    """Send the browser to a room; only ever to an https address, and nothing else is started."""
    return may_open(address) and QDesktopServices.openUrl(QUrl(address, QUrl.ParsingMode.StrictMode))


def room_word(view: RoomView) -> str:
    """Say where the room stands."""
    if view.status is TelemedStatus.WAITING:
        if view.patient_joined_at is not None and view.provider_joined_at is None:
            return t("The patient waits in the room")
        return t("Waiting for the patient")
    words = {
        TelemedStatus.NOT_STARTED: t("Nobody has joined"),
        TelemedStatus.ACTIVE: t("Both are in the room"),
        TelemedStatus.ENDED: t("The room is closed"),
    }
    return words[view.status]


class VideoRoom(QWidget):
    """Hidden for visits at the clinic. ``show_visit`` again asks anew."""

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._api = api
        self._visit = ""
        self._view: RoomView | None = None
        self._load, self._act = Lane(self, api.workspace), Lane(self, api.workspace)
        self.state = Chip("")
        self.times = Label("", role=TypeRole.META, tone=Tone.MUTED, wrap=True)
        self.problem = Label("", role=TypeRole.META, tone=Tone.CRITICAL, wrap=True)
        self.problem.hide()
        self.join = Button(t("Join"), icon="video", keys="Alt+J")
        self.end = Button(t("Close the room"), icon="close", small=True)
        self.join.clicked.connect(self.enter)
        self.end.clicked.connect(self._close)
        QShortcut(QKeySequence("Alt+J"), self, self.enter)
        # The name may be long: the two stand one below the other, or the panel would be cut at its right.
        column(row(self.state, STRETCH), self.times, row(self.join, STRETCH), row(self.end, STRETCH), self.problem,
               gap=6, parent=self)  # fmt: skip
        self.hide()

    def show_visit(self, visit_id: str) -> None:
        """Ask for the room of a visit."""
        if visit_id != self._visit:
            self.hide()
        self._visit = visit_id
        self._load.ask(video_room, visit_id=visit_id, on_result=self._show, on_error=self._failed)

    def forget(self) -> None:
        """Show nothing."""
        self._visit, self._view = "", None
        self.hide()

    def _show(self, view: RoomView | None) -> None:
        self._view = view
        self.setVisible(view is not None)
        if view is None:
            return
        self.state.show_state(room_word(view), icon="video", kind=_KINDS[view.status])
        zone = self._api.zone
        said = []
        if view.patient_joined_at is not None:
            said.append(t("Patient joined {time}", time=clock(view.patient_joined_at, zone)))
        if view.provider_joined_at is not None:
            said.append(t("Provider joined {time}", time=clock(view.provider_joined_at, zone)))
        if view.ended_at is not None:
            said.append(t("Closed {time}", time=clock(view.ended_at, zone)))
        self.times.setText(" · ".join(said))
        self.times.setVisible(bool(self.times.text()))
        may = view.open and self._api.can(Permission.TREAT_OWN_VISIT)
        self.join.setVisible(may)
        self.join.setText(t("Join {name}", name=view.patient_name))
        self.end.setVisible(may and view.status is not TelemedStatus.NOT_STARTED)

    def enter(self) -> None:
        """Note that the provider joined, then open the room in the browser."""
        if self._view is not None and self.join.isVisible():
            self._do(JoinSession(visit_id=self._view.visit_id), self._joined)

    def _joined(self, outcome: Outcome) -> None:
        if not open_room(str(outcome.result["roomUrl"])):
            self._say(t("The browser could not be opened: {address}", address=str(outcome.result["roomUrl"])))
        self.show_visit(self._visit)

    def _close(self) -> None:
        if self._view is not None:
            self._do(EndSession(visit_id=self._view.visit_id), lambda _outcome: self.show_visit(self._visit))

    def _do(self, command: Command, done: Callable[[Outcome], object]) -> None:
        self.problem.hide()
        self._act.execute(command, on_done=done, on_refused=self._failed)

    def _failed(self, error: AppError) -> None:
        self._say(error.message)

    def _say(self, text: str) -> None:
        self.problem.setText(text)
        self.problem.show()
