"""The computer the window runs on: whether it works offline, and letting it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.ui.areas.settings.recovery_card import RecoveryCard
from app.ui.parts.patient_values import date_text
from app.ui.parts.progress_bar import ProgressBar
from app.ui.theme.tokens import StatusKind, Tone, TypeRole
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.form import Form, FormField
from app.ui.widgets.inputs import LineEdit
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.panel import Note, Panel
from app.ui.widgets.text import Label
from app.ui.work import Lane, Progress, ShellApi, Step
from app.ui.work.enrol_port import EnrolState
from app.ui.work.hub import hub


class ThisWorkstation(Panel):
    """Shows how it stands; an ADMIN enrols it with their password."""

    enrolled = Signal()
    """It works offline from now on: the list has another line."""

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(t("This workstation"), parent=parent)
        self._api = api
        self._state = EnrolState()
        self._look, self._work = Lane(self), Lane(self)
        self._running: Progress | None = None
        self.words = Label("", wrap=True)
        self.note = Note("", kind=StatusKind.ARRIVED)
        self.note.hide()
        self.password = LineEdit(max_length=1000, name=t("Your password"))
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.password.returnPressed.connect(self._password_entered)
        self.form = Form()
        self.recovery = LineEdit(max_length=200, name=t("Recovery key"))
        self.recovery.returnPressed.connect(self.recover)
        self.form.add("recoveryKey", FormField(t("Recovery key"), self.recovery, hint=t("from the clinic's safe")))
        self.form.add("password", FormField(t("Your password"), self.password, hint=t("it seals the key for you")))
        self.button = Button(t("Let it work offline"), kind=ButtonKind.PRIMARY)
        self.button.clicked.connect(self.enrol)
        self.reopen = Button(t("Open with the recovery key"), kind=ButtonKind.PRIMARY)
        self.reopen.clicked.connect(self.recover)
        self.lost = Button(t("The recovery key is lost"), kind=ButtonKind.QUIET)
        self.lost.clicked.connect(self._ask_before_putting_aside)
        self.aside = Button(t("Put the old store aside for good"), kind=ButtonKind.WARN)
        self.aside.clicked.connect(self.put_aside)
        self.forward = Button(t("Show that window"), icon="desk")
        self.forward.clicked.connect(self._ask_forward)
        self.progress = ProgressBar()
        self.key = RecoveryCard()
        self.key.put_away.connect(hub().enrolled)
        self._foot = Label("", role=TypeRole.META, tone=Tone.MUTED, wrap=True)
        self.content.addLayout(
            column(self.words, self.note, self.form, row(self.button, self.reopen, self.forward, STRETCH),
                   row(self.lost, self.aside, STRETCH), self.progress, self.key, self._foot, gap=12)
        )  # fmt: skip
        for hidden in (self.form, self.button, self.reopen, self.lost, self.aside, self.forward, self.progress,
                       self.key):  # fmt: skip
            hidden.hide()

    def refresh(self) -> None:
        """Look how it stands; the key stays until it is put away."""
        port, workspace = self._api.enrolment, self._api.workspace
        if port is None or self._running is not None or self.key.key.text():
            return
        self._look.run(lambda _: port.state(workspace), on_result=self._show, on_error=self._failed)

    def _show(self, state: EnrolState) -> None:
        self._state = state
        here = self._api.sync.enrolled
        self.words.setText(self._words(state, here=here))
        # Nobody knows the passwords of this computer's own demo; who wires the port does.
        known, closed = state.knows_password, state.enrolled and state.problem is not None and not state.no_room
        offered = not state.enrolled and not state.no_keyring
        self.form.field("password").setVisible(not known)
        self.form.field("recoveryKey").setVisible(closed)
        self.form.setVisible(closed or (offered and not known))
        self.button.setVisible(offered)
        self.reopen.setVisible(closed)
        self.lost.setVisible(closed)
        self.aside.hide()
        self.forward.setVisible(state.enrolled and not here and state.problem is None)
        problem = state.no_keyring if not state.enrolled else state.problem.message if state.problem else ""
        self.note.show_text(problem, t("Without one, whoever takes this computer away could read the clinic's records.")
                            if state.no_keyring and not state.enrolled else "")  # fmt: skip
        self.note.setVisible(bool(problem))
        kept = t("The key's secret is kept in: {keyring}", keyring=state.keyring) if state.keyring else ""
        self._foot.setText(kept)
        self._foot.setVisible(bool(kept))

    @staticmethod
    def _words(state: EnrolState, *, here: bool) -> str:
        if not state.enrolled:
            return t("This computer needs the server for everything. Once it may work offline, it keeps a sealed copy "
                     "of the clinic's records and goes on when the server is gone.")  # fmt: skip
        if here:
            return t("“{name}” goes on working when the server is gone.", name=state.name)
        if state.problem is not None:
            return t("“{name}” may work offline, but its store stays closed.", name=state.name)
        return t("Without the server, the other window of this computer works on; this one waits.")

    def _password_entered(self) -> None:
        if self.reopen.isHidden():
            self.enrol()
        else:
            self.recover()

    def enrol(self) -> None:
        """Begin; it may take some minutes and can't be broken by closing the window: it goes on where it was."""
        port, workspace, password = self._api.enrolment, self._api.workspace, self.password.text()
        self.form.clear_errors()
        if port is None or self._running is not None:
            return
        if not password and not self._state.knows_password:
            self.form.show_error("password", t("Enter your password."))
            return
        self._set_running(
            self._work.run(
                lambda progress: port.enrol(workspace, password, progress.report),
                on_result=self._enrolled, on_error=self._failed, on_progress=self._step,
            )
        )  # fmt: skip

    def recover(self) -> None:
        """Open the store that stays closed with the key from the clinic's safe."""
        port, workspace = self._api.enrolment, self._api.workspace
        key, password = self.recovery.text().strip(), self.password.text()
        self.form.clear_errors()
        if port is None or self._running is not None or self.reopen.isHidden():
            return
        if not key:
            self.form.show_error("recoveryKey", t("Enter the recovery key."))
        elif not password and not self._state.knows_password:
            self.form.show_error("password", t("Enter your password."))
        else:
            self._set_running(
                self._work.run(lambda _: port.recover(workspace, key, password), on_result=self._recovered,
                               on_error=self._failed)
            )  # fmt: skip

    def _ask_before_putting_aside(self) -> None:
        self.note.show_text(
            t("What was entered here and not sent yet is lost with the key."),
            t("Nobody can read the old store without it. The clinic's records on the server are untouched, and this "
              "computer can be set up for offline work anew."),
        )  # fmt: skip
        self.note.show()
        self.aside.show()
        self.aside.setFocus(Qt.FocusReason.OtherFocusReason)
        self.lost.hide()

    def put_aside(self) -> None:
        """Give a store up whose keys are lost; it stays on the disk, sealed."""
        port, workspace = self._api.enrolment, self._api.workspace
        if port is not None and self._running is None:
            self._set_running(
                self._work.run(lambda _: port.put_aside(workspace), on_result=self._settled, on_error=self._failed)
            )

    def _recovered(self, _: None) -> None:
        self._settled(None)
        hub().enrolled.emit()  # last: the window makes its pages anew

    def _settled(self, _: None) -> None:
        self._set_running(None)
        self.password.clear()
        self.recovery.clear()
        self.enrolled.emit()
        self.refresh()

    def _set_running(self, running: Progress | None) -> None:
        self._running = running
        self.button.setEnabled(running is None)
        self.reopen.setEnabled(running is None)
        self.password.setEnabled(running is None)
        self.progress.setVisible(running is not None)
        if running is not None:
            self.progress.show_step(0, 0, t("Making keys") if self.reopen.isHidden() else t("Opening the store"))

    def _step(self, step: Step) -> None:
        self.progress.show_step(step.done, step.total, step.text)

    def _enrolled(self, key: str) -> None:
        self._set_running(None)
        self.password.clear()
        self.form.hide()
        self.button.hide()
        self.words.setText(t("This computer works offline from now on. One thing is left to do."))
        today = date_text(self._api.now().astimezone(self._api.zone).date())
        self.key.show_key(key, self._api.workspace.clinic.name, self._state.computer, today)
        self.enrolled.emit()

    def _failed(self, error: AppError) -> None:
        self._set_running(None)
        field = "password" if error.code == "WrongPassword" else error.field
        if field in ("password", "recoveryKey"):
            self.form.show_error(field, error.message)
            return
        self.note.show_text(error.message)
        self.note.show()

    def _ask_forward(self) -> None:
        port = self._api.enrolment
        if port is not None:
            self._look.run(lambda _: port.ask_forward(), on_result=lambda _: None, on_error=self._failed)
