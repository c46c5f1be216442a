"""Backups to a second place: where to, when the last one was proved good, and one now."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QLineEdit, QWidget

from app.kernel.errors import AppError, Cancelled
from app.kernel.i18n import t
from app.kernel.paths import Paths
from app.kernel.profiles import Profile, ProfileKind, load_profiles
from app.setup.backups import BackupState, backup_state, plan_backup, run_backup
from app.ui.parts.words import clock, day_inside
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.form import Form, FormField
from app.ui.widgets.inputs import LineEdit
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.text import Label
from app.ui.work import Lane, Progress, ShellApi, Step


@dataclass(frozen=True, slots=True)
class Plan:
    """The clinic's profile on this computer, None when its database isn't kept here, and what is planned for it."""

    profile: Profile | None
    state: BackupState | None


def read_plan(paths: Paths, clinic: str) -> Plan:
    """Find the embedded database of the clinic of that name on this computer, and its plan."""
    known = load_profiles(paths)
    here = [one for one in known.items if one.kind is ProfileKind.EMBEDDED and one.title == clinic]
    last = next((one for one in here if one.name == known.last), None)  # a clinic and its restored copy share a name
    profile = here[0] if len(here) == 1 else last
    return Plan(profile, backup_state(paths, profile) if profile is not None else None)


def _way_back() -> str:
    """How a backup becomes a clinic again, whoever has to know it in a hurry."""
    return " ".join((
        t("To bring the clinic back, on this computer or another one: sign out, choose “Bring a clinic back from a "
          "backup” on the page to sign in, and give the file and its passphrase."),
        t("To put a backup in the place of this clinic's data instead: myhealthally db restore FILE."),
    ))  # fmt: skip


class BackupSection(QWidget):
    """Saves the second place and makes backups there; every one is proved by restoring it."""

    def __init__(self, api: ShellApi, paths: Paths | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._api = api
        self._paths = paths or Paths.from_environment()
        self._plan = Plan(None, None)
        self._look, self._work = Lane(self, api.workspace), Lane(self, api.workspace)
        self._running: Progress | None = None
        self.state = Label("", wrap=True)
        self.step = Label("", role=TypeRole.META, tone=Tone.MUTED, wrap=True)
        self.folder = LineEdit(name=t("Folder on another disk or computer"))
        self.passphrase = LineEdit(name=t("Passphrase"))
        self.passphrase.setEchoMode(QLineEdit.EchoMode.Password)
        browse = Button(t("Choose a folder"), icon="import")
        browse.clicked.connect(self._browse)
        self.form = Form()
        self.form.add("folder", FormField(t("Folder on another disk or computer"), self.folder, required=True))
        self.form.body.addLayout(row(browse, STRETCH))
        hint = t("without it nobody can read the backup")
        self.form.add("passphrase", FormField(t("Passphrase"), self.passphrase, hint=hint))
        self.again = LineEdit(name=t("Passphrase once more"))
        self.again.setEchoMode(QLineEdit.EchoMode.Password)
        self.form.add("again", FormField(t("Passphrase once more"), self.again, hint=t("for a new place")))
        self.now = Button(t("Back up now"), kind=ButtonKind.PRIMARY)
        self.now.clicked.connect(self._submit)
        self.stop = Button(t("Cancel"))
        self.stop.clicked.connect(self._cancel)
        self.stop.hide()
        self.way_back = Label(_way_back(), role=TypeRole.META, tone=Tone.MUTED, wrap=True)
        column(self.state, self.form, row(self.now, self.stop, STRETCH), self.step, self.way_back, STRETCH, gap=16,
               parent=self)  # fmt: skip

    def refresh(self) -> None:
        """Look what is planned; what is being typed stays."""
        clinic = self._api.workspace.clinic.name
        self._look.run(lambda _: read_plan(self._paths, clinic), on_result=self._show, on_error=self._failed)

    def _show(self, plan: Plan) -> None:
        before, self._plan = self._plan, plan
        known = str(plan.state.folder) if plan.state is not None else ""
        if self.folder.text() in ("", str(before.state.folder) if before.state is not None else ""):
            self.folder.setText(known)
        self.state.setText(self._words(plan))
        self.form.setVisible(plan.profile is not None)
        self.now.setVisible(plan.profile is not None)
        self.way_back.setVisible(plan.profile is not None)

    def _words(self, plan: Plan) -> str:
        if plan.profile is None:
            return t("This clinic's database is kept on a server: whoever runs it makes the backups.")
        if plan.state is None:
            return t("No backup is made yet. Choose a second place for it.")
        if plan.state.last is None:
            return t("No backup has succeeded yet.")
        local = plan.state.last.astimezone(self._api.zone)
        when = f"{day_inside(local.date(), self._api.workspace.reader().today)} {clock(local, self._api.zone)}"
        text = t("The last backup was proved good: {when}.", when=when)
        return f"{text} {t('Another one is due.')}" if plan.state.due else text

    def _browse(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, t("Choose a folder"), self.folder.text())
        if chosen:
            self.folder.setText(chosen)

    def _submit(self) -> None:
        self.form.clear_errors()
        profile, folder, secret = self._plan.profile, Path(self.folder.text().strip()), self.passphrase.text()
        if profile is None or self._running is not None:
            return
        if not self.folder.text().strip():
            self.form.show_error("folder", t("This field is needed."))
            return
        planned = self._plan.state is not None and self._plan.state.folder == folder
        if not secret and not (planned and self._plan.state is not None and self._plan.state.can_run):
            self.form.show_error("passphrase", t("The backup's passphrase is needed."))
            return
        if not planned and secret != self.again.text():
            self.form.show_error("again", t("The two are not the same."))
            return
        self._begin(profile, folder, secret, planned)

    def _begin(self, profile: Profile, folder: Path, secret: str, planned: bool) -> None:
        paths = self._paths

        def work(progress: Progress) -> None:
            if planned:
                run_backup(paths, profile, secret or None, progress.report)
            else:
                plan_backup(paths, profile, folder, secret, progress.report)

        self._set_running(self._work.run(work, on_result=self._done, on_error=self._failed, on_progress=self._say))

    def _set_running(self, running: Progress | None) -> None:
        self._running = running
        here = self.now.hasFocus() or self.stop.hasFocus()
        shown, gone = (self.now, self.stop) if running is None else (self.stop, self.now)
        shown.setVisible(True)
        shown.setEnabled(True)
        if here:
            shown.setFocus()  # a button that goes away under the keyboard would send it out of the form
        gone.setEnabled(False)
        self.stop.setVisible(running is not None)
        self.step.setText(t("Making the backup …") if running is not None else "")

    def _say(self, step: Step) -> None:
        if step.text:
            self.step.setText(step.text)

    def _cancel(self) -> None:
        if self._running is not None:
            self._running.cancel()

    def _done(self, _made: None) -> None:
        self._set_running(None)
        self.passphrase.clear()
        self.again.clear()
        self._api.toast(t("The backup was made and proved by restoring it."))
        self.refresh()

    def _failed(self, error: AppError) -> None:
        self._set_running(None)
        if not isinstance(error, Cancelled):
            self.form.show_error(error.field, error.message)
        self.refresh_state()

    def refresh_state(self) -> None:
        """Say again what is planned, after a failure."""
        self.state.setText(self._words(self._plan))
