"""A paper on its way out: to a printer, or into a file that the person names. What leaves is kept in the audit."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QFileDialog, QWidget

from app.documents.model import Document
from app.documents.paged import Paged, prepare, save_pdf
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.queries.access import Access, note_access
from app.ui.work import Lane, Progress, ShellApi, ToastTone


class PaperOut:
    """Prints and saves papers about ``patient_ids``; ``parent`` owns its dialogs and its lane."""

    def __init__(self, api: ShellApi, parent: QWidget, patient_ids: tuple[str, ...]) -> None:
        self._api, self._parent, self._patients = api, parent, patient_ids
        self._lane = Lane(parent, api.workspace)

    def ask_printer(self, document: Document) -> None:
        """Ask which printer, then print beside the event loop."""
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        prepare(printer, document.paper)
        printer.setDocName("MyHealthAlly")  # a print queue is read by others: no title, no name
        dialog = QPrintDialog(printer, self._parent)
        dialog.setWindowTitle(t("Print"))
        dialog.accepted.connect(lambda: self.print_on(document, printer))
        dialog.exec()

    def print_on(self, document: Document, printer: QPrinter) -> None:
        """Print it."""

        def paint(_progress: Progress) -> None:
            Paged(document).paint_on(printer)

        self._lane.run(paint, on_result=lambda _: self._gone(Access.PRINT, t("Sent to the printer.")),
                       on_error=self._api.problem)  # fmt: skip

    def ask_file(self, document: Document, name: str) -> None:
        """Ask where the PDF goes; ``name`` without a person's name, since folders are read by others."""
        dialog = QFileDialog(self._parent, t("Save as PDF"), f"{name}.pdf", "PDF (*.pdf)")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("pdf")
        dialog.fileSelected.connect(lambda path: self.save(document, path))
        dialog.open()

    def save(self, document: Document, path: str, then: Callable[[], object] | None = None) -> None:
        """Write the PDF beside the event loop."""

        def write(_progress: Progress) -> None:
            try:
                save_pdf(document, path)
            except OSError as error:
                raise Refused("NotWritten", t("Not written: {why}", why=error.strerror or ""), field="path") from error

        def written(_nothing: None) -> None:
            self._gone(Access.EXPORT, t("Saved {path}", path=path))
            if then is not None:
                then()

        self._lane.run(write, on_result=written, on_error=self._api.problem)

    def _gone(self, kind: Access, words: str) -> None:
        """Say so, and keep whose paper left; without the server nothing can be kept."""
        self._api.toast(words, tone=ToastTone.GOOD)
        workspace, patients = self._api.workspace, self._patients
        self._lane.call(
            lambda: workspace.ask_cancellable(None, note_access, patient_ids=patients, kind=kind),
            on_result=_nothing_more, on_error=_nothing_more,
        )  # fmt: skip


def _nothing_more(_: object) -> None:
    """What left has left: nobody at the desk has to do anything about it."""
