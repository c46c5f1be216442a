"""What only the demo clinic has at work: the first three minutes, the cable to pull, a clinic made anew meanwhile."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt

from app.kernel.i18n import t
from app.ui.shell.checklist_view import ChecklistPanel
from app.ui.shell.connection import Link
from app.ui.shell.desk import Desk
from app.ui.shell.flow import Flow
from app.ui.work import ToastTone

SHOWN_LONG_MS = 20_000


class DemoFlow(QObject):
    """Made once by the shell; does nothing at other clinics."""

    def __init__(self, shell: Flow) -> None:
        super().__init__(shell)
        self._shell = shell
        self._was_made_anew = False
        self._wanted = ""
        shell.entry.demo_wanted.connect(self._sign_in_for)
        shell.signed_in.connect(self._try_wanted)
        shell.connection.changed.connect(self._tell_checklist)
        shell.window.rail.checklist_wanted.connect(self.show_checklist)

    def begin(self, desk: Desk) -> None:
        """Somebody signed in; the desk is about to be shown."""
        self._shell.checklist.allow_outage(desk.offline.can_cut)
        # Queued: the desk that says so is ended by it.
        desk.offline.unknown.connect(self.made_anew, Qt.ConnectionType.QueuedConnection)
        if self._was_made_anew:
            self._was_made_anew = False
            said = t("The demo clinic was invented anew, by another window or command. What was done before is gone.")
            self._shell.window.toasts.show(said, ToastTone.WARNING, shown_ms=SHOWN_LONG_MS)

    def made_anew(self) -> None:
        """The demo's server doesn't know this workstation: the clinic was invented anew under the open window.

        Whoever is at work is signed in again to the new one; a locked window goes back to the sign-in cards. At
        another clinic it means that the server was put back to an earlier day: an ADMIN decides, nothing is dropped.
        """
        shell, profile = self._shell, self._shell.entry.profile
        if profile is None or not profile.is_demo or shell.desk is None:
            return
        email = shell.email if shell.working else ""
        self._was_made_anew = True
        shell.sign_out(then=lambda: shell.entry.show_sign_in(profile, again=email))

    def show_checklist(self) -> None:
        """Open the first three minutes beside the work."""
        shell = self._shell
        if shell.desk is None or not shell.working:
            return
        panel, offline = ChecklistPanel(shell.checklist), shell.desk.offline
        panel.view.allow(second_desk=True, cut=offline.can_cut)
        panel.view.show_cut(cut=offline.is_cut)
        panel.view.second_desk.connect(shell.open_second_desk)
        panel.view.cut.connect(self.cut_connection)
        shell.desk.show_panel(panel)

    def _sign_in_for(self, what: str) -> None:
        """Chosen before anybody signed in: the first of the cards does, then it happens."""
        entry = self._shell.entry
        if entry.demo is not None and entry.demo.cards:
            self._wanted = what
            entry.sign_in(entry.demo.cards[0].email, entry.demo.cards[0].password)

    def _try_wanted(self) -> None:
        wanted, self._wanted = self._wanted, ""
        if not wanted:
            return
        self.show_checklist()
        if wanted == "desk":
            self._shell.open_second_desk()
        elif self._shell.desk is not None and self._shell.desk.offline.can_cut:
            self.cut_connection()

    def cut_connection(self) -> None:
        """Cut the demo's connection for real, or mend it again."""
        desk, window = self._shell.desk, self._shell.window
        if desk is None or not self._shell.working:
            return

        def done() -> None:
            panel = window.panels.current
            if isinstance(panel, ChecklistPanel):
                panel.view.show_cut(cut=desk.offline.is_cut)

        desk.offline.toggle_cut(done)

    def _tell_checklist(self) -> None:
        link = self._shell.connection.link
        if link in {Link.ONLINE, Link.LOST}:
            self._shell.checklist.link(link is Link.ONLINE)
