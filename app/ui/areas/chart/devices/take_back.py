"""Taking back what files of devices brought into the wrong chart: one step, with Undo."""

from __future__ import annotations

from PySide6.QtCore import Signal

from app.commands.core import Outcome
from app.commands.device_files import TakeBackDeviceFiles
from app.domain.permissions import Permission
from app.kernel.errors import AppError
from app.kernel.i18n import t, tn
from app.queries.device_files import DeviceRun, device_runs
from app.ui.parts.patient_values import date_text
from app.ui.parts.words import clock, locale
from app.ui.widgets.button import Button
from app.ui.widgets.menu import MenuItem, open_menu
from app.ui.work import Lane, ShellApi, ToastTone

BACK_KEYS = "Alt+K"


class TakeBackButton(Button):
    """Offers the readings of files into this chart, latest first; choosing one takes back what it brought."""

    done = Signal()
    """Something was taken back."""

    def __init__(self, api: ShellApi) -> None:
        super().__init__(t("Take back a file…"), icon="undo", keys=BACK_KEYS)
        self.api = api
        self._patient = ""
        self._asked = ""
        self._load, self._work = Lane(self, api.workspace), Lane(self, api.workspace)
        self.clicked.connect(self.offer)

    def show_patient(self, patient_id: str) -> None:
        """Offer another patient's."""
        self._patient, self._asked = patient_id, ""

    def offer(self) -> None:
        """Offer the files (Alt+K)."""
        patient = self._patient
        if not (self.api.can(Permission.MEASURE) or self.api.can(Permission.IMPORT_ALL)):
            return
        if self.api.sync.as_of is not None:
            self.api.toast(t("Taking a file back needs the server, which can't be reached now."),
                           tone=ToastTone.WARNING)  # fmt: skip
            return

        def take(runs: tuple[DeviceRun, ...]) -> None:
            if patient == self._patient and runs:
                open_menu(self, t("Take back a file"), [self._item(one) for one in runs])
            elif patient == self._patient:
                self.api.toast(t("No file that was read in here can be taken back."))

        self._load.ask(device_runs, patient_id=patient, on_result=take, on_error=self.api.problem)

    def _item(self, run: DeviceRun) -> MenuItem:
        at = f"{date_text(run.at.astimezone(self.api.zone).date())} {clock(run.at, self.api.zone)}"
        names = ", ".join(run.files[:2]) + (" …" if len(run.files) > 2 else "")
        count = tn("{count} reading", "{count} readings", run.readings, count=locale().toString(run.readings))
        return MenuItem(" · ".join(filter(None, (names, at, run.by, count))), lambda: self._take_back(run))

    def _take_back(self, run: DeviceRun) -> None:
        """Act at once; a second time though somebody was at single readings before."""

        def gone(outcome: Outcome) -> None:
            self._asked = ""
            count = int(outcome.result["readings"])
            self.api.did(tn("{n} reading taken back", "{n} readings taken back", count), outcome)
            self.done.emit()

        def failed(error: AppError) -> None:
            self._asked = run.id if error.code == "Corrected" else ""
            self.api.problem(error)

        reason = t("Read into the wrong chart")
        command = TakeBackDeviceFiles(run_id=run.id, reason=reason, confirmed=self._asked == run.id)
        self._work.execute(command, on_done=gone, on_refused=failed)
