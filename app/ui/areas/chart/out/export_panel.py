"""A patient's record for other programs: a FHIR R4 bundle, written into a file of the person's."""

from __future__ import annotations

import json
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.kernel.private_file import write_private
from app.queries.access import Access
from app.queries.chart_record import ChartRecord, chart_record
from app.ui.theme.tokens import Tone
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.panel import Note
from app.ui.widgets.text import Label
from app.ui.work import Lane, PanelPage, ShellApi, ToastTone
from app.workspace.exports import record_bundle


class ExportPanel(PanelPage):
    """Says what leaves, asks where to, and writes it beside the event loop. The access log keeps it."""

    def __init__(self, api: ShellApi, patient_id: str, name: str) -> None:
        super().__init__()
        self._api, self._patient, self._name = api, patient_id, name
        self._load, self._work = Lane(self, api.workspace), Lane(self, api.workspace)
        about = t("Details, problems, medicines, allergies, visits, orders with results, referrals, signed notes, care "
                  "plans, measurements and messages, as other programs read them (FHIR R4, JSON).")  # fmt: skip
        kept = t("Whoever has it can read it. The access log keeps that it was made.")
        warned = Note(t("The file is not protected"), kept)
        hint = t("Readings alone as a table (CSV): in the tab Vitals, under Export.")
        column(Label(about, wrap=True), warned, Label(hint, tone=Tone.MUTED, wrap=True), gap=12,
               parent=self).addStretch(1)  # fmt: skip
        self.save = Button(t("Save as FHIR"), kind=ButtonKind.PRIMARY, icon="export")
        self.save.clicked.connect(self._ask)

    def title(self) -> str:
        """Return whose record it is."""
        return t("Export the record of {name}", name=self._name)

    def first_focus(self) -> QWidget | None:
        """The one thing to do."""
        return self.save

    def foot(self) -> QWidget | None:
        """Return the button."""
        holder = QWidget()
        row(self.save, STRETCH, parent=holder)
        return holder

    def _ask(self) -> None:
        dialog = QFileDialog(self, t("Save as FHIR"), "record.json", "JSON (*.json)")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("json")
        dialog.fileSelected.connect(self.write)
        dialog.open()

    def write(self, path: str) -> None:
        """Ask for the record, which is kept as an export, then write it."""

        def known(record: ChartRecord) -> None:
            self._work.run(lambda _progress: _written(path, record), on_result=self._done, on_error=self._api.problem)

        self._load.ask(chart_record, patient_id=self._patient, kind=Access.EXPORT, on_result=known,
                       on_error=self._api.problem)  # fmt: skip

    def _done(self, path: str) -> None:
        self._api.toast(t("Saved {path}", path=path), tone=ToastTone.GOOD)
        self.finished.emit()


def _written(path: str, record: ChartRecord) -> str:
    text = json.dumps(record_bundle(record), ensure_ascii=False, indent=1)
    try:
        write_private(Path(path), text.encode("utf-8"))
    except OSError as error:
        raise Refused("NotWritten", t("Not written: {why}", why=error.strerror or ""), field="path") from error
    return path
