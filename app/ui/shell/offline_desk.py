"""What the window shows of offline work for the person signed in: badge, "as of", count, and the demo's cut cable."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from app.kernel.i18n import t
from app.ui.parts.words import clock
from app.ui.shell.connection import Connection
from app.ui.shell.window import MainWindow
from app.ui.work import Lane, SyncView, ToastButton, ToastTone, WorkspacePort
from app.ui.work.enrol_port import EnrolPort, EnrolState

if TYPE_CHECKING:
    from app.ui.shell.badge_popover import BadgePopover

ATTENTION = "attention"
"""The key of the area where people decide."""
LISTEN_MS = 1000
SHOWN_LONG_MS = 15_000


class OfflineDesk(QObject):
    """From sign-in to sign-out."""

    attention_wanted = Signal()
    unknown = Signal()
    """The server doesn't know this workstation (any more)."""

    def __init__(
        self,
        window: MainWindow,
        workspace: WorkspacePort,
        connection: Connection,
        enrolment: EnrolPort | None,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._window, self._workspace, self._connection = window, workspace, connection
        self._enrolment = enrolment
        self._calls = QTimer(self, interval=LISTEN_MS)
        self._calls.timeout.connect(self._listen)
        self.view = SyncView(workspace, self)
        self._lane = Lane(self)
        self.is_cut = False
        """Whether the person has cut the connection here (demo only)."""
        self.popover: BadgePopover | None = None

    def begin(self) -> None:
        """Show the state from now on."""
        if self.view.enrolled:
            self.view.changed.connect(self._show)
            self._window.badge_wanted.connect(self.open_popover)
            self._connection.follow(self.view)
            self._show()
            if self._enrolment is not None:
                self._calls.start()
        elif self._enrolment is not None:
            port, workspace = self._enrolment, self._workspace
            self._lane.run(lambda _: port.state(workspace), on_result=self._say_why_not, on_error=lambda _: None)

    def end(self) -> None:
        """Show nothing any more; a cable that was cut here is mended, so that what waits goes out next time."""
        if self.view.enrolled:
            self.view.changed.disconnect(self._show)
            self._window.badge_wanted.disconnect(self.open_popover)
            self._window.panels.set_as_of("")
        self._calls.stop()
        self._connection.follow(None)
        self.view.close()
        self._lane.close()

    @property
    def can_cut(self) -> bool:
        """Whether the connection can be cut for trying out: in the demo, where the workstation is enrolled."""
        return self.view.enrolled and self._workspace.clinic.is_demo

    def toggle_cut(self, on_done: Callable[[], object]) -> None:
        """Cut the connection for real, or mend it."""
        sync = self._workspace.sync
        if sync is None or not self.can_cut:
            return
        wanted = not self.is_cut

        def done(_: object) -> None:
            self.is_cut = wanted
            on_done()

        self._lane.call(lambda: sync.cut(wanted), on_result=done)

    def open_popover(self) -> None:
        """Say what waits, under the badge."""
        from app.ui.shell.badge_popover import BadgePopover

        sync = self._workspace.sync
        if sync is None:
            return
        self.popover = BadgePopover(self._workspace, sync, self.view, self._window)
        self.popover.attention_wanted.connect(self.attention_wanted)
        self.popover.open_under(self._window.top.badge)

    def _say_why_not(self, state: EnrolState) -> None:
        """An enrolled computer whose store isn't open here: another window has it, or it can't be opened."""
        port = self._enrolment
        if state.problem is not None:
            self._window.toasts.show(state.problem.message, ToastTone.WARNING, shown_ms=SHOWN_LONG_MS)
            return
        if port is None or not state.enrolled:
            return
        show = ToastButton(t("Show that window"), lambda: self._lane.run(lambda _: port.ask_forward(),
                                                                         on_result=lambda _: None))  # fmt: skip
        said = t("Without the server, the other window of this computer works on; this one waits.")
        self._window.toasts.show(said, ToastTone.INFO, show, shown_ms=SHOWN_LONG_MS)

    def _listen(self) -> None:
        """Another window of this computer can't have the store too: whoever opened it is shown where it is."""
        if self._enrolment is not None and self._enrolment.was_called():
            self._window.come_forward()

    def _show(self) -> None:
        status, at = self.view.status, self.view.as_of
        self._window.rail.set_count(ATTENTION, status.attention if status is not None else None)
        shown = self.view.heard and at is not None
        zone = self._workspace.clinic.zone
        self._window.panels.set_as_of(t("as of {time}", time=clock(at, zone)) if shown and at is not None else "")
        if status is not None and status.unknown:
            self.unknown.emit()
