"""The day sheet beside the calendar: a preview in memory, then paper or a PDF."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import QSize
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QFileDialog, QLabel, QWidget

from app.documents.day_sheet import DaySheet, SheetPart, SheetRow, paint, pdf, prepare, preview
from app.domain.enums import VisitMode
from app.kernel.errors import AppError, Refused
from app.kernel.i18n import t, tn
from app.queries.access import Access, note_access
from app.queries.day_board import BoardColumn, BoardSlot, BoardVisit, DayBoard, day_board
from app.ui.parts.link_state import VISIT_TABLES, LinkState, not_yet
from app.ui.parts.status import status_word
from app.ui.parts.words import birth, clock, day_title
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import Button, ButtonKind, IconButton
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.text import Label
from app.ui.work import Lane, PanelPage, Progress, ShellApi, ToastTone

SIZE = QSize(436, 617)
"""A sheet as large as the panel is wide beside its scroll bar."""


class PrintPanel(PanelPage):
    """Shows a day's sheets page by page."""

    wide = True

    def __init__(self, api: ShellApi, day: date, providers: frozenset[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.api = api
        self._day = day
        self._providers = providers
        self.sheet: DaySheet | None = None
        self._number = 0
        self._load, self._work = Lane(self, api.workspace), Lane(self, api.workspace)
        self._patients: tuple[str, ...] = ()
        self._picture = QLabel()
        self._picture.setFixedSize(SIZE)
        self._where = Label("", role=TypeRole.META, tone=Tone.MUTED)
        back, on = IconButton("left", t("Previous page")), IconButton("right", t("Next page"))
        back.clicked.connect(lambda: self._go(-1))
        on.clicked.connect(lambda: self._go(1))
        column(row(back, self._where, on, STRETCH, gap=8), self._picture, STRETCH, gap=8, parent=self)
        self._print = Button(t("Print"), kind=ButtonKind.PRIMARY, icon="print")
        self._print.clicked.connect(self.print_out)
        self._save = Button(t("Save as PDF"), icon="export")
        self._save.clicked.connect(self.ask_file)
        api.sync.changed.connect(self.refresh)
        self._foot = QWidget()
        row(self._save, self._print, gap=8, parent=self._foot)
        self.refresh()

    def title(self) -> str:
        """Return the heading."""
        return t("Day sheet")

    def meta(self) -> str:
        """Return the day."""
        return day_title(self._day)

    def foot(self) -> QWidget | None:
        """Return the two ways out."""
        return self._foot

    def first_focus(self) -> QWidget | None:
        """Printing is what it is for."""
        return self._print

    def refresh(self) -> None:
        """Ask for the day."""
        self._load.ask(day_board, on_result=self._show, on_error=self.api.problem, day=self._day,
                       provider_ids=tuple(self._providers))  # fmt: skip

    def _show(self, board: DayBoard) -> None:
        at = clock(self.api.now(), self.api.zone)
        visits = (slot.visit for one in board.columns for slot in one.slots)
        self._patients = tuple({visit.patient_id for visit in visits if visit is not None})
        parts = tuple(self._part(one) for one in board.columns)
        foot = t("Printed at {time}. Contains names of patients.", time=at)
        as_of = self.api.sync.as_of
        if as_of is not None:
            foot += " " + t("Others' changes as of {time}.", time=clock(as_of, self.api.zone))
        self.sheet = DaySheet(day_title(self._day), foot, parts)
        self._go(0)

    def _part(self, one: BoardColumn) -> SheetPart:
        rows = tuple(self._row(slot, slot.visit) for slot in one.slots if slot.visit is not None)
        return SheetPart(one.name, tn("{n} visit", "{n} visits", len(rows)), rows)

    def _row(self, slot: BoardSlot, visit: BoardVisit) -> SheetRow:
        zone = self.api.zone
        virtual = t("Virtual") if visit.mode is VisitMode.VIRTUAL else status_word(visit.status)
        return SheetRow(
            time=f"{clock(slot.start, zone)}–{clock(slot.end, zone)}", name=visit.patient_name,
            born=birth(visit.patient_born) if visit.patient_born else "", kind=visit.type_name,
            mark=t("To move") if visit.to_move else virtual,
            unsent=not_yet() if LinkState.of(self.api.sync).unsent(visit.id, VISIT_TABLES) else "",
        )  # fmt: skip

    def _go(self, by: int) -> None:
        if self.sheet is None or not self.sheet.parts:
            return
        pages = len(self.sheet.pages())
        self._number = max(0, min(pages - 1, self._number + by))
        ratio = self.devicePixelRatioF()
        image: QImage = preview(self.sheet, self._number, SIZE * ratio)
        image.setDevicePixelRatio(ratio)
        self._picture.setPixmap(QPixmap.fromImage(image))
        self._where.setText(t("Page {n} of {total}", n=self._number + 1, total=pages))

    def print_out(self) -> None:
        """Ask which printer, then print; only the choosing waits here."""
        if self.sheet is None:
            return
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        prepare(printer)
        dialog = QPrintDialog(printer, self)
        dialog.setWindowTitle(t("Print the day sheet"))
        dialog.accepted.connect(lambda: self._to_printer(printer))
        dialog.exec()

    def _to_printer(self, printer: QPrinter) -> None:
        if self.sheet is not None:
            paint(self.sheet, printer)
            self._keep(Access.PRINT)
            self.api.toast(t("Sent to the printer."), tone=ToastTone.GOOD)

    def _keep(self, kind: Access) -> None:
        """Keep in the audit whose names left the program; without the server nothing can be kept."""
        workspace, patients = self.api.workspace, self._patients
        self._work.call(
            lambda: workspace.ask_cancellable(
                None, note_access, patient_ids=patients, kind=kind
            ),  # not dropped when the panel closes
            on_result=_nothing_more,
            on_error=_nothing_more,
        )

    def ask_file(self) -> None:
        """Ask where the PDF goes."""
        name = f"{t('day-sheet')}-{self._day.isoformat()}.pdf"
        dialog = QFileDialog(self, t("Save as PDF"), name, "PDF (*.pdf)")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("pdf")
        dialog.fileSelected.connect(self.save)
        dialog.open()

    def save(self, path: str) -> None:
        """Write the PDF beside the event loop."""
        sheet = self.sheet
        if sheet is None:
            return

        def write(_progress: Progress) -> None:
            try:
                pdf(sheet, path)
            except OSError as error:
                raise Refused("NotWritten", t("Not written: {why}", why=error.strerror or ""), field="path") from error

        def written(_nothing: None) -> None:
            self._keep(Access.EXPORT)
            self.api.toast(t("Saved {path}", path=path), tone=ToastTone.GOOD)

        def failed(error: AppError) -> None:
            self.api.problem(error)

        self._work.run(write, on_result=written, on_error=failed)


def _nothing_more(_: object) -> None:
    """What was printed is printed: nobody at the desk has to do anything about it."""
